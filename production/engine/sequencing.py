"""Sequence the queue of a flexible line: ratio rules, colour runs, due slots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from production.engine.budget import NO_SEARCH, Budget, Meter, OnProgress, ShouldStop
from production.engine.demand import ColourRule, Key, LineRule, Unit, key_order
from production.engine.reasons import Reason
from production.engine.sequence_greedy import Taste, fill_greedily
from production.engine.sequence_model import (
    Count,
    LineModel,
    build_model,
    count_all,
    objective_of,
)
from production.engine.sequence_reasons import explain
from production.engine.sequence_search import improve
from production.engine.sequence_stable import settle

FEW = 50
"""Up to so many units several fills compete even where a search follows."""
N_TASTES_UP_TO = ((200, 10), (1_000, 3))
TASTES = tuple(
    Taste(change_cost=cost, power=power)
    for cost in (500, 2_000, 0, 10_000, 1_000_000)
    for power in (1, 2)
)


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """A queue, and what it breaks.

    ``violations`` counts, for each rule, the units too many over all its windows;
    ``over_runs`` the units above the longest run of their colour; ``late`` the units
    after their due slot. ``reasons`` says of each position why. ``objective`` has
    one sum for each rank: longest runs, then levels upwards. ``displaced`` are the
    units of an earlier order that are no longer in that order, as few as can be named.
    """

    order: tuple[Key, ...]
    reasons: tuple[Reason, ...]
    violations: Mapping[str, int]
    colour_changes: int
    over_runs: int
    late: tuple[Key, ...]
    objective: tuple[int, ...]
    moves: int
    displaced: tuple[Key, ...] = ()


def sequence_line(
    units: Sequence[Unit],
    *,
    rules: Sequence[LineRule] = (),
    colour: ColourRule | None = None,
    history: Sequence[Unit] = (),
    budget: Budget | None = None,
    seed: int = 0,
    due_level: int = 0,
    tail: bool = False,
    runs_from_history: bool = True,
    previous: Sequence[Key] = (),
    n_firm: int = 0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> SequencePlan:
    """Order units behind a frozen history.

    Parameters
    ----------
    units
        ``n`` units in any order; ties are broken by due slot, arrival and key.
    rules
        At most p of q in a row; lower levels matter more.
    colour
        The attribute whose runs are wanted, with their longest; its ``level`` ranks
        a colour change among the rules.
    history
        Units already fixed, oldest first. They are never moved, and every window and
        run that reaches back into them counts.
    budget
        How long to search after the first fill; ``None`` means no search.
    due_level
        Rank of a late unit; 0 is above all rules of level 1.
    tail
        Also count the windows that the end cuts off.
    runs_from_history
        Whether the run at the end of the history goes on counting.

    previous
        Keys in the order of an earlier plan; keys of no unit are passed over. Units
        named here keep their order but for those few whose move saves most; without
        a budget all of them keep it.
    n_firm
        So many units at the beginning of ``previous`` lose their place only where
        that saves something in the highest level of the rules or above.

    Returns
    -------
    SequencePlan
        Every unit exactly once. Empty for no units.

    Raises
    ------
    DemandError
        If a key or a rule's code is there twice, or there are too many rules.

    Notes
    -----
    The longest run comes before everything else. Without a budget ten fills compete
    up to 200 units, three up to 1,000, one above that. ``O(n m)`` for ``m`` different
    sets of rules, plus the budget. Source: own; compared with all permutations and
    with CP-SAT in tests.
    """
    meter = Meter(
        NO_SEARCH if budget is None else budget,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    model = build_model(
        units,
        rules=rules,
        colour=colour,
        history=history,
        due_level=due_level,
        tail=tail,
        runs_from_history=runs_from_history,
    )
    if previous:
        return _plan_again(model, previous, n_firm, meter, seed)
    order, reasons, count = _best_fill(model, meter)
    if meter.budget.moves != 0:
        found = improve(model, order, meter=meter, seed=seed)
        if found != order:
            order, count = found, count_all(model, found)
            reasons = explain(model, order)
    return _plan(model, order, reasons, count, meter.moves)


def first_come(
    units: Sequence[Unit],
    *,
    rules: Sequence[LineRule] = (),
    colour: ColourRule | None = None,
    history: Sequence[Unit] = (),
) -> SequencePlan:
    """Count what the order of arrival would break, the arguments as above.

    Units that arrived together stand in order of their keys. ``O(n r)``.
    """
    arrived = sorted(units, key=lambda unit: (unit.arrived_s, key_order(unit.key)))
    return count_in_order(arrived, rules=rules, colour=colour, history=history)


def count_in_order(
    units: Sequence[Unit],
    *,
    rules: Sequence[LineRule] = (),
    colour: ColourRule | None = None,
    history: Sequence[Unit] = (),
) -> SequencePlan:
    """Count what units break in the order given, the arguments as above.

    All of them are next in line; nothing is moved. ``O(n r)``.
    """
    model = build_model(units, rules=rules, colour=colour, history=history)
    places = {unit.key: place for place, unit in enumerate(model.units)}
    order = [places[unit.key] for unit in units]
    count = count_all(model, order)
    return _plan(model, order, [Reason("NEXT_IN_LINE")] * len(order), count, 0)


def _plan_again(
    model: LineModel, previous: Sequence[Key], n_firm: int, meter: Meter, seed: int
) -> SequencePlan:
    """Keep the order of an earlier plan as far as it pays."""
    places = {unit.key: place for place, unit in enumerate(model.units)}
    old = [places[key] for key in dict.fromkeys(previous) if key in places]
    is_old = {*old}
    newcomers = [place for place in range(len(model.units)) if place not in is_old]
    order, moved = [*old, *newcomers], list[int]()
    if meter.budget.moves != 0:
        firm = {places[key] for key in previous[:n_firm] if key in places}
        order, moved = settle(model, old, newcomers, firm=firm, meter=meter, seed=seed)
    reasons = explain(model, order, moved=moved)
    plan = _plan(model, order, reasons, count_all(model, order), meter.moves)
    return replace(plan, displaced=tuple(model.units[place].key for place in moved))


def _best_fill(model: LineModel, meter: Meter) -> tuple[list[int], list[Reason], Count]:
    """Take the best of several fills; of one where a search follows."""
    n_units = len(model.units)
    n_tastes = next((n for limit, n in N_TASTES_UP_TO if n_units <= limit), 1)
    if meter.budget.moves != 0 and n_units > FEW:
        n_tastes = 1
    best: tuple[list[int], list[Reason], Count] | None = None
    best_objective: tuple[int, ...] = ()
    for taste in TASTES[:n_tastes]:
        order, reasons = fill_greedily(model, taste)
        count = count_all(model, order)
        objective = objective_of(model, count)
        if best is None or objective < best_objective:
            best, best_objective = (order, reasons, count), objective
        if not any(objective):
            break
    return best if best is not None else ([], [], count_all(model, []))


def _plan(
    model: LineModel,
    order: Sequence[int],
    reasons: Sequence[Reason],
    count: Count,
    moves: int,
) -> SequencePlan:
    codes = [rule.code for rule in model.rules]
    return SequencePlan(
        order=tuple(model.units[place].key for place in order),
        reasons=tuple(reasons),
        violations=dict(zip(codes, count.by_rule, strict=True)),
        colour_changes=count.colour_changes,
        over_runs=count.over_runs,
        late=tuple(model.units[place].key for place in count.late),
        objective=objective_of(model, count),
        moves=moves,
    )
