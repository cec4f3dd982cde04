"""Machines without people: they take what is next, and are done when time is over."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from configurator.services.errors import DomainError
from production.models import Operation, WorkCentre, WorkCentreMode
from production.selectors.needs import list_held
from production.services import licences, operations
from production.services.reports import Report
from production.states import OperationKind, OperationState

AT_WORK = (OperationState.RUNNING, OperationState.PAUSED)
STARTED_AT_ONCE = 100


def run_automatic(*, now: datetime) -> int:
    """Finish what automatic work centres are through with, and start what is next.

    A line of the API may report the same: whoever comes first counts.
    """
    in_hand = (OperationState.RUNNING, OperationState.READY)
    n_moved = 0
    if _here().filter(state__in=in_hand).exists():
        n_moved = _finish(now) + _start(now)
    licences.hand_over(now=now)
    return n_moved


def stand_still(*, work_centre_id: int, now: datetime) -> None:
    """Stop the clock of what runs at a work centre that goes down.

    What was over by then ended then; nobody has looked yet.
    """
    running = _alone().filter(
        work_centre=work_centre_id,
        state=OperationState.RUNNING,
        ready_at__isnull=False,
    )
    for operation in running:
        if _ends_at(operation, now) > now:
            ran = now - (operation.ready_at or now)
            running.filter(id=operation.id, ready_at=operation.ready_at).update(
                ready_at=None,
                actual_run_s=F("actual_run_s") + max(0, int(ran.total_seconds())),
            )


def go_on(*, work_centre_id: int, now: datetime) -> None:
    """Let the rest of it run, now that the work centre is up again."""
    _alone().filter(
        work_centre=work_centre_id,
        state=OperationState.RUNNING,
        ready_at__isnull=True,
    ).update(ready_at=now)


def _here() -> QuerySet[Operation]:
    return _alone().filter(work_centre__is_up=True)


def _alone() -> QuerySet[Operation]:
    return Operation.objects.filter(
        work_centre__mode=WorkCentreMode.AUTO,
        kind__in=(OperationKind.MAKE, OperationKind.INSPECT),
        is_attended=False,
        batch_key="",
        station="",
        skill="",
    ).order_by("work_order__priority", "due_at", "id")


def _ends_at(operation: Operation, now: datetime) -> datetime:
    left_s = operation.setup_s + operation.run_s - operation.actual_run_s
    return (operation.ready_at or now) + timedelta(seconds=max(0, left_s))


def _finish(now: datetime) -> int:
    return sum(
        _try(operation, "finish", ends_at)
        for operation in _here().filter(state=OperationState.RUNNING)
        if (ends_at := _ends_at(operation, now)) <= now
    )


def _start(now: datetime) -> int:
    ready = list(
        _here()
        .filter(state=OperationState.READY)
        .exclude(work_order_id__in=list_held())[:STARTED_AT_ONCE]
    )
    if not ready:
        return 0
    keys = {operation.work_centre_id for operation in ready}
    busy = Counter(
        Operation.objects.filter(
            state__in=AT_WORK, work_centre_id__in=keys
        ).values_list("work_centre_id", flat=True)
    )
    centres = WorkCentre.objects.in_bulk([key for key in keys if key is not None])
    n_started = 0
    for operation in ready:
        centre = centres[operation.work_centre_id or 0]
        if busy[centre.id] < centre.n_places and _try(operation, "start", now):
            busy[centre.id] += 1
            n_started += 1
    return n_started


def _try(operation: Operation, action: str, now: datetime) -> int:
    report = Report(now=now, actor="machine", is_automatic=True)
    try:
        operations.perform(operation_id=operation.id, action=action, report=report)
    except DomainError:
        return 0  # somebody was faster, or holds it
    return 1
