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
from orders.models import OrderLine
from orders.ports import CancelOutcome, Units
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
from production.services import boards, members, membership, remaking, stock
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
    SourceKind,
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
ALL = -1  # units of a line: it goes as a whole
GROUPABLE = (OperationState.READY, OperationState.IN_BATCH)


@dataclass(frozen=True, slots=True)
class _Unit:
    id: int
    number: str
    state: str
    line_id: int
    quantity: int
    source_kind: str

    @property
    def is_free(self) -> bool:
        """Say whether it can leave by itself: a lot that replaces another cannot."""
        return self.state in NOT_BEGUN and self.source_kind == SourceKind.ORDER_LINE


def cancel_lines(
    *,
    order_id: int,
    line_ids: Sequence[int],
    now: datetime,
    units: Units | None = None,
) -> CancelOutcome:
    """Cancel the lines of which nothing has begun, and of others what has not.

    Only whole sold units leave: a lot that holds part of one that has begun stays.
    Of one line ``units`` says which are to leave.
    """
    _lock_surroundings(line_ids)
    made = _lock_units(line_ids)
    begun = [unit for unit in made if unit.state not in NOT_BEGUN]
    begun_lines = {unit.line_id for unit in begun} | _shipped_lines(line_ids)
    free = [key for key in line_ids if key not in begun_lines and units is None]
    leaving = [unit.id for unit in made if unit.line_id in set(free)]
    cut: dict[int, int] = {}
    for line in OrderLine.objects.filter(pk__in={*line_ids} - {*free}).order_by("pk"):
        own = [unit for unit in made if unit.line_id == line.pk]
        chosen, cut[line.pk] = _choose(line, own, units)
        leaving += chosen
    free += [key for key, n_units in cut.items() if n_units == ALL]
    _take_off_the_floor(leaving)
    stock.return_stock(line_ids=free)
    if leaving:
        ProductionEvent.objects.create(
            kind="WORK_ORDERS_CANCELLED",
            actor="order",
            details={
                "order": order_id,
                "lines": [*free, *(key for key, n_units in cut.items() if n_units > 0)],
                "n_work_orders": len(leaving),
            },
            at=now,
        )
    return CancelOutcome(
        cancelled_line_ids=tuple(free),
        started_units=tuple(unit.number for unit in begun),
        legal_moves=_legal_moves(begun),
        cancelled_units={key: n_units for key, n_units in cut.items() if n_units > 0},
    )


def _choose(
    line: OrderLine, made: Sequence[_Unit], wanted: Units | None
) -> tuple[list[int], int]:
    """Choose work orders that leave, and tell how many sold units they are.

    The last ones go first, and only as many as make up whole sold units.
    """
    if not made:
        return [], _reduce_stock(line, wanted)
    per_unit = remaking.count_pieces(line_id=line.pk)
    free = [unit for unit in reversed(made) if unit.is_free]
    most = line.open_quantity
    if wanted is not None and wanted.work_orders:
        free = [unit for unit in free if unit.number in wanted.work_orders]
    elif wanted is not None:
        most = wanted.quantity
    chosen: list[int] = []
    n_units = pieces = 0
    for place, unit in enumerate(free, start=1):
        pieces += unit.quantity
        if pieces % per_unit == 0 and pieces // per_unit <= most:
            chosen, n_units = [each.id for each in free[:place]], pieces // per_unit
    if n_units == line.open_quantity:
        return [unit.id for unit in made if unit.state in NOT_BEGUN], ALL
    return chosen, n_units


def _reduce_stock(line: OrderLine, wanted: Units | None) -> int:
    """Give back the goods of some units of a line that takes them from stock."""
    if wanted is None or not 0 < wanted.quantity < line.open_quantity:
        return 0
    given = stock.reduce_stock(
        line_id=line.pk, n_units=wanted.quantity, of=line.open_quantity
    )
    return wanted.quantity if given else 0


def _legal_moves(units: Sequence[_Unit]) -> tuple[str, ...]:
    """Give what may be asked for of the units that go on."""
    return tuple(WORK_ORDER_MOVES.legal(*(unit.state for unit in units)))


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
        .values_list(
            "id", "number", "state", "order_line_id", "quantity", "source_kind"
        )
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
