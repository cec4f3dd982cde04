"""Flow production: replenish from stock level, run lines at takt, count minutes."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import transaction
from django.db.models import F, Sum

from configurator.services.moves import move, move_one
from production.engine.calendar import Calendar
from production.engine.flow import (
    Breakdowns,
    LineState,
    StockLevel,
    Tick,
    tick,
)
from production.engine.flow import Station as PacedStation
from production.engine.methods import get_method
from production.engine.plan import Plan, Shop
from production.models import (
    FlowCounter,
    Line,
    LineKind,
    ReplenishmentRun,
    StockItem,
    StockKind,
)
from production.selectors import calendars, keeping
from production.selectors.loads import ORIGIN, seconds
from production.services import boards, lots, replenishment
from production.states import (
    LINE_MOVES,
    RUN_MOVES,
    AllocationState,
    LotState,
    RunState,
)
from production.states import LineState as LineStates

Calendars = Mapping[int, Calendar]
METHOD = "FLOW"
MINUTE_S = 60
# A line is brought up to date in steps of at most this long: one short transaction.
LONGEST_STEP = timedelta(hours=1)
_OPEN = (RunState.PLANNED, RunState.RUNNING)


def replenish(*, now: datetime) -> list[ReplenishmentRun]:
    """Plan runs for every standard item whose stock fell to its reorder point.

    Lines that make the same share it, a run for each. While an item has an open run,
    there is nothing to plan for it.
    """
    items = {
        item.code: item
        for item in StockItem.objects.filter(
            kind=StockKind.GOODS, run_size__isnull=False, reorder_point__isnull=False
        )
        .exclude(runs__state__in=_OPEN)
        .order_by("id")
    }
    if not items:
        return []
    lines = {line.code: line for line in _list_lines(list(items.values()))}
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for group in _plan(list(items.values()), list(lines.values()), now).groups:
        wanted[group.family][group.resource] += group.quantity
    runs: list[ReplenishmentRun] = []
    for code, shares in wanted.items():
        by_line = {lines[line]: quantity for line, quantity in shares.items()}
        runs += replenishment.plan_runs(item=items[code], wanted=by_line, now=now)
    return runs


def _list_lines(items: Sequence[StockItem]) -> list[Line]:
    """Give the lines that make these; one that is down only where no other is up."""
    lines = list(
        Line.objects.filter(
            kind=LineKind.FLOW,
            product__in=[item.product_id for item in items if item.product_id],
        )
        .select_related("work_centre")
        .prefetch_related("stations")
        .order_by("code")
    )
    up = {line.product_id for line in lines if line.work_centre.is_up}
    return [
        line for line in lines if line.work_centre.is_up or line.product_id not in up
    ]


def _plan(items: Sequence[StockItem], lines: Sequence[Line], now: datetime) -> Plan:
    """Let the method say what to make of each article on the lines that make it."""
    by_product = {item.product_id: item.code for item in items}
    too_old = keeping.map_replaceable(items=items, now=now)
    shop = Shop(
        stations={line.code: tuple(_paced(line)) for line in lines},
        makes={line.code: by_product[line.product_id] for line in lines},
        stock=tuple(_level(item, too_old.get(item.id, 0)) for item in items),
    )
    return get_method(METHOD).plan([], shop=shop, now_s=seconds(now))


def _paced(line: Line) -> list[PacedStation]:
    stations = [
        PacedStation(station.code, max(1, station.base_ms))
        for station in line.stations.all()
    ]
    return stations or [PacedStation(line.code, line.takt_ms)]


def _level(item: StockItem, too_old: int) -> StockLevel:
    """Tell an item's level; what trade refuses is nothing while too little else is."""
    backordered = item.allocations.filter(state=AllocationState.BACKORDERED)
    waiting = backordered.aggregate(n=Sum("quantity"))["n"] or 0
    blocked = item.lots.filter(state=LotState.BLOCKED).aggregate(n=Sum("remaining"))
    on_hand = item.on_hand - (blocked["n"] or 0)
    if too_old:
        trade = backordered.filter(keeping.FOR_TRADE).aggregate(n=Sum("quantity"))
        if on_hand - item.allocated - too_old < (trade["n"] or 0):
            on_hand = max(0, on_hand - too_old)
    return StockLevel(
        code=item.code,
        on_hand=on_hand,
        reorder_point=item.reorder_point or 0,
        run_size=item.run_size or 1,
        maximum=item.maximum or (item.reorder_point or 0) + (item.run_size or 1),
        allocated=item.allocated + waiting,
    )


def run_lines(*, now: datetime, known: Calendars | None = None) -> int:
    """Bring every flow line up to now; give how many good units came out.

    Each line is a transaction of its own, so several lines run at the same time
    and none waits for another. Who has read the calendars may hand them in.
    """
    found = Line.objects.filter(
        runs__state__in=_OPEN, kind=LineKind.FLOW, work_centre__is_up=True
    ).values_list("id", "state", "advanced_at", "work_centre__calendar_id")
    rows = sorted(found.distinct())
    if rows and known is None:
        known = calendars.map_by_id()
    n_good = 0
    for line_id, state, advanced_at, calendar_id in rows:
        begun = advanced_at if state == LineStates.RUNNING else None
        if begun and known and not known[calendar_id].openings(begun, now):
            continue  # closed ever since
        n_good += run_line(line_id=line_id, now=now, known=known)
    return n_good


