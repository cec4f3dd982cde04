"""The floor's boards: what each work centre, batch, line and person does next."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from configurator.selectors.roles import roles_of
from configurator.selectors.words import in_language
from production.documents import traveller_pdf
from production.models import Batch, Line, LineKind, LinePlan, WorkCentre
from production.models import Operation as OperationRow
from production.permissions import writers_for
from production.selectors import (
    batch_answers,
    dispatch,
    floor,
    flow_board,
    line_queue,
    work_orders,
)
from production.states import ACTIVE_BATCH_STATES, OperationState
from production.views.cards import (
    batch_card,
    board_name,
    due_words,
    kind_words,
    local,
    new_nonce,
    operation_cards,
    pieces,
    planned_card,
    slot_card,
)
from production.views.work import work_order_context

QUEUE_SHOWN = 60


@require_GET
def boards(request: HttpRequest) -> HttpResponse:
    """List all boards, the busy ones with their figures."""
    centres = list(floor.list_work_centres())
    groups: dict[str, list[dict[str, Any]]] = {"busy": [], "idle": []}
    for centre in centres:
        is_busy = bool(centre.n_ready or centre.n_running)
        groups["busy" if is_busy else "idle"].append(
            {
                "code": centre.code,
                "name": in_language(centre.name),
                "url": _board_url(centre),
                "n_ready": centre.n_ready,
                "n_running": centre.n_running,
                "is_up": centre.is_up,
            }
        )
    lines = [
        {
            "code": line.code,
            "name": in_language(line.name),
            "url": reverse("production:line", args=[line.code]),
            "state": line.state,
            "state_label": line.get_state_display(),
            "n_on_line": line.n_on_line,
            "n_waiting": line.n_waiting,
            "kind": line.kind,
        }
        for line in floor.list_lines()
    ]
    context = {"section": "boards", "groups": groups, "lines": lines}
    return render(request, "production/boards.html", context)


def _board_url(centre: WorkCentre) -> str:
    line = getattr(centre, "line", None)
    if line is not None:
        return reverse("production:line", args=[line.code])
    return reverse("production:board", args=[centre.code])


@require_GET
def board(request: HttpRequest, code: str) -> HttpResponse:
    """Show a work centre's dispatch list with its batches; alone it is the fragment."""
    centre = floor.get_work_centre(code=code)
    listed = dispatch.get_dispatch_list(work_centre=centre, limit=QUEUE_SHOWN)
    batches = [
        batch_card(batch, now=request.now)
        for batch in batch_answers.list_batches(work_centre=code)
        .filter(state__in=ACTIVE_BATCH_STATES)
        .order_by("position", "id")
    ]
    context = {
        "board_name": board_name(centre),
        "code": code,
        "cards": operation_cards(listed, now=request.now),
        "total": listed.total,
        "batches": batches,
        "n_ready": sum(
            operation.state == OperationState.READY for operation in listed.operations
        ),
        "setup": ", ".join(
            f"{name} {value}".replace("_", " ").lower()
            for name, value in centre.setup_state.items()
        ),
    }
    return _live(request, "board", context)


