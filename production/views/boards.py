"""The floor's boards: all at a glance, a work centre, a work order, people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from configurator.selectors.words import in_language
from production.documents.labels import labels_pdf, labels_zpl
from production.documents.traveller import traveller_pdf
from production.models import WorkCentre
from production.permissions import PLANNERS
from production.selectors import (
    batch_answers,
    bespoke,
    board_details,
    dispatch,
    floor,
    work_orders,
)
from production.selectors.faces import attribute_words
from production.selectors.wording import skill_words
from production.states import ACTIVE_BATCH_STATES
from production.views.access import roles_at, skills_at
from production.views.frame import ALL, frame, show_live
from production.views.line_cards import line_cards
from production.views.methods import method_at, template_of
from production.views.outages import outage_card
from production.views.queue import list_sections
from production.views.requests import PageRequest
from production.views.words import centre_words
from production.views.work import JobPlaces, people_columns, work_order_context

QUEUE_SHOWN = 60
PEOPLE_SHOWN = 300


@require_GET
def boards(request: PageRequest) -> HttpResponse:
    """List all boards with their figures, the idle ones apart."""
    counts = board_details.count_queues()
    n_batches = board_details.count_batches()
    rows = [
        _board_row(centre, counts.get(centre.id, {}), n_batches.get(centre.id, 0))
        for centre in floor.list_work_centres()
        if getattr(centre, "line", None) is None
    ]
    context = frame(request, section="boards") | {
        "title": _("Boards"),
        "busy": [row for row in rows if row["is_busy"]],
        "idle": [row for row in rows if not row["is_busy"]],
        "lines": line_cards(floor.list_lines(), now=request.now),
        "totals": _totals(counts, board_details.count_late(now=request.now)),
        "stream": ALL,
    }
    return show_live(request, "_boards.html", context)


def _board_row(
    centre: WorkCentre, counts: Mapping[str, int], n_batches: int
) -> dict[str, Any]:
    ready = counts.get("READY", 0)
    to_group = counts.get(board_details.TO_GROUP, 0)
    running = counts.get("RUNNING", 0) + counts.get("SETUP", 0)
    return {
        "code": centre.code,
        "name": in_language(centre.name),
        "site": centre.site.code,
        "url": reverse("production:board", args=[centre.code]),
        "ready": ready + to_group,
        "running": running + counts.get("PAUSED", 0),
        "batches": n_batches,
        "blocked": counts.get("BLOCKED", 0),
        "planned": counts.get(board_details.PLANNED, 0),
        "is_up": centre.is_up,
        "is_busy": bool(counts.keys() - {"WAITING"})
        or bool(n_batches)
        or not centre.is_up,
        **_lamp(
            centre, running, ready + to_group + n_batches, counts.get("BLOCKED", 0)
        ),
    }


def _lamp(centre: WorkCentre, running: int, ready: int, blocked: int) -> dict[str, str]:
    """Say how a work centre fares, in a tone and a word."""
    if not centre.is_up:
        return {"tone": "blocked", "lamp": _("down")}
    if running:
        return {"tone": "running", "lamp": _("working")}
    if ready:
        return {"tone": "ready", "lamp": _("has work")}
    if blocked:
        return {"tone": "blocked", "lamp": _("blocked")}
    return {"tone": "open", "lamp": _("idle")}


def _totals(
    counts: Mapping[int, Mapping[str, int]], n_late: int
) -> list[dict[str, Any]]:
    def total(*states: str) -> int:
        return sum(each.get(state, 0) for each in counts.values() for state in states)

    blocked = total("BLOCKED")
    return [
        {
            "label": _("steps in hand"),
            "value": total("RUNNING", "SETUP", "PAUSED"),
            "tone": "running",
        },
        {"label": _("steps ready"), "value": total("READY", board_details.TO_GROUP)},
        {"label": _("steps in batches"), "value": total("IN_BATCH")},
        {
            "label": _("steps blocked"),
            "value": blocked,
            "tone": "blocked" if blocked else "",
        },
        {
            "label": _("work orders late"),
            "value": n_late,
            "tone": "held" if n_late else "",
        },
    ]


@require_GET
def board(request: PageRequest, code: str) -> HttpResponse:
    """Show a work centre's queue in sections; alone it is the fragment."""
    centre = floor.get_work_centre(code=code)
    listed = dispatch.get_dispatch_list(work_centre=centre, limit=QUEUE_SHOWN)
    batches = list(
        batch_answers.list_batches(work_centre=code)
        .filter(state__in=ACTIVE_BATCH_STATES)
        .order_by("position", "id")
    )
    counts = board_details.count_queues(work_centre=centre).get(centre.id, {})
    context = frame(request, section="boards") | {
        "title": centre_words(centre),
        "stream": code,
        "code": code,
        "outage": outage_card(request, centre),
        "method_template": template_of(
            method_at(operations=listed.operations, batches=batches)
        ),
        "sections": list_sections(
            operations=listed.operations,
            batches=batches,
            counts=counts,
            roles=roles_at(request),
            skills=skills_at(request),
            now=request.now,
        ),
        "figures": _figures(counts, len(batches)),
        "setup": attribute_words(
            centre.setup_state, board_details.find_made_here(work_centre=centre)
        ).values(),
    }
    return show_live(request, "_board.html", context)