def run_line(*, line_id: int, now: datetime, known: Calendars | None = None) -> int:
    """Run one line from where it stands to now, in steps of its working time."""
    known = calendars.map_by_id() if known is None else known
    n_good = 0
    while True:
        with transaction.atomic():
            line = (
                Line.objects.select_for_update(of=("self",))
                .select_related("work_centre")
                .get(id=line_id)
            )
            run = _current_run(line, now)
            if run is None:
                _stop(line)
                return n_good
            calendar = known[line.work_centre.calendar_id]
            stretches = calendar.openings(line.advanced_at or now, now)
            if not stretches:
                return n_good
            begun = stretches[0][0]
            until = min(now, begun + LONGEST_STEP)
            n_good += _step(line, run, calendar.openings(begun, until), until)
            if until == now:
                return n_good


def _current_run(line: Line, now: datetime) -> ReplenishmentRun | None:
    running = line.runs.filter(state=RunState.RUNNING).first()
    if running is not None:
        return running
    planned = line.runs.filter(state=RunState.PLANNED).order_by("id").first()
    if planned is None or replenishment.is_short(run=planned):
        return None
    begun = {"started_at": now}
    move_one(planned, to=RunState.RUNNING, moves=RUN_MOVES, extra_updates=begun)
    if line.state != LineStates.RUNNING:
        rests = line.state in {LineStates.STOPPED, LineStates.STARVED}
        since = now if rests else line.advanced_at or now
        move_one(
            line,
            to=LineStates.RUNNING,
            moves=LINE_MOVES,
            extra_updates={"advanced_at": since},
        )
    replenishment.begin(run=planned, now=now)
    return planned


def _stop(line: Line) -> None:
    """Stop a line without a run; one whose run has no materials is starved."""
    waits = line.runs.filter(state=RunState.PLANNED).exists()
    state = LineStates.STARVED if waits else LineStates.STOPPED
    if line.state != state:
        stopped = {"advanced_at": None}
        move_one(line, to=state, moves=LINE_MOVES, extra_updates=stopped)
        boards.touch(work_centre_ids=[line.work_centre_id])


def _step(
    line: Line,
    run: ReplenishmentRun,
    stretches: Sequence[tuple[datetime, datetime]],
    until: datetime,
) -> int:
    """Run through stretches of working time, minute by minute."""
    stations = _paced(line)
    state = LineState(**run.progress) if run.progress else LineState()
    breakdowns = _breakdowns(line)
    counters: list[FlowCounter] = []
    for from_at, to_at in stretches:
        rng = _luck(run, state, from_at)
        for from_s, to_s in _minutes(seconds(from_at), seconds(to_at)):
            if state.n_out >= run.quantity:
                break
            result = tick(
                state,
                from_s=from_s,
                to_s=to_s,
                stations=stations,
                pace_ms=line.takt_ms,
                limit=run.quantity,
                breakdowns=breakdowns,
                rng=rng,
            )
            counters.append(_counter(line, run, result))
            state = result.state
    return _book(line, run, counters, state, until)


def _minutes(from_s: int, to_s: int) -> list[tuple[int, int]]:
    """Cut a stretch at full minutes."""
    cuts = [from_s, *range(from_s - from_s % MINUTE_S + MINUTE_S, to_s, MINUTE_S), to_s]
    return list(pairwise(cuts))


def _counter(line: Line, run: ReplenishmentRun, result: Tick) -> FlowCounter:
    (minute,) = result.minutes
    return FlowCounter(
        line=line,
        run=run,
        minute_at=ORIGIN + timedelta(seconds=minute.minute_s),
        good=minute.good,
        scrap=minute.scrap,
        is_down=minute.down_s > 0,
        stations={count.code: count.n_units for count in result.stations},
    )


def _book(
    line: Line,
    run: ReplenishmentRun,
    counters: Sequence[FlowCounter],
    state: LineState,
    until: datetime,
) -> int:
    """Store what the minutes gave; a run that has all its units is completed."""
    n_good = sum(counter.good for counter in counters)
    n_scrap = sum(counter.scrap for counter in counters)
    _count(line, counters)
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


def _count(line: Line, counters: Sequence[FlowCounter]) -> None:
    """Add to the counters of the minutes; an adjoining step may share a minute."""
    known = {
        counter.minute_at: counter
        for counter in FlowCounter.objects.filter(
            line=line, minute_at__in=[counter.minute_at for counter in counters]
        )
    }
    for counter in counters:
        if counter.minute_at in known:
            _add(known[counter.minute_at], counter)
    FlowCounter.objects.bulk_create(
        [counter for counter in counters if counter.minute_at not in known]
    )


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
    n_moved = move(
        ReplenishmentRun,
        ids=[run.id],
        from_=RunState.RUNNING,
        to=RunState.COMPLETED,
        moves=RUN_MOVES,
        extra_updates={"completed_at": now},
    )
    if n_moved == 0:
        return
    run.refresh_from_db()
    lots.receive(
        item_id=run.item_id,
        code=f"{line.code}-{run.number}",
        quantity=run.good,
        now=now,
    )
    replenishment.complete(run=run, now=now)
