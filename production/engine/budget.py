"""How long a search may go on, who is told of its progress, and who may stop it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from production.engine.demand import require

LOOK_EVERY_MOVES = 16
PROGRESS_EVERY_NS = 500_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit in moves, in CPU milliseconds of the planning thread, or both.

    With neither, a search ends at its first local optimum. A limit in moves gives
    the same result on every machine; one in CPU time does not.
    """

    moves: int | None = None
    cpu_ms: int | None = None

    def __post_init__(self) -> None:
        for name, limit in (("moves", self.moves), ("cpu_ms", self.cpu_ms)):
            require(
                holds=limit is None or limit >= 0,
                what=f"budget {name} must be at least 0",
                value=limit,
            )

    @property
    def is_open_ended(self) -> bool:
        """Whether neither limit is set."""
        return self.moves is None and self.cpu_ms is None


NO_SEARCH = Budget(moves=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come: the best objective so far, in rank order."""

    moves: int
    cpu_ms: int
    objective: tuple[int, ...]


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """How to search: for how long, from which seed, who hears of it, who may stop."""

    budget: Budget | None = None
    seed: int = 0
    on_progress: OnProgress | None = None
    should_stop: ShouldStop | None = None


class Meter:
    """Counts moves against a budget, reports progress, and looks for a stop.

    CPU time is that of the calling thread; progress is reported about twice a
    second of real time.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> None:
        self.budget = budget
        self.moves = 0
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._begun_ns = time.thread_time_ns()
        self._reported_ns = time.monotonic_ns()
        self._look_at = 0
        self._goes_on = True

    @property
    def cpu_ms(self) -> int:
        """CPU milliseconds of this thread since the meter was made."""
        return (time.thread_time_ns() - self._begun_ns) // 1_000_000

    @property
    def share(self) -> float:
        """The share of the budget that is spent; 0 where there is no limit."""
        limit, limit_ms = self.budget.moves, self.budget.cpu_ms
        shares = [0.0]
        if limit is not None:
            shares.append(self.moves / limit if limit else 1.0)
        if limit_ms is not None:
            shares.append(self.cpu_ms / limit_ms if limit_ms else 1.0)
        return min(1.0, max(shares))

    @property
    def moves_left(self) -> int | None:
        """How many moves may follow; ``None`` for any number."""
        limit = self.budget.moves
        return None if limit is None else max(0, limit - self.moves)

    def goes_on(self, objective: Sequence[int]) -> bool:
        """Count one move and say whether there may be another."""
        if not self._goes_on or self.moves_left == 0:
            self._goes_on = False
            return False
        if self.moves >= self._look_at:
            self._look_at = self.moves + LOOK_EVERY_MOVES
            self._look(lambda: objective)
        self.moves += self._goes_on
        return self._goes_on

    def may_go_on(self, objective: Callable[[], Sequence[int]]) -> bool:
        """Say whether there may be another slice of moves.

        The objective is asked for only where it is reported.
        """
        if self.moves_left == 0:
            self._goes_on = False
        if self._goes_on:
            self._look(objective)
        return self._goes_on

    def spend(self, n_moves: int) -> None:
        """Count the moves of a slice."""
        self.moves += n_moves

    def _look(self, objective: Callable[[], Sequence[int]]) -> None:
        limit_ms = self.budget.cpu_ms
        if limit_ms is not None and self.cpu_ms >= limit_ms:
            self._goes_on = False
        if self._should_stop is not None and self._should_stop():
            self._goes_on = False
        if self._on_progress is None:
            return
        now_ns = time.monotonic_ns()
        if now_ns - self._reported_ns >= PROGRESS_EVERY_NS:
            self._reported_ns = now_ns
            self._on_progress(Progress(self.moves, self.cpu_ms, tuple(objective())))
