"""When everything that is under way will be done, if it goes on as it comes."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from production.engine.calendar import Calendar, CalendarError
from production.engine.demand import Basis, Key, require
from production.engine.promise import Crew, Task, filled_at

NEVER = datetime.max.replace(tzinfo=UTC)

# When, whose by importance, and which of its tasks arrives; or, after all of them,
# that a place calls one of those that wait.
_Event = tuple[datetime, int, int | str]


@dataclass(frozen=True, slots=True)
class Lane:
    """A work centre or line with so many equal places; ``None`` never closes.

    Where it is down, nothing begins before ``up_from``.
    """

    calendar: Calendar | None = None
    n_places: int = 1
    up_from: datetime | None = None

    def __post_init__(self) -> None:
        require(holds=self.n_places >= 1, what="places", value=self.n_places)


@dataclass(frozen=True, slots=True)
class Work:
    """What is left to do of one work order, in steps that take a fixed time.

    Predecessors that are not among the tasks are done.
    """

    key: Key
    begin_at: datetime
    tasks: tuple[Task, ...]


@dataclass(slots=True)
class _Load:
    begins_at: datetime
    ends_at: datetime
    room_milli: int | None


@dataclass(slots=True)
class _State:
    """One work on its way: what each task still waits for, and when that was done."""

    work: Work
    missing: dict[Key, int]
    after: dict[Key, list[int]]
    ready_at: dict[Key, datetime]
    ends_at: datetime


@dataclass(slots=True)
class _Floor:
    """Places with the times at which they are free, and loads that may be shared."""

    lanes: Mapping[str, Lane]
    crews: Mapping[str, Crew]
    now: datetime
    free: dict[str, list[datetime]] = field(default_factory=dict)
    loads: dict[tuple[str, str], _Load] = field(default_factory=dict)
    # By place: rank and task of what has arrived and waits for its turn.
    waiting: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)

    def free_at(self, resource: str) -> datetime:
        return self.list_free(resource)[0]

    def list_free(self, resource: str) -> list[datetime]:
        """Give the times at which its places are free, the first of them first."""
        if resource not in self.free:
            lane = self.lanes[resource]
            first_at = max(self.now, lane.up_from or self.now)
            self.free[resource] = [first_at] * lane.n_places
        return self.free[resource]


def project(
    works: Sequence[Work],
    *,
    now: datetime,
    lanes: Mapping[str, Lane],
    crews: Mapping[str, Crew] | None = None,
) -> dict[Key, datetime]:
    """Let all work flow through the places, what is most important first.

    Parameters
    ----------
    works
        In order of importance: it decides between those that wait for a place.
    now
        Nothing begins before; aware.
    lanes
        Places by code; a resource that is not named takes everything at once.
    crews
        By skill: work begins when one of them is there.

    Returns
    -------
    dict[Key, datetime]
        The end of each work, in UTC. ``NEVER`` for what finds no working time, and
        for what waits for itself. ``O(n log n)`` in the number of tasks.

    Notes
    -----
    A place that is free is not kept for what comes later, however important. Tasks of
    one ``family`` at a place share a load while it has not begun and has room
    (``load_max``, in loads of a task); it waits until it is full, as long as its first
    task may or to the cut-off, and takes its turn as that arrives.
    Own; compared in tests with hand-made plans and with ``look_ahead``.
    """
    floor = _Floor(lanes, crews or {}, now)
    states = [_begin(work, now) for work in works]
    events: list[_Event] = [
        (state.ready_at[task.step.key], rank, place)
        for rank, state in enumerate(states)
        for place, task in enumerate(state.work.tasks)
        if not state.missing[task.step.key]
    ]
    heapq.heapify(events)
    while events:
        at, rank, what = heapq.heappop(events)
        resource = _resource(states, rank, what)
        turn = _whose_turn(floor, states, (at, rank, what), resource)
        if turn is not None:
            state = states[turn[0]]
            end = _carry_out(floor, state.work.tasks[turn[1]], at)
            for ready_at, follower in _go_on(state, turn[1], end):
                heapq.heappush(events, (ready_at, turn[0], follower))
        if floor.waiting.get(resource) and resource not in floor.called:
            floor.called.add(resource)
            call_at = max(at, floor.free_at(resource))
            heapq.heappush(events, (call_at, len(states), resource))
    return {state.work.key: _end_of(state) for state in states}


def _resource(states: Sequence[_State], rank: int, what: int | str) -> str:
    """Name the place that an event is at: a call names it, an arrival its task."""
    if isinstance(what, str):
        return what
    return states[rank].work.tasks[what].step.resource


def _whose_turn(
    floor: _Floor, states: Sequence[_State], event: _Event, resource: str
) -> tuple[int, int] | None:
    """Say which task begins now: the one that arrives, or of those that wait."""
    at, rank, what = event
    if isinstance(what, str):
        floor.called.discard(resource)
        is_free = floor.free_at(resource) <= at
        return heapq.heappop(floor.waiting[resource]) if is_free else None
    task = states[rank].work.tasks[what]
    stands_in_line = resource in floor.lanes and not (task.family or task.is_customers)
    is_crowded = bool(floor.waiting.get(resource))
    if stands_in_line and (is_crowded or floor.free_at(resource) > at):
        heapq.heappush(floor.waiting.setdefault(resource, []), (rank, what))
        return None
    return rank, what


def _begin(work: Work, now: datetime) -> _State:
    keys = {task.step.key for task in work.tasks}
    after: dict[Key, list[int]] = {key: [] for key in keys}
    missing: dict[Key, int] = {}
    for place, task in enumerate(work.tasks):
        before = [key for key in task.step.after if key in keys]
        missing[task.step.key] = len(before)
        for key in before:
            after[key].append(place)
    begin_at = max(now, work.begin_at)
    ready_at = dict.fromkeys(keys, begin_at)
    return _State(work, missing, after, ready_at, begin_at)


def _go_on(state: _State, place: int, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Note a task's end and give those that may begin after it."""
    step = state.work.tasks[place].step
    delay = timedelta(0) if end == NEVER else timedelta(seconds=step.min_delay_s)
    state.ends_at = max(state.ends_at, end + delay)
    for follower in state.after[step.key]:
        key = state.work.tasks[follower].step.key
        state.ready_at[key] = max(state.ready_at[key], end + delay)
        state.missing[key] -= 1
        if not state.missing[key]:
            yield state.ready_at[key], follower


