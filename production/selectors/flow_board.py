"""A flow line at a glance: pace, the last hour by minute, stock and its runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum

from configurator.selectors.words import in_language
from production.models import (
    FlowCounter,
    Line,
    ReplenishmentRun,
    Station,
    StockItem,
    WorkOrder,
)
from production.selectors.line_balance import get_balance
from production.selectors.needs import map_short, unit_of
from production.selectors.reasons import say
from production.states import LineState, RunState, SourceKind

SHOWN = timedelta(hours=1)


def flow_context(*, line: Line, now: datetime) -> dict[str, Any]:
    """Give what the flow board of one line shows; a handful of queries."""
    counters = list(
        FlowCounter.objects.filter(line=line, minute_at__gt=now - SHOWN).order_by(
            "minute_at"
        )
    )
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = FlowCounter.objects.filter(line=line, minute_at__gte=midnight).aggregate(
        good=Sum("good")
    )
    run = line.runs.filter(state__in=(RunState.RUNNING, RunState.PLANNED)).first()
    items = StockItem.objects.filter(product__isnull=False, product=line.product)
    return {
        **_stations(list(line.stations.all())),
        "balance": get_balance(line=line),
        "minutes": [
            {"at": counter.minute_at, "good": counter.good, "is_down": counter.is_down}
            for counter in counters
        ],
        "good_last_hour": sum(counter.good for counter in counters),
        "scrap_last_hour": sum(counter.scrap for counter in counters),
        "good_today": today["good"] or 0,
        "run": _run(run) if run else None,
        "waits_for": _waits_for(run) if line.state == LineState.STARVED else "",
        "stock": [_stock(item) for item in items],
    }


def _stations(stations: Sequence[Station]) -> dict[str, Any]:
    slowest = max((station.base_ms for station in stations), default=0)
    return {
        "stations": [
            {
                "name": in_language(station.name),
                "seconds": f"{station.base_ms / 1000:g}",
                "share": station.base_ms,
                "is_slowest": station.base_ms == slowest,
            }
            for station in stations
        ],
        "slowest_ms": slowest,
    }


def _run(run: ReplenishmentRun) -> dict[str, Any]:
    return {
        "number": run.number,
        "state": run.state,
        "state_label": run.get_state_display(),
        "good": run.good,
        "quantity": run.quantity,
        "because": say(run.because),
    }


def _waits_for(run: ReplenishmentRun | None) -> str:
    """Say which material a line lacks for the run that is next."""
    if run is None:
        return ""
    orders = WorkOrder.objects.filter(
        source_kind=SourceKind.REPLENISHMENT, source_key=str(run.pk)
    )
    short = map_short(work_order_ids=orders.values_list("id", flat=True))
    return "; ".join(str(each) for each in short.values())


def _stock(item: StockItem) -> dict[str, Any]:
    free, reorder_point = item.free, item.reorder_point or 0
    return {
        "name": in_language(item.name),
        "on_hand": item.on_hand,
        "allocated": item.allocated,
        "held": item.held,
        "free": free,
        "reorder_point": reorder_point,
        "maximum": item.maximum or item.on_hand or 1,
        "is_low": free <= reorder_point,
        "unit": unit_of(item.on_hand, item.unit),
    }
