"""Which lots goods are taken from: what expires first goes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import F, Sum

from configurator.services.moves import move
from production.models import MaterialLot, StockItem
from production.states import LOT_MOVES, LotState

# A lot and how much of it; no lot where goods came in without one.
Part = tuple[int | None, int]


def draw(*, item_id: int, quantity: int) -> list[Part]:
    """Take from released lots, first expired first; the rest lies in no lot.

    The caller changes the item's level in the same transaction.
    """
    parts: list[Part] = list(_draw(_lock_for_sale(item_id), quantity))
    rest = quantity - sum(n for _lot_id, n in parts)
    return [*parts, (None, rest)] if rest else parts


def follow_level(*, item_id: int) -> None:
    """Take out of lots what a count or a scrapping left too much in them."""
    on_hand = StockItem.objects.values_list("on_hand", flat=True).get(id=item_id)
    in_lots = MaterialLot.objects.filter(item_id=item_id).aggregate(n=Sum("remaining"))
    surplus = (in_lots["n"] or 0) - on_hand
    if surplus > 0:
        draw(item_id=item_id, quantity=surplus)


def _lock_for_sale(item_id: int) -> Sequence[MaterialLot]:
    return list(
        MaterialLot.objects.select_for_update()
        .filter(item_id=item_id, state=LotState.RELEASED, remaining__gt=0)
        .order_by(F("best_before_date").asc(nulls_last=True), "created_at", "id")
    )


def _draw(lots: Sequence[MaterialLot], quantity: int) -> Iterator[Part]:
    left = quantity
    for lot in lots:
        if left == 0:
            return
        n_taken = min(left, lot.remaining)
        left -= n_taken
        yield lot.id, n_taken
        if n_taken < lot.remaining:
            rows = MaterialLot.objects.filter(id=lot.id)
            rows.update(remaining=F("remaining") - n_taken)
            return
        end(lot=lot, to=LotState.CONSUMED)


def end(*, lot: MaterialLot, to: str) -> None:
    """End a lot of which nothing is left."""
    move(
        MaterialLot,
        ids=[lot.id],
        from_=lot.state,
        to=to,
        moves=LOT_MOVES,
        extra_updates={"remaining": 0},
    )
