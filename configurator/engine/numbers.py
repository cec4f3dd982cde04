"""Numbers as intervals: values that no rule can tell apart are one.

A condition that compares one number with constants cuts its range there, so a length
from 300 to 2,400 mm has as many intervals as rules and prices name limits, whatever
its step. Where a sum of several is compared, two values are told apart only if some
possible values of the others make the comparison come out differently; lengths in
steps of 1 beside widths in steps of 100 fall into as many intervals as there are
widths. Not supported, and refused with the number: a sum that tells more than 4,096
intervals apart, and sums over more than a million combinations.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from configurator.engine.expression import (
    QUANTITY,
    Atom,
    Expression,
    In,
    Linear,
    Table,
    atoms_of,
    compares,
)
from configurator.engine.model import (
    Characteristic,
    Definition,
    DefinitionError,
    Kind,
    QuantityRange,
)

MAX_ENUMERATED = 4_096
MAX_SUMS = 1_000_000
MAX_NUMBERS = 1 << 30


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high` that no rule tells apart; `count` of them."""

    low: int
    high: int
    count: int


class Numbers:
    """Finds where numbers must be cut so that no rule tells an interval apart.

    Parameters
    ----------
    definition
        Its rules, and the conditions and tables of its prices and routings.

    Raises
    ------
    DefinitionError
        If sums of numbers can come out in more than a million ways.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.starts: dict[str, set[int]] = {}
        self.summed: set[str] = set()
        seen: set[Linear] = set()
        for expression in _all_conditions(definition):
            for atom in atoms_of(expression):
                if isinstance(atom, Linear) and len(atom.terms) > 1:
                    if atom not in seen:
                        seen.add(atom)
                        self._cut_sum(atom)
                else:
                    self._look_at(atom)
        for entry in definition.prices.entries:
            if entry.table is not None:
                for at, name in enumerate(entry.table.of):
                    self._cut(name, {row[at] for row in entry.table.rows})

    def quantity(self) -> tuple[Interval, ...]:
        """Return the intervals of the order line's quantity."""
        limits = self.definition.quantity
        if limits.values and len(limits.values) <= MAX_ENUMERATED:
            return tuple(Interval(n, n, 1) for n in limits.values)
        return self._intervals(QUANTITY, limits)

    def characteristic(self, each: Characteristic) -> tuple[Interval, ...]:
        """Return the intervals of a NUMBER.

        Raises
        ------
        DefinitionError
            If a sum tells more than 4,096 of them apart.
        """
        return self._intervals(each.code, each)

    def _look_at(self, atom: Atom) -> None:
        match atom:
            case In(name, options):
                self._cut(name, options)
            case Table(of, rows, _):
                for at, name in enumerate(of):
                    if self._is_number(name):
                        self._cut(name, {row[at] for row in rows})
            case Linear(((name, factor),), operator, constant):
                edge = constant // factor
                for start in (edge, edge + 1):
                    sides = (factor * (start - 1), factor * start)
                    before, behind = (compares(n, operator, constant) for n in sides)
                    if before != behind:
                        self.starts.setdefault(name, set()).add(start)
            case _:
                pass

    def _is_number(self, name: str) -> bool:
        known = self.definition.by_code
        return name == QUANTITY or known[name].kind is Kind.NUMBER

    def _cut(self, name: str, values: Iterable[str]) -> None:
        if self._is_number(name):
            starts = self.starts.setdefault(name, set())
            for value in values:
                starts.update((int(value), int(value) + 1))

    def _cut_sum(self, linear: Linear) -> None:
        """Cut each number of a sum where the others see a difference."""
        for name, factor in linear.terms:
            self.summed.add(name)
            others = self._sums([term for term in linear.terms if term[0] != name])
            starts = self.starts.setdefault(name, set())
            before: tuple[int, int] | None = None
            for number in self._values(name):
                rest = linear.constant - factor * number
                seen = _seen(linear.operator, rest, others)
                if seen != before:
                    starts.add(number)
                    before = seen

    def _sums(self, terms: Sequence[tuple[str, int]]) -> list[int]:
        """Return the different values of a sum, rising."""
        found = {0}
        for name, factor in terms:
            values = self._values(name)
            if len(found) * len(values) > MAX_SUMS:
                named = ", ".join(name for name, _ in terms)
                message = f"sums of {named} come out in more than {MAX_SUMS} ways"
                raise DefinitionError("rules", message)
            found = {total + factor * value for total in found for value in values}
        return sorted(found)

    def _values(self, name: str) -> Sequence[int]:
        limits: Characteristic | QuantityRange = (
            self.definition.quantity
            if name == QUANTITY
            else self.definition.by_code[name]
        )
        if isinstance(limits, QuantityRange) and limits.values:
            return limits.values
        found = range(limits.minimum, limits.maximum + 1, limits.step)
        if len(found) > MAX_SUMS:
            message = f"{len(found)} values are too many to compare it with others"
            raise DefinitionError(name, message)
        return found

    def _intervals(
        self, name: str, limits: Characteristic | QuantityRange
    ) -> tuple[Interval, ...]:
        low, high, step = limits.minimum, limits.maximum, limits.step
        if (high - low) // step + 1 > MAX_NUMBERS:
            message = f"more than {MAX_NUMBERS} values cannot be counted"
            raise DefinitionError(name, message)
        found = []
        cuts = sorted(s for s in self.starts.get(name, ()) if low < s <= high)
        for start, end in zip([low, *cuts], [*cuts, high + 1], strict=True):
            first = low + -(-(start - low) // step) * step
            last = low + (end - 1 - low) // step * step
            if first <= last:
                found.append(Interval(first, last, (last - first) // step + 1))
        if name in self.summed and len(found) > MAX_ENUMERATED:
            message = (
                f"{len(found)} values are too many to compare it with other numbers;"
                f" at most {MAX_ENUMERATED} are told apart, so larger steps would help"
            )
            raise DefinitionError(name, message)
        return tuple(found)


def _seen(operator: str, rest: int, others: Sequence[int]) -> tuple[int, int]:
    """Return what decides, for all sums of the others, how they compare with a rest."""
    before, behind = bisect_left(others, rest), bisect_right(others, rest)
    match operator:
        case "<" | ">=":
            return before, before
        case "<=" | ">":
            return behind, behind
        case _:
            return (before, behind) if behind > before else (-1, -1)


def _all_conditions(definition: Definition) -> Iterator[Expression]:
    yield from (rule.expression for rule in definition.rules)
    for entry in definition.prices.entries:
        if entry.when is not None:
            yield entry.when
        yield from (each.when for each in entry.factors if each.when is not None)
    for routing in definition.routings:
        if routing.when is not None:
            yield routing.when
