"""Working time in a site's local time, asked and answered in UTC.

Rules are written in local time and half-open; arithmetic is done on instants, so a
shift across a change of the clocks has the length that really passes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from production.engine.openings import common, last_start, merge

MIDNIGHT = time(0)
DAYS_AHEAD = 3660
DAYS_BACK = 366
DAY_S = 86_400


class CalendarError(ValueError):
    """Raised when a calendar makes no sense or never opens again."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Working time that begins on one weekday: 0 is Monday, local times.

    A shift whose end is not after its start ends on the next day; 00:00 to 00:00 is a
    whole day. Breaks lie inside; one before the start belongs to the next day.
    """

    weekday: int
    start: time
    end: time
    breaks: tuple[tuple[time, time], ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise CalendarError(f"weekday must be 0 to 6, got {self.weekday}")
        for stretch in self.breaks:
            begin_s, end_s = self.offsets_s(stretch)
            if not 0 <= begin_s < end_s <= self.length_s:
                raise CalendarError(
                    f"break {stretch[0]} to {stretch[1]} is not inside the shift "
                    f"{self.start} to {self.end}"
                )

    @property
    def length_s(self) -> int:
        """Seconds on the clock face from start to end."""
        length_s = _of_day_s(self.end) - _of_day_s(self.start)
        return length_s if length_s > 0 else length_s + 86_400

    def offsets_s(self, stretch: tuple[time, time]) -> tuple[int, int]:
        """Give a break's begin and end as seconds on the clock face after the start."""
        start_s = _of_day_s(self.start)
        begin_s = (_of_day_s(stretch[0]) - start_s) % 86_400
        end_s = (_of_day_s(stretch[1]) - start_s) % 86_400
        return (begin_s, end_s or 86_400)


@dataclass(frozen=True, slots=True)
class Special:
    """A stretch of local time that is closed, or open beside the shifts."""

    start: datetime
    end: datetime
    is_open: bool = False

    def __post_init__(self) -> None:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise CalendarError("exceptions are given in local time without a zone")
        if self.start >= self.end:
            raise CalendarError(f"exception {self.start} to {self.end} is empty")


