"""Hold, resume and cancel a work order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from orders.models import OrderLine
from orders.ports import Units
from orders.services import cancelling
from orders.services.locking import lock_order
from production.models import WorkOrder, WorkOrderHold
from production.services import boards, leaving, remaking
from production.services.reports import Report, is_repeated
from production.states import (
    LIVE_WORK_ORDER_STATES,
    WORK_ORDER_MOVES,
    OperationState,
    WorkOrderState,
)

# What a customer gets for a work order that a planner cancels.
REMAKE, REFUND = "REMAKE", "REFUND"
INSTEAD = (REMAKE, REFUND)
GONE = (WorkOrderState.CANCELLED, WorkOrderState.SPLIT)
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
    """Cancel a work order of which nothing has begun; its customer is made good.

    ``report.details["instead"]`` says how: ``REMAKE`` (the default) makes it again,
    ``REFUND`` cancels the unit, with the last one its line, and gives the money back.
    """
    instead = str(report.details.get("instead") or REMAKE)
    if instead not in INSTEAD:
        raise HoldError(
            _("%(field)s must be one of %(known)s.")
            % {"field": "instead", "known": ", ".join(INSTEAD)},
            field="instead",
        )
    noted = replace(report, details={**report.details, "instead": instead})

    def effect(work_order: WorkOrder) -> None:
        _refuse_begun(work_order)
        line = work_order.order_line
        if line is not None and instead == REFUND:
            _cancel_line(work_order, line, noted)
            return
        _cancel(work_order)
        if line is not None:
            remaking.remake(
                work_order=work_order,
                quantity=work_order.quantity,
                report=noted,
                because="CANCELLED",
            )

    return _once(number, "WORK_ORDER_CANCEL", noted, effect)


def _cancel(work_order: WorkOrder) -> None:
    leaving.leave_floor(work_order_ids=[work_order.id])
    move_one(work_order, to=WorkOrderState.CANCELLED, moves=WORK_ORDER_MOVES)


def _refuse_begun(work_order: WorkOrder) -> None:
    stopped = Q(state=OperationState.BLOCKED, blocked_from__in=_BEGUN)
    if work_order.operations.filter(Q(state__in=_BEGUN) | stopped).exists():
        raise ConflictError(
            _("Work order %(number)s has begun and cannot be cancelled.")
            % {"number": work_order.number},
            extra={"legal_moves": ["hold"], "started_units": [work_order.number]},
        )


def _cancel_line(work_order: WorkOrder, line: OrderLine, report: Report) -> None:
    """Cancel the unit, or its line with the last one: orders see to the money."""
    others = line.work_orders.exclude(id=work_order.id).exclude(state__in=GONE)
    cancelling.cancel_line(
        order_id=line.order_id,
        line_id=line.pk,
        units=Units(work_orders=(work_order.number,)) if others.exists() else None,
        now=report.now,
        actor=report.actor,
    )
    work_order.refresh_from_db(fields=["state"])


def _once(
    number: str, kind: str, report: Report, effect: Callable[[WorkOrder], None]
) -> WorkOrder:
    with transaction.atomic():
        _lock_order(number, report)
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


def _lock_order(number: str, report: Report) -> None:
    """Lock the order before the floor where the order changes as well."""
    if report.details.get("instead") != REFUND:
        return
    orders = WorkOrder.objects.filter(number=number, order_line__isnull=False)
    for order_id in orders.values_list("order_line__order_id", flat=True):
        lock_order(order_id=int(order_id or 0))


MOVES: dict[str, _Move] = {
    "hold": hold,
    "resume": resume,
    "cancel": cancel,
    "remake": remaking.replace_damaged,
}
