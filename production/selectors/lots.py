"""Lots: what there is of each, and who got it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from configurator.services.errors import NotFoundError
from production.models import MaterialLot, MoveKind, StockMove
from production.states import LotState

OVER = (LotState.CONSUMED, LotState.EXPIRED)


def list_lots(*, state: str = "", item: str = "") -> QuerySet[MaterialLot]:
    """Give lots, those that are sold first ahead of the others."""
    found = MaterialLot.objects.select_related("item")
    if state:
        found = found.filter(state=state)
    if item:
        found = found.filter(item__code=item)
    return found.order_by(
        "item__code", F("best_before_date").asc(nulls_last=True), "created_at", "id"
    )


def list_present() -> Sequence[MaterialLot]:
    """Give the lots of which something is left, or that are asked back."""
    return list(
        list_lots().exclude(state__in=OVER) | list_lots().exclude(recalled_at=None)
    )


def get_lot(*, code: str) -> MaterialLot:
    found = MaterialLot.objects.select_related("item").filter(code=code).first()
    if found is None:
        raise NotFoundError(_("There is no lot %(code)s.") % {"code": code})
    return found


def list_users(*, lot: MaterialLot) -> Sequence[StockMove]:
    """Give what was shipped of a lot, with the orders that got it (where used)."""
    return list(
        lot.moves.filter(kind=MoveKind.SHIPPED, order_line__isnull=False)
        .select_related("order_line__order")
        .order_by("order_line__order_id", "id")
    )


def lot_row(lot: MaterialLot) -> dict[str, Any]:
    return {
        "code": lot.code,
        "item": lot.item.code,
        "state": lot.state,
        "quantity": lot.quantity,
        "remaining": lot.remaining,
        "unit": lot.item.unit,
        "best_before": lot.best_before_date,
        "hold_until": lot.hold_until,
        "reason": lot.reason,
        "recalled_at": lot.recalled_at,
        "created_at": lot.created_at,
    }


def lot_answer(lot: MaterialLot, *, with_customers: bool) -> dict[str, Any]:
    """Give a lot with where it was used; customers only to who may know them."""
    return lot_row(lot) | {
        "used_by": [
            user_row(move, with_customers=with_customers)
            for move in list_users(lot=lot)
        ]
    }


def user_row(move: StockMove, *, with_customers: bool) -> dict[str, Any]:
    line = move.order_line
    assert line is not None  # noqa: S101 -- list_users leaves these out
    row = {
        "order": line.order.number,
        "order_line": line.pk,
        "quantity": -move.quantity,
        "shipped_at": move.at,
    }
    if with_customers:
        row["customer"] = line.order.customer_name
        row["email"] = line.order.customer_email
    return row
