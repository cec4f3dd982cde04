"""Who is in a batch: moving on together, joining by hand, leaving, refilling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import move_one
from production.models import Batch, Operation, WorkCentre
from production.selectors import loads
from production.selectors.loads import LoadRule, load_milli
from production.selectors.reasons import keep_note
from production.services import boards
from production.services.members import (
    add_members,
    new_batch,
    release_members,
    weigh,
)
from production.services.reports import Report, is_repeated
from production.states import (
    BATCH_MOVES,
    BatchState,
    MemberState,
    OperationState,
)


class BatchMoveError(DomainError):
    """The report does not fit the batch; the message says why."""


def lock_batch(number: str) -> Batch:
    """Lock a batch's work centre and then the batch: all planners in this order."""
    centre_ids = Batch.objects.filter(number=number).values_list(
        "work_centre_id", flat=True
    )
    list(WorkCentre.objects.select_for_update().filter(id__in=list(centre_ids)))
    batch = (
        Batch.objects.select_for_update(of=("self",))
        .select_related("work_centre")
        .filter(number=number)
        .first()
    )
    if batch is None:
        raise BatchMoveError(
            _("There is no batch %(number)s.") % {"number": number}, status=404
        )
    return batch


def carry_on(
    *, work_order_ids: Iterable[int], fed_by: Batch | None, now: datetime
) -> list[Batch]:
    """Let a group move on together: the next step's batch has the same members.

    It is split only where the next load is smaller or the next key differs, and
    merged only with one that came the same way where the next load is larger.
    """
    ready = (
        Operation.objects.filter(
            work_order_id__in=list(work_order_ids), state=OperationState.READY
        )
        .exclude(batch_key="")
        .exclude(work_centre=None)
        .select_related("work_centre")
        .order_by("due_at", "id")
    )
    groups: dict[tuple[int | None, str], list[Operation]] = {}
    for operation in ready:
        key = (operation.work_centre_id, operation.batch_key)
        groups.setdefault(key, []).append(operation)
    return [
        _open_with(load, fed_by, now)
        for operations in groups.values()
        for load in cut_into_loads(operations)
    ]


