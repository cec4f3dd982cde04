"""The four ways side by side: in words, and in the advisor's figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from babel.units import format_unit
from django.utils.translation import get_language, gettext_lazy, ngettext, to_locale
from django.utils.translation import gettext as _

from configurator.ports import WayFigures, WaysCompared
from configurator.selectors.money import decimal, written
from configurator.selectors.ways import NAMES, name_of


def _kinds(compared: WaysCompared, row: WayFigures) -> str:
    text = ngettext(
        "%(n)s kind among %(orders)s orders",
        "%(n)s kinds among %(orders)s orders",
        compared.n_variants,
    )
    n_orders = decimal(compared.n_orders)
    return text % {"n": decimal(compared.n_variants), "orders": n_orders}


def _sizes(compared: WaysCompared, row: WayFigures) -> str:
    usual = round(compared.n_pieces / max(1, compared.n_orders))
    text = ngettext("%(n)s piece an order", "%(n)s pieces an order", usual)
    return text % {"n": decimal(usual)}


def _places(compared: WaysCompared, row: WayFigures) -> str:
    if compared.n_places == 1:
        return compared.place
    return f"{compared.place} \N{MULTIPLICATION SIGN} {compared.n_places}"


def _people(compared: WaysCompared, row: WayFigures) -> str:
    text = ngettext("%(n)s person there", "%(n)s people there", compared.crew)
    return text % {"n": decimal(compared.crew)}


def _changes(compared: WaysCompared, row: WayFigures) -> str:
    time = time_words(compared.change_each_s)
    return _("%(time)s for a change between kinds") % {"time": time}


def _good(compared: WaysCompared, row: WayFigures) -> str:
    values = {"n": decimal(compared.good_percent)}
    if compared.is_good_planned:
        return _("%(n)s %% good by plan") % values
    return _("%(n)s %% good so far") % values


def _lead(compared: WaysCompared, row: WayFigures) -> str:
    words = lead_words(row)
    return _("%(time)s there") % {"time": words} if row.lead_s else words


def _cost(compared: WaysCompared, row: WayFigures) -> str:
    """Give the cost of one beside that of the cheapest other way."""
    cost = each_words(compared, row)
    others = [r for r in compared.rows if r.method != row.method and not r.because]
    if not others:
        return cost
    other = min(others, key=lambda each: each.cost_minor)
    values = {
        "cost": cost,
        "other": each_words(compared, other),
        "way": name_of(other.method),
    }
    if row.cost_minor <= other.cost_minor:
        return _("%(cost)s; any other way at least %(other)s") % values
    return _("%(cost)s; “%(way)s” would cost %(other)s") % values


def each_words(compared: WaysCompared, row: WayFigures) -> str:
    """Write what a piece costs under a method."""
    return written(row.cost_minor // max(1, compared.n_pieces), "EUR")


def _waste(compared: WaysCompared, row: WayFigures) -> str:
    """Name what changes throw away, what is no good, and what no order fills."""
    scrap = decimal(round(100 - compared.good_percent, 1))
    parts = [_("%(n)s %% of pieces") % {"n": scrap}]
    if row.waste_minor:
        cost = written(row.waste_minor, "EUR")
        parts.insert(0, _("%(cost)s at changes") % {"cost": cost})
    if row.method == "BATCH" and compared.room_left_percent is not None:
        room = decimal(compared.room_left_percent)
        parts.append(_("%(n)s %% of the room in loads") % {"n": room})
    return ", ".join(parts)


# What each way means, one row for each question that a maker has to answer.
SIDE_BY_SIDE = (
    (
        gettext_lazy("What you choose"),
        _kinds,
        gettext_lazy("Anything: we draw it with you"),
        gettext_lazy("From a range; words of your own where they come last"),
        gettext_lazy("Nothing: it is right as it is"),
        gettext_lazy("From a wide range, each piece by itself"),
    ),
    (
        gettext_lazy("How many"),
        _sizes,
        gettext_lazy("One, or a few"),
        gettext_lazy("Hundreds a day, in loads"),
        gettext_lazy("Thousands a day, all alike"),
        gettext_lazy("Hundreds a day, all different"),
    ),
    (
        gettext_lazy("Equipment"),
        _places,
        gettext_lazy("General tools and benches"),
        gettext_lazy("Large machines that many orders share"),
        gettext_lazy("A line built for one thing"),
        gettext_lazy("A line that changes with each piece"),
    ),
    (
        gettext_lazy("People"),
        _people,
        gettext_lazy("Masters of a craft, from start to end"),
        gettext_lazy("Operators who set up and clean"),
        gettext_lazy("Few, who watch and keep it running"),
        gettext_lazy("A team in step, each at a station"),
    ),
    (
        gettext_lazy("Flexibility"),
        _changes,
        gettext_lazy("Greatest: the plan follows the piece"),
        gettext_lazy("Between two loads"),
        gettext_lazy("None while it runs"),
        gettext_lazy("Great, within what the line knows"),
    ),
    (
        gettext_lazy("Quality"),
        _good,
        gettext_lazy("Fittings, drawings, and your approval"),
        gettext_lazy("Each load is checked; a bad one is made again"),
        gettext_lazy("Samples of each lot, which can be called back"),
        gettext_lazy("Each piece is checked at its last station"),
    ),
    (
        gettext_lazy("Waiting time"),
        _lead,
        gettext_lazy("Weeks"),
        gettext_lazy("Until the next load is full or its time has come"),
        gettext_lazy("None: it is in stock"),
        gettext_lazy("A day or two, most of it in the queue"),
    ),
    (
        gettext_lazy("Cost of one"),
        _cost,
        gettext_lazy("High: all work is for this one"),
        gettext_lazy("Low, shared by the load"),
        gettext_lazy("Low while the line is busy; it is paid for all day"),
        gettext_lazy("Moderate: no set-up, but a costly line"),
    ),
    (
        gettext_lazy("Waste"),
        _waste,
        gettext_lazy("Offcuts, kept for the next piece"),
        gettext_lazy("What a change of load cleans away, and room that no order fills"),
        gettext_lazy("Little; but what nobody buys was made in vain"),
        gettext_lazy("What a change of colour takes; nothing is made unsold"),
    ),
)


def side_by_side(compared: Mapping[str, WaysCompared]) -> Iterator[dict[str, Any]]:
    """Give each question with the answers of the ways; a figure where there is one."""
    for title, figure, *texts in SIDE_BY_SIDE:
        cells = []
        for method, text in zip(NAMES, texts, strict=True):
            found = compared.get(method)
            own = _own(found, method) if found else None
            told = figure(found, own) if found and own else ""
            cells.append({"text": text, "figure": told})
        yield {"title": title, "cells": cells}


def _own(compared: WaysCompared, method: str) -> WayFigures | None:
    """Give the figures of the way that the product takes, unless it is ruled out."""
    rows = compared.rows
    return next((r for r in rows if r.method == method and not r.because), None)


def lead_words(row: WayFigures) -> str:
    """Say how long the last piece of an order takes on average."""
    return time_words(row.lead_s) if row.lead_s else _("none, from stock")


def time_words(seconds: int) -> str:
    """Write a length of time in the unit that suits it: "45 min", "31 h", "6 days"."""
    if seconds == 0:
        return _("no time")
    for unit, size_s in (("day", 172_800), ("hour", 7_200), ("minute", 60)):
        if seconds >= size_s:
            divisor = {"day": 86_400, "hour": 3_600, "minute": 60}[unit]
            return _unit(round(seconds / divisor), unit)
    return _unit(seconds, "second")


def _unit(number: int, unit: str) -> str:
    locale = to_locale(get_language() or "en")
    return str(format_unit(number, f"duration-{unit}", "short", locale=locale))
