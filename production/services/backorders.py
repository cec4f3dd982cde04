"""Backorders: served when goods become free, made when goods are held back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from configurator.services.moves import move
from production.models import StockAllocation, StockItem
from production.selectors import keeping
from production.services.stock import ShortStockError, change_level
from production.states import ALLOCATION_MOVES, AllocationState


def serve_backorders(*, item_id: int, now: datetime, lot_code: str = "") -> int:
    """Allocate what is free to backorders, oldest first; never below zero.

    One of trade for which too little keeps long enough lets others go first.
    """
    n_served = 0
    for allocation in _list_waiting(item_id):
        if _is_too_old(allocation, now):
            continue
        try:
            change_level(item_id=item_id, allocated=allocation.quantity)
        except ShortStockError:
            break
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
    """Make backorders of the newest allocations until so much is free."""
    free = StockItem.objects.get(id=item_id).free
    n_pushed = 0
    for allocation in _list_allocated(item_id):
        if free >= needed:
            break
        n_pushed += move(
            StockAllocation,
            ids=[allocation.id],
            from_=AllocationState.ALLOCATED,
            to=AllocationState.BACKORDERED,
            moves=ALLOCATION_MOVES,
            extra_updates={"served_by": ""},
        )
        change_level(item_id=item_id, allocated=-allocation.quantity)
        free += allocation.quantity
    return n_pushed


def _is_too_old(allocation: StockAllocation, now: datetime) -> bool:
    user = allocation.order_line.order.user
    least = keeping.find_least_date(user=user, now=now)
    if least is None:
        return False
    item = StockItem.objects.select_for_update().get(id=allocation.item_id)
    return keeping.count_fresh(item=item, least=least) < allocation.quantity


def _list_waiting(item_id: int) -> Sequence[StockAllocation]:
    return list(
        StockAllocation.objects.select_for_update(of=("self",))
        .filter(item_id=item_id, state=AllocationState.BACKORDERED)
        .select_related("order_line__order__user")
        .order_by("id")
    )


def _list_allocated(item_id: int) -> Sequence[StockAllocation]:
    return list(
        StockAllocation.objects.select_for_update()
        .filter(item_id=item_id, state=AllocationState.ALLOCATED)
        .order_by("-id")
    )
