"""Improve a line's queue by many small moves, the most important ranks first."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from production.engine.budget import Meter
from production.engine.sequence_model import (
    LineModel,
    count_all,
    objective_of,
)
from production.engine.sequence_runs import fewest_changes

if TYPE_CHECKING:  # loads numpy and numba
    from production.engine.sequence_setup import Laid

RATIO_MIX = {
    "SWAP_ANY": 10,
    "SWAP_NEAR": 5,
    "SWAP_HOT": 50,
    "INSERT_NEAR": 2,
    "REFLECT_NEAR": 20,
}
RATIOS_MIX = {
    "SWAP_ANY": 30,
    "SWAP_NEAR": 15,
    "SWAP_HOT": 30,
    "INSERT_NEAR": 10,
    "REFLECT_NEAR": 10,
}
COLOUR_MIX = {
    "SWAP_ANY": 3,
    "SWAP_NEAR": 5,
    "SWAP_HOT": 3,
    "SWAP_COLOUR": 25,
    "SWAP_ALIKE": 15,
    "INSERT_NEAR": 3,
    "INSERT_COLOUR": 7,
    "REFLECT_NEAR": 10,
    "REFLECT_COLOUR": 35,
    "REFLECT_RUNS": 5,
    "MOVE_RUN": 1,
    "EXCHANGE": 1,
}
COLOUR_FIRST_MIX = {
    "SWAP_ANY": 3,
    "SWAP_NEAR": 3,
    "SWAP_COLOUR": 40,
    "SWAP_ALIKE": 2,
    "INSERT_NEAR": 3,
    "INSERT_COLOUR": 10,
    "REFLECT_NEAR": 15,
    "REFLECT_COLOUR": 15,
    "REFLECT_RUNS": 10,
    "MOVE_RUN": 6,
    "EXCHANGE": 1,
}
"""Shares of the kinds of moves, by what a stage is about."""

REACH = 20
PATIENCE = 0.5
"""A stage ends after so large a share of its own length without any progress."""
SHORTEST_STAGE = 0.05
STAGE_ENDS = ((1.0,), (0.3, 1.0), (0.3, 0.6, 1.0))
STAGED_FROM_MOVES = 200
"""Moves for each unit from which a search goes rank by rank."""
STAGED_FROM_MS = 300
WARM, COOL = 205, 154
"""Temperatures between which a search of a single rank is shaken, in 1,024ths of a
violation."""
CYCLE_MOVES = 10_000
"""Moves for each unit from one calm stretch to the next; calm is the first cycle's
beginning and the end of each."""
CALM_FROM = 0.8
LARGEST_TICK = 1 << 16
MOVES_TICK = 1 << 10
TICK_MS = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """Ranks that count together, the share of the budget by which to end, the moves."""

    ranks: tuple[int, ...]
    ends: float
    mix: dict[str, int]
    is_shaken: bool = False


@dataclass(slots=True)
class Clock:
    """Where a stage stands: what share is spent, and since when nothing got better."""

    begun: float
    ends: float
    best: int
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.begun

    def is_over(self, now: float, cost: int) -> bool:
        """Note the cost and say whether the stage should end."""
        if cost < self.best:
            self.best, self.at = cost, now
        shortest = SHORTEST_STAGE * (self.ends - self.begun)
        waited = PATIENCE * max(now - self.begun, shortest)
        return now >= self.ends or (self.ends < 1.0 and now - self.at > waited)


def kernels() -> Any:
    """Load the inner loops, compiled where numba is at hand."""
    return importlib.import_module("production.engine.sequence_walk")


def improve(
    model: LineModel, order: Sequence[int], *, meter: Meter, seed: int
) -> list[int]:
    """Walk over plateaus rank by rank while the budget lasts.

    Parameters
    ----------
    order
        Unit indices, each once; the search begins here, or, where colour changes
        matter most and nothing is due, at an order with the fewest of them.

    Returns
    -------
    list[int]
        The best order met, never worse than the one given.

    Notes
    -----
    First only the highest rank counts, then the two highest, and so on: what is free
    on the way is not wasted on what matters less. A move is taken unless it costs
    more. A queue with a single rank is shaken in cycles by annealing at a low
    temperature. Source: own, after Estellon, Gardi and Nouioua 2008 (moves) and
    Neveu, Trombettoni and Glover 2004 (plateaus).
    """
    if len(order) < 2 or not any(objective_of(model, count_all(model, order))):
        return list(order)
    return _Search(model, order, meter, seed).run()


class _Search:
    def __init__(
        self, model: LineModel, order: Sequence[int], meter: Meter, seed: int
    ) -> None:
        self.model = model
        self.meter = meter
        self.seed = seed
        self.best = list(order)
        self.objective = objective_of(model, count_all(model, order))
        self.tick = MOVES_TICK
        if meter.budget.moves is None:
            self.tick = 1 << 8

    def run(self) -> list[int]:
        order = self.best
        stages = self._stages()
        if self._is_colour_first():
            order = fewest_changes(self.model)
            stages = stages[1:] or stages
            self._keep(order)
        for place, stage in enumerate(stages):
            if not any(self.objective) or not self._goes_on(None):
                break
            order = self._run_stage(stage, order, self.seed + place)
            self._keep(order)
        return self.best

    def _is_colour_first(self) -> bool:
        """Whether the order with the fewest colour changes is the place to begin."""
        model = self.model
        if model.colour is None or model.has_due_slots:
            return False
        return all(model.colour.level < rule.level for rule in model.rules)

    def _stages(self) -> list[Stage]:
        model = self.model
        colour = [] if model.colour is None else [model.colour.level]
        levels = sorted({*colour, *(rule.level for rule in model.rules)})
        ranks = model.levels.ranks
        if len(levels) < 2 or not self._is_long():
            return [Stage(ranks, 1.0, self._mix(ranks), len(levels) < 2)]
        ends = STAGE_ENDS[min(len(levels), len(STAGE_ENDS)) - 1]
        ends = (*ends[:1] * (len(levels) - len(ends)), *ends)
        counted = [tuple(rank for rank in ranks if rank <= top) for top in levels[:-1]]
        counted.append(ranks)
        return [
            Stage(some, end, self._mix(some))
            for some, end in zip(counted, ends, strict=True)
        ]

    def _is_long(self) -> bool:
        budget = self.meter.budget
        moves, cpu_ms = budget.moves, budget.cpu_ms
        enough = STAGED_FROM_MOVES * len(self.best)
        return (moves is None or moves >= enough) and (
            cpu_ms is None or cpu_ms >= STAGED_FROM_MS
        )

    def _mix(self, ranks: Sequence[int]) -> dict[str, int]:
        colour = self.model.colour
        levels = {rule.level for rule in self.model.rules} & {*ranks}
        if colour is None or colour.level not in ranks:
            return RATIO_MIX if len(levels) < 2 else RATIOS_MIX
        if all(colour.level < level for level in levels):
            return COLOUR_FIRST_MIX
        return COLOUR_MIX

    def _run_stage(self, stage: Stage, order: Sequence[int], seed: int) -> list[int]:
        from production.engine.sequence_setup import lay_out  # noqa: PLC0415 -- slow import

        laid = lay_out(self.model, order, seed=seed, ranks=stage.ranks)
        walk = kernels().walk
        mix = kernels().sum_shares(stage.mix)
        n_rules = len(laid.board.window)
        clock = Clock(self.meter.share, stage.ends, laid.cost)
        begun = self.meter.moves
        while laid.cost > 0 and self._goes_on(laid):
            if clock.is_over(self.meter.share, laid.cost):
                break
            heat = self._heat(stage, laid, self.meter.moves - begun)
            told = kernels().tell(heat=heat, hot_rules=n_rules)
            n_moves = self._next_tick()
            begun_ms = self.meter.cpu_ms
            self.meter.spend(walk(laid.board, mix, REACH, told, n_moves))
            self._adapt(self.meter.cpu_ms - begun_ms)
        return laid.order

    def _goes_on(self, laid: "Laid | None") -> bool:
        return self.meter.may_go_on(lambda: self._objective_of(laid))

    def _objective_of(self, laid: "Laid | None") -> tuple[int, ...]:
        if laid is not None:
            self._keep(laid.order)
        return self.objective

    def _keep(self, order: Sequence[int]) -> None:
        objective = objective_of(self.model, count_all(self.model, order))
        if objective < self.objective:
            self.best, self.objective = list(order), objective

    def _heat(self, stage: Stage, laid: "Laid", n_moves: int) -> int:
        """Give the temperature at a move of a stage, in 1,024ths of its lowest rank."""
        if not stage.is_shaken:
            return 0
        cycle = CYCLE_MOVES * len(self.best)
        share = n_moves % cycle / cycle
        is_first = n_moves < cycle * (1 - CALM_FROM)
        if share >= CALM_FROM or is_first:
            return 0
        heat = WARM + (COOL - WARM) * share / CALM_FROM
        return int(heat) * min(laid.weights.values())

    def _next_tick(self) -> int:
        left = self.meter.moves_left
        return self.tick if left is None else min(self.tick, left)

    def _adapt(self, took_ms: int) -> None:
        """Let slices last some hundredths of a second where only time is counted."""
        if self.meter.budget.moves is not None:
            return
        if took_ms > 2 * TICK_MS:
            self.tick = max(1, self.tick // 2)
        elif took_ms * 2 < TICK_MS:
            self.tick = min(LARGEST_TICK, self.tick * 2)


_warm: list[bool] = []


def warm(progress: Callable[[str], None] | None = None) -> bool:
    """Compile or load the inner loops for this process.

    Takes some twenty seconds the first time on a machine, then a fraction of one;
    meant for a background thread.

    Returns
    -------
    bool
        Whether the loops are compiled; without numba they run as they stand.
    """
    if _warm:
        return _warm[0]
    from production.engine.sequence_warm import run_once  # noqa: PLC0415 -- slow import

    if progress is not None:
        progress("sequencing")
    _warm.append(run_once())
    return _warm[0]


def is_warm() -> bool:
    """Say whether the inner loops of this process are ready."""
    return bool(_warm)
