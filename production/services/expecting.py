"""Orders that the demo's products may expect; they are drawn, and none is placed."""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from configurator.selectors.releases import LiveRelease, find_live_releases
from production.selectors import demo
from production.selectors.latest import MadeLine, make_line
from production.services.samples import DAYS, Demand, draw_line, list_demands

DAY = timedelta(days=1)
LEAST_DUE = timedelta(days=3)
FEWEST, MOST = 60, 180
SEEN = 5  # lines that show how many pieces a box holds
DUE_ORDERS = 9  # what is ordered seldom takes as long as that many orders to come


def expect_orders(*, but: Set[str], now: datetime) -> dict[str, list[MadeLine]]:
    """Draw a day's orders of each product of the demo that is on sale, or some more.

    They come as its data sheet says, the latest of them now; choices are drawn by how
    popular they are. Where no demo was loaded none are expected.
    """
    if not demo.list_demo_usernames():
        return {}
    demands = {each.product: each for each in list_demands(demo.read_factory())}
    live = find_live_releases(sorted(set(demands) - but))
    found = {slug: _draw(demands[slug], release, now) for slug, release in live.items()}
    return {slug: lines for slug, lines in found.items() if lines}


def _draw(demand: Demand, release: LiveRelease, now: datetime) -> list[MadeLine]:
    rng = random.Random(demand.product)  # noqa: S311 -- a forecast, nothing secret
    apart = DAY * DAYS / demand.weight
    n_orders = min(MOST, max(FEWEST, demand.weight // DAYS))
    drawn = [_line(rng, release, demand, now, each) for each in range(SEEN)]
    demand = replace(demand, units=_units(demand, release, drawn))
    lines = []
    for number in range(n_orders):
        arrived_at = now - apart * (n_orders - 1 - number)
        line = _line(rng, release, demand, arrived_at, number)
        if line is not None:
            due_at = arrived_at + max(LEAST_DUE, DUE_ORDERS * apart)
            lines.append(replace(line, due_at=due_at))
    return lines


def _line(
    rng: random.Random, release: LiveRelease, demand: Demand, at: datetime, number: int
) -> MadeLine | None:
    request = draw_line(rng, release, demand, at)
    return make_line(
        key=release.product_id * MOST + number,
        product=demand.product,
        kind=release.kind,
        choices=request.choices,
        quantity=request.quantity,
        release_id=release.release_id,
        arrived_at=at,
        due_at=None,
    )


def _units(
    demand: Demand, release: LiveRelease, drawn: Sequence[MadeLine | None]
) -> int:
    """Count what is sold in boxes so that their pieces are those that are ordered."""
    sizes = sorted(each.manufacture.pieces_per_unit for each in drawn if each)
    usual = sizes[len(sizes) // 2] if sizes else 1
    boxes = max(1, demand.units // usual)
    return boxes * max(1, release.definition.pieces.count)