def _end_of(state: _State) -> datetime:
    if any(state.missing.values()):
        return NEVER
    return state.ends_at.astimezone(UTC) if state.ends_at != NEVER else NEVER


def _carry_out(floor: _Floor, task: Task, arrival: datetime) -> datetime:
    """Give a task its place and time; gives its end."""
    step = task.step
    if task.is_customers or arrival == NEVER:
        return arrival
    run_s = step.setup.internal_s + step.run_s(1)
    lane = floor.lanes.get(step.resource)
    if lane is None:
        return arrival + timedelta(seconds=run_s)
    name = (step.resource, task.family)
    load = floor.loads.get(name) if task.family else None
    if load is not None and _may_join(load, task, arrival):
        return load.ends_at
    begins = _begins_at(floor, task, arrival)
    calendar = None if step.basis is Basis.DELAY else lane.calendar
    end = _end(calendar, begins, run_s)
    if end != NEVER:
        heapq.heapreplace(floor.free[step.resource], end)
    if task.family and end != NEVER:
        room = step.load_max
        milli = None if room is None else room * 1000 - _milli(task)
        floor.loads[name] = _Load(begins, end, milli)
    return end


def _may_join(load: _Load, task: Task, arrival: datetime) -> bool:
    if arrival > load.begins_at:
        return False
    if load.room_milli is None:
        return True
    if load.room_milli < _milli(task):
        return False
    load.room_milli -= _milli(task)
    return True


def _milli(task: Task) -> int:
    return -(-task.step.load_num * 1000 // task.step.load_den)


def _begins_at(floor: _Floor, task: Task, arrival: datetime) -> datetime:
    step = task.step
    calendar = floor.lanes[step.resource].calendar
    filled = filled_at(task, 1, arrival, calendar=calendar)
    begins = max(filled, floor.free_at(step.resource))
    crew = floor.crews.get(step.skill) if step.attended else None
    if crew is not None and crew.calendars:
        begins = min(_next_open(each, begins) for each in crew.calendars)
    return begins


def _next_open(calendar: Calendar, at: datetime) -> datetime:
    try:
        return calendar.next_open(at)
    except CalendarError:
        return NEVER


def _end(calendar: Calendar | None, begins: datetime, work_s: int) -> datetime:
    if begins == NEVER:
        return NEVER
    if calendar is None:
        return begins + timedelta(seconds=work_s)
    try:
        return calendar.add_working_seconds(begins, work_s)
    except CalendarError:
        return NEVER
