"""Moves of one batch: freeze, release, changeover, start, finish, abort, dissolve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.moves import move_one
from production.engine.split import split_exactly
from production.models import (
    Batch,
    BatchMember,
    Changeover,
    Operation,
    Operator,
    WorkCentre,
    WorkOrder,
)
from production.services import batching, boards, completion
from production.services.membership import (
    BatchMoveError,
    active_members,
    carry_on,
    lock_batch,
)
from production.services.reports import Report, is_repeated
from production.states import (
    BATCH_MOVES,
    BatchState,
    ChangeoverState,
    MemberState,
    OperationState,
)


def perform(*, number: str, action: str, report: Report) -> Batch:
    """Do one of ``ACTIONS`` once, however often the scan arrives.

    Finishing is two transactions: the first records it, the second completes the
    members and can be repeated (``complete``), so a crash between loses nothing.
    """
    with transaction.atomic():
        batch = lock_batch(number)
        kind = f"BATCH_{action.upper()}"
        if is_repeated(
            kind=kind, report=report, batch=batch, work_centre_id=batch.work_centre_id
        ):
            return batch
        ACTIONS[action](batch, report)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    if action == "finish":
        complete(batch_id=batch.id)
    return Batch.objects.get(id=batch.id)


def _move(batch: Batch, to: str, **updates: object) -> None:
    move_one(batch, to=to, moves=BATCH_MOVES, extra_updates=updates)


def freeze(batch: Batch, report: Report) -> None:
    _move(batch, BatchState.FROZEN, frozen_because="BY_HAND", frozen_at=report.now)
    _order_queue(batch, report.now)


def unfreeze(batch: Batch, report: Report) -> None:
    _move(batch, BatchState.OPEN, frozen_because="", frozen_at=None)
    Changeover.objects.filter(batch=batch, state=ChangeoverState.PLANNED).delete()


def release(batch: Batch, report: Report) -> None:
    _move(batch, BatchState.RELEASED)


def start(batch: Batch, report: Report) -> None:
    """Begin the changeover if one is planned; else, or once it is signed, run."""
    if batch.state == BatchState.FROZEN:
        _move(batch, BatchState.RELEASED)
    _refuse_busy(batch)
    changeover = Changeover.objects.filter(batch=batch).first()
    is_needed = changeover is not None and changeover.planned_s > 0
    if batch.state == BatchState.RELEASED and is_needed:
        _move(batch, BatchState.CHANGEOVER)
        Changeover.objects.filter(batch=batch).update(
            state=ChangeoverState.RUNNING, started_at=report.now
        )
        return
    if batch.state == BatchState.CHANGEOVER and changeover is not None:
        _sign(changeover, report)
    _run(batch, report)


def _refuse_busy(batch: Batch) -> None:
    busy = Batch.objects.filter(
        work_centre_id=batch.work_centre_id,
        state__in=(BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING),
    ).exclude(id=batch.id)
    n_places = batch.work_centre.n_places
    if busy.count() >= n_places:
        raise BatchMoveError(
            _("%(centre)s is busy with batch %(number)s.")
            % {"centre": batch.work_centre.code, "number": busy[0].number},
            status=409,
        )


def _sign(changeover: Changeover, report: Report) -> None:
    operator = Operator.objects.filter(id=report.operator_id).first()
    skill = changeover.signature_skill
    if skill and (operator is None or not operator.skills.filter(code=skill).exists()):
        raise BatchMoveError(
            _("This changeover needs the signature of somebody with %(skill)s.")
            % {"skill": skill},
            field="operator",
        )
    began = changeover.started_at or report.now
    Changeover.objects.filter(id=changeover.id).update(
        state=ChangeoverState.SIGNED,
        signed_by=operator,
        signed_at=report.now,
        actual_s=max(0, int((report.now - began).total_seconds())),
    )


def _run(batch: Batch, report: Report) -> None:
    members = active_members(batch)
    if not members:
        raise BatchMoveError(_("This batch has no members left."), status=409)
    _move(batch, BatchState.RUNNING, started_at=report.now)
    WorkCentre.objects.filter(id=batch.work_centre_id).update(
        setup_state=batch.attributes
    )
    ids = [member.operation_id for member in members]
    Operation.objects.filter(id__in=ids, state=OperationState.IN_BATCH).update(
        state=OperationState.RUNNING,
        started_at=report.now,
        operator_id=report.operator_id,
    )
    completion.begin_all(
        work_order_ids={member.operation.work_order_id for member in members},
        now=report.now,
    )


def finish(batch: Batch, report: Report) -> None:
    """Record what came out; ``complete`` splits it back to the members."""
    total = sum(member.quantity for member in active_members(batch))
    if report.good is not None and report.good + report.scrap != total:
        raise BatchMoveError(
            _("Good and scrap must add up to the %(total)d pieces of the batch.")
            % {"total": total},
            field="good",
        )
    if not 0 <= report.scrap <= total:
        raise BatchMoveError(
            _("Scrap is at most the %(total)d pieces of the batch.") % {"total": total},
            field="scrap",
        )
    by_member = report.details.get("scrap_by_operation") or {}
    if by_member and sum(by_member.values()) != report.scrap:
        raise BatchMoveError(
            _("The members' scrap must add up to the batch's."), field="scrap"
        )
    began = batch.started_at or report.now
    reasons = batch.reasons | {
        "finish": {
            "scrap": report.scrap,
            "scrap_by_operation": {str(k): v for k, v in by_member.items()},
            "run_s": max(0, int((report.now - began).total_seconds())),
        }
    }
    _move(batch, BatchState.COMPLETING, reasons=reasons, completed_at=report.now)


def complete(*, batch_id: int) -> None:
    """Split time and scrap exactly, end every member, send the group on.

    Safe to repeat: only a batch that is COMPLETING is touched, and all of it in
    one transaction.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(id=batch_id)
        if batch.state != BatchState.COMPLETING:
            return
        now = batch.completed_at or batch.created_at
        members = active_members(batch)
        # Work orders are locked in key order before their operations.
        orders = sorted({m.operation.work_order_id for m in members})
        list(WorkOrder.objects.select_for_update().filter(id__in=orders).order_by("id"))
        scraps, times = _shares(batch, members)
        for member, scrap, run_s in zip(members, scraps, times, strict=True):
            _end_member(member, scrap=scrap, run_s=run_s, now=now)
        _move(batch, BatchState.COMPLETED)
        carry_on(work_order_ids=orders, fed_by=batch, now=now)