def closed_on(first: date, last: date | None = None) -> Special:
    """Close whole local days, both ends included."""
    end = (first if last is None else last) + timedelta(days=1)
    return Special(datetime.combine(first, MIDNIGHT), datetime.combine(end, MIDNIGHT))


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A local time of day that ends what may still join, on some weekdays.

    ``weekdays`` empty means every day for which the calendar works so many days
    later: ``days_before=1`` is the evening before each working day.
    """

    at: time
    weekdays: frozenset[int] = frozenset()
    days_before: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Shifts by weekday in a zone and stretches open beside them, less closed ones."""

    zone: str
    shifts: tuple[Shift, ...] = ()
    exceptions: tuple[Special, ...] = ()
    _days: dict[date, tuple[tuple[int, int], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _utc_days: dict[int, tuple[tuple[int, int], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def openings(
        self, start: datetime, end: datetime
    ) -> list[tuple[datetime, datetime]]:
        """List the open stretches between two instants, joined where they touch."""
        begin_s, end_s = _instant_s(start), _instant_s(end)
        found = []
        for from_s, to_s in self._stretches(start):
            if from_s >= end_s:
                break
            clipped = (max(from_s, begin_s), min(to_s, end_s))
            if clipped[0] < clipped[1]:
                found.append(clipped)
        return [(_utc(from_s), _utc(to_s)) for from_s, to_s in merge(found)]

    def openings_s(
        self, origin: datetime, end: datetime
    ) -> tuple[tuple[int, int], ...]:
        """List the open stretches up to ``end`` in seconds from ``origin``."""
        origin_s = _instant_s(origin)
        return tuple(
            (_instant_s(from_) - origin_s, _instant_s(to) - origin_s)
            for from_, to in self.openings(origin, end)
        )

    def is_open(self, at: datetime) -> bool:
        """Say whether an instant lies in working time; ends do not count."""
        at_s = _instant_s(at)
        for from_s, to_s in self._stretches(at):
            if to_s > at_s:
                return from_s <= at_s
        return False

    def next_open(self, at: datetime) -> datetime:
        """Give the first working instant, at or after the one given.

        Raises
        ------
        CalendarError
            If there is none within ten years.
        """
        at_s = _instant_s(at)
        for from_s, to_s in self._stretches(at):
            if to_s > at_s:
                return _utc(max(from_s, at_s))
        raise CalendarError(f"no working time within ten years of {at.isoformat()}")

    def add_working_seconds(self, start: datetime, seconds: int) -> datetime:
        """Give the instant at which so much work that begins at ``start`` is done.

        Work pauses while it is closed. Work of no length is done at the first open
        instant. Negative seconds are refused.
        """
        if seconds < 0:
            raise CalendarError(f"work must take at least 0 s, got {seconds} s")
        start_s, left_s = _instant_s(start), seconds
        for from_s, to_s in self._stretches(start):
            at_s = max(from_s, start_s)
            if at_s >= to_s:
                continue
            if to_s - at_s >= left_s:
                return _utc(at_s + left_s)
            left_s -= to_s - at_s
        raise CalendarError(f"{left_s} s of work find no working time in ten years")

    def find_opening(self, at: datetime) -> datetime | None:
        """Give the first working instant, or nothing where none comes any more."""
        try:
            return self.next_open(at)
        except CalendarError:
            return None

    def find_end(self, start: datetime, seconds: int) -> datetime | None:
        """Give when work would be done, or nothing where it would never be."""
        try:
            return self.add_working_seconds(start, max(0, seconds))
        except CalendarError:
            return None

    def find_start(self, end: datetime, seconds: int) -> datetime | None:
        """Give when work must begin at the latest to be done by an instant.

        Work pauses while it is closed; of no length it is done when it last was open.
        Nothing where there is too little working time in the year before.
        """
        end_s = int(end.timestamp())
        days = (self._backwards(end_s // DAY_S - back) for back in range(DAYS_BACK))
        begin_s = last_start(chain.from_iterable(days), end_s, seconds)
        return None if begin_s is None else _utc(begin_s)

    def working_seconds_between(self, start: datetime, end: datetime) -> int:
        """Count the working seconds from one instant to another; 0 if it runs back."""
        begin_s, end_s = _instant_s(start), _instant_s(end)
        total_s = 0
        for from_s, to_s in self._stretches(start):
            if from_s >= end_s:
                break
            total_s += max(0, min(to_s, end_s) - max(from_s, begin_s))
        return total_s

    def next_cutoff(self, after: datetime, cutoff: Cutoff) -> datetime:
        """Give the first cut-off strictly after an instant.

        A time that the clocks skip is taken at the moment of the change; a time that
        comes twice counts the first time.
        """
        local = after.astimezone(_zone(self.zone)).date()
        for days in range(-1, DAYS_AHEAD):
            day = local + timedelta(days=days)
            at_s = self._wall_s(datetime.combine(day, cutoff.at))
            if at_s > _instant_s(after) and self._has_cutoff(day, cutoff):
                return _utc(at_s)
        raise CalendarError(f"no cut-off within ten years of {after.isoformat()}")

    def _has_cutoff(self, day: date, cutoff: Cutoff) -> bool:
        if cutoff.weekdays:
            return day.weekday() in cutoff.weekdays
        return self.works_on(day + timedelta(days=cutoff.days_before))

    def works_on(self, day: date) -> bool:
        """Say whether any working time begins on a local day."""
        return bool(self._day(day))

    def _stretches(self, around: datetime) -> Iterator[tuple[int, int]]:
        """Yield open stretches from the day before an instant on, in order.

        Stretches of neighbouring days may touch but are cut so that none overlap.
        """
        local = around.astimezone(_zone(self.zone)).date()
        reached_s = -(1 << 62)
        for days in range(-2, DAYS_AHEAD):
            for from_s, to_s in self._day(local + timedelta(days=days)):
                if to_s > reached_s:
                    yield (max(from_s, reached_s), to_s)
                    reached_s = to_s

    def _backwards(self, number: int) -> tuple[tuple[int, int], ...]:
        """Give what is open on a day of UTC, latest first; days count from 1970."""
        if number not in self._utc_days:
            day, begin_s = _utc(number * DAY_S).date(), number * DAY_S
            # Zones begin their days up to a day apart; shifts end a day later.
            near = [self._day(day + timedelta(days=each)) for each in range(-2, 2)]
            clipped = common(merge(sum(near, ())), ((begin_s, begin_s + DAY_S),))
            self._utc_days[number] = (clipped or ())[::-1]
        return self._utc_days[number]

    def _day(self, day: date) -> tuple[tuple[int, int], ...]:
        """Give the open stretches of a day, and of the shifts that begin on it."""
        if day not in self._days:
            self._days[day] = self._work_out(day)
        return self._days[day]

    def _work_out(self, day: date) -> tuple[tuple[int, int], ...]:
        found = [
            stretch
            for shift in self.shifts
            if shift.weekday == day.weekday()
            for stretch in self._shift_stretches(day, shift)
        ]
        midnight = datetime.combine(day, MIDNIGHT)
        found += [
            (
                self._wall_s(max(extra.start, midnight)),
                self._wall_s(min(extra.end, midnight + timedelta(days=1))),
            )
            for extra in self.exceptions
            if extra.is_open
        ]
        closed = [
            (self._wall_s(extra.start), self._wall_s(extra.end))
            for extra in self.exceptions
            if not extra.is_open
        ]
        return _without(merge(found), merge(closed))

    def _shift_stretches(self, day: date, shift: Shift) -> list[tuple[int, int]]:
        start = datetime.combine(day, shift.start)
        walls = [0]
        for begin_s, end_s in sorted(shift.offsets_s(one) for one in shift.breaks):
            walls += [begin_s, end_s]
        walls.append(shift.length_s)
        instants = [self._wall_s(start + timedelta(seconds=wall)) for wall in walls]
        return list(zip(instants[::2], instants[1::2], strict=True))

    def _wall_s(self, wall: datetime) -> int:
        return _wall_s(self.zone, wall)


def is_zone(name: str) -> bool:
    """Say whether a name is that of a time zone, as "Europe/Berlin"."""
    try:
        _zone(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _wall_s(zone_name: str, wall: datetime) -> int:
    """Turn a local clock reading into an instant.

    A reading that comes twice means the first; one that is skipped means the moment
    of the change, so that 02:00 to 03:00 on that night is no time at all.
    """
    zone = _zone(zone_name)
    early = wall.replace(tzinfo=zone, fold=0)
    instant_s = int(early.timestamp())
    back = datetime.fromtimestamp(instant_s, zone).replace(tzinfo=None)
    if back == wall:
        return instant_s
    late_s = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    return _change_between(zone, late_s, instant_s)


def _change_between(zone: ZoneInfo, low_s: int, high_s: int) -> int:
    """Find the second at which the offset changes between two instants."""
    before = datetime.fromtimestamp(low_s, zone).utcoffset()
    while high_s - low_s > 1:
        middle_s = (low_s + high_s) // 2
        if datetime.fromtimestamp(middle_s, zone).utcoffset() == before:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s


def _of_day_s(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _instant_s(at: datetime) -> int:
    """Give whole seconds since 1970 of an aware instant, rounded up."""
    if at.tzinfo is None:
        raise CalendarError(f"{at.isoformat()} has no zone")
    return -int(-at.timestamp() // 1)


def _utc(instant_s: int) -> datetime:
    return datetime.fromtimestamp(instant_s, UTC)


def _without(
    open_: Sequence[tuple[int, int]], closed: Sequence[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Cut closed stretches out of open ones; both in order and disjoint."""
    left = []
    for from_s, to_s in open_:
        at_s = from_s
        for begin_s, end_s in closed:
            if end_s <= at_s or begin_s >= to_s:
                continue
            if begin_s > at_s:
                left.append((at_s, begin_s))
            at_s = end_s
        if at_s < to_s:
            left.append((at_s, to_s))
    return tuple(left)


def always(zone: str = "UTC") -> Calendar:
    """Make a calendar that never closes."""
    return Calendar(zone, tuple(Shift(day, MIDNIGHT, MIDNIGHT) for day in range(7)))


def weekly(
    zone: str,
    hours: Mapping[int, Sequence[tuple[time, time]]],
    *,
    breaks: Sequence[tuple[time, time]] = (),
    exceptions: Sequence[Special] = (),
) -> Calendar:
    """Make a calendar from hours by weekday; a break joins the shift it lies in."""
    shifts = []
    for weekday, stretches in sorted(hours.items()):
        for start, end in stretches:
            bare = Shift(weekday, start, end)
            inside = tuple(
                one
                for one in breaks
                if bare.offsets_s(one)[0] < bare.offsets_s(one)[1] <= bare.length_s
            )
            shifts.append(Shift(weekday, start, end, inside))
    return Calendar(zone, tuple(shifts), tuple(exceptions))
