"""The nodes of a rule: what a condition on the choices is made of.

A node is a value. It says which names it speaks of (`names`) and whether it
holds for given choices (`holds`). An unanswered characteristic makes every
atom about it false, so a negated atom about it is true.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Answer: TypeAlias = str | int | Sequence[str] | None
Choices: TypeAlias = Mapping[str, Answer]

QUANTITY = "quantity"
"""The name by which rules speak of the order line's quantity, in sold units."""


def _value(name: str, choices: Choices, quantity: int | None) -> Answer:
    return quantity if name == QUANTITY else choices.get(name)


@dataclass(frozen=True, slots=True)
class In:
    """A characteristic's answer is one of some options (or whole numbers)."""

    name: str
    options: tuple[str, ...]

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether the answer is among the options."""
        value = _value(self.name, choices, quantity)
        return value is not None and str(value) in self.options


@dataclass(frozen=True, slots=True)
class Has:
    """A MULTI characteristic has an option ticked."""

    name: str
    option: str

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether the option is among the ticked ones."""
        value = choices.get(self.name)
        return isinstance(value, list | tuple) and self.option in value


@dataclass(frozen=True, slots=True)
class Present:
    """A characteristic is answered at all: a text, a file, a tick, an option."""

    name: str

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether there is an answer that is not empty."""
        value = _value(self.name, choices, quantity)
        return value is not None and (isinstance(value, int) or len(value) > 0)


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of numbers compared with a constant.

    ``length_mm * 2 <= width_mm + 10`` is kept as
    ``2 * length_mm - 1 * width_mm <= 10``.
    """

    terms: tuple[tuple[str, int], ...]
    operator: str
    constant: int

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Compare; false where one of the numbers is not given."""
        total = 0
        for name, factor in self.terms:
            value = _value(name, choices, quantity)
            if not isinstance(value, int):
                return False
            total += factor * value
        return compares(total, self.operator, self.constant)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Expression"

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether the part does not hold."""
        return not self.part.holds(choices, quantity)


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds; no parts at all: true."""

    parts: tuple["Expression", ...]

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether every part holds."""
        return all(part.holds(choices, quantity) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Some part holds; no parts at all: false."""

    parts: tuple["Expression", ...]

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether some part holds."""
        return any(part.holds(choices, quantity) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Implies:
    """Where the left side holds, the right side must."""

    left: "Expression"
    right: "Expression"

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether the left side fails or the right side holds."""
        return not self.left.holds(choices, quantity) or self.right.holds(
            choices, quantity
        )


@dataclass(frozen=True, slots=True)
class Iff:
    """Both sides hold or neither."""

    left: "Expression"
    right: "Expression"

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Say whether both sides agree."""
        return self.left.holds(choices, quantity) == self.right.holds(choices, quantity)


@dataclass(frozen=True, slots=True)
class Group:
    """Between `low` and `high` of the parts hold; `high` None: no upper limit."""

    low: int
    high: int | None
    parts: tuple["Expression", ...]

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Count the parts that hold."""
        n = sum(part.holds(choices, quantity) for part in self.parts)
        return self.low <= n and (self.high is None or n <= self.high)


@dataclass(frozen=True, slots=True)
class Table:
    """The answers, read together, are one of the rows (or none of them)."""

    of: tuple[str, ...]
    rows: frozenset[tuple[str, ...]]
    allowed: bool = True

    def holds(self, choices: Choices, quantity: int | None) -> bool:
        """Look the row of answers up; an unanswered one matches no row."""
        answers = [_value(name, choices, quantity) for name in self.of]
        found = None not in answers and tuple(map(str, answers)) in self.rows
        return found == self.allowed


Atom: TypeAlias = In | Has | Present | Linear | Table
Expression: TypeAlias = Atom | Not | And | Or | Implies | Iff | Group


def compares(left: int, operator: str, right: int) -> bool:
    """Compare two integers by one of ``< <= > >= = !=``."""
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "=":
            return left == right
        case _:
            return left != right


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """Return the direct parts of a node; none for an atom."""
    match expression:
        case Not(part):
            return (part,)
        case And(parts) | Or(parts) | Group(_, _, parts):
            return parts
        case Implies(left, right) | Iff(left, right):
            return (left, right)
        case _:
            return ()


def atoms_of(expression: Expression) -> Iterator[Atom]:
    """Yield the atoms of an expression from left to right, repeats included."""
    if isinstance(expression, In | Has | Present | Linear | Table):
        yield expression
        return
    for part in parts_of(expression):
        yield from atoms_of(part)


def names_of(expression: Expression) -> frozenset[str]:
    """Return the names an expression speaks of, `quantity` among them."""
    names: set[str] = set()
    for atom in atoms_of(expression):
        match atom:
            case Linear(terms, _, _):
                names.update(name for name, _ in terms)
            case Table(of, _, _):
                names.update(of)
            case In(name) | Has(name) | Present(name):
                names.add(name)
    return frozenset(names)
