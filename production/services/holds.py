"""Hold, resume and cancel a work order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from production.models import WorkOrder, WorkOrderHold
from production.services import boards, leaving
from production.services.reports import Report, is_repeated
from production.states import (
    LIVE_WORK_ORDER_STATES,
    WORK_ORDER_MOVES,
    OperationState,
    WorkOrderState,
)

_BEGUN = (
    OperationState.SETUP,
    OperationState.RUNNING,
    OperationState.PAUSED,
    OperationState.DONE,
)


class HoldError(DomainError):
    """A hold without a reason."""


class _Move(Protocol):
    def __call__(self, *, number: str, report: Report) -> WorkOrder: ...


def hold(*, number: str, report: Report) -> WorkOrder:
    """Stop a work order from going on; several holds may lie on it at once."""
    if not report.reason.strip():
        raise HoldError(_("Say why the work order is held."), field="reason")

    def effect(work_order: WorkOrder) -> None:
        WorkOrderHold.objects.create(
            work_order=work_order,
            reason=report.reason[:200],
            placed_by=report.actor,
            since_at=report.now,
        )

    return _once(number, "WORK_ORDER_HOLD", report, effect)


def resume(*, number: str, report: Report) -> WorkOrder:
    """Lift every hold that lies on the work order."""

    def effect(work_order: WorkOrder) -> None:
        n_lifted = work_order.holds.filter(lifted_at__isnull=True).update(
            lifted_at=report.now
        )
        if n_lifted == 0:
            raise ConflictError(
                _("No hold lies on this work order."), extra={"legal_moves": ["hold"]}
            )

    return _once(number, "WORK_ORDER_RESUME", report, effect)


def cancel(*, number: str, report: Report) -> WorkOrder:
    """Cancel a work order of which nothing has begun."""

    def effect(work_order: WorkOrder) -> None:
        stopped = Q(state=OperationState.BLOCKED, blocked_from__in=_BEGUN)
        if work_order.operations.filter(Q(state__in=_BEGUN) | stopped).exists():
            raise ConflictError(
                _("Work order %(number)s has begun and cannot be cancelled.")
                % {"number": number},
                extra={"legal_moves": ["hold"], "started_units": [number]},
            )
        leaving.leave_floor(work_order_ids=[work_order.id])
        move_one(work_order, to=WorkOrderState.CANCELLED, moves=WORK_ORDER_MOVES)

    return _once(number, "WORK_ORDER_CANCEL", report, effect)


def _once(
    number: str, kind: str, report: Report, effect: Callable[[WorkOrder], None]
) -> WorkOrder:
    with transaction.atomic():
        leaving.lock_around(
            work_order_ids=WorkOrder.objects.filter(number=number).values_list(
                "id", flat=True
            )
        )
        work_order = WorkOrder.objects.filter(number=number).first()
        if work_order is None:
            raise NotFoundError(
                _("There is no work order %(number)s.") % {"number": number}
            )
        if is_repeated(kind=kind, report=report, work_order=work_order):
            return work_order
        if work_order.state not in LIVE_WORK_ORDER_STATES:
            raise ConflictError(
                _("Work order %(number)s is %(state)s.")
                % {"number": number, "state": work_order.get_state_display()},
                extra={"legal_moves": []},
            )
        effect(work_order)
        boards.touch(
            work_centre_ids=work_order.operations.values_list(
                "work_centre_id", flat=True
            )
        )
    return work_order


MOVES: dict[str, _Move] = {"hold": hold, "resume": resume, "cancel": cancel}
