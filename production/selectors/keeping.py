"""How long goods must still keep for trade, and how many of them do."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Sum

from configurator.models import User
from configurator.selectors.roles import TRADE, is_trade
from configurator.selectors.times import local
from production.models import MaterialLot, Site, StockAllocation, StockItem
from production.states import AllocationState, LotState


def find_least_date(*, user: User | None, now: datetime) -> date | None:
    """Say until when goods must keep for this buyer; trade refuses what is older.

    None where the works lay down nothing, or anybody else buys.
    """
    if not is_trade(user):
        return None
    site = Site.objects.order_by("id").first()
    days = site.figures.get("trade", {}).get("least_days_left") if site else None
    return local(now).date() + timedelta(days=int(days)) if days else None


def count_fresh(*, item: StockItem, least: date) -> int:
    """Count what is for sale, keeps until that day and is promised to no other trade.

    Everybody else may have what is older, and gets it first.
    """
    stale = MaterialLot.objects.filter(
        item=item, state=LotState.RELEASED, best_before_date__lt=least
    ).aggregate(n=Sum("remaining"))
    promised = StockAllocation.objects.filter(
        item=item,
        state=AllocationState.ALLOCATED,
        order_line__order__user__groups__name=TRADE,
    ).aggregate(n=Sum("quantity"))
    return item.on_hand - item.held - (stale["n"] or 0) - (promised["n"] or 0)
