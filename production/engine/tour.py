"""Find a short round trip through a matrix of one-way distances."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from production.engine.budget import Meter
from production.engine.demand import DemandError
from production.engine.slices import slices

Numbers = npt.NDArray[np.int64]

N_NEAREST = 12
SMALL = 7
"""Up to so many places every tour is tried."""
PRICED = 600
"""Up to so many places the cheapest assignment says who is near."""
HOT, COLD = 0.5, 0.01
"""Temperatures at the beginning and the end, in mean distances of the first tour."""
LARGEST_SLICE = 5_000
FIRST_LOOKS = 500
FAR = 1 << 40
"""Longest distance that the sums have room for."""


@dataclass(frozen=True, slots=True)
class Tour:
    """Places in order, each once; ``length`` closes the circle.

    No tour is shorter than ``lower_bound``.
    """

    order: tuple[int, ...]
    length: int
    moves: int
    lower_bound: int = 0


def shortest_tour(
    distances: Sequence[Sequence[int]], *, meter: Meter, seed: int = 0
) -> Tour:
    """Shorten a nearest-neighbour tour by exchanging edges, kicked again and again.

    Parameters
    ----------
    distances
        Square matrix, row to column; the diagonal is ignored.
    meter
        How long to search; a move is a kick and the descent after it. Open-ended
        budgets end at the first local optimum. The search ends early at a tour as
        short as the bound.

    Returns
    -------
    Tour
        Never longer than the nearest-neighbour tour from place 0, at which it begins.

    Raises
    ------
    DemandError
        If the matrix is not square, or a distance is negative or above 2**40.

    Notes
    -----
    Exact up to seven places. Above that 3-opt without reversal (Or-3opt) over the
    twelve candidates of each place with the least reduced costs, and a queue of places
    that changed neighbours; kicks are local double bridges, accepted by annealing.
    Source: own, after Johnson and McGeoch 1997; compared with all permutations, with
    dynamic programming and with public optima in tests.
    """
    size = len(distances)
    if any(len(row) != size for row in distances):
        raise DemandError(f"distances must be square, {size} rows")
    for row, values in enumerate(distances):
        for column, value in enumerate(values):
            if row != column and not 0 <= value <= FAR:
                raise DemandError(
                    f"distance from {row} to {column} must be from 0 to {FAR}, "
                    f"got {value}"
                )
    if size <= SMALL:
        return _best_of_all(distances) if size else Tour((), 0, 0)
    return _Search(distances, seed).run(meter)


def _best_of_all(distances: Sequence[Sequence[int]]) -> Tour:
    orders = ((0, *rest) for rest in permutations(range(1, len(distances))))
    best = min(orders, key=lambda order: _length(distances, order), default=())
    length = _length(distances, best)
    return Tour(best, length, 0, length)


def _length(distances: Sequence[Sequence[int]], order: Sequence[int]) -> int:
    if len(order) < 2:
        return 0
    return sum(distances[order[place - 1]][order[place]] for place in range(len(order)))


class _Search:
    """The arrays of one search, and the kernel that works on them."""

    def __init__(self, distances: Sequence[Sequence[int]], seed: int) -> None:
        from production.engine import compiling, tour_kernel  # noqa: PLC0415 -- slow import

        size = len(distances)
        self.kernel: Any = tour_kernel
        self.distances = np.array(distances, np.int64)
        np.fill_diagonal(self.distances, 0)
        self.near, self.bound = _candidates(self.distances)
        first = _nearest_from(self.distances, 0)
        self.tours = np.array([first] * 3, np.int32)
        self.ats = np.empty_like(self.tours)
        self.ats[:, first] = np.arange(size)
        length = _length(distances, first)
        self.figures = np.array([length, length, 0], np.int64)
        self.words = compiling.random_words(seed)
        self.steps = compiling.exponential_steps()
        self.queue = np.arange(size, dtype=np.int32)
        self.waits = np.ones(size, np.bool_)
        self.n_waiting = size
        self.found = np.zeros(3, np.int64)
        self.spare = np.zeros(size, np.int32)

    def run(self, meter: Meter) -> Tour:
        """Descend, then kick while the budget lasts; the best tour starts at 0."""
        self.descend(meter)
        mean = float(self.figures[1]) / len(self.distances)
        if self.best > self.bound:
            for n_kicks, share in slices(meter, self.objective, largest=LARGEST_SLICE):
                self.kick(n_kicks, mean * HOT * (COLD / HOT) ** share)
                if self.best <= self.bound:
                    break
        best = [int(place) for place in self.tours[2]]
        start = best.index(0)
        return Tour((*best[start:], *best[:start]), self.best, meter.moves, self.bound)

    @property
    def best(self) -> int:
        return int(self.figures[1])

    def objective(self) -> tuple[int]:
        return (self.best,)

    def descend(self, meter: Meter) -> None:
        """Find the first local optimum; a move is a look at one place."""
        while self.n_waiting and meter.goes_on(self.objective()):
            self.n_waiting = self.kernel.descend(
                self.distances,
                self.near,
                self.tours[0],
                self.ats[0],
                self.queue,
                self.waits,
                self.n_waiting,
                1 if meter.budget.moves is not None else FIRST_LOOKS,
                self.figures,
                self.found,
                self.spare,
            )
            self.figures[1] = self.figures[0]
        self.waits[:] = False
        self.tours[1:] = self.tours[0]
        self.ats[1:] = self.ats[0]

    def kick(self, n_kicks: int, heat: float) -> None:
        self.kernel.search(
            self.distances,
            self.near,
            self.tours,
            self.ats,
            self.queue,
            self.waits,
            self.figures,
            self.words,
            self.found,
            self.spare,
            self.steps,
            heat,
            n_kicks,
        )


def _candidates(distances: Numbers) -> tuple[npt.NDArray[np.int32], int]:
    """List the places worth going to from each place, nearest first, and a bound.

    Those with the least reduced costs under the prices of the cheapest assignment
    (or, for many places, of the least of each row and column); ties by distance.
    """
    from production.engine.assignment_kernel import assign  # noqa: PLC0415 -- slow import

    size = len(distances)
    costs = distances.copy()
    np.fill_diagonal(costs, 4 * FAR)
    rows, columns = np.zeros(size, np.int64), np.zeros(size + 1, np.int64)
    if size <= PRICED:
        assign(costs, rows, columns)
    else:
        rows = costs.min(axis=1)
        columns[:size] = (costs - rows[:, None]).min(axis=0)
    bound = int(rows.sum() + columns[:size].sum())
    reduced = costs - rows[:, None] - columns[None, :size]
    n_nearest = min(N_NEAREST, size - 1)
    near = np.lexsort((costs, reduced), axis=1)[:, :n_nearest]
    by_distance = np.argsort(
        np.take_along_axis(costs, near, axis=1), axis=1, kind="stable"
    )
    near = np.take_along_axis(near, by_distance, axis=1)
    return np.ascontiguousarray(near, np.int32), bound


def _nearest_from(distances: Numbers, first: int) -> list[int]:
    left = np.ones(len(distances), np.bool_)
    order = [first]
    left[first] = False
    while len(order) < len(distances):
        row = np.where(left, distances[order[-1]], 4 * FAR)
        order.append(int(row.argmin()))
        left[order[-1]] = False
    return order
