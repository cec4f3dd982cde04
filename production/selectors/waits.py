"""Until when work that has not begun waits for a material."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import Min, Q

from configurator.models import Availability
from production.engine.promise import after_working_days
from production.models import (
    LineSlot,
    ProductionEvent,
    StockItem,
    WorkOrder,
)
from production.selectors.needs import map_short
from production.states import SlotState, WorkOrderState

# Who holds work for a material, and the event that says until when.
SHORTAGE, MATERIAL_SHORT = "shortage", "MATERIAL_SHORT"


def map_waits(*, now: datetime) -> dict[int, datetime]:
    """Say of each work order that waits for a material when it may begin.

    What is under way comes on its day; what nobody has ordered takes the supplier's
    lead time; an option that is sold out comes back on the day the shop says.
    """
    found: dict[int, datetime] = {}
    for key, at in (*_held(), *_sold_out(), *_short(now)):
        found[key] = max(found.get(key, now), at)
    return found


def _held() -> Iterator[tuple[int, datetime]]:
    events = ProductionEvent.objects.filter(
        kind=MATERIAL_SHORT,
        work_order__holds__placed_by=SHORTAGE,
        work_order__holds__lifted_at__isnull=True,
    )
    for key, details in events.values_list("work_order_id", "details"):
        yield key or 0, datetime.fromisoformat(details["until"])


def _sold_out() -> Iterator[tuple[int, datetime]]:
    """Find blocked units of a line with an option that comes back on a date."""
    blocked = (
        LineSlot.objects.filter(state=SlotState.SEQUENCED)
        .exclude(blocked_reason="")
        .values_list(
            "work_order_id",
            "work_order__product_id",
            "work_order__configuration__choices",
        )
    )
    back: dict[tuple[int, str, str], datetime] = {}
    rows = Availability.objects.filter(is_available=False, back_on_date__isnull=False)
    for row in rows:
        assert row.back_on_date is not None  # noqa: S101 -- asked for
        midnight = _begin_of(row.back_on_date.isoformat())
        back[row.product_id, row.characteristic, row.option] = midnight
    if not back:
        return
    for key, product_id, choices in blocked:
        for name, value in (choices or {}).items():
            at = back.get((product_id, name, value)) if isinstance(value, str) else None
            if at is not None:
                yield key, at


def _begin_of(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+00:00")


def _short(now: datetime) -> Iterator[tuple[int, datetime]]:
    released = WorkOrder.objects.filter(state=WorkOrderState.RELEASED)
    waiting = released.filter(
        Q(slot__isnull=True) | ~Q(slot__blocked_reason="")
    ).exclude(materials=[])
    short = map_short(work_order_ids=set(waiting.values_list("id", flat=True)))
    if not short:
        return
    arrivals = _map_arrivals({each.item for each in short.values()}, now)
    for key, each in short.items():
        yield key, arrivals[each.item]


def _map_arrivals(codes: set[str], now: datetime) -> Mapping[str, datetime]:
    """Say when each item comes: the next delivery under way, or if ordered now."""
    rows = StockItem.objects.filter(code__in=codes).annotate(
        comes_at=Min(
            "supply_orders__due_at", filter=Q(supply_orders__received_at__isnull=True)
        )
    )
    return {
        code: max(now, comes_at or after_working_days(now, lead_days))
        for code, comes_at, lead_days in rows.values_list(
            "code", "comes_at", "lead_days"
        )
    }
