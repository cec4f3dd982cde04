"""Products that a solver has shown, and what else it must be asked.

A product found once goes on proving that its values can be had, for as long as it
keeps to the choices; what could not be had stays so while choices are only added. The
solver is asked for the rest alone, and prefers values that no product has shown yet.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from configurator.engine.cnf import Clauses
from configurator.engine.encoding import Role, Variable
from configurator.engine.implications import Flags, Flips, Implications, Ints

if TYPE_CHECKING:
    from pysat.solvers import Solver

KEPT = 256
"""How many products are kept."""
MOST_SUSPECTS = 300
MOST_ROUNDS = 200
"""Beyond which the fewest of a conflict are not looked for."""


class Witnesses:
    """Products over the values of some variables, one after the other.

    Parameters
    ----------
    clauses
        Of the release; its rules are in force for good.
    variables
        Whose values are numbered; prices' are left aside, theirs are always had.
    dead
        Says for each value whether no product has it, where that is known.
    """

    def __init__(
        self,
        clauses: Clauses,
        variables: Sequence[Variable],
        *,
        dead: Flags | None = None,
    ) -> None:
        from pysat.solvers import Solver as Made  # noqa: PLC0415 -- slow import

        self.solver: Solver = Made(name="glucose4", bootstrap_with=clauses.clauses)
        for selector in clauses.selectors.values():
            self.solver.add_clause([selector])
        sizes = [len(variable.values) for variable in variables]
        self.level = np.repeat(np.arange(len(sizes)), sizes)
        self.literals = _literals(clauses, variables)
        self.place = np.abs(self.literals) - 1
        self.sign = self.literals > 0
        self.rows: Flags = np.zeros((KEPT, len(self.literals)), np.bool_)
        self.models: Flags = np.zeros((KEPT, clauses.top), np.bool_)
        self.n_rows = 0
        self.flips = Flips(clauses, self.literals)
        self.implied = Implications(self.solver, self.literals, clauses.top)
        nothing = np.zeros(len(self.literals), np.bool_)
        self.known = (~nothing, nothing)
        everything = ~nothing
        if dead is None:
            found, _ = self.answer(everything, everything)
            dead = everything if found is None else ~found
        self.dead = dead
        for literal in np.unique(self.literals[dead]).tolist():
            self.solver.add_clause([-literal])

    def product(self, assumptions: Sequence[int]) -> Flags | None:
        """Return a product under assumptions as a flag per value, or None; keep it."""
        if not self.solver.solve(assumptions=assumptions):
            return None
        true = np.array(self.solver.get_model(), np.int64) > 0
        row = self.n_rows % KEPT
        model = self.models[row]
        model[: len(true)] = true
        self.rows[row] = model[self.place] == self.sign
        self.n_rows += 1
        found: Flags = self.rows[row].copy()
        return found

    def _around(self, row: int, asked: Flags) -> Flags:
        """Return what a kept product has of the asked, or has after one flip."""
        row %= KEPT
        flipped = self.flips.values(self.models[row])
        found: Flags = (self.rows[row] | flipped) & asked
        return found

    def assumed(self, allowed: Flags) -> tuple[Ints, Ints]:
        """Return the literals of "only what is allowed", and the variable of each."""
        forbidden = ~allowed
        n_left = np.bincount(self.level[allowed], minlength=int(self.level[-1]) + 1)
        is_pinned = np.zeros(len(n_left), np.bool_)
        is_pinned[self.level[forbidden]] = True
        single = (is_pinned & (n_left == 1))[self.level]
        chosen, others = single & allowed, forbidden & ~single
        return (
            np.concatenate((self.literals[chosen], -self.literals[others])),
            np.concatenate((self.level[chosen], self.level[others])),
        )

    def answer(self, allowed: Flags, asked: Flags) -> tuple[Flags | None, Flags]:
        """Say which of the asked values can be had.

        Parameters
        ----------
        allowed
            The values that choices leave.
        asked
            The values asked for; one that is not allowed is asked for in place of the
            choice of its own variable, all others kept.

        Returns
        -------
        tuple[Flags | None, Flags]
            Of the allowed ones those that can be had, None where the choices
            contradict each other; and of the others those.
        """
        before, impossible = self.known
        if np.any(allowed & ~before):
            impossible = np.zeros(len(allowed), np.bool_)
        literals, levels = self.assumed(allowed)
        context: list[int] = literals.tolist()
        inside = self._inside(context, allowed, asked & allowed & ~impossible)
        outside = self._outside(
            literals, levels, allowed, asked & ~allowed & ~impossible
        )
        found = outside if inside is None else outside | inside
        self.known = (allowed, impossible | asked & ~found)
        return inside, outside

    def _kept(self, allowed: Flags) -> tuple[Flags, Flags]:
        """Return the kept products' values that are not allowed, and their number."""
        outside = self.rows[: min(self.n_rows, KEPT)] & ~allowed
        return outside, outside.sum(axis=1)

    def _inside(self, context: list[int], allowed: Flags, asked: Flags) -> Flags | None:
        _, n_outside = self._kept(allowed)
        fitting = np.flatnonzero(n_outside == 0)
        if not len(fitting):
            if self.product(context) is None:
                return None
            fitting = np.array([(self.n_rows - 1) % KEPT])
        seen = self.rows[fitting].any(axis=0) | self._around(int(fitting[-1]), asked)
        left = asked & ~seen & ~self._refuted(context)
        if left.any():
            self.solver.set_phases(self.implied.preferred(left))
        for at in np.flatnonzero(left).tolist():
            if not left[at]:
                continue
            literal = self.literals[at : at + 1]
            if self.product([*context, int(literal[0])]) is None:
                left &= ~self.implied.needing(literal)
                continue
            seen |= self._around(self.n_rows - 1, asked)
            left &= ~seen
            self.solver.set_phases(self.implied.preferred(left))
        return seen & asked

    def _outside(
        self, literals: Ints, levels: Ints, allowed: Flags, asked: Flags
    ) -> Flags:
        outside, n_outside = self._kept(allowed)
        seen: Flags = outside[n_outside == 1].any(axis=0) & asked
        fitting = np.flatnonzero(n_outside == 0)
        for row in fitting[-4:].tolist():
            seen |= self._around(row, asked)
        left = asked & ~seen
        for level in np.unique(self.level[left]).tolist():
            context: list[int] = literals[levels != level].tolist()
            here = left & (self.level == level)
            here &= ~self._refuted(context)
            for at in np.flatnonzero(here).tolist():
                found = self.product([*context, int(self.literals[at])])
                seen[at] = found is not None
        return seen

    def _refuted(self, assumptions: Sequence[int]) -> Flags:
        """Say which values unit propagation alone rules out; all in a conflict."""
        holds, implied = self.solver.propagate(assumptions=assumptions)
        if not holds:
            return np.ones(len(self.literals), np.bool_)
        return self.implied.needing(-np.array(implied, np.int64))


