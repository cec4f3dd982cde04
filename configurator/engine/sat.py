"""Answers from a satisfiability solver.

For models too large for a diagram, and to name the rules that a conflict rests on.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from configurator.engine.cnf import Clauses
from configurator.engine.compiled import Compiled
from configurator.engine.encoding import Role, Variable, encode
from configurator.engine.expression import Answer, Expression
from configurator.engine.model import Definition
from configurator.engine.passes import ASIDE, POSSIBLE, Costs
from configurator.engine.witness import (
    Witnesses,
    fewest_conflict,
    smallest_conflict,
)

if TYPE_CHECKING:
    from pysat.solvers import Solver

Key = tuple[str, str | None]


class Rules:
    """A release's rules in a solver that is built once and asked by assumptions.

    Parameters
    ----------
    compiled
        The release.
    """

    def __init__(self, compiled: Compiled) -> None:
        from pysat.solvers import Solver as Made  # noqa: PLC0415 -- slow import

        self.encoding = encode(compiled.definition)
        self.clauses = Clauses(self.encoding)
        self.selectors = self.clauses.selectors
        self.solver: Solver = Made(name="glucose4", bootstrap_with=self.clauses.clauses)
        self.lock = threading.Lock()

    def value(self, key: Key, at: int) -> int:
        """Return the literal of a variable's value."""
        return self.clauses.literals[self.encoding.index[key]][at]

    def literal(self, expression: Expression) -> int:
        """Return a literal that is true exactly where a condition holds."""
        with self.lock:
            known = len(self.clauses.clauses)
            found = self.clauses.literal(expression)
            self.solver.append_formula(self.clauses.clauses[known:])
        return found

    def find(
        self, assumptions: Iterable[int], *, without: Collection[str] = ()
    ) -> dict[str, Answer] | None:
        """Return the choices of some product under assumptions, or None.

        Rules named in `without` need not hold. Of a number the least of its interval
        is given, of a text ``x``; the quantity stands among the choices.
        """
        rules = [lit for code, lit in self.selectors.items() if code not in without]
        with self.lock:
            if not self.solver.solve([*rules, *assumptions]):
                return None
            true = self._true()
        choices: dict[str, Answer] = {}
        for variable, literals in zip(
            self.encoding.variables, self.clauses.literals, strict=True
        ):
            at = next(n for n, literal in enumerate(literals) if literal in true)
            for name, answer in variable.answer(at).items():
                ticked = choices.get(name)
                if isinstance(ticked, list) and isinstance(answer, list):
                    answer = ticked + answer
                if variable.role is not Role.PERIOD:
                    choices[name] = answer
        return choices

    def model(self, assumptions: Iterable[int]) -> frozenset[int] | None:
        """Return the true literals of a product under the assumptions, or None."""
        with self.lock:
            if not self.solver.solve([*self.selectors.values(), *assumptions]):
                return None
            return self._true()

    def _true(self) -> frozenset[int]:
        """Return the true literals; the solver leaves out what no clause names."""
        found = self.solver.get_model() or []
        unsaid = range(len(found) + 1, self.clauses.top + 1)
        return frozenset((*found, *(-each for each in unsaid), self.clauses.true))

    def conflicting(
        self,
        assumptions: Sequence[int],
        *,
        among: Collection[str] | None = None,
        fewest: bool = False,
    ) -> tuple[str, ...]:
        """Return a smallest set of rules that contradicts the assumptions.

        Smallest in that none of them can be left out, or by number where the `fewest`
        are asked for; in the order of the release. Empty if there is no contradiction,
        or none that needs a rule. `among` names rules of which others need not be
        looked at.
        """
        codes = {
            literal: code
            for code, literal in self.selectors.items()
            if among is None or code in among
        }
        find = fewest_conflict if fewest else smallest_conflict
        with self.lock:
            found = find(self.solver, list(codes), background=assumptions)
        needed = {codes[literal] for literal in found or ()}
        return tuple(code for code in self.selectors if code in needed)


def rules_of(compiled: Compiled) -> Rules:
    """Return the solver of a compiled release, built on first use."""
    found: Rules | None = compiled.kept.get("rules")
    if found is None:
        found = compiled.kept["rules"] = Rules(compiled)
    return found


def void_rules(definition: Definition) -> tuple[str, ...]:
    """Return the fewest rules that contradict each other.

    Parameters
    ----------
    definition
        A release; rules of every period count as in force.

    Returns
    -------
    tuple[str, ...]
        Codes in the order of the release; of very many rules a set of which none can
        be left out (`fewest_conflict`); empty where there is a product.
    """
    from pysat.solvers import Solver as Made  # noqa: PLC0415 -- slow import

    clauses = Clauses(encode(definition))
    codes = {literal: code for code, literal in clauses.selectors.items()}
    now = [
        clauses.literals[at][1]
        for at, variable in enumerate(clauses.encoding.variables)
        if variable.role is Role.PERIOD
    ]
    with Made(name="glucose4", bootstrap_with=clauses.clauses) as solver:
        found = fewest_conflict(solver, list(codes), background=now)
    needed = {codes[literal] for literal in found or ()}
    return tuple(code for code in codes.values() if code in needed)


class SolverPasses:
    """What `Passes` answers, asked of the solver: possible or not, nothing priced.

    Costs below `POSSIBLE` count as allowed, all others as forbidden; so does what is
    returned: 0 or `ASIDE`.
    """

    def __init__(self, compiled: Compiled) -> None:
        rules = rules_of(compiled)
        dead = None
        if compiled.opening is not None and not has_periods(compiled.variables):
            dead = compiled.opening[0, 1:] >= POSSIBLE
        self.witnesses = Witnesses(rules.clauses, compiled.variables, dead=dead)
        sizes = (len(variable.values) for variable in compiled.variables)
        self.starts = list(accumulate(sizes, initial=0))
        self.lock = threading.Lock()

    def _product(self, weight: Costs) -> "npt.NDArray[np.bool_] | None":
        with self.lock:
            literals, _ = self.witnesses.assumed(weight < POSSIBLE)
            return self.witnesses.product(literals.tolist())

    def least(self, weight: Costs) -> int:
        """Return 0 where a product is left, else `ASIDE`."""
        return ASIDE if self._product(weight) is None else 0

    def count(self, weight: Costs) -> None:
        """Products are not counted here."""

    def values(self, weight: Costs) -> list[int] | None:
        """Return some product as one value number per variable, or None."""
        found = self._product(weight)
        if found is None:
            return None
        return [
            int(np.argmax(found[start:end])) for start, end in pairwise(self.starts)
        ]

    def through(self, weight: Costs, own: Costs | None = None) -> tuple[int, Costs]:
        """Return for each value whether a product has it, as `Passes.through` does."""
        allowed = weight < POSSIBLE
        asked = allowed if own is None else own < POSSIBLE
        with self.lock:
            inside, outside = self.witnesses.answer(
                allowed, asked & ~self.witnesses.dead
            )
        found = outside if inside is None else outside | inside
        return (
            ASIDE if inside is None else 0,
            np.where(found, np.int64(0), np.int64(ASIDE)),
        )


def has_periods(variables: Sequence[Variable]) -> bool:
    """Say whether some rules have dates."""
    return any(variable.role is Role.PERIOD for variable in variables)
