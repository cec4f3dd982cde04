"""The advice on a product, worked out from its latest orders, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from production.engine.advice import (
    GOALS,
    Advice,
    Point,
    Weights,
    advise,
    list_turns,
    sweep_setup,
)
from production.engine.case import BP, FOUR_PLANTS, SAME_EQUIPMENT, Plant
from production.engine.methods import METHODS
from production.engine.reasons import REASONS, Reason
from production.selectors.advising import AdviceError, build_demand

__all__ = ["COMPARISONS", "METHODS", "USUAL_WEIGHTS", "Question", "get_advice"]

# Which comparison is made: the same machines under four rules, or four plants.
COMPARISONS: Mapping[str, Mapping[str, Plant]] = {
    "same": SAME_EQUIPMENT,
    "four": FOUR_PLANTS,
}
USUAL_WEIGHTS = asdict(Weights())
FACTORS_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which orders, which comparison, which goals, which set-up."""

    product: str
    n_orders: int = 60
    comparison: str = "same"
    setup_bp: int = BP
    demand_bp: int = BP
    weights: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_WEIGHTS))

    def __post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            known = ", ".join(COMPARISONS)
            text = _("%(field)s must be one of %(known)s.")
            values = {"field": "comparison", "known": known}
            raise AdviceError(text % values, field="comparison")
        if not any(self.weights.values()):
            raise AdviceError(_("At least one goal must count."), field="weights")


def get_advice(*, question: Question, now: datetime, sweeps: bool) -> dict[str, Any]:
    """Answer a question; with ``sweeps`` also where the advice would turn."""
    demand = build_demand(product=question.product, n_orders=question.n_orders, now=now)
    plants = COMPARISONS[question.comparison]
    weights = Weights(**{goal: question.weights.get(goal, 0) for goal in GOALS})
    case = demand.case
    if question.setup_bp != BP:
        case = case.with_setup(question.setup_bp)
    if question.demand_bp != BP:
        case = case.with_volume(question.demand_bp)
    found = advise(case, weights=weights, plants=plants)
    answer = {
        "product": demand.product,
        "work_centre": demand.work_centre,
        "step": demand.step,
        "orders": demand.n_orders,
        "pieces": case.n_pieces,
        "comparison": question.comparison,
        **_advice(found),
    }
    if sweeps:
        points = sweep_setup(
            case, weights=weights, plants=plants, factors_bp=FACTORS_BP
        )
        answer["by_setup"] = [_point(point) for point in points]
        answer["turns"] = [asdict(turn) for turn in list_turns(points)]
    return answer


def _advice(found: Advice) -> dict[str, Any]:
    return {
        "method": found.method,
        "reasons": [write_reason(each) for each in found.reasons],
        "methods": [
            {"method": row.method, "score": row.score, **asdict(row.outcome)}
            for row in found.ranked
        ],
        "ruled_out": [
            {"method": row.method, "because": write_reason(row.because)}
            for row in found.ruled_out
        ],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "setup_bp": point.value,
        "method": point.method,
        "scores": dict(point.scores),
        "lead_s": dict(point.lead_s),
        "cost_minor": dict(point.cost_minor),
    }


def write_reason(reason: Reason) -> str:
    """Write a reason in the reader's language."""
    return _(REASONS[reason.code]) % dict(reason.values)
