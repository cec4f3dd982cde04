"""A release's document as rows that an admin edits, and back without loss.

Each kind of row has columns for what people edit often; every other field of the
document lies in the row's JSON. Fields that are null or have their usual value are
left out when the document is built, so both ways end in the same *plain form*.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models import QuerySet

from configurator.models import (
    BomLine,
    CatalogueRelease,
    Characteristic,
    Option,
    PriceList,
    PriceRule,
    Routing,
    RoutingStep,
    Rule,
)
from configurator.services.shapes import (
    CHARACTERISTIC,
    ENTRY,
    MATERIAL,
    OPTION,
    ROUTING,
    RULE,
    STEP,
    Document,
    Shape,
    full,
)

FORMAT = "lot-one-release/1"
# The parts of a document that have rows; the rest is the release's header.
PARTS = ("characteristics", "rules", "prices", "materials", "routings")
NAMED_BY_RELEASE = ("product", "release", "currency")


def write_rows(release: CatalogueRelease, document: Mapping[str, Any]) -> None:
    """Make the rows of an empty draft from a document that the engine has read."""
    characteristics = document.get("characteristics", [])
    questions = _create(
        Characteristic,
        (
            {
                "release": release,
                **CHARACTERISTIC.to_columns(full(each, "characteristics")),
            }
            for each in characteristics
        ),
    )
    _create_nested(
        Option, "characteristic", questions, characteristics, "options", OPTION
    )
    _create(
        Rule,
        (
            {"release": release, **RULE.to_columns(each)}
            for each in document.get("rules", [])
        ),
    )
    _write_prices(release, document)
    _create(
        BomLine,
        (
            {"release": release, **MATERIAL.to_columns(full(each, "materials"))}
            for each in document.get("materials", [])
        ),
    )
    routings = document.get("routings", [])
    ways = _create(
        Routing, ({"release": release, **ROUTING.to_columns(each)} for each in routings)
    )
    _create_nested(RoutingStep, "routing", ways, routings, "steps", STEP)


def read_document(release: CatalogueRelease) -> Document:
    """Build the document of a draft from its rows, in plain form."""
    price_list = PriceList.objects.filter(release=release).first()
    prices: Document = {"entries": [], "breaks": []}
    if price_list is not None:
        prices = {
            "entries": [ENTRY.to_object(each) for each in price_list.entries.all()],
            "breaks": price_list.breaks,
        }
    return {
        "format": FORMAT,
        "product": release.product.slug,
        "release": str(release.number),
        "currency": price_list.currency if price_list else release.product.currency,
        **release.header,
        "characteristics": [
            _with_parts(CHARACTERISTIC, each, "options", OPTION, each.options.all())
            for each in release.characteristics.prefetch_related("options")
        ],
        "rules": [RULE.to_object(each) for each in release.rules.all()],
        "prices": prices,
        "materials": [MATERIAL.to_object(each) for each in release.bom_lines.all()],
        "routings": [
            _with_parts(ROUTING, each, "steps", STEP, each.steps.all())
            for each in release.routings.prefetch_related("steps")
        ],
    }


def plain_form(document: Mapping[str, Any]) -> Document:
    """Bring any document into the form that `read_document` gives."""
    prices = document.get("prices") or {}
    plain = {
        "format": FORMAT,
        **{key: document[key] for key in NAMED_BY_RELEASE if key in document},
        **header_of(document),
        "characteristics": [
            _plain_parts(
                CHARACTERISTIC, full(each, "characteristics"), "options", OPTION
            )
            for each in document.get("characteristics", [])
        ],
        "rules": [RULE.plain(each) for each in document.get("rules", [])],
        "prices": {
            "entries": [ENTRY.plain(each) for each in prices.get("entries", [])],
            "breaks": prices.get("breaks", []),
        },
        "materials": [
            MATERIAL.plain(full(each, "materials"))
            for each in document.get("materials", [])
        ],
        "routings": [
            _plain_parts(ROUTING, each, "steps", STEP)
            for each in document.get("routings", [])
        ],
    }
    plain.setdefault("currency", "EUR")
    return plain


def header_of(document: Mapping[str, Any]) -> Document:
    """Give the fields of the product as a whole, which have no rows."""
    elsewhere = {*PARTS, *NAMED_BY_RELEASE, "format"}
    return {
        key: value
        for key, value in document.items()
        if key not in elsewhere and value is not None
    }


def _write_prices(release: CatalogueRelease, document: Mapping[str, Any]) -> None:
    prices = document.get("prices") or {}
    price_list = PriceList.objects.create(
        release=release,
        currency=document.get("currency", "EUR"),
        breaks=prices.get("breaks", []),
    )
    _create(
        PriceRule,
        (
            {"price_list": price_list, **ENTRY.to_columns(each)}
            for each in prices.get("entries", [])
        ),
    )


def _create(model: type[models.Model], rows: Iterable[Document]) -> list[Any]:
    made = [model(position=at, **columns) for at, columns in enumerate(rows)]
    return QuerySet[Any](model).bulk_create(made, batch_size=500)


def _create_nested(
    model: type[models.Model],
    parent: str,
    parents: list[Any],
    objects: list[Document],
    key: str,
    shape: Shape,
) -> None:
    made = [
        model(position=at, **{parent: row}, **shape.to_columns(full(each, key)))
        for row, one in zip(parents, objects, strict=True)
        for at, each in enumerate(one.get(key) or [])
    ]
    QuerySet[Any](model).bulk_create(made, batch_size=500)


def _with_parts(
    shape: Shape,
    row: models.Model,
    key: str,
    part: Shape,
    rows: Iterable[models.Model],
) -> Document:
    found = shape.to_object(row)
    parts = [part.to_object(each) for each in rows]
    if parts or key == "steps":
        found[key] = parts
    return found


def _plain_parts(
    shape: Shape, given: Mapping[str, Any], key: str, part: Shape
) -> Document:
    found = shape.plain({k: v for k, v in given.items() if k != key})
    parts = [part.plain(full(each, key)) for each in given.get(key) or []]
    if parts or key == "steps":
        found[key] = parts
    return found
