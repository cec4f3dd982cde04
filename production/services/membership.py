"""Who is in a batch: moving on together, joining by hand, leaving, refilling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from production.models import Batch, BatchMember, Operation, WorkCentre
from production.selectors import loads
from production.selectors.loads import LoadRule
from production.services import batching, boards
from production.services.reports import Report, book_event
from production.states import (
    BATCH_MOVES,
    BatchState,
    MemberState,
    OperationState,
)


class BatchMoveError(DomainError):
    """The report does not fit the batch; the message says why."""


def lock_batch(number: str) -> Batch:
    batch = Batch.objects.select_for_update().filter(number=number).first()
    if batch is None:
        raise BatchMoveError(
            _("There is no batch %(number)s.") % {"number": number}, status=404
        )
    return batch


def active_members(batch: Batch) -> list[BatchMember]:
    return list(
        batch.members.filter(state=MemberState.ACTIVE)
        .select_related("operation__work_order")
        .order_by("operation__work_order_id", "id")
    )


def carry_on(
    *, work_order_ids: Iterable[int], fed_by: Batch | None, now: datetime
) -> list[Batch]:
    """Let a group move on together: the next step's batch has the same members.

    It is split only where the next load is smaller or the next key differs.
    """
    ready = (
        Operation.objects.filter(
            work_order_id__in=list(work_order_ids), state=OperationState.READY
        )
        .exclude(batch_key="")
        .exclude(work_centre=None)
        .select_related("work_centre", "work_order")
        .order_by("due_at", "id")
    )
    groups: dict[tuple[int | None, str], list[Operation]] = {}
    for operation in ready:
        key = (operation.work_centre_id, operation.batch_key)
        groups.setdefault(key, []).append(operation)
    made = []
    for operations in groups.values():
        for load in cut_into_loads(operations):
            made.append(_open_with(load, fed_by, now))
    return made


def cut_into_loads(operations: Sequence[Operation]) -> list[list[Operation]]:
    capacity = LoadRule.read(operations[0].batch_rule).capacity * 1000
    cut: list[list[Operation]] = []
    room = 0
    for operation in operations:
        load = operation.planned_quantity * operation.load_num * 1000
        load = -(-load // operation.load_den)
        if not cut or load > room:
            cut.append([])
            room = capacity
        cut[-1].append(operation)
        room -= load
    return cut


def _open_with(
    operations: Sequence[Operation], fed_by: Batch | None, now: datetime
) -> Batch:
    centre = WorkCentre.objects.get(id=operations[0].work_centre_id)
    rule = LoadRule.read(operations[0].batch_rule)
    batch = batching.new_batch(centre, rule, operations, state=BatchState.OPEN, now=now)
    if fed_by is not None:
        batch.fed_by.add(fed_by)
    reason = (
        _("moved on together from batch %(number)s") % {"number": fed_by.number}
        if fed_by
        else ""
    )
    batching.add_members(
        batch=batch,
        operations=operations,
        reasons={operation.id: reason for operation in operations},
    )
    batching.weigh(batch=batch)
    boards.touch(work_centre_ids=[centre.id])
    return batch


def add_member(*, number: str, operation_id: int, report: Report) -> Batch:
    """Add a ready operation by hand; it must be of the same kind and fit in."""
    with transaction.atomic():
        batch = lock_batch(number)
        operation = Operation.objects.filter(id=operation_id).first()
        if operation is None or operation.work_centre_id != batch.work_centre_id:
            raise BatchMoveError(
                _("This operation does not wait at this work centre."),
                field="operation",
            )
        if batch.state not in {BatchState.PROPOSED, BatchState.OPEN}:
            raise ConflictError(
                _("The batch is closed for newcomers."),
                extra={"legal_moves": sorted(BATCH_MOVES[batch.state])},
            )
        if operation.state != OperationState.READY:
            raise BatchMoveError(
                _("Only a ready operation can join a batch."), field="operation"
            )
        if operation.batch_key != batch.batch_key:
            raise BatchMoveError(
                _("It is another kind: %(theirs)s, not %(ours)s.")
                % {"theirs": operation.batch_key, "ours": batch.batch_key},
                field="operation",
            )
        together = [*(member.operation for member in active_members(batch)), operation]
        if len(cut_into_loads(together)) > 1:
            raise BatchMoveError(_("The load is full."), field="operation")
        batching.add_members(
            batch=batch,
            operations=[operation],
            reasons={operation.id: _("added by %(who)s") % {"who": report.actor}},
        )
        batching.weigh(batch=batch)
        book_event(kind="BATCH_ADD", report=report, batch=batch, operation=operation)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    return batch


def withdraw_member(*, number: str, operation_id: int, report: Report) -> Batch:
    """Take one member out before the load runs; its place may be refilled."""
    with transaction.atomic():
        batch = lock_batch(number)
        if batch.state in {BatchState.RUNNING, BatchState.COMPLETING}:
            raise ConflictError(
                _("The load is running: finish it and dispose of the member then."),
                extra={"legal_moves": sorted(BATCH_MOVES[batch.state])},
            )
        is_member = batch.members.filter(
            operation_id=operation_id, state=MemberState.ACTIVE
        ).exists()
        if not is_member:
            raise BatchMoveError(_("It is no member of this batch."), status=404)
        batching.release_members(batch=batch, operation_ids=[operation_id])
        batching.weigh(batch=batch)
        book_event(kind="BATCH_WITHDRAW", report=report, batch=batch)
        refill(batch=batch)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    return batch


def refill(*, batch: Batch) -> int:
    """Fill the place that a withdrawn member left in a frozen batch."""
    room = batch.capacity_milli - batch.load_milli
    left_before = set(batch.members.values_list("operation_id", flat=True))
    joining = []
    for operation in loads.list_groupable(work_centre=batch.work_centre):
        load = -(
            -operation.planned_quantity
            * operation.load_num
            * 1000
            // operation.load_den
        )
        is_same_kind = operation.batch_key == batch.batch_key
        if is_same_kind and load <= room and operation.id not in left_before:
            joining.append(operation)
            room -= load
    if joining:
        batching.add_members(
            batch=batch,
            operations=joining,
            reasons={o.id: _("takes the place that became free") for o in joining},
        )
        batching.weigh(batch=batch)
    return len(joining)
