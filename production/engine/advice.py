"""Which method fits a demand: all are simulated, none is hard-wired."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace

from production.engine.case import BP, SAME_EQUIPMENT, Case, Plant
from production.engine.leading import simulate_best
from production.engine.methods import METHODS, get_method
from production.engine.plan import Profile
from production.engine.reasons import Reason
from production.engine.simulate import Outcome
from production.engine.values import require

GOALS = ("lead", "cost", "tardiness", "waste", "energy")
SCORE = 1_000
"""The score of a method that is hopeless in every goal; 0 is the best in each."""
HOUR_S = 3600
FEW_MILLI, MANY_MILLI = 1_000, 10_000
"""Below one piece a change is told as less than one; from ten on in whole pieces."""
ALONE = frozenset({"JOB", "MASS_CUSTOMISATION"})
CLOSE = 10
"""Scores no further behind the best are as good; how a method fits decides then."""
WORSE_PERCENT = 110
"""From here on the best is told to be worse in a goal than another method."""
MOST_BEHIND = 2


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
    """An admissible method: what came of it, and its score; less is better.

    ``lacks`` says what the plant would need first, where it is not laid out for it.
    """

    method: str
    outcome: Outcome
    score: int
    lacks: Reason | None = None


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

    @property
    def method_today(self) -> str:
        """The best one that the plant is laid out for; empty where there is none."""
        return next((row.method for row in self.ranked if row.lacks is None), "")


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
        Best first. Whose scores lie within ``CLOSE`` of the best are ordered by
        how the method itself says it fits. ``goal_shares`` says what counts for a goal.
        The reasons name the set-up in pieces, where the best is ahead of the second,
        and where it is worse than another.

    Notes
    -----
    What a plant is not laid out for (a flexible line, a key of what goes together) is
    simulated all the same and says what it lacks; on the same equipment it comes after
    all that could be done today. What cannot be at all is ruled out. A method without
    a plant is not compared.
    Deterministic. Cost: one simulation for each admissible method. Source: own.
    """
    fits, outcomes, ruled_out = {}, [], []
    for code in (each for each in METHODS if each in plants):
        fit = get_method(code).fit(profile_for(code, case))
        too_small = _below_least_load(code, case)
        if too_small is not None:
            ruled_out.append(RuledOut(code, too_small))
        elif fit.is_admissible:
            fits[code] = fit.score
            outcomes.append(simulate_best(case, plant=plants[code]))
        else:
            ruled_out.append(RuledOut(code, fit.reasons[0]))
    goals = Weights() if weights is None else weights
    scores = _scores(outcomes, goals)
    rows = [
        Ranked(outcome.method, outcome, score, _lacks(outcome.method, case))
        for outcome, score in zip(outcomes, scores, strict=True)
    ]
    ranked = _rank(rows, fits, is_same=plants is SAME_EQUIPMENT)
    return Advice(tuple(ranked), tuple(ruled_out), _reasons(case, ranked))


def _rank(
    rows: Sequence[Ranked], fits: Mapping[str, int], *, is_same: bool
) -> list[Ranked]:
    """Put the best first; what is close to it by how each method says it fits."""
    close = min((row.score for row in rows), default=0) + CLOSE

    def place(row: Ranked) -> tuple[bool, int, int]:
        is_away = is_same and row.lacks is not None
        if row.score <= close:
            return (is_away, 0, -fits[row.method])
        return (is_away, row.score, 0)

    return sorted(rows, key=place)


