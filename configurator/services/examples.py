"""A list for a team to begin with, in the columns that its design leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from configurator.engine.model import Characteristic, Definition, Kind
from configurator.selectors.fields import QUANTITY
from configurator.selectors.texts import check_texts
from configurator.selectors.words import in_language
from configurator.services.rosters import beside_design, list_columns

SAMPLE_NAMES = ("Mia", "Leo")


def template_lines(
    definition: Definition, choices: Mapping[str, Any]
) -> list[list[str]]:
    """Give a list to begin with: the columns, and two rows that may be ordered.

    What the design leaves no room for has no column.
    """
    codes = [
        code
        for code in beside_design(definition)
        if _is_open(definition, definition.by_code[code], choices)
    ]
    names = dict(list_columns(definition))
    header = [*(names[code] for code in codes), names[QUANTITY]]
    rows = [
        [*(_example(definition, code, choices, name) for code in codes), str(quantity)]
        for name, quantity in zip(
            SAMPLE_NAMES, _quantities(definition, choices), strict=True
        )
    ]
    return [header, *rows]


def _quantities(definition: Definition, choices: Mapping[str, Any]) -> tuple[int, int]:
    """Give the least that may be ordered, and the next that the design goes with."""
    may = definition.quantity
    following = may.values[1] if may.values[1:] else may.minimum + may.step
    is_good = may.admits(following) and not _breaks(definition, choices, following)
    return may.minimum, following if is_good else may.minimum


def _is_open(
    definition: Definition, each: Characteristic, choices: Mapping[str, Any]
) -> bool:
    """Say whether a row may say something of its own there."""
    if each.kind is not Kind.TEXT:
        return True
    least = definition.quantity.minimum
    written = {**choices, each.code: choices.get(each.code) or SAMPLE_NAMES[0]}
    return _breaks(definition, written, least) <= _breaks(definition, choices, least)


def _breaks(
    definition: Definition, choices: Mapping[str, Any], quantity: int
) -> set[str]:
    """Name the rules that some choices break."""
    return {
        rule.code
        for rule in definition.rules
        if not rule.expression.holds(choices, quantity)
    }


def _example(
    definition: Definition, code: str, choices: Mapping[str, Any], name: str
) -> str:
    each, value = definition.by_code[code], choices.get(code)
    if each.kind is Kind.TEXT and not value:
        written = (name, name.upper())
        return next((t for t in written if _may_say(definition, each, choices, t)), "")
    if each.kind is Kind.CHOICE:
        option = str(value or each.default or each.options[0].code)
        return in_language(each.options[each.positions[option]].name) or option
    return "" if value is None else str(value)


def _may_say(
    definition: Definition, each: Characteristic, choices: Mapping[str, Any], text: str
) -> bool:
    if len(text) > each.max_length or not set(text) <= set(each.letters):
        return False
    said = {**choices, each.code: text}
    return not check_texts(definition, said, quantity=definition.quantity.minimum)
