"""How what is ready reaches the customer: departures, days on the way, arrival."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from production.engine.demand import require

WORKING_WEEK = frozenset(range(5))
DAYS_AHEAD = 400
DAY_END = time(18)


class DeliveryError(ValueError):
    """Raised where nothing ever leaves."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of the works, in local time.

    It leaves at its ``departures`` on its ``weekdays`` (0 is Monday), never on a
    ``closed`` day, and is on its way for so many of those days; on the last of them
    it arrives by ``by``, or ``tour_s`` after it left where it arrives on the same
    day. Without departures the customer comes for it, between ``opens`` and
    ``by``, in slots of ``slot_s``. What is sent over the network is there when it is
    ready.
    """

    zone: str
    weekdays: frozenset[int] = WORKING_WEEK
    departures: tuple[time, ...] = ()
    transit_days: int = 0
    tour_s: int = 0
    opens: time = time(8)
    by: time = DAY_END
    slot_s: int = 2 * 3600
    packing_s: int = 0
    closed: frozenset[date] = frozenset()
    is_download: bool = False

    def __post_init__(self) -> None:
        times = (self.transit_days, self.tour_s, self.packing_s)
        require(holds=min(times) >= 0, what="way of delivery", value=times)
        require(holds=self.slot_s > 0, what="slot of a collection", value=self.slot_s)
        require(
            holds=self.weekdays <= frozenset(range(7)) and bool(self.weekdays),
            what="weekdays of a delivery",
            value=sorted(self.weekdays),
        )

    def goes_on(self, day: date) -> bool:
        """Say whether anything leaves or arrives on a local day."""
        return day.weekday() in self.weekdays and day not in self.closed


@dataclass(frozen=True, slots=True)
class Dates:
    """The three dates of a promise, and when the floor must be done for them."""

    ready_at: datetime
    shipped_at: datetime
    delivered_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """When somebody is at the customer's door, or waits for them; all in UTC."""

    from_at: datetime
    to_at: datetime
    due_at: datetime


def list_windows(ready_at: datetime, way: Way, *, n: int) -> tuple[Window, ...]:
    """List the first windows that what is ready at some time can still take.

    Parameters
    ----------
    ready_at
        When the last piece is made; aware.
    way
        How it goes: a tour that arrives on the day on which it leaves has a window
        for each departure, a collection its slots. Any other way has none.
    n
        At most so many.

    Returns
    -------
    tuple[Window, ...]
        In order, each with the time when the floor must be done for it. ``O(n)``
        days are looked at, and never more than a year of them.
    """
    if way.is_download or way.transit_days or (way.departures and not way.tour_s):
        return ()
    packing = timedelta(seconds=way.packing_s)
    packed_at, zone = ready_at + packing, ZoneInfo(way.zone)
    day, found = packed_at.astimezone(zone).date(), list[Window]()
    for _day in range(DAYS_AHEAD):
        if way.goes_on(day):
            found += [
                Window(from_at, to_at, max(ready_at, from_at - packing))
                for from_at, to_at in _windows_on(day, way)
                if from_at >= packed_at
            ]
        if len(found) >= n:
            break
        day += timedelta(days=1)
    return tuple(found[:n])


def _windows_on(day: date, way: Way) -> list[tuple[datetime, datetime]]:
    """Give the windows of one local day, in UTC."""
    zone = ZoneInfo(way.zone)
    if way.departures:
        starts = [datetime.combine(day, at, zone) for at in sorted(way.departures)]
        utc = [start.astimezone(UTC) for start in starts]
        return [(start, start + timedelta(seconds=way.tour_s)) for start in utc]
    at = datetime.combine(day, way.opens, zone).astimezone(UTC)
    closes = datetime.combine(day, way.by, zone).astimezone(UTC)
    slot, found = timedelta(seconds=way.slot_s), []
    while at < closes:
        found.append((at, min(at + slot, closes)))
        at += slot
    return found


def deliver(ready_at: datetime, way: Way) -> Dates:
    """Pack, wait for the next departure, and count the days on the way.

    Parameters
    ----------
    ready_at
        When the last piece is made; aware.
    way
        How it goes.

    Returns
    -------
    Dates
        In UTC and in this order; what is ready later is never delivered earlier.
        ``due_at`` is the departure less the time for packing: the floor may take as
        long without anybody noticing.

    Raises
    ------
    DeliveryError
        If nothing leaves for more than a year.
    """
    if way.is_download:
        return Dates(ready_at, ready_at, _midnight(ready_at, way), ready_at)
    packed_at = ready_at + timedelta(seconds=way.packing_s)
    if way.departures:
        shipped_at = _departure(packed_at, way)
        delivered_at = _arrival(shipped_at, way)
    else:
        shipped_at, delivered_at = _collected(packed_at, way)
    due_at = max(ready_at, shipped_at - timedelta(seconds=way.packing_s))
    return Dates(ready_at, shipped_at, delivered_at, due_at)


def _departure(packed_at: datetime, way: Way) -> datetime:
    zone = ZoneInfo(way.zone)
    day = packed_at.astimezone(zone).date()
    for _day in range(DAYS_AHEAD):
        if way.goes_on(day):
            for clock in sorted(way.departures):
                at = datetime.combine(day, clock, tzinfo=zone)
                if at >= packed_at:
                    return at.astimezone(UTC)
        day += timedelta(days=1)
    raise DeliveryError(f"nothing leaves within {DAYS_AHEAD} days of {packed_at}")


def _arrival(shipped_at: datetime, way: Way) -> datetime:
    if way.transit_days == 0:
        return shipped_at + timedelta(seconds=way.tour_s)
    zone = ZoneInfo(way.zone)
    day, left = shipped_at.astimezone(zone).date(), way.transit_days
    while left:
        day += timedelta(days=1)
        left -= way.goes_on(day)
    return datetime.combine(day, way.by, tzinfo=zone).astimezone(UTC)


def _midnight(at: datetime, way: Way) -> datetime:
    zone = ZoneInfo(way.zone)
    day = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def _collected(packed_at: datetime, way: Way) -> tuple[datetime, datetime]:
    """Give when it can first be fetched, and when the works close on that day."""
    zone = ZoneInfo(way.zone)
    day = packed_at.astimezone(zone).date()
    for _day in range(DAYS_AHEAD):
        opens = datetime.combine(day, way.opens, tzinfo=zone)
        closes = datetime.combine(day, way.by, tzinfo=zone)
        if way.goes_on(day) and packed_at < closes:
            return max(opens, packed_at).astimezone(UTC), closes.astimezone(UTC)
        day += timedelta(days=1)
    raise DeliveryError(f"the works are closed for {DAYS_AHEAD} days from {packed_at}")
