"""Moves of one operation: start, pause, finish, block, scrap, rework, undo."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import move_one
from production.models import Line, Operation, WorkOrder
from production.services import (
    boards,
    completion,
    handing_on,
    insertions,
    inspections,
    lines,
    mishaps,
    nonconformances,
    setups,
)
from production.services.reports import Report, is_repeated
from production.services.steps import (
    OperationError,
    check_floor,
    check_skill,
    check_up,
    in_hand,
    refuse_grouped,
    slot_of,
    worked_s,
)
from production.states import OPERATION_MOVES, Disposition, OperationState


def perform(*, operation_id: int, action: str, report: Report) -> Operation:
    """Do one of ``ACTIONS`` once, however often the scan arrives.

    Raises
    ------
    IllegalMoveError
        If the operation's state does not allow the action; nothing is stored.
    OperationError
        If the report itself is wrong (quantities, skill, an order on hold).
    """
    with transaction.atomic():
        operation = _locked(operation_id)
        action, report = inspections.judge(operation, action=action, report=report)
        kind = action.upper().replace("-", "_")
        if is_repeated(
            kind=kind,
            report=report,
            operation=operation,
            work_order=operation.work_order,
            work_centre_id=operation.work_centre_id,
            corrects=handing_on.find_undone(operation=operation)
            if action == "undo"
            else None,
        ):
            return operation
        try:
            ACTIONS[action](operation, report)
        except DomainError as error:
            _leave_out_undo(error, operation)
            raise
        boards.touch(work_centre_ids=[operation.work_centre_id])
        operation.refresh_from_db()
    return operation


def find_refusal(*, operation: Operation, action: str) -> str:
    """Say why an action would be refused whatever is reported; "" where it is not."""
    try:
        _CHECKS.get(action, _check_nothing)(operation)
    except DomainError as error:
        return error.message
    return ""


def _check_nothing(_operation: Operation) -> None:
    """Let an action through that depends on what is reported alone."""


def _leave_out_undo(error: DomainError, operation: Operation) -> None:
    """List no undo among the legal moves where something has followed."""
    legal = error.extra.get("legal_moves", ())
    if "undo" in legal and not _can_undo(operation):
        error.extra["legal_moves"] = [verb for verb in legal if verb != "undo"]


def _can_undo(operation: Operation) -> bool:
    try:
        _check_undo(operation)
    except DomainError:
        return False
    return True


def _check_undo(operation: Operation) -> None:
    if operation.state == OperationState.RUNNING:
        refuse_grouped(operation, "undo")
        if operation.good:
            handing_on.refuse_followed(operation=operation)
    elif operation.state == OperationState.PAUSED:
        check_floor(operation)
    elif operation.state == OperationState.BLOCKED:
        _check_unblock(operation)
    else:
        completion.refuse_reopening(operation=operation)


def _locked(operation_id: int) -> Operation:
    """Lock line, work order, operation: every service in this order."""
    found = (
        Operation.objects.filter(id=operation_id)
        .values_list("work_order_id", "work_order__line_id", "station")
        .first()
    )
    if found is None:
        raise OperationError(_("There is no such operation."), status=404)
    work_order_id, line_id, station = found
    if station and line_id is not None:
        Line.objects.select_for_update().get(id=line_id)
    WorkOrder.objects.select_for_update().get(id=work_order_id)
    return (
        Operation.objects.select_for_update(of=("self",))
        .select_related("work_order", "work_centre")
        .get(id=operation_id)
    )


def _move(operation: Operation, to: str, **updates: object) -> None:
    move_one(operation, to=to, moves=OPERATION_MOVES, extra_updates=updates)


def start(operation: Operation, report: Report) -> None:
    refuse_grouped(operation, "start")
    check_floor(operation)
    if operation.state not in {OperationState.READY, OperationState.SETUP}:
        raise ConflictError(
            _("Only a ready operation can be started; this one is %(state)s.")
            % {"state": operation.get_state_display()},
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    legal = OPERATION_MOVES.legal(operation.state, but="start")
    check_up(operation.work_centre, legal_moves=legal)
    operator = check_skill(operation, report)
    _move(
        operation,
        OperationState.RUNNING,
        started_at=report.now,
        ready_at=report.now,
        operator_id=operator.id if operator else operation.operator_id,
        setup_s=setups.set_up(operation=operation),
    )
    completion.begin(work_order_id=operation.work_order_id, now=report.now)


def pause(operation: Operation, report: Report) -> None:
    refuse_grouped(operation, "pause")
    if operation.state != OperationState.RUNNING:
        raise ConflictError(
            _("Only a running operation can be paused; this one is %(state)s.")
            % {"state": operation.get_state_display()},
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    worked = worked_s(operation, report.now)
    _move(
        operation,
        OperationState.PAUSED,
        actual_run_s=operation.actual_run_s + worked,
        ready_at=None,
    )


def resume(operation: Operation, report: Report) -> None:
    check_floor(operation)
    if operation.state != OperationState.PAUSED:
        raise ConflictError(
            _("Only a paused operation can be resumed."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    _move(operation, OperationState.RUNNING, ready_at=report.now)


def _check_finish(operation: Operation) -> None:
    refuse_grouped(operation, "finish")
    if operation.state not in {OperationState.RUNNING, OperationState.PAUSED}:
        raise ConflictError(
            _("Only a running operation can be finished; this one is %(state)s.")
            % {"state": operation.get_state_display()},
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    nonconformances.refuse_undecided(operation_ids=[operation.id])
    handing_on.refuse_more_to_come(operation=operation)


def finish(operation: Operation, report: Report) -> None:
    """Close the operation with what is good; what is neither is scrap."""
    _check_finish(operation)
    n_in_hand = in_hand(operation)
    scrap = operation.scrap + report.scrap
    good = n_in_hand - scrap if report.good is None else report.good
    if min(good, report.scrap) < 0 or good + scrap > n_in_hand:
        raise OperationError(
            _("Good and scrap together are at most %(planned)d pieces.")
            % {"planned": n_in_hand},
            field="good",
        )
    if good < operation.good:
        raise OperationError(
            _("Pieces that were handed on already: %(n)d.") % {"n": operation.good},
            field="good",
        )
    good += operation.planned_quantity - n_in_hand
    if report.scrap and report.reason.strip():
        nonconformances.note(
            operation=operation,
            quantity=report.scrap,
            reason=report.reason,
            disposition=Disposition.SCRAP,
            now=report.now,
            reported_by=report.actor,
        )
    worked = worked_s(operation, report.now)
    _move(
        operation,
        OperationState.DONE,
        good=good,
        scrap=operation.planned_quantity - good,
        finished_at=report.now,
        actual_run_s=operation.actual_run_s + worked,
    )
    completion.after_finish(operations=[operation], now=report.now)


def block(operation: Operation, report: Report) -> None:
    if not report.reason.strip():
        raise OperationError(_("Say why the operation is blocked."), field="reason")
    slot = slot_of(operation)
    if operation.state == OperationState.RUNNING and slot is None:
        worked = worked_s(operation, report.now)
        operation.actual_run_s += worked
        operation.save(update_fields=["actual_run_s"])
    came_from = operation.state
    _move(
        operation,
        OperationState.BLOCKED,
        blocked_from=came_from,
        blocked_reason=report.reason[:200],
    )
    if slot is not None:
        lines.block_unit(slot=slot, reason=report.reason)


def unblock(operation: Operation, report: Report) -> None:
    if operation.state != OperationState.BLOCKED:
        raise ConflictError(
            _("This operation is not blocked."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    _check_unblock(operation)
    updates: dict[str, object] = {"blocked_from": "", "blocked_reason": ""}
    if operation.blocked_from == OperationState.RUNNING:
        updates["ready_at"] = report.now
    _move(operation, operation.blocked_from, **updates)
    slot = slot_of(operation)
    if slot is not None:
        lines.unblock_unit(slot=slot)


def _check_unblock(operation: Operation) -> None:
    if operation.station:
        nonconformances.refuse_undecided(operation_ids=[operation.id])


def undo(operation: Operation, report: Report) -> None:
    """Take the latest move back, as long as nothing has followed."""
    _check_undo(operation)
    if operation.state == OperationState.RUNNING:
        if operation.good:
            _undo_count(operation)
            return
        _move(operation, OperationState.READY, started_at=None)
        completion.take_back_begin(
            work_order_id=operation.work_order_id, now=report.now
        )
        return
    if operation.state == OperationState.PAUSED:
        resume(operation, report)
        return
    if operation.state == OperationState.BLOCKED:
        unblock(operation, report)
        return
    completion.reopen(operation=operation, now=report.now)


def _undo_count(operation: Operation) -> None:
    """Take back the count that the undo just booked corrects."""
    booked = operation.events.order_by("id").last()
    if booked is not None and booked.corrects is not None:
        handing_on.take_back(operation=operation, event=booked.corrects)


ACTIONS: dict[str, Callable[[Operation, Report], None]] = {
    "start": start,
    "pause": pause,
    "resume": resume,
    "finish": finish,
    "count": handing_on.count,
    "block": block,
    "unblock": unblock,
    "scrap": mishaps.scrap,
    "rework": mishaps.rework,
    "inspect": mishaps.inspect,
    "reject": mishaps.reject,
    "undo": undo,
}
# What each action asks of the operation, whatever the report says.
_CHECKS: dict[str, Callable[[Operation], None]] = {
    "finish": _check_finish,
    "count": handing_on.check_count,
    "inspect": insertions.check_inspectable,
    "scrap": mishaps.check_scrap,
    "reject": mishaps.check_reject,
    "unblock": _check_unblock,
    "undo": _check_undo,
}
