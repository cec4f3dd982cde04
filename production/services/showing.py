"""What customers are shown of the works and takes long to work out, made beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.services.errors import DomainError
from production.engine.demand import DemandError
from production.selectors.advising import MOST_COMPANIONS, demand_for
from production.selectors.comparisons import KEY, Judged, count_ordered, judge
from production.selectors.latest import MadeLine, list_latest, list_since
from production.services.expecting import count_expected, expect_orders

FRESH_S = 3_600
KEPT_S = 4 * FRESH_S
FRESH_KEY = "ways:fresh"
N_COMPARED = 60
ALONE = frozenset({"FLOW", "MASS_CUSTOMISATION"})  # a line shares no machine
FEWEST = 12  # orders below which those that are expected say more


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A product that a way may be shown by, and how often it is wanted."""

    release: LiveRelease
    n_orders: int
    is_expected: bool

    @property
    def standing(self) -> tuple[bool, int, str]:
        return (not self.is_expected, self.n_orders, self.release.product)


def refresh_comparisons(*, now: datetime) -> int:
    """Compare the ways on the product of each that is most ordered, once an hour."""
    if not cache.add(FRESH_KEY, True, FRESH_S):
        return 0
    found: dict[str, Judged] = {}
    for wanted in _by_method().values():
        judged = next(filter(None, _judge_each(wanted, now)), None)
        if judged is not None:
            found[judged.product] = judged
    if found:
        cache.set(KEY, found, KEPT_S)
    else:
        cache.delete(FRESH_KEY)
    return len(found)


def _by_method() -> dict[str, list[_Wanted]]:
    """Part what is on sale and wanted by its way, the most wanted first."""
    ordered, expected = count_ordered(), count_expected()
    by_method: dict[str, list[_Wanted]] = defaultdict(list)
    for slug, release in find_live_releases(sorted({*ordered, *expected})).items():
        n_orders = ordered.get(slug, 0)
        is_expected = n_orders < FEWEST and slug in expected
        n_wanted = expected[slug] if is_expected else n_orders
        wanted = _Wanted(release, n_wanted, is_expected)
        by_method[release.usual_method].append(wanted)
    for rows in by_method.values():
        rows.sort(key=lambda each: each.standing, reverse=True)
    return by_method


def _judge_each(rows: Sequence[_Wanted], now: datetime) -> Iterator[Judged | None]:
    """Judge one product after the other: the first that can be is enough."""
    for wanted in rows:
        if wanted.is_expected:
            yield _judge_expected(wanted, rows, now)
        else:
            yield _judge_ordered(wanted.release.product, now)


def _judge_ordered(slug: str, now: datetime) -> Judged | None:
    lines = list_latest(product=slug, n_lines=N_COMPARED)
    if not lines:
        return None
    since = lines[0].arrived_at
    others = list_since(since=since, besides=slug, n_lines=MOST_COMPANIONS)
    return _judge(lines, others, now, is_expected=False)


def _judge_expected(
    wanted: _Wanted, rows: Sequence[_Wanted], now: datetime
) -> Judged | None:
    """Judge what is expected, beside what else of the same way may share machines."""
    slug = wanted.release.product
    is_alone = wanted.release.usual_method in ALONE
    beside = [wanted] if is_alone else [each for each in rows if each.is_expected]
    releases = [each.release for each in beside]
    expected = expect_orders(releases=releases, now=now)
    lines = expected[slug]
    if not lines:
        return None
    others = [
        line
        for key, drawn in expected.items()
        for line in drawn
        if key != slug and line.arrived_at >= lines[0].arrived_at
    ][:MOST_COMPANIONS]
    return _judge(lines, others, now, is_expected=True)


def _judge(
    lines: Sequence[MadeLine],
    others: Sequence[MadeLine],
    now: datetime,
    *,
    is_expected: bool,
) -> Judged | None:
    try:
        demand = demand_for(lines, others=others, now=now)
    except (DomainError, DemandError):
        return None
    return judge(demand, lines=lines, is_expected=is_expected)
