"""Anneal the order of runs on one machine: the arrays, the rounds, the temperatures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from production.engine import compiling, ordering_kernel
from production.engine.budget import Meter
from production.engine.slices import slices

Numbers = npt.NDArray[np.int64]

N_NEAREST = 10
LARGEST_SLICE = 20_000
MOVES_PER_MS = 8_000
"""Used only to guess how many rounds a budget in time is worth."""
ROUND_MOVES = 12
"""A round takes at least so many moves for the number of runs cubed."""
MOST_ROUNDS = 4
MOST_FOR_FEW = 200
"""Of few runs there may be as many rounds as this holds their number."""
HOT, COLD = 30.0, 0.2
"""Temperatures of a round, in lateness of a mean run (see ``_scale``)."""
ROUNDS = (
    (1.0, 1.2, 1.0),
    (3.0, 1.2, 1.0),
    (10.0, 1.2, 1.0),
    (0.3, 1.2, 1.0),
    (1.0, 9.0, 4.0),
    (0.3, 9.0, 16.0),
)
"""For each round: what a second of set-up counts beside a second of weighted lateness,
how many mean set-ups a move may add to be looked at, and how much hotter it is."""
FREE = 9.0
POLISHED = 0.01
"""Share of a mean set-up that is the temperature at the end of a round on set-ups."""
SETUP_PRICE = 0.5
LEAST_SCALE = 0.01
"""Part of a mean run's lateness below which temperatures do not fall with lateness."""
LAST_SHARE = 0.95
"""Share of the budget after which lateness only may fall and set-ups are shortened."""
DESCENT = 400
"""Moves for each run at the end of an open-ended search, where nothing is accepted."""


def anneal(
    runs: Sequence[tuple[int, int, int, int]],
    *,
    setup_s: Sequence[Sequence[int]],
    start_s: int,
    order: Sequence[int],
    meter: Meter,
    seed: int,
) -> list[int]:
    """Improve an order by lateness and then by set-ups; never give a worse one.

    Parameters
    ----------
    runs
        Running time, due time, weight and ready time of each.
    setup_s
        From the row's run to the column's; the last row is the machine's own state.
    order
        A valid order to begin with.

    Notes
    -----
    Rounds of annealing, each from the best so far. Set-ups are counted as well, at
    another price every round that falls by half, so that the machine gains time before
    anything is late. At the end, and where nothing is late, lateness may not rise and
    the set-ups alone are annealed. An open-ended search only descends.
    """
    search = _Search(runs, setup_s, start_s, order, seed)
    if meter.budget.is_open_ended:
        search.descend(meter)
    else:
        search.rounds(meter)
    return [int(place) for place in search.orders[1]]


