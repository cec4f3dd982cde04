"""Stock as a promise sees it: what is free, what others wait for, what is coming."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from orders.models import OrderLine
from production.engine.calendar import Calendar
from production.engine.promise import Supply, after_working_days
from production.models import MaterialLot, StockAllocation, StockItem, StockKind
from production.selectors import keeping
from production.states import AllocationState, LotState


@dataclass(frozen=True, slots=True)
class Item:
    """One stock item; ``is_bought_to_order`` where none of it is kept for others.

    Trade refuses ``too_old`` of what is free.
    """

    code: str
    is_goods: bool
    supply: Supply
    is_bought_to_order: bool = False
    too_old: int = 0

    def supply_for(self, *, trade: bool) -> Supply:
        """Give what trade, or anybody else, is supplied with."""
        if not trade or not self.too_old:
            return self.supply
        return replace(self.supply, free=self.supply.free - self.too_old)


@dataclass(frozen=True, slots=True)
class Supplies:
    """All stock items by code, and the goods of each product."""

    items: Mapping[str, Item] = field(default_factory=dict)
    goods: Mapping[str, Item] = field(default_factory=dict)

    @property
    def is_any_too_old(self) -> bool:
        """Whether trade refuses any goods that everybody else may have."""
        return any(each.too_old and each.is_goods for each in self.items.values())

    def goods_needed(
        self, product: str, *, pieces: int, materials: Sequence[tuple[str, int]]
    ) -> list[tuple[Item, int]]:
        """Say which goods a standard product takes: its own, or those of its kit."""
        own = self.goods.get(product)
        if own is not None:
            return [(own, pieces)]
        found = [(self.items.get(code), quantity) for code, quantity in materials]
        return [(item, quantity) for item, quantity in found if item and item.is_goods]

    def materials_at(
        self,
        materials: Sequence[tuple[str, int]],
        *,
        now: datetime,
        calendar: Calendar | None = None,
    ) -> tuple[datetime, str]:
        """Say when the last material is there, and which one that is."""
        latest, which = now, ""
        for code, quantity in materials:
            item = self.items.get(code)
            if item is None:
                continue
            at = _bought_at(item, quantity, now, calendar)
            if at > latest:
                latest, which = at, code
        return latest, which


def _bought_at(
    item: Item, quantity: int, now: datetime, calendar: Calendar | None
) -> datetime:
    """Buy what is short: a supplier's lead time is in working days."""
    supply = item.supply
    is_there = supply.free >= quantity and not item.is_bought_to_order
    if is_there or supply.lead_days == 0:
        return now
    return after_working_days(now, supply.lead_days, calendar=calendar)


def get_supplies(
    *,
    now: datetime,
    taken: Mapping[str, int] | None = None,
    but_line: int | None = None,
) -> Supplies:
    """Read every stock item, in a few queries; ``taken`` is reserved for others.

    What ``but_line`` has of it is free.
    """
    reserved, own = taken or {}, _map_own(but_line, now)
    waiting, held = _map_waiting(but_line), _map_held()
    too_old = keeping.map_too_old(least=keeping.find_trade_date(now=now))
    items: dict[str, Item] = {}
    goods: dict[str, Item] = {}
    columns = ("id", "code", "kind", "product__slug", "reorder_point", "run_size")
    rows = StockItem.objects.annotate(n_free=F("on_hand") - F("held") - F("allocated"))
    for row in rows.values_list(
        *columns, "lead_days", "quality_hold_s", "n_free", named=True
    ):
        supply = Supply(
            free=row.n_free + own.get(row.id, 0) - reserved.get(row.code, 0),
            waiting=waiting.get(row.id, 0),
            held=tuple(sorted(held.get(row.id, ()))),
            run_size=row.run_size,
            lead_days=row.lead_days,
            hold_s=row.quality_hold_s,
        )
        is_goods = row.kind == StockKind.GOODS
        # Nothing is reordered by itself: it is bought for the one who needs it.
        to_order = not is_goods and row.reorder_point == 0
        n_old = too_old.get(row.id, 0)
        items[row.code] = Item(row.code, is_goods, supply, to_order, n_old)
        if is_goods and row.product__slug is not None:
            goods.setdefault(row.product__slug, items[row.code])
    return Supplies(items, goods)


def _map_waiting(but_line: int | None) -> dict[int, int]:
    """Say of each item how much was promised to others that is not there yet."""
    rows = StockAllocation.objects.filter(state=AllocationState.BACKORDERED)
    return _add_up(rows.exclude(order_line=but_line) if but_line else rows)


def _map_own(line_id: int | None, now: datetime) -> dict[int, int]:
    """Say of each item how much of it a line has.

    Where its quote is over, its order is being paid: what is held for any line of that
    counts, as all are asked for beside each other.
    """
    if line_id is None:
        return {}
    has = (AllocationState.HELD, AllocationState.ALLOCATED)
    line = OrderLine.objects.filter(pk=line_id, cancelled_at=None)
    line = line.exclude(promises__valid_until__gte=now)
    together = Q(order_line__order__in=line.values("order"), state=AllocationState.HELD)
    return _add_up(
        StockAllocation.objects.filter(Q(order_line=line_id, state__in=has) | together)
    )


def _add_up(rows: QuerySet[StockAllocation]) -> dict[int, int]:
    return dict(rows.order_by().values_list("item_id").annotate(Sum("quantity")))


def _map_held() -> dict[int, list[tuple[datetime, int]]]:
    """Say of each item what lies in quarantine, and until when."""
    held: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for item_id, hold_until, remaining in MaterialLot.objects.filter(
        state=LotState.QUARANTINE, hold_until__isnull=False, remaining__gt=0
    ).values_list("item_id", "hold_until", "remaining"):
        if hold_until is not None:
            held[item_id].append((hold_until, remaining))
    return held
