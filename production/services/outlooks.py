"""Finding out in time which promises will not be kept."""

from __future__ import annotations

from datetime import datetime

from orders.services.promising import take_outlooks
from production.selectors.outlooks import list_outlooks


def watch_promises(*, now: datetime) -> int:
    """Compare all promises with the floor as it is; tells how many moved.

    Those that will be late are put at risk and their buyers told; those that hold
    after all are at risk no more; those whose day has passed are broken.
    """
    return take_outlooks(outlooks=list_outlooks(now=now), now=now)
