"""When each work centre does what, if it goes on in the order that is planned now."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from production.engine.calendar import Calendar
from production.models import (
    Batch,
    Line,
    LineSlot,
    Operation,
    ReplenishmentRun,
    WorkCentre,
)
from production.selectors.calendars import map_by_id
from production.selectors.line_queue import ON_THE_LINE
from production.selectors.loads import ORIGIN
from production.selectors.outages import up_from
from production.states import (
    BatchState,
    LineState,
    OperationState,
    RunState,
    SlotState,
    WorkOrderState,
)

MOST_BARS = 40
LOOKED_AT = 2_000
AT_THE_MACHINE = (BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING)
QUEUED = (BatchState.FROZEN, BatchState.RELEASED)
FILLING = (BatchState.OPEN, BatchState.PROPOSED)
IN_HAND = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
Stretch = tuple[datetime, datetime]
_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that occupies a place from one moment to another.

    ``kind`` is RUNNING, CHANGEOVER, QUEUED, FILLING, READY, LINE or FLOW; ``what`` is
    the number of a batch, of a work order, or of a line. What ``is_begun`` is worked
    on, unless its place stands still.
    """

    kind: str
    what: str
    begins_at: datetime
    ends_at: datetime
    due_at: datetime | None = None
    n_units: int = 0
    is_begun: bool = False

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at < self.ends_at

    def is_overdue(self, now: datetime) -> bool:
        """Say whether its time is over already, not only by the plan."""
        return self.due_at is not None and self.due_at < now

    def cut(self, openings: Iterable[Stretch]) -> list[Stretch]:
        """Cut it into the stretches in which somebody works; in none, it is whole."""
        pieces = [
            (max(opens, self.begins_at), min(closes, self.ends_at))
            for opens, closes in openings
            if opens < self.ends_at and self.begins_at < closes
        ]
        return pieces or [(self.begins_at, self.ends_at)]


@dataclass(slots=True)
class Lane:
    """The bars of one work centre, in order of time."""

    centre: WorkCentre
    calendar: Calendar
    bars: list[Bar] = field(default_factory=list)
    n_hidden: int = 0
    # Until then nothing is counted on there; none where it is up.
    down_until: datetime | None = None
    # A line whose takt somebody stopped.
    is_stopped: bool = False

    @property
    def is_still(self) -> bool:
        return self.down_until is not None or self.is_stopped

    @property
    def free_at(self) -> datetime:
        return max(bar.ends_at for bar in self.bars)

    def closed(self, begin: datetime, end: datetime) -> list[Stretch]:
        """List the stretches between two instants in which nobody works there."""
        found, at = [], begin
        for opens, closes in [*self.calendar.openings(begin, end), (end, end)]:
            if opens > at:
                found.append((at, opens))
            at = closes
        return found


@dataclass(frozen=True, slots=True)
class _Work:
    kind: str
    what: str
    work_s: int
    due_at: datetime | None = None
    n_units: int = 0
    is_begun: bool = False

    def bar(self, begins: datetime, ends: datetime) -> Bar:
        return Bar(
            *(self.kind, self.what, begins, ends, self.due_at),
            n_units=self.n_units,
            is_begun=self.is_begun,
        )


class _Places:
    """The equal places of a work centre, each free from some moment on."""

    def __init__(self, centre: WorkCentre, calendar: Calendar, now: datetime) -> None:
        self.lane = Lane(centre, calendar)
        self.calendar = calendar
        self.now = now
        self.up_at = up_from(is_up=centre.is_up, back_at=centre.back_at, now=now)
        self.free = [self.up_at] * centre.n_places
        if self.up_at > now:
            self.lane.down_until = self.up_at

    def begun(self, work: _Work, began: datetime | None) -> None:
        """Show what runs from when it began, to now at least.

        Where the place is down, what is left of it is done when that is back.
        """
        begins = began or self.now
        ends = self.calendar.find_end(begins, work.work_s)
        if ends is not None and self.up_at > self.now:
            left_s = self.calendar.working_seconds_between(
                self.now, max(ends, self.now)
            )
            ends = self.calendar.find_end(self.up_at, left_s)
        if ends is not None:
            self._add(work.bar(begins, max(ends, self.now)))
            heapq.heapreplace(self.free, max(ends, self.up_at))

    def follow(self, *works: _Work, not_before: datetime | None = None) -> None:
        """Let work follow each other at the place that is free first."""
        begins = max(self.free[0], not_before or self.now)
        for work in works:
            ends = self.calendar.find_end(begins, work.work_s)
            if ends is None:
                return
            if work.work_s:
                self._add(work.bar(begins, ends))
            begins = ends
        heapq.heapreplace(self.free, begins)

    def _add(self, bar: Bar) -> None:
        if len(self.lane.bars) < MOST_BARS:
            self.lane.bars.append(bar)
        else:
            self.lane.n_hidden += 1


