"""What may not wait too long between two steps: proved dough spoils."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from production.models import Nonconformance, Operation
from production.services import boards, completion, leaving
from production.states import (
    NonconformanceState,
    OperationState,
    WorkOrderState,
)

_NOT_BEGUN = (OperationState.WAITING, OperationState.READY, OperationState.IN_BATCH)


def scrap_spoiled(*, now: datetime) -> int:
    """Scrap what has waited past its maximum for the next step; it is made again."""
    spoiled = list_spoiled(now=now)
    orders = sorted({operation.work_order_id for operation in spoiled})
    for work_order_id in orders:
        _scrap(work_order_id, now)
    return len(orders)


def list_spoiled(*, now: datetime) -> Sequence[Operation]:
    """Give the next steps that have not begun though their time is over."""
    limited = Operation.objects.filter(
        max_delay_s__isnull=False,
        state=OperationState.DONE,
        work_order__state=WorkOrderState.IN_PROGRESS,
        finished_at__isnull=False,
    ).only("work_order_id", "sequence", "finished_at", "max_delay_s")
    over = [
        operation
        for operation in limited
        if (limit := _limit(operation)) is not None and limit < now
    ]
    if not over:
        return []
    followers = Operation.objects.filter(
        work_order_id__in=[operation.work_order_id for operation in over],
        state__in=_NOT_BEGUN,
    )
    late = {(operation.work_order_id, operation.sequence) for operation in over}
    return [
        follower
        for follower in followers
        if any((follower.work_order_id, one) in late for one in follower.predecessors)
    ]


def _scrap(work_order_id: int, now: datetime) -> None:
    with transaction.atomic():
        leaving.lock_around(work_order_ids=[work_order_id])
        still = [o for o in list_spoiled(now=now) if o.work_order_id == work_order_id]
        if not still:
            return
        operation = still[0]
        Nonconformance.objects.create(
            work_order_id=work_order_id,
            operation=operation,
            quantity=operation.planned_quantity,
            reason=_("waited longer than it may between two steps"),
            disposition="SCRAP",
            state=NonconformanceState.DISPOSITIONED,
            created_at=now,
            decided_at=now,
        )
        # What is left of it leaves the floor and is made again.
        completion.scrap_whole(work_order=operation.work_order, now=now)
        boards.touch(work_centre_ids=[operation.work_centre_id])


def _limit(operation: Operation) -> datetime | None:
    """Give the moment until which what a step made is good for the next one."""
    if operation.finished_at is None or operation.max_delay_s is None:
        return None
    return operation.finished_at + timedelta(seconds=operation.max_delay_s)
