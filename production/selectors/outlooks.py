"""Whether what was promised will be kept, as the floor looks now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import F

from configurator.selectors.times import local
from orders.selectors.promises import Outlook, Watched, list_watched
from production.engine.delivery import DeliveryError, deliver
from production.engine.demand import Basis, Step
from production.engine.projection import NEVER, Lane, Work, project
from production.engine.promise import Crew, Task, supplied_at
from production.models import (
    BatchMember,
    Line,
    Operation,
    StockAllocation,
    WorkCentre,
    WorkOrder,
)
from production.selectors import keeping
from production.selectors.calendars import map_calendars
from production.selectors.crews import map_people
from production.selectors.outages import up_from
from production.selectors.supplies import get_supplies
from production.selectors.waits import map_waits
from production.selectors.ways import Terms, get_terms
from production.states import (
    LIVE_WORK_ORDER_STATES,
    AllocationState,
    MemberState,
    OperationKind,
    OperationState,
    WorkOrderState,
)

MASS_CUSTOMISATION = "MASS_CUSTOMISATION"
OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)
BUSY = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
NOT_BEGUN = (WorkOrderState.PLANNED, WorkOrderState.RELEASED)


class _Open(NamedTuple):
    """A live work order as the projection sees it."""

    id: int
    order_line_id: int | None
    state: str
    release_at: datetime
    line: str | None


class _Load(NamedTuple):
    """The batch that an operation is in."""

    number: str
    run_s: int
    started_at: datetime | None


def list_outlooks(*, now: datetime) -> list[Outlook]:
    """Compare every promise that can still be kept with what the floor will do.

    A dozen queries, and nothing to reckon where nothing is promised. What is made and
    waits for the rest of its price is left out: its clock stands.
    """
    watched = list_watched()
    terms = get_terms(year=now.year) if watched else None
    if terms is None:
        return []
    ready = _map_ready({each.line_id for each in watched}, now)
    return [
        _compare(each, ready.get(each.line_id, now), terms)
        for each in watched
        if each.line_id in ready or not each.is_owed
    ]


def _compare(promise: Watched, ready_at: datetime, terms: Terms) -> Outlook:
    """Say when it would be delivered; who was told a day is late on the next."""
    dates = None
    if ready_at != NEVER:
        way = terms.way(
            delivery=promise.delivery,
            country=promise.country or "",
            product=promise.product,
        )
        try:
            dates = deliver(ready_at, way)
        except DeliveryError:
            dates = None
    return Outlook(
        promise_id=promise.promise_id,
        order_id=promise.order_id,
        is_late=dates is None
        or local(dates.delivered_at).date() > local(promise.delivered_at).date(),
        delivered_at=dates.delivered_at if dates else None,
    )


def _map_ready(line_ids: set[int], now: datetime) -> dict[int, datetime]:
    """Say when each order line will be made; what is made already waits for nobody."""
    ready = _map_supplied(line_ids, now)
    works = _list_open()
    ends = _project(works, now)
    for work in works:
        if work.order_line_id in line_ids:
            line_id = work.order_line_id or 0
            ready[line_id] = max(ready.get(line_id, now), ends[work.id])
    return ready


def _project(works: Sequence[_Open], now: datetime) -> Mapping[Any, datetime]:
    return project(
        list(_works(works, now)), now=now, lanes=_map_lanes(now), crews=_map_crews(now)
    )


def _list_open() -> list[_Open]:
    """List all live work, by what it is worth: priority, due date, age."""
    rows = (
        WorkOrder.objects.filter(state__in=LIVE_WORK_ORDER_STATES)
        .exclude(method="FLOW")
        .order_by(
            "priority", F("due_at").asc(nulls_last=True), "created_at", "unit_index"
        )
        .values_list("id", "order_line_id", "state", "release_at", "line__code")
    )
    return [_Open(*row) for row in rows]


def _works(works: Sequence[_Open], now: datetime) -> Iterator[Work]:
    """Turn live work orders into what is left to do of them."""
    operations: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _operation_rows():
        operations[row["work_order_id"]].append(row)
    loads = _map_loads()
    waits = map_waits(now=now)
    takt_s = _map_takts()
    for work in works:
        rows = operations.get(work.id, ())
        if work.line is not None:
            tasks = [_unit(work, takt_s[work.line], rows)]
        else:
            tasks = [_task(row, loads.get(row["id"]), now) for row in rows]
        begin_at = max(now, work.release_at, waits.get(work.id, now))
        yield Work(work.id, begin_at, tuple(tasks))


def _operation_rows() -> Iterable[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = (
        Operation.objects.filter(work_order__state__in=LIVE_WORK_ORDER_STATES)
        .exclude(state__in=OVER)
        .order_by("work_order_id", "sequence")
        .values(
            *("id", "work_order_id", "sequence", "state", "kind", "basis", "skill"),
            *("setup_s", "run_s", "min_delay_s", "predecessors", "is_attended"),
            *("batch_key", "batch_rule", "planned_quantity", "load_num", "load_den"),
            *("ready_at", "started_at"),
            centre=F("work_centre__code"),
        )
    )
    return rows


def _map_loads() -> dict[int, _Load]:
    members = BatchMember.objects.filter(state=MemberState.ACTIVE).values_list(
        "operation_id", "batch__number", "batch__run_s", "batch__started_at"
    )
    return {row[0]: _Load(*row[1:]) for row in members}


def _map_takts() -> dict[str, int]:
    return {
        code: -(-takt_ms // 1000)
        for code, takt_ms in Line.objects.values_list("code", "takt_ms")
    }


def _unit(work: _Open, takt_s: int, rows: Sequence[Mapping[str, Any]]) -> Task:
    """Let a unit enter the line a takt after the one before it, then run through."""
    own_s = sum(row["run_s"] + row["min_delay_s"] for row in rows)
    in_line_s = takt_s if work.state in NOT_BEGUN else 0
    step = Step(
        key=work.id,
        run_ms=in_line_s * 1000,
        basis=Basis.FIXED,
        resource=work.line or "",
        min_delay_s=max(0, own_s - in_line_s),
    )
    return Task(step)


def _task(row: Mapping[str, Any], load: _Load | None, now: datetime) -> Task:
    """Turn an operation into what is left of it."""
    setup_and_run_s = row["setup_s"] + row["run_s"]
    if load is not None:
        left_s = _left_s(load.run_s, load.started_at, now)
        return _whole(row, left_s, family=f"in {load.number}")
    ends_at = row["ready_at"] if row["kind"] == OperationKind.DELAY else None
    if ends_at is not None and ends_at > now:
        return _whole(row, int((ends_at - now).total_seconds()))
    if row["state"] in BUSY:
        return _whole(row, _left_s(setup_and_run_s, row["started_at"], now))
    rule = row["batch_rule"]
    if not row["batch_key"] or not rule.get("max"):
        return _whole(row, setup_and_run_s)
    return _whole(
        row,
        setup_and_run_s,
        family=row["batch_key"],
        max_wait_s=rule.get("max_wait_s"),
        cutoff=rule.get("cutoff"),
        load_max=int(rule["max"]),
    )


def _left_s(whole_s: int, started_at: datetime | None, now: datetime) -> int:
    gone = now - started_at if started_at else timedelta(0)
    return max(0, whole_s - int(gone.total_seconds()))


def _whole(
    row: Mapping[str, Any],
    run_s: int,
    *,
    family: str = "",
    max_wait_s: int | None = None,
    cutoff: str | None = None,
    load_max: int | None = None,
) -> Task:
    on_clock = row["kind"] in (OperationKind.DELAY, OperationKind.OUTSIDE)
    step = Step(
        key=row["sequence"],
        run_ms=run_s * 1000,
        basis=Basis.DELAY if on_clock else Basis.FIXED,
        resource="" if row["kind"] == OperationKind.OUTSIDE else row["centre"] or "",
        after=tuple(row["predecessors"]),
        skill=row["skill"],
        attended=row["is_attended"],
        min_delay_s=row["min_delay_s"],
        load_num=row["planned_quantity"] * row["load_num"],
        load_den=row["load_den"],
        load_max=load_max,
    )
    is_customers = row["kind"] == OperationKind.APPROVAL
    return Task(
        step,
        family=family,
        max_wait_s=max_wait_s,
        cutoff=time.fromisoformat(cutoff) if cutoff else None,
        is_customers=is_customers,
    )


def _map_lanes(now: datetime) -> dict[str, Lane]:
    rows = list(WorkCentre.objects.select_related("calendar", "line"))
    calendars = map_calendars(codes={row.calendar.code for row in rows})
    lanes = {
        row.code: Lane(
            calendars.get(row.calendar.code),
            row.n_places,
            up_from(is_up=row.is_up, back_at=row.back_at, now=now),
        )
        for row in rows
    }
    return lanes | {
        row.line.code: replace(lanes[row.code], n_places=1)
        for row in rows
        if hasattr(row, "line")
    }


def _map_crews(now: datetime) -> dict[str, Crew]:
    people = map_people(now=now)
    return {skill: Crew(now, tuple(calendars)) for skill, calendars in people.items()}


def _map_supplied(line_ids: set[int], now: datetime) -> dict[int, datetime]:
    """Say when backorders are served, each behind those that came before it."""
    supplies = get_supplies(now=now)
    waits: dict[str, int] = defaultdict(int)
    ready: dict[int, datetime] = {}
    backorders = (
        StockAllocation.objects.filter(state=AllocationState.BACKORDERED)
        .order_by("id")
        .values_list("id", "order_line_id", "item__code", "quantity")
    )
    rows = list(backorders)
    trade: set[int] = set()
    if supplies.is_any_too_old:
        trade = keeping.list_for_trade(ids=[row[0] for row in rows])
    for id_, line_id, code, quantity in rows:
        waits[code] += quantity
        if line_id in line_ids:
            supply = supplies.items[code].supply_for(trade=id_ in trade)
            before = replace(supply, waiting=waits[code] - quantity)
            at = supplied_at(before, quantity, now=now)
            ready[line_id] = max(ready.get(line_id, now), at)
    return ready
