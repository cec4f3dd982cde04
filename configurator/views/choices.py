"""Choices in forms and addresses: read from them, written into them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from configurator.engine.model import Characteristic, Definition, Kind

PREFIX = "c."
NONE = "-"


def read_choices(definition: Definition, fields: QueryDict) -> dict[str, Any]:
    """Read answers from a form or an address; what is not asked is left out.

    Text stays byte for byte as it was typed. A number that is none is handed on as
    text, so that whoever checks it can quote it.
    """
    found: dict[str, Any] = {}
    for each in definition.characteristics:
        name = PREFIX + each.code
        if name not in fields:
            continue
        values = fields.getlist(name)
        value = _value(each, values)
        if value is not None:
            found[each.code] = value
    return found


def _value(each: Characteristic, values: list[str]) -> Any:
    if each.kind is Kind.MULTI:
        return [value for value in values if value != NONE]
    value = values[-1]
    if each.kind is Kind.NUMBER:
        text = value.strip()
        return int(text) if text.isascii() and text.isdigit() else (value or None)
    return value if value or each.kind is Kind.TEXT else None


def write_query(choices: Mapping[str, Any], quantity: int) -> str:
    """Write choices as the query of an address, in a fixed order."""
    pairs: list[tuple[str, str]] = []
    for code, value in sorted(choices.items()):
        if isinstance(value, list):
            pairs += [(PREFIX + code, str(each)) for each in value or [NONE]]
        else:
            pairs.append((PREFIX + code, str(value)))
    pairs.append(("quantity", str(quantity)))
    return urlencode(pairs)


def read_quantity(fields: QueryDict, default: int) -> int:
    """Read the quantity; what is no number counts as 0 and is refused by the check."""
    text = fields.get("quantity", "").strip()
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def default_choices(definition: Definition) -> dict[str, Any]:
    """Give the answers that a product starts from."""
    found = {}
    for each in definition.characteristics:
        value = each.default
        if value is None or value == "":
            continue
        found[each.code] = list(value) if isinstance(value, tuple) else value
    return found


def surprise(definition: Definition, *, rng: random.Random) -> dict[str, Any]:
    """Draw one answer for a few questions; the rest is completed around them."""
    chosen = [each for each in definition.characteristics if each.kind is Kind.CHOICE]
    rng.shuffle(chosen)
    return {each.code: rng.choice(each.options).code for each in chosen if each.options}