def list_lanes(*, now: datetime) -> list[Lane]:
    """Give each work centre that has something to do, in the order of the works.

    What runs comes first, then batches as they are queued, then those that still
    fill, then single steps by due date; a line as one bar over all its units. A dozen
    queries, however much there is to do.
    """
    calendars = map_by_id()
    places = {
        centre.id: _Places(centre, calendars[centre.calendar_id], now)
        for centre in WorkCentre.objects.select_related("line").order_by(
            "position", "code"
        )
    }
    for batch in _batches(AT_THE_MACHINE):
        work = _of_batch(batch, "RUNNING")
        places[batch.work_centre_id].begun(work, batch.started_at)
    _put_operations(places, _operations(IN_HAND))
    for batch in _batches(QUEUED):
        works = [*_changeover(batch), _of_batch(batch, "QUEUED")]
        places[batch.work_centre_id].follow(*works)
    for batch in _batches(FILLING):
        work = _of_batch(batch, "FILLING")
        freezes_at = _freezes_at(batch, now)
        places[batch.work_centre_id].follow(work, not_before=freezes_at)
    _put_operations(places, _operations((OperationState.READY,)))
    _put_lines(places)
    _put_runs(places)
    return [each.lane for each in places.values() if each.lane.bars]


def _batches(states: Sequence[str]) -> Iterable[Batch]:
    return (
        Batch.objects.filter(state__in=states)
        .select_related("changeover")
        .order_by("position", "id")
    )


def _of_batch(batch: Batch, kind: str) -> _Work:
    is_begun = kind == "RUNNING"
    return _Work(kind, batch.number, batch.run_s, batch.due_at, is_begun=is_begun)


def _changeover(batch: Batch) -> list[_Work]:
    planned = getattr(batch, "changeover", None)
    if planned is None:
        return []
    return [_Work("CHANGEOVER", batch.number, planned.planned_s)]


def _freezes_at(batch: Batch, now: datetime) -> datetime:
    """Say when time will freeze a batch that still fills, within the week."""
    at_s = int(batch.reasons.get("freeze_at_s", 0))
    latest = now + timedelta(days=7)
    if at_s > (latest - ORIGIN).total_seconds() or at_s < 0:
        return now
    return max(now, ORIGIN + timedelta(seconds=at_s))


def _operations(states: Sequence[str]) -> Iterable[Operation]:
    """Give single steps; the members of a batch stand with it."""
    return (
        Operation.objects.filter(
            state__in=states,
            work_centre__isnull=False,
            work_order__state__in=_ON_FLOOR,
            work_order__line__isnull=True,
        )
        .filter(Q(batch_key="") | ~Q(state=OperationState.READY))
        .exclude(memberships__state="ACTIVE")
        .select_related("work_order")
        .only(
            *("state", "setup_s", "run_s", "due_at", "ready_at", "started_at"),
            *("work_centre_id", "work_order__number"),
        )
        .order_by(F("due_at").asc(nulls_last=True), "id")[:LOOKED_AT]
    )


def _put_operations(
    places: Mapping[int, _Places], operations: Iterable[Operation]
) -> None:
    for operation in operations:
        place = places[operation.work_centre_id or 0]
        is_in_hand = operation.state in IN_HAND
        work = _Work(
            "RUNNING" if is_in_hand else "READY",
            operation.work_order.number,
            operation.setup_s + operation.run_s,
            operation.due_at,
            is_begun=is_in_hand,
        )
        if is_in_hand:
            place.begun(work, operation.started_at or operation.ready_at)
        else:
            place.follow(work)


def _put_lines(places: Mapping[int, _Places]) -> None:
    """Show a flexible line's units: those on it, then those in its queue.

    One leaves it each takt.
    """
    n_units: dict[tuple[int, bool], int] = defaultdict(int)
    states = (*ON_THE_LINE, SlotState.SEQUENCED)
    rows = LineSlot.objects.filter(state__in=states).order_by()
    counts = rows.values_list("line_id", "state").annotate(n=Count("id"))
    for line_id, state, n in counts:
        n_units[line_id, state in ON_THE_LINE] += n
    for line in Line.objects.filter(id__in={line_id for line_id, _on in n_units}):
        place = places[line.work_centre_id]
        place.lane.is_stopped = line.state == LineState.STOPPED
        for is_begun in (True, False):
            if n := n_units[line.id, is_begun]:
                place.follow(_units("LINE", line, n, is_begun=is_begun))


def _put_runs(places: Mapping[int, _Places]) -> None:
    """Show the rest of each replenishment run at the takt of its line."""
    runs = ReplenishmentRun.objects.filter(
        state__in=(RunState.RUNNING, RunState.PLANNED)
    ).select_related("line")
    for run in runs.order_by(F("started_at").asc(nulls_last=True), "id"):
        n = max(0, run.quantity - run.good - run.scrap)
        place = places[run.line.work_centre_id]
        place.lane.is_stopped = run.line.state == LineState.STOPPED
        is_begun = run.state == RunState.RUNNING
        place.follow(_units("FLOW", run.line, n, is_begun=is_begun))


def _units(kind: str, line: Line, n: int, *, is_begun: bool) -> _Work:
    work_s = -(-n * line.takt_ms // 1000)
    return _Work(kind, line.code, work_s, n_units=n, is_begun=is_begun)
