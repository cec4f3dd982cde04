"""Estimate when something will be ready, before it has a place in any plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from production.engine.calendar import Calendar
from production.engine.demand import Basis, Key, Step


def estimate_ready(
    steps: Sequence[Step],
    *,
    quantity: int,
    released_at: datetime,
    calendars: Mapping[str, Calendar],
    queue_s: Mapping[str, int] | int = 0,
    wait_s: Mapping[Key, int] | None = None,
) -> datetime:
    """Follow the steps through the calendars and give the end of the last.

    Parameters
    ----------
    steps
        Steps in an order in which predecessors come first.
    quantity
        Planned pieces; run times follow the basis of each step.
    released_at
        When the first step may start; aware.
    calendars
        Working time by resource code; a resource that is not named, and a delay
        without a place, never close.
    queue_s
        Working seconds of other work ahead, by resource code or for all alike.
    wait_s
        Expected seconds on the clock before a step begins, by step key, such as the
        time a load is given to fill.

    Returns
    -------
    datetime
        In UTC; ``released_at`` where there are no steps. Branches run side by side,
        so it is the latest of their ends.

    Notes
    -----
    A load or a sheet counts once for each started one; set-up counts with its
    internal seconds. Two steps at the same resource both wait for its queue.
    """
    waits = wait_s or {}
    ends: dict[Key, datetime] = {}
    for step in steps:
        start = max((ends[key] for key in step.after), default=released_at)
        start += timedelta(seconds=waits.get(step.key, 0))
        queue = queue_s if isinstance(queue_s, int) else queue_s.get(step.resource, 0)
        needed_s = step.setup.internal_s + step.run_s(quantity)
        calendar = calendars.get(step.resource)
        if step.resource and step.basis is not Basis.DELAY:
            needed_s += queue
        if calendar is None:
            end = start + timedelta(seconds=needed_s)
        else:
            end = calendar.add_working_seconds(start, needed_s)
        ends[step.key] = end + timedelta(seconds=step.min_delay_s)
    ready = max(ends.values(), default=released_at)
    return ready.astimezone(UTC)
