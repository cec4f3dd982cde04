"""Stock: a ledger of moves, and what is promised to order lines.

What is free is ``on_hand - held - allocated``. Every change is one conditional update,
so that two buyers of the last case cannot both have it, and nothing falls below zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from configurator.selectors.making import Making, map_making
from configurator.services.errors import ConflictError
from configurator.services.moves import move
from orders.models import OrderHold, OrderLine
from orders.services import holding
from orders.services.locking import lock_order
from orders.states import OrderState
from production.models import (
    Line,
    MoveKind,
    StockAllocation,
    StockItem,
    StockKind,
    StockMove,
)
from production.selectors import keeping
from production.services import boards, checkouts, picking
from production.states import ALLOCATION_MOVES, AllocationState

FLOW = "FLOW"
ACTOR = "stock"

log = structlog.get_logger(__name__)


class ReferenceTakenError(ConflictError):
    """One number was given for two different moves."""

    code = "NONCE_TAKEN"


class ShortStockError(ConflictError):
    """Less is free than would have to be taken."""

    code = "SHORT_STOCK"


def book_move(
    *,
    item_id: int,
    kind: str,
    quantity: int,
    reference: str,
    now: datetime,
    lot_id: int | None = None,
    reason: str = "",
    actor: str = "",
) -> bool:
    """Book a signed quantity once under its reference; false where it was booked.

    Raises
    ------
    ShortStockError
        If more would leave than is free; nothing is stored.
    ReferenceTakenError
        If the reference stands for another quantity.
    """
    with transaction.atomic():
        booked, is_new = StockMove.objects.get_or_create(
            item_id=item_id,
            kind=kind,
            reference=reference,
            defaults={
                "quantity": quantity,
                "lot_id": lot_id,
                "reason": reason[:200],
                "actor": actor,
                "at": now,
            },
        )
        if booked.quantity != quantity:
            text = _("This reference stands for a move of %(quantity)d.")
            raise ReferenceTakenError(text % {"quantity": booked.quantity})
        if is_new:
            change_level(item_id=item_id, on_hand=quantity)
        if is_new and quantity < 0 and lot_id is None:
            picking.follow_level(item_id=item_id)
    return is_new


def book_count(*, item_id: int, counted: int, actor: str, now: datetime) -> bool:
    """Book what somebody counted as a move; false where it was there already."""
    with transaction.atomic():
        item = StockItem.objects.select_for_update().get(id=item_id)
        if counted == item.on_hand:
            return False
        return book_move(
            item_id=item_id,
            kind=MoveKind.ADJUSTED,
            quantity=counted - item.on_hand,
            reference=f"count:{uuid4().hex}",
            actor=actor,
            now=now,
        )


def change_level(
    *, item_id: int, on_hand: int = 0, allocated: int = 0, held: int = 0
) -> None:
    """Change a level, or raise where what is free would fall below zero."""
    n_changed = StockItem.objects.filter(
        id=item_id,
        on_hand__gte=F("allocated") + F("held") + allocated + held - on_hand,
        allocated__gte=-allocated,
        held__gte=-held,
    ).update(
        on_hand=F("on_hand") + on_hand,
        allocated=F("allocated") + allocated,
        held=F("held") + held,
    )
    if n_changed == 0:
        item = StockItem.objects.get(id=item_id)
        raise ShortStockError(
            _("Only %(free)d %(unit)s of %(item)s are free.")
            % {
                "free": item.free,
                "unit": item.unit,
                "item": item.code,
            }
        )


def hold_stock(*, order_id: int, now: datetime) -> Collection[int]:
    """Hold standard goods for an order that is about to be paid.

    Gives the lines that found too little. Runs in the transaction that places the
    order.
    """
    lines = OrderLine.objects.filter(order_id=order_id, method=FLOW)
    found = list(lines.select_related("configuration", "product"))
    if not found:
        return ()
    return checkouts.hold_needs(needs=list_needs(lines=found), now=now)


def reserve_stock(*, order_id: int, now: datetime) -> None:
    """Reserve standard items for an order's lines; a shortfall is a backorder.

    Runs in the transaction that confirms the order; repeating it adds nothing. What
    was held for the payment is taken up anew, while the items' rows are locked.
    """
    lines = list(
        OrderLine.objects.filter(order_id=order_id, method=FLOW)
        .select_related("configuration", "product", "order__user")
        .order_by("position")
    )
    if not lines:
        return
    checkouts.end_holds(
        rows=StockAllocation.objects.filter(order_line__order_id=order_id)
    )
    lines = [line for line in lines if line.cancelled_at is None]
    if not lines:
        return
    done = set(
        StockAllocation.objects.filter(
            order_line_id__in=[line.pk for line in lines]
        ).values_list("order_line_id", flat=True)
    )
    open_lines = [line for line in lines if line.pk not in done]
    wanted = list_needs(lines=open_lines)
    least = keeping.find_least_date(user=lines[0].order.user, now=now)
    _park(order_id, open_lines, {line_id for _item, line_id, _n in wanted}, now)
    # In the order of the items' keys: two confirmations never wait for each other.
    StockAllocation.objects.bulk_create(
        StockAllocation(
            order_line_id=line_id,
            item_id=item_id,
            quantity=quantity,
            state=_reserve(item_id, quantity, least),
            created_at=now,
        )
        for item_id, line_id, quantity in sorted(wanted)
    )
    _tell_lines({item_id for item_id, _line_id, _quantity in wanted})


def _park(
    order_id: int, lines: Sequence[OrderLine], found: Collection[int], now: datetime
) -> None:
    """Hold an order of which a line has no goods to take, and say which; else lift."""
    without = [str(line.product) for line in lines if line.pk not in found]
    if not without:
        holding.lift_holds(order_id=order_id, actor=ACTOR, now=now)
        return
    text = _("There is no stock item for %(products)s: nothing can be taken for it.")
    reason = text % {"products": ", ".join(sorted(set(without)))}
    holding.hold_order(order_id=order_id, reason=reason, actor=ACTOR, now=now)


def reserve_parked(*, now: datetime) -> int:
    """Try again what had no goods to take; give how many orders have them now."""
    orders = OrderHold.objects.filter(placed_by=ACTOR, lifted_at__isnull=True)
    n_reserved = 0
    for order_id in sorted(set(orders.values_list("order_id", flat=True))):
        with transaction.atomic():
            order = lock_order(order_id=order_id)
            if order.state == OrderState.CONFIRMED:
                reserve_stock(order_id=order_id, now=now)
                n_reserved += not orders.filter(order_id=order_id).exists()
    return n_reserved


def _tell_lines(item_ids: set[int]) -> None:
    """Announce to the flow lines that what they fill was taken from."""
    lines = Line.objects.filter(product__stockitem__in=item_ids)
    boards.touch(work_centre_ids=lines.values_list("work_centre_id", flat=True))


def _reserve(item_id: int, quantity: int, least: date | None) -> AllocationState:
    """Promise what is free; to whom it must keep until a day, only what does."""
    if least is not None:
        item = StockItem.objects.select_for_update().get(id=item_id)
        if keeping.count_fresh(item=item, least=least) < quantity:
            return AllocationState.BACKORDERED
    n_reserved = StockItem.objects.filter(
        id=item_id, on_hand__gte=F("allocated") + F("held") + quantity
    ).update(allocated=F("allocated") + quantity)
    return AllocationState.ALLOCATED if n_reserved else AllocationState.BACKORDERED


def list_needs(*, lines: Sequence[OrderLine]) -> list[tuple[int, int, int]]:
    """Say what lines take out of stock as (item, line, quantity).

    A product with a stock item of its own takes pieces of it; any other is a kit of
    the standard goods among its materials.
    """
    makings = map_making(release_ids={line.configuration.release_id for line in lines})
    own = dict(
        StockItem.objects.filter(
            kind=StockKind.GOODS, product_id__in={line.product_id for line in lines}
        ).values_list("product_id", "id")
    )
    goods = dict(
        StockItem.objects.filter(kind=StockKind.GOODS).values_list("code", "id")
    )
    found: list[tuple[int, int, int]] = []
    for line in lines:
        making = makings[line.configuration.release_id]
        needs = _needs(making, line, own.get(line.product_id), goods)
        if not needs:
            log.error(
                "line_without_stock_item", line=line.pk, product=str(line.product)
            )
        found += [(item_id, line.pk, n) for item_id, n in needs.items()]
    return found


def _needs(
    making: Making, line: OrderLine, own: int | None, goods: Mapping[str, int]
) -> dict[int, int]:
    choices = line.configuration.choices
    _key, manufacture = making.resolve_steps(choices, line.quantity)
    if own is not None:
        return {own: line.quantity * manufacture.pieces_per_unit}
    needs: dict[int, int] = defaultdict(int)
    for material in making.list_materials(choices, line.quantity)[1]:
        if material.material in goods:
            needs[goods[material.material]] += material.quantity * line.quantity
    return needs


def take_stock(*, order_id: int, line_ids: Sequence[int], now: datetime) -> None:
    """Book what shipped lines take; inside the shipment's transaction.

    Raises
    ------
    ShortStockError
        If something is backordered: others were served since somebody looked.
    """
    states = (AllocationState.ALLOCATED, AllocationState.BACKORDERED)
    rows = _locked(line_ids, *states, order_id=order_id)
    for row in rows:
        # Before any level is locked: who serves backorders locks the level first.
        if row.state == AllocationState.BACKORDERED:
            text = _("Too little %(item)s is left: send this when there is more.")
            raise ShortStockError(text % {"item": row.item.code})
    for row in rows:
        n_moved = _move(row.pk, AllocationState.ALLOCATED, AllocationState.TAKEN)
        if n_moved == 0:
            continue
        n = row.quantity
        change_level(item_id=row.item_id, on_hand=-n, allocated=-n)
        least = keeping.find_least_date(user=row.order_line.order.user, now=now)
        parts = picking.draw(item_id=row.item_id, quantity=n, least=least)
        _book_shipped(row, parts, now)


def _book_shipped(
    row: StockAllocation, parts: Sequence[picking.Part], now: datetime
) -> None:
    """Book one move for each lot: a recall finds its customers by them."""
    line = row.order_line
    reference = f"{line.order.number}/{line.position + 1}"
    StockMove.objects.bulk_create(
        StockMove(
            item_id=row.item_id,
            lot_id=lot_id,
            order_line=line,
            kind=MoveKind.SHIPPED,
            quantity=-quantity,
            reference=f"{reference}+{place}" if place else reference,
            at=now,
        )
        for place, (lot_id, quantity) in enumerate(parts)
    )


def return_stock(*, line_ids: Collection[int]) -> int:
    """Give back what cancelled lines had reserved; tells how many allocations."""
    n_returned = 0
    for row in _locked(
        line_ids, AllocationState.ALLOCATED, AllocationState.BACKORDERED
    ):
        n_moved = _move(row.pk, row.state, AllocationState.RETURNED)
        if n_moved and row.state == AllocationState.ALLOCATED:
            change_level(item_id=row.item_id, allocated=-row.quantity)
        n_returned += n_moved
    return n_returned


def reduce_stock(*, line_id: int, n_units: int, of: int) -> bool:
    """Give back the share of some of a line's units; false where any has left."""
    rows = _locked([line_id], *AllocationState.values)
    live = (AllocationState.ALLOCATED, AllocationState.BACKORDERED)
    if not rows or any(row.state not in live for row in rows):
        return False
    for row in rows:
        n = row.quantity * n_units // of
        StockAllocation.objects.filter(pk=row.pk).update(quantity=F("quantity") - n)
        if row.state == AllocationState.ALLOCATED:
            change_level(item_id=row.item_id, allocated=-n)
    return True


def _locked(
    line_ids: Collection[int], *states: str, order_id: int | None = None
) -> list[StockAllocation]:
    rows = StockAllocation.objects.filter(order_line_id__in=line_ids, state__in=states)
    if order_id is not None:
        rows = rows.filter(order_line__order_id=order_id)
    return list(
        rows.select_related("order_line__order__user")
        .select_for_update(of=("self",), no_key=True)
        .order_by("item_id", "id")
    )


def _move(allocation_id: int, from_: str, to: str) -> int:
    return move(
        StockAllocation, ids=[allocation_id], from_=from_, to=to, moves=ALLOCATION_MOVES
    )
