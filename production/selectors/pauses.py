"""What a pause costs work that stands still: the working time in it, no more."""

from __future__ import annotations

from datetime import datetime

from production.engine.calendar import CalendarError
from production.models import Operation
from production.selectors.calendars import map_by_id
from production.states import LIVE_WORK_ORDER_STATES, OperationState

OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)


def resume(
    *, line_id: int, ready_at: datetime, from_at: datetime, to_at: datetime
) -> datetime:
    """Say when a line is ready whose work stood still for a while.

    It loses the working time of the place at which it goes on, and a night that
    nobody would have worked in costs nothing. Where nothing is to be done at a place
    that ever closes, the clock alone counts.
    """
    calendar_id = _find_calendar(line_id)
    calendar = map_by_id().get(calendar_id) if calendar_id else None
    if calendar is None:
        return ready_at + (to_at - from_at)
    lost_s = calendar.working_seconds_between(from_at, to_at)
    try:
        return calendar.add_working_seconds(ready_at, lost_s) if lost_s else ready_at
    except CalendarError:
        return ready_at + (to_at - from_at)


def _find_calendar(line_id: int) -> int | None:
    """Find the working time of the next place that has some of its own."""
    return (
        Operation.objects.filter(
            work_order__order_line=line_id,
            work_order__state__in=LIVE_WORK_ORDER_STATES,
            work_centre__calendar__always_open=False,
        )
        .exclude(state__in=OVER)
        .order_by("sequence", "id")
        .values_list("work_centre__calendar", flat=True)
        .first()
    )
