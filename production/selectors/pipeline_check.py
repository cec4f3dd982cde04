"""Whether every confirmed order has exactly the work orders it should have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Mod

from orders.models import OrderHold, OrderLine, OutboxMessage
from orders.states import OrderState, OutboxState
from production.models import Operation, StockAllocation, WorkOrder, WorkOrderHold
from production.selectors.pipeline import RELEASE
from production.states import (
    LIVE_WORK_ORDER_STATES,
    SourceKind,
    WorkOrderState,
)

LONGEST_PENDING = timedelta(seconds=30)
LONGEST_PLANNED = timedelta(seconds=60)
EXAMPLES = 5
MASS_CUSTOMISATION = "MASS_CUSTOMISATION"
FLOW = "FLOW"


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: how many are wrong, with some of them by name."""

    code: str
    n_wrong: int
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """What the sweep found; ``checks`` with anything wrong are alarms."""

    n_confirmed: int
    n_work_orders: int
    n_pending: int
    oldest_pending_s: int
    checks: tuple[Check, ...]

    @property
    def alarms(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.n_wrong)


def check_pipeline(*, now: datetime) -> PipelineReport:
    """Compare confirmed orders with work orders; reads only, locks nothing."""
    pending = OutboxMessage.objects.filter(kind=RELEASE, state=OutboxState.PENDING)
    oldest = pending.order_by("created_at").values_list("created_at", flat=True).first()
    age_s = int((now - oldest).total_seconds()) if oldest else 0
    confirmed = OrderLine.objects.filter(order__state=OrderState.CONFIRMED)
    return PipelineReport(
        n_confirmed=confirmed.values("order_id").distinct().count(),
        n_work_orders=WorkOrder.objects.count(),
        n_pending=pending.count(),
        oldest_pending_s=max(0, age_s),
        checks=tuple(_checks(now, pending)),
    )


def _checks(now: datetime, pending: QuerySet[OutboxMessage]) -> Iterator[Check]:
    late = pending.filter(created_at__lt=now - LONGEST_PENDING)
    yield _check("pending_too_long", late, "key")
    parked = OutboxMessage.objects.filter(kind=RELEASE, state=OutboxState.PARKED)
    yield _check("parked", parked, "key")
    yield _check("lost", _lines_without_work_orders(), "order__number")
    yield _check("torn", _lines_in_part(), "order__number")
    yield _check("without_operations", _bare_work_orders(), "number")
    yield _check("alive_on_cancelled", _orphans(), "number")
    yield _check("not_reserved", _lines_without_stock(), "order__number")
    yield _check("late_to_the_floor", _overdue(now), "number")


def _check(code: str, rows: QuerySet[Any], name: str) -> Check:
    n_wrong = rows.count()
    some = rows.order_by("id").values_list(name, flat=True)[:EXAMPLES]
    return Check(code, n_wrong, tuple(map(str, some)) if n_wrong else ())


def _settled_lines() -> QuerySet[OrderLine]:
    """Find live lines of confirmed orders whose release is done, or so they say."""
    waiting = OutboxMessage.objects.filter(kind=RELEASE, order=OuterRef("order"))
    return OrderLine.objects.filter(
        ~Exists(waiting),
        order__state=OrderState.CONFIRMED,
        cancelled_at__isnull=True,
    )


def _lines_without_work_orders() -> QuerySet[OrderLine]:
    made = WorkOrder.objects.filter(
        order_line=OuterRef("pk"), source_kind=SourceKind.ORDER_LINE
    )
    return _settled_lines().exclude(method=FLOW).filter(~Exists(made))


def _lines_in_part() -> QuerySet[OrderLine]:
    """Find lines whose work orders do not add up to whole sold units."""
    own = Q(work_orders__source_kind=SourceKind.ORDER_LINE)
    return (
        _settled_lines()
        .exclude(method=FLOW)
        .annotate(
            n_units=Count("work_orders", filter=own),
            pieces=Sum("work_orders__quantity", filter=own),
        )
        .annotate(
            left=Mod(F("pieces"), F("quantity"), output_field=IntegerField()),
        )
        .filter(n_units__gt=0)
        .filter(
            Q(left__gt=0) | Q(method=MASS_CUSTOMISATION) & ~Q(n_units=F("quantity"))
        )
    )


def _bare_work_orders() -> QuerySet[WorkOrder]:
    operations = Operation.objects.filter(work_order=OuterRef("pk"))
    return WorkOrder.objects.filter(
        ~Exists(operations), source_kind=SourceKind.ORDER_LINE
    )


def _orphans() -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(
        Q(order_line__order__state=OrderState.CANCELLED)
        | Q(order_line__cancelled_at__isnull=False),
        state__in=LIVE_WORK_ORDER_STATES,
    )


def _lines_without_stock() -> QuerySet[OrderLine]:
    reserved = StockAllocation.objects.filter(order_line=OuterRef("pk"))
    return OrderLine.objects.filter(
        ~Exists(reserved),
        method=FLOW,
        order__state=OrderState.CONFIRMED,
        cancelled_at__isnull=True,
    )


def _overdue(now: datetime) -> QuerySet[WorkOrder]:
    held = WorkOrderHold.objects.filter(
        work_order=OuterRef("pk"), lifted_at__isnull=True
    )
    order_held = OrderHold.objects.filter(
        order=OuterRef("order_line__order"), lifted_at__isnull=True
    )
    return WorkOrder.objects.filter(
        ~Exists(held),
        ~Exists(order_held),
        state=WorkOrderState.PLANNED,
        release_at__lt=now - LONGEST_PLANNED,
    )
