"""The stock that a factory begins with, booked into the ledger once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from configurator.models import Product
from production.models import MaterialLot, MoveKind, StockItem, StockMove
from production.selectors import keeping
from production.states import LotState

Document = Mapping[str, Any]
OPENING = "opening"


def load_stock(*, document: Document, now: datetime) -> None:
    """Make missing items with their opening level, and tie items to products."""
    products = dict(Product.objects.values_list("slug", "id"))
    known = dict(StockItem.objects.values_list("code", "product_id"))
    entries = {entry["code"]: entry for entry in document["stock_items"]}
    new = [entry for code, entry in entries.items() if code not in known]
    shelf_days = _shelf_days(document)
    hold_s = 3600 * document.get("trade", {}).get("quality_hold_h", 0)
    StockItem.objects.bulk_create(
        _item(entry, products, shelf_days, hold_s) for entry in new
    )
    items = dict(
        StockItem.objects.filter(code__in=[entry["code"] for entry in new]).values_list(
            "code", "id"
        )
    )
    StockMove.objects.bulk_create(_openings(new, items, now))
    MaterialLot.objects.bulk_create(_lots(new, items, shelf_days, now))
    for code, product_id in known.items():
        wanted = products.get(_product(entries.get(code, {})))
        if product_id is None and wanted is not None:
            StockItem.objects.filter(code=code).update(product_id=wanted)


def _product(entry: Document) -> str:
    return str(entry.get("product") or entry.get("sells_product") or "")


def _item(
    entry: Document,
    products: Mapping[str, int],
    shelf_days: Mapping[str, int],
    hold_s: int,
) -> StockItem:
    return StockItem(
        code=entry["code"],
        name=entry["name"],
        kind=entry["kind"],
        unit=entry["unit"],
        product_id=products.get(_product(entry)),
        on_hand=entry["on_hand"],
        reorder_point=entry.get("reorder_point"),
        run_size=entry.get("run_size"),
        maximum=entry.get("maximum"),
        lead_days=entry.get("lead_days", 0),
        sells=entry.get("sells", {}),
        # Only what a flow line makes is looked at by quality.
        quality_hold_s=hold_s if entry.get("line") else 0,
        shelf_life_days=shelf_days.get(_product(entry)),
    )


def _openings(
    entries: list[Document], items: Mapping[str, int], now: datetime
) -> Iterator[StockMove]:
    for entry in entries:
        if entry["on_hand"]:
            yield StockMove(
                item_id=items[entry["code"]],
                kind=MoveKind.RECEIPT,
                quantity=entry["on_hand"],
                reference=OPENING,
                at=now,
            )


def _lots(
    entries: list[Document],
    items: Mapping[str, int],
    shelf_days: Mapping[str, int],
    now: datetime,
) -> Iterator[MaterialLot]:
    for entry in entries:
        days = shelf_days.get(_product(entry))
        for lot in entry.get("lots", ()):
            made_at = now - timedelta(days=lot.get("age_days", 0))
            yield MaterialLot(
                item_id=items[entry["code"]],
                code=lot["code"],
                state=LotState.RELEASED,
                quantity=lot["quantity"],
                remaining=lot["quantity"],
                best_before_date=keeping.find_best_before(days=days, now=made_at),
                created_at=made_at,
            )


def _shelf_days(document: Document) -> dict[str, int]:
    return {each["product"]: each["days"] for each in document.get("shelf_life", ())}
