"""The planner's page: who does what until when, what is late, what plans changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from configurator.selectors.words import in_language
from orders.selectors.promises import list_endangered
from production.models import Line
from production.selectors import changeovers, lanes, line_queue, planner, problems
from production.selectors.lanes import Lane
from production.services import planning, staffing
from production.tasks import search_queue
from production.views import gantt
from production.views.frame import ALL, frame, show_live
from production.views.mending import figures_url, may_mend, problem_row
from production.views.requests import PageRequest
from production.views.words import due_words, duration, local, plain

# A Gantt over so many hours, with a mark every so many of them.
HORIZONS = {8: 2, 24: 4, 72: 12, 168: 24}
USUAL = 24
SEARCH_S = (5, 20, 60)


@require_GET
def board(request: PageRequest) -> HttpResponse:
    """Show the Gantt and everything around it; alone it is the fragment."""
    hours = _hours(request.GET.get("hours", ""))
    now = request.now
    found = lanes.list_lanes(now=now)
    context = frame(request, section="planner") | {
        "title": _("Planner"),
        "page": "production/planner.html",
        "stream": ALL,
        "problems": [
            problem_row(each, may_mend=may_mend(request))
            for each in problems.list_problems(now=now)
        ],
        "figures_url": figures_url(request),
        "horizons": [
            {"hours": each, "label": _horizon(each), "is_chosen": each == hours}
            for each in HORIZONS
        ],
        "width": gantt.WIDTH,
        "ticks": gantt.ticks(now, hours=hours, step=HORIZONS[hours]),
        "lanes": [gantt.lane_row(lane, now=now, hours=hours) for lane in found],
        "late": _late_rows(found, now),
        "at_risk": gantt.risk_rows(found, now=now)[: planner.MOST_LATE],
        "n_promises": len(list_endangered()),
        "limits": [_limit(each) for each in planner.list_limits()],
        "replans": [_replan(each) for each in planner.list_replans()],
        "queues": [_queue(each) for each in planner.list_queues()],
        "people": _people(),
        "changeovers": [_changeover(row) for row in changeovers.list_changeovers()],
        "balances": [_balance(each) for each in planner.list_balances(now=now)],
        "searches": SEARCH_S,
    }
    return show_live(request, "_planner.html", context)


@require_POST
def search(request: PageRequest, code: str) -> HttpResponse:
    """Begin a search for a better order of a place's queue, or end it early."""
    if request.POST.get("action") == "stop":
        planning.stop_search(code=code)
    else:
        seconds = _hours(request.POST.get("seconds", ""), SEARCH_S)
        planning.claim_search(code=code, seconds=seconds)
        search_queue.delay(code=code, seconds=seconds)
    return redirect("production:planner")


def _hours(text: str, known: Sequence[int] | dict[int, int] = HORIZONS) -> int:
    """Read one of the offered numbers; anything else is the usual one."""
    found = [each for each in known if text == str(each)]
    return found[0] if found else min(known, key=lambda each: abs(each - USUAL))


