"""Backorders: served when goods become free, made when goods are held back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from configurator.services.moves import move
from production.models import StockAllocation, StockItem
from production.selectors import keeping
from production.services import boards, checkouts
from production.services.stock import ShortStockError, change_level
from production.states import ALLOCATION_MOVES, AllocationState, LotState


def serve_backorders(*, item_id: int, now: datetime, lot_code: str = "") -> int:
    """Allocate what is free to backorders, oldest first; never below zero.

    One of trade for which too little keeps long enough lets others go first.
    """
    n_served = 0
    waiting = _list_waiting(item_id)
    least = keeping.find_trade_date(now=now) if waiting else None
    trade = keeping.list_for_trade(ids=[each.id for each in waiting]) if least else ()
    n_fresh = _count_fresh(item_id, least) if least and trade else 0
    for allocation in waiting:
        if allocation.id in trade and n_fresh < allocation.quantity:
            continue
        try:
            change_level(item_id=item_id, allocated=allocation.quantity)
        except ShortStockError:
            break
        n_fresh -= allocation.quantity if allocation.id in trade else 0
        n_served += move(
            StockAllocation,
            ids=[allocation.id],
            from_=AllocationState.BACKORDERED,
            to=AllocationState.ALLOCATED,
            moves=ALLOCATION_MOVES,
            extra_updates={"served_by": lot_code},
        )
    return n_served


def announce(*, item_id: int, lot_code: str, quantity: int) -> int:
    """Tell the oldest backorders which lot, still on hold, will serve them."""
    left, n_told = quantity, 0
    for allocation in _list_waiting(item_id):
        left -= allocation.quantity
        if left < 0:
            break
        StockAllocation.objects.filter(id=allocation.id).update(served_by=lot_code)
        n_told += 1
    return n_told


def push_back(*, item_id: int, needed: int) -> int:
    """Make backorders of the newest allocations until so much is free.

    Whoever has not paid yet waits before those who have. Promises are locked before
    the level is, as where goods are sent.
    """
    allocated = _list_allocated(item_id)
    short = needed - StockItem.objects.get(id=item_id).free
    short -= checkouts.end_latest(item_id=item_id, needed=short)
    return _push_back(allocated, short=short)


def push_back_old(*, now: datetime) -> int:
    """Make backorders of what trade was promised that has grown too old meanwhile.

    Before anybody would send it: so it waits for, and causes, a younger lot.
    """
    least = keeping.find_trade_date(now=now)
    if least is None:
        return 0
    rows = StockAllocation.objects.filter(
        keeping.FOR_TRADE,
        state=AllocationState.ALLOCATED,
        item__lots__state=LotState.RELEASED,
        item__lots__best_before_date__lt=least,
    )
    n_pushed = 0
    for item_id in (
        rows.order_by("item_id").values_list("item_id", flat=True).distinct()
    ):
        with transaction.atomic():
            allocated = _list_allocated(item_id)
            trade = keeping.list_for_trade(ids=[each.id for each in allocated])
            old = [each for each in allocated if each.id in trade]
            n = _push_back(old, short=-_count_fresh(item_id, least))
            if n:
                serve_backorders(item_id=item_id, now=now)
                boards.touch_makers(item_id=item_id)
            n_pushed += n
    return n_pushed


def _push_back(allocated: Sequence[StockAllocation], *, short: int) -> int:
    n_pushed = 0
    for allocation in allocated:
        if short <= 0:
            break
        n_pushed += move(
            StockAllocation,
            ids=[allocation.id],
            from_=AllocationState.ALLOCATED,
            to=AllocationState.BACKORDERED,
            moves=ALLOCATION_MOVES,
            extra_updates={"served_by": ""},
        )
        change_level(item_id=allocation.item_id, allocated=-allocation.quantity)
        short -= allocation.quantity
    return n_pushed


def _count_fresh(item_id: int, least: date) -> int:
    item = StockItem.objects.select_for_update().get(id=item_id)
    return keeping.count_fresh(item=item, least=least)


def _list_waiting(item_id: int) -> Sequence[StockAllocation]:
    return list(
        StockAllocation.objects.select_for_update(of=("self",))
        .filter(item_id=item_id, state=AllocationState.BACKORDERED)
        .order_by("id")
    )


def _list_allocated(item_id: int) -> Sequence[StockAllocation]:
    """Lock what is promised in the order of all who do, and give the newest first."""
    rows = StockAllocation.objects.select_for_update().order_by("id")
    promised = rows.filter(item_id=item_id, state=AllocationState.ALLOCATED)
    return list(promised)[::-1]