def profile_for(code: str, case: Case) -> Profile:
    """Give what a method judges by: a plant may be laid out for it.

    People who make orders one by one count loads where pieces share one, not pieces.
    """
    profile = replace(case.profile, has_line=True, has_batch_key=True)
    load = case.equipment.load_pieces
    if code == "JOB" and load is not None:
        loads = sum(-(-order.quantity // load) for order in case.orders)
        per_day = max(1, profile.per_day * loads // case.n_pieces)
        return replace(profile, per_day=per_day)
    return profile


def _below_least_load(code: str, case: Case) -> Reason | None:
    """Say so where orders, each by itself, do not fill a machine even to its least."""
    least = case.equipment.least_pieces
    sizes = sorted(order.quantity for order in case.orders)
    usual = sizes[len(sizes) // 2]
    if code not in ALONE or usual >= least:
        return None
    return Reason("OUT_MINIMUM", {"pieces": usual, "least": least})


def _lacks(code: str, case: Case) -> Reason | None:
    """Say why the plant as it is could not work by a method, if it could not."""
    judged = profile_for(code, case)
    today = replace(
        judged,
        has_line=case.profile.has_line,
        has_batch_key=case.profile.has_batch_key,
    )
    fit = get_method(code).fit(today)
    return None if fit.is_admissible else fit.reasons[0]


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
    parts = astuple(weights)
    shares = [goal_shares(one, outcomes) for one in outcomes]
    return [
        sum(weight * each[goal] for weight, goal in zip(parts, GOALS, strict=True))
        // sum(parts)
        for each in shares
    ]


def goal_shares(one: Outcome, outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Say how far one method is behind in each goal: 0 is best, ``SCORE`` hopeless.

    Lead time, cost and energy count by what would be saved under the best method, a
    lead time of less than an hour by less; lateness by its share of the orders, waste
    by its share of the cost.
    """
    best = {
        goal: min(figures_of(each)[goal] for each in outcomes)
        for goal in ("lead", "cost", "energy", "waste")
    }
    figures = figures_of(one)

    def behind(goal: str, of: int) -> int:
        return min(SCORE, (figures[goal] - best[goal]) * SCORE // max(1, of))

    return {
        "lead": behind("lead", one.lead_s + HOUR_S),
        "cost": behind("cost", one.cost_minor),
        "tardiness": one.tardy_bp * SCORE // BP,
        "waste": behind("waste", one.cost_minor),
        "energy": behind("energy", one.energy_wh),
    }


def _reasons(case: Case, ranked: Sequence[Ranked]) -> tuple[Reason, ...]:
    """Say what a change costs, and in which goal the best leads by most."""
    milli = setup_ratio_milli(case)
    pieces = f"{milli / 1000:.1f}" if milli < MANY_MILLI else f"{milli // 1000:,}"
    reasons = [
        Reason("ADVICE_SETUP", {"pieces": pieces})
        if milli >= FEW_MILLI
        else Reason("ADVICE_NO_SETUP")
    ]
    if len(ranked) < 2:
        return (Reason("ADVICE_ONLY"), *reasons) if ranked else tuple(reasons)
    best, second = (figures_of(each.outcome) for each in ranked[:2])
    saved = {
        goal: (second[goal] - best[goal]) * 100 // second[goal]
        for goal in GOALS
        if second[goal]
    }
    behind = {goal: percent for goal, percent in saved.items() if percent > 0}
    for goal in sorted(behind, key=lambda name: -behind[name])[:2]:
        reasons.append(_told_ahead(behind[goal], goal, ranked[1].method))
    is_close = 0 <= ranked[0].score - ranked[1].score <= CLOSE
    if not behind or is_close:
        reasons.append(Reason("ADVICE_EQUAL", {"method": ranked[1].method}))
    return (*reasons, *_behind(ranked))


def _told_ahead(percent: int, goal: str, method: str) -> Reason:
    """Say how much less it is; a whole hundred per cent is none of it."""
    values: dict[str, str | int] = {"goal": goal, "method": method}
    if percent == 100:
        return Reason("ADVICE_NONE", values)
    return Reason("ADVICE_AHEAD", values | {"percent": percent})


def _behind(ranked: Sequence[Ranked]) -> list[Reason]:
    """Say in which goals the best is worse than another, the dearest first."""
    best = figures_of(ranked[0].outcome)
    found = []
    for goal in GOALS:
        other = min(ranked, key=lambda row: figures_of(row.outcome)[goal])
        least = figures_of(other.outcome)[goal]
        if least and best[goal] * 100 >= least * WORSE_PERCENT:
            found.append((best[goal] * 100 // least, goal, other.method))
    found.sort(key=lambda each: -each[0])
    return [_told_behind(*each, best["lead"]) for each in found[:MOST_BEHIND]]


def _told_behind(percent: int, goal: str, method: str, lead_s: int) -> Reason:
    if goal == "cost" and lead_s == 0:
        times = f"{percent / 100:.1f}".removesuffix(".0")
        return Reason("ADVICE_AT_ONCE", {"times": times, "method": method})
    values: dict[str, str | int] = {"goal": goal, "percent": percent - 100}
    values["method"] = method
    return Reason("ADVICE_BEHIND", values)


def setup_ratio_milli(case: Case) -> int:
    """Give the time of a mean change of variant, in thousandths of a piece's run."""
    run_ms = case.equipment.run_ms
    if case.equipment.load_pieces is not None:
        run_ms = max(1, case.equipment.load_run_ms // case.equipment.load_pieces)
    return case.mean_change_s * 1_000_000 // run_ms
