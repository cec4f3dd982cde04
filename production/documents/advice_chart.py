"""Charts of where the advice turns, drawn on the server: lines, and a table beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from configurator.selectors.money import decimal

WIDTH, HEIGHT = 340, 180
STRIP = 14  # the band below the lines that says who is best
GAP = 30
FEW_TICKS = 5
APART = 5  # so far from each other lines of equal scores are drawn
NOTHING = "-"
KINDS = {"JOB": 0, "BATCH": 1, "FLOW": 2, "MASS_CUSTOMISATION": 3}

Point = Mapping[str, Any]


def draw_chart(
    points: Sequence[Point],
    *,
    title: str,
    axis: str,
    label: Callable[[Point], str],
    names: Mapping[str, str],
    is_now: Callable[[Point], bool],
) -> dict[str, Any]:
    """Give the scores of each method along one figure; what is drawn is in the rows."""
    top = _top(points)
    xs = [_x(at, len(points)) for at in range(len(points))]
    lines: list[dict[str, Any]] = []
    for method in names:
        if any(method in point["scores"] for point in points):
            lines.append(_line(method, points, xs, top, names, besides=lines))
    return {
        "title": title,
        "axis": axis,
        "width": WIDTH,
        "height": HEIGHT,
        "strip_y": HEIGHT + 6,
        "strip_height": STRIP,
        "tick_y": HEIGHT + GAP + 12,
        "lines": lines,
        "grid": [{"y": _y(at, top), "label": decimal(at)} for at in (0, top // 2, top)],
        "strip": _strip(points, xs),
        "ticks": [
            {"x": x, "label": label(point), "is_now": is_now(point)}
            for x, point in _ticked(points, xs, is_now)
        ],
        "now_x": next(
            (x for x, point in zip(xs, points, strict=True) if is_now(point)), None
        ),
        "kinds": [(line["name"], line["kind"]) for line in lines],
        "methods": [line["name"] for line in lines],
        "rows": [_row(point, lines, label(point), names) for point in points],
    }


def _ticked(
    points: Sequence[Point], xs: Sequence[int], is_now: Callable[[Point], bool]
) -> list[tuple[int, Point]]:
    """Leave out every other label where there are many; today's always stays."""
    now = next((at for at, point in enumerate(points) if is_now(point)), 0)
    every = -(-len(points) // FEW_TICKS)
    return [
        (xs[at], point) for at, point in enumerate(points) if (at - now) % every == 0
    ]


def _top(points: Sequence[Point]) -> int:
    """Give the highest score that is drawn, in steps that read well."""
    highest = max((max(p["scores"].values(), default=0) for p in points), default=0)
    return next(
        tick for tick in (100, 200, 400, 600, 1_000) if tick >= min(highest, 1_000)
    )


def _x(at: int, n_points: int) -> int:
    return WIDTH * (2 * at + 1) // (2 * max(1, n_points))


def _y(score: int, top: int) -> int:
    return HEIGHT - HEIGHT * min(score, top) // top


def _line(
    method: str,
    points: Sequence[Point],
    xs: Sequence[int],
    top: int,
    names: Mapping[str, str],
    *,
    besides: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Draw a method's scores; where it would cover another, a little above it."""
    taken = {(dot["x"], dot["y"]) for line in besides for dot in line["dots"]}
    dots = []
    for x, point in zip(xs, points, strict=True):
        if method in point["scores"]:
            y = _y(point["scores"][method], top)
            while any((x, near) in taken for near in range(y - APART + 1, y + APART)):
                y -= 1
            dots.append({"x": x, "y": y})
    return {
        "method": method,
        "name": names[method],
        "kind": f"method-{KINDS.get(method, 0)}",
        "points": " ".join(f"{dot['x']},{dot['y']}" for dot in dots),
        "dots": dots,
    }


def _strip(points: Sequence[Point], xs: Sequence[int]) -> list[dict[str, Any]]:
    """Give one box per place, in the colour of the method that is best there."""
    width = WIDTH // max(1, len(points))
    return [
        {
            "x": x - width // 2,
            "width": width,
            "kind": f"method-{KINDS.get(point['method'], 0)}",
        }
        for x, point in zip(xs, points, strict=True)
        if point["method"]
    ]


def _row(
    point: Point,
    lines: Sequence[Mapping[str, Any]],
    label: str,
    names: Mapping[str, str],
) -> dict[str, Any]:
    scores = point["scores"]
    return {
        "label": label,
        "cells": [
            decimal(scores[line["method"]]) if line["method"] in scores else NOTHING
            for line in lines
        ],
        "best": names.get(point["method"], NOTHING),
    }
