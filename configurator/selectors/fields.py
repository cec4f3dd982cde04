"""Choices as fields of a form or an address: read from them, written into them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from django.http import QueryDict

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.placement import (
    MARK,
    Placement,
    PlacementError,
    name_of,
    write_file,
)

PREFIX = "c."
QUANTITY = "quantity"
# The fields that say where a picture lies, each followed by its characteristic.
PLACEMENT = ("x", "y", "size")
# What a MULTI sends for "none of these", so that it differs from "not decided".
NONE = "-"
MOST_CHANGES = 200
LONGEST_NUMBER = 9
# Servers and proxies refuse addresses beyond some 4,000 characters.
LONGEST_ADDRESS = 3_000


def read_choices(definition: Definition, fields: QueryDict) -> dict[str, Any]:
    """Read answers from a form or an address.

    Text stays byte for byte as it was typed. A number that is none, and an answer to
    a question that is not asked, are handed on, so that whoever checks can name them.
    Where a picture lies comes in fields of its own beside its answer.
    """
    found: dict[str, Any] = {}
    for name in fields:
        if not name.startswith(PREFIX):
            continue
        code = name.removeprefix(PREFIX)
        each = definition.by_code.get(code)
        value = _value(each, fields.getlist(name))
        if value is not None and each is not None and each.kind is Kind.FILE:
            value = _placed(code, str(value), fields)
        if value is not None:
            found[code] = value
    return found


def _placed(code: str, answer: str, fields: QueryDict) -> str:
    """Write a picture's answer anew where its form says where it lies."""
    given = [fields.get(f"{side}.{code}", "").strip()[:20] for side in PLACEMENT]
    if not any(given):
        return answer
    numbers = [read_number(each) for each in given]
    if None not in numbers:
        with suppress(PlacementError):
            return write_file(name_of(answer), Placement(*cast("list[int]", numbers)))
    return f"{name_of(answer)}{MARK}{'.'.join(given)}"


def _value(each: Characteristic | None, values: list[str]) -> Any:
    if each is not None and each.kind is Kind.MULTI:
        return [value for value in values if value != NONE]
    value = values[-1]
    if each is not None and each.kind is Kind.NUMBER:
        number = read_number(value)
        return (value or None) if number is None else number
    return value or None


def read_number(text: str) -> int | None:
    """Read a whole number that is not negative; none where it is not one."""
    text = text.strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else None


def read_date(text: str) -> date | None:
    """Read a day like 2026-07-01; none where it is not one."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_quantity(fields: QueryDict, default: int) -> int:
    """Read the quantity; what is no number counts as 0, which no product allows."""
    text = fields.get(QUANTITY, "").strip()
    return (read_number(text) or 0) if text else default


def has_choices(fields: QueryDict) -> bool:
    """Say whether a form or an address answers anything at all."""
    return any(name.startswith(PREFIX) for name in fields)


def write_query(choices: Mapping[str, Any], quantity: int | str) -> str:
    """Write choices as the query of an address, in a fixed order.

    A text that is empty is left out: there is none.
    """
    told = {code: value for code, value in choices.items() if value not in ("", None)}
    return _write(told, quantity)


def _write(choices: Mapping[str, Any], quantity: int | str) -> str:
    pairs: list[tuple[str, str]] = []
    for code, value in sorted(choices.items()):
        values = (value or [NONE]) if isinstance(value, list) else [value]
        pairs += [(PREFIX + code, "" if each is None else str(each)) for each in values]
    pairs.append((QUANTITY, str(quantity)))
    return urlencode(pairs)


def write_changes(changes: Mapping[str, Any]) -> str:
    """Write changed answers, the quantity perhaps among them, as a button's value.

    Here an empty text is written: the answer is to be taken away.
    """
    answers = {code: value for code, value in changes.items() if code != QUANTITY}
    return _write(answers, changes.get(QUANTITY, ""))


def apply_changes(
    definition: Definition, text: str, choices: Mapping[str, Any], quantity: int
) -> tuple[dict[str, Any], int]:
    """Apply what `write_changes` wrote; an answer that is empty is taken away."""
    fields = QueryDict(mutable=True)
    for name, value in parse_qsl(text, keep_blank_values=True)[:MOST_CHANGES]:
        fields.appendlist(name, value)
    gone = {
        name.removeprefix(PREFIX) for name in fields if fields.getlist(name) == [""]
    }
    kept = {code: value for code, value in choices.items() if code not in gone}
    changed = read_choices(definition, fields)
    return {**kept, **changed}, read_quantity(fields, quantity)


def default_choices(definition: Definition) -> dict[str, Any]:
    """Give the answers that a product starts from."""
    found: dict[str, Any] = {}
    for each in definition.characteristics:
        value = each.default
        if value is None or value == "":
            continue
        found[each.code] = list(value) if isinstance(value, tuple) else value
    return found
