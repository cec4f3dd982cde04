"""A small factory and orders for it, written straight into the tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from configurator.models import CatalogueRelease, Configuration, Product
from orders.models import Order, OrderLine, OutboxMessage
from production.models import (
    Calendar,
    Line,
    SequenceRule,
    Site,
    Station,
    StockItem,
    WorkCentre,
)

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

SHIRT: dict[str, Any] = {
    "format": "lot-one-release/1",
    "product": "shirt",
    "release": "1",
    "kind": "CONFIGURABLE",
    "name": {"en": "Shirt"},
    "currency": "EUR",
    "quantity": {"min": 1, "max": 1000, "step": 1},
    "pieces": {"count": 1},
    "characteristics": [
        {
            "code": "colour",
            "name": {"en": "Colour"},
            "kind": "CHOICE",
            "required": True,
            "options": [
                {"code": "WHITE", "name": {"en": "White"}},
                {"code": "NAVY", "name": {"en": "Navy"}},
            ],
        },
        {
            "code": "text",
            "name": {"en": "Text"},
            "kind": "TEXT",
            "required": False,
            "default": "",
            "max_length": 20,
            "alphabet": "LATIN",
        },
    ],
    "rules": [],
    "prices": {"entries": [], "breaks": []},
    "materials": [
        {"material": "BLANK", "quantity": 1, "unit": "piece", "basis": "PIECE"},
        {
            "material": "INK",
            "quantity": 3,
            "unit": "ml",
            "basis": "PIECE",
            "when": "text",
            "scrap_bp": 5000,
        },
    ],
    "routings": [
        {
            "code": "LINE",
            "name": {"en": "One by one"},
            "when": "quantity < 24",
            "method": "MASS_CUSTOMISATION",
            "line": "FL",
            "reason": {"en": "Each is different.", "de": "Jedes ist anders."},
            "yield_bp": 9850,
            "edit_window": {"minutes": 30},
            "steps": [
                {
                    "code": "PICK",
                    "name": {"en": "Pick", "de": "Holen"},
                    "work_centre": "FL",
                    "basis": "UNIT",
                    "run_ms": 35000,
                    "station": "PICK",
                },
                {
                    "code": "PRETREAT",
                    "name": {"en": "Pre-treat"},
                    "when": "colour = NAVY",
                    "work_centre": "FL",
                    "basis": "UNIT",
                    "run_ms": 40500,
                    "station": "PRETREAT",
                },
                {
                    "code": "PRINT",
                    "name": {"en": "Print"},
                    "work_centre": "FL",
                    "basis": "UNIT",
                    "run_ms": 60000,
                    "run_cases": [["text", 11000]],
                    "station": "PRINT",
                    "attributes": {
                        "shade": {"cases": [["colour = NAVY", "DARK"]], "else": "LIGHT"}
                    },
                },
            ],
        },
        {
            "code": "RUN",
            "name": {"en": "Together"},
            "when": "quantity >= 24",
            "method": "BATCH",
            "reason": {"en": "Screens pay from 24 pieces."},
            "yield_bp": 9700,
            "edit_window": None,
            "largest_lot": 100,
            "steps": [
                {
                    "code": "SCREEN",
                    "name": {"en": "Screen print"},
                    "work_centre": "SCREEN-1",
                    "basis": "LOAD",
                    "run_ms": 900000,
                    "load": {"measure": "TRAY", "pieces_per": 24, "max": 18, "min": 1},
                    "attributes": {"colour": {"of": "colour"}},
                    "setup": {
                        "matrix": "SCREEN",
                        "uses": ["colour"],
                        "internal_s": 60,
                        "external_s": 0,
                    },
                    "batch": {
                        "key": ["colour"],
                        "max_wait_s": 2700,
                        "cutoff": "15:00",
                        "minimum": None,
                    },
                    "skill": "SCREEN",
                },
                {
                    "code": "CURE",
                    "name": {"en": "Cure"},
                    "kind": "DELAY",
                    "basis": "DELAY",
                    "run_ms": 1800000,
                },
                {
                    "code": "PACK",
                    "name": {"en": "Pack"},
                    "work_centre": "PACK-1",
                    "basis": "UNIT",
                    "run_ms": 1500,
                },
            ],
        },
    ],
    "artwork": "",
}


def make_places() -> None:
    """Give the factory a flexible line and two work centres."""
    site = Site.objects.create(code="MILL", zone="Europe/Berlin")
    calendar = Calendar.objects.create(
        code="ALWAYS", zone="Europe/Berlin", always_open=True
    )
    for code, mode in (("FL", "LINE"), ("SCREEN-1", "LOAD"), ("PACK-1", "SERIAL")):
        WorkCentre.objects.create(code=code, mode=mode, site=site, calendar=calendar)
    line = Line.objects.create(
        code="FL",
        kind="FLEXIBLE",
        work_centre=WorkCentre.objects.get(code="FL"),
        takt_ms=75_000,
        wip_limit=5,
        colour_attribute="shade",
    )
    for position, code in enumerate(("PICK", "PRETREAT", "PRINT"), start=1):
        Station.objects.create(line=line, code=code, position=position)
    SequenceRule.objects.create(
        line=line, code="TEXT", condition="text", p=1, q=2, station="PRINT"
    )


def publish(document: Mapping[str, Any] = SHIRT, **changes: Any) -> CatalogueRelease:
    """Put a product on sale, skipping what the catalogue's own services check."""
    definition = {**document, **changes}
    product, _ = Product.objects.get_or_create(
        slug=definition["product"],
        defaults={
            "kind": definition["kind"],
            "name": definition["name"],
            "created_at": NOW,
        },
    )
    content = json.dumps(definition, sort_keys=True).encode()
    return CatalogueRelease.objects.create(
        product=product,
        number=int(definition["release"]),
        state="ACTIVE",
        definition=definition,
        definition_sha256=hashlib.sha256(content).hexdigest(),
        created_at=NOW,
        published_at=NOW,
    )


