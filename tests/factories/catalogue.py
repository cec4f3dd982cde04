"""Products to choose from: documents, and releases that were published from them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from configurator.models import CatalogueRelease
from configurator.services.catalogue import create_draft, publish_release
from tests.factories import published

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)

MUG: dict[str, Any] = {
    "format": "lot-one-release/1",
    "product": "mug",
    "release": "1",
    "kind": "CONFIGURABLE",
    "name": {"en": "Mug", "de": "Becher"},
    "description": {"en": "A mug of clay."},
    "currency": "EUR",
    "quantity": {"min": 1, "max": 500, "step": 1},
    "pieces": {"count": 1},
    "deliveries": ["CARRIER", "COLLECTION"],
    "characteristics": [
        {
            "code": "colour",
            "name": {"en": "Colour", "de": "Farbe"},
            "kind": "CHOICE",
            "required": True,
            "default": "RED",
            "options": [
                {
                    "code": "RED",
                    "name": {"en": "Red", "de": "Rot"},
                    "tint": "#b0362c",
                    "popularity": 60,
                },
                {"code": "BLUE", "name": {"en": "Blue"}, "popularity": 30},
                {"code": "GOLD", "name": {"en": "Gold"}, "tint": None},
            ],
        },
        {
            "code": "size",
            "name": {"en": "Size", "de": "Größe"},
            "kind": "CHOICE",
            "required": True,
            "default": None,
            "options": [
                {"code": "S", "name": {"en": "Small"}, "popularity": 70},
                {"code": "L", "name": {"en": "Large"}, "popularity": 30},
            ],
        },
        {
            "code": "extras",
            "name": {"en": "Extras"},
            "kind": "MULTI",
            "required": False,
            "default": [],
            "at_least": 0,
            "at_most": 2,
            "options": [
                {"code": "SPOON", "name": {"en": "Spoon"}},
                {"code": "LID", "name": {"en": "Lid"}},
                {"code": "BOX", "name": {"en": "Gift box"}},
            ],
        },
        {
            "code": "height_mm",
            "name": {"en": "Height"},
            "kind": "NUMBER",
            "required": True,
            "default": 90,
            "min": 80,
            "max": 120,
            "step": 10,
            "unit": "mm",
        },
        {
            "code": "text",
            "name": {"en": "Text"},
            "kind": "TEXT",
            "required": False,
            "default": "",
            "max_length": 12,
            "alphabet": "LATIN",
        },
        {
            "code": "artwork",
            "name": {"en": "Picture"},
            "kind": "FILE",
            "required": False,
            "default": None,
            "min_dpi": 100,
            "print_width_mm": 50,
        },
    ],
    "rules": [
        {
            "code": "R1",
            "text": "colour = GOLD => size = L",
            "reason": {
                "en": "The gold leaf needs the large mug.",
                "de": "Das Blattgold braucht den großen Becher.",
            },
            "from": None,
            "to": None,
        },
        {
            "code": "R2",
            "text": "text requires colour != GOLD",
            "reason": {"en": "We cannot write on gold."},
            "from": None,
            "to": None,
        },
    ],
    "prices": {
        "entries": [
            {
                "code": "BASE",
                "label": {"en": "Mug", "de": "Becher"},
                "basis": "UNIT",
                "amount_minor": 1000,
                "when": None,
            },
            {
                "code": "GOLD",
                "label": {"en": "Gold leaf"},
                "basis": "UNIT",
                "amount_minor": 500,
                "when": "colour = GOLD",
            },
            {
                "code": "LID",
                "label": {"en": "Lid"},
                "basis": "UNIT",
                "amount_minor": 120,
                "when": "extras has LID",
            },
            {
                "code": "TEXT",
                "label": {"en": "Text"},
                "basis": "CHARACTER",
                "of": "text",
                "amount_minor": 5,
                "when": None,
            },
        ],
        "breaks": [{"from": 10, "discount_bp": 500}],
    },
    "materials": [
        {
            "material": "CLAY",
            "quantity": 400,
            "unit": "g",
            "basis": "PIECE",
            "when": None,
            "scrap_bp": 0,
        },
        {
            "material": "GOLD-LEAF",
            "quantity": 2,
            "unit": "sheet",
            "basis": "PIECE",
            "when": "colour = GOLD",
            "scrap_bp": 500,
        },
    ],
    "routings": [
        {
            "code": "POTTERY",
            "name": {"en": "By hand"},
            "when": None,
            "method": "JOB",
            "line": None,
            "reason": {"en": "Each mug is thrown by hand."},
            "yield_bp": 9500,
            "edit_window": {"minutes": 30},
            "largest_lot": None,
            "steps": [
                {
                    "code": "THROW",
                    "name": {"en": "Throw"},
                    "kind": "MAKE",
                    "when": None,
                    "after": None,
                    "work_centre": "WHEEL",
                    "basis": "UNIT",
                    "run_ms": 300000,
                    "crew": 1,
                    "skill": "POTTER",
                },
                {
                    "code": "FIRE",
                    "name": {"en": "Fire"},
                    "kind": "MAKE",
                    "when": None,
                    "after": ["THROW"],
                    "work_centre": "KILN",
                    "basis": "LOAD",
                    "run_ms": 7200000,
                    "attended": False,
                    "load": {
                        "measure": "PIECE",
                        "pieces_per": 1,
                        "max": 60,
                        "min": 10,
                    },
                    "attributes": {"glaze": {"of": "colour"}},
                    "batch": {"key": ["glaze"], "max_wait_s": 86400},
                },
            ],
        }
    ],
    "artwork": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    '<rect width="60" height="80" fill="#cccccc" data-tint="colour"/></svg>',
}

# Complete and allowed.
RED_MUG: dict[str, Any] = {
    "colour": "RED",
    "size": "S",
    "extras": [],
    "height_mm": 90,
}


def mug_document(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(MUG), **changes}


def standard_document(slug: str = "juice", price_minor: int = 1490) -> dict[str, Any]:
    entry = {
        "code": "BASE",
        "label": {"en": "Case"},
        "basis": "UNIT",
        "amount_minor": price_minor,
    }
    return {
        "format": "lot-one-release/1",
        "product": slug,
        "release": "1",
        "kind": "STANDARD",
        "name": {"en": "Juice"},
        "currency": "EUR",
        "quantity": {"min": 1, "max": 100, "step": 1},
        "pieces": {"count": 6},
        "characteristics": [],
        "rules": [],
        "prices": {"entries": [entry], "breaks": []},
        "materials": [],
        "routings": [{"code": "FLOW", "method": "FLOW", "steps": [{"code": "FILL"}]}],
    }


def make_draft(
    document: dict[str, Any] | None = None, **words: Any
) -> CatalogueRelease:
    return create_draft(document=document or mug_document(), **{"now": NOW, **words})


def make_release(
    document: dict[str, Any] | None = None, **words: Any
) -> CatalogueRelease:
    """Publish a release; of a mug unless told otherwise."""
    if not words:
        return published.publish(document or mug_document(), now=NOW)
    draft = make_draft(document)
    return publish_release(release_id=draft.pk, **{"now": NOW, **words})
