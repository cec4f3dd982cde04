"""Cancelling on the floor: what has not begun leaves it, what has begun is named.

Runs inside the transaction of the order's cancellation, which holds the order's row.
Release locks the same row, so there are no work orders of a cancelled order, whoever
comes first. Locks are taken work centre, batch, line, work order, in key order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from configurator.services.moves import move
from orders.ports import CancelOutcome
from production.models import (
    Batch,
    BatchMember,
    Line,
    LineSlot,
    Operation,
    ProductionEvent,
    StockAllocation,
    WorkCentre,
    WorkOrder,
)
from production.services import boards, members, membership, stock
from production.states import (
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    SLOT_MOVES,
    WORK_ORDER_MOVES,
    AllocationState,
    BatchState,
    MemberState,
    OperationState,
    SlotState,
    WorkOrderState,
)

NOT_BEGUN = (WorkOrderState.PLANNED, WorkOrderState.RELEASED)
GONE = (WorkOrderState.CANCELLED, WorkOrderState.SPLIT)
LEAVABLE = (
    BatchState.PROPOSED,
    BatchState.OPEN,
    BatchState.FROZEN,
    BatchState.RELEASED,
    BatchState.CHANGEOVER,
)
CLOSED_FOR_NEWCOMERS = (BatchState.FROZEN, BatchState.RELEASED)
GROUPABLE = (OperationState.READY, OperationState.IN_BATCH)


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    number: str
    state: str
    line_id: int


def cancel_lines(
    *, order_id: int, line_ids: Sequence[int], now: datetime
) -> CancelOutcome:
    """Cancel those of the lines of which nothing has begun; name what has.

    A line goes as a whole: of one that has begun nothing is cancelled.
    """
    _lock_surroundings(line_ids)
    units = _lock_units(line_ids)
    begun = [unit for unit in units if unit.state not in NOT_BEGUN]
    begun_lines = {unit.line_id for unit in begun} | _shipped_lines(line_ids)
    free = [key for key in line_ids if key not in begun_lines]
    leaving = [unit.id for unit in units if unit.line_id in set(free)]
    _take_off_the_floor(leaving)
    stock.return_stock(line_ids=free)
    if leaving:
        ProductionEvent.objects.create(
            kind="WORK_ORDERS_CANCELLED",
            actor="order",
            details={"order": order_id, "lines": free, "n_work_orders": len(leaving)},
            at=now,
        )
    return CancelOutcome(
        cancelled_line_ids=tuple(free),
        started_units=tuple(unit.number for unit in begun),
        legal_moves=_legal_moves(begun),
    )


def _legal_moves(units: Sequence[_Unit]) -> tuple[str, ...]:
    states = {unit.state for unit in units}
    moves = {move for state in states for move in WORK_ORDER_MOVES[state]}
    return tuple(sorted(str(move) for move in moves))


def _lock(rows: QuerySet[Any]) -> None:
    list(
        rows.select_for_update(no_key=True).order_by("id").values_list("id", flat=True)
    )


def _lock_surroundings(line_ids: Collection[int]) -> None:
    """Keep planners and lines from giving places to what is about to leave."""
    grouped = (
        Operation.objects.filter(
            work_order__order_line_id__in=line_ids,
            work_order__state__in=NOT_BEGUN,
            state__in=GROUPABLE,
            work_centre__isnull=False,
        )
        .exclude(batch_key="")
        .values_list("work_centre_id", flat=True)
    )
    _lock(WorkCentre.objects.filter(id__in=set(grouped)))
    _lock(Batch.objects.filter(id__in=_batch_ids(line_ids), state__in=LEAVABLE))
    lines = LineSlot.objects.filter(
        work_order__order_line_id__in=line_ids, state=SlotState.SEQUENCED
    ).values_list("line_id", flat=True)
    _lock(Line.objects.filter(id__in=set(lines)))


def _batch_ids(line_ids: Collection[int]) -> set[int]:
    return set(
        BatchMember.objects.filter(
            operation__work_order__order_line_id__in=line_ids, state=MemberState.ACTIVE
        ).values_list("batch_id", flat=True)
    )


def _lock_units(line_ids: Collection[int]) -> list[_Unit]:
    rows = (
        WorkOrder.objects.filter(order_line_id__in=line_ids)
        .exclude(state__in=GONE)
        .select_for_update(no_key=True)
        .order_by("id")
        .values_list("id", "number", "state", "order_line_id")
    )
    return [_Unit(*row) for row in rows]


def _shipped_lines(line_ids: Collection[int]) -> set[int]:
    return set(
        StockAllocation.objects.filter(
            order_line_id__in=line_ids, state=AllocationState.TAKEN
        ).values_list("order_line_id", flat=True)
    )


def _take_off_the_floor(work_order_ids: Collection[int]) -> None:
    if not work_order_ids:
        return
    left = _leave_batches(work_order_ids)
    move(
        LineSlot.objects.filter(work_order_id__in=work_order_ids),
        from_=SlotState.SEQUENCED,
        to=SlotState.REMOVED,
        moves=SLOT_MOVES,
        extra_updates={"station": None},
    )
    move(
        WorkOrder,
        ids=work_order_ids,
        from_=NOT_BEGUN,
        to=WorkOrderState.CANCELLED,
        moves=WORK_ORDER_MOVES,
    )
    operations = Operation.objects.filter(
        work_order_id__in=work_order_ids, state__in=OPEN_OPERATION_STATES
    )
    centre_ids = set(operations.values_list("work_centre_id", flat=True))
    move(
        operations,
        from_=OPEN_OPERATION_STATES,
        to=OperationState.CANCELLED,
        moves=OPERATION_MOVES,
        extra_updates={"blocked_from": "", "ready_at": None},
    )
    for batch in left:
        if batch.state in CLOSED_FOR_NEWCOMERS:
            membership.refill(batch=batch)
    boards.touch(work_centre_ids=centre_ids)


def _leave_batches(work_order_ids: Collection[int]) -> list[Batch]:
    """Withdraw the members; the batches, weighed anew, are given back."""
    leaving: dict[int, list[int]] = defaultdict(list)
    for batch_id, operation_id in BatchMember.objects.filter(
        operation__work_order_id__in=work_order_ids, state=MemberState.ACTIVE
    ).values_list("batch_id", "operation_id"):
        leaving[batch_id].append(operation_id)
    batches = list(
        Batch.objects.filter(id__in=leaving, state__in=LEAVABLE).order_by("id")
    )
    for batch in batches:
        members.release_members(batch=batch, operation_ids=leaving[batch.id])
        members.weigh(batch=batch)
    return batches
