"""Order runs on one machine whose set-up depends on what ran before."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from production.engine.budget import Meter
from production.engine.demand import NEVER_S

MAX_BLOCK = 3
SMALL = 6
"""Up to so many runs every order is tried, if the budget allows."""


@dataclass(frozen=True, slots=True)
class Run:
    """Something that occupies the machine: ready, running time, due, weight."""

    run_s: int
    due_s: int = NEVER_S
    weight: int = 1
    ready_s: int = 0


@dataclass(frozen=True, slots=True)
class RunOrder:
    """An order of runs by index, and what it costs.

    ``objective`` is the weighted tardiness and then the sum of set-up times.
    """

    order: tuple[int, ...]
    objective: tuple[int, int]
    moves: int


def order_runs(
    runs: Sequence[Run],
    *,
    setup_s: Sequence[Sequence[int]],
    first_setup_s: Sequence[int],
    start_s: int,
    meter: Meter,
    seed: int = 0,
    first_order: Sequence[int] = (),
) -> RunOrder:
    """Order runs by weighted tardiness, then by set-up time.

    Parameters
    ----------
    runs
        ``n`` runs; the machine does one at a time from ``start_s`` on.
    setup_s
        ``n`` by ``n``: set-up in seconds from the row's run to the column's.
    first_setup_s
        Set-up in seconds from the machine's present state to each run.
    meter
        How long to search. An open-ended budget ends at the first local optimum.
    first_order
        An order known beforehand, such as the previous plan's.

    Returns
    -------
    RunOrder
        Every index once; empty for no runs. Never worse than nearest neighbour,
        earliest due date, or ``first_order``.

    Notes
    -----
    Exact up to six runs. Otherwise the best of the starting orders, then block moves
    (up to three runs), swaps and reversals with the first improvement taken, then
    random kicks while the budget lasts. A move costs ``O(n)``.
    Source: own; compared with all permutations in tests.
    """
    machine = _Machine(runs, setup_s, first_setup_s, start_s)
    starts = [machine.nearest_first(), machine.due_first(), list(range(len(runs)))]
    if sorted(first_order) == list(range(len(runs))):
        starts.append(list(first_order))
    best = min(starts, key=machine.cost)
    best_cost = machine.cost(best)
    if _may_try_all(len(runs), meter):
        return _best_of_all(machine, best, best_cost, meter)
    rng = random.Random(seed)  # noqa: S311 -- a search, nothing secret
    best, best_cost = _descend(best, best_cost, machine, meter)
    may_kick = not meter.budget.is_open_ended and len(runs) > MAX_BLOCK
    while may_kick and meter.goes_on(best_cost):
        kicked = _kick(best, rng)
        found, cost = _descend(kicked, machine.cost(kicked), machine, meter)
        if cost <= best_cost:
            best, best_cost = found, cost
    return RunOrder(tuple(best), best_cost, meter.moves)


def _may_try_all(n_runs: int, meter: Meter) -> bool:
    limit = meter.budget.moves
    return n_runs <= SMALL and (limit is None or limit >= math.factorial(n_runs))


def _best_of_all(
    machine: "_Machine", best: list[int], cost: tuple[int, int], meter: Meter
) -> RunOrder:
    for order in permutations(sorted(best)):
        if not meter.goes_on(cost):
            break
        found = machine.cost(order)
        if found < cost:
            best, cost = list(order), found
    return RunOrder(tuple(best), cost, meter.moves)


class _Machine:
    def __init__(
        self,
        runs: Sequence[Run],
        setup_s: Sequence[Sequence[int]],
        first_setup_s: Sequence[int],
        start_s: int,
    ) -> None:
        self.runs = runs
        self.rows = [list(row) for row in setup_s]
        self.first_row = list(first_setup_s)
        self.start_s = start_s

    def cost(self, order: Sequence[int]) -> tuple[int, int]:
        late = setups_s = 0
        clock_s = self.start_s
        row = self.first_row
        for place in order:
            run = self.runs[place]
            setups_s += row[place]
            clock_s = max(clock_s + row[place], run.ready_s) + run.run_s
            if clock_s > run.due_s:
                late += run.weight * (clock_s - run.due_s)
            row = self.rows[place]
        return (late, setups_s)

    def nearest_first(self) -> list[int]:
        left = set(range(len(self.runs)))
        row = self.first_row
        order: list[int] = []
        while left:
            place = min(left, key=lambda i: (row[i], self.runs[i].due_s, i))
            left.remove(place)
            order.append(place)
            row = self.rows[place]
        return order

    def due_first(self) -> list[int]:
        return sorted(range(len(self.runs)), key=lambda i: (self.runs[i].due_s, i))


def _descend(
    order: list[int], cost: tuple[int, int], machine: _Machine, meter: Meter
) -> tuple[list[int], tuple[int, int]]:
    improved = True
    while improved:
        improved = False
        for block in range(1, MAX_BLOCK + 1):
            for begin in range(len(order) - block + 1):
                for candidate in _neighbours(order, begin, block):
                    if not meter.goes_on(cost):
                        return order, cost
                    found = machine.cost(candidate)
                    if found < cost:
                        order, cost, improved = candidate, found, True
                        break
    return order, cost


def _neighbours(order: list[int], begin: int, block: int) -> list[list[int]]:
    moved = order[begin : begin + block]
    rest = order[:begin] + order[begin + block :]
    found = [
        rest[:place] + moved + rest[place:]
        for place in range(len(rest) + 1)
        if place != begin
    ]
    if block > 1:
        return found
    for other in range(begin + 2, len(order)):
        swapped = order.copy()
        swapped[begin], swapped[other] = swapped[other], swapped[begin]
        turned = order[begin : other + 1]
        found += [swapped, order[:begin] + turned[::-1] + order[other + 1 :]]
    return found


def _kick(order: list[int], rng: random.Random) -> list[int]:
    cuts = sorted(rng.sample(range(1, len(order)), 3))
    one, two, three = cuts
    return order[:one] + order[two:three] + order[one:two] + order[three:]
