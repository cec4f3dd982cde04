"""The passes of a click: what a product costs at least, and through each value.

Costs that forbid are just large ones, so that one pass says what is possible and what
it costs. The loops are compiled ones once `warm` has run in this process, plain ones
until then, so that a web process answers at once.
"""

import importlib
import logging
from collections.abc import Sequence
from functools import cached_property
from types import ModuleType

import numpy as np
import numpy.typing as npt

from configurator.engine import loops
from configurator.engine.diagram import Diagram, Ints
from configurator.engine.folding import Folded, fold

Costs = npt.NDArray[np.int64]
Rank = tuple[bool, int, int]
Head = tuple[int, Rank]

BIG = loops.BIG
ASIDE = 1 << 43
"""Cost of a value that the customer's answer pushes aside: far above any price."""
NEVER = 1 << 54
"""Cost of a value that cannot be had at all."""
POSSIBLE = ASIDE >> 1
"""Least costs below this break no choice and no rule."""
FITS = 1 << 62
"""Counts below this are reckoned in machine integers."""

_compiled: list[ModuleType] = []
_log = logging.getLogger(__name__)


def warm() -> bool:
    """Compile or load the loops for this process.

    Takes a second or two the first time on a machine, then a fraction; meant for a
    background thread.

    Returns
    -------
    bool
        False where numba is missing or finds no place for its cache; that is logged,
        and the plain loops go on answering.
    """
    if _compiled:
        return True
    try:
        kernels = importlib.import_module("configurator.engine.kernels")
        _use(kernels)
    except (ImportError, RuntimeError) as error:
        _log.warning("clicks are answered by plain loops, about 100x slower: %s", error)
        return False
    _compiled.append(kernels)
    return True


def _use(kernels: ModuleType) -> None:
    """Call every loop once, with what it will be called with."""
    sample = _sample()
    passes = Passes(sample, kernels=kernels)
    nothing = np.zeros(2, np.int64)
    passes.click(nothing, np.full(1, -1, np.int32))
    passes.through(nothing)
    passes.least(nothing)
    passes.values(nothing, [[(False, 0, 0), (False, 0, 1)]])
    passes.count(nothing, bound=2)
    lists = ([0, len(sample.tape)], [0, 1], [0], [0, 2], [0, 1], [0])
    rules = (np.array(sample.tape), *(np.array(each, np.int64) for each in lists))
    alive, killer, killed = np.ones(2, np.int64), nothing - 1, np.zeros(4, np.int64)
    one, queue = np.ones(1, np.int64), np.array([0, 1, 0, 1], np.int64)
    kernels.propagate(rules, alive, killer, killed, one, queue)
    kernels.blame(rules, (alive, killer, killed), nothing, one, one.copy())


def compiled_loops() -> ModuleType | None:
    """Return the compiled loops, where there are any yet."""
    return _compiled[0] if _compiled else None


def _sample() -> Folded:
    level, first, value, target, level_first, offset = (
        np.array(each, np.int32) for each in ([0], [0, 1], [0], [1], [0, 1], [0, 2])
    )
    return fold(Diagram(level, first, value, target, level_first, offset, void=False))


