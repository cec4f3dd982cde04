"""Mass customisation: every unit on its own through one flexible line, in sequence."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from production.engine.budget import Budget, OnProgress, Search, ShouldStop
from production.engine.demand import NEVER_S, Demand, Key, Unit, key_order
from production.engine.plan import (
    Fit,
    Kind,
    Plan,
    PlannedTask,
    Profile,
    Shop,
    begun_by,
    late_weight_s,
    with_a_step,
)
from production.engine.reasons import Reason
from production.engine.sequencing import SequencePlan, first_come, sequence_line

CODE = "MASS_CUSTOMISATION"
FIRST_COME = "FIFO"


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
    that of the sequence, in rank order; ``violations`` counts by line rule. Units
    that the previous plan has launched stay in front to the byte and count as
    history; the others keep its order but for those few whose move saves most, and
    all of them where none has come or gone. ``shop.rule`` FIFO tells what the order
    of arrival would cost.
    """
    launched = _launched(demands, previous, now_s)
    owners = _owners(_left(demands, launched))
    start_s = max([now_s, *(task.start_s + shop.takt_s for task in launched)])
    before = _places_before(owners, previous, now_s)
    is_changed = (
        previous is None
        or previous.is_rough
        or len(before) < len(owners)
        or sum(task.quantity for task in previous.tasks) != _n_pieces(demands)
    )
    search = Search(budget if is_changed else None, seed, on_progress, should_stop)
    behind = replace(shop, history=_history(shop, demands, launched))
    found = _sequence(owners, behind, start_s, before, search)
    if before and not is_changed:
        found = replace(found, reasons=_reasons_before(previous, now_s))
    tasks = (*launched, *_tasks(found, owners, shop, start_s, len(launched)))
    return Plan(
        CODE,
        tasks,
        objective=(*found.objective, late_weight_s(demands, tasks)),
        violations=found.violations,
        moves=found.moves,
        figures={
            "colour_changes": found.colour_changes,
            "over_runs": found.over_runs,
            "late": len(found.late),
        },
        displaced=tuple(owners[int(place)].key for place in found.displaced),
    )


def _history(
    shop: Shop, demands: Sequence[Demand], launched: Sequence[PlannedTask]
) -> tuple[Unit, ...]:
    named = {demand.key: demand for demand in demands}
    units = [
        _unit(named[task.demand], f"launched {rank}", None)
        for rank, task in enumerate(launched)
    ]
    return (*shop.history, *units)


def _launched(
    demands: Sequence[Demand], previous: Plan | None, now_s: int
) -> tuple[PlannedTask, ...]:
    """Give what an earlier plan has launched and is still asked for."""
    left = {demand.key: demand.quantity for demand in demands}
    launched = []
    for task in begun_by(previous, now_s):
        if left.get(task.demand):
            left[task.demand] -= 1
            launched.append(task)
    return tuple(launched)


def _left(demands: Sequence[Demand], launched: Sequence[PlannedTask]) -> list[Demand]:
    gone = Counter(task.demand for task in launched)
    return [
        replace(demand, quantity=demand.quantity - gone[demand.key])
        for demand in demands
        if demand.quantity > gone[demand.key]
    ]


def _n_pieces(demands: Sequence[Demand]) -> int:
    return sum(demand.quantity for demand in demands)


def _places_before(
    owners: Sequence[Demand], previous: Plan | None, now_s: int
) -> list[Key]:
    """Give the pieces that an earlier plan knew, in its order."""
    places: dict[Key, list[int]] = defaultdict(list)
    for place, demand in enumerate(owners):
        places[demand.key].append(place)
    for waiting in places.values():
        waiting.reverse()
    tasks = previous.tasks if previous is not None else ()
    return [
        places[task.demand].pop()
        for task in tasks
        if task.start_s > now_s and places.get(task.demand)
    ]


def _reasons_before(previous: Plan | None, now_s: int) -> tuple[Reason, ...]:
    tasks = previous.tasks if previous is not None else ()
    return tuple(task.reason for task in tasks if task.start_s > now_s)


def _owners(demands: Sequence[Demand]) -> list[Demand]:
    """Name the demand of every piece, in the order of the keys."""
    ranked = sorted(demands, key=lambda one: key_order(one.key))
    whole = [with_a_step(demand) for demand in ranked]
    return [demand for demand in whole for _ in range(demand.quantity)]


def _sequence(
    owners: Sequence[Demand],
    shop: Shop,
    start_s: int,
    before: Sequence[Key],
    search: Search,
) -> SequencePlan:
    _, through_s = _line(shop)
    first_out_s = start_s + through_s
    units = [
        _unit(demand, place, _due_slot(demand, first_out_s, shop.takt_s))
        for place, demand in enumerate(owners)
    ]
    if shop.rule == FIRST_COME:
        return first_come(
            units, rules=shop.line_rules, colour=shop.colour, history=shop.history
        )
    return sequence_line(
        units,
        rules=shop.line_rules,
        colour=shop.colour,
        history=shop.history,
        previous=before,
        n_firm=shop.n_firm,
        budget=search.budget,
        seed=search.seed,
        on_progress=search.on_progress,
        should_stop=search.should_stop,
    )


def _unit(demand: Demand, key: Key, due_slot: int | None) -> Unit:
    return Unit(key, demand.attributes, due_slot=due_slot, arrived_s=demand.arrived_s)


def _tasks(
    found: SequencePlan,
    owners: Sequence[Demand],
    shop: Shop,
    start_s: int,
    n_before: int,
) -> tuple[PlannedTask, ...]:
    line, through_s = _line(shop)
    placed = zip(found.order, found.reasons, strict=True)
    return tuple(
        PlannedTask(
            demand=owners[int(place)].key,
            step=owners[int(place)].steps[0].key,
            quantity=1,
            start_s=start_s + rank * shop.takt_s,
            end_s=start_s + rank * shop.takt_s + through_s,
            reason=reason,
            resource=line,
            slot=n_before + rank,
        )
        for rank, (place, reason) in enumerate(placed)
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
