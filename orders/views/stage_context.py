"""How far a line and its units are, as their buyer sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from configurator.selectors.times import written_time
from orders.services.replacing import FROM_STOCK
from orders.states import Delivery, Stage
from orders.views.shown import stage_label

WORKS = (Stage.PLANNED, Stage.RELEASED, Stage.IN_PROGRESS, Stage.MADE)
WAY = (Stage.PACKED, Stage.SHIPPED, Stage.DELIVERED)
MOST_UNITS = 24

Units = Sequence[Mapping[str, Any]]


def show_track(
    stage: str | None, method: str, units: Units, delivery: str, now: datetime
) -> list[dict[str, Any]]:
    """Lay out the way of a line; one that is cancelled or not paid yet has none."""
    if stage is None or stage == Stage.CANCELLED:
        return []
    from_stock = Stage.BACKORDERED if stage == Stage.BACKORDERED else Stage.ALLOCATED
    way = WAY[-1:] if delivery == Delivery.DOWNLOAD else WAY
    stages = (from_stock, *way) if method == FROM_STOCK else (*WORKS, *way)
    at = stages.index(Stage(stage)) if stage in stages else 0
    is_there = stage == Stage.DELIVERED
    track = [
        {
            "label": stage_label(each, delivery),
            "is_done": place < at or (is_there and place == at),
            "is_current": place == at and not is_there,
            "time": "",
        }
        for place, each in enumerate(stages)
    ]
    releases = [unit["release_at"] for unit in units if unit["release_at"]]
    if stage == Stage.PLANNED and releases:
        track[1]["time"] = written_time(min(releases), now=now)
    return track


def show_units(units: Units, delivery: str, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "number": unit["work_order"],
            "stage": unit["stage"],
            "label": stage_label(unit["stage"], delivery),
            "release": written_time(unit["release_at"], now=now)
            if unit["release_at"]
            else "",
            "step": unit["step"],
            "step_number": unit["step_number"],
            "n_steps": unit["n_steps"],
            "is_moving": unit["stage"] in (Stage.RELEASED, Stage.IN_PROGRESS),
        }
        for unit in units[:MOST_UNITS]
    ]


def show_counts(units: Units, delivery: str) -> list[dict[str, Any]]:
    """Count units by stage, where there are too many to read one by one."""
    counted = Counter(unit["stage"] for unit in units)
    return [
        {
            "stage": str(stage),
            "label": stage_label(stage, delivery),
            "n": counted[stage],
        }
        for stage in Stage
        if counted[stage]
    ]
