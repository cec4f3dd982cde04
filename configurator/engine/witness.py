"""A solver that is asked for products again and again, each showing something new."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from configurator.engine.cnf import Clauses
from configurator.engine.diagram import BudgetError

if TYPE_CHECKING:
    from pysat.solvers import Solver


class Witnesses:
    """All rules in force for good in one solver.

    Parameters
    ----------
    clauses
        Of the release; the selectors of its rules are set.
    """

    def __init__(self, clauses: Clauses) -> None:
        from pysat.solvers import Solver as Made  # noqa: PLC0415 -- slow import

        self.clauses = clauses
        self.solver: Solver = Made(name="glucose4", bootstrap_with=clauses.clauses)
        for selector in clauses.selectors.values():
            self.solver.add_clause([selector])

    def product(self, assumptions: Sequence[int] = ()) -> list[int] | None:
        """Return a product under assumptions, or None.

        The product is a list of the true literals, the one of a variable at its
        number less one.
        """
        if not self.solver.solve(assumptions=assumptions):
            return None
        found: list[int] = self.solver.get_model()
        return found

    def prefer(self, literals: Iterable[int]) -> None:
        """Let products show these literals where they can."""
        self.solver.set_phases(literals)

    def possible(self, *, conflicts: int | None = None) -> list[list[bool]] | None:
        """Return for each variable and value whether some product has it.

        What no product has is told to the solver. None where there is no product.

        Raises
        ------
        BudgetError
            If one question takes more than the given number of conflicts.
        """
        literals = self.clauses.literals
        unseen = {each for values in literals for each in values}
        first = self._limited((), conflicts)
        if first is None:
            return None
        unseen.difference_update(first, (self.clauses.true,))
        unseen.discard(-self.clauses.true)
        self.prefer(unseen)
        dead: set[int] = set()
        for literal in sorted(unseen, key=lambda each: (abs(each), each)):
            if literal not in unseen:
                continue
            product = self._limited((literal,), conflicts)
            if product is None:
                dead.add(literal)
                self.solver.add_clause([-literal])
                continue
            fresh = unseen.intersection(product)
            unseen -= fresh
            self.prefer(-each for each in fresh)
        return [[each not in dead for each in values] for values in literals]

    def _limited(
        self, assumptions: Sequence[int], conflicts: int | None
    ) -> list[int] | None:
        if conflicts is None:
            return self.product(assumptions)
        self.solver.conf_budget(conflicts)
        found = self.solver.solve_limited(assumptions=assumptions)
        if found is None:
            raise BudgetError(f"more than {conflicts} conflicts for one question")
        model: list[int] | None = self.solver.get_model() if found else None
        return model

    def close(self) -> None:
        """Give the solver's memory back."""
        self.solver.delete()
