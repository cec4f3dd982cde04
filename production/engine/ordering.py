"""Order runs on one machine whose set-up depends on what ran before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from production.engine.budget import Meter
from production.engine.demand import NEVER_S

SMALL = 6
"""Up to so many runs every order is tried, if the budget allows."""
LOOK_AHEAD = 2
"""Mean run times ahead at which a due date begins to press."""
SETUP_AHEAD = 0.5
"""Mean set-ups that discount a run as much as that slack does."""


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
    Exact up to six runs. Otherwise the best of four starting orders (apparent tardiness
    cost with set-ups, Lee, Bhaskaran and Pinedo 1997, among them), then annealing over
    exchanges of runs and of neighbouring blocks, half of them towards pairs with little
    set-up: see ``ordering_search``. A move costs ``O(n)``, mostly far less.
    Source: own; compared with all permutations and with CP-SAT in tests.
    """
    machine = _Machine(runs, setup_s, first_setup_s, start_s)
    known = list(range(len(runs)))
    starts = [machine.nearest_first(), machine.due_first(), machine.urgent_first()]
    starts += [list(first_order) if sorted(first_order) == known else known]
    best = min(starts, key=machine.cost)
    best_cost = machine.cost(best)
    if best_cost == (0, 0):
        return RunOrder(tuple(best), best_cost, meter.moves)
    if _may_try_all(len(runs), meter):
        return _best_of_all(machine, best, best_cost, meter)
    from production.engine.ordering_search import anneal  # noqa: PLC0415 -- slow import

    columns = [(run.run_s, run.due_s, run.weight, run.ready_s) for run in runs]
    rows = [*machine.rows, machine.first_row]
    found = anneal(
        columns, setup_s=rows, start_s=start_s, order=best, meter=meter, seed=seed
    )
    return RunOrder(tuple(found), machine.cost(found), meter.moves)


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

    def urgent_first(self) -> list[int]:
        """Order by weight for work, discounted by slack and by set-up."""
        n_runs = len(self.runs)
        mean_run = max(1.0, sum(run.run_s for run in self.runs) / max(1, n_runs))
        setups = sum(map(sum, self.rows)) / max(1, n_runs * n_runs)
        left = set(range(n_runs))
        row, clock_s = self.first_row, self.start_s
        order: list[int] = []
        while left:

            def press(place: int, row: list[int] = row, now_s: int = clock_s) -> float:
                run = self.runs[place]
                slack_s = max(0, run.due_s - run.run_s - now_s)
                hurry = slack_s / (LOOK_AHEAD * mean_run)
                hurry += row[place] / max(1.0, SETUP_AHEAD * setups)
                return run.weight / max(1, run.run_s) * math.exp(-min(hurry, 700))

            place = max(left, key=lambda i: (press(i), -self.runs[i].due_s, -i))
            left.remove(place)
            order.append(place)
            run = self.runs[place]
            clock_s = max(clock_s + row[place], run.ready_s) + run.run_s
            row = self.rows[place]
        return order

    def due_first(self) -> list[int]:
        return sorted(range(len(self.runs)), key=lambda i: (self.runs[i].due_s, i))
