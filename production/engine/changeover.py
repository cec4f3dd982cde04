"""What a machine's set-up costs between two states, and the best order of loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from production.engine.budget import Budget, Meter, OnProgress, ShouldStop
from production.engine.demand import (
    NEVER_S,
    Attributes,
    Key,
    Setup,
    SetupRule,
    key_order,
    matches,
)
from production.engine.ordering import Run, order_runs
from production.engine.tour import shortest_tour

DEFAULT_BUDGET = Budget(moves=20_000)


def warm() -> None:
    """Compile or load the loops of tours and run orders for this process.

    Takes some seconds the first time on a machine, then a fraction of one.
    """
    rows = [[(7 * row + 3 * column) % 11 for column in range(9)] for row in range(9)]
    shortest_tour(rows, meter=Meter(Budget(moves=40)))
    runs = [Run(3, 1 + place, 1, place) for place in range(9)]
    order_runs(
        runs,
        setup_s=rows,
        first_setup_s=rows[0],
        start_s=0,
        meter=Meter(Budget(moves=40)),
    )


class MatrixError(ValueError):
    """Raised when a set-up matrix leaves a change without an answer."""


@dataclass(frozen=True, slots=True)
class SetupTime:
    """What one change takes: standing, beforehand, who signs, what is wasted.

    ``rule_code`` is the row that matched first; ``added_codes`` are the additive
    rows on top. ``waste`` is in the units of each material.
    """

    internal_s: int
    external_s: int
    rule_code: str
    added_codes: tuple[str, ...] = ()
    signature_skill: str | None = None
    waste: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetupMatrix:
    """Rows tried from the top: the first that matches wins, additive rows add to it.

    The catch-all (a row without conditions) must be there and be the last row that
    does not add.
    """

    code: str
    rules: tuple[SetupRule, ...]

    def __post_init__(self) -> None:
        deciding = [rule for rule in self.rules if not rule.adds]
        if not deciding or not deciding[-1].is_catch_all:
            raise MatrixError(
                f"set-up matrix {self.code} has no catch-all: "
                "its last row must hold for every change"
            )
        for rule in deciding[:-1]:
            if rule.is_catch_all:
                raise MatrixError(
                    f"set-up matrix {self.code}: rows below {rule.code} never match"
                )

    def setup_between(self, state_from: Attributes, state_to: Attributes) -> SetupTime:
        """Give the set-up from one state to another.

        An attribute that a state lacks counts as unknown: it matches no stated
        value, equals only another unknown, and neither rises nor falls.
        """
        first = next(
            rule
            for rule in self.rules
            if not rule.adds and applies(rule, state_from, state_to)
        )
        added = [
            rule
            for rule in self.rules
            if rule.adds and applies(rule, state_from, state_to)
        ]
        rules = [first, *added]
        waste: dict[str, int] = {}
        for rule in rules:
            for material, amount in rule.waste.items():
                waste[material] = waste.get(material, 0) + amount
        return SetupTime(
            internal_s=sum(rule.internal_s for rule in rules),
            external_s=sum(rule.external_s for rule in rules),
            rule_code=first.code,
            added_codes=tuple(rule.code for rule in added),
            signature_skill=next(
                (rule.signature_skill for rule in rules if rule.signature_skill), None
            ),
            waste=waste,
        )


def applies(rule: SetupRule, state_from: Attributes, state_to: Attributes) -> bool:
    """Say whether all conditions of a row hold for a change of state."""

    def step(name: str) -> int:
        before, after = state_from.get(name), state_to.get(name)
        if isinstance(before, int) and isinstance(after, int):
            return after - before
        return 0

    return (
        matches(rule.when_from, state_from)
        and matches(rule.when_to, state_to)
        and all(state_from.get(name) == state_to.get(name) for name in rule.same)
        and all(state_from.get(name) != state_to.get(name) for name in rule.differ)
        and all(step(name) > 0 for name in rule.rises)
        and all(step(name) < 0 for name in rule.falls)
    )


@dataclass(frozen=True, slots=True)
class Load:
    """A batch waiting for a machine: the state it needs, how long, by when."""

    key: Key
    run_s: int
    setup: Setup = field(default_factory=Setup)
    due_s: int = NEVER_S
    weight: int = 1
    ready_s: int = 0


@dataclass(frozen=True, slots=True)
class PlannedLoad:
    """A load at its place: set-up from ``setup_from_s``, run from start to end."""

    key: Key
    setup_from_s: int
    start_s: int
    end_s: int
    setup: SetupTime
    late_s: int


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """Loads in order. ``objective``: weighted tardiness, then seconds of set-up."""

    loads: tuple[PlannedLoad, ...]
    objective: tuple[int, int]
    moves: int


def order_batches(
    loads: Sequence[Load],
    *,
    matrix: SetupMatrix,
    state: Attributes,
    start_s: int,
    budget: Budget | None = None,
    seed: int = 0,
    previous: Sequence[Key] = (),
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> LoadOrder:
    """Order loads on one machine from its present state.

    Parameters
    ----------
    loads
        ``n`` loads in any order.
    state
        The attributes the machine is set up for; empty if unknown.
    start_s
        When the machine is free.
    budget
        How long to search; ``None`` means 20,000 moves.
    previous
        Keys in the order of an earlier plan: one of the starting points.

    Returns
    -------
    LoadOrder
        Every load once. External set-up is done while the load before runs; only
        what does not fit into that time makes the machine stand.

    Notes
    -----
    See ``ordering.order_runs``. The order of the input does not matter.
    """
    ranked = sorted(loads, key=lambda load: key_order(load.key))
    table = _Table(matrix)
    rows = [[table.stop_s(one, two) for two in ranked] for one in ranked]
    first = [table.first_s(state, load) for load in ranked]
    places = {load.key: place for place, load in enumerate(ranked)}
    known = [places[key] for key in previous if key in places]
    known += sorted(set(places.values()).difference(known))
    result = order_runs(
        [Run(load.run_s, load.due_s, load.weight, load.ready_s) for load in ranked],
        setup_s=rows,
        first_setup_s=first,
        start_s=start_s,
        meter=Meter(
            DEFAULT_BUDGET if budget is None else budget,
            on_progress=on_progress,
            should_stop=should_stop,
        ),
        seed=seed,
        first_order=known,
    )
    planned = _time([ranked[place] for place in result.order], table, state, start_s)
    return LoadOrder(planned, result.objective, result.moves)


def time_in_order(
    loads: Sequence[Load],
    *,
    matrix: SetupMatrix,
    state: Attributes,
    start_s: int,
    overlap_s: int = 0,
) -> LoadOrder:
    """Give loads their times in the order they stand in. ``O(n)``.

    ``overlap_s`` of the first external set-up are done before ``start_s``.
    """
    planned = _time(loads, _Table(matrix), state, start_s, overlap_s)
    late = sum(
        load.weight * one.late_s for load, one in zip(loads, planned, strict=True)
    )
    standing_s = sum(one.start_s - one.setup_from_s for one in planned)
    return LoadOrder(planned, (late, standing_s), 0)


class _Table:
    """Set-up times of a matrix, each pair of states looked up once."""

    def __init__(self, matrix: SetupMatrix) -> None:
        self._matrix = matrix
        self._known: dict[tuple[object, object], SetupTime] = {}

    def between(self, state_from: Attributes, state_to: Attributes) -> SetupTime:
        pair = (frozenset(state_from.items()), frozenset(state_to.items()))
        if pair not in self._known:
            self._known[pair] = self._matrix.setup_between(state_from, state_to)
        return self._known[pair]

    def stop_s(self, before: Load, after: Load) -> int:
        change = self.between(before.setup.state, after.setup.state)
        return _standing_s(change, after, overlap_s=before.run_s)

    def first_s(self, state: Attributes, load: Load) -> int:
        return _standing_s(self.between(state, load.setup.state), load, overlap_s=0)


def _standing_s(change: SetupTime, load: Load, *, overlap_s: int) -> int:
    external_s = change.external_s + load.setup.external_s
    internal_s = change.internal_s + load.setup.internal_s
    return internal_s + max(0, external_s - overlap_s)


def _time(
    loads: Sequence[Load],
    table: _Table,
    state: Attributes,
    start_s: int,
    overlap_s: int = 0,
) -> tuple[PlannedLoad, ...]:
    planned = []
    clock_s = start_s
    for load in loads:
        change = table.between(state, load.setup.state)
        standing_s = _standing_s(change, load, overlap_s=overlap_s)
        start_run_s = max(clock_s + standing_s, load.ready_s)
        end_s = start_run_s + load.run_s
        late_s = max(0, end_s - load.due_s)
        setup_from_s = start_run_s - standing_s
        planned.append(
            PlannedLoad(load.key, setup_from_s, start_run_s, end_s, change, late_s)
        )
        clock_s, overlap_s, state = end_s, load.run_s, load.setup.state
    return tuple(planned)
