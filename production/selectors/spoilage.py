"""Whether what is begun now would spoil before the step after its longest wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from production.engine.calendar import Calendar
from production.models import Batch, Operation
from production.states import OPEN_OPERATION_STATES, MemberState

# Between two steps a group waits for its place and its people.
BETWEEN_STEPS = timedelta(minutes=15)


def would_spoil(
    *, batch: Batch, calendars: Mapping[int, Calendar], now: datetime
) -> bool:
    """Say whether the step after a limited wait is closed when this gets there.

    Reckons with one work order of the batch: they move together.
    """
    first = batch.members.filter(
        state=MemberState.ACTIVE, operation__work_order__operations__max_delay_s__gt=0
    ).first()
    if first is None:
        return False
    steps = list(
        Operation.objects.filter(
            work_order_id=first.operation.work_order_id,
            sequence__gte=first.operation.sequence,
            state__in=OPEN_OPERATION_STATES,
        )
        .select_related("work_centre")
        .order_by("sequence")
    )
    return _is_closed_after_wait(steps, batch, calendars, now)


def _is_closed_after_wait(
    steps: Sequence[Operation],
    batch: Batch,
    calendars: Mapping[int, Calendar],
    now: datetime,
) -> bool:
    at = now + timedelta(seconds=batch.run_s)
    limit_s = steps[0].max_delay_s if steps else None
    for step in steps[1:]:
        at += BETWEEN_STEPS
        if limit_s is not None and step.work_centre is not None:
            calendar = calendars[step.work_centre.calendar_id]
            latest = at + timedelta(seconds=limit_s) - BETWEEN_STEPS
            needed = timedelta(seconds=step.run_s)
            openings = calendar.openings(at, latest)
            return not any(
                to_at - max(at, from_at) >= needed for from_at, to_at in openings
            )
        at += timedelta(seconds=step.run_s)
        limit_s = step.max_delay_s
    return False
