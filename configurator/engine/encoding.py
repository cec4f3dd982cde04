"""From a release to finitely many variables and the constraints between them.

A CHOICE is one variable, a MULTI one per option, a TEXT or FILE whether it is
given, a NUMBER and the quantity one value per interval that no rule can tell
apart. Rules with dates hang on a variable that says whether their period is now.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from configurator.engine.expression import (
    QUANTITY,
    Answer,
    Atom,
    Expression,
    Group,
    Has,
    Linear,
    Present,
    Table,
    atoms_of,
)
from configurator.engine.model import Characteristic, Definition, Kind, Rule
from configurator.engine.numbers import Interval as Interval
from configurator.engine.numbers import Numbers


class Role(StrEnum):
    """What a variable stands for."""

    CHOICE = "CHOICE"
    TICK = "TICK"
    NUMBER = "NUMBER"
    PRESENCE = "PRESENCE"
    QUANTITY = "QUANTITY"
    PERIOD = "PERIOD"
    PRICE = "PRICE"


Value = str | bool | Interval | None
Period = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the diagram.

    `values` are option codes or None (CHOICE), false and true (TICK, PRESENCE,
    PERIOD), intervals or None (NUMBER, QUANTITY), class numbers as text (PRICE).
    """

    role: Role
    name: str
    values: tuple[Value, ...]
    option: str | None = None
    period: Period | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """Name and option: what finds the variable again."""
        return self.name, self.option

    def answer(self, at: int) -> dict[str, Answer]:
        """Return choices in which this variable has its value number `at`."""
        value = self.values[at]
        match self.role, value:
            case _, None:
                return {}
            case Role.TICK, bool():
                return {self.name: [self.option] if value and self.option else []}
            case Role.PRESENCE, bool():
                return {self.name: "x"} if value else {}
            case _, Interval(low, _, _):
                return {self.name: low}
            case _:
                return {self.name: str(value)}

    def weight(self, at: int) -> int:
        """Return how many answers a value stands for."""
        value = self.values[at]
        return value.count if isinstance(value, Interval) else 1

    def position(self, number: int) -> int | None:
        """Return the interval a number lies in."""
        for at, value in enumerate(self.values):
            if isinstance(value, Interval) and value.low <= number <= value.high:
                return at
        return None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition that must hold (while its period is), and the rule it is of."""

    expression: Expression
    rule: str | None = None
    period: int | None = None
    is_structural: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of value numbers: the only ones that some variables may have together."""

    variables: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Variables in the release's order and the constraints between them."""

    definition: Definition
    variables: tuple[Variable, ...]
    constraints: tuple[Constraint, ...]
    relations: tuple[Relation, ...] = ()
    index: Mapping[tuple[str, str | None], int] = field(default_factory=dict)

    @property
    def ties(self) -> tuple[Constraint | Relation, ...]:
        """Everything that ties variables together."""
        return (*self.constraints, *self.relations)

    def touched(self, expression: Expression) -> frozenset[int]:
        """Return the variables an expression looks at."""
        found: set[int] = set()
        for atom in atoms_of(expression):
            found.update(self.atom_variables(atom))
        return frozenset(found)

    def scope(self, constraint: Constraint | Relation) -> frozenset[int]:
        """Return the variables a constraint ties together."""
        if isinstance(constraint, Relation):
            return frozenset(constraint.variables)
        found = self.touched(constraint.expression)
        return found if constraint.period is None else found | {constraint.period}

    def atom_variables(self, atom: Atom) -> list[int]:
        """Return the variables an atom looks at, in the atom's order."""
        match atom:
            case Has(name, option):
                return [self.index[name, option]]
            case Linear(terms, _, _):
                return [self.index[name, None] for name, _ in terms]
            case Table(of, _, _):
                return [self.index[name, None] for name in of]
            case Present(name) if (name, None) not in self.index:
                options = self.definition.by_code[name].options
                return [self.index[name, option.code] for option in options]
            case _:
                return [self.index[atom.name, None]]

    def truths(self, atom: Atom, variable: int) -> list[bool]:
        """Return for each value of an atom's only variable whether it holds."""
        found = []
        for at in range(len(self.variables[variable].values)):
            answer = self.variables[variable].answer(at)
            quantity = answer.get(QUANTITY)
            found.append(
                atom.holds(answer, quantity if isinstance(quantity, int) else None)
            )
        return found


def encode(definition: Definition) -> Encoding:
    """Choose variables and constraints for a release, prices left aside.

    Raises
    ------
    DefinitionError
        If a sum of several numbers is compared and one of them has more than
        4,096 values.
    """
    numbers = Numbers(definition)
    variables: list[Variable] = []
    for each in definition.characteristics:
        variables += _variables(each, numbers)
    periods = list(
        dict.fromkeys(
            (rule.effective_from, rule.effective_to)
            for rule in definition.rules
            if rule.effective_from is not None or rule.effective_to is not None
        )
    )
    for start, end in periods:
        name = f"period:{start}..{end}"
        variables.append(
            Variable(Role.PERIOD, name, (False, True), period=(start, end))
        )
    intervals = numbers.quantity()
    variables.append(Variable(Role.QUANTITY, QUANTITY, intervals))
    index = {variable.key: at for at, variable in enumerate(variables)}
    constraints = tuple(_constraints(definition, index))
    return Encoding(definition, tuple(variables), constraints, index=index)


def _variables(each: Characteristic, numbers: Numbers) -> list[Variable]:
    absent: tuple[None, ...] = () if each.required else (None,)
    match each.kind:
        case Kind.CHOICE:
            values = tuple(option.code for option in each.options)
            return [Variable(Role.CHOICE, each.code, values + absent)]
        case Kind.MULTI:
            return [
                Variable(Role.TICK, each.code, (False, True), option.code)
                for option in each.options
            ]
        case Kind.NUMBER:
            values_ = numbers.characteristic(each)
            return [Variable(Role.NUMBER, each.code, values_ + absent)]
        case _:
            return [Variable(Role.PRESENCE, each.code, (False, True))]


def _constraints(
    definition: Definition, index: Mapping[tuple[str, str | None], int]
) -> Iterator[Constraint]:
    for each in definition.characteristics:
        if each.kind in (Kind.TEXT, Kind.FILE) and each.required:
            yield Constraint(Present(each.code))
        if each.kind is Kind.MULTI and (each.at_least or each.at_most is not None):
            ticks = tuple(Has(each.code, option.code) for option in each.options)
            yield Constraint(Group(each.at_least, each.at_most, ticks))
    for rule in definition.rules:
        yield Constraint(
            rule.expression, rule.code, _period(rule, index), rule.is_structural
        )


def _period(rule: Rule, index: Mapping[tuple[str, str | None], int]) -> int | None:
    start, end = rule.effective_from, rule.effective_to
    return index.get((f"period:{start}..{end}", None))
