"""What else comes of a step goes into stock when it ends: pomace, spent grain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from production.models import MoveKind, Operation, StockItem, StockMove
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


def receive(*, material: str, quantity: int, stem: str, now: datetime) -> None:
    """Let the moves under a reference add up to a quantity of a by-product."""
    item_id = StockItem.objects.filter(code=material).values_list("id", flat=True)
    key = item_id.first()
    if key is None:
        return
    booked = StockMove.objects.filter(
        Q(reference=stem) | Q(reference__startswith=f"{stem}{AGAIN}"),
        item_id=key,
        kind=MoveKind.PRODUCED,
    )
    before = list(booked.values_list("quantity", flat=True))
    missing = quantity - sum(before)
    if missing:
        stock.book_move(
            item_id=key,
            kind=MoveKind.PRODUCED,
            quantity=missing,
            reference=f"{stem}{AGAIN}{len(before) + 1}" if before else stem,
            now=now,
        )
