"""Flow production: replenish from stock level, run lines at takt, count minutes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Sum

from production.engine.flow import (
    Breakdowns,
    LineState,
    StockLevel,
    Tick,
    reorder,
    tick,
)
from production.engine.flow import Station as PacedStation
from production.models import (
    FlowCounter,
    Line,
    LineKind,
    MaterialLot,
    ReplenishmentRun,
    StockAllocation,
    StockItem,
    StockKind,
)
from production.models.stock import MoveKind
from production.selectors import calendars
from production.selectors.loads import ORIGIN, seconds
from production.services import boards, replenishment, stock
from production.states import AllocationState, LotState, RunState
from production.states import LineState as LineStates

# A line is brought up to date in steps of at most this long: one short transaction.
LONGEST_STEP = timedelta(hours=1)


def replenish(*, now: datetime) -> list[ReplenishmentRun]:
    """Start a run for every standard item whose stock fell to its reorder point."""
    items = {
        item.code: item
        for item in StockItem.objects.filter(
            kind=StockKind.GOODS, run_size__isnull=False, reorder_point__isnull=False
        ).order_by("id")
    }
    wanted = reorder([_level(item) for item in items.values()])
    return [
        run
        for code, quantity in wanted.items()
        if (run := replenishment.plan_run(item=items[code], quantity=quantity, now=now))
    ]


def _level(item: StockItem) -> StockLevel:
    backordered = item.allocations.filter(state=AllocationState.BACKORDERED)
    waiting = backordered.aggregate(n=Sum("quantity"))["n"] or 0
    under_way = item.runs.filter(state__in=(RunState.PLANNED, RunState.RUNNING))
    expected = under_way.aggregate(n=Sum(F("quantity") - F("good")))["n"] or 0
    return StockLevel(
        code=item.code,
        on_hand=item.on_hand,
        reorder_point=item.reorder_point or 0,
        run_size=item.run_size or 1,
        maximum=item.maximum or (item.reorder_point or 0) + (item.run_size or 1),
        allocated=item.allocated + waiting,
        expected=max(0, expected),
    )


def run_lines(*, now: datetime) -> int:
    """Bring every flow line up to now; give how many good units came out.

    Each line is a transaction of its own, so several lines run at the same time
    and none waits for another.
    """
    line_ids = Line.objects.filter(
        Q(runs__state__in=(RunState.PLANNED, RunState.RUNNING)), kind=LineKind.FLOW
    ).values_list("id", flat=True)
    return sum(run_line(line_id=key, now=now) for key in sorted(set(line_ids)))


def run_line(*, line_id: int, now: datetime) -> int:
    """Run one line from where it stands to now, in steps."""
    n_good = 0
    while True:
        with transaction.atomic():
            line = Line.objects.select_for_update().get(id=line_id)
            run = _current_run(line, now)
            if run is None:
                _stop(line)
                return n_good
            begun = line.advanced_at or now
            until = min(now, begun + LONGEST_STEP)
            if until <= begun:
                return n_good
            n_good += _step(line, run, begun, until)
            if until == now:
                return n_good


def _current_run(line: Line, now: datetime) -> ReplenishmentRun | None:
    running = line.runs.filter(state=RunState.RUNNING).first()
    if running is not None:
        return running
    planned = line.runs.filter(state=RunState.PLANNED).order_by("id").first()
    if planned is None:
        return None
    ReplenishmentRun.objects.filter(id=planned.id, state=RunState.PLANNED).update(
        state=RunState.RUNNING, started_at=now
    )
    Line.objects.filter(id=line.id).update(
        state=LineStates.RUNNING, advanced_at=line.advanced_at or now
    )
    if line.state == LineStates.STOPPED:
        line.advanced_at = now
        Line.objects.filter(id=line.id).update(advanced_at=now)
    line.state = LineStates.RUNNING
    planned.state = RunState.RUNNING
    replenishment.begin(run=planned, now=now)
    return planned


def _stop(line: Line) -> None:
    if line.state != LineStates.STOPPED:
        Line.objects.filter(id=line.id).update(
            state=LineStates.STOPPED, advanced_at=None
        )
        boards.touch(work_centre_ids=[line.work_centre_id])


def _step(line: Line, run: ReplenishmentRun, begun: datetime, until: datetime) -> int:
    """Run the stretches of working time between two instants."""
    stations = [
        PacedStation(station.code, max(1, station.base_ms))
        for station in line.stations.all()
    ]
    state = LineState(**run.progress) if run.progress else LineState()
    n_good = n_scrap = 0
    for from_at, to_at in calendars.working_stretches(
        calendar_id=line.work_centre.calendar_id, from_at=begun, to_at=until
    ):
        result = tick(
            state,
            from_s=seconds(from_at),
            to_s=seconds(to_at),
            stations=stations,
            limit=run.quantity,
            breakdowns=_breakdowns(line),
            rng=_luck(run, state, from_at),
        )
        _count(line, run, result)
        state = result.state
        n_good += result.good
        n_scrap += result.scrap
    ReplenishmentRun.objects.filter(id=run.id).update(
        good=F("good") + n_good, scrap=F("scrap") + n_scrap, progress=asdict(state)
    )
    Line.objects.filter(id=line.id).update(advanced_at=until)
    line.advanced_at = until
    if state.n_out >= run.quantity:
        _complete(line, run, until)
    boards.touch(work_centre_ids=[line.work_centre_id])
    return n_good


def _breakdowns(line: Line) -> Breakdowns | None:
    means = line.work_centre.rates.get("breakdowns")
    return Breakdowns(**means) if means else None


def _luck(run: ReplenishmentRun, state: LineState, from_at: datetime) -> random.Random:
    """Draw failures that depend on the run and the moment only: repeatable."""
    return random.Random(f"{run.number}:{state.ran_ms}:{from_at.isoformat()}")  # noqa: S311 -- a simulation, nothing secret


def _count(line: Line, run: ReplenishmentRun, result: Tick) -> None:
    """Add to the counters of the minutes; an adjoining step may share a minute."""
    share = {count.code: count.n_units for count in result.stations}
    rows = [
        FlowCounter(
            line=line,
            run=run,
            minute_at=ORIGIN + timedelta(seconds=minute.minute_s),
            good=minute.good,
            scrap=minute.scrap,
            is_down=minute.down_s > 0,
        )
        for minute in result.minutes
    ]
    if not rows:
        return
    rows[-1].stations = share
    known = {
        counter.minute_at: counter
        for counter in FlowCounter.objects.filter(
            line=line, minute_at__in=[row.minute_at for row in rows]
        )
    }
    for row in rows:
        if row.minute_at in known:
            _add(known[row.minute_at], row)
    FlowCounter.objects.bulk_create([r for r in rows if r.minute_at not in known])


def _add(counter: FlowCounter, more: FlowCounter) -> None:
    FlowCounter.objects.filter(id=counter.id).update(
        good=F("good") + more.good,
        scrap=F("scrap") + more.scrap,
        is_down=counter.is_down or more.is_down,
        stations={
            code: counter.stations.get(code, 0) + more.stations.get(code, 0)
            for code in {*counter.stations, *more.stations}
        },
    )


def _complete(line: Line, run: ReplenishmentRun, now: datetime) -> None:
    """Book the run into stock as a lot and serve who waited for it."""
    n_moved = ReplenishmentRun.objects.filter(id=run.id, state=RunState.RUNNING).update(
        state=RunState.COMPLETED, completed_at=now
    )
    if n_moved == 0:
        return
    run.refresh_from_db()
    lot = MaterialLot.objects.create(
        item_id=run.item_id,
        code=f"{line.code}-{run.number}",
        state=LotState.RELEASED,
        quantity=run.good,
        created_at=now,
    )
    if run.good:
        stock.book_move(
            item_id=run.item_id,
            kind=MoveKind.PRODUCED,
            quantity=run.good,
            reference=run.number,
            lot_id=lot.id,
            now=now,
        )
    replenishment.complete(run=run, now=now)
    serve_backorders(item_id=run.item_id, lot_code=lot.code)


def serve_backorders(*, item_id: int, lot_code: str = "") -> int:
    """Allocate what is free to backorders, oldest first; never below zero."""
    n_served = 0
    waiting: Sequence[StockAllocation] = list(
        StockAllocation.objects.select_for_update()
        .filter(item_id=item_id, state=AllocationState.BACKORDERED)
        .order_by("id")
    )
    for allocation in waiting:
        n_taken = StockItem.objects.filter(
            id=item_id, on_hand__gte=F("allocated") + allocation.quantity
        ).update(allocated=F("allocated") + allocation.quantity)
        if n_taken == 0:
            break
        StockAllocation.objects.filter(id=allocation.id).update(
            state=AllocationState.ALLOCATED, served_by=lot_code
        )
        n_served += 1
    return n_served