def _literals(clauses: Clauses, variables: Sequence[Variable]) -> Ints:
    found = []
    for variable in variables:
        if variable.role is Role.PRICE:
            found += [clauses.true] * len(variable.values)
        else:
            found += clauses.literals[clauses.encoding.index[variable.key]]
    return np.array(found, np.int64)


def has_product(clauses: Clauses) -> bool:
    """Say whether all rules can hold at once."""
    from pysat.solvers import Solver as Made  # noqa: PLC0415 -- slow import

    with Made(name="glucose4", bootstrap_with=clauses.clauses) as solver:
        found: bool = solver.solve(assumptions=list(clauses.selectors.values()))
    return found


def smallest_conflict(
    solver: "Solver", suspects: Iterable[int], *, background: Iterable[int] = ()
) -> list[int] | None:
    """Return assumptions none of which can go, that contradict the clauses together.

    Parameters
    ----------
    solver
        Of the clauses.
    suspects
        The assumptions that may go.
    background
        Those that always hold.

    Returns
    -------
    list[int] | None
        None where everything can hold. By deletion; each answer of the solver thins
        out what is left to try.
    """
    fixed = list(background)
    left = list(suspects)
    if solver.solve(assumptions=[*fixed, *left]):
        return None
    core = set(solver.get_core() or ())
    left = [each for each in left if each in core]
    needed: list[int] = []
    while left:
        each = left.pop()
        if solver.solve(assumptions=[*fixed, *needed, *left]):
            needed.append(each)
        else:
            core = set(solver.get_core() or ())
            left = [other for other in left if other in core]
    return needed


def fewest_conflict(
    solver: "Solver", suspects: Sequence[int], *, background: Sequence[int] = ()
) -> list[int] | None:
    """Return the fewest assumptions that contradict the clauses together.

    Parameters
    ----------
    solver, suspects, background
        As for `smallest_conflict`.

    Returns
    -------
    list[int] | None
        None where everything can hold. Of more than 300 suspects, or where 200 rounds
        do not settle it, a set of which only none can go. A round asks the solver once
        for each suspect.

    Notes
    -----
    Every contradiction hits each set of suspects without which the rest can hold, so
    the smallest set that hits all such sets known so far is no larger than the
    smallest contradiction (Ignatiev, Previti, Liffiton, Marques-Silva 2015).
    """
    from pysat.examples.hitman import Hitman  # noqa: PLC0415 -- slow import

    known = smallest_conflict(solver, suspects, background=background)
    if known is None or len(known) < 2 or len(suspects) > MOST_SUSPECTS:
        return known
    fixed = list(background)
    with Hitman(solver="g4", htype="sorted") as hitting:
        for _ in range(MOST_ROUNDS):
            found: list[int] = hitting.get() or []
            if len(found) >= len(known):
                return known
            if not solver.solve(assumptions=[*fixed, *found]):
                return found
            for each in suspects:
                if each in found or solver.solve(assumptions=[*fixed, *found, each]):
                    found = [*found, each]
            hitting.hit([each for each in suspects if each not in found])
    return known
