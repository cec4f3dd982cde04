"""What else comes of the work goes into stock: pomace, spent grain, and surplus."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from production.models import (
    MoveKind,
    Operation,
    StockItem,
    StockKind,
    StockMove,
    WorkOrder,
)
from production.services import stock
from production.services.consuming import AGAIN
from production.states import OperationState


def settle(*, operations: Iterable[Operation], now: datetime) -> None:
    """Bring the ledger up to what these steps have given; safe to repeat.

    A step that is done gave its by-products, one that was taken back did not.
    """
    for operation in operations:
        is_done = operation.state == OperationState.DONE
        n_pieces = operation.planned_quantity if is_done else 0
        for row in operation.by_products:
            receive(
                material=str(row["material"]),
                quantity=int(row["quantity"]) * n_pieces,
                stem=f"{operation.work_order.number}/{operation.sequence}",
                now=now,
            )


def settle_surplus(*, work_order: WorkOrder, good: int, now: datetime) -> None:
    """Bring the ledger up to the good pieces above the order; safe to repeat.

    They become the product's seconds, where the works keep any of it.
    """
    surplus = max(0, good - work_order.quantity)
    items = StockItem.objects.filter(
        kind=StockKind.SECONDS, product_id=work_order.product_id
    )
    stem = f"{work_order.number}/surplus"
    for key in items.order_by("id").values_list("id", flat=True)[:1]:
        _level(item_id=key, quantity=surplus, stem=stem, now=now)


def receive(*, material: str, quantity: int, stem: str, now: datetime) -> None:
    """Let the moves under a reference add up to a quantity of a by-product."""
    item_id = StockItem.objects.filter(code=material).values_list("id", flat=True)
    key = item_id.first()
    if key is not None:
        _level(item_id=key, quantity=quantity, stem=stem, now=now)


def _level(*, item_id: int, quantity: int, stem: str, now: datetime) -> None:
    booked = StockMove.objects.filter(
        Q(reference=stem) | Q(reference__startswith=f"{stem}{AGAIN}"),
        item_id=item_id,
        kind=MoveKind.PRODUCED,
    )
    before = list(booked.values_list("quantity", flat=True))
    missing = quantity - sum(before)
    if missing:
        stock.book_move(
            item_id=item_id,
            kind=MoveKind.PRODUCED,
            quantity=missing,
            reference=f"{stem}{AGAIN}{len(before) + 1}" if before else stem,
            now=now,
        )
