"""What a planner wants to see beside the Gantt: late work, limits, plans, actuals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet, Sum

from production.engine.flow import Station, balance_bp, bottleneck, takt_ms
from production.models import (
    Line,
    LineKind,
    LinePlan,
    LineSlot,
    Operation,
    StockAllocation,
    WorkCentre,
    WorkOrder,
)
from production.selectors import board_details
from production.selectors.calendars import map_by_id
from production.selectors.floor import list_lines
from production.selectors.loads import ORIGIN
from production.selectors.reasons import say
from production.states import BatchState, WorkOrderState

MOST_LATE = 20
NAMED = 8
_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)
IN_HAND = ("SETUP", "RUNNING", "PAUSED")
LOOKED_BACK = timedelta(days=7)
BATCH_PLAN = "planning:batches:{centre_id}"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is in work somewhere, how much may be, and what waits for it."""

    code: str
    n_in_work: int
    limit: int
    n_waiting: int
    line: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """A line's stations against its takt, in milliseconds for one unit.

    On a flexible line the time at some stations depends on the unit: they are left
    out, named in ``by_unit``, and there is no balance. ``needed_ms`` is the takt that
    the demand of the latest days asks for; 0 where there was none.
    """

    line: Line
    takt_ms: int
    stations: tuple[Station, ...]
    balance_bp: int | None
    slowest: str
    needed_ms: int = 0
    by_unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replan:
    """What a line's plan in force has changed: moved, added, held, with reasons."""

    line: Line
    plan: LinePlan
    changed: dict[str, list[tuple[str, str]]]
    n_changed: dict[str, int]


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What the latest grouping at a work centre has changed: work order, batch."""

    centre: WorkCentre
    at: datetime
    changed: dict[str, list[tuple[str, str]]]
    n_changed: dict[str, int]


@dataclass(frozen=True, slots=True)
class Queue:
    """Loads that wait for a machine, the changeovers between them, the latest plan."""

    centre: WorkCentre
    n_loads: int
    change_s: int
    plan: BatchPlan | None


def list_late(*, now: datetime) -> Sequence[WorkOrder]:
    """Give the work on the floor whose due time is over, the latest first."""
    late = _late(now).select_related("product")
    return list(late.order_by("due_at", "id")[:MOST_LATE])


def list_late_numbers(*, now: datetime) -> set[str]:
    """Give the numbers of all work on the floor whose due time is over."""
    return {*_late(now).values_list("number", flat=True)}


def _late(now: datetime) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(state__in=_ON_FLOOR, due_at__lt=now)


def list_limits() -> list[Limit]:
    """Give work in progress against its limit: lines, then places with work."""
    lines = [
        Limit(
            line.code,
            getattr(line, "n_on_line", 0),
            line.wip_limit,
            getattr(line, "n_waiting", 0),
            line=True,
        )
        for line in list_lines()
        if line.kind == LineKind.FLEXIBLE
    ]
    counts = board_details.count_queues()
    places = []
    for centre in WorkCentre.objects.filter(line=None).order_by("position", "code"):
        states = counts.get(centre.id, {})
        in_hand = sum(states.get(state, 0) for state in IN_HAND)
        ready = states.get("READY", 0) + states.get(board_details.TO_GROUP, 0)
        waiting = ready + states.get("IN_BATCH", 0)
        if in_hand or waiting:
            places.append(Limit(centre.code, in_hand, centre.n_places, waiting))
    return [*lines, *places]


def list_replans() -> list[Replan]:
    """Give each flexible line's plan in force with what it has changed."""
    plans = (
        LinePlan.objects.filter(
            version=F("line__plan_version"), line__kind=LineKind.FLEXIBLE
        )
        .select_related("line")
        .order_by("line__code")
    )
    return [_replan(plan) for plan in plans]


