"""What work orders take out of stock when they begin, and what of it is short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from production.models import StockItem, WorkOrder, WorkOrderHold
from production.states import WorkOrderState

NOT_BEGUN = (WorkOrderState.PLANNED, WorkOrderState.RELEASED)


# Units that are things; the others are measures, of which there is one form.
COUNTED = frozenset({"bottle", "pair", "piece", "set", "sheet", "slot"})


@dataclass(frozen=True, slots=True)
class Shortage:
    """A material of which less is free than a work order needs."""

    item: str
    needed: int
    free: int
    unit: str

    def __str__(self) -> str:
        words = {
            "item": self.item,
            "free": self.free,
            "needed": self.needed,
            "unit": unit_of(self.needed, self.unit),
        }
        return _("%(item)s is short: %(free)d of %(needed)d %(unit)s") % words


def unit_of(n: int, unit: str) -> str:
    """Give a unit as it is read after a number; staff pages speak English."""
    return f"{unit}s" if unit in COUNTED and n != 1 else unit


def add_up(materials: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Give what is needed of each material; several lines may name the same."""
    needed: Counter[str] = Counter()
    for row in materials:
        needed[str(row.get("material", ""))] += int(row.get("quantity", 0))
    return {code: quantity for code, quantity in needed.items() if quantity > 0}


def map_short(*, work_order_ids: Collection[int]) -> dict[int, Shortage]:
    """Say which released work orders cannot begin, each looked at by itself.

    One that has begun has its materials; a material without a stock item is ignored.
    """
    waiting = WorkOrder.objects.filter(
        id__in=set(work_order_ids), state=WorkOrderState.RELEASED
    ).exclude(materials=[])
    needs = {
        key: add_up(rows)
        for key, rows in waiting.values_list("id", "materials")
        if rows
    }
    levels = _levels({code for each in needs.values() for code in each})
    found: dict[int, Shortage] = {}
    for key, needed in needs.items():
        short = _first_short(needed, levels)
        if short is not None:
            found[key] = short
    return found


def list_held() -> QuerySet[WorkOrderHold, int]:
    """List the keys of the work orders that are on hold."""
    holds = WorkOrderHold.objects.filter(lifted_at__isnull=True)
    return holds.order_by().values_list("work_order_id", flat=True)


def _first_short(
    needed: Mapping[str, int], levels: Mapping[str, StockItem]
) -> Shortage | None:
    for code, quantity in sorted(needed.items()):
        item = levels.get(code)
        if item is not None and item.free < quantity:
            return Shortage(code, quantity, max(0, item.free), item.unit)
    return None


def _levels(codes: Collection[str]) -> dict[str, StockItem]:
    if not codes:
        return {}
    rows = StockItem.objects.filter(code__in=codes)
    read = rows.only("code", "unit", "on_hand", "held", "allocated")
    return {item.code: item for item in read}


def map_demand() -> dict[str, int]:
    """Give what all work orders that have not begun will need of each material."""
    alike = (
        WorkOrder.objects.filter(state__in=NOT_BEGUN)
        .exclude(materials=[])
        .order_by()
        .values_list("materials")
        .annotate(Count("id"))
    )
    demand: dict[str, int] = defaultdict(int)
    for materials, n_orders in alike:
        for code, quantity in add_up(materials).items():
            demand[code] += quantity * n_orders
    return dict(demand)
