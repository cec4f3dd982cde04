"""When something will be ready that has no place in any plan yet, and why not earlier.

A promise walks through the steps of one work with each place's working time, behind
what stands there already. Everything is a value: a caller looks at the works, asks,
and stores what it is told.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import dropwhile
from zoneinfo import ZoneInfo

from production.engine.ahead import Stretch, find_end
from production.engine.calendar import Calendar, CalendarError
from production.engine.cutoff import first_cutoff
from production.engine.demand import Basis, Key, Step, require

WEEK = frozenset(range(5))
DAYS_AHEAD = 3660


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """A load that is still being filled: its room, and when it closes and begins."""

    number: str
    family: str
    room_milli: int
    closes_at: datetime
    begins_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A work centre or line: its working time, and when it is free of what waits.

    Without a calendar it never closes. ``taken`` are the stretches after that, in
    order, in which it does what is still on its way to it.
    """

    free_at: datetime
    calendar: Calendar | None = None
    loads: tuple[OpenLoad, ...] = ()
    taken: tuple[Stretch, ...] = ()

    def free_from(self, at: datetime) -> datetime:
        """Give when it may begin what comes to it at an instant."""
        at = max(at, self.free_at)
        for begins, ends in self.taken:
            if begins > at:
                break
            at = max(at, ends)
        return at


