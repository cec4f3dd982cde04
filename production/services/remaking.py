"""Remakes: a customer's unit made again, free, because of us."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from orders.models import OrderLine
from orders.services.events import make_event
from production.models import WorkOrder
from production.services import leaving, makeup
from production.services.reports import Report, book_event, is_repeated
from production.states import SourceKind, WorkOrderState

MADE = (WorkOrderState.COMPLETED, WorkOrderState.CLOSED, WorkOrderState.SHORT_CLOSED)

log = structlog.get_logger(__name__)


def remake(
    *, work_order: WorkOrder, quantity: int, report: Report, because: str
) -> WorkOrder:
    """Make pieces of an order line again, linked to what they replace, expedited.

    The caller holds the work order's lock. The order's history says so as well:
    nobody has to find out by counting.
    """
    made = makeup.make_again(
        work_order=work_order,
        quantity=quantity,
        source_kind=SourceKind.REMAKE,
        now=report.now,
    )
    details = {"replaces": work_order.number, "because": because}
    book_event(
        kind="WORK_ORDER_REMADE",
        report=_without_nonce(report, details),
        work_order=made,
    )
    line = work_order.order_line
    if line is not None:
        make_event(
            order_id=line.order_id,
            line_id=line.pk,
            kind="WORK_ORDER_REMADE",
            actor=report.actor,
            details=details | {"work_order": made.number, "quantity": quantity},
            now=report.now,
        ).save()
    log.warning("work_order_remade", work_order=made.number, **details)
    return made


def _without_nonce(report: Report, details: dict[str, str]) -> Report:
    """Give a report for an event that follows from another, whose nonce is taken."""
    return Report(
        now=report.now,
        actor=report.actor,
        operator_id=report.operator_id,
        reason=report.reason,
        details=details,
    )


def replace_damaged(*, number: str, report: Report) -> WorkOrder:
    """Make again, free, what arrived damaged or not at all; once for each report.

    ``report.good`` says how many pieces; all that are not made again already where it
    says nothing.
    """
    with transaction.atomic():
        rows = WorkOrder.objects.filter(number=number)
        leaving.lock_around(work_order_ids=rows.values_list("id", flat=True))
        work_order = rows.select_related("order_line").first()
        if work_order is None:
            raise NotFoundError(
                _("There is no work order %(number)s.") % {"number": number}
            )
        if is_repeated(kind="DAMAGE_REPORTED", report=report, work_order=work_order):
            return work_order.remakes.latest("id")
        return remake(
            work_order=work_order,
            quantity=_replaceable(work_order, report.good),
            report=report,
            because="DAMAGED",
        )


def remake_unit(
    *,
    line_id: int,
    work_order: str,
    quantity: int,
    key: str,
    now: datetime,
    actor: str,
) -> str:
    """Fill the port by which orders have sold units of a line made again.

    Where no work order is named it is the line's first that was made.
    """
    rows = WorkOrder.objects.filter(order_line_id=line_id, state__in=MADE)
    named = rows.filter(number=work_order) if work_order else rows
    found = named.order_by("id").first()
    if found is None:
        raise ConflictError(
            _("Nothing of this line was made for it that could be made again."),
            extra={"legal_moves": ["refund"]},
        )
    pieces = min(found.quantity, quantity * count_pieces(line_id=line_id))
    report = Report(now=now, actor=actor, device="orders", nonce=key, good=pieces)
    return replace_damaged(number=found.number, report=report).number


def count_pieces(*, line_id: int) -> int:
    """Tell how many pieces one sold unit is, from what was made for the line."""
    made = WorkOrder.objects.filter(
        order_line_id=line_id, source_kind=SourceKind.ORDER_LINE
    ).aggregate(pieces=Sum("quantity"))
    line = OrderLine.objects.only("quantity").get(pk=line_id)
    return max(1, (made["pieces"] or 0) // line.quantity)


def _replaceable(work_order: WorkOrder, wanted: int | None) -> int:
    if work_order.state not in MADE:
        raise ConflictError(
            _("Work order %(number)s is %(state)s: nothing of it has left the works.")
            % {"number": work_order.number, "state": work_order.get_state_display()},
            extra={"legal_moves": []},
        )
    again = work_order.remakes.exclude(state=WorkOrderState.CANCELLED)
    left = work_order.quantity - sum(again.values_list("quantity", flat=True))
    quantity = left if wanted is None else wanted
    if not 1 <= quantity <= left:
        raise ConflictError(
            _("Pieces of it that can be made again: %(left)d.") % {"left": left},
            field="good",
            extra={"legal_moves": []},
        )
    return quantity
