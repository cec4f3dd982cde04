"""The advisor's answer in words: a verdict, figures side by side, where it turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.money import decimal, written, written_finely
from production.documents.advice_chart import NOTHING, draw_chart
from production.selectors.advice import COMPARISONS, method_names
from production.selectors.order_classes import FEWEST
from production.selectors.wording import duration

FULL = 10_000
TIMES = "\N{MULTIPLICATION SIGN}"
Cell = Callable[[Mapping[str, Any]], str]


def write_answer(found: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the page shows of an answer, in words and drawn."""
    names = method_names()
    charts = _charts(found, names)
    return {
        "found": found,
        "basis": _basis(found),
        "beside": _beside(found["others"]),
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
        "figures": _figures(found),
        "ruled_out": [
            {**row, "name": names[row["method"]]} for row in found["ruled_out"]
        ],
        "turns": [_turn(turn, names, found) for turn in found["turns"]],
        "charts": charts,
        "legend": sorted({kind for chart in charts for kind in chart["kinds"]}),
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


def _figures(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give a row for each goal, the least of each marked."""
    currency = found["currency"]
    rows: list[tuple[str, str, Cell]] = [
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
    return [
        {
            "name": name,
            "cells": [
                {"text": cell(row), "is_least": row[key] == least and is_telling}
                for row in found["methods"]
            ],
        }
        for name, key, cell in rows
        for values in [[row[key] for row in found["methods"]]]
        for least, is_telling in [(min(values, default=0), len(set(values)) > 1)]
        if key not in ("overload_s", "waste_minor") or any(values)
    ]


def _turn(
    turn: Mapping[str, Any], names: Mapping[str, str], found: Mapping[str, Any]
) -> str:
    """Say between which places the advice changes."""
    low, high = turn["from_value"], turn["to_value"]
    values = {
        "before": names.get(turn["from_method"], NOTHING),
        "after": names.get(turn["to_method"], NOTHING),
        "low": f"{low}",
        "high": f"{high}",
    }
    if turn["by"] == "variety":
        text = _("Between %(low)s and %(high)s variants: from %(before)s to %(after)s.")
        return text % values
    values |= {"low": _times(low), "high": _times(high)}
    if turn["by"] == "volume":
        text = _(
            "With orders %(low)s to %(high)s as large: from %(before)s to %(after)s."
        )
        return text % values
    ratio = found["setup_ratio_milli"]
    values |= {"from": _ratio(ratio * low // FULL), "to": _ratio(ratio * high // FULL)}
    return (
        _(
            "With set-ups %(low)s to %(high)s as long (%(from)s to %(to)s pieces): "
            "from %(before)s to %(after)s."
        )
        % values
    )


def _times(factor_bp: int) -> str:
    return f"{factor_bp / FULL:.3g}{TIMES}"


def _ratio(milli: int) -> str:
    value = milli / 1000
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def _charts(found: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    ratio = found["setup_ratio_milli"]
    per_day = found["per_day"]
    drawn = [
        draw_chart(
            found["by_setup"],
            title=_("By set-up"),
            axis=_("a change of kind, in pieces that could run meanwhile")
            if ratio
            else _("length of set-ups, in times of today's"),
            label=lambda point: (
                _ratio(ratio * point["setup_bp"] // FULL)
                if ratio
                else _times(point["setup_bp"])
            ),
            names=names,
            is_now=lambda point: point["setup_bp"] == FULL,
        ),
        draw_chart(
            found["by_volume"],
            title=_("By volume"),
            axis=_("pieces a day, with orders larger or smaller"),
            label=lambda point: f"{max(1, per_day * point['demand_bp'] // FULL):,}",
            names=names,
            is_now=lambda point: point["demand_bp"] == FULL,
        ),
        draw_chart(
            found["by_variety"],
            title=_("By variety"),
            axis=_("variants among the same orders"),
            label=lambda point: f"{point['variants']:,}",
            names=names,
            is_now=lambda point: point == found["by_variety"][-1],
        ),
    ]
    return [chart for chart in drawn if len(chart["rows"]) > 1]


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