def configure(release: CatalogueRelease, **choices: Any) -> Configuration:
    """Pin choices to a release."""
    canonical = json.dumps(
        {
            "choices": choices,
            "product": release.product.slug,
            "release": str(release.number),
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    sha256 = hashlib.sha256(canonical.encode()).hexdigest()
    found, _ = Configuration.objects.get_or_create(
        sha256=sha256,
        defaults={
            "release": release,
            "product": release.product,
            "choices": choices,
            "canonical": canonical,
            "created_at": NOW,
        },
    )
    return found


def place_order(
    *lines: Mapping[str, Any], state: str = "CONFIRMED", now: datetime = NOW
) -> Order:
    """Write an order; ``lines`` hold a configuration and the fields of the line."""
    order = Order.objects.create(
        number=f"F-{Order.objects.count() + 1:06d}",
        customer_name="Test buyer",
        customer_email="anna@example.org",
        shipping_address={"country": "DE"},
        delivery="CARRIER",
        currency="EUR",
        total_minor=0,
        state=state,
        placed_at=now,
        confirmed_at=now if state == "CONFIRMED" else None,
        created_at=now,
    )
    for position, line in enumerate(lines):
        configuration = line["configuration"]
        OrderLine.objects.create(
            order=order,
            position=position,
            product=configuration.product,
            created_at=now,
            **{"quantity": 1, "method": "MASS_CUSTOMISATION", **line},
        )
    if state == "CONFIRMED":
        OutboxMessage.objects.create(
            kind="release",
            key=order.number,
            order=order,
            created_at=now,
            available_at=now,
        )
    return order


def order_of(release: CatalogueRelease, quantity: int = 1, **fields: Any) -> Order:
    """Write a confirmed order of one line; NAVY where no ``choices`` are given."""
    choices = fields.pop("choices", {"colour": "NAVY"})
    state = fields.pop("state", "CONFIRMED")
    line = {"configuration": configure(release, **choices), "quantity": quantity}
    return place_order({**line, **fields}, state=state)


def batch_order(release: CatalogueRelease, quantity: int, **fields: Any) -> Order:
    return order_of(release, quantity, method="BATCH", **fields)


def make_stock(code: str, on_hand: int, **fields: Any) -> StockItem:
    return StockItem.objects.create(
        code=code, kind="GOODS", unit="bottle", on_hand=on_hand, **fields
    )
