"""Orders written straight into the tables, and small products to order for real."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from configurator.models import CatalogueRelease, Configuration, Product, User
from orders.models import Order, OrderLine, Quotation
from orders.selectors.answers import describe_order
from orders.selectors.facts import load_facts
from orders.services.quoting import make_quotation
from orders.services.requests import LineRequest, OrderRequest
from tests.factories import published

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ADDRESS = {
    "line1": "Mill Lane 4",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
}

MUG: dict[str, Any] = {
    "format": "lot-one-release/1",
    "product": "mug",
    "release": "1",
    "kind": "CONFIGURABLE",
    "name": {"en": "Mug", "de": "Becher"},
    "currency": "EUR",
    "quantity": {"min": 1, "max": 10_000, "step": 1},
    "characteristics": [
        {
            "code": "colour",
            "name": {"en": "Colour"},
            "kind": "CHOICE",
            "required": True,
            "options": [
                {"code": "WHITE", "name": {"en": "White"}},
                {"code": "BLUE", "name": {"en": "Blue"}},
                {"code": "GOLD", "name": {"en": "Gold"}},
            ],
        },
        {
            "code": "glaze",
            "name": {"en": "Glaze"},
            "kind": "CHOICE",
            "required": True,
            "options": [
                {"code": "MATT", "name": {"en": "Matt"}},
                {"code": "GLOSS", "name": {"en": "Gloss"}},
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
    "rules": [
        {
            "code": "M1",
            "text": "colour = GOLD excludes glaze = MATT",
            "reason": {"en": "Gold flakes off a matt glaze."},
        },
    ],
    "prices": {
        "entries": [
            {
                "code": "BASE",
                "label": {"en": "Mug", "de": "Becher"},
                "basis": "UNIT",
                "amount_minor": 1200,
            },
            {
                "code": "GOLD",
                "label": {"en": "Gold"},
                "basis": "UNIT",
                "amount_minor": 800,
                "when": "colour = GOLD",
            },
        ],
        "breaks": [{"from": 10, "discount_bp": 1000}],
    },
    "deliveries": ["CARRIER", "COLLECTION"],
    "order_rules": [
        {
            "code": "GOLD_BY_HAND",
            "when": "colour = GOLD",
            "deliveries": ["VAN", "COLLECTION"],
            "reason": {"en": "Gold does not survive the post."},
        },
    ],
    "routings": [
        {
            "code": "ONLY",
            "name": {"en": "By hand"},
            "method": "JOB",
            "steps": [
                {
                    "code": "THROW",
                    "name": {"en": "Throw"},
                    "work_centre": "WHEEL",
                    "basis": "UNIT",
                    "run_ms": 60_000,
                },
            ],
        },
    ],
}
BENCH: dict[str, Any] = {
    **MUG,
    "product": "bench",
    "kind": "BESPOKE",
    "name": {"en": "Bench", "de": "Bank"},
    "rules": [],
    "deliveries": ["VAN", "COLLECTION"],
    "order_rules": [],
}
JUICE: dict[str, Any] = {
    **MUG,
    "product": "juice",
    "kind": "STANDARD",
    "name": {"en": "Juice", "de": "Saft"},
    "characteristics": [],
    "rules": [],
    "prices": {
        "entries": [
            {
                "code": "BASE",
                "label": {"en": "Juice"},
                "basis": "UNIT",
                "amount_minor": 300,
            },
        ],
    },
    "deliveries": ["CARRIER", "VAN", "COLLECTION"],
    "order_rules": [],
}


def publish(document: Mapping[str, Any], *, now: datetime = NOW) -> CatalogueRelease:
    """Publish a product the way an admin does."""
    return published.publish(document, now=now)


def make_request(*lines: LineRequest, **fields: Any) -> OrderRequest:
    """Ask for lines, a white mug where none is given."""
    words: dict[str, Any] = {
        "customer_name": "Test buyer",
        "customer_email": "ada@example.org",
        "shipping_address": ADDRESS,
        **fields,
    }
    return OrderRequest(lines=lines or (ask_mug(),), **words)


def ask_mug(quantity: int = 1, **choices: Any) -> LineRequest:
    answers = {"colour": "WHITE", "glaze": "MATT", **choices}
    return LineRequest(product="mug", choices=answers, quantity=quantity)


def ask_bench() -> LineRequest:
    return LineRequest(
        product="bench", choices={"colour": "BLUE", "glaze": "GLOSS"}, quantity=1
    )


def make_product(slug: str = "mug", kind: str = "CONFIGURABLE") -> Product:
    """Make a product with one release, unless it exists; nothing is compiled."""
    product, _ = Product.objects.get_or_create(
        slug=slug,
        defaults={"kind": kind, "name": {"en": slug.title()}, "created_at": NOW},
    )
    definition = {**MUG, "product": slug, "kind": kind}
    CatalogueRelease.objects.get_or_create(
        product=product,
        number=1,
        defaults={
            "state": "ACTIVE",
            "definition": definition,
            "definition_sha256": sha256_of(json.dumps(definition)),
            "created_at": NOW,
        },
    )
    return product


def make_configuration(
    product: Product, choices: Mapping[str, Any] | None = None
) -> Configuration:
    """Make a configuration of a product's release, unless it exists."""
    answers = dict(choices or {"colour": "WHITE", "glaze": "MATT"})
    canonical = json.dumps(
        {"choices": answers, "product": product.slug, "release": "1"},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    configuration, _ = Configuration.objects.get_or_create(
        sha256=sha256_of(canonical),
        defaults={
            "release": product.releases.get(number=1),
            "product": product,
            "choices": answers,
            "canonical": canonical,
            "created_at": NOW,
        },
    )
    return configuration


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_order(
    *totals: int | None,
    user: User | None = None,
    placed_at: datetime = NOW,
    **fields: Any,
) -> Order:
    """Write an order with a line for each total; a line without one is bespoke."""
    totals = totals or (1200,)
    known = [total for total in totals if total is not None]
    count = Order.objects.count() + 1
    order = Order.objects.create(
        number=f"F-{900_000 + count}",
        user=user,
        customer_name="Test buyer",
        customer_email="ada@example.org",
        shipping_address=ADDRESS,
        currency="EUR",
        total_minor=sum(known) if len(known) == len(totals) else None,
        placed_at=placed_at,
        created_at=placed_at,
        **{"delivery": "COLLECTION", **fields},
    )
    for position, total in enumerate(totals):
        product = (
            make_product() if total is not None else make_product("bench", "BESPOKE")
        )
        line = OrderLine.objects.create(
            order=order,
            position=position,
            product=product,
            configuration=make_configuration(product),
            quantity=1,
            total_minor=total,
            method="JOB",
            created_at=placed_at,
        )
        if total is None:
            make_quotation(line=line, order_number=order.number, revision=0).save()
    return order


def make_sent_quotation(
    line: OrderLine, *, total_minor: int = 90_000, days: int = 30, **fields: Any
) -> Quotation:
    """Send a quotation the way staff do."""
    from orders.services.quoting import send_quotation

    return send_quotation(
        order_line_id=line.pk,
        total_minor=total_minor,
        valid_until=NOW + timedelta(days=days),
        now=NOW,
        actor="paul",
        **fields,
    )


def order_answer(*, order: Order, language: str) -> dict[str, Any]:
    """Read and describe one order."""
    return describe_order(facts=load_facts([order])[0], language=language)
