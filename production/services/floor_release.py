"""Planned work orders whose edit window is over go to the floor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from configurator.services.moves import move
from orders.models import OrderHold
from orders.states import OrderState
from production.models import Operation, ProductionEvent, WorkOrder, WorkOrderHold
from production.services import boards, readiness
from production.states import (
    OPERATION_MOVES,
    WORK_ORDER_MOVES,
    OperationKind,
    OperationState,
    WorkOrderState,
)

CHUNK = 2_000
CHUNK_ALONE = 200  # where a writer keeps all others out


def release_to_floor(*, now: datetime, limit: int | None = None) -> int:
    """Release due work orders in one transaction; give how many.

    Held ones, and those of held or cancelled orders, stay planned. The rows are
    locked and compared again, so of a release and a cancellation one wins.
    """
    chunk = limit or (CHUNK if _has_skip_locked() else CHUNK_ALONE)
    if not _due(now).exists():
        return 0
    with transaction.atomic():
        rows = _due(now).order_by("id")
        if _has_skip_locked():
            rows = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
        ids = list(rows.values_list("id", flat=True)[:chunk])
        _release(ids, now)
    return len(ids)


def drain_to_floor(
    *,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
    until_s: float,
) -> int:
    """Release until nothing is due or the time is over; give how many."""
    total = 0
    while seconds() < until_s:
        n_released = release_to_floor(now=now())
        total += n_released
        if n_released == 0:
            break
    return total


def _has_skip_locked() -> bool:
    return bool(connection.features.has_select_for_update_skip_locked)


def _due(now: datetime) -> QuerySet[WorkOrder]:
    """Find what is due, is not held, and whose order (if any) still stands."""
    held = WorkOrderHold.objects.filter(
        work_order=OuterRef("pk"), lifted_at__isnull=True
    )
    order_held = OrderHold.objects.filter(
        order=OuterRef("order_line__order"), lifted_at__isnull=True
    )
    stands = Q(order_line__isnull=True) | Q(
        order_line__cancelled_at__isnull=True,
        order_line__order__state=OrderState.CONFIRMED,
    )
    return WorkOrder.objects.filter(
        stands,
        ~Exists(held),
        ~Exists(order_held),
        state=WorkOrderState.PLANNED,
        release_at__lte=now,
    )


def _release(ids: Sequence[int], now: datetime) -> None:
    if not ids:
        return
    move(
        WorkOrder,
        ids=ids,
        from_=WorkOrderState.PLANNED,
        to=WorkOrderState.RELEASED,
        moves=WORK_ORDER_MOVES,
        extra_updates={"released_at": now},
    )
    waiting = Operation.objects.filter(
        work_order_id__in=ids, state=OperationState.WAITING
    )
    first = waiting.filter(predecessors=[]).exclude(kind=OperationKind.DELAY)
    centre_ids = list(first.order_by().values_list("work_centre_id").distinct())
    first.update(ready_at=now)
    wanted = (
        (first.filter(station=""), OperationState.READY),
        (waiting.exclude(station=""), OperationState.ON_LINE),
    )
    for rows, to in wanted:
        move(rows, from_=OperationState.WAITING, to=to, moves=OPERATION_MOVES)
    _set_delays_going(waiting, now)
    ProductionEvent.objects.create(
        kind="RELEASED_TO_FLOOR",
        actor="release",
        details={"n_work_orders": len(ids), "first": ids[0], "last": ids[-1]},
        at=now,
    )
    boards.touch(work_centre_ids=[key for (key,) in centre_ids])


def _set_delays_going(waiting: QuerySet[Operation], now: datetime) -> None:
    ids: Collection[int] = set(
        waiting.filter(predecessors=[], kind=OperationKind.DELAY).values_list(
            "work_order_id", flat=True
        )
    )
    if ids:
        readiness.refresh_ready(work_order_ids=ids, now=now)
