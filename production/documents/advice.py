"""The advisor's answer in words: a verdict, figures side by side, where it turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.money import decimal, written, written_finely
from production.documents.advice_chart import NOTHING, draw_chart
from production.documents.advice_turns import (
    FULL,
    write_ratio,
    write_steady,
    write_swept,
    write_times,
    write_turn,
)
from production.selectors.advice import COMPARISONS, MOVED, method_names
from production.selectors.order_classes import FEWEST
from production.selectors.wording import duration

Cell = Callable[[Mapping[str, Any]], str]


def write_answer(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the page shows of an answer, in words and drawn."""
    names = method_names()
    charts = _charts(found, names)
    return {
        "found": found,
        "basis": _basis(found),
        "beside": _beside(found["others"]),
        "fewer": _fewer(found),
        "fewest": FEWEST if found["orders"] < FEWEST else 0,
        "best": names.get(found["method"], ""),
        "best_today": names.get(found["method_today"], ""),
        "is_best_today": found["method"] == found["method_today"],
        "columns": [
            {
                "name": names[row["method"]],
                "is_best": row["method"] == found["method"],
                "lacks": row["lacks"],
                "kind": row["method"],
            }
            for row in found["methods"]
        ],
        "figures": _figures(found, names),
        "ruled_out": [
            {**row, "name": names[row["method"]]} for row in found["ruled_out"]
        ],
        "turns": [write_turn(turn, names, found) for turn in found["turns"]],
        "steady": [write_steady(each, names, found) for each in found["steady"]],
        "swept": write_swept(found),
        "charts": charts,
        "legend": _legend(charts, found["ruled_out"], names),
        "factors": _factors(found["comparison"], names),
        "routes": [_design(each, found["currency"]) for each in found["routes"]],
    }


def _basis(found: Mapping[str, Any]) -> str:
    """Say on how much of what the advice rests."""
    orders, pieces = found["orders"], found["pieces"]
    values = {
        "orders": ngettext("%(n)s order", "%(n)s orders", orders)
        % {"n": decimal(orders)},
        "pieces": ngettext("%(n)s piece", "%(n)s pieces", pieces)
        % {"n": decimal(pieces)},
        "centre": found["work_centre"],
        "step": found["step"] or _("the line"),
    }
    text = _("%(orders)s, %(pieces)s, judged at %(centre)s (%(step)s)")
    return text % values


def _beside(others: int) -> str:
    if not others:
        return ""
    text = ngettext(
        "%(n)s order of other products went over the same machine and counts too.",
        "%(n)s orders of other products went over the same machine and count too.",
        others,
    )
    return text % {"n": decimal(others)}


def _fewer(found: Mapping[str, Any]) -> str:
    """Say so, and why, where fewer orders were looked at than were asked for."""
    texts = []
    if found["found"] < found["asked"]:
        text = ngettext(
            "The latest %(asked)s were asked for; only %(n)s is confirmed so far.",
            "The latest %(asked)s were asked for; only %(n)s are confirmed so far.",
            found["found"],
        )
        values = {"asked": decimal(found["asked"]), "n": decimal(found["found"])}
        texts.append(text % values)
    elsewhere = found["found"] - found["orders"]
    if elsewhere:
        text = ngettext(
            "%(n)s of them does not go over this step.",
            "%(n)s of them do not go over this step.",
            elsewhere,
        )
        texts.append(text % {"n": decimal(elsewhere)})
    return " ".join(texts)


