"""What follows when an operation ends: quantities, followers, the work order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from production.models import Operation, ProductionEvent, WorkOrder
from production.services import makeup, readiness
from production.states import OPERATION_MOVES, OperationState, WorkOrderState

_OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)


def begin(*, work_order_id: int, now: datetime) -> None:
    """Put the work order in progress at its first start."""
    WorkOrder.objects.filter(id=work_order_id, state=WorkOrderState.RELEASED).update(
        state=WorkOrderState.IN_PROGRESS, started_at=now
    )


def begin_all(*, work_order_ids: Iterable[int], now: datetime) -> None:
    WorkOrder.objects.filter(
        id__in=list(work_order_ids), state=WorkOrderState.RELEASED
    ).update(state=WorkOrderState.IN_PROGRESS, started_at=now)


def after_finish(*, operation: Operation, now: datetime) -> None:
    """Pass the quantity on, make followers ready, complete the work order.

    The caller holds the lock on the work order and has set the operation DONE.
    """
    begin(work_order_id=operation.work_order_id, now=now)
    if operation.good == 0:
        _scrap_whole(operation, now)
        return
    readiness.pass_quantity_on(operation=operation)
    is_open = (
        Operation.objects.filter(work_order_id=operation.work_order_id)
        .exclude(state__in=_OVER)
        .exists()
    )
    if is_open:
        readiness.refresh_ready(work_order_ids=[operation.work_order_id], now=now)
    else:
        _complete(operation.work_order_id, now)


def _complete(work_order_id: int, now: datetime) -> None:
    work_order = WorkOrder.objects.get(id=work_order_id)
    done = list(work_order.operations.filter(state=OperationState.DONE))
    good = min((o.good for o in done), default=work_order.planned_quantity)
    WorkOrder.objects.filter(id=work_order_id, state=WorkOrderState.IN_PROGRESS).update(
        state=WorkOrderState.COMPLETED,
        good=good,
        scrap=work_order.planned_quantity - good,
        completed_at=now,
    )
    if good < work_order.quantity:
        makeup.make_up(
            work_order=work_order, missing=work_order.quantity - good, now=now
        )
    ProductionEvent.objects.create(
        kind="WORK_ORDER_COMPLETED", work_order=work_order, good=good, at=now
    )


def _scrap_whole(operation: Operation, now: datetime) -> None:
    """Nothing good is left: the rest is cancelled and made again."""
    work_order = WorkOrder.objects.get(id=operation.work_order_id)
    Operation.objects.filter(work_order=work_order).exclude(state__in=_OVER).update(
        state=OperationState.CANCELLED
    )
    WorkOrder.objects.filter(id=work_order.id, state=WorkOrderState.IN_PROGRESS).update(
        state=WorkOrderState.SCRAPPED,
        scrap=work_order.planned_quantity,
        completed_at=now,
    )
    makeup.make_up(work_order=work_order, missing=work_order.quantity, now=now)
    ProductionEvent.objects.create(
        kind="WORK_ORDER_SCRAPPED",
        work_order=work_order,
        scrap=work_order.planned_quantity,
        at=now,
    )


def reopen(*, operation: Operation) -> None:
    """Take a finish back while nothing has followed it."""
    followers = Operation.objects.filter(
        work_order_id=operation.work_order_id, sequence__gt=operation.sequence
    )
    has_followed = followers.filter(
        state__in=(
            OperationState.RUNNING,
            OperationState.PAUSED,
            OperationState.DONE,
            OperationState.IN_BATCH,
        )
    ).exists()
    is_closed = operation.work_order.state not in {
        WorkOrderState.IN_PROGRESS,
        WorkOrderState.COMPLETED,
    }
    if operation.state != OperationState.DONE or has_followed or is_closed:
        raise ConflictError(
            _("There is nothing to undo here, or the next step has begun."),
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    if operation.work_order.remakes.exists():
        raise ConflictError(
            _("A make-up lot has been made of it already."), extra={"legal_moves": []}
        )
    followers.filter(state=OperationState.READY).update(
        state=OperationState.WAITING, ready_at=None
    )
    Operation.objects.filter(id=operation.id).update(
        state=OperationState.READY, good=0, scrap=0, finished_at=None
    )
    WorkOrder.objects.filter(
        id=operation.work_order_id, state=WorkOrderState.COMPLETED
    ).update(state=WorkOrderState.IN_PROGRESS, good=0, scrap=0, completed_at=None)