def _live(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """Give the page, or only what changes in it with an ETag of its content."""
    fragment = f"production/_{name}.html"
    if not request.headers.get("HX-Request"):
        page = {**context, "fragment": fragment, "src": request.get_full_path()}
        return render(request, f"production/{name}.html", page)
    html = render_to_string(fragment, context, request)
    etag = f'"{hashlib.sha256(_stable(html).encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304)
    response = HttpResponse(html)
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    return response


def _stable(html: str) -> str:
    """Leave out what differs from call to call though nothing has changed."""
    return "\n".join(
        line
        for line in html.splitlines()
        if 'name="nonce"' not in line and "csrfmiddlewaretoken" not in line
    )


@require_GET
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """Show a batch: who is in and why, who nearly is, and its changeover."""
    found = batch_answers.get_batch(number=number)
    answer = batch_answers.batch_answer(found)
    context = {
        "board_name": found.number,
        "batch": batch_card(found, now=request.now),
        "centre": found.work_centre.code,
        "members": [
            {
                "number": member.operation.work_order.number,
                "url": reverse(
                    "production:work-order", args=[member.operation.work_order.number]
                ),
                "quantity": pieces(member.quantity),
                "reason": member.reason,
                "due": due_words(member.operation.due_at, request.now),
                "due_at": local(member.operation.due_at),
                "good": member.good,
                "scrap": member.scrap,
                "is_done": member.state == "DONE",
            }
            for member in found.present  # type: ignore[attr-defined]
        ],
        "near_misses": answer["near_misses"],
        "fed_by": answer["fed_by"],
        "key": kind_words(found.batch_key),
        "total": sum(member["quantity"] for member in answer["members"]),
        "actions": _batch_actions(found, roles_of(request.user)),
        "nonce": new_nonce(),
    }
    return _live(request, "batch", context)


def _batch_actions(found: Batch, roles: frozenset[str]) -> list[str]:
    actions = {
        "PROPOSED": ["freeze", "dissolve"],
        "OPEN": ["freeze", "dissolve"],
        "FROZEN": ["start", "unfreeze", "dissolve"],
        "RELEASED": ["start", "dissolve"],
        "CHANGEOVER": ["start", "abort"],
        "RUNNING": ["finish", "abort"],
    }.get(found.state, [])
    return [action for action in actions if writers_for(action) & roles]


@require_GET
def line(request: HttpRequest, code: str) -> HttpResponse:
    """Show a line: a flexible one with its queue, a flow line with its counters."""
    found = floor.get_line(code=code)
    if found.kind == LineKind.FLOW:
        context = flow_board.flow_context(line=found, now=request.now)
        context |= {"board_name": code, "line": _line_card(found)}
        return _live(request, "flow", context)
    queue = line_queue.get_queue(line=found)
    stations = list(found.stations.all())
    at = {slot.station: slot for slot in queue.on_line if slot.station}
    waiting = [slot for slot in queue.on_line if not slot.station]
    names = {station.position: in_language(station.name) for station in stations}
    context = {
        "board_name": f"{code} · {in_language(found.name)}",
        "line": _line_card(found),
        "stations": [
            {
                "name": names[station.position],
                "slot": slot_card(
                    at[station.position], position=0, station=names[station.position]
                )
                if station.position in at
                else None,
            }
            for station in stations
        ],
        "launched": [slot_card(slot, position=0, station="") for slot in waiting],
        "queue": [
            slot_card(slot, position=place, station="")
            for place, slot in enumerate(queue.waiting[:QUEUE_SHOWN], start=1)
        ],
        "planned": [
            planned_card(order)
            for order in line_queue.list_planned(line=found, limit=QUEUE_SHOWN)
        ],
        "n_waiting": len(queue.waiting),
        "objective": _objective(found),
        "nonce": new_nonce(),
    }
    return _live(request, "line", context)


def _objective(found: Line) -> dict[str, Any]:
    plan = LinePlan.objects.filter(line=found, version=found.plan_version).first()
    if plan is None:
        return {}
    return {
        "violations": sum(plan.objective.get("violations", {}).values()),
        "colour_changes": plan.objective.get("colour_changes", 0),
        "late": plan.objective.get("late", 0),
        "cause": plan.cause,
        "version": plan.version,
    }


def _line_card(found: Line) -> dict[str, Any]:
    return {
        "code": found.code,
        "name": in_language(found.name),
        "centre": found.work_centre.code,
        "state": found.state,
        "state_label": found.get_state_display(),
        "takt": f"{found.takt_ms / 1000:g} s",
        "wip_limit": found.wip_limit,
        "n_on_line": getattr(found, "n_on_line", 0),
        "is_stopped": found.state == "STOPPED",
    }


@require_GET
def work_order(request: HttpRequest, number: str) -> HttpResponse:
    """Show one work order with its steps."""
    found = work_orders.get_work_order(number=number)
    context = work_order_context(found, now=request.now)
    return render(request, "production/work-order.html", context)


@require_GET
def traveller(request: HttpRequest, number: str) -> HttpResponse:
    """Give the paper that travels with the work."""
    found = work_orders.get_work_order(number=number)
    return HttpResponse(traveller_pdf(found), content_type="application/pdf")


@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Show bespoke work by person."""
    rows = (
        OperationRow.objects.filter(
            work_order__method="JOB",
            state__in=("READY", "RUNNING", "PAUSED", "BLOCKED"),
        )
        .select_related("work_order__product", "operator", "work_centre")
        .order_by("operator__code", "due_at", "id")[:300]
    )
    by_person: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        person = str(row.operator) if row.operator else ""
        by_person.setdefault(person, []).append(
            {
                "number": row.work_order.number,
                "url": reverse("production:work-order", args=[row.work_order.number]),
                "step": in_language(row.name),
                "product": in_language(row.work_order.product.name),
                "skill": row.skill,
                "centre": row.work_centre.code if row.work_centre else "",
                "state": row.state,
                "state_label": row.get_state_display(),
                "due": due_words(row.due_at, request.now),
            }
        )
    context = {"section": "boards", "people": by_person}
    return render(request, "production/people.html", context)