def _replan(plan: LinePlan) -> Replan:
    changes: dict[str, list[int]] = plan.objective.get("changes", {})
    named = {key for ids in changes.values() for key in ids[:NAMED]}
    slots = LineSlot.objects.filter(id__in=named).values_list(
        "id", "work_order__number", "why", "blocked_reason"
    )
    words = {key: (number, held or say(why)) for key, number, why, held in slots}
    changed = {
        what: [words[key] for key in ids[:NAMED] if key in words]
        for what, ids in changes.items()
    }
    counts = {what: len(ids) for what, ids in changes.items()}
    return Replan(plan.line, plan, changed, counts)


def list_queues() -> list[Queue]:
    """Give the machines with loads in their queue, or whose loads were just formed."""
    plans = {plan.centre.id: plan for plan in list_batch_plans()}
    queued = Q(batches__state__in=(BatchState.FROZEN, BatchState.RELEASED))
    centres = (
        WorkCentre.objects.filter(line=None)
        .annotate(
            n=Count("batches", filter=queued),
            change_s=Sum("batches__changeover__planned_s", filter=queued),
        )
        .filter(Q(n__gt=0) | Q(id__in=plans))
        .order_by("position", "code")
    )
    return [
        Queue(centre, centre.n, centre.change_s or 0, plans.get(centre.id))
        for centre in centres
    ]


def list_batch_plans() -> list[BatchPlan]:
    """Give what the latest grouping has changed at each work centre, if anything."""
    centres = WorkCentre.objects.filter(line=None).order_by("position", "code")
    keys = {centre: BATCH_PLAN.format(centre_id=centre.id) for centre in centres}
    found = cache.get_many(list(keys.values()))
    told = {centre: found[key] for centre, key in keys.items() if key in found}
    ids = {
        key
        for each in told.values()
        for rows in each["changed"].values()
        for key, _batch in rows
    }
    numbers = dict(
        Operation.objects.filter(id__in=ids).values_list("id", "work_order__number")
    )
    return [
        BatchPlan(
            centre,
            ORIGIN + timedelta(seconds=each["at_s"]),
            {
                what: [(numbers.get(key, ""), batch) for key, batch in rows]
                for what, rows in each["changed"].items()
            },
            each["n"],
        )
        for centre, each in told.items()
    ]


def list_balances(*, now: datetime) -> list[Balance]:
    """Give takt and stations of every line that has any, flow lines first."""
    found = []
    needed_ms = _map_needed_takts(now)
    lines = Line.objects.prefetch_related("stations").order_by("-kind", "code")
    for line in lines:
        rows = list(line.stations.all())
        stations = tuple(
            Station(row.code, row.base_ms) for row in rows if row.base_ms >= 1
        )
        if stations:
            is_whole = len(stations) == len(rows)
            share = balance_bp(stations) if is_whole else None
            slowest = bottleneck(stations).code
            balance = Balance(line, line.takt_ms, stations, share, slowest)
            by_unit = tuple(row.code for row in rows if row.base_ms < 1)
            needed = needed_ms.get(line.id, 0)
            found.append(replace(balance, needed_ms=needed, by_unit=by_unit))
    return found


def _map_needed_takts(now: datetime) -> dict[int, int]:
    """Share each line's working time of the latest days by what was ordered in them."""
    since = now - LOOKED_BACK
    units: Counter[int] = Counter()
    orders = WorkOrder.objects.filter(
        line__kind=LineKind.FLEXIBLE, created_at__gte=since, remake_of=None
    )
    for line_id, n in orders.order_by().values_list("line_id").annotate(Count("id")):
        units[line_id or 0] += n
    goods = StockAllocation.objects.filter(
        created_at__gte=since, item__product__line__kind=LineKind.FLOW
    )
    rows = goods.order_by().values_list("item__product__line").annotate(Sum("quantity"))
    for line_id, n in rows:
        units[line_id or 0] += n
    calendars = map_by_id()
    working_s = {
        line_id: sum(
            int((to_at - from_at).total_seconds())
            for from_at, to_at in calendars[calendar_id].openings(since, now)
        )
        for line_id, calendar_id in Line.objects.values_list(
            "id", "work_centre__calendar_id"
        )
    }
    return {
        line_id: takt_ms(available_s=working_s[line_id], demand=n)
        for line_id, n in units.items()
        if n and line_id in working_s
    }
