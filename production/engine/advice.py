"""Which method fits a demand: all are simulated, none is hard-wired."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

from production.engine.case import SAME_EQUIPMENT, Case, Plant
from production.engine.methods import METHODS, get_method
from production.engine.reasons import Reason
from production.engine.simulate import Outcome, simulate
from production.engine.values import require

GOALS = ("lead", "cost", "tardiness", "waste", "energy")
SCORE = 1_000
"""The score of a method that is worst in every goal; 0 would be free and at once."""
FACTORS_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
"""Sixteenth to sixteenfold: where a break-even is looked for."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each goal counts; only their proportion matters."""

    lead: int = 3
    cost: int = 3
    tardiness: int = 3
    waste: int = 1
    energy: int = 1

    def __post_init__(self) -> None:
        weights = astuple(self)
        require(holds=min(weights) >= 0, what="a weight below 0", value=weights)
        require(holds=sum(weights) > 0, what="weights that say nothing", value=weights)


@dataclass(frozen=True, slots=True)
class Ranked:
    """An admissible method: what came of it, and its score; less is better."""

    method: str
    outcome: Outcome
    score: int


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A method that cannot make it at all, and by which rule."""

    method: str
    because: Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """Methods in order of their score; those ruled out are never ranked."""

    ranked: tuple[Ranked, ...]
    ruled_out: tuple[RuledOut, ...]
    reasons: tuple[Reason, ...]

    @property
    def method(self) -> str:
        """The method that fits best; empty where none can make it."""
        return self.ranked[0].method if self.ranked else ""


@dataclass(frozen=True, slots=True)
class Point:
    """The advice at one place of a sweep; ``scores`` by method."""

    value: int
    method: str
    scores: Mapping[str, int]
    lead_s: Mapping[str, int]
    cost_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Turn:
    """Between two places of a sweep the advice changes from one method to another."""

    from_value: int
    to_value: int
    from_method: str
    to_method: str


def advise(
    case: Case,
    *,
    weights: Weights | None = None,
    plants: Mapping[str, Plant] = SAME_EQUIPMENT,
) -> Advice:
    """Simulate a demand under every method that can make it, and rank them.

    Parameters
    ----------
    weights
        Goals and how much each counts; ``Weights()`` if not given.
    plants
        ``SAME_EQUIPMENT`` compares four queue rules on one plant, ``FOUR_PLANTS``
        four plants, each built for its method.

    Returns
    -------
    Advice
        Best first; equal scores keep the order of ``METHODS``. A goal's part of the
        score is its share of the worst method's figure. The reasons name the set-up
        in pieces and where the best is ahead of the second.

    Notes
    -----
    Deterministic. Cost: one simulation for each admissible method. Source: own.
    """
    outcomes, ruled_out = [], []
    for code in METHODS:
        fit = get_method(code).fit(case.profile)
        if fit.is_admissible:
            outcomes.append(simulate(case, plant=plants[code]))
        else:
            ruled_out.append(RuledOut(code, fit.reasons[0]))
    goals = Weights() if weights is None else weights
    scores = _scores(outcomes, goals)
    ranked = sorted(
        (
            Ranked(outcome.method, outcome, score)
            for outcome, score in zip(outcomes, scores, strict=True)
        ),
        key=lambda one: one.score,
    )
    return Advice(tuple(ranked), tuple(ruled_out), _reasons(case, ranked))


def figures_of(outcome: Outcome) -> dict[str, int]:
    """Give the figure that stands for each goal."""
    return {
        "lead": outcome.lead_s,
        "cost": outcome.cost_minor,
        "tardiness": outcome.tardy_bp,
        "waste": outcome.waste_minor,
        "energy": outcome.energy_wh,
    }


def _scores(outcomes: Sequence[Outcome], weights: Weights) -> list[int]:
    figures = [figures_of(outcome) for outcome in outcomes]
    parts = dict(zip(GOALS, astuple(weights), strict=True))
    scores = []
    for one in figures:
        score = 0
        for goal, weight in parts.items():
            worst = max(each[goal] for each in figures)
            score += weight * (one[goal] * SCORE // worst if worst else 0)
        scores.append(score // sum(parts.values()))
    return scores


def _reasons(case: Case, ranked: Sequence[Ranked]) -> tuple[Reason, ...]:
    """Say what a change costs, and in which goal the best leads by most."""
    pieces = setup_in_pieces(case)
    reasons = [
        Reason("ADVICE_SETUP", {"pieces": pieces})
        if pieces
        else Reason("ADVICE_NO_SETUP")
    ]
    if len(ranked) < 2:
        return tuple(reasons)
    best, second = (figures_of(each.outcome) for each in ranked[:2])
    behind = {
        goal: (second[goal] - best[goal]) * 100 // second[goal]
        for goal in GOALS
        if second[goal] > best[goal]
    }
    for goal in sorted(behind, key=lambda name: -behind[name])[:2]:
        values: dict[str, str | int] = {"goal": goal, "percent": behind[goal]}
        values["method"] = ranked[1].method
        reasons.append(Reason("ADVICE_AHEAD", values))
    if not behind:
        reasons.append(Reason("ADVICE_EQUAL", {"method": ranked[1].method}))
    return tuple(reasons)


def setup_in_pieces(case: Case) -> int:
    """Give how many pieces could be made in the time of a mean change of variant."""
    states = {order.variant: order.state for order in case.orders}
    names = sorted(states)
    pairs = list(pairwise(names)) or [(names[0], names[0])]
    matrix = case.equipment.matrix
    total_s = sum(
        matrix.setup_between(states[one], states[two]).internal_s for one, two in pairs
    )
    run_ms = case.equipment.run_ms
    if case.equipment.load_pieces is not None:
        run_ms = max(1, case.equipment.load_run_ms // case.equipment.load_pieces)
    return total_s * 1000 // len(pairs) // run_ms


def sweep_setup(
    case: Case,
    *,
    weights: Weights | None = None,
    plants: Mapping[str, Plant] = SAME_EQUIPMENT,
    factors_bp: Sequence[int] = FACTORS_BP,
) -> tuple[Point, ...]:
    """Give the advice for set-ups scaled by each factor; ``value`` is the factor."""
    return _sweep(case.with_setup, factors_bp, weights, plants)


def sweep_volume(
    case: Case,
    *,
    weights: Weights | None = None,
    plants: Mapping[str, Plant] = SAME_EQUIPMENT,
    factors_bp: Sequence[int] = FACTORS_BP,
) -> tuple[Point, ...]:
    """Give the advice for orders scaled by each factor; ``value`` is the factor."""
    return _sweep(case.with_volume, factors_bp, weights, plants)


def sweep_variety(
    case: Case,
    *,
    counts: Sequence[int],
    weights: Weights | None = None,
    plants: Mapping[str, Plant] = SAME_EQUIPMENT,
) -> tuple[Point, ...]:
    """Give the advice for the orders in so many variants; ``value`` is their number."""
    return _sweep(case.with_variants, counts, weights, plants)


def _sweep(
    change: Callable[[int], Case],
    values: Sequence[int],
    weights: Weights | None,
    plants: Mapping[str, Plant],
) -> tuple[Point, ...]:
    points = []
    for value in values:
        found = advise(change(value), weights=weights, plants=plants)
        rows = found.ranked
        points.append(
            Point(
                value=value,
                method=found.method,
                scores={row.method: row.score for row in rows},
                lead_s={row.method: row.outcome.lead_s for row in rows},
                cost_minor={row.method: row.outcome.cost_minor for row in rows},
            )
        )
    return tuple(points)


def list_turns(points: Sequence[Point]) -> tuple[Turn, ...]:
    """Give where the advice changes along a sweep: its break-evens."""
    return tuple(
        Turn(one.value, two.value, one.method, two.method)
        for one, two in pairwise(points)
        if one.method != two.method
    )


@dataclass(frozen=True, slots=True)
class Route:
    """A way of making one design: what it takes once, and for each piece.

    Money in thousandths of a minor unit, so that a fraction of a cent counts.
    """

    code: str
    once_s: int
    piece_ms: int
    once_minor: int
    piece_milli: int

    def time_ms(self, pieces: int) -> int:
        """Give the time for so many pieces of one design."""
        return self.once_s * 1000 + pieces * self.piece_ms

    def cost_milli(self, pieces: int) -> int:
        """Give the cost of so many pieces of one design."""
        return self.once_minor * 1000 + pieces * self.piece_milli


def break_even_time(one: Route, other: Route) -> int | None:
    """Give from how many pieces the route with the longer preparation is faster."""
    slow, quick = sorted((one, other), key=lambda route: route.once_s)
    return _break_even(
        (quick.once_s - slow.once_s) * 1000, slow.piece_ms - quick.piece_ms
    )


def break_even_cost(one: Route, other: Route) -> int | None:
    """Give from how many pieces the route that costs more once is cheaper."""
    slow, quick = sorted((one, other), key=lambda route: route.once_minor)
    return _break_even(
        (quick.once_minor - slow.once_minor) * 1000,
        slow.piece_milli - quick.piece_milli,
    )


def _break_even(once: int, saved: int) -> int | None:
    """Give the least count whose savings reach what is spent once, or nothing."""
    return -(-once // saved) if saved > 0 else None
