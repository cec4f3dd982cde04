"""Job production: one-off work goes operation by operation to skilled people."""

from collections.abc import Sequence

from production.engine.bespoke_search import Bench, search_operations
from production.engine.budget import Budget, OnProgress, Search, ShouldStop
from production.engine.demand import Demand
from production.engine.plan import (
    Fit,
    Kind,
    Plan,
    Profile,
    Shop,
    begun_by,
    with_a_step,
)
from production.engine.reasons import Reason

CODE = "JOB"
MOST_PER_DAY = 200
"""Pieces a day above which nobody makes them one by one by hand."""


def plan(
    demands: Sequence[Demand],
    *,
    shop: Shop,
    now_s: int,
    previous: Plan | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plan:
    """Dispatch operations by ``shop.rule`` to machines and people, then place anew.

    Tasks of the previous plan that have begun stay as they are; its others are a
    beginning for the search. Without a budget the answer is that of dispatch.
    ``objective`` is the weighted tardiness in seconds, then the seconds until all is
    done.
    """
    bench = Bench(
        demands=[with_a_step(demand) for demand in demands],
        resources=shop.resources,
        people=shop.people,
        now_s=now_s,
        rule=shop.rule,
        started=begun_by(previous, now_s),
    )
    found = search_operations(
        bench,
        previous=() if previous is None else previous.tasks,
        search=Search(budget, seed, on_progress, should_stop),
    )
    return Plan(CODE, found.tasks, unplanned=found.unplanned, objective=found.objective)


def fit(profile: Profile) -> Fit:
    """Fit what is drawn for one customer; rule out what is too many for hands."""
    if profile.per_day > MOST_PER_DAY:
        values = {"pieces": profile.per_day, "most": MOST_PER_DAY}
        return Fit(CODE, False, 0, (Reason("OUT_TOO_MANY", values),))
    if profile.kind is Kind.BESPOKE:
        return Fit(CODE, True, 100, (Reason("FIT_BESPOKE"),))
    share = profile.n_variants * 100 // profile.per_day
    score = min(40, share * (MOST_PER_DAY - profile.per_day) // (2 * MOST_PER_DAY))
    return Fit(CODE, True, score, (Reason("FIT_FEW", {"pieces": profile.per_day}),))
