"""A material that is short: what it stops, until when, and what is promised anew."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from configurator.models import Availability
from configurator.selectors.times import local
from configurator.services.availability import set_availability
from configurator.services.errors import DomainError
from orders.services.promising import promise_anew
from production.models import (
    LineSlot,
    MoveKind,
    ProductionEvent,
    StockItem,
    WorkOrder,
    WorkOrderHold,
)
from production.services import boards, leaving, stock, supplying
from production.services.reports import Report, book_event
from production.states import WorkOrderState

NOT_BEGUN = (WorkOrderState.PLANNED, WorkOrderState.RELEASED)
ACTOR = "shortage"
KIND = "MATERIAL_SHORT"
NO_BLANK = "the blank is out of stock"
WORKING_DAYS_A_WEEK = 5


def note_shortage(
    *, item: str, missing: int, most_stopped: int, report: Report
) -> list[WorkOrder]:
    """Book what a count found missing; stop what waits longest for its due date.

    Each stopped work order is held until the supplier has delivered, its due date
    moves by as long, and its customer is promised the new one.
    """
    with transaction.atomic():
        found = StockItem.objects.select_for_update().get(code=item)
        stock.book_move(
            item_id=found.id,
            kind=MoveKind.ADJUSTED,
            quantity=-missing,
            reference=f"count {report.now.isoformat()}",
            reason=report.reason,
            actor=report.actor,
            now=report.now,
        )
        later_by = lead_time(found.lead_days)
        supplying.order(
            item=found,
            quantity=missing,
            because=report.reason,
            due_at=report.now + later_by,
            now=report.now,
        )
        stopped = list_stoppable(item=item)[:most_stopped]
        leaving.lock_around(work_order_ids=[order.id for order in stopped])
        for order in stopped:
            _stop(order, found, later_by, report)
        boards.touch(
            work_centre_ids=[
                key
                for order in stopped
                for key in order.operations.values_list("work_centre_id", flat=True)
            ]
        )
    return stopped


def lead_time(working_days: int) -> timedelta:
    """Give a supplier's working days as days of the calendar."""
    weeks, days = divmod(working_days, WORKING_DAYS_A_WEEK)
    return timedelta(days=7 * weeks + days)


def list_stoppable(*, item: str) -> list[WorkOrder]:
    """Give the work orders that need it and have not begun, latest due first."""
    waiting = (
        WorkOrder.objects.filter(state__in=NOT_BEGUN)
        .exclude(materials=[])
        .exclude(holds__lifted_at__isnull=True, holds__placed_by=ACTOR)
    )
    ids = [
        key
        for key, materials in waiting.order_by().values_list("id", "materials")
        if any(row.get("material") == item for row in materials)
    ]
    if not ids:
        return []
    rows = WorkOrder.objects.filter(id__in=ids).select_related("order_line")
    return list(rows.order_by(F("due_at").desc(nulls_first=True), "-id"))


def _stop(
    order: WorkOrder, item: StockItem, later_by: timedelta, report: Report
) -> None:
    until = report.now + later_by
    reason = _("%(item)s is short: expected on %(day)s") % {
        "item": item.code,
        "day": local(until).date().isoformat(),
    }
    WorkOrderHold.objects.create(
        work_order=order, reason=reason[:200], placed_by=ACTOR, since_at=report.now
    )
    if order.due_at is not None:
        WorkOrder.objects.filter(id=order.id).update(due_at=order.due_at + later_by)
        open_steps = order.operations.filter(due_at__isnull=False)
        open_steps.update(due_at=F("due_at") + later_by)
    if order.order_line is not None:
        promise_anew(
            line_id=order.order_line.pk,
            later_by=later_by,
            rests_on=reason,
            now=report.now,
            actor=report.actor,
        )
    book_event(
        kind=KIND,
        report=Report(
            now=report.now,
            actor=report.actor,
            reason=reason,
            details={"item": item.code, "until": until.isoformat()},
        ),
        work_order=order,
    )


def receive_due(*, now: datetime) -> int:
    """Take in what suppliers bring by now; what waited for it goes on."""
    supplying.receive_due(now=now)
    over = [
        event
        for event in ProductionEvent.objects.filter(
            kind=KIND,
            work_order__holds__placed_by=ACTOR,
            work_order__holds__lifted_at__isnull=True,
        ).distinct()
        if datetime.fromisoformat(event.details["until"]) <= now
    ]
    if not over:
        return 0
    with transaction.atomic():
        holds = WorkOrderHold.objects.filter(
            work_order_id__in=[event.work_order_id for event in over],
            placed_by=ACTOR,
            lifted_at__isnull=True,
        )
        return holds.update(lifted_at=now)


def restock(*, now: datetime) -> int:
    """Sell again what is back on its date, and let the units that waited go on."""
    back = Availability.objects.filter(
        is_available=False, back_on_date__lte=local(now).date()
    )
    n_back = 0
    for row in back.select_related("product"):
        # A release without the option has nothing to sell again.
        with suppress(DomainError), transaction.atomic():
            set_availability(
                product=row.product.slug,
                option=row.option,
                characteristic=row.characteristic,
                available=True,
                now=now,
            )
            n_back += 1
    if n_back:
        LineSlot.objects.filter(blocked_reason=NO_BLANK).update(blocked_reason="")
    return n_back