def _shares(
    batch: Batch, members: Sequence[BatchMember]
) -> tuple[list[int], list[int]]:
    finished = batch.reasons.get("finish", {})
    weights = [member.weight for member in members]
    named = finished.get("scrap_by_operation") or {}
    if named:
        scraps = [int(named.get(str(member.operation_id), 0)) for member in members]
    else:
        scraps = split_exactly(int(finished.get("scrap", 0)), weights)
    return scraps, split_exactly(int(finished.get("run_s", 0)), weights)


def _end_member(member: BatchMember, *, scrap: int, run_s: int, now: datetime) -> None:
    operation = member.operation
    operation.scrap += scrap
    operation.good = max(0, member.quantity - operation.scrap)
    operation.state = OperationState.DONE
    operation.finished_at = now
    operation.actual_run_s = run_s
    operation.save(
        update_fields=["scrap", "good", "state", "finished_at", "actual_run_s"]
    )
    BatchMember.objects.filter(id=member.id).update(
        state=MemberState.DONE, good=operation.good, scrap=scrap, share_run_s=run_s
    )
    completion.after_finish(operation=operation, now=now)


def abort(batch: Batch, report: Report) -> None:
    """Give the load up: what was in the machine is lost and made again."""
    was_running = batch.state == BatchState.RUNNING
    members = active_members(batch)
    _move(batch, BatchState.ABORTED, completed_at=report.now)
    if not was_running:
        batching.release_members(
            batch=batch, operation_ids=[m.operation_id for m in members]
        )
        return
    for member in members:
        _end_member(member, scrap=member.quantity, run_s=0, now=report.now)


def dissolve(batch: Batch, report: Report) -> None:
    """Let all members go back to the queue."""
    ids = [member.operation_id for member in active_members(batch)]
    _move(batch, BatchState.DISSOLVED)
    batching.release_members(batch=batch, operation_ids=ids)


def _order_queue(batch: Batch, now: datetime) -> None:
    batching.order_queue(work_centre=batch.work_centre, now=now)


ACTIONS: dict[str, Callable[[Batch, Report], None]] = {
    "freeze": freeze,
    "unfreeze": unfreeze,
    "release": release,
    "start": start,
    "finish": finish,
    "abort": abort,
    "dissolve": dissolve,
}
