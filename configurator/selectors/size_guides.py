"""Size guides: a product's measures in centimetres or inches, by who reads them.

A release may hold one: ``{"extra": {"size_guide": {"of": "size", "columns": [...],
"rows": [...], "how": {language: text}}}}``. A column with a ``unit`` of ``mm`` holds
whole millimetres, one or a pair from-to; any other holds words.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from configurator.selectors.errors import NotFoundError
from configurator.selectors.releases import LiveRelease
from configurator.selectors.words import in_language

METRIC, IMPERIAL = "metric", "imperial"
MM_PER_INCH = Fraction(254, 10)
# Where people measure in inches, by the tags that browsers send.
INCH_LANGUAGES = ("en-us", "en-lr", "my")
QUARTERS = {1: "¼", 2: "½", 3: "¾"}


def find_guide(release: LiveRelease) -> Mapping[str, Any] | None:
    """Give what a release holds about sizes, if anything."""
    extra = release.document.get("extra")
    found = extra.get("size_guide") if isinstance(extra, Mapping) else None
    return found if isinstance(found, Mapping) and found.get("rows") else None


def guide_question(release: LiveRelease) -> str:
    """Name the question beside which the guide is offered; "" where there is none."""
    guide = find_guide(release)
    return str(guide.get("of") or "") if guide else ""


def usual_units(accept_language: str) -> str:
    """Say what a browser's reader measures in, by its first language."""
    first = accept_language.split(",")[0].split(";")[0].strip().lower()
    return IMPERIAL if first in INCH_LANGUAGES else METRIC


def size_guide(*, release: LiveRelease, units: str) -> dict[str, Any]:
    """Give a release's guide as a table of texts, in centimetres or in inches."""
    guide = find_guide(release)
    if guide is None:
        raise NotFoundError(_("There is no size guide for this product."))
    columns = [_column(each, units) for each in guide["columns"]]
    is_measure = [each.get("unit") == "mm" for each in guide["columns"]]
    names = _option_names(release, str(guide.get("of") or ""))
    rows = []
    for first, *cells in guide["rows"]:
        texts = [
            _length(cell, units) if measure else str(cell)
            for cell, measure in zip(cells, is_measure[1:], strict=True)
        ]
        rows.append({"name": names.get(str(first), str(first)), "cells": texts})
    return {
        "columns": columns,
        "rows": rows,
        "how": in_language(guide.get("how", {})),
        "units": units,
    }


def _column(column: Mapping[str, Any], units: str) -> str:
    name = in_language(column.get("name", {})) or str(column.get("code", ""))
    if column.get("unit") != "mm":
        return name
    unit = _("in") if units == IMPERIAL else _("cm")
    return f"{name} ({unit})"


def _option_names(release: LiveRelease, code: str) -> dict[str, str]:
    each = release.definition.by_code.get(code)
    options = each.options if each else ()
    return {option.code: in_language(option.name) or option.code for option in options}


def _length(value: Any, units: str) -> str:
    """Write millimetres, one number or a span of two."""
    if isinstance(value, list):
        return "–".join(_length(each, units) for each in value)  # noqa: RUF001 -- a span
    return _inches(value) if units == IMPERIAL else _centimetres(value)


def _centimetres(mm: int) -> str:
    places = 1 if mm % 10 else 0
    return str(number_format(mm / 10, decimal_pos=places))


def _inches(mm: int) -> str:
    """Write inches as tapes show them: to the nearest quarter."""
    quarters = round(Fraction(mm) / MM_PER_INCH * 4)
    whole, rest = divmod(quarters, 4)
    return f"{whole or ''}{QUARTERS.get(rest, '')}" or "0"
