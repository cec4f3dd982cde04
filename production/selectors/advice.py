"""The advice on a product, worked out from its latest orders, in plain values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.money import decimal
from production.engine.advice import (
    GOALS,
    Advice,
    Point,
    Weights,
    advise,
    list_turns,
    setup_ratio_milli,
    sweep_setup,
    sweep_variety,
    sweep_volume,
)
from production.engine.case import BP, FOUR_PLANTS, SAME_EQUIPMENT, Case, Plant
from production.engine.leading import find_leading_rule
from production.engine.methods import METHODS
from production.engine.reasons import REASONS, Reason
from production.engine.what_if import with_automation, with_matrix, with_shifts
from production.selectors.advising import AdviceError, build_demand
from production.selectors.loads import map_matrices
from production.selectors.routings import list_routes
from production.selectors.wording import plain

__all__ = ["COMPARISONS", "METHODS", "USUAL_WEIGHTS", "Question", "get_advice"]

# Which comparison is made: the same machines under four rules, or four plants.
COMPARISONS: Mapping[str, Mapping[str, Plant]] = {
    "same": SAME_EQUIPMENT,
    "four": FOUR_PLANTS,
}
USUAL_WEIGHTS = asdict(Weights())
FACTORS_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
VOLUMES_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000)
MOST_VARIETIES = 7
MOST_SWEPT = 150
ONE_BY_ONE = "MASS_CUSTOMISATION"

NUMBER = re.compile(r"\d+(\.\d+)?")

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: which orders, which comparison, which goals, what else.

    Factors and shares in basis points; ``matrix`` is the code of another set-up
    matrix that the orders run under, empty for the one in force.
    """

    product: str
    n_orders: int = 60
    comparison: str = "same"
    setup_bp: int = BP
    demand_bp: int = BP
    shifts_bp: int = BP
    automation_bp: int = 0
    matrix: str = ""
    weights: Mapping[str, int] = field(default_factory=lambda: dict(USUAL_WEIGHTS))

    def __post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            known = ", ".join(COMPARISONS)
            text = _("%(field)s must be one of %(known)s.")
            values = {"field": "comparison", "known": known}
            raise AdviceError(text % values, field="comparison")
        if not any(self.weights.values()):
            raise AdviceError(_("At least one goal must count."), field="weights")
        if not 0 <= self.automation_bp <= BP or self.shifts_bp < 1:
            raise AdviceError(_("Automation is a share of 0 to 100 %."), field="auto")


