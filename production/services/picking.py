"""Which lots goods are taken from: what expires first goes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move
from production.models import MaterialLot, StockItem
from production.states import LOT_MOVES, LotState

# A lot and how much of it; no lot where goods came in without one.
Part = tuple[int | None, int]


class TooOldError(ConflictError):
    """What is left keeps too short a time for whom it is for."""

    code = "TOO_OLD"


def draw(*, item_id: int, quantity: int, least: date | None = None) -> list[Part]:
    """Take from released lots, first expired first; the rest lies in no lot.

    With ``least`` only from those that keep until that day. The caller has changed, or
    changes, the item's level in the same transaction.

    Raises
    ------
    TooOldError
        If too little keeps until then.
    """
    lots = [
        lot
        for lot in _lock_for_sale(item_id)
        if not (least and lot.best_before_date and lot.best_before_date < least)
    ]
    parts: list[Part] = list(_draw(lots, quantity))
    rest = quantity - sum(n for _lot_id, n in parts)
    if rest and least:
        _refuse_old(item_id, least)
    return [*parts, (None, rest)] if rest else parts


def follow_level(*, item_id: int) -> None:
    """Take out of lots what a count or a scrapping left too much in them."""
    surplus = _count_surplus(item_id)
    if surplus > 0:
        draw(item_id=item_id, quantity=surplus)


def _count_surplus(item_id: int) -> int:
    """Count what lies in lots above what is on hand at all."""
    on_hand = StockItem.objects.values_list("on_hand", flat=True).get(id=item_id)
    in_lots = MaterialLot.objects.filter(item_id=item_id).aggregate(n=Sum("remaining"))
    return (in_lots["n"] or 0) - on_hand


def _refuse_old(item_id: int, least: date) -> None:
    """Refuse where the rest is not without a lot but in lots that are too old."""
    n_short = _count_surplus(item_id)
    if n_short > 0:
        item = StockItem.objects.get(id=item_id)
        text = _(
            "%(n)d %(unit)s of %(item)s are missing that keep until %(day)s, as trade "
            "asks: send this when the next lot is released."
        )
        words = {"n": n_short, "unit": item.unit, "item": item.code, "day": least}
        raise TooOldError(text % words)


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
