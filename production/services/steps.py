"""What reports on an operation share: who may, where it is, what is in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from configurator.selectors.times import written_time
from configurator.services.errors import ConflictError, DomainError
from production.models import LineSlot, Operation, Operator, WorkCentre
from production.selectors import calendars
from production.services.reports import Report
from production.states import (
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


def in_hand(operation: Operation) -> int:
    """Give how many pieces are worked on: of a rework step not those that pass."""
    if operation.kind == OperationKind.REWORK:
        return min(operation.rework, operation.planned_quantity)
    return operation.planned_quantity


def check_running(operation: Operation) -> None:
    if operation.state not in {
        OperationState.RUNNING,
        OperationState.PAUSED,
        OperationState.BLOCKED,
        OperationState.IN_BATCH,
        OperationState.ON_LINE,
    }:
        raise ConflictError(
            _("Nothing is being made in this operation now."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )


def check_floor(operation: Operation) -> None:
    work_order = operation.work_order
    if work_order.state not in {WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS}:
        raise ConflictError(
            _("Work order %(number)s is %(state)s: it is not on the floor.")
            % {"number": work_order.number, "state": work_order.get_state_display()},
            extra={"legal_moves": _without(operation, "start", "resume")},
        )
    hold = work_order.holds.filter(lifted_at__isnull=True).first()
    if hold is not None:
        raise OperationError(
            _("Work order %(number)s is on hold: %(reason)s")
            % {"number": work_order.number, "reason": hold.reason},
            status=409,
            extra={"legal_moves": _without(operation, "start", "resume")},
        )


def check_up(centre: WorkCentre | None, *, legal_moves: Sequence[str]) -> None:
    """Refuse to begin at a work centre that is down, which no plan counts on."""
    if centre is not None and not centre.is_up:
        raise ConflictError(
            _("%(centre)s is down: say on its board when it runs again.")
            % {"centre": centre.code},
            extra={"legal_moves": list(legal_moves)},
        )


def check_open(hours: calendars.Hours, *, name: str, now: datetime) -> None:
    """Refuse to let units onto a line on which nobody works now."""
    if hours.is_open:
        return
    text = _("%(name)s has no working time to come: nothing is launched.")
    if hours.opens_at is not None:
        text = _("%(name)s is closed until %(at)s: nothing is launched before that.")
    at = hours.opens_at and written_time(hours.opens_at, now=now)
    raise ConflictError(text % {"name": name, "at": at}, extra={"legal_moves": []})


def _without(operation: Operation, *verbs: str) -> list[str]:
    """Give the legal verbs but some; what a line did is not undone by itself."""
    left_out = {*verbs, "undo"} if operation.station else {*verbs}
    legal = OPERATION_MOVES.legal(operation.state)
    return [verb for verb in legal if verb not in left_out]


def check_skill(operation: Operation, report: Report) -> Operator | None:
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


def slot_of(operation: Operation) -> LineSlot | None:
    """Give the unit's place on its line, if that is where the operation is done."""
    if not operation.station:
        return None
    return LineSlot.objects.filter(work_order_id=operation.work_order_id).first()


def refuse_grouped(operation: Operation, action: str) -> None:
    is_on_line = bool(operation.station) and operation.state in _ON_ITS_LINE
    group = OperationState.ON_LINE if is_on_line else OperationState.IN_BATCH
    if is_on_line or operation.state == OperationState.IN_BATCH:
        raise OperationError(
            _("This operation moves with its batch or line: %(action)s that instead.")
            % {"action": action},
            status=409,
            extra={"legal_moves": OPERATION_MOVES.legal(group)},
        )
    is_member = operation.memberships.filter(state=MemberState.ACTIVE).exists()
    if operation.state != OperationState.DONE and is_member:
        raise OperationError(
            _("This operation moves with its batch: %(action)s the batch instead.")
            % {"action": action},
            status=409,
            extra={"legal_moves": OPERATION_MOVES.legal(group)},
        )


def worked_s(operation: Operation, now: datetime) -> int:
    """Seconds since the latest start or resume, kept in ``ready_at`` meanwhile."""
    if operation.state != OperationState.RUNNING or operation.ready_at is None:
        return 0
    centre = operation.work_centre
    return calendars.worked_s(
        calendar_id=centre.calendar_id if centre else None,
        from_at=operation.ready_at,
        to_at=now,
    )
