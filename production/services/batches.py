"""Moves of one batch: freeze, release, changeover, start, finish, abort, dissolve."""

from __future__ import annotations

from collections.abc import Callable, Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.services.moves import move, move_one
from production.models import (
    Batch,
    BatchMember,
    Operation,
    Operator,
    Skill,
    WorkCentre,
    WorkOrderHold,
)
from production.selectors import calendars
from production.services import (
    boards,
    changeovers,
    completion,
    consuming,
    inspections,
    members,
    outcome,
)
from production.services.membership import BatchMoveError, lock_batch, refill
from production.services.reports import Report, is_repeated
from production.services.steps import check_up
from production.states import (
    BATCH_MOVES,
    OPERATION_MOVES,
    BatchState,
    ChangeoverState,
    MemberState,
    OperationState,
)

BUSY = changeovers.AT_THE_MACHINE
BY_HAND = "BY_HAND"


def perform(*, number: str, action: str, report: Report) -> Batch:
    """Do one of ``ACTIONS`` once, however often the scan arrives.

    Finishing is two transactions: the first records it, the second completes the
    members and can be repeated (``outcome.complete``), so a crash loses nothing.
    """
    with transaction.atomic():
        batch = lock_batch(number)
        kind = f"BATCH_{action.upper()}"
        if is_repeated(
            kind=kind, report=report, batch=batch, work_centre_id=batch.work_centre_id
        ):
            return batch
        ACTIONS[action](batch, report)
        changeovers.order_queue(work_centre=batch.work_centre, now=report.now)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    if action == "finish":
        outcome.complete(batch_id=batch.id)
    return Batch.objects.get(id=batch.id)


def _move(batch: Batch, to: str, **updates: object) -> None:
    move_one(batch, to=to, moves=BATCH_MOVES, extra_updates=updates)


def freeze(batch: Batch, report: Report) -> None:
    if not members.active_members(batch):
        raise BatchMoveError(_("This batch has no members left."), status=409)
    reasons = batch.reasons | _allow_below_minimum(batch, report)
    _move(
        batch,
        BatchState.FROZEN,
        frozen_because=BY_HAND,
        frozen_at=report.now,
        reasons=reasons,
    )


def _allow_below_minimum(batch: Batch, report: Report) -> dict[str, str]:
    """Let it go below the minimum for a reason; note who gave which."""
    if not is_below_minimum(batch=batch):
        return {}
    why = report.reason.strip()[:200]
    if not why:
        raise BatchMoveError(
            _("It is below its minimum: say why it cannot wait."),
            field="reason",
            status=409,
            extra={"legal_moves": BATCH_MOVES.legal(batch.state)},
        )
    return {"below_minimum": why, "below_minimum_by": report.actor}


def _check_minimum(batch: Batch, report: Report) -> None:
    """Refuse what was frozen by hand, and has become too little since."""
    is_allowed = "below_minimum" in batch.reasons
    if batch.frozen_because == BY_HAND and not is_allowed:
        batch.reasons = batch.reasons | _allow_below_minimum(batch, report)


def is_below_minimum(*, batch: Batch) -> bool:
    """Say whether a load is less than its work centre should be started for."""
    rules = Operation.objects.filter(
        memberships__batch=batch, memberships__state=MemberState.ACTIVE
    ).values_list("batch_rule", flat=True)
    minimum = max((int(rule.get("min") or 0) for rule in rules), default=0)
    return batch.load_milli < minimum * 1000


def unfreeze(batch: Batch, report: Report) -> None:
    """Open it for changes by hand; no clock freezes it again."""
    if batch.state != BatchState.FROZEN:
        raise BatchMoveError(
            _("Only a frozen batch can be opened again; this one is %(state)s.")
            % {"state": batch.get_state_display()},
            status=409,
            extra={"legal_moves": BATCH_MOVES.legal(batch.state)},
        )
    reasons = batch.reasons | {"kept_open": report.actor or "by hand"}
    for name in ("below_minimum", "below_minimum_by"):
        reasons.pop(name, None)
    _move(batch, BatchState.OPEN, frozen_because="", frozen_at=None, reasons=reasons)
    changeovers.forget(batch=batch)


def release(batch: Batch, report: Report) -> None:
    _check_minimum(batch, report)
    _move(batch, BatchState.RELEASED, reasons=batch.reasons)


def start(batch: Batch, report: Report) -> None:
    """Begin the changeover if one is needed; else, or once it is signed, run.

    Who must vouch for a changeover need not know the work: signed, the batch waits
    for somebody who does.
    """
    legal = BATCH_MOVES.legal(batch.state, but="start")
    check_up(batch.work_centre, legal_moves=legal)
    if batch.state == BatchState.FROZEN:
        release(batch, report)
    _refuse_busy(batch)
    _leave_out_stuck(batch)
    if batch.state == BatchState.CHANGEOVER:
        if _sign(batch, report) and _list_lacking(batch, report):
            return
    elif batch.state == BatchState.RELEASED:
        changeover = changeovers.plan_now(batch=batch, now=report.now)
        if changeover.planned_s > 0:
            _move(batch, BatchState.CHANGEOVER)
            changeovers.begin(changeover=changeover, now=report.now)
            return
    _check_skill(batch, report)
    _run(batch, report)


def _sign(batch: Batch, report: Report) -> bool:
    """Sign a changeover that is not signed yet; tells whether it took a skill to."""
    changeover = batch.changeover
    if changeover.state == ChangeoverState.SIGNED:
        return False
    changeovers.sign(
        changeover=changeover, operator_id=report.operator_id, now=report.now
    )
    return bool(changeover.signature_skill)


