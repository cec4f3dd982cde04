"""Make-up lots: what scrap took is made again, and no more than that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum

from configurator.states import TimeBasis
from production.models import Operation, WorkOrder
from production.services import boards, readiness
from production.services.blueprints import PLANNED_COLUMNS
from production.states import (
    OperationKind,
    OperationState,
    SourceKind,
    WorkOrderState,
)

_EXPEDITED = 1
# What the lot's own pieces, or its own days, decide anew.
_OWN = frozenset({"planned_quantity", "state", "run_s", "predecessors"})
# All else that a routing has said of a step, the lot's steps keep.
_COPIED = tuple(name for name in (*PLANNED_COLUMNS, "due_at") if name not in _OWN)


def make_up_to(*, work_order: WorkOrder, good: int, now: datetime) -> WorkOrder | None:
    """Make again what is missing if only ``good`` pieces come of it.

    What earlier lots replace counts; nothing is missing while the surplus lasts.
    """
    lots = WorkOrder.objects.filter(
        source_kind=SourceKind.MAKE_UP, source_key=str(work_order.id)
    )
    replaced = lots.exclude(state=WorkOrderState.CANCELLED).aggregate(n=Sum("quantity"))
    missing = work_order.quantity - good - (replaced["n"] or 0)
    if missing <= 0:
        return None
    return make_again(work_order=work_order, quantity=missing, now=now)


def make_again(
    *,
    work_order: WorkOrder,
    quantity: int,
    now: datetime,
    source_kind: str = SourceKind.MAKE_UP,
) -> WorkOrder:
    """Create the expedited lot that replaces ``quantity`` pieces, with its surplus.

    It hangs on the order line as its original does, so the customer sees it; of one
    that is still planned it waits for the same moment.
    """
    revision = work_order.revision + 1
    unit_index = WorkOrder.objects.filter(
        source_kind=source_kind, source_key=str(work_order.id)
    ).count()
    planned = -(-quantity * work_order.planned_quantity // work_order.quantity)
    is_on_floor = work_order.released_at is not None
    made = WorkOrder.objects.create(
        source_kind=source_kind,
        source_key=str(work_order.id),
        unit_index=unit_index,
        revision=revision,
        number=_number(work_order, source_kind, revision, unit_index),
        order_line_id=work_order.order_line_id,
        product_id=work_order.product_id,
        configuration_id=work_order.configuration_id,
        method=work_order.method,
        routing=work_order.routing,
        line_id=work_order.line_id,
        state=WorkOrderState.RELEASED if is_on_floor else WorkOrderState.PLANNED,
        quantity=quantity,
        planned_quantity=planned,
        priority=_EXPEDITED,
        due_at=work_order.due_at,
        release_at=now if is_on_floor else work_order.release_at,
        released_at=now if is_on_floor else None,
        line_attributes=work_order.line_attributes,
        materials=_share(work_order, planned),
        remake_of=work_order,
        created_at=now,
    )
    _copy_operations(work_order, made, now)
    return made


def _number(
    original: WorkOrder, source_kind: str, revision: int, unit_index: int
) -> str:
    letter = "M" if source_kind == SourceKind.MAKE_UP else "R"
    suffix = f"{letter}{revision}" + (f".{unit_index}" if unit_index else "")
    return f"{original.number}{suffix}"[:48]


def _share(work_order: WorkOrder, planned: int) -> list[dict[str, Any]]:
    """Give the materials of the lot, rounded up."""
    whole = work_order.planned_quantity
    return [
        {**row, "quantity": -(-int(row.get("quantity", 0)) * planned // whole)}
        for row in work_order.materials
    ]


def _copy_operations(original: WorkOrder, made: WorkOrder, now: datetime) -> None:
    before = dict(original.operations.values_list("sequence", "predecessors"))
    repeated = list(
        original.operations.exclude(state=OperationState.SKIPPED)
        .exclude(kind__in=(OperationKind.APPROVAL, OperationKind.REWORK))
        # A look that somebody wanted to have at these very pieces.
        .exclude(kind=OperationKind.INSPECT, code__startswith="INSPECT-")
    )
    kept = {operation.sequence for operation in repeated}
    on_line = made.state == WorkOrderState.RELEASED
    copies = [
        Operation(
            work_order=made,
            planned_quantity=made.planned_quantity,
            state=OperationState.ON_LINE
            if on_line and each.station
            else OperationState.WAITING,
            run_s=_scaled(each, made.planned_quantity),
            predecessors=_kept_before(each.predecessors, before, kept),
            **{name: getattr(each, name) for name in _COPIED},
        )
        for each in repeated
    ]
    Operation.objects.bulk_create(copies)
    readiness.refresh_ready(work_order_ids=[made.id], now=now)
    boards.touch(work_centre_ids={copy.work_centre_id for copy in copies})


def _scaled(operation: Operation, quantity: int) -> int:
    if operation.basis in (TimeBasis.UNIT, TimeBasis.SHEET):
        return -(-operation.run_s * quantity // max(1, operation.planned_quantity))
    return operation.run_s


def _kept_before(
    sequences: list[int], before: dict[int, list[int]], kept: set[int]
) -> list[int]:
    """Let what followed a step that is not repeated follow its predecessors."""
    found: set[int] = set()
    todo = list(sequences)
    while todo:
        sequence = todo.pop()
        if sequence in kept:
            found.add(sequence)
        else:
            todo += before.get(sequence, [])
    return sorted(found)
