"""Materials leave the stock when a work order begins, and come back if it did not.

The ledger names the work order. One that is begun, undone and begun again is booked
three times, each time under a reference of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from configurator.services.errors import ConflictError
from production.models import MaterialLot, MoveKind, StockItem, StockMove, WorkOrder
from production.selectors.needs import Shortage, add_up
from production.services import picking
from production.states import LotState, WorkOrderState

# Between a work order's number and what tells apart moves of one item.
AGAIN = " #"
PART = "+"

log = structlog.get_logger(__name__)


class MaterialShortError(ConflictError):
    """Less of a material is free than the work order needs."""

    code = "MATERIAL_SHORT"

    def __init__(self, shortage: Shortage) -> None:
        super().__init__(
            str(shortage), extra={"material": shortage.item, "legal_moves": ["block"]}
        )


@dataclass(frozen=True, slots=True)
class _Taking:
    """So much of an item for one work order."""

    item_id: int
    work_order: WorkOrder
    quantity: int


def consume(
    *, work_order_ids: Collection[int], now: datetime, is_forced: bool = False
) -> None:
    """Book what these released work orders need; once for each that begins.

    Raises
    ------
    MaterialShortError
        If something is short; nothing is stored. With ``is_forced`` (the work has
        been done already) what there is of it is booked instead.
    """
    short = _consume(work_order_ids, now, is_forced=is_forced)
    if short and not is_forced:
        raise MaterialShortError(next(iter(short.values())))


def consume_possible(
    *, work_order_ids: Collection[int], now: datetime
) -> dict[int, Shortage]:
    """Book what there is enough of, in the given order; tell who is short of what."""
    return _consume(work_order_ids, now, is_forced=False)


def list_lacking(*, work_order_ids: Collection[int]) -> dict[int, Shortage]:
    """Say who would be short of what if all of them began now; books nothing."""
    orders = _waiting(work_order_ids)
    items = _lock_items(orders)
    return _share_out(orders, items, is_forced=False)[1]


def _consume(
    work_order_ids: Collection[int], now: datetime, *, is_forced: bool
) -> dict[int, Shortage]:
    orders = _waiting(work_order_ids)
    if not orders:
        return {}
    items = _lock_items(orders)
    takings, short = _share_out(orders, items, is_forced=is_forced)
    if is_forced:
        for key, shortage in short.items():
            log.warning("begun_without_material", work_order=key, short=str(shortage))
    if takings:
        _book(takings, now)
    return short


def _waiting(work_order_ids: Collection[int]) -> list[WorkOrder]:
    """Lock those that have not begun and need something; keep the caller's order."""
    rows = (
        WorkOrder.objects.select_for_update(of=("self",))
        .filter(id__in=list(work_order_ids), state=WorkOrderState.RELEASED)
        .only("number", "materials", "order_line_id")
        .order_by("id")
    )
    found = {row.id: row for row in rows if row.materials}
    return [found[key] for key in dict.fromkeys(work_order_ids) if key in found]


def _lock_items(orders: Sequence[WorkOrder]) -> dict[str, StockItem]:
    codes = {code for order in orders for code in add_up(order.materials)}
    if not codes:
        return {}
    rows = StockItem.objects.select_for_update().filter(code__in=codes).order_by("id")
    return {item.code: item for item in rows}


def _share_out(
    orders: Sequence[WorkOrder], items: Mapping[str, StockItem], *, is_forced: bool
) -> tuple[list[_Taking], dict[int, Shortage]]:
    """Serve one work order after the other; who is short leaves all to the next."""
    free = {code: max(0, item.free) for code, item in items.items()}
    takings: list[_Taking] = []
    short: dict[int, Shortage] = {}
    for order in orders:
        needs = add_up(order.materials)
        known = {code: n for code, n in sorted(needs.items()) if code in items}
        for code, quantity in known.items():
            if quantity > free[code] and order.id not in short:
                short[order.id] = Shortage(code, quantity, free[code], items[code].unit)
        if order.id in short and not is_forced:
            continue
        for code, quantity in known.items():
            taken = min(quantity, free[code])
            free[code] -= taken
            if taken:
                takings.append(_Taking(items[code].id, order, taken))
    return takings, short


