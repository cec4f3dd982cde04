"""The clock at which loads close whatever they hold, for the floor and forecasts."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


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


def first_cutoff(at: time, *, after: datetime, zone: str) -> datetime:
    """Give the first such time of day at or after an instant, in UTC."""
    local = after.astimezone(ZoneInfo(zone))
    day = local.date() + timedelta(days=local.time() > at)
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)
