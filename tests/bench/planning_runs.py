"""Plan instances in processes with warm loops, each plan judged at once.

CPU seconds are those of the planning thread. A judge shares no code with the engines.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from production.engine.changeover import warm as warm_changeover
from production.engine.sequence_search import warm as warm_sequencing

N_PROCESSES = int(os.environ.get("PROCESSES", "2"))
MOST_S = 1_800.0
"""Nothing takes so long, however busy the machine; what does has failed."""


@dataclass(frozen=True)
class Outcome:
    """What a judge says of a plan, rank by rank, and what it took."""

    objective: tuple[int, ...]
    cpu_s: float
    moves: int = 0
    more: Any = None


class Stopwatch:
    """CPU seconds of this thread since it was made."""

    def __init__(self) -> None:
        self.begun_ns = time.thread_time_ns()

    def __call__(self) -> float:
        return (time.thread_time_ns() - self.begun_ns) / 1e9


def warm() -> None:
    """Compile or load all loops before anything is measured."""
    warm_sequencing()
    warm_changeover()


class Runners:
    """Processes that plan side by side: two, or as many as ``PROCESSES`` says."""

    def __init__(self) -> None:
        self.pool = ProcessPoolExecutor(
            N_PROCESSES, multiprocessing.get_context("spawn"), initializer=warm
        )

    def run(
        self, plan: Callable[..., Outcome], calls: Iterable[Sequence[Any]]
    ) -> list[Outcome]:
        """Plan once for each call's arguments; outcomes in the same order."""
        return [
            future.result(timeout=MOST_S)
            for future in [self.pool.submit(plan, *call) for call in calls]
        ]

    def by_seed(
        self,
        plan: Callable[..., Outcome],
        names: Sequence[Any],
        *more: Any,
        seeds: Sequence[int],
    ) -> list[list[Outcome]]:
        """Plan each instance with each seed."""
        calls = [(name, *more, seed) for name in names for seed in seeds]
        found = self.run(plan, calls)
        n = len(seeds)
        return [found[at : at + n] for at in range(0, len(found), n)]

    def close(self) -> None:
        self.pool.shutdown()


def worst(outcomes: Sequence[Outcome]) -> Outcome:
    """Give the outcome with the worst objective, then the longest time."""
    return max(outcomes, key=lambda each: (each.objective, each.cpu_s))


def longest(outcomes: Iterable[Outcome]) -> float:
    return round(max(each.cpu_s for each in outcomes), 3)