class Passes:
    """Passes over one folded diagram.

    Parameters
    ----------
    folded
        What to pass over.
    kernels
        Compiled loops to use; by default those of `warm`, once it has run.
    """

    def __init__(self, folded: Folded, *, kernels: ModuleType | None = None) -> None:
        self.folded = folded
        self.tape = np.asarray(folded.tape)
        self._kernels = kernels

    @property
    def void(self) -> bool:
        """Whether there is no product at all."""
        return self.folded.void

    @property
    def kernels(self) -> ModuleType | None:
        """The compiled loops, where there are any yet."""
        return self._kernels or compiled_loops()

    @cached_property
    def tape_list(self) -> list[int]:
        """The tape for the plain loops."""
        found: list[int] = self.tape.tolist()
        return found

    def _plain(self, values: list[int]) -> list[int]:
        """Make room for the other symbols after one number per value."""
        return values + [0] * (self.folded.n_symbols - len(values))

    def _up(self, weight: Costs) -> list[int]:
        """Return each symbol's least cost."""
        cost = self._plain(weight.tolist())
        if self.kernels is None:
            loops.up(self.tape_list, cost)
            return cost
        array = np.array(cost, np.int64)
        self.kernels.up(self.tape, array)
        found: list[int] = array.tolist()
        return found

    def least(self, weight: Costs, fixed: Ints | None = None) -> int:
        """Return the least cost of a complete product.

        `weight` has one cost per value; `fixed` is as for `click`.
        """
        if self.void:
            return BIG
        answers = self._open if fixed is None else fixed
        if self.kernels is not None:
            return int(self.kernels.least(self.tape, weight, answers, ASIDE))
        return loops.up(self.tape_list, self._laid(weight.tolist(), answers))

    @cached_property
    def _open(self) -> Ints:
        return np.full(self.folded.n_levels, -1, np.int32)

    def _laid(self, own: list[int], fixed: Ints) -> list[int]:
        cost = self._plain(own)
        loops.lay(self.tape_list, own, fixed.tolist(), ASIDE, cost)
        return cost

    def through(self, weight: Costs, own: Costs | None = None) -> tuple[int, Costs]:
        """Return the least cost, and the least cost through each value.

        Parameters
        ----------
        weight
            One cost per value.
        own
            What a value costs when it is asked for itself, in place of `weight`: a
            value that another choice of the same variable pushed aside is so
            answered as if that choice were open.
        """
        own = weight if own is None else own
        if self.void:
            return BIG, np.full(len(weight), BIG, np.int64)
        if self.kernels is not None:
            found = np.empty(self.folded.n_symbols, np.int64)
            least = self.kernels.through(self.tape, weight, own, found)
            return least, found[: len(weight)]
        return self._down(self._plain(weight.tolist()), own.tolist())

    def _down(self, cost: list[int], own: list[int]) -> tuple[int, Costs]:
        through = self._plain(own)
        least = loops.up(self.tape_list, cost)
        loops.down(self.tape_list, own, cost, through)
        return least, np.array(through[: len(own)], np.int64)

    def click(self, own: Costs, fixed: Ints) -> tuple[int, Costs]:
        """Answer a click at once.

        Parameters
        ----------
        own
            One cost per value.
        fixed
            For each level the number of its answer among its values, or -1.

        Returns
        -------
        tuple[int, Costs]
            The least cost, and the least cost through each value, an answer of the
            same level left aside.
        """
        if self.void:
            return BIG, np.full(len(own), BIG, np.int64)
        if self.kernels is not None:
            found = np.empty(self.folded.n_symbols, np.int64)
            least = self.kernels.click(self.tape, own, fixed, ASIDE, found)
            return least, found[: len(own)]
        values: list[int] = own.tolist()
        return self._down(self._laid(values, fixed), values)

    def count(self, ways: "npt.NDArray[np.int64]", *, bound: int | None = None) -> int:
        """Return the exact number of products.

        Parameters
        ----------
        ways
            How many answers each value stands for; 0 forbids it. Answers of the
            deepest level are not told apart: it is the quantity's, and a product that
            can be had in some quantity counts once.
        bound
            The number with no value forbidden, where it is known: a small one is
            counted in machine integers.
        """
        if self.void:
            return 0
        products = self._plain(ways.tolist())
        if self.kernels is not None and bound is not None and bound < FITS:
            return int(self.kernels.count(self.tape, np.array(products, np.int64)))
        return loops.count(self.tape_list, products)

    def values(
        self, weight: Costs, ranks: Sequence[Sequence[Rank]]
    ) -> list[int] | None:
        """Return a product of least cost as one value number per level, or None.

        `ranks` says of each level's values which goes first among products of the
        same cost; the highest level where they differ decides.
        """
        if self.void:
            return None
        cost, choices = self._up(weight), self._choices
        level_of = [at for at, ranked in enumerate(ranks) for _ in ranked]
        heads: list[Head] | None = None
        chosen = [0] * len(ranks)
        waiting = [self.folded.root]
        while waiting:
            symbol = waiting.pop()
            if symbol < len(weight):
                level = level_of[symbol]
                chosen[level] = symbol - int(self.folded.offset[level])
            elif symbol > len(weight):
                edges = choices[symbol - len(weight) - 1]
                tied = [(a, b) for a, b in edges if cost[a] + cost[b] == cost[symbol]]
                if len(tied) > 1:
                    heads = heads or self._heads(cost, ranks)
                    tied = [min((min(heads[a], heads[b]), (a, b)) for a, b in tied)[1]]
                waiting += tied[0]
        return chosen

    @cached_property
    def _choices(self) -> list[list[tuple[int, int]]]:
        return self.folded.choices()

    def _heads(self, cost: list[int], ranks: Sequence[Sequence[Rank]]) -> list[Head]:
        """Return the highest level each symbol decides, and the best rank there."""
        heads: list[Head] = [
            (level, rank) for level, ranked in enumerate(ranks) for rank in ranked
        ]
        heads.append((len(ranks), (False, 0, 0)))
        for symbol, edges in enumerate(self._choices, start=len(heads)):
            least = [ab for ab in edges if cost[ab[0]] + cost[ab[1]] <= cost[symbol]]
            found = (min(heads[a], heads[b]) for a, b in least)
            heads.append(min(found, default=(len(ranks), (False, 0, 0))))
        return heads
