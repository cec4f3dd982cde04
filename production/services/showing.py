"""What customers are shown of the works and takes long to work out, made beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.core.cache import cache

from configurator.services.errors import DomainError
from production.engine.demand import DemandError
from production.selectors.advising import MOST_COMPANIONS, demand_for
from production.selectors.comparisons import KEY, Judged, count_ordered, judge
from production.selectors.latest import MadeLine, list_latest, list_since
from production.services.expecting import expect_orders

FRESH_S = 3_600
KEPT_S = 4 * FRESH_S
FRESH_KEY = "ways:fresh"
N_COMPARED = 60
FEWEST = 12  # orders below which those that are expected say more


def refresh_comparisons(*, now: datetime) -> int:
    """Compare the ways for every product that is ordered or may be, once an hour."""
    if not cache.add(FRESH_KEY, True, FRESH_S):
        return 0
    ordered = count_ordered()
    enough = {slug for slug, n in ordered.items() if n >= FEWEST}
    expected = expect_orders(but=enough, now=now)
    found: dict[str, Judged] = {}
    for slug in sorted({*ordered, *expected}):
        judged = _judge(slug, expected, now)
        if judged is not None:
            found[slug] = judged
            cache.set(KEY, found, KEPT_S)
    if not found:
        cache.delete(FRESH_KEY)
    return len(found)


def _judge(
    slug: str, expected: Mapping[str, Sequence[MadeLine]], now: datetime
) -> Judged | None:
    lines = expected.get(slug) or list_latest(product=slug, n_lines=N_COMPARED)
    if not lines:
        return None
    since = lines[0].arrived_at
    if slug in expected:
        others = [
            line
            for key, rows in expected.items()
            for line in rows
            if key != slug and line.arrived_at >= since
        ][:MOST_COMPANIONS]
    else:
        others = list_since(since=since, besides=slug, n_lines=MOST_COMPANIONS)
    try:
        demand = demand_for(lines, others=others, now=now)
    except (DomainError, DemandError):
        return None
    made = lines[-1].manufacture.method.value
    return judge(demand, method=made, is_expected=slug in expected)
