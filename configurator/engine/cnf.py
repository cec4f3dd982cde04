"""Constraints as clauses, each rule behind a selector, for a satisfiability solver."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from configurator.engine.encoding import Constraint, Encoding, Interval
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
from configurator.engine.model import DefinitionError
from configurator.engine.symbolic import value_positions

MAX_COMBINATIONS = 1_000_000


class Clauses:
    """The clauses of a release.

    A variable of two values is one literal and its opposite, any other has one
    literal per value. `selectors` holds the literal that switches a rule on.

    Parameters
    ----------
    encoding
        Variables and constraints; relations of prices are left out.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.clauses: list[list[int]] = []
        self.top = 0
        self.true = self.fresh()
        self.clauses.append([self.true])
        self.literals = [self._values(len(v.values)) for v in encoding.variables]
        self.selectors: dict[str, int] = {}
        self._known: dict[tuple[int, tuple[bool, ...]], int] = {}
        for constraint in encoding.constraints:
            self._add(constraint)

    def fresh(self) -> int:
        """Return a new literal."""
        self.top += 1
        return self.top

    def _values(self, n: int) -> list[int]:
        if n == 1:
            return [self.true]
        if n == 2:
            literal = self.fresh()
            return [-literal, literal]
        literals = [self.fresh() for _ in range(n)]
        self.clauses.append(literals)
        self._at_most_one(literals)
        return literals

    def _at_most_one(self, literals: Sequence[int], guard: Sequence[int] = ()) -> None:
        """Forbid two at once: in pairs where few, else along a chain."""
        if len(literals) <= 6:
            for at, one in enumerate(literals):
                self.clauses.extend(
                    [*guard, -one, -other] for other in literals[at + 1 :]
                )
            return
        seen = literals[0]
        for literal in literals[1:]:
            self.clauses.append([*guard, -seen, -literal])
            later = self.fresh()
            self.clauses += [[-seen, later], [-literal, later]]
            seen = later

    def _add(self, constraint: Constraint) -> None:
        guard = []
        if constraint.rule is not None:
            selector = self.selectors.setdefault(constraint.rule, self.fresh())
            guard.append(-selector)
        if constraint.period is not None:
            guard.append(self.literals[constraint.period][0])
        self._require(constraint.expression, guard)

    def _require(self, expression: Expression, guard: list[int]) -> None:
        """Add clauses that make an expression true where the guard is false."""
        match expression:
            case And(parts):
                for part in parts:
                    self._require(part, guard)
            case Not(Or(parts)):
                for part in parts:
                    self._require(Not(part), guard)
            case Iff(left, right):
                self._require(right, [*guard, *self._either(Not(left))])
                self._require(left, [*guard, *self._either(Not(right))])
            case Implies(left, right):
                self._require(right, [*guard, *self._either(Not(left))])
            case Group(low, high, parts):
                self._require_group(low, high, parts, guard)
            case Table(allowed=False):
                self._forbid(expression, guard)
            case Linear():
                self._require_linear(expression, guard)
            case _:
                self.clauses.append([*guard, *self._either(expression)])

    def _require_group(
        self, low: int, high: int | None, parts: Sequence[Expression], guard: list[int]
    ) -> None:
        """Say so without counting where the limits are none, one or all."""
        if low > 1 or (high is not None and 1 < high < len(parts)):
            self.clauses.append([*guard, self._group(low, high, parts)])
            return
        literals = [self.literal(part) for part in parts]
        if low == 1:
            self.clauses.append([*guard, *literals])
        if high == 0:
            self.clauses.extend([*guard, -literal] for literal in literals)
        elif high == 1:
            self._at_most_one(literals, guard)

    def _either(self, expression: Expression) -> list[int]:
        """Return literals one of which must hold."""
        match expression:
            case Or(parts):
                return [literal for part in parts for literal in self._either(part)]
            case Implies(left, right):
                return [*self._either(Not(left)), *self._either(right)]
            case Not(And(parts)):
                return [lit for part in parts for lit in self._either(Not(part))]
            case Not(Not(part)):
                return self._either(part)
            case _:
                return [self.literal(expression)]

    def literal(self, expression: Expression) -> int:
        """Return a literal that is true exactly where an expression holds."""
        match expression:
            case Not(part):
                return -self.literal(part)
            case And(parts):
                return -self._any([-self.literal(part) for part in parts])
            case Or(parts):
                return self._any([self.literal(part) for part in parts])
            case Implies(left, right):
                return self._any([-self.literal(left), self.literal(right)])
            case Iff(left, right):
                return -self._differ(self.literal(left), self.literal(right))
            case Group(low, high, parts):
                return self._group(low, high, parts)
            case _:
                return self._atom(expression)

    def _any(self, literals: Sequence[int]) -> int:
        if len(literals) == 1:
            return literals[0]
        either = self.fresh()
        self.clauses.append([-either, *literals])
        self.clauses.extend([-literal, either] for literal in literals)
        return either

    def _differ(self, one: int, other: int) -> int:
        differ = self.fresh()
        self.clauses += [
            [-differ, one, other],
            [-differ, -one, -other],
            [differ, -one, other],
            [differ, one, -other],
        ]
        return differ

    def _group(self, low: int, high: int | None, parts: Sequence[Expression]) -> int:
        """Count along the parts: after each, whether at least 1, 2, ... hold."""
        cap = low if high is None else high + 1
        at_least = [self.true] + [-self.true] * cap
        for part in parts:
            holds = self.literal(part)
            at_least = [self.true] + [
                self._any([at_least[n], -self._any([-at_least[n - 1], -holds])])
                for n in range(1, cap + 1)
            ]
        enough = at_least[low]
        return enough if high is None else -self._any([-enough, at_least[high + 1]])

    def _atom(self, atom: Atom) -> int:
        variables = self.encoding.atom_variables(atom)
        match atom:
            case Table():
                return self._table(atom)
            case Present() if len(variables) != 1:
                return self._any([self.literals[at][1] for at in variables])
            case Linear() if len(variables) != 1:
                return self._linear(atom)
            case _:
                truths = tuple(self.encoding.truths(atom, variables[0]))
                return self._among(variables[0], truths)

    def _among(self, variable: int, truths: tuple[bool, ...]) -> int:
        literals = self.literals[variable]
        inside = [lit for lit, holds in zip(literals, truths, strict=True) if holds]
        if not inside or len(inside) == len(literals):
            return self.true if inside else -self.true
        if len(inside) == 1:
            return inside[0]
        key = (variable, truths)
        if key not in self._known:
            self._known[key] = self._any(inside)
        return self._known[key]

    def _rows(self, table: Table) -> list[list[int]]:
        variables = [self.encoding.index[name, None] for name in table.of]
        known = [value_positions(self.encoding.variables[at]) for at in variables]
        return [
            [
                self.literals[variable][positions[value]]
                for variable, positions, value in zip(
                    variables, known, row, strict=True
                )
            ]
            for row in sorted(table.rows)
            if all(v in positions for v, positions in zip(row, known, strict=True))
        ]

    def _forbid(self, table: Table, guard: list[int]) -> None:
        for row in self._rows(table):
            self.clauses.append([*guard, *(-literal for literal in row)])

    def _table(self, table: Table) -> int:
        """Return a literal for "one of the rows"; each row has a literal of its own."""
        rows = []
        supports: list[dict[int, list[int]]] = [{} for _ in table.of]
        for row in self._rows(table):
            chosen = self.fresh()
            rows.append(chosen)
            for column, literal in enumerate(row):
                self.clauses.append([-chosen, literal])
                supports[column].setdefault(literal, []).append(chosen)
            self.clauses.append([chosen, *(-literal for literal in row)])
        if not rows:
            return -self.true if table.allowed else self.true
        hit = self._any(rows)
        for support in supports:
            for literal, chosen_rows in support.items():
                self.clauses.append([-hit, -literal, *chosen_rows])
        return hit if table.allowed else -hit

    def _combinations(self, linear: Linear) -> list[tuple[list[int], bool]]:
        names = [name for name, _ in linear.terms]
        variables = [self.encoding.index[name, None] for name in names]
        values = [self.encoding.variables[at].values for at in variables]
        n = prod(map(len, values))
        if n > MAX_COMBINATIONS:
            raise DefinitionError(
                "rules", f"comparing {', '.join(names)} means {n} combinations"
            )
        found = []
        for row in product(*(range(len(each)) for each in values)):
            picked = [each[at] for each, at in zip(values, row, strict=True)]
            total = sum(
                factor * value.low
                for (_, factor), value in zip(linear.terms, picked, strict=True)
                if isinstance(value, Interval)
            )
            holds = None not in picked and compares(
                total, linear.operator, linear.constant
            )
            literals = [
                self.literals[variable][at]
                for variable, at in zip(variables, row, strict=True)
            ]
            found.append((literals, holds))
        return found

    def _require_linear(self, linear: Linear, guard: list[int]) -> None:
        if len(linear.terms) == 1:
            self.clauses.append([*guard, self._atom(linear)])
        elif len(linear.terms) == 2:
            for literal, allowed in self._pairs(linear):
                self.clauses.append([*guard, -literal, allowed])
        else:
            for literals, holds in self._combinations(linear):
                if not holds:
                    self.clauses.append([*guard, *(-literal for literal in literals)])

    def _linear(self, linear: Linear) -> int:
        holding = self.fresh()
        if len(linear.terms) == 2:
            for literal, allowed in self._pairs(linear):
                self.clauses.append([-literal, -holding, allowed])
                self.clauses.append([-literal, holding, -allowed])
            return holding
        for literals, holds in self._combinations(linear):
            others = [-literal for literal in literals]
            self.clauses.append([*others, holding if holds else -holding])
        return holding

    def _pairs(self, linear: Linear) -> Iterator[tuple[int, int]]:
        """Yield for each value of the first number one literal for "the second fits".

        The second's values are in order, so those that fit begin or end somewhere:
        one literal for each place does for all values of the first.
        """
        (first, factor), (second, other) = linear.terms
        one, two = (self.encoding.index[name, None] for name in (first, second))
        numbers = [
            (value.low * other, literal)
            for value, literal in self._numbers(two)
            if value is not None
        ]
        beginning, ending = self._runs([literal for _, literal in numbers])
        for value, literal in self._numbers(one):
            if value is None:
                yield literal, -self.true
                continue
            rest = linear.constant - factor * value.low
            fits = [compares(n, linear.operator, rest) for n, _ in numbers]
            n_fit = sum(fits)
            if all(fits[:n_fit]):
                yield literal, beginning[n_fit]
            elif all(fits[len(fits) - n_fit :]):
                yield literal, ending[n_fit]
            else:
                at = fits.index(linear.operator == "=")
                rows = (
                    [numbers[at][1]]
                    if linear.operator == "="
                    else [beginning[at], ending[len(fits) - at - 1]]
                )
                yield literal, self._any(rows)

    def _numbers(self, variable: int) -> list[tuple[Interval | None, int]]:
        values = self.encoding.variables[variable].values
        return [
            (value if isinstance(value, Interval) else None, literal)
            for value, literal in zip(values, self.literals[variable], strict=True)
        ]

    def _runs(self, literals: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return literals for "one of the first n" and "one of the last n"."""
        beginning, ending = [-self.true], [-self.true]
        for found, row in ((beginning, literals), (ending, literals[::-1])):
            for literal in row:
                found.append(self._any([found[-1], literal]))
        return beginning, ending
