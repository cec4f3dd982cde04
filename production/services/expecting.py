"""Orders that the demo's products may expect; they are drawn, and none is placed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from configurator.selectors.releases import LiveRelease
from production.selectors import demo
from production.selectors.latest import MadeLine, make_line
from production.services.samples import DAYS, Demand, draw_line, list_demands

DAY = timedelta(days=1)
LEAST_DUE = timedelta(days=3)
FEWEST, MOST = 60, 180
DUE_ORDERS = 9  # what is ordered seldom takes as long as that many orders to come


def count_expected() -> dict[str, int]:
    """Count a day's orders of each product that the demo's data sheet names, or more.

    Where no demo was loaded none are expected.
    """
    if not demo.list_demo_usernames():
        return {}
    return {each.product: _count(each) for each in list_demands(demo.read_factory())}


def expect_orders(
    *, releases: Sequence[LiveRelease], now: datetime
) -> dict[str, list[MadeLine]]:
    """Draw the orders of each product that are expected, the latest of them now.

    They come as the data sheet says; choices are drawn by how popular they are.
    """
    demands = {each.product: each for each in list_demands(demo.read_factory())}
    return {
        each.product: _draw(demands[each.product], each, now)
        for each in releases
        if each.product in demands
    }


def _count(demand: Demand) -> int:
    return min(MOST, max(FEWEST, demand.weight // DAYS))


def _draw(demand: Demand, release: LiveRelease, now: datetime) -> list[MadeLine]:
    rng = random.Random(demand.product)  # noqa: S311 -- a forecast, nothing secret
    apart = DAY * DAYS / demand.weight
    n_orders = _count(demand)
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
