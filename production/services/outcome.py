"""What came out of a batch: time and scrap split exactly, the group sent on."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.moves import check_move, move_one
from production.engine.split import split_exactly
from production.models import Batch, BatchMember, Changeover, Operation, WorkOrder
from production.services import boards, completion, nonconformances
from production.services.members import active_members
from production.services.membership import BatchMoveError, carry_on
from production.services.reports import Report
from production.states import (
    BATCH_MOVES,
    MEMBER_MOVES,
    OPERATION_MOVES,
    BatchState,
    MemberState,
    OperationState,
)


def check_shares(*, batch: Batch, report: Report) -> None:
    """Refuse scrap named for strangers, for more than there is, or not adding up."""
    named = report.details.get("scrap_by_operation") or {}
    if not named:
        return
    quantities = {str(m.operation_id): m.quantity for m in active_members(batch)}
    for key, scrap in named.items():
        if key not in quantities:
            raise BatchMoveError(
                _("Operation %(operation)s is no member of this batch.")
                % {"operation": key},
                field="scrap_by_operation",
            )
        if scrap > quantities[key]:
            raise BatchMoveError(
                _("A member cannot lose more than its own pieces."),
                field="scrap_by_operation",
            )
    if sum(named.values()) != report.scrap:
        raise BatchMoveError(
            _("The members' scrap must add up to the batch's."), field="scrap"
        )


def complete(*, batch_id: int) -> None:
    """Split time and scrap exactly, end every member, send the group on.

    Safe to repeat: only a batch that is COMPLETING is touched, and all of it in
    one transaction.
    """
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("work_centre")
            .get(id=batch_id)
        )
        if batch.state != BatchState.COMPLETING:
            return
        now = batch.completed_at or batch.created_at
        members = active_members(batch)
        orders = _lock_orders(members)
        told = batch.reasons.get("finish", {})
        report = Report(
            now=now,
            actor=str(told.get("actor") or ""),
            reason=str(told.get("reason") or ""),
        )
        _end(members, _shares(batch, members), report)
        move_one(batch, to=BatchState.COMPLETED, moves=BATCH_MOVES)
        carry_on(work_order_ids=orders, fed_by=batch, now=now)
        boards.touch(work_centre_ids=[batch.work_centre_id])


def lose(*, batch: Batch, members: Sequence[BatchMember], report: Report) -> None:
    """Scrap all of a load; each of its members is made again."""
    _lock_orders(members)
    began = batch.started_at or report.now
    run_s = max(0, int((report.now - began).total_seconds()))
    weights = [member.weight for member in members]
    times = split_exactly(run_s, weights)
    nothing = [0] * len(members)
    scraps = [member.quantity for member in members]
    shares = list(zip(scraps, times, nothing, strict=True))
    _end(members, shares, report)


def _lock_orders(members: Sequence[BatchMember]) -> list[int]:
    """Lock the members' work orders in key order, before their operations."""
    orders = sorted({member.operation.work_order_id for member in members})
    list(WorkOrder.objects.select_for_update().filter(id__in=orders).order_by("id"))
    return orders


def _shares(batch: Batch, members: Sequence[BatchMember]) -> list[tuple[int, int, int]]:
    """Give each member's scrap, run seconds and set-up seconds."""
    finished = batch.reasons.get("finish", {})
    weights = [member.weight for member in members]
    named = finished.get("scrap_by_operation") or {}
    if named:
        scraps = [int(named.get(str(member.operation_id), 0)) for member in members]
    else:
        scraps = split_exactly(int(finished.get("scrap", 0)), weights)
    times = split_exactly(int(finished.get("run_s", 0)), weights)
    setup_s = (
        Changeover.objects.filter(batch=batch)
        .values_list("actual_s", flat=True)
        .first()
    )
    setups = split_exactly(setup_s or 0, weights)
    return list(zip(scraps, times, setups, strict=True))


def _end(
    members: Sequence[BatchMember],
    shares: Sequence[tuple[int, int, int]],
    report: Report,
) -> None:
    now = report.now
    for member, (scrap, run_s, setup_s) in zip(members, shares, strict=True):
        operation = member.operation
        _check_ends(member, operation)
        operation.scrap += scrap
        operation.good = max(0, member.quantity - operation.scrap)
        operation.state, operation.finished_at = OperationState.DONE, now
        operation.actual_run_s, operation.actual_setup_s = run_s, setup_s
        member.state, member.good = MemberState.DONE, operation.good
        member.scrap, member.share_run_s = scrap, run_s
    # In bulk: the caller holds the locks, and each move was looked up before.
    operations = [member.operation for member in members]
    Operation.objects.bulk_update(
        operations,
        ["scrap", "good", "state", "finished_at", "actual_run_s", "actual_setup_s"],
    )
    BatchMember.objects.bulk_update(members, ["state", "good", "scrap", "share_run_s"])
    nonconformances.note_scrap_of_load(
        members=members, reason=report.reason, who=report.actor, now=now
    )
    completion.after_finish(operations=operations, now=now)


def _check_ends(member: BatchMember, operation: Operation) -> None:
    done = OperationState.DONE
    check_move(
        what=str(operation), from_=operation.state, to=done, moves=OPERATION_MOVES
    )
    check_move(
        what=str(member), from_=member.state, to=MemberState.DONE, moves=MEMBER_MOVES
    )