class _Search:
    def __init__(
        self,
        runs: Sequence[tuple[int, int, int, int]],
        setup_s: Sequence[Sequence[int]],
        start_s: int,
        order: Sequence[int],
        seed: int,
    ) -> None:
        size = len(runs)
        self.size = size
        self.kernel: Any = ordering_kernel
        self.runs = np.array(runs, np.int64)
        self.setup = np.array(setup_s, np.int64)
        self.near = _nearest(self.setup)
        self.start_s = start_s
        self.words = compiling.random_words(seed)
        self.steps = compiling.exponential_steps()
        self.window = np.zeros(size, np.int32)
        self.move = np.zeros(4, np.int64)
        self.at = np.zeros(size, np.int32)
        self.clock = np.zeros((size + 1, 4), np.int64)
        self.orders = np.array([order, order], np.int32)
        self.figures = np.zeros(5, np.int64)
        self.go_back()
        self.figures[2:4] = self.figures[:2]
        weights = self.runs[:, 2].mean()
        self.mean_delay = float(weights * self.runs[:, 0].mean()) or 1.0
        self.mean_setup = float(self.setup.mean()) or 1.0

    @property
    def late(self) -> int:
        return int(self.figures[2])

    def objective(self) -> tuple[int, int]:
        return (self.late, int(self.figures[3]))

    def go_back(self) -> None:
        """Take up the best order again."""
        self.orders[0] = self.orders[1]
        self.kernel.reckon(
            self.orders[0],
            self.at,
            self.runs,
            self.setup,
            self.clock,
            self.start_s,
            0,
        )
        self.figures[0] = self.clock[self.size, 1]
        self.figures[1] = self.clock[self.size - 1, 2]

    def descend(self, meter: Meter) -> None:
        """Accept what is better until nothing has been for long."""
        before: tuple[int, int] | None = None
        while before != self.objective() and meter.goes_on(self.objective()):
            before = self.objective()
            self.search(0.0, 0.0, 0.0, DESCENT * self.size, keeps_best=False)
            self.go_back()
            self.search(0.0, 0.0, 0.0, DESCENT * self.size, keeps_best=True)
            self.go_back()

    def rounds(self, meter: Meter) -> None:
        """Spend the budget: first on lateness, then on set-ups alone."""
        n_rounds = _n_rounds(meter, self.size)
        before = (self.late > 0, 0)
        for n_moves, share in slices(meter, self.objective, largest=LARGEST_SLICE):
            is_late = self.late > 0 and share < LAST_SHARE
            spent = share * n_rounds / (LAST_SHARE if is_late else 1)
            if not is_late and self.late > 0:
                spent = (share - LAST_SHARE) / (1 - LAST_SHARE)
            if before != (is_late, int(spent)):
                before = (is_late, int(spent))
                self.go_back()
            if is_late:
                self.warm(n_moves, int(spent), spent % 1)
            else:
                self.polish(n_moves, spent % 1, may_be_late=int(spent) % 2 == 1)

    def warm(self, n_moves: int, round_: int, share: float) -> None:
        heat = self._scale() * HOT * (COLD / HOT) ** share
        price, most_more, hotter = ROUNDS[round_ % len(ROUNDS)]
        self.search(
            heat * hotter,
            0.0,
            price * (1 - share / 2),
            n_moves,
            keeps_best=False,
            most_more=most_more,
        )

    def _scale(self) -> float:
        """Give the best order's lateness for each run, at most one mean run late.

        Where hardly anything is late it is the lateness of a small part of a run, so
        that a search does not freeze at the last run that is late.
        """
        least = LEAST_SCALE * self.mean_delay
        return min(self.mean_delay, max(least, self.late / self.size))

    def polish(self, n_moves: int, share: float, *, may_be_late: bool) -> None:
        """Shorten set-ups; lateness stays, or may rise for a while on the way."""
        heat = self.mean_setup * POLISHED**share
        if may_be_late:
            self.search(heat, 0.0, SETUP_PRICE, n_moves, keeps_best=False)
        else:
            self.search(0.0, heat, 0.0, n_moves, keeps_best=True)

    def search(
        self,
        late_heat: float,
        setup_heat: float,
        price: float,
        n_moves: int,
        *,
        keeps_best: bool,
        most_more: float = FREE,
    ) -> None:
        self.kernel.search(
            self.orders,
            self.at,
            self.near,
            self.runs,
            self.setup,
            self.clock,
            self.start_s,
            self.figures,
            self.words,
            self.window,
            self.move,
            self.steps,
            late_heat,
            setup_heat,
            price,
            most_more * self.mean_setup,
            keeps_best,
            n_moves,
        )


def _n_rounds(meter: Meter, size: int) -> int:
    """Cut a budget into rounds that are long enough for so many runs."""
    budget = meter.budget
    moves = [] if budget.moves is None else [budget.moves]
    if budget.cpu_ms is not None:
        moves.append(budget.cpu_ms * MOVES_PER_MS)
    most = max(MOST_ROUNDS, MOST_FOR_FEW // size)
    return max(1, min(most, min(moves) // (ROUND_MOVES * size**3)))


def _nearest(setup: Numbers) -> npt.NDArray[np.int32]:
    """List for each run, and the machine's own state, what needs least set-up after."""
    size = setup.shape[1]
    costs = setup.copy()
    np.fill_diagonal(costs[:size], np.iinfo(np.int64).max)
    order = np.argsort(costs, axis=1, kind="stable")
    return np.ascontiguousarray(order[:, : min(N_NEAREST, size - 1)], np.int32)
