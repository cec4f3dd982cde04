"""When work centres that are down can be counted on again."""

from __future__ import annotations

from datetime import datetime, timedelta

# Where nobody knows when it is back, or that time is over: so long, over and over.
UNTOLD = timedelta(days=1)


def up_from(*, is_up: bool, back_at: datetime | None, now: datetime) -> datetime:
    """Give from when a plan may count on a work centre: now, where it is up."""
    if is_up:
        return now
    return back_at if back_at and back_at > now else now + UNTOLD