def get_advice(
    *,
    question: Question,
    now: datetime,
    sweeps: bool,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Answer a question; with ``sweeps`` also where the advice would turn."""
    demand = build_demand(product=question.product, n_orders=question.n_orders, now=now)
    case = _asked(demand.case, question)
    plants = COMPARISONS[question.comparison]
    weights = Weights(**{goal: question.weights.get(goal, 0) for goal in GOALS})
    found = advise(case, weights=weights, plants=plants)
    answer = {
        "product": demand.product,
        "currency": demand.currency,
        "worked_out_at": now.isoformat(),
        "work_centre": demand.work_centre,
        "step": demand.step,
        "matrix": question.matrix or demand.matrix,
        "orders": demand.n_orders,
        "others": demand.n_others,
        "pieces": case.n_pieces,
        "per_day": case.profile.per_day,
        "variants": case.profile.n_variants,
        "setup_ratio_milli": setup_ratio_milli(case),
        "comparison": question.comparison,
        **_advice(found, find_leading(found, case, plants)),
    }
    if sweeps:
        answer |= _sweeps(case, weights, plants, on_progress)
        answer["routes"] = list_routes(product=question.product)
    return answer


def _asked(case: Case, question: Question) -> Case:
    """Change the case as the sliders say."""
    if question.matrix:
        matrices = map_matrices()
        if question.matrix not in matrices:
            text = _("There is no set-up matrix “%(code)s”.")
            raise AdviceError(text % {"code": question.matrix}, field="matrix")
        case = with_matrix(case, matrix=matrices[question.matrix])
    if question.setup_bp != BP:
        case = case.with_setup(question.setup_bp)
    if question.demand_bp != BP:
        case = case.with_volume(question.demand_bp)
    if question.shifts_bp != BP:
        case = with_shifts(case, factor_bp=question.shifts_bp)
    return with_automation(case, share_bp=question.automation_bp)


def find_leading(
    found: Advice, case: Case, plants: Mapping[str, Plant]
) -> tuple[Reason, ...]:
    """Say which rule of a line leads, where feeding it one by one fits best."""
    if found.method != ONE_BY_ONE:
        return ()
    leading = find_leading_rule(case, plant=plants[ONE_BY_ONE])
    return () if leading is None else (leading,)


def _sweeps(
    case: Case,
    weights: Weights,
    plants: Mapping[str, Plant],
    on_progress: OnProgress | None,
) -> dict[str, Any]:
    """Look left and right along set-up, volume and variety, on the latest orders."""
    case = case.with_latest(MOST_SWEPT)
    varieties = list_varieties(case.profile.n_variants)
    total = len(FACTORS_BP) + len(VOLUMES_BP) + len(varieties)
    done = [0]

    def count() -> None:
        done[0] += 1
        if on_progress is not None:
            on_progress(done[0], total)

    setup = sweep_setup(
        case, weights=weights, plants=plants, factors_bp=FACTORS_BP, on_point=count
    )
    volume = sweep_volume(
        case, weights=weights, plants=plants, factors_bp=VOLUMES_BP, on_point=count
    )
    variety = sweep_variety(
        case, counts=varieties, weights=weights, plants=plants, on_point=count
    )
    named = {"setup": setup, "volume": volume, "variety": variety}
    return {
        "by_setup": [_point(point, "setup_bp") for point in setup],
        "by_volume": [_point(point, "demand_bp") for point in volume],
        "by_variety": [_point(point, "variants") for point in variety],
        "turns": [
            {"by": name, **asdict(turn)}
            for name, points in named.items()
            for turn in list_turns(points)
        ],
    }


def list_varieties(n_variants: int) -> list[int]:
    """Give numbers of variants to try: one, doubling, and as many as there are."""
    counts = [2**n for n in range(MOST_VARIETIES - 1) if 2**n < n_variants]
    return [*counts, n_variants]


def _advice(found: Advice, leading: Sequence[Reason]) -> dict[str, Any]:
    return {
        "method": found.method,
        "method_today": found.method_today,
        "reasons": [write_reason(each) for each in (*found.reasons, *leading)],
        "reason_codes": [each.code for each in (*found.reasons, *leading)],
        "methods": [
            {
                "method": row.method,
                "score": row.score,
                **asdict(row.outcome),
                "lacks": write_reason(row.lacks) if row.lacks else "",
            }
            for row in found.ranked
        ],
        "ruled_out": [
            {"method": row.method, "because": write_reason(row.because)}
            for row in found.ruled_out
        ],
    }


def _point(point: Point, name: str) -> dict[str, Any]:
    return {
        name: point.value,
        "method": point.method,
        "scores": dict(point.scores),
        "lead_s": dict(point.lead_s),
        "cost_minor": dict(point.cost_minor),
    }


def method_names() -> dict[str, str]:
    """Name the methods as the works speak of them."""
    known = {
        "JOB": _("Job"),
        "BATCH": _("Batch"),
        "FLOW": _("Flow"),
        "MASS_CUSTOMISATION": _("Mass customisation"),
    }
    return {code: known.get(code, plain(code)) for code in METHODS}


def write_reason(reason: Reason) -> str:
    """Write a reason in the reader's language, methods and goals by their names."""
    words = {
        "lead": _("lead time"),
        "cost": _("cost"),
        "tardiness": _("the share of late orders"),
        "waste": _("waste"),
        "energy": _("energy"),
        **method_names(),
    }
    values = {
        name: words.get(str(value)) or _figure(value)
        for name, value in reason.values.items()
    }
    return _(REASONS[reason.code]) % values


def _figure(value: str | int) -> str:
    """Write a number as the reader's language does; other texts stay."""
    plain_text = str(value).replace(",", "")
    if not NUMBER.fullmatch(plain_text):
        return str(value)
    return str(decimal(float(plain_text)))
