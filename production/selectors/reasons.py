"""Reasons kept as codes with values, and said in the language of who reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from configurator.selectors.money import decimal
from production.engine.reasons import REASONS, Reason

# What the floor adds to the reasons of the engines.
NOTES = {
    "MOVED_ON": gettext_noop("moved on together from batch %(number)s"),
    "ADDED_BY": gettext_noop("added by %(who)s"),
    "MERGED": gettext_noop("merged from batch %(number)s"),
    "FREED": gettext_noop("takes the place that became free"),
    "COMES_BACK": gettext_noop("comes in again at station %(station)d, in a gap"),
    "REORDER": gettext_noop("stock fell to the reorder point of %(point)d"),
}
# Why a line was planned anew; kept as the text itself, which is its own code.
CAUSES = (
    gettext_noop("arrivals"),
    gettext_noop("searched by a planner"),
    gettext_noop("unit removed"),
    gettext_noop("unit re-inserted"),
    gettext_noop("unit blocked"),
    gettext_noop("unit free again"),
)
# Values that are amounts, which are told with the reader's marks.
AMOUNTS = frozenset({"capacity", "load", "minimum", "room"})
# Loads of so many are told without decimals.
TOLD_WHOLE = 100


def keep(reason: Reason, *, but: str = "") -> str:
    """Write an engine's reason for keeping, without a value that stands beside it."""
    kept = {name: each for name, each in reason.values.items() if name != but}
    return keep_note(reason.code, **kept)


def keep_note(code: str, **values: str | int) -> str:
    """Write a code and its values for keeping."""
    return json.dumps([code, values], ensure_ascii=False, separators=(",", ":"))


def say(
    kept: str | None,
    *,
    names: Mapping[str, str] | None = None,
    **beside: str,
) -> str:
    """Say a kept reason: places from one, fractions as figures, codes by their names.

    ``names`` tells how people call a value, ``beside`` gives values that were not kept.
    A text that is no code, as people and earlier versions wrote it, stays as it is.
    """
    code, values = _read(kept or "")
    text = REASONS.get(code) or NOTES.get(code)
    if text is None:
        return kept or ""
    told = {
        name: (names or {}).get(str(value)) or _told(name, value)
        for name, value in (beside | values).items()
    }
    return _(text) % told


def _read(kept: str) -> tuple[str, dict[str, str | int]]:
    if not kept.startswith("["):
        return "", {}
    try:
        code, values = json.loads(kept)
    except ValueError:
        return "", {}
    is_reason = isinstance(code, str) and isinstance(values, dict)
    return (code, values) if is_reason else ("", {})


def _told(name: str, value: str | int) -> str | int:
    if name == "slot":
        return int(value) + 1
    if name == "colour":
        return str(value).replace("_", " ").lower() or _("one colour")
    if name in AMOUNTS and str(value).isdecimal():
        return decimal(int(value))
    numerator, slash, denominator = str(value).partition("/")
    if slash and numerator.isdigit() and denominator.isdigit():
        share = int(numerator) / int(denominator)
        return f"{share:.0f}" if share >= TOLD_WHOLE else f"{share:.2g}"
    return value
