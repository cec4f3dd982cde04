"""Moves of one operation: start, pause, finish, block, scrap, rework, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import move_one
from production.models import (
    Line,
    LineSlot,
    Operation,
    Operator,
    WorkOrder,
)
from production.selectors import calendars
from production.services import (
    boards,
    completion,
    insertions,
    lines,
    nonconformances,
    setups,
)
from production.services.reports import Report, is_repeated
from production.states import (
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    MemberState,
    OperationKind,
    OperationState,
    WorkOrderState,
)

_ON_ITS_LINE = (
    OperationState.ON_LINE,
    OperationState.RUNNING,
    OperationState.PAUSED,
    OperationState.BLOCKED,
)


class OperationError(DomainError):
    """The report does not fit the operation; the message says why."""


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
        kind = action.upper().replace("-", "_")
        if is_repeated(
            kind=kind,
            report=report,
            operation=operation,
            work_order=operation.work_order,
            work_centre_id=operation.work_centre_id,
            corrects=operation.events.last() if action == "undo" else None,
        ):
            return operation
        ACTIONS[action](operation, report)
        boards.touch(work_centre_ids=[operation.work_centre_id])
        operation.refresh_from_db()
    return operation


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
    _refuse_grouped(operation, "start")
    _check_floor(operation)
    if operation.state not in {OperationState.READY, OperationState.SETUP}:
        raise ConflictError(
            _("Only a ready operation can be started; this one is %(state)s.")
            % {"state": operation.get_state_display()},
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    operator = _check_skill(operation, report)
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
    _refuse_grouped(operation, "pause")
    worked = _worked_s(operation, report.now)
    _move(
        operation,
        OperationState.PAUSED,
        actual_run_s=operation.actual_run_s + worked,
        ready_at=None,
    )


def resume(operation: Operation, report: Report) -> None:
    _check_floor(operation)
    if operation.state != OperationState.PAUSED:
        raise ConflictError(
            _("Only a paused operation can be resumed."),
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    _move(operation, OperationState.RUNNING, ready_at=report.now)


def finish(operation: Operation, report: Report) -> None:
    """Close the operation with what is good; what is neither is scrap."""
    _refuse_grouped(operation, "finish")
    if operation.state not in {OperationState.RUNNING, OperationState.PAUSED}:
        raise ConflictError(
            _("Only a running operation can be finished; this one is %(state)s.")
            % {"state": operation.get_state_display()},
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    in_hand = _in_hand(operation)
    scrap = operation.scrap + report.scrap
    good = in_hand - scrap if report.good is None else report.good
    if min(good, report.scrap) < 0 or good + scrap > in_hand:
        raise OperationError(
            _("Good and scrap together are at most %(planned)d pieces.")
            % {"planned": in_hand},
            field="good",
        )
    good += operation.planned_quantity - in_hand
    if report.scrap:
        _note(operation, report.scrap, report, "SCRAP")
    worked = _worked_s(operation, report.now)
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
    slot = _slot(operation)
    if operation.state == OperationState.RUNNING and slot is None:
        worked = _worked_s(operation, report.now)
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
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    updates: dict[str, object] = {"blocked_from": "", "blocked_reason": ""}
    if operation.blocked_from == OperationState.RUNNING:
        updates["ready_at"] = report.now
    _move(operation, operation.blocked_from, **updates)
    slot = _slot(operation)
    if slot is not None:
        lines.unblock_unit(slot=slot)


def scrap(operation: Operation, report: Report) -> None:
    """Count scrap while the operation goes on."""
    left = _in_hand(operation) - operation.scrap
    if not 1 <= report.scrap <= left:
        raise OperationError(
            _("Scrap must be 1 to %(left)d pieces.") % {"left": left}, field="scrap"
        )
    _check_running(operation)
    if operation.memberships.filter(state=MemberState.ACTIVE).exists():
        raise OperationError(
            _("Scrap in a batch is reported when the batch is finished."),
            field="scrap",
            status=409,
            extra={"legal_moves": []},
        )
    _note(operation, report.scrap, report, "SCRAP")
    slot = _slot(operation)
    if slot is not None and report.scrap == left:
        lines.scrap_from(slot=slot, report=report)
        return
    Operation.objects.filter(id=operation.id).update(scrap=F("scrap") + report.scrap)


def _in_hand(operation: Operation) -> int:
    """Give how many pieces are worked on: of a rework step not those that pass."""
    if operation.kind == OperationKind.REWORK:
        return min(operation.rework, operation.planned_quantity)
    return operation.planned_quantity


def rework(operation: Operation, report: Report) -> None:
    """Count what has to be done again, and put a step for it behind this one."""
    n_pieces = report.good or 1
    if n_pieces > _in_hand(operation):
        raise OperationError(_("More rework than there are pieces."), field="good")
    _check_running(operation)
    if operation.kind != OperationKind.REWORK:
        Operation.objects.filter(id=operation.id).update(rework=F("rework") + n_pieces)
    _note(operation, n_pieces, report, "REWORK")
    insertions.insert_rework(failed=operation, n_pieces=n_pieces, now=report.now)


def inspect(operation: Operation, report: Report) -> None:
    """Let somebody look at the pieces before the next step."""
    if operation.state not in OPEN_OPERATION_STATES:
        raise ConflictError(
            _("This step is over."),
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )
    insertions.insert_inspection(doubted=operation, now=report.now)


def undo(operation: Operation, report: Report) -> None:
    """Take the latest move back, as long as nothing has followed."""
    if operation.state == OperationState.RUNNING and operation.blocked_from == "":
        _refuse_grouped(operation, "undo")
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


def _note(
    operation: Operation, quantity: int, report: Report, disposition: str
) -> None:
    nonconformances.note(
        operation=operation,
        quantity=quantity,
        reason=report.reason,
        disposition=disposition,
        now=report.now,
    )


def _check_running(operation: Operation) -> None:
    if operation.state not in {
        OperationState.RUNNING,
        OperationState.PAUSED,
        OperationState.BLOCKED,
        OperationState.IN_BATCH,
        OperationState.ON_LINE,
    }:
        raise ConflictError(
            _("Nothing is being made in this operation now."),
            extra={"legal_moves": sorted(OPERATION_MOVES[operation.state])},
        )


def _check_floor(operation: Operation) -> None:
    work_order = operation.work_order
    if work_order.state not in {WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS}:
        raise ConflictError(
            _("Work order %(number)s is %(state)s: it is not on the floor.")
            % {"number": work_order.number, "state": work_order.get_state_display()},
            extra={"legal_moves": []},
        )
    hold = work_order.holds.filter(lifted_at__isnull=True).first()
    if hold is not None:
        raise OperationError(
            _("Work order %(number)s is on hold: %(reason)s")
            % {"number": work_order.number, "reason": hold.reason},
            status=409,
            extra={"legal_moves": ["block"]},
        )


def _check_skill(operation: Operation, report: Report) -> Operator | None:
    key = report.operator_id or operation.operator_id
    if key is None and (report.is_automatic or not operation.skill):
        return None
    if key is None:
        text = _("This step needs %(skill)s: say who does it.")
        raise OperationError(text % {"skill": operation.skill}, field="operator")
    operator = Operator.objects.filter(id=key, is_active=True).first()
    if operator is None:
        raise OperationError(_("There is no such operator."), field="operator")
    has_skill = (
        not operation.skill or operator.skills.filter(code=operation.skill).exists()
    )
    if not has_skill:
        raise OperationError(
            _("%(operator)s is not qualified for %(skill)s.")
            % {"operator": operator.code, "skill": operation.skill},
            field="operator",
        )
    return operator


def _slot(operation: Operation) -> LineSlot | None:
    """Give the unit's place on its line, if that is where the operation is done."""
    if not operation.station:
        return None
    return LineSlot.objects.filter(work_order_id=operation.work_order_id).first()


