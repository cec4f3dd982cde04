"""How long goods must still keep for trade, and how many of them do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from configurator.models import User
from configurator.selectors.roles import TRADE, is_trade
from configurator.selectors.times import local
from production.models import MaterialLot, Site, StockAllocation, StockItem
from production.states import AllocationState, LotState

FOR_TRADE = Q(
    order_line__order__user__groups__name=TRADE,
    order_line__order__user__is_active=True,
)


def find_least_date(*, user: User | None, now: datetime) -> date | None:
    """Say until when goods must keep for this buyer; trade refuses what is older.

    None where the works lay down nothing, or anybody else buys.
    """
    return find_trade_date(now=now) if is_trade(user) else None


def find_trade_date(*, now: datetime) -> date | None:
    """Say until when goods must keep for trade; None where nothing is laid down."""
    site = Site.objects.order_by("id").first()
    days = site.figures.get("trade", {}).get("least_days_left") if site else None
    return local(now).date() + timedelta(days=int(days)) if days else None


def count_fresh(*, item: StockItem, least: date) -> int:
    """Count what is for sale, keeps until that day and is promised to no other trade.

    Everybody else may have what is older, and gets it first. It falls below zero where
    something that trade was promised has grown too old.
    """
    stale = _list_stale(least).filter(item=item).aggregate(n=Sum("remaining"))
    promised = _list_promised().filter(item=item).aggregate(n=Sum("quantity"))
    return item.on_hand - item.held - (stale["n"] or 0) - (promised["n"] or 0)


def map_too_old(*, least: date | None) -> dict[int, int]:
    """Count of each item what is free and does not keep until that day, if any.

    What others than trade were promised is taken from what is older.
    """
    if least is None:
        return {}
    stale = _list_stale(least).order_by().values_list("item_id")
    found = dict(stale.annotate(Sum("remaining")))
    if not found:
        return {}
    promised = _list_promised().order_by().values_list("item_id")
    trade = dict(promised.annotate(Sum("quantity")))
    items = StockItem.objects.filter(id__in=found).values_list("id", "allocated")
    others = {id_: allocated - trade.get(id_, 0) for id_, allocated in items}
    free = {id_: max(0, n - max(0, others[id_])) for id_, n in found.items()}
    return {id_: n for id_, n in free.items() if n}


def map_replaceable(*, items: Iterable[StockItem], now: datetime) -> dict[int, int]:
    """Count of each item what is too old for trade, where a lot of today would not be.

    What never keeps as long as trade asks is not made for it in vain.
    """
    least = find_trade_date(now=now)
    too_old = map_too_old(least=least)
    return {
        item.id: too_old[item.id]
        for item in items
        if least and item.id in too_old and _keeps_until(least, item, now)
    }


def _keeps_until(least: date, item: StockItem, now: datetime) -> bool:
    """Say whether a lot of today keeps as long, once quality has released it."""
    if item.shelf_life_days is None:
        return True
    days_held = -(-item.quality_hold_s // 86_400)
    best_before = local(now).date() + timedelta(days=item.shelf_life_days)
    return best_before >= least + timedelta(days=days_held)


def find_best_before(*, days: int | None, now: datetime) -> date | None:
    """Give until when what is made now keeps, from today by the clocks of the works."""
    return local(now).date() + timedelta(days=days) if days else None


def list_for_trade(*, ids: Collection[int]) -> set[int]:
    """List which of these allocations are trade's."""
    rows = StockAllocation.objects.filter(FOR_TRADE, id__in=ids)
    return set(rows.values_list("id", flat=True))


def _list_stale(least: date) -> QuerySet[MaterialLot]:
    return MaterialLot.objects.filter(
        state=LotState.RELEASED, best_before_date__lt=least
    )


def _list_promised() -> QuerySet[StockAllocation]:
    """List what is promised to trade."""
    return StockAllocation.objects.filter(FOR_TRADE, state=AllocationState.ALLOCATED)