def _horizon(hours: int) -> str:
    if hours > USUAL:
        return _("%(n)d days") % {"n": hours // 24}
    return _("%(n)d hours") % {"n": hours}


def _late(order: Any, now: datetime) -> dict[str, Any]:
    return {
        "number": order.number,
        "url": reverse("production:work-order", args=[order.number]),
        "what": in_language(order.product.name),
        "words": due_words(order.due_at, now),
    }


def _late_rows(found: Sequence[Lane], now: datetime) -> list[dict[str, Any]]:
    """Give orders that are late, then steps and loads that are while theirs are not."""
    orders = [_late(order, now) for order in planner.list_late(now=now)]
    steps = gantt.late_rows(found, now=now, but=planner.list_late_numbers(now=now))
    return [*orders, *steps[: planner.MOST_LATE]]


def _limit(limit: planner.Limit) -> dict[str, Any]:
    name = "line" if limit.line else "board"
    return {
        "code": limit.code,
        "url": reverse(f"production:{name}", args=[limit.code]),
        "n": limit.n_in_work,
        "limit": limit.limit,
        "waiting": limit.n_waiting,
        "is_full": limit.n_in_work >= limit.limit,
    }


def _changed(
    changed: dict[str, list[tuple[str, str]]], counts: dict[str, int]
) -> list[dict[str, Any]]:
    titles = {"moved": _("moved"), "added": _("added"), "held": _("held")}
    return [
        {
            "title": titles[what],
            "n": counts.get(what, len(rows)),
            "n_hidden": max(0, counts.get(what, 0) - len(rows)),
            "rows": [{"number": number, "why": why} for number, why in rows],
        }
        for what, rows in changed.items()
        if rows and what in titles
    ]


def _replan(replan: planner.Replan) -> dict[str, Any]:
    line, plan = replan.line, replan.plan
    return {
        "code": line.code,
        "url": reverse("production:line", args=[line.code]),
        "cause": plan.cause and _(plan.cause),
        "version": plan.version,
        "at": local(plan.created_at),
        "moves": formats.number_format(
            plan.objective.get("moves", 0), use_l10n=True, force_grouping=True
        ),
        "is_rough": bool(plan.objective.get("rough")),
        "changed": _changed(replan.changed, replan.n_changed),
        "search": _search(line.code, partial(_broken, line)),
    }


def _search(code: str, tell: Callable[[Sequence[int]], str]) -> dict[str, Any]:
    found = planning.find_search(code=code)
    outcomes = {
        "BETTER": _("a better order was found and put in force"),
        "MERGED": _("a better order was merged with what had changed meanwhile"),
        "KEPT": _("no better order was found"),
        "DROPPED": _("the floor had moved on: the order found was dropped"),
        "FAILED": _("the search ended with an error"),
    }
    state = found.get("state", "")
    objective = found.get("objective", ())
    return {
        "is_under_way": state in planning.UNDER_WAY,
        "seconds": found.get("seconds", 0),
        "searched_s": found.get("searched_s", 0),
        "moves": formats.number_format(
            found.get("moves", 0), use_l10n=True, force_grouping=True
        ),
        "objective": tell(objective) if objective else "",
        "outcome": outcomes.get(state, ""),
    }


def _broken(line: Line, objective: Sequence[int]) -> str:
    """Say what the best order so far breaks, in the order of importance."""
    names = line_queue.name_ranks(line=line)
    pairs = zip(objective, names, strict=False)
    return ", ".join(f"{count} {name}" for count, name in pairs)


def _delays(objective: Sequence[int]) -> str:
    values = {"late": duration(objective[0]), "change": duration(objective[-1])}
    return _("late by weight %(late)s, changeovers %(change)s") % values


def _people() -> dict[str, Any]:
    """Give how many bespoke steps a search may hand to somebody else."""
    n_steps = staffing.list_movable().count()
    code = planning.PEOPLE
    return {"code": code, "n_steps": n_steps, "search": _search(code, _lateness)}


def _lateness(objective: Sequence[int]) -> str:
    return _("late by weight %(late)s") % {"late": duration(objective[0])}


def _queue(queue: planner.Queue) -> dict[str, Any]:
    code, plan = queue.centre.code, queue.plan
    return {
        "code": code,
        "url": reverse("production:board", args=[code]),
        "n_loads": queue.n_loads,
        "change": duration(queue.change_s),
        "may_search": queue.n_loads > 1,
        "search": _search(code, _delays),
        "at": local(plan.at) if plan else "",
        "changed": _changed(plan.changed, plan.n_changed) if plan else [],
    }


def _changeover(row: dict[str, Any]) -> dict[str, Any]:
    planned, actual = round(row["planned"]), round(row["actual"])
    return {
        "centre": row["centre"],
        "rule": in_language(row["name"]) or plain(row["rule_code"]),
        "n": row["n"],
        "planned": f"{planned / 60:.1f}",
        "actual": f"{actual / 60:.1f}",
        "is_longer": actual > planned * 1.1,
    }


def _pace(ms: int) -> str:
    if ms < 90_000:
        return _("%(n)s s") % {"n": f"{ms / 1000:.1f}"}
    return duration(ms // 1000)


def _balance(balance: planner.Balance) -> dict[str, Any]:
    most_ms = max([balance.takt_ms, *(one.cycle_ms for one in balance.stations)])
    return {
        "code": balance.line.code,
        "name": in_language(balance.line.name),
        "url": reverse("production:line", args=[balance.line.code]),
        "takt": f"{balance.takt_ms / 1000:.1f}",
        "needed": _pace(balance.needed_ms) if balance.needed_ms else "",
        "is_too_slow": 0 < balance.needed_ms < balance.takt_ms,
        "by_unit": ", ".join(balance.by_unit),
        "takt_x": gantt.WIDTH * balance.takt_ms // most_ms,
        "percent": None if balance.balance_bp is None else balance.balance_bp // 100,
        "stations": [
            {
                "code": one.code,
                "seconds": f"{one.cycle_ms / 1000:.1f}",
                "width": gantt.WIDTH * one.cycle_ms // most_ms,
                "is_slowest": one.code == balance.slowest,
                "is_over": one.cycle_ms > balance.takt_ms,
            }
            for one in balance.stations
        ],
    }