def _figures(counts: Mapping[str, int], n_batches: int) -> list[dict[str, Any]]:
    ready = counts.get("READY", 0) + counts.get(board_details.TO_GROUP, 0)
    figures = [
        (_("in hand"), counts.get("RUNNING", 0) + counts.get("PAUSED", 0), "running"),
        (_("ready"), ready, "ready"),
        (ngettext("batch", "batches", n_batches), n_batches, "grouped"),
        (_("blocked"), counts.get("BLOCKED", 0), "blocked"),
        (_("planned"), counts.get(board_details.PLANNED, 0), "open"),
    ]
    return [{"label": label, "n": n, "tone": tone} for label, n, tone in figures if n]


@require_GET
def work_order(request: PageRequest, number: str) -> HttpResponse:
    """Show one work order with its steps."""
    found = work_orders.get_work_order(number=number)
    is_of_people = found.method in bespoke.list_methods()
    context = frame(request, section="") | work_order_context(
        found,
        now=request.now,
        people=board_details.list_people() if is_of_people else (),
        places=_job_places() if is_of_people else None,
        is_planner=bool(roles_at(request) & PLANNERS),
    )
    return render(request, "production/work-order.html", context)


def _job_places() -> JobPlaces:
    centres = floor.list_work_centres().filter(line__isnull=True)
    return JobPlaces(
        [{"code": each.code, "name": centre_words(each)} for each in centres],
        [
            {"code": each.code, "name": skill_words(each)}
            for each in board_details.list_skills()
        ],
    )


@require_GET
def traveller(request: PageRequest, number: str) -> HttpResponse:
    """Give the paper that travels with the work."""
    found = work_orders.get_work_order(number=number)
    return HttpResponse(traveller_pdf(found), content_type="application/pdf")


@require_GET
def labels(request: PageRequest, number: str) -> HttpResponse:
    """Give a label for each box that is sold, to be printed on any printer."""
    found = work_orders.get_work_order(number=number)
    return HttpResponse(
        labels_pdf(found, now=request.now), content_type="application/pdf"
    )


@require_GET
def labels_for_printer(request: PageRequest, number: str) -> HttpResponse:
    """Give the same labels as a label printer reads them."""
    found = work_orders.get_work_order(number=number)
    zpl = labels_zpl(found, now=request.now)
    response = HttpResponse(zpl, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.zpl"'
    return response


@require_GET
def people(request: PageRequest) -> HttpResponse:
    """Show bespoke work by person, a column each."""
    jobs = board_details.list_jobs(limit=PEOPLE_SHOWN)
    context = frame(request, section="people") | {
        "title": _("Work by person"),
        "columns": people_columns(
            jobs=jobs, people=board_details.list_people(), now=request.now
        ),
        "n_jobs": len(jobs),
        "stream": ALL,
    }
    return show_live(request, "_people.html", context)