@dataclass(frozen=True, slots=True)
class Crew:
    """The people of one skill: when free of what waits, and when each works."""

    free_at: datetime
    calendars: tuple[Calendar, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A step as a promise sees it.

    ``family`` names what may share a load and is empty where nothing does; a load
    that is not full waits ``max_wait_s`` at most, and not beyond ``cutoff`` (local
    time at the place). ``lead_days`` are an outside supplier's working days. Time
    that the customer takes to answer is nobody's promise.
    """

    step: Step
    family: str = ""
    max_wait_s: int | None = None
    cutoff: time | None = None
    lead_days: int = 0
    is_customers: bool = False

    def __post_init__(self) -> None:
        times = (self.lead_days, self.max_wait_s or 0)
        require(
            holds=min(times) >= 0, what=f"wait of {self.step.key}", value=max(times)
        )


@dataclass(frozen=True, slots=True)
class Works:
    """What a promise rests on: places by code, crews by skill."""

    places: Mapping[str, Place] = field(default_factory=dict)
    crews: Mapping[str, Crew] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    """When a task begins and ends, and what of: a load, a place, nobody's."""

    begins: datetime
    end: datetime
    load: str = ""
    behind: str = ""
    is_skill: bool = False
    work_s: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """When it is ready, and what it waits for longest on its way.

    ``joins`` are the open loads that it would share, with the thousandths of a load
    unit that it takes of their room; ``work_s`` what it takes of other places.
    ``slowest`` is the place, or the skill where ``is_skill``, that it waits
    ``waited_s`` for on the clock, or nothing.
    """

    ready_at: datetime
    joins: Mapping[str, int] = field(default_factory=dict)
    work_s: Mapping[str, int] = field(default_factory=dict)
    slowest: str = ""
    waited_s: int = 0
    is_skill: bool = False


def look_ahead(
    tasks: Sequence[Task],
    *,
    quantity: int,
    begin_at: datetime,
    works: Works,
    materials_at: datetime | None = None,
) -> Outlook:
    """Follow the tasks of one work behind everything that waits already.

    Parameters
    ----------
    tasks
        In an order in which predecessors come first.
    quantity
        Planned pieces; run times follow the basis of each step.
    begin_at
        When the first task may start; aware.
    works
        Places and crews; one that is not named never closes and is never busy.
    materials_at
        When the last material is there. What comes before the customer's answer to
        a proof or drawing needs none of it.

    Returns
    -------
    Outlook
        ``begin_at`` where there are no tasks. Branches run side by side, so it is
        the latest of their ends.

    Raises
    ------
    CalendarError
        If some work never finds working time.

    Notes
    -----
    A task joins an open load of its family that has room and closes after its
    arrival, where that begins earlier than a load of its own would. A load of its own
    waits until it is full, too old or past the cut-off. Own; compared in tests with
    a walk second by second.
    """
    after_answer = _needing_materials(tasks)
    ends: dict[Key, datetime] = {}
    joins: dict[str, int] = {}
    work_s: dict[str, int] = defaultdict(int)
    slowest, is_skill, longest = "", False, timedelta(0)
    for task in tasks:
        step = task.step
        arrival = max((ends[key] for key in step.after), default=begin_at)
        if materials_at is not None and step.key in after_answer:
            arrival = max(arrival, materials_at)
        turn = _carry_out(task, quantity, arrival, works)
        if turn.load:
            joins[turn.load] = joins.get(turn.load, 0) + _milli(step, quantity)
        elif turn.work_s:
            work_s[step.resource] += turn.work_s
        if turn.begins - arrival > longest:
            slowest, is_skill = turn.behind, turn.is_skill
            longest = turn.begins - arrival
        ends[step.key] = turn.end + timedelta(seconds=step.min_delay_s)
    return Outlook(
        ready_at=max(ends.values(), default=begin_at).astimezone(UTC),
        joins=joins,
        work_s=dict(work_s),
        slowest=slowest,
        waited_s=int(longest.total_seconds()),
        is_skill=is_skill,
    )


def _needing_materials(tasks: Sequence[Task]) -> set[Key]:
    later = list(dropwhile(lambda task: not task.is_customers, tasks)) or tasks
    return {task.step.key for task in later}


def _carry_out(task: Task, quantity: int, arrival: datetime, works: Works) -> _Turn:
    step = task.step
    if task.is_customers:
        return _Turn(arrival, arrival)
    place = works.places.get(step.resource)
    if task.lead_days:
        calendar = place.calendar if place else None
        end = after_working_days(arrival, task.lead_days, calendar=calendar)
        return _Turn(arrival, end)
    run_s = step.run_s(quantity)
    if place is None:
        return _Turn(arrival, arrival + timedelta(seconds=run_s))
    # What only waits takes up its place day and night.
    calendar = None if step.basis is Basis.DELAY else place.calendar
    begins, is_skill = _own_turn(task, quantity, arrival, place, works)
    work_s = step.setup.internal_s + run_s
    own_end = find_end(calendar, begins, work_s)
    load = _find_load(task, quantity, arrival, place)
    if load is not None:
        joined_end = find_end(calendar, load.begins_at, run_s)
        if joined_end < own_end:
            return _Turn(load.begins_at, joined_end, load.number, step.resource)
    behind = step.skill if is_skill else step.resource
    return _Turn(begins, own_end, "", behind, is_skill, work_s)


def _own_turn(
    task: Task, quantity: int, arrival: datetime, place: Place, works: Works
) -> tuple[datetime, bool]:
    """Wait for the load to fill, for the place, and for somebody who can do it.

    Tells also whether it is that somebody who is there last.
    """
    begins = place.free_from(
        filled_at(task, quantity, arrival, calendar=place.calendar)
    )
    crew = works.crews.get(task.step.skill) if task.step.attended else None
    if crew is None:
        return begins, False
    there = max(begins, crew.free_at)
    if crew.calendars:
        there = min(each.next_open(there) for each in crew.calendars)
    return max(there, begins), there > begins


def filled_at(
    task: Task, quantity: int, arrival: datetime, *, calendar: Calendar | None
) -> datetime:
    """Say when a load of its own is closed: full, too old, or past the cut-off."""
    step = task.step
    if not task.family or _is_full(step, quantity):
        return arrival
    closes = []
    if task.max_wait_s is not None:
        closes.append(arrival + timedelta(seconds=task.max_wait_s))
    if task.cutoff is not None:
        zone = calendar.zone if calendar else "UTC"
        closes.append(first_cutoff(task.cutoff, after=arrival, zone=zone))
    return min(closes, default=arrival)


def _is_full(step: Step, quantity: int) -> bool:
    if step.load_max is None:
        return False
    return quantity * step.load_num >= step.load_den * step.load_max


def _find_load(
    task: Task, quantity: int, arrival: datetime, place: Place
) -> OpenLoad | None:
    """Find the load with room that begins first, of those open at its arrival."""
    if not task.family:
        return None
    need_milli = _milli(task.step, quantity)
    fitting = [
        load
        for load in place.loads
        if load.family == task.family
        and load.room_milli >= need_milli
        and load.closes_at >= arrival
    ]
    return min(fitting, key=lambda load: (load.begins_at, load.number), default=None)


def _milli(step: Step, quantity: int) -> int:
    return -(-quantity * step.load_num * 1000 // step.load_den)


def after_working_days(
    at: datetime, n_days: int, *, calendar: Calendar | None = None
) -> datetime:
    """Give the same time of day so many working days later.

    Without a calendar these are Monday to Friday, in UTC.

    Raises
    ------
    CalendarError
        If the calendar never works again.
    """
    zone = ZoneInfo(calendar.zone) if calendar else ZoneInfo("UTC")
    local = at.astimezone(zone)
    day, left = local.date(), n_days
    for _day in range(DAYS_AHEAD):
        if left <= 0:
            same_time = datetime.combine(day, local.time(), tzinfo=zone)
            return same_time.astimezone(UTC)
        day += timedelta(days=1)
        works = calendar.works_on(day) if calendar else day.weekday() in WEEK
        left -= works
    raise CalendarError(f"no {n_days} working days within ten years of {at}")


@dataclass(frozen=True, slots=True)
class Supply:
    """A stock item as a promise sees it, in its own unit.

    ``free`` may be promised now; ``waiting`` was promised to others before;
    ``held`` are lots that quality will release, with the time. A run makes
    ``run_size`` in ``lead_days`` at most, and its lot waits ``hold_s`` for quality.
    """

    free: int
    waiting: int = 0
    held: tuple[tuple[datetime, int], ...] = ()
    run_size: int | None = None
    lead_days: int = 0
    hold_s: int = 0


def supplied_at(supply: Supply, needed: int, *, now: datetime) -> datetime:
    """Say when so much more can be taken, after everybody who waits already.

    Returns
    -------
    datetime
        ``now`` where it is there; else when a held lot is released that covers it,
        or when enough runs have been made, one after the other. More that is needed
        or waits never gives an earlier answer.
    """
    short = supply.waiting + needed - supply.free
    if short <= 0:
        return now
    reached = now
    for released_at, quantity in sorted(supply.held):
        short -= quantity
        reached = max(reached, released_at)
        if short <= 0:
            return reached
    n_runs = -(-short // supply.run_size) if supply.run_size else 1
    made_at = now + timedelta(days=n_runs * max(1, supply.lead_days))
    return max(reached, made_at + timedelta(seconds=supply.hold_s))
