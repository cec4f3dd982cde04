"""When loads close: the clock of the floor and of forecasts, and a forecast's rules."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from production.engine.values import require


@dataclass(frozen=True, slots=True)
class CutoffClock:
    """A time of day in a place's zone; seconds count from ``origin``."""

    at: time
    zone: str
    origin: datetime

    def first_s(self, arrived_s: int) -> int:
        """Give the first cut-off at or after a moment, in seconds."""
        arrived_at = self.origin + timedelta(seconds=arrived_s)
        cutoff_at = first_cutoff(self.at, after=arrived_at, zone=self.zone)
        return int((cutoff_at - self.origin).total_seconds())

    def counted_from(self, at_s: int) -> "CutoffClock":
        """Give the same clock whose seconds count from another moment."""
        return replace(self, origin=self.origin + timedelta(seconds=at_s))


@dataclass(frozen=True, slots=True)
class Closing:
    """The rules by which loads of an order close; what follows others stays apart.

    ``minimum`` and ``capacity`` are in pieces as the case counts them; without a
    capacity a load holds what the machine does.
    """

    max_wait_s: int = 4 * 3600
    cutoff: CutoffClock | None = None
    minimum: int = 0
    capacity: int | None = None

    def __post_init__(self) -> None:
        require(
            holds=min(self.max_wait_s, self.minimum) >= 0,
            what="a longest wait and a least load count from 0",
            value=(self.max_wait_s, self.minimum),
        )
        require(
            holds=self.capacity is None or self.capacity >= 1,
            what="capacity of a load",
            value=self.capacity,
        )

    def counted_from(self, at_s: int) -> "Closing":
        """Give the same rules whose clock counts from another moment."""
        if self.cutoff is None:
            return self
        return replace(self, cutoff=self.cutoff.counted_from(at_s))


USUAL_CLOSING = Closing()
"""Of what no step has rules for: it waits for company as long as is usual."""


def first_cutoff(at: time, *, after: datetime, zone: str) -> datetime:
    """Give the first such time of day at or after an instant, in UTC."""
    local = after.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=local.time() > at)
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
