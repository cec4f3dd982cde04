"""Flow lines: pace, the last hour by minute, the run, and the stock it fills."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from production.models import Line, LineKind
from production.selectors import board_details, floor, flow_board
from production.states import LineState
from production.views.frame import frame
from production.views.line_cards import line_cards
from production.views.methods import BY_LINE, template_of
from production.views.requests import PageRequest

HOUR = 60
# Pictures are drawn in these units; the browser stretches them.
BAR_WIDTH, BAR_GAP, CHART_HEIGHT = 10, 3, 100
STOCK_WIDTH = 1000
STALE = timedelta(minutes=3)


@require_GET
def flow(request: PageRequest) -> HttpResponse:
    """Show all flow lines side by side."""
    found = [each for each in floor.list_lines() if each.kind == LineKind.FLOW]
    cards = [
        card | flow_card(each, now=request.now)
        for each, card in zip(found, line_cards(found, now=request.now), strict=True)
    ]
    context = frame(request, section="flow") | {
        "title": _("Flow lines"),
        "flows": cards,
        "method_template": template_of(BY_LINE[LineKind.FLOW]),
    }
    return render(request, "production/flow.html", context)


def flow_card(line: Line, *, now: datetime) -> dict[str, Any]:
    """Give a flow line's figures and the measures of its two pictures."""
    known = flow_board.flow_context(line=line, now=now)
    latest = board_details.latest_minute(line=line)
    is_running = line.state == LineState.RUNNING
    is_fresh = latest is not None and now - latest.minute_at < STALE
    busy = latest.stations if latest is not None and is_fresh and is_running else {}
    codes = [station.code for station in line.stations.all()]
    stations = [
        each | {"is_busy": bool(busy.get(code, 0))}
        for each, code in zip(known["stations"], codes, strict=True)
    ]
    n_busy = sum(each["is_busy"] for each in stations)
    return known | {
        "stations": stations,
        "n_busy": n_busy,
        "is_all_busy": bool(stations) and n_busy == len(stations),
        "n_stations": len(stations),
        "chart": _chart(known["minutes"], now),
        "stock": [_stock_bar(item) for item in known["stock"]],
    }


def _chart(minutes: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Measure one bar a minute; a minute that the line was down is marked."""
    end = now.replace(second=0, microsecond=0)
    most = max((minute["good"] for minute in minutes), default=0)
    bars = []
    for minute in minutes:
        ago = int((end - minute["at"]).total_seconds() // 60)
        height = minute["good"] * CHART_HEIGHT // most if most else 0
        is_down = minute["is_down"]
        bars.append(
            {
                "x": (HOUR - 1 - min(HOUR - 1, max(0, ago))) * BAR_WIDTH,
                "y": 0 if is_down else CHART_HEIGHT - height,
                "height": CHART_HEIGHT if is_down else height,
                "is_down": is_down,
            }
        )
    return {
        "bars": bars,
        "width": HOUR * BAR_WIDTH,
        "height": CHART_HEIGHT,
        "bar": BAR_WIDTH - BAR_GAP,
        "most": most,
    }


def _stock_bar(item: dict[str, Any]) -> dict[str, Any]:
    """Measure what is free, what is taken, and where a new run is ordered."""
    whole = max(item["maximum"], item["on_hand"], item["reorder_point"], 1)

    def measure(quantity: int) -> int:
        return int(quantity * STOCK_WIDTH // whole)

    return item | {
        "free_width": measure(max(0, item["free"])),
        "taken_width": measure(item["allocated"]),
        "reorder_x": measure(item["reorder_point"]),
        "width": STOCK_WIDTH,
    }
