"""Mass customisation: every unit on its own through one flexible line, in sequence."""

from collections.abc import Sequence

from production.engine.budget import Budget, OnProgress, ShouldStop
from production.engine.demand import NEVER_S, Demand, Unit, key_order
from production.engine.plan import (
    Fit,
    Kind,
    Plan,
    PlannedTask,
    Profile,
    Shop,
    late_weight_s,
    with_a_step,
)
from production.engine.reasons import Reason
from production.engine.sequencing import SequencePlan, sequence_line

CODE = "MASS_CUSTOMISATION"


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
    """Sequence every piece behind ``shop.history`` and launch one each takt.

    A unit is due in the slot from which it leaves the line in time. ``objective`` is
    that of the sequence, in rank order; ``violations`` counts by line rule. The
    frozen part of an earlier plan is ``shop.history``; the rest may change.
    """
    owners = _owners(demands)
    _, through_s = _line(shop)
    found = sequence_line(
        _units(owners, first_out_s=now_s + through_s, takt_s=shop.takt_s),
        rules=shop.line_rules,
        colour=shop.colour,
        history=shop.history,
        budget=budget,
        seed=seed,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    tasks = _tasks(found, owners, shop, now_s)
    return Plan(
        CODE,
        tasks,
        objective=(*found.objective, late_weight_s(demands, tasks)),
        violations=found.violations,
        moves=found.moves,
    )


def _owners(demands: Sequence[Demand]) -> list[Demand]:
    """Name the demand of every piece, in the order of the keys."""
    ranked = sorted(demands, key=lambda one: key_order(one.key))
    whole = [with_a_step(demand) for demand in ranked]
    return [demand for demand in whole for _ in range(demand.quantity)]


def _units(owners: Sequence[Demand], *, first_out_s: int, takt_s: int) -> list[Unit]:
    return [
        Unit(
            place,
            demand.attributes,
            due_slot=_due_slot(demand, first_out_s, takt_s),
            arrived_s=demand.arrived_s,
        )
        for place, demand in enumerate(owners)
    ]


def _tasks(
    found: SequencePlan, owners: Sequence[Demand], shop: Shop, now_s: int
) -> tuple[PlannedTask, ...]:
    line, through_s = _line(shop)
    placed = zip(found.order, found.reasons, strict=True)
    return tuple(
        PlannedTask(
            demand=owners[int(place)].key,
            step=owners[int(place)].steps[0].key,
            quantity=1,
            start_s=now_s + slot * shop.takt_s,
            end_s=now_s + slot * shop.takt_s + through_s,
            reason=reason,
            resource=line,
            slot=slot,
        )
        for slot, (place, reason) in enumerate(placed)
    )


def _line(shop: Shop) -> tuple[str, int]:
    """Give the first line and the seconds a unit takes through all its stations."""
    for line, stations in shop.stations.items():
        through_ms = sum(max(one.cycle_ms, shop.takt_s * 1000) for one in stations)
        return line, -(-through_ms // 1000)
    return "", shop.takt_s


def _due_slot(demand: Demand, first_out_s: int, takt_s: int) -> int | None:
    if demand.due_s >= NEVER_S:
        return None
    return (demand.due_s - first_out_s) // takt_s


def fit(profile: Profile) -> Fit:
    """Fit variants in volume where no set-up, or a shared one, stands in the way."""
    if profile.kind is Kind.BESPOKE:
        return Fit(CODE, False, 0, (Reason("OUT_BESPOKE"),))
    if not profile.has_line:
        return Fit(CODE, False, 0, (Reason("OUT_NO_LINE"),))
    pieces = max(profile.quantity, profile.run_length)
    percent = profile.setup_percent(pieces)
    reasons = [
        Reason(
            "FIT_VARIANTS",
            {"variants": profile.n_variants, "pieces": profile.per_day},
        )
    ]
    if profile.setup_s == 0:
        reasons.append(Reason("FIT_NO_SETUP"))
    else:
        runs = {"pieces": profile.run_length, "percent": percent}
        reasons.append(Reason("FIT_RUNS", runs))
    score = 95 - percent if profile.kind is Kind.CONFIGURABLE else 30 - percent
    return Fit(CODE, True, max(0, score), tuple(reasons))
