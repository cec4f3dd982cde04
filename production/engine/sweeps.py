"""Where advice turns: one figure of a case is moved until another method fits best."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from production.engine.advice import Advice, Weights, advise
from production.engine.case import BP, SAME_EQUIPMENT, Case, Plant
from production.engine.reasons import Reason
from production.engine.values import NEVER_S

MOST_LATE_BP = BP // 2
"""Where more of the orders are late, no further on is asked who is next."""
MOST_LOADS = 150
"""More full loads are not simulated: it would take minutes, and all wait for all."""
USUALLY_LEFT = 30
"""Before fewer orders a day leave fewer than these, they come further apart."""
FEWEST_LEFT = 5
"""On fewer orders no point of a sweep rests, unless there are no more today."""
GOLDEN = 2_654_435_769
"""The golden section of 2**32: its multiples are spread evenly at any number."""
OF_ITSELF = frozenset({"ADVICE_SETUP", "ADVICE_NO_SETUP"})


@dataclass(frozen=True, slots=True)
class Point:
    """The advice at one place of a sweep; ``scores`` by method.

    ``tardy_bp`` is the share of late orders under the best, ``rival`` the next best
    and ``why`` what sets the best apart from it.
    """

    value: int
    method: str
    scores: Mapping[str, int]
    lead_s: Mapping[str, int]
    cost_minor: Mapping[str, int]
    tardy_bp: int = 0
    rival: str = ""
    why: tuple[Reason, ...] = ()

    @property
    def gap(self) -> int:
        """How far the next best is behind, in thousandths."""
        return abs(self.scores.get(self.rival, 0) - self.scores.get(self.method, 0))


@dataclass(frozen=True, slots=True)
class Turn:
    """Between two places of a sweep the advice changes from one method to another.

    ``is_late`` says whether most orders are late at the second, whoever is next.
    """

    from_value: int
    to_value: int
    from_method: str
    to_method: str
    is_late: bool = False


def sweep(
    change: Callable[[int], Case],
    values: Sequence[int],
    *,
    below: Sequence[int] = (),
    above: Sequence[int] = (),
    weights: Weights | None = None,
    plants: Mapping[str, Plant] = SAME_EQUIPMENT,
    on_point: Callable[[], None] | None = None,
) -> tuple[Point, ...]:
    """Give the advice for a case changed to each value, in rising order.

    Parameters
    ----------
    change
        Gives the case for a value.
    values
        Looked at in any case, rising.
    below, above
        Where ``values`` show no turn, further ones, outwards: the smaller falling,
        the larger rising. Each side ends at its first turn.

    Returns
    -------
    tuple[Point, ...]
        One for each value that was looked at. Above, the sweep also ends where more
        than half of the orders are late under the best method.
    """

    def ask(value: int) -> Point:
        point = _point(value, advise(change(value), weights=weights, plants=plants))
        if on_point is not None:
            on_point()
        return point

    points = [ask(value) for value in values]
    if list_turns(points):
        return tuple(points)
    higher = [*_outwards(points[-1], above, ask)]
    lower = [*_outwards(points[0], below, ask)]
    return (*reversed(lower), *points, *higher)


def _outwards(
    point: Point, values: Sequence[int], ask: Callable[[int], Point]
) -> Iterator[Point]:
    begun = point.method
    for value in values:
        if point.method != begun or (value > point.value and is_late(point)):
            return
        point = ask(value)
        yield point


def is_late(point: Point) -> bool:
    """Say whether more than half of the orders are late even under the best."""
    return point.tardy_bp > MOST_LATE_BP


def _point(value: int, found: Advice) -> Point:
    rows = found.ranked
    return Point(
        value=value,
        method=found.method,
        scores={row.method: row.score for row in rows},
        lead_s={row.method: row.outcome.lead_s for row in rows},
        cost_minor={row.method: row.outcome.cost_minor for row in rows},
        tardy_bp=rows[0].outcome.tardy_bp if rows else 0,
        rival=rows[1].method if len(rows) > 1 else "",
        why=tuple(each for each in found.reasons if each.code not in OF_ITSELF),
    )


def list_turns(points: Sequence[Point]) -> tuple[Turn, ...]:
    """Give where the advice changes along a sweep: its break-evens."""
    return tuple(
        Turn(one.value, two.value, one.method, two.method, is_late(two))
        for one, two in pairwise(points)
        if one.method != two.method
    )


def list_within_loads(case: Case, factors_bp: Sequence[int]) -> list[int]:
    """Keep the factors at which the orders do not fill too many loads to look at."""
    equipment = case.equipment
    load_pieces = equipment.load_pieces or equipment.batch_pieces
    most_pieces = MOST_LOADS * load_pieces
    return [each for each in factors_bp if case.n_pieces * each // BP <= most_pieces]


def list_with_enough_left(case: Case, factors_bp: Sequence[int]) -> list[int]:
    """Keep the factors of density at which there are orders enough to look at."""
    fewest = min(FEWEST_LEFT, len(case.orders))
    return [
        each for each in factors_bp if each >= BP or _left_at(case, each)[0] >= fewest
    ]


def at_density(case: Case, factor_bp: int) -> Case:
    """Give the case with more or fewer orders a day, each as urgent.

    More come closer together. Of fewer, some are left out and the others come when
    they came. Where fewer than ``USUALLY_LEFT`` would be, so many are and come further
    apart, as far as they and their work fit into the calendar; then more are left out.
    """
    if factor_bp >= BP:
        return case.with_density(factor_bp)
    n_left, apart_bp = _left_at(case, factor_bp)
    fewer = _thinned(case, n_left)
    return fewer if apart_bp == BP else fewer.with_density(apart_bp)


def _left_at(case: Case, factor_bp: int) -> tuple[int, int]:
    """Give how many orders are left at a density, and how dense these come."""
    n_orders = len(case.orders)
    n_wanted = n_orders * factor_bp // BP
    n_left = min(n_orders, USUALLY_LEFT)
    if n_wanted >= n_left:
        return n_wanted, BP
    openings = case.equipment.openings
    closes_s = openings[-1][1] if openings else NEVER_S
    latest_s = max(order.arrived_s for order in case.orders)
    sparsest_bp = min(BP, -(-2 * latest_s * BP // closes_s))
    if n_orders * factor_bp // n_left < sparsest_bp:
        n_left = max(1, n_orders * factor_bp // sparsest_bp)
    return n_left, max(1, min(BP, n_orders * factor_bp // n_left))


def _thinned(case: Case, n_left: int) -> Case:
    """Leave out orders evenly, out of step with any turn in which kinds come.

    What a smaller number keeps, a larger one keeps too.
    """
    n_orders = len(case.orders)
    ranked = sorted(case.orders, key=lambda order: order.arrived_s)
    places = sorted(range(n_orders), key=lambda place: place * GOLDEN % 2**32)
    orders = tuple(ranked[place] for place in sorted(places[:n_left]))
    profile = replace(
        case.profile,
        per_day=max(1, case.profile.per_day * n_left // n_orders),
        n_variants=len({order.variant for order in orders}),
    )
    return replace(case, orders=orders, profile=profile)
