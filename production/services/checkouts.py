"""Standard goods are held for whoever is about to pay, for a while and no longer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet

from orders.models import Order
from orders.selectors.balances import live_intents
from orders.states import OrderState
from production.models import StockAllocation, StockItem
from production.states import AllocationState

# As long as the date that is told with an order stands.
HELD_FOR = timedelta(minutes=30)
ENDED = (OrderState.EXPIRED, OrderState.CANCELLED)
Need = tuple[int, int, int]


def hold_needs(*, needs: Sequence[Need], now: datetime) -> set[int]:
    """Hold (item, line, quantity) where all that a line needs is free.

    A line that is short holds nothing: it becomes a backorder when it is paid. Gives
    those lines. Items are locked in the order of their keys.
    """
    short: set[int] = set()
    held: list[Need] = []
    for need in sorted(needs):
        item_id, line_id, quantity = need
        if line_id in short:
            continue
        if _take(item_id, quantity):
            held.append(need)
        else:
            short.add(line_id)
    for item_id, line_id, quantity in held:
        if line_id in short:
            _give_back(item_id, quantity)
    kept = [need for need in held if need[1] not in short]
    StockAllocation.objects.bulk_create(
        StockAllocation(
            order_line_id=line_id,
            item_id=item_id,
            quantity=quantity,
            state=AllocationState.HELD,
            created_at=now,
        )
        for item_id, line_id, quantity in kept
    )
    return short


def release_held(*, now: datetime) -> int:
    """Give back what was held for payments that did not come; tells how much.

    A payment that has begun and not ended keeps its goods until it has.
    """
    over = StockAllocation.objects.filter(
        Q(created_at__lte=now - HELD_FOR) & ~Q(order_line__order__in=_being_paid())
        | Q(order_line__cancelled_at__isnull=False)
        | Q(order_line__order__state__in=ENDED),
    )
    with transaction.atomic():
        return end_holds(rows=over)


def end_holds(*, rows: QuerySet[StockAllocation]) -> int:
    """Delete those of the rows that are held, and free their goods.

    All rows are locked before any item is: who pays meanwhile locks them so as well.
    """
    held = list(_locked(rows))
    for row in held:
        _end(row)
    return len(held)


def end_latest(*, item_id: int, needed: int) -> int:
    """End holds of goods, the latest first, until so many are free; tells how many."""
    n_freed, of_item = 0, StockAllocation.objects.filter(item_id=item_id)
    for row in reversed(_locked(of_item)):
        if n_freed >= needed:
            break
        _end(row)
        n_freed += row.quantity
    return n_freed


def _locked(rows: QuerySet[StockAllocation]) -> QuerySet[StockAllocation]:
    held = rows.filter(state=AllocationState.HELD)
    return held.select_for_update(of=("self",)).order_by("item_id", "pk")


def _end(row: StockAllocation) -> None:
    row.delete()
    _give_back(row.item_id, row.quantity)


def _being_paid() -> QuerySet[Order]:
    return Order.objects.filter(Exists(live_intents()), state=OrderState.PLACED)


def _take(item_id: int, quantity: int) -> bool:
    free = StockItem.objects.filter(
        id=item_id, on_hand__gte=F("allocated") + F("held") + quantity
    )
    return bool(free.update(allocated=F("allocated") + quantity))


def _give_back(item_id: int, quantity: int) -> None:
    StockItem.objects.filter(id=item_id).update(allocated=F("allocated") - quantity)
