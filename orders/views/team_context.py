"""What the page of a team's list shows."""

from __future__ import annotations

import json
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from configurator.selectors.fields import PREFIX, QUANTITY, write_query
from configurator.selectors.labels import list_labels, name_value
from configurator.selectors.money import written
from configurator.selectors.releases import LiveRelease
from configurator.selectors.words import in_language
from configurator.services.examples import template_lines
from configurator.services.previews import preview_svg
from configurator.services.rosters import (
    Member,
    Roster,
    beside_design,
    list_columns,
)
from configurator.states import CharacteristicKind
from orders.forms import new_key

# Beyond so many rows with mistakes the rest is told after the first are mended.
MOST_MENDED = 200


def list_context(release: LiveRelease, choices: dict[str, Any]) -> dict[str, Any]:
    """Prepare the design, and what a list for it may say."""
    definition = release.definition
    query = write_query(choices, 1)
    differing = beside_design(definition)
    path = reverse("catalogue:product", args=[release.product])
    return {
        "section": "shop",
        "slug": release.product,
        "name": in_language(definition.name),
        "design_url": f"{path}?{query}",
        "query": query,
        "fields": _fields(choices),
        "preview": preview_svg(
            release_id=release.release_id,
            choices=choices,
            prefix="team",
            label=in_language(definition.name),
        ),
        "labels": [
            each
            for each in list_labels(release_id=release.release_id, choices=choices)
            if each.code not in differing
        ],
        "columns_known": [name for _code, name in list_columns(definition)],
        "example": "\n".join("\t".join(x) for x in template_lines(definition, choices)),
    }


def _fields(choices: dict[str, Any]) -> list[tuple[str, str]]:
    """Give the design as hidden fields of the form."""
    return [
        (PREFIX + code, "" if one is None else str(one))
        for code, value in choices.items()
        for one in (value if isinstance(value, list) else [value])
    ]


def roster_context(roster: Roster) -> dict[str, Any]:
    """Prepare the rows with their prices, and with what is wrong in its place."""
    currency = roster.release.definition.currency
    wrong = [each for each in roster.members if not each.is_good]
    shown_open = {id(each) for each in wrong[:MOST_MENDED]}
    names = dict(list_columns(roster.release.definition))
    n = len(roster.members)
    words = {"n": n, "units": roster.n_units}
    return {
        "roster": True,
        "is_good": roster.is_good,
        "strangers": roster.strangers,
        "of_design": roster.of_design,
        "headings": [
            {"name": names.get(code) or title or "?", "is_known": bool(code)}
            for code, title in zip(roster.columns, roster.table.header, strict=True)
        ],
        "rows": [_row(roster, each, id(each) in shown_open) for each in roster.members],
        "wrong": [each.row.number for each in wrong],
        "n_more": max(len(wrong) - MOST_MENDED, 0),
        "total": written(roster.total_minor, currency),
        "shown_minor": roster.total_minor,
        "size": ngettext(
            "%(n)s row, %(units)s pieces", "%(n)s rows, %(units)s pieces", n
        )
        % words,
        "discounts": _discounts(roster),
        "once": new_key(),
    }


def _row(roster: Roster, member: Member, is_open: bool) -> dict[str, Any]:
    number = member.row.number
    cells = [
        {
            "field": f"cell.{number}.{at}",
            "text": cell,
            "shown": _shown(roster, member, at),
            "problem": member.problems.get(at, ""),
            "is_text": _is_text(roster, at),
            "label": roster.table.header[at],
        }
        for at, cell in enumerate(member.row.cells[: len(roster.columns)])
    ]
    currency = roster.release.definition.currency
    price = member.price
    return {
        "number": number,
        "cells": cells,
        "is_open": is_open,
        "is_good": member.is_good,
        "problems": list(dict.fromkeys(member.elsewhere)),
        "mends": [
            {
                "label": mend.becomes,
                "value": json.dumps([mend.column, mend.was, mend.becomes]),
            }
            for mend in member.mends
        ],
        "price": written(price.total_minor, currency) if price else "",
    }


def _is_text(roster: Roster, at: int) -> bool:
    each = roster.release.definition.by_code.get(roster.columns[at])
    return each is not None and each.kind.value == CharacteristicKind.TEXT


def _shown(roster: Roster, member: Member, at: int) -> str:
    """Write what was understood of a cell, so that a slip is seen."""
    code = roster.columns[at]
    if code == QUANTITY:
        return str(member.quantity)
    each = roster.release.definition.by_code.get(code)
    value = member.choices.get(code)
    if each is None or value in (None, "") or at in member.problems:
        return member.row.cells[at]
    return name_value(each, value)


def _discounts(roster: Roster) -> str:
    """Add up what the quantity break takes off."""
    minor = sum(
        line.amount_minor
        for member in roster.members
        if member.price is not None
        for line in member.price.lines
        if line.code == "DISCOUNT"
    )
    currency = roster.release.definition.currency
    return written(minor, currency) if minor else ""