def cut_into_loads(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Cut a group into as many loads as its work centre needs, in the given order."""
    capacity = LoadRule.read(operations[0].batch_rule).capacity * 1000
    cut: list[list[Operation]] = []
    room = 0
    for operation in operations:
        load = load_milli(operation)
        if not cut or load > room:
            cut.append([])
            room = capacity
        cut[-1].append(operation)
        room -= load
    return cut


def _open_with(
    operations: Sequence[Operation], fed_by: Batch | None, now: datetime
) -> Batch:
    centre = operations[0].work_centre
    assert centre is not None  # noqa: S101 -- carry_on leaves these out
    rule = LoadRule.read(operations[0].batch_rule)
    batch = _with_room(centre, rule, operations, fed_by) or new_batch(
        centre, rule, operations, state=BatchState.OPEN, now=now
    )
    if fed_by is not None:
        batch.fed_by.add(fed_by)
    reason = keep_note("MOVED_ON", number=fed_by.number) if fed_by else ""
    add_members(
        batch=batch,
        operations=operations,
        reasons={operation.id: reason for operation in operations},
    )
    weigh(batch=batch)
    boards.touch(work_centre_ids=[centre.id])
    return batch


def _with_room(
    centre: WorkCentre,
    rule: LoadRule,
    operations: Sequence[Operation],
    fed_by: Batch | None,
) -> Batch | None:
    """Find an open load that came from the step before and takes this whole one too.

    Two small bowls fill one large oven; the first that came is filled first. Where
    loads are as large as before, or take anything, each goes on by itself.
    """
    size = (rule.measure, rule.capacity * 1000)
    is_same = fed_by is None or (fed_by.measure, fed_by.capacity_milli) == size
    if is_same or rule.capacity >= loads.NO_LIMIT:
        return None
    found = Batch.objects.filter(
        work_centre=centre,
        state=BatchState.OPEN,
        batch_key=operations[0].batch_key,
        setup_matrix=operations[0].setup_matrix,
        measure=rule.measure,
        capacity_milli=rule.capacity * 1000,
        fed_by__isnull=False,
    )
    needed = sum(load_milli(operation) for operation in operations)
    if not found.exists():
        return None
    # Planners hold this lock while they fill up open loads.
    WorkCentre.objects.select_for_update().get(id=centre.id)
    for batch in found.distinct().order_by("id"):
        is_kept = batch.reasons.get("kept_open")
        if not is_kept and batch.load_milli + needed <= batch.capacity_milli:
            return batch
    return None


def add_member(*, number: str, operation_id: int, report: Report) -> Batch:
    """Add a ready operation by hand; it must be of the same kind and fit in."""
    with transaction.atomic():
        batch = lock_batch(number)
        operation = Operation.objects.filter(id=operation_id).first()
        if operation is not None and is_repeated(
            kind="BATCH_ADD", report=report, batch=batch, operation=operation
        ):
            return batch
        newcomer = _check_newcomer(batch, operation)
        take_over(batch)
        add_members(
            batch=batch,
            operations=[newcomer],
            reasons={newcomer.id: keep_note("ADDED_BY", who=report.actor)},
        )
        weigh(batch=batch)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    return batch


def _check_newcomer(batch: Batch, operation: Operation | None) -> Operation:
    if operation is None or operation.work_centre_id != batch.work_centre_id:
        raise BatchMoveError(
            _("This operation does not wait at this work centre."), field="operation"
        )
    if batch.state not in {BatchState.PROPOSED, BatchState.OPEN}:
        raise ConflictError(
            _("The batch is closed for newcomers."),
            extra={"legal_moves": BATCH_MOVES.legal(batch.state)},
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
    if batch.load_milli + load_milli(operation) > batch.capacity_milli:
        raise BatchMoveError(_("The load is full."), field="operation")
    return operation


def take_over(batch: Batch) -> None:
    """Open a proposal that a person changes: it is not grouped anew from then on."""
    if batch.state == BatchState.PROPOSED:
        move_one(batch, to=BatchState.OPEN, moves=BATCH_MOVES)


def withdraw_member(*, number: str, operation_id: int, report: Report) -> Batch:
    """Take one member out before the load runs; its place may be refilled."""
    with transaction.atomic():
        batch = lock_batch(number)
        found = Operation.objects.filter(id=operation_id).first()
        if found is None:
            raise BatchMoveError(_("It is no member of this batch."), status=404)
        if is_repeated(
            kind="BATCH_WITHDRAW", report=report, batch=batch, operation=found
        ):
            return batch
        is_member = batch.members.filter(
            operation_id=operation_id, state=MemberState.ACTIVE
        ).exists()
        if not is_member:
            raise BatchMoveError(_("It is no member of this batch."), status=404)
        if batch.state in {BatchState.RUNNING, BatchState.COMPLETING}:
            raise ConflictError(
                _("The load is running: finish it and dispose of the member then."),
                extra={"legal_moves": BATCH_MOVES.legal(batch.state)},
            )
        take_over(batch)
        release_members(batch=batch, operation_ids=[operation_id])
        weigh(batch=batch)
        refill(batch=batch)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    return batch


def refill(*, batch: Batch) -> int:
    """Fill the place that a withdrawn member left in a frozen batch."""
    room = batch.capacity_milli - batch.load_milli
    left_before = loads.map_leavers(batches=[batch])[batch.id]
    waiting = [
        *loads.list_groupable(work_centre=batch.work_centre),
        *loads.list_proposed_members(work_centre=batch.work_centre),
    ]
    joining = []
    for operation in waiting:
        load = load_milli(operation)
        is_same_kind = operation.batch_key == batch.batch_key
        if is_same_kind and load <= room and operation.id not in left_before:
            joining.append(operation)
            room -= load
    if joining:
        add_members(
            batch=batch,
            operations=joining,
            reasons={o.id: keep_note("FREED") for o in joining},
        )
        weigh(batch=batch)
    return len(joining)
