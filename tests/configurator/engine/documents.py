"""Release documents that several tests start from."""

from copy import deepcopy

SHIRT = {
    "format": "lot-one-release/1",
    "product": "t-shirt",
    "release": "7",
    "kind": "CONFIGURABLE",
    "name": {"en": "T-shirt", "de": "T-Shirt"},
    "currency": "EUR",
    "quantity": {"min": 1, "max": 500},
    "characteristics": [
        {
            "code": "fabric",
            "name": {"en": "Fabric"},
            "kind": "CHOICE",
            "default": "COTTON",
            "options": [
                {"code": "COTTON", "tint": "#c8b89a", "popularity": 60},
                {"code": "SPORT", "popularity": 10},
            ],
        },
        {
            "code": "decoration",
            "kind": "CHOICE",
            "options": [
                {"code": "NONE", "popularity": 10},
                {"code": "PRINT", "popularity": 50},
                {"code": "SCREEN", "popularity": 20},
                {"code": "TRANSFER", "popularity": 20},
            ],
        },
        {
            "code": "size",
            "kind": "CHOICE",
            "options": [
                {"code": "M", "popularity": 30},
                {"code": "XL"},
                {"code": "2XL"},
            ],
        },
        {
            "code": "extras",
            "kind": "MULTI",
            "required": False,
            "at_most": 2,
            "options": [{"code": "BAG"}, {"code": "CARD"}, {"code": "LABEL"}],
        },
        {"code": "text", "kind": "TEXT", "required": False, "max_length": 20},
    ],
    "rules": [
        {
            "code": "T1",
            "text": "fabric = SPORT => decoration in {NONE, TRANSFER}",
            "reason": {"en": "Dye in sports fabric bleeds into printed ink."},
        },
        {
            "code": "T5",
            "text": "decoration = SCREEN => quantity >= 24",
            "reason": {"en": "Screens pay from 24 pieces."},
        },
        {"code": "T8", "text": "text => decoration != NONE"},
    ],
    "prices": {
        "entries": [
            {
                "code": "BASE",
                "label": {"en": "T-shirt"},
                "basis": "UNIT",
                "amount_minor": 1900,
            },
            {
                "code": "SPORT",
                "basis": "UNIT",
                "amount_minor": 400,
                "when": "fabric = SPORT",
            },
            {
                "code": "SCREENS",
                "basis": "ORDER",
                "amount_minor": 1800,
                "when": "decoration = SCREEN",
            },
            {"code": "TEXT", "basis": "CHARACTER", "of": "text", "amount_minor": 5},
        ],
        "breaks": [
            {"from": 10, "discount_bp": 500},
            {"from": 24, "discount_bp": 1200},
        ],
    },
    "materials": [
        {
            "material": "BLANK",
            "quantity": 1,
            "unit": "piece",
            "basis": "PIECE",
            "scrap_bp": 150,
        },
        {
            "material": "INK",
            "quantity": 7,
            "unit": "ml",
            "basis": "PIECE",
            "when": "decoration = PRINT",
        },
        {"material": "BOX", "quantity": 1, "unit": "piece", "basis": "ORDER"},
    ],
    "routings": [
        {
            "code": "DIRECT",
            "when": "decoration != SCREEN",
            "method": "MASS_CUSTOMISATION",
            "line": "FL-SHIRT",
            "yield_bp": 9850,
            "edit_window": {"minutes": 30},
            "steps": [
                {"code": "PICK", "work_centre": "PICK", "run_ms": 35000},
                {
                    "code": "PRETREAT",
                    "when": "decoration = PRINT",
                    "run_ms": 40000,
                    "attributes": {"shade": {"cases": [["fabric = SPORT", "DARK"]]}},
                },
                {
                    "code": "PRINT",
                    "when": "decoration in {PRINT, TRANSFER}",
                    "run_ms": 180000,
                    "run_cases": [["text", 11000]],
                    "attributes": {
                        "fabric": {"of": "fabric"},
                        "programme": "DTG",
                        "extras": {"of": "extras"},
                    },
                    "setup": {"matrix": "DTG", "uses": ["fabric"], "internal_s": 90},
                    "batch": {"key": ["programme", "fabric"], "max_wait_s": 60},
                },
                {
                    "code": "PACK",
                    "after": ["PRINT", "PICK"],
                    "basis": "LOAD",
                    "load": {"measure": "BIN", "pieces_per": 24, "max": 18},
                },
            ],
        },
        {
            "code": "SCREEN",
            "when": "decoration = SCREEN",
            "method": "BATCH",
            "steps": [{"code": "SCREEN", "run_ms": 15000}],
        },
    ],
    "artwork": "<svg/>",
}


def shirt(**changes):
    """Return the shirt with some top-level fields replaced."""
    return {**deepcopy(SHIRT), **changes}