def _refuse_busy(batch: Batch) -> None:
    busy = Batch.objects.filter(
        work_centre_id=batch.work_centre_id, state__in=BUSY
    ).exclude(id=batch.id)
    numbers = list(busy.values_list("number", flat=True))
    if len(numbers) >= batch.work_centre.n_places:
        raise BatchMoveError(
            _("%(centre)s is busy with batch %(number)s.")
            % {"centre": batch.work_centre.code, "number": numbers[0]},
            status=409,
            extra={"legal_moves": BATCH_MOVES.legal(batch.state, but="start")},
        )


def _leave_out_stuck(batch: Batch) -> None:
    """Let members that are blocked, on hold or short wait for another batch."""
    stuck = set(_stuck(batch).values_list("operation_id", flat=True))
    ids = [*stuck, *_short(batch, stuck)]
    if ids:
        members.release_members(batch=batch, operation_ids=ids)
        members.weigh(batch=batch)
        refill(batch=batch)


def _short(batch: Batch, stuck: Collection[int]) -> list[int]:
    """Give the members without their materials; raise where all are."""
    going = [m for m in members.active_members(batch) if m.operation_id not in stuck]
    short = consuming.list_lacking(
        work_order_ids=[member.operation.work_order_id for member in going]
    )
    left_out = [m.operation_id for m in going if m.operation.work_order_id in short]
    if left_out and len(left_out) == len(going):
        raise consuming.MaterialShortError(next(iter(short.values())))
    return left_out


def _stuck(batch: Batch) -> QuerySet[BatchMember]:
    active = batch.members.filter(state=MemberState.ACTIVE)
    held = WorkOrderHold.objects.filter(lifted_at__isnull=True).values("work_order_id")
    return active.exclude(operation__state=OperationState.IN_BATCH) | active.filter(
        operation__work_order_id__in=held
    )


def _check_skill(batch: Batch, report: Report) -> None:
    """Refuse who lacks the skill, or is nobody: batch workers are experts too."""
    missing = _list_lacking(batch, report)
    if report.operator_id is None:
        if missing and not report.is_automatic:
            text = _("This batch needs %(skill)s: say who starts it.")
            raise BatchMoveError(text % {"skill": missing[0]}, field="operator")
        return
    operator = Operator.objects.filter(id=report.operator_id, is_active=True).first()
    if operator is None:
        raise BatchMoveError(_("There is no such operator."), field="operator")
    if missing:
        raise BatchMoveError(
            _("%(operator)s is not qualified for %(skill)s.")
            % {"operator": operator.code, "skill": missing[0]},
            field="operator",
        )


def _list_lacking(batch: Batch, report: Report) -> list[str]:
    """Name the skills of a batch that whoever reports does not have."""
    wanted = set(
        Operation.objects.filter(
            memberships__batch=batch, memberships__state=MemberState.ACTIVE
        ).values_list("skill", flat=True)
    ) - {""}
    known = Skill.objects.filter(operators__id=report.operator_id or 0)
    return sorted(wanted - set(known.values_list("code", flat=True)))


def _run(batch: Batch, report: Report) -> None:
    present = members.active_members(batch)
    if not present:
        raise BatchMoveError(_("This batch has no members left."), status=409)
    _move(batch, BatchState.RUNNING, started_at=report.now)
    WorkCentre.objects.filter(id=batch.work_centre_id).update(
        setup_state=batch.attributes
    )
    orders = [member.operation.work_order_id for member in present]
    completion.begin_all(work_order_ids=orders, now=report.now)
    ids = [member.operation_id for member in present]
    move(
        Operation,
        ids=ids,
        from_=OperationState.IN_BATCH,
        to=OperationState.RUNNING,
        moves=OPERATION_MOVES,
        extra_updates={"started_at": report.now, "operator_id": report.operator_id},
    )


def finish(batch: Batch, report: Report) -> None:
    """Record what came out; ``outcome.complete`` splits it back to the members."""
    total = sum(member.quantity for member in members.active_members(batch))
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
    report = inspections.judge_load(batch, report=report, n_pieces=total)
    outcome.check_shares(batch=batch, report=report)
    began = batch.started_at or report.now
    reasons = batch.reasons | {
        "finish": {
            "scrap": report.scrap,
            "reason": report.reason,
            "actor": report.actor,
            "scrap_by_operation": dict(report.details.get("scrap_by_operation") or {}),
            "run_s": calendars.worked_s(
                calendar_id=batch.work_centre.calendar_id,
                from_at=began,
                to_at=report.now,
            ),
        }
    }
    _move(batch, BatchState.COMPLETING, reasons=reasons, completed_at=report.now)


def abort(batch: Batch, report: Report) -> None:
    """Give the load up: what was in the machine is lost and made again."""
    was_running = batch.state == BatchState.RUNNING
    present = members.active_members(batch)
    _move(batch, BatchState.ABORTED, completed_at=report.now)
    if was_running:
        outcome.lose(batch=batch, members=present, report=report)
    else:
        changeovers.give_up(batch=batch)
        members.release_members(
            batch=batch, operation_ids=[m.operation_id for m in present]
        )


def dissolve(batch: Batch, report: Report) -> None:
    """Let all members go back to the queue."""
    ids = [member.operation_id for member in members.active_members(batch)]
    _move(batch, BatchState.DISSOLVED)
    changeovers.forget(batch=batch)
    members.release_members(batch=batch, operation_ids=ids)


ACTIONS: dict[str, Callable[[Batch, Report], None]] = {
    "freeze": freeze,
    "unfreeze": unfreeze,
    "release": release,
    "start": start,
    "finish": finish,
    "abort": abort,
    "dissolve": dissolve,
}