def _figures(
    found: Mapping[str, Any], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Give a row for each goal, the least of each marked."""
    methods = found["methods"]
    return [
        {
            "name": name,
            "cells": [
                {
                    "text": cell(row),
                    "method": names[row["method"]],
                    "is_least": row[key] == least and is_telling,
                }
                for row in methods
            ],
        }
        for name, key, cell in _goals(found["currency"])
        for values in [[row[key] for row in methods]]
        for least, is_telling in [(min(values, default=0), len(set(values)) > 1)]
        if key not in ("overload_s", "waste_minor") or any(values)
    ]


def _goals(currency: str) -> list[tuple[str, str, Cell]]:
    """Name what is told of each method, and how it is written."""
    return [
        (_("Lead time"), "lead_s", lambda row: duration(row["lead_s"])),
        (
            _("Nineteen in twenty within"),
            "lead_p95_s",
            lambda row: duration(row["lead_p95_s"]),
        ),
        (_("Changeovers"), "change_s", lambda row: duration(row["change_s"])),
        (
            _("Waiting for overload"),
            "overload_s",
            lambda row: duration(row["overload_s"]),
        ),
        (_("Pieces in work"), "wip_pieces", lambda row: decimal(row["wip_pieces"])),
        (_("Late orders"), "tardy_bp", lambda row: f"{row['tardy_bp'] / 100:.1f} %"),
        (_("Cost"), "cost_minor", lambda row: written(row["cost_minor"], currency)),
        (
            _("of that waste"),
            "waste_minor",
            lambda row: written(row["waste_minor"], currency),
        ),
        (_("Energy"), "energy_wh", lambda row: f"{row['energy_wh'] / 1000:,.0f} kWh"),
        (_("Score, less is better"), "score", lambda row: decimal(row["score"])),
    ]


def _charts(found: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Draw the scores along each figure that is moved, where it has several places."""
    return [_chart(by, found, names) for by in MOVED if len(found[f"by_{by}"]) > 1]


def _chart(
    by: str, found: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    today = found["variants_swept"] if by == "variety" else FULL
    title, axis = _headings(found)[by]
    return draw_chart(
        found[f"by_{by}"],
        title=title,
        axis=axis,
        label=lambda point: _label(by, point[MOVED[by]], found),
        names=names,
        is_now=lambda point: point[MOVED[by]] == today,
    )


def _headings(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    if found["setup_ratio_milli"]:
        length = _("a change of kind, in pieces that could run meanwhile")
    else:
        length = _("length of set-ups, in times of today's")
    pieces = _("pieces a day, with orders larger or smaller")
    return {
        "setup": (_("By set-up"), length),
        "volume": (_("By volume"), pieces),
        "density": (_("By number of orders"), _("orders a day, in times of today's")),
        "variety": (_("By variety"), _("variants among the same orders")),
    }


def _label(by: str, at: int, found: Mapping[str, Any]) -> str:
    ratio, per_day = found["setup_ratio_milli"], found["per_day"]
    if by == "variety":
        return f"{at:,}"
    if by == "volume":
        return f"{max(1, per_day * at // FULL):,}"
    is_ratio = by == "setup" and ratio
    return write_ratio(ratio * at // FULL) if is_ratio else write_times(at)


def _legend(
    charts: Sequence[Mapping[str, Any]],
    ruled_out: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Name each line that is drawn, and say which are ruled out today."""
    out = {names[row["method"]] for row in ruled_out}
    kinds = sorted({kind for chart in charts for kind in chart["kinds"]})
    return [
        {"name": name, "kind": kind, "is_ruled_out": name in out}
        for name, kind in kinds
    ]


def _factors(comparison: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give what sets four plants apart; nothing where the equipment is the same."""
    if comparison == "same":
        return []
    return [
        {
            "name": names[code],
            "values": [
                f"{factor / FULL:g}"
                for factor in (
                    plant.crew_bp,
                    plant.machine_bp,
                    plant.run_bp,
                    plant.setup_bp,
                )
            ],
        }
        for code, plant in COMPARISONS[comparison].items()
    ]


def _design(design: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        **design,
        "routes": [
            {
                "name": route["name"],
                "once": duration(route["once_s"]) if route["once_s"] else NOTHING,
                "once_cost": written(route["once_minor"], currency),
                "piece": f"{route['piece_ms'] / 1000:g} s",
                "piece_cost": written_finely(route["piece_milli"], currency),
            }
            for route in design["routes"]
        ],
        "pays": [_pays(each) for each in design["break_evens"]],
    }


def _pays(pays: Mapping[str, Any]) -> str:
    """Say from how many pieces a routing is worth its preparation."""
    values = {"route": pays["route_name"], "other": pays["instead_of_name"]}
    values |= {"time": pays["by_time"], "cost": pays["by_cost"]}
    if pays["by_time"] and pays["by_cost"]:
        text = _(
            "%(route)s instead of %(other)s: faster from %(time)d pieces of one "
            "design, cheaper from %(cost)d."
        )
    elif pays["by_cost"]:
        text = _("%(route)s instead of %(other)s: cheaper from %(cost)d pieces.")
    else:
        text = _("%(route)s instead of %(other)s: faster from %(time)d pieces.")
    return text % values
