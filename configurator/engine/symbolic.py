"""Translates conditions into Boolean functions over blocks of bits."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from configurator.engine.encoding import (
    Constraint,
    Encoding,
    Interval,
    Relation,
    Variable,
)
from configurator.engine.expression import (
    And,
    Atom,
    Expression,
    Group,
    Iff,
    Implies,
    Linear,
    Not,
    Or,
    Present,
    Table,
    compares,
)

if TYPE_CHECKING:
    from oxidd.bdd import BDDFunction

    from configurator.engine.blocks import Blocks


class Translator:
    """Builds the function of a condition.

    Parameters
    ----------
    encoding
        Variables and constraints.
    level
        The level of each variable.
    blocks
        Where functions are built.
    """

    def __init__(
        self, encoding: Encoding, level: Mapping[int, int], blocks: "Blocks"
    ) -> None:
        self.encoding = encoding
        self.level = level
        self.blocks = blocks

    def constraint(self, constraint: Constraint | Relation) -> "BDDFunction":
        """Return the function of a constraint, free outside its period."""
        if isinstance(constraint, Relation):
            return self._relation(constraint)
        function = self.expression(constraint.expression)
        if constraint.period is None:
            return function
        level = self.level[constraint.period]
        return self.blocks.branch(level, [self.blocks.true, self.blocks.false]) | (
            function
        )

    def expression(self, expression: Expression) -> "BDDFunction":
        """Return the function of a condition."""
        match expression:
            case Not(part):
                return ~self.expression(part)
            case And(parts):
                return self._all(parts)
            case Or(parts):
                return ~self._all([Not(part) for part in parts])
            case Implies(left, right):
                return self.expression(left).imp(self.expression(right))
            case Iff(left, right):
                return self.expression(left).equiv(self.expression(right))
            case Group(low, high, parts):
                return self._group(low, high, parts)
            case _:
                return self._atom(expression)

    def _all(self, parts: Sequence[Expression]) -> "BDDFunction":
        whole = self.blocks.true
        for part in self._deepest_first(parts):
            whole &= self.expression(part)
        return whole

    def _deepest_first(self, parts: Sequence[Expression]) -> list[Expression]:
        """Sort parts so that each is put on top of those before it."""
        return sorted(
            parts,
            key=lambda part: (
                -min((self.level[at] for at in self.encoding.touched(part)), default=0)
            ),
        )

    def _group(
        self, low: int, high: int | None, parts: Sequence[Expression]
    ) -> "BDDFunction":
        """Count the parts that hold: ``exactly[k]`` after each, ``k`` up to a cap."""
        if high is not None and high >= len(parts):
            high = None
        cap = (low if high is None else high + 1) or 1
        exactly = [self.blocks.true] + [self.blocks.false] * cap
        for part in self._deepest_first(parts):
            holds = self.expression(part)
            shifted = [self.blocks.false, *exactly[:-1]]
            shifted[-1] = exactly[-1] | exactly[-2]
            exactly = [
                holds.ite(more, same)
                for more, same in zip(shifted, exactly, strict=True)
            ]
        function = self.blocks.false
        for n, reached in enumerate(exactly):
            if low <= n and (high is None or n <= high):
                function |= reached
        return function

    def _atom(self, atom: Atom) -> "BDDFunction":
        variables = self.encoding.atom_variables(atom)
        match atom:
            case Table():
                return self._table(atom, variables)
            case Linear() if len(variables) != 1:
                return self._linear(atom, variables)
            case Present() if len(variables) != 1:
                function = self.blocks.false
                for variable in variables:
                    level = self.level[variable]
                    function |= self.blocks.among(level, [False, True])
                return function
            case _:
                truths = self.encoding.truths(atom, variables[0])
                return self.blocks.among(self.level[variables[0]], truths)

    def _table(self, table: Table, variables: Sequence[int]) -> "BDDFunction":
        places = sorted(range(len(variables)), key=lambda at: self.level[variables[at]])
        positions = [
            value_positions(self.encoding.variables[variables[at]]) for at in places
        ]
        rows = []
        for row in table.rows:
            found = [
                known.get(row[at]) for at, known in zip(places, positions, strict=True)
            ]
            if None not in found:
                rows.append(found)
        levels = [self.level[variables[at]] for at in places]
        function = self.rows(levels, rows)
        return function if table.allowed else ~function

    def rows(
        self, levels: Sequence[int], rows: Sequence[Sequence[int | None]]
    ) -> "BDDFunction":
        """Return the function that is true for the given rows of values.

        `levels` rise; a row has the number of one value of each.
        """
        if not rows:
            return self.blocks.false
        if not levels:
            return self.blocks.true
        branches: dict[int | None, list[Sequence[int | None]]] = {}
        for row in rows:
            branches.setdefault(row[0], []).append(row[1:])
        children = [self.blocks.false] * self.blocks.sizes[levels[0]]
        for value, rest in branches.items():
            if value is not None:
                children[value] = self.rows(levels[1:], rest)
        return self.blocks.branch(levels[0], children)

    def _relation(self, relation: Relation) -> "BDDFunction":
        levels = [self.level[at] for at in relation.variables]
        places = sorted(range(len(levels)), key=lambda at: levels[at])
        rows = [[row[at] for at in places] for row in relation.rows]
        return self.rows([levels[at] for at in places], rows)

    def _linear(self, linear: Linear, variables: Sequence[int]) -> "BDDFunction":
        """Walk the variables in order, one function per sum reached so far."""
        terms = sorted(
            zip(variables, linear.terms, strict=True),
            key=lambda term: self.level[term[0]],
        )
        known: dict[tuple[int, int], BDDFunction] = {}

        def reached(at: int, total: int) -> "BDDFunction":
            if at == len(terms):
                holds = compares(total, linear.operator, linear.constant)
                return self.blocks.true if holds else self.blocks.false
            if (at, total) not in known:
                variable, (_, factor) = terms[at]
                children = [
                    reached(at + 1, total + factor * value.low)
                    if isinstance(value, Interval)
                    else self.blocks.false
                    for value in self.encoding.variables[variable].values
                ]
                known[at, total] = self.blocks.branch(self.level[variable], children)
            return known[at, total]

        return reached(0, 0)


def value_positions(variable: Variable) -> Mapping[str, int]:
    """Return the number of each value by its text; of single numbers likewise."""
    found = {}
    for at, value in enumerate(variable.values):
        if isinstance(value, Interval):
            if value.low == value.high:
                found[str(value.low)] = at
        elif isinstance(value, str):
            found[value] = at
    return found
