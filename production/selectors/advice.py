"""The advice on a product, worked out from its latest orders, in plain values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.money import decimal
from production.engine.advice import (
    CLOSE,
    GOALS,
    Advice,
    Weights,
    advise,
    setup_ratio_milli,
)
from production.engine.case import BP, FOUR_PLANTS, SAME_EQUIPMENT, Case, Plant
from production.engine.leading import find_leading_rule
from production.engine.methods import METHODS
from production.engine.reasons import REASONS, Reason
from production.engine.sweeps import (
    Point,
    at_density,
    is_late,
    list_turns,
    list_with_enough_left,
    list_within_loads,
    sweep,
)
from production.engine.what_if import with_automation, with_matrix, with_shifts
from production.selectors.advising import AdviceError, build_demand
from production.selectors.loads import map_matrices
from production.selectors.routings import list_routes
from production.selectors.wording import plain

__all__ = ["COMPARISONS", "METHODS", "MOVED", "USUAL_WEIGHTS", "Question", "get_advice"]

# Which comparison is made: the same machines under four rules, or four plants.
COMPARISONS: Mapping[str, Mapping[str, Plant]] = {
    "same": SAME_EQUIPMENT,
    "four": FOUR_PLANTS,
}
USUAL_WEIGHTS = asdict(Weights())
# What is swept in any case, and how far on where that shows no turn.
SETUPS_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
LESS_SETUP_BP, MORE_SETUP_BP = (156, 0), (640_000, 2_560_000)
VOLUMES_BP = (625, 1_250, 2_500, 5_000, 10_000, 20_000, 40_000)
MORE_VOLUME_BP = (160_000, 640_000, 2_560_000)
DENSITIES_BP = (2_500, 5_000, 10_000, 20_000, 40_000)
LESS_DENSE_BP, MORE_DENSE_BP = (625, 156, 39), (160_000, 640_000)
MOST_VARIETIES = 7
MOST_SWEPT = 150
ONE_BY_ONE = "MASS_CUSTOMISATION"

NUMBER = re.compile(r"\d+(\.\d+)?")

MOVED = {
    "setup": "setup_bp",
    "volume": "demand_bp",
    "density": "density_bp",
    "variety": "variants",
}

OnProgress = Callable[[int, int], None]
Sweep = tuple[Callable[[int], Case], Sequence[int], Sequence[int], Sequence[int]]


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
        "asked": question.n_orders,
        "found": demand.n_found,
        "orders": demand.n_orders,
        "others": demand.n_others,
        "pieces": sum(each.quantity for each in case.orders[: demand.n_orders]),
        "load_pieces": case.equipment.load_pieces or 0,
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
    """Look left and right along what may change, on the latest orders."""
    every, case = case, case.with_latest(MOST_SWEPT)
    asked = _asked_of(case)
    total = sum(len(values) for _change, values, *_further in asked.values())
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, max(done, total))

    variants = case.profile.n_variants
    answer: dict[str, Any] = {"turns": [], "steady": [], "variants_swept": variants}
    for name, (change, values, below, above) in asked.items():
        points = sweep(
            change,
            values,
            below=below,
            above=above,
            weights=weights,
            plants=plants,
            on_point=count,
        )
        answer[f"by_{name}"] = [_point(point, MOVED[name]) for point in points]
        turns = list_turns(points)
        answer["turns"] += [{"by": name, **asdict(turn)} for turn in turns]
        if not turns and len(points) > 1:
            now = variants if name == "variety" else BP
            answer["steady"].append({"by": name, **_steady(points, now)})
    return answer | _swept(every, case, answer["by_density"][0]["density_bp"])


def _swept(every: Case, case: Case, sparsest_bp: int) -> dict[str, int]:
    """Say how many orders the sweeps stand on, and on how few where fewest come."""
    return {
        "swept": len(case.orders),
        "swept_of": len(every.orders),
        "sparsest_bp": sparsest_bp,
        "left_at_sparsest": len(at_density(case, sparsest_bp).orders),
    }


def _asked_of(case: Case) -> dict[str, Sweep]:
    """Give what is moved, through which values, and how much further at need."""
    varieties = list_varieties(case.profile.n_variants)
    more = [2**n for n in range(1, 10) if 2**n > varieties[-1]]
    more_volume = list_within_loads(case, MORE_VOLUME_BP)
    n_orders = len(case.orders)
    more = [n for n in more if n < n_orders] + [n_orders]
    has_setup = case.mean_change_s > 0
    return {
        "setup": (
            case.with_setup,
            SETUPS_BP,
            LESS_SETUP_BP if has_setup else (),
            MORE_SETUP_BP if has_setup else (),
        ),
        "volume": (case.with_volume, VOLUMES_BP, (), more_volume),
        "density": (
            partial(at_density, case),
            list_with_enough_left(case, DENSITIES_BP),
            list_with_enough_left(case, LESS_DENSE_BP),
            MORE_DENSE_BP,
        ),
        "variety": (
            case.with_variants,
            varieties,
            (),
            more if n_orders > varieties[-1] else (),
        ),
    }


def _steady(points: Sequence[Point], now: int) -> dict[str, Any]:
    """Say which method is best all along, and where another comes closest, and why."""
    closest = min(points, key=lambda point: (point.gap, abs(point.value - now)))
    return {
        "method": closest.method,
        "rival": closest.rival,
        "from_value": points[0].value,
        "to_value": points[-1].value,
        "closest": closest.value,
        "is_as_good": closest.gap <= CLOSE,
        "why": [write_reason(each) for each in closest.why],
        "is_late_above": is_late(points[-1]),
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
