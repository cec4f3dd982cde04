"""Make-up lots: what scrap took is made again, and no more than that."""

from __future__ import annotations

from datetime import datetime

from production.models import Operation, WorkOrder
from production.services import boards
from production.states import OperationState, SourceKind, WorkOrderState

_EXPEDITED = 1
_COPIED = (
    *("sequence", "code", "name", "kind", "basis", "work_centre_id", "station"),
    *("predecessors", "setup_s", "run_s", "min_delay_s", "max_delay_s"),
    *("attributes", "setup_matrix", "setup_family", "batch_key", "batch_rule"),
    *("load_num", "load_den", "skill", "crew", "is_attended", "due_at"),
)


def make_up(*, work_order: WorkOrder, missing: int, now: datetime) -> WorkOrder:
    """Create the expedited lot that replaces ``missing`` pieces; safe to repeat.

    The lot hangs on the order line as its original did, so the customer sees it.
    """
    made, is_new = WorkOrder.objects.get_or_create(
        source_kind=SourceKind.MAKE_UP,
        source_key=str(work_order.id),
        unit_index=0,
        revision=work_order.revision + 1,
        defaults=_lot_fields(work_order, missing, now),
    )
    if is_new:
        _copy_operations(work_order, made, missing, now)
    return made


def _lot_fields(
    work_order: WorkOrder, missing: int, now: datetime
) -> dict[str, object]:
    return {
        "number": f"{work_order.number}M{work_order.revision + 1}"[:48],
        "order_line_id": work_order.order_line_id,
        "product_id": work_order.product_id,
        "configuration_id": work_order.configuration_id,
        "method": work_order.method,
        "routing": work_order.routing,
        "line_id": work_order.line_id,
        "state": WorkOrderState.RELEASED,
        "quantity": missing,
        "planned_quantity": missing,
        "priority": _EXPEDITED,
        "due_at": work_order.due_at,
        "release_at": now,
        "released_at": now,
        "line_attributes": work_order.line_attributes,
        "materials": work_order.materials,
        "remake_of_id": work_order.id,
        "created_at": now,
    }


def _copy_operations(
    original: WorkOrder, made: WorkOrder, quantity: int, now: datetime
) -> None:
    copies = [
        Operation(
            work_order=made,
            planned_quantity=quantity,
            state=_first_state(operation),
            ready_at=now if not operation.predecessors else None,
            **{name: getattr(operation, name) for name in _COPIED},
        )
        for operation in original.operations.exclude(
            state=OperationState.SKIPPED
        ).order_by("sequence")
    ]
    Operation.objects.bulk_create(copies)
    boards.touch(work_centre_ids={copy.work_centre_id for copy in copies})


def _first_state(operation: Operation) -> str:
    if operation.station:
        return OperationState.ON_LINE
    if operation.predecessors:
        return OperationState.WAITING
    return OperationState.READY
