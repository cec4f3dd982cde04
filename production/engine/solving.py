"""What several solves of CP-SAT share: one budget, counted down."""

import time
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from production.engine.budget import OnProgress, ShouldStop
from production.engine.jobshop_exact import MOVES_PER_UNIT, Watch


@dataclass(slots=True)
class Limits:
    """What is left for all solves together."""

    seconds: float | None
    moves: int | None
    seed: int
    on_progress: OnProgress | None = None
    should_stop: ShouldStop | None = None

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left."""
        return (self.seconds is not None and self.seconds <= 0) or self.moves == 0

    def is_over(self) -> bool:
        """Say whether nothing is left, or somebody wants the search to end."""
        return self.is_spent or self.is_stopped

    @property
    def is_stopped(self) -> bool:
        """Whether somebody wants the search to end."""
        return self.should_stop is not None and self.should_stop()

    def part(self, n_parts: int) -> "Limits":
        """Give one of so many parts of what is left."""
        seconds = None if self.seconds is None else self.seconds / n_parts
        moves = None if self.moves is None else -(-self.moves // n_parts)
        return replace(self, seconds=seconds, moves=moves)

    def take_off(self, part: "Limits", n_parts: int) -> None:
        """Take off what one of so many parts has spent."""
        given = self.part(n_parts)
        if self.seconds is not None:
            self.seconds -= (given.seconds or 0) - (part.seconds or 0)
        if self.moves is not None:
            self.moves -= (given.moves or 0) - (part.moves or 0)


def solve_within(
    limits: Limits,
    model: cp_model.CpModel,
    solver: cp_model.CpSolver,
    *,
    objective: tuple[int, ...],
) -> object:
    """Solve a model within what is left, take that off, and give the status.

    ``objective`` is what to report until something better is found.
    """
    watch = Watch(
        solver,
        objective=objective,
        seconds=limits.seconds,
        on_progress=limits.on_progress,
        should_stop=limits.should_stop,
    )
    begun_ns = time.thread_time_ns()
    status = watch.solve(model)
    if limits.seconds is not None:
        limits.seconds -= (time.thread_time_ns() - begun_ns) / 1e9
    if limits.moves is not None:
        spent = solver.response_proto.deterministic_time * MOVES_PER_UNIT
        limits.moves = max(0, limits.moves - int(spent))
    return status
