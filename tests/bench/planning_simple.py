"""What a simple program finds: annealing over exchanges, each order counted anew."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numba
import numpy as np
import numpy.typing as npt

from production.engine.ordering import Run

Numbers = npt.NDArray[np.int64]
AT_ONCE = 20_000
COLDEST = 1e-3


@numba.njit(cache=True)
def weighted_lateness(order: Numbers, columns: Numbers, setup: Numbers) -> int:
    """Count an order from its wording; the last row of set-ups is the first one."""
    late = now_s = 0
    before = len(order)
    for run in order:
        now_s += setup[before, run] + columns[run, 0]
        late += columns[run, 2] * max(0, now_s - columns[run, 1])
        before = run
    return late


@numba.njit(cache=True)
def anneal(
    order: Numbers,
    best: Numbers,
    columns: Numbers,
    setup: Numbers,
    heat: float,
    n_moves: int,
    seed: int,
) -> int:
    """Exchange two, or take one out and put it elsewhere, at one temperature."""
    np.random.seed(seed)
    size = len(order)
    present = weighted_lateness(order, columns, setup)
    least = weighted_lateness(best, columns, setup)
    tried = order.copy()
    for _ in range(n_moves):
        one, two = np.random.randint(0, size), np.random.randint(0, size)
        tried[:] = order
        if np.random.random() < 0.5:
            tried[one], tried[two] = order[two], order[one]
        elif one < two:
            tried[one:two] = order[one + 1 : two + 1]
            tried[two] = order[one]
        else:
            tried[two + 1 : one + 1] = order[two:one]
            tried[two] = order[one]
        found = weighted_lateness(tried, columns, setup)
        if found <= present or np.random.random() < math.exp((present - found) / heat):
            order[:] = tried
            present = found
            if found < least:
                least = found
                best[:] = tried
    return least


def simply_ordered(
    runs: Sequence[Run],
    setup: Sequence[Sequence[int]],
    first: Sequence[int],
    cpu_s: float,
    seed: int,
) -> int:
    """Give the weighted lateness that annealing finds in so many CPU seconds.

    It begins at due-date order; the temperature falls from a tenth of its lateness.
    """
    columns = np.array([(run.run_s, run.due_s, run.weight) for run in runs], np.int64)
    matrix = np.array([*setup, first], np.int64)
    order = np.argsort(columns[:, 1], kind="stable").astype(np.int64)
    best = order.copy()
    begin = max(1.0, weighted_lateness(order, columns, matrix) / 10)
    anneal(order.copy(), best.copy(), columns, matrix, begin, 1, seed)
    least, rounds = weighted_lateness(best, columns, matrix), 0
    begun_s = time.thread_time()
    while least and (share := (time.thread_time() - begun_s) / cpu_s) < 1:
        heat = begin * (COLDEST / 10) ** share
        rounds += 1
        least = anneal(
            order, best, columns, matrix, heat, AT_ONCE, seed * 100_003 + rounds
        )
    return int(least)
