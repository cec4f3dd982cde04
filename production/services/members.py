"""The rows of a batch: making one, who is in, who left, what it weighs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from configurator.services.moves import move, move_one
from configurator.states import TimeBasis
from production.models import Batch, BatchMember, Operation, WorkCentre
from production.selectors.loads import LoadRule, load_milli
from production.services import changeovers
from production.states import (
    BATCH_MOVES,
    MEMBER_MOVES,
    OPERATION_MOVES,
    BatchState,
    MemberState,
    OperationState,
)

# Made piece by piece or sheet by sheet: a batch of these takes the sum of its members.
_SUMMED = (TimeBasis.UNIT, TimeBasis.SHEET)
# A machine is not kept for a batch that everybody has left.
WHEN_EMPTY = {
    BatchState.PROPOSED: BatchState.DISSOLVED,
    BatchState.OPEN: BatchState.DISSOLVED,
    BatchState.FROZEN: BatchState.DISSOLVED,
    BatchState.RELEASED: BatchState.DISSOLVED,
    BatchState.CHANGEOVER: BatchState.ABORTED,
}


def new_batch(
    centre: WorkCentre,
    rule: LoadRule,
    members: Sequence[Operation],
    *,
    state: str,
    now: datetime,
) -> Batch:
    """Create an empty batch that fits the given operations."""
    first = members[0]
    batch = Batch.objects.create(
        number=uuid.uuid4().hex,
        work_centre=centre,
        state=state,
        batch_key=first.batch_key,
        attributes=first.attributes,
        setup_matrix=first.setup_matrix,
        capacity_milli=rule.capacity * 1000,
        measure=rule.measure,
        created_at=now,
    )
    batch.number = f"B-{batch.id:05d}"
    batch.save(update_fields=["number"])
    return batch


def active_members(batch: Batch) -> list[BatchMember]:
    return list(
        batch.members.filter(state=MemberState.ACTIVE)
        .select_related("operation__work_order")
        .order_by("operation__work_order_id", "id")
    )


def add_members(
    *, batch: Batch, operations: Sequence[Operation], reasons: Mapping[int, str]
) -> None:
    """Make ready operations active members; one that is elsewhere is refused."""
    ids = [operation.id for operation in operations]
    robbed = _take_from_proposals(ids, batch)
    were_in = {row.operation_id: row for row in batch.members.all()}
    new: list[BatchMember] = []
    back: list[BatchMember] = []
    for operation in operations:
        known = were_in.get(operation.id)
        row = known or BatchMember(batch=batch, operation=operation)
        row.state = MemberState.ACTIVE
        row.quantity = operation.planned_quantity
        row.load_milli = load_milli(operation)
        row.weight = max(1, operation.planned_quantity)
        row.reason = reasons.get(operation.id, "")[:200]
        (back if known else new).append(row)
    BatchMember.objects.bulk_create(new)
    BatchMember.objects.bulk_update(
        back, ["state", "quantity", "load_milli", "weight", "reason"]
    )
    move(
        Operation,
        ids=ids,
        from_=OperationState.READY,
        to=OperationState.IN_BATCH,
        moves=OPERATION_MOVES,
    )
    for other in robbed:
        weigh(batch=other)


def _take_from_proposals(operation_ids: Sequence[int], batch: Batch) -> list[Batch]:
    """Let a proposal hand operations on; the batches that lose some are given back."""
    moving = BatchMember.objects.filter(
        operation_id__in=operation_ids,
        state=MemberState.ACTIVE,
        batch__state=BatchState.PROPOSED,
    ).exclude(batch=batch)
    robbed = set(moving.values_list("batch_id", flat=True))
    if not robbed:
        return []
    _withdraw(moving)
    return list(Batch.objects.filter(id__in=robbed).order_by("id"))


def release_members(*, batch: Batch, operation_ids: Iterable[int]) -> None:
    """Let members go back to the queue as ready operations."""
    ids = list(operation_ids)
    _withdraw(BatchMember.objects.filter(batch=batch, operation_id__in=ids))
    left = Operation.objects.filter(id__in=ids)
    move(
        left,
        from_=OperationState.IN_BATCH,
        to=OperationState.READY,
        moves=OPERATION_MOVES,
    )
    left.filter(
        state=OperationState.BLOCKED, blocked_from=OperationState.IN_BATCH
    ).update(blocked_from=OperationState.READY)


def _withdraw(rows: QuerySet[BatchMember]) -> None:
    withdrawn = MemberState.WITHDRAWN
    move(rows, from_=MemberState.ACTIVE, to=withdrawn, moves=MEMBER_MOVES)


def weigh(*, batch: Batch) -> None:
    """Bring load, run time and due date up to the members; without any it ends."""
    members = active_members(batch)
    operations = [member.operation for member in members]
    if not members and batch.state in WHEN_EMPTY:
        move_one(batch, to=WHEN_EMPTY[BatchState(batch.state)], moves=BATCH_MOVES)
        changeovers.give_up(batch=batch)
    batch.load_milli = sum(member.load_milli for member in members)
    batch.run_s = _run_s(batch, operations)
    batch.due_at = min((o.due_at for o in operations if o.due_at), default=None)
    batch.version += 1
    batch.save(update_fields=["reasons", "load_milli", "run_s", "due_at", "version"])


def _run_s(batch: Batch, operations: Sequence[Operation]) -> int:
    """Give how long it occupies the machine: its loading, then the work itself."""
    loading_s = max((o.setup_s for o in operations), default=0)
    if any(o.basis in _SUMMED for o in operations):
        return loading_s + sum(o.run_s for o in operations)
    n_loads = max(1, -(-batch.load_milli // batch.capacity_milli))
    return loading_s + n_loads * max((o.run_s for o in operations), default=0)