def _book(takings: Sequence[_Taking], now: datetime) -> None:
    item_ids = {taking.item_id for taking in takings}
    in_lots = set(
        MaterialLot.objects.filter(
            item_id__in=item_ids, state=LotState.RELEASED, remaining__gt=0
        ).values_list("item_id", flat=True)
    )
    orders = {taking.work_order.id: taking.work_order for taking in takings}
    stems = _stems(orders.values(), item_ids)
    moves = [
        StockMove(
            item_id=taking.item_id,
            lot_id=lot_id,
            order_line_id=taking.work_order.order_line_id,
            kind=MoveKind.CONSUMED,
            quantity=-quantity,
            reference=_numbered(stems[taking.work_order.id], place),
            at=now,
        )
        for taking in takings
        for place, (lot_id, quantity) in enumerate(_parts(taking, in_lots))
    ]
    StockMove.objects.bulk_create(moves)
    _change_levels(moves)


def _parts(taking: _Taking, in_lots: Collection[int]) -> list[picking.Part]:
    if taking.item_id not in in_lots:
        return [(None, taking.quantity)]
    return picking.draw(item_id=taking.item_id, quantity=taking.quantity)


def _numbered(stem: str, place: int) -> str:
    return f"{stem}{PART}{place}" if place else stem


def _stems(orders: Iterable[WorkOrder], item_ids: Collection[int]) -> Mapping[int, str]:
    """Give each work order a reference under which nothing is booked yet."""
    numbers = {order.id: order.number for order in orders}
    booked = StockMove.objects.filter(kind=MoveKind.CONSUMED, item_id__in=item_ids)
    known = set(
        booked.filter(reference__in=numbers.values()).values_list(
            "reference", flat=True
        )
    )
    return {
        key: _next_stem(booked, number) if number in known else number
        for key, number in numbers.items()
    }


def _next_stem(booked: QuerySet[StockMove], number: str) -> str:
    n_before = booked.filter(reference__startswith=f"{number}{AGAIN}").count()
    return f"{number}{AGAIN}{n_before + 2}"


def _change_levels(moves: Iterable[StockMove]) -> None:
    """Follow the ledger in one statement; the caller holds the items' locks."""
    changes: Counter[int] = Counter()
    for move in moves:
        changes[move.item_id] += move.quantity
    whens = [When(id=key, then=Value(n)) for key, n in sorted(changes.items())]
    StockItem.objects.filter(id__in=changes).update(
        on_hand=F("on_hand") + Case(*whens, default=Value(0))
    )


def give_back(*, work_order: WorkOrder, now: datetime) -> None:
    """Book back what a work order took whose only start was undone."""
    items = _lock_items([work_order])
    item_ids = [item.id for item in items.values()]
    booked = StockMove.objects.filter(kind=MoveKind.CONSUMED, item_id__in=item_ids)
    number = work_order.number
    own = booked.filter(
        Q(reference=number)
        | Q(reference__startswith=f"{number}{AGAIN}")
        | Q(reference__startswith=f"{number}{PART}")
    )
    taken: dict[int, list[picking.Part]] = defaultdict(list)
    nets = own.order_by("item_id", "lot_id").values_list("item_id", "lot_id")
    for item_id, lot_id, net in nets.annotate(Sum("quantity")):
        if net:
            taken[item_id].append((lot_id, -net))
    if not taken:
        return
    stem = _next_stem(booked, number)
    moves = [
        StockMove(
            item_id=item_id,
            lot_id=lot_id,
            order_line_id=work_order.order_line_id,
            kind=MoveKind.CONSUMED,
            quantity=quantity,
            reference=_numbered(stem, place),
            reason="start undone",
            at=now,
        )
        for item_id, parts in taken.items()
        for place, (lot_id, quantity) in enumerate(_into_lots(parts))
    ]
    StockMove.objects.bulk_create(moves)
    _change_levels(moves)


def _into_lots(parts: Iterable[picking.Part]) -> Iterator[picking.Part]:
    """Put back into its lot what can still be used of it; an ended lot stays ended."""
    for lot_id, quantity in parts:
        n_back = MaterialLot.objects.filter(
            id=lot_id or 0, state=LotState.RELEASED
        ).update(remaining=F("remaining") + quantity)
        yield (lot_id if n_back else None), quantity
