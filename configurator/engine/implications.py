"""What follows from one value by unit propagation, and what one product shows beside.

Both are found once or in one pass over arrays, and save most questions to a solver.
"""

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from configurator.engine.cnf import Clauses

if TYPE_CHECKING:
    from pysat.solvers import Solver

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


MOST = 1 << 19
"""How many implied literals are kept; of the values left over only their own."""


class Implications:
    """Literals that follow from each value.

    Parameters
    ----------
    solver
        Of the clauses.
    literals
        One for each value.
    top
        The number of the solver's variables.
    """

    def __init__(self, solver: "Solver", literals: Ints, top: int) -> None:
        self.literals, self.top = literals, top
        known = self.flags(np.array(solver.propagate(assumptions=[])[1], np.int64))
        follows, n_found = [], 0
        for literal in literals.tolist():
            found = [literal]
            if n_found < MOST:
                found += solver.propagate(assumptions=[literal])[1]
                n_found += len(found)
            follows.append(np.array(found, np.int64))
        sizes = [len(found) for found in follows]
        every = np.concatenate([*follows, np.zeros(0, np.int64)])
        fresh = ~known[every]
        self.follows = every[fresh]
        self.value = np.repeat(np.arange(len(literals)), sizes)[fresh]

    def flags(self, literals: Ints) -> Flags:
        """Return a flag per literal; those of negative ones are read from the end."""
        found = np.zeros(2 * self.top + 1, np.bool_)
        found[literals] = True
        return found

    def needing(self, literals: Ints) -> Flags:
        """Say which values need one of some literals."""
        hit = self.flags(literals)[self.follows]
        found: Flags = np.zeros(len(self.literals), np.bool_)
        found[self.value[hit]] = True
        return found

    def preferred(self, wanted: Flags) -> list[int]:
        """Return of each literal and its opposite what more of the wanted need."""
        needed = self.follows[wanted[self.value]]
        counts = np.bincount(needed + self.top, minlength=2 * self.top + 1)
        more = counts[self.top + 1 :] - counts[: self.top][::-1]
        numbers = np.arange(1, self.top + 1)
        found: list[int] = (np.sign(more) * numbers)[more != 0].tolist()
        return found


class Flips:
    """Finds values of other products that differ from a known one in one literal."""

    def __init__(self, clauses: Clauses, literals: Ints) -> None:
        # A literal that a clause names twice would seem to be two it can rest on.
        named = [set(clause) for clause in clauses.clauses]
        sizes = [len(clause) for clause in named]
        flat = np.array(list(chain.from_iterable(named)), np.int64)
        hard = np.isin(np.abs(flat), list(clauses.selectors.values()))
        self.clause = np.repeat(np.arange(len(sizes)), sizes)[~hard]
        flat = flat[~hard]
        self.place, self.sign = np.abs(flat) - 1, flat > 0
        self.n_clauses = len(sizes)
        self.value_place, self.value_sign = np.abs(literals) - 1, literals > 0
        n_values = np.bincount(self.value_place, minlength=clauses.top)
        self.can_flip = n_values[self.value_place] == 2

    def values(self, model: Flags) -> Flags:
        """Return the values that a product may have instead of one of its own.

        Those whose opposite no clause rests on alone.
        """
        true = model[self.place] == self.sign
        n_true = np.bincount(self.clause[true], minlength=self.n_clauses)
        alone = true & (n_true[self.clause] == 1)
        is_free = np.ones(len(model), np.bool_)
        is_free[self.place[alone]] = False
        differs = model[self.value_place] != self.value_sign
        found: Flags = differs & self.can_flip & is_free[self.value_place]
        return found
