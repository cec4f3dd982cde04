"""What follows when operations end: quantities, followers, the work order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move, move_one
from orders.states import ShipmentState
from production.models import LineSlot, Operation, ProductionEvent, WorkOrder
from production.selectors.needs import Shortage
from production.services import by_products, consuming, leaving, makeup, readiness
from production.states import (
    OPERATION_MOVES,
    WORK_ORDER_MOVES,
    MemberState,
    OperationState,
    SlotState,
    WorkOrderState,
)

_OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)
_BEGUN = (
    OperationState.SETUP,
    OperationState.RUNNING,
    OperationState.PAUSED,
    OperationState.DONE,
)
_FOLLOWED = (
    OperationState.RUNNING,
    OperationState.PAUSED,
    OperationState.DONE,
    OperationState.IN_BATCH,
    OperationState.SETUP,
)


def begin(*, work_order_id: int, now: datetime) -> None:
    """Put the work order in progress at its first start; its materials are taken."""
    begin_all(work_order_ids=[work_order_id], now=now)


def begin_all(
    *, work_order_ids: Iterable[int], now: datetime, is_forced: bool = False
) -> None:
    """Put work orders in progress; one that is short of a material is refused.

    With ``is_forced`` it is not: what was done without it has been done.
    """
    ids = list(work_order_ids)
    consuming.consume(work_order_ids=ids, now=now, is_forced=is_forced)
    _put_in_progress(ids, now)


def begin_possible(
    *, work_order_ids: Sequence[int], now: datetime
) -> dict[int, Shortage]:
    """Put in progress what has its materials; tell what the others are short of."""
    short = consuming.consume_possible(work_order_ids=work_order_ids, now=now)
    _put_in_progress([key for key in work_order_ids if key not in short], now)
    return short


def _put_in_progress(work_order_ids: Sequence[int], now: datetime) -> None:
    move(
        WorkOrder.objects.filter(id__in=work_order_ids),
        from_=WorkOrderState.RELEASED,
        to=WorkOrderState.IN_PROGRESS,
        moves=WORK_ORDER_MOVES,
        extra_updates={"started_at": now},
    )


def take_back_begin(*, work_order_id: int, now: datetime) -> bool:
    """Let a work order whose only start was undone wait as before it; tell if so.

    The caller holds its lock; the event of the undoing is what compensates.
    """
    begun = Q(state__in=_BEGUN) | Q(started_at__isnull=False) | Q(actual_run_s__gt=0)
    operations = Operation.objects.filter(work_order_id=work_order_id)
    on_line = LineSlot.objects.filter(work_order_id=work_order_id).exclude(
        state=SlotState.SEQUENCED
    )
    if operations.filter(begun).exists() or on_line.exists():
        return False
    n_moved = move(
        WorkOrder,
        ids=[work_order_id],
        from_=WorkOrderState.IN_PROGRESS,
        to=WorkOrderState.RELEASED,
        moves=WORK_ORDER_MOVES,
        extra_updates={"started_at": None},
    )
    if n_moved == 1:
        work_order = WorkOrder.objects.get(id=work_order_id)
        consuming.give_back(work_order=work_order, now=now)
    return n_moved == 1


def after_finish(*, operations: Sequence[Operation], now: datetime) -> None:
    """Pass quantities on, make up for scrap, make followers ready, complete.

    The caller holds the locks on the work orders and has set the operations DONE.
    """
    ids = sorted({operation.work_order_id for operation in operations})
    begin_all(work_order_ids=ids, now=now, is_forced=True)
    by_products.settle(operations=operations, now=now)
    lost = {o.work_order_id for o in operations if o.good == 0}
    for work_order in WorkOrder.objects.filter(id__in=lost).order_by("id"):
        scrap_whole(work_order=work_order, now=now)
    going = [o for o in operations if o.work_order_id not in lost]
    readiness.pass_quantity_on(operations=going)
    _make_up_shortages(going, now)
    go_on([key for key in ids if key not in lost], now)


def _make_up_shortages(operations: Sequence[Operation], now: datetime) -> None:
    """Make again at once what is certain to be missing: surplus covers the rest."""
    good: dict[int, int] = {}
    for operation in operations:
        if operation.good < operation.planned_quantity:
            key = operation.work_order_id
            good[key] = min(operation.good, good.get(key, operation.good))
    for work_order in WorkOrder.objects.filter(id__in=good).order_by("id"):
        makeup.make_up_to(work_order=work_order, good=good[work_order.id], now=now)


def go_on(work_order_ids: Collection[int], now: datetime) -> None:
    """Make followers ready; complete the work orders that have no step left."""
    still_open = set(
        Operation.objects.filter(work_order_id__in=work_order_ids)
        .exclude(state__in=_OVER)
        .values_list("work_order_id", flat=True)
    )
    if still_open:
        readiness.refresh_ready(work_order_ids=still_open, now=now)
    for key in work_order_ids:
        if key not in still_open:
            _complete(key, now)


def _complete(work_order_id: int, now: datetime) -> None:
    work_order = WorkOrder.objects.get(id=work_order_id)
    done = Operation.objects.filter(
        work_order_id=work_order_id, state=OperationState.DONE
    )
    goods = list(done.values_list("good", flat=True))
    good = min(goods, default=work_order.planned_quantity)
    n_completed = move(
        WorkOrder,
        ids=[work_order_id],
        from_=WorkOrderState.IN_PROGRESS,
        to=WorkOrderState.COMPLETED,
        moves=WORK_ORDER_MOVES,
        extra_updates={
            "good": good,
            "scrap": work_order.planned_quantity - good,
            "completed_at": now,
        },
    )
    if n_completed:
        by_products.settle_surplus(work_order=work_order, good=good, now=now)
        ProductionEvent.objects.create(
            kind="WORK_ORDER_COMPLETED", work_order=work_order, good=good, at=now
        )


def scrap_whole(*, work_order: WorkOrder, now: datetime) -> None:
    """Nothing good is left: the rest is cancelled and made again."""
    n_scrapped = move(
        WorkOrder,
        ids=[work_order.id],
        from_=WorkOrderState.IN_PROGRESS,
        to=WorkOrderState.SCRAPPED,
        moves=WORK_ORDER_MOVES,
        extra_updates={"scrap": work_order.planned_quantity, "completed_at": now},
    )
    if n_scrapped == 0:
        return
    leaving.leave_floor(work_order_ids=[work_order.id])
    makeup.make_up_to(work_order=work_order, good=0, now=now)
    ProductionEvent.objects.create(
        kind="WORK_ORDER_SCRAPPED",
        work_order=work_order,
        scrap=work_order.planned_quantity,
        at=now,
    )


def _followers(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(
        work_order_id=operation.work_order_id,
        sequence__in=readiness.list_following(operation=operation),
    )


def reopen(*, operation: Operation, now: datetime) -> None:
    """Take a finish back; the caller has seen that nothing has followed it."""
    followers = _followers(operation)
    move(
        followers,
        from_=OperationState.READY,
        to=OperationState.WAITING,
        moves=OPERATION_MOVES,
    )
    followers.filter(state=OperationState.WAITING).update(ready_at=None)
    none_made = {"good": 0, "scrap": 0}
    move_one(
        operation,
        to=OperationState.READY,
        moves=OPERATION_MOVES,
        extra_updates={**none_made, "finished_at": None},
    )
    by_products.settle(operations=[operation], now=now)
    n_reopened = move(
        WorkOrder,
        ids=[operation.work_order_id],
        from_=WorkOrderState.COMPLETED,
        to=WorkOrderState.IN_PROGRESS,
        moves=WORK_ORDER_MOVES,
        extra_updates={**none_made, "completed_at": None},
    )
    if n_reopened:
        by_products.settle_surplus(work_order=operation.work_order, good=0, now=now)


def refuse_reopening(*, operation: Operation) -> None:
    """Keep a finish where something has followed it, saying what."""
    work_order = operation.work_order
    if operation.state != OperationState.DONE:
        raise ConflictError(
            _("There is nothing to undo here."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    followers = _followers(operation)
    is_gone = (
        work_order.order_line is not None
        and work_order.order_line.shipments.exclude(
            state=ShipmentState.PLANNED
        ).exists()
    )
    reasons = {
        _("The next step has begun."): followers.filter(state__in=_FOLLOWED).exists(),
        _("It was made in a batch or on a line: report it there."): bool(
            operation.station
            or operation.memberships.filter(state=MemberState.DONE).exists()
        ),
        _("A make-up lot has been made of it already."): work_order.remakes.exists(),
        _("It has left the works."): is_gone,
        _("The work order is closed."): work_order.state
        not in {WorkOrderState.IN_PROGRESS, WorkOrderState.COMPLETED},
    }
    for text, holds in reasons.items():
        if holds:
            raise ConflictError(text, extra={"legal_moves": []})