def _refuse_grouped(operation: Operation, action: str) -> None:
    is_on_line = bool(operation.station) and operation.state in _ON_ITS_LINE
    if is_on_line or operation.state == OperationState.IN_BATCH:
        raise OperationError(
            _("This operation moves with its batch or line: %(action)s that instead.")
            % {"action": action},
            status=409,
            extra={"legal_moves": []},
        )
    is_member = operation.memberships.filter(state=MemberState.ACTIVE).exists()
    if operation.state != OperationState.DONE and is_member:
        raise OperationError(
            _("This operation moves with its batch: %(action)s the batch instead.")
            % {"action": action},
            status=409,
            extra={"legal_moves": []},
        )


def _worked_s(operation: Operation, now: datetime) -> int:
    """Seconds since the latest start or resume, kept in ``ready_at`` meanwhile."""
    if operation.state != OperationState.RUNNING or operation.ready_at is None:
        return 0
    centre = operation.work_centre
    return calendars.worked_s(
        calendar_id=centre.calendar_id if centre else None,
        from_at=operation.ready_at,
        to_at=now,
    )


ACTIONS: dict[str, Callable[[Operation, Report], None]] = {
    "start": start,
    "pause": pause,
    "resume": resume,
    "finish": finish,
    "block": block,
    "unblock": unblock,
    "scrap": scrap,
    "rework": rework,
    "inspect": inspect,
    "undo": undo,
}
