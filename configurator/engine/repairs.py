"""What to change so that choices in conflict can be completed, cheapest first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from configurator.engine.completion import cheapest
from configurator.engine.conflict import Case
from configurator.engine.encoding import Interval
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Kind
from configurator.engine.passes import NEVER, POSSIBLE, Costs
from configurator.engine.pricing import price
from configurator.engine.query import prices_for
from configurator.engine.sat import SolverPasses

Found = tuple[int, int, dict[str, Any]]


def find_repairs(
    case: Case, conflict: Sequence[str], *, most: int
) -> list[tuple[dict[str, Any], int | None]]:
    """Return changes and what they do to the lowest total, cheapest first.

    Where one change is enough, every answer that would do is looked at; else the
    fewest changes there are, and the fewest others without one of them. The quantity
    is changed only where nothing else helps.
    """
    for held in ((QUANTITY,), ()):
        found = _Repairs(case, held).find(conflict, most)
        if found:
            break
    found.sort(key=lambda each: each[:2])
    before = lowest_before(case)
    return [
        (changes, None if before is None else total - before)
        for total, _, changes in found[:most]
    ]


class _Repairs:
    """Looks for repairs that keep some names in any case."""

    def __init__(self, case: Case, held: Sequence[str]) -> None:
        self.case = case
        self.layout = case.layout
        self.names = [name for name in case.names if name not in held]
        prices = prices_for(case.compiled, case.query)
        self.base = case.base if prices is None else case.base + prices.least
        held_too = [name for name in held if name in case.pins]
        self.base = self.base + case.costs(held_too, cost=NEVER)

    def find(self, conflict: Sequence[str], most: int) -> list[Found]:
        """Return up to a few more repairs than asked for, in no order."""
        if isinstance(self.case.passes, SolverPasses):
            return self._by_solver()
        found: list[Found] = []
        for name in conflict:
            if name in self.names and not self._is_multi(name):
                found += self._alternatives(name)
        if len(found) < most:
            found += self._fewest(most - len(found), known=[each[2] for each in found])
        return found

    def _alternatives(self, name: str) -> Iterator[Found]:
        """Yield each other answer to one characteristic that alone would do."""
        others = [each for each in self.names if each != name]
        weight = self.base + self.case.costs(others)
        least, through = self.case.passes.through(weight)
        if least >= POSSIBLE:
            return
        start = self.layout.first(name)
        variable = self.layout.variable(name)
        ((_, current),) = self.case.pins[name]
        for at in range(len(variable.values)):
            if at != current and through[start + at] < POSSIBLE:
                yield from self._priced({name: self._answer(name, at)})

    def _fewest(self, most: int, known: list[dict[str, Any]]) -> Iterator[Found]:
        """Yield repairs with the fewest changes, then without one of their names."""
        whole = self.base + self.case.costs(self.names)
        waiting: list[frozenset[str]] = [frozenset()]
        waiting += [frozenset(changes) for changes in known]
        seen = set(waiting)
        for kept in waiting[: 4 * most]:
            changes = self._changes(whole + self.case.costs(kept, cost=NEVER))
            if changes is None:
                continue
            for name in changes:
                more = kept | {name}
                if more not in seen and len(waiting) < 4 * most:
                    seen.add(more)
                    waiting.append(more)
            if changes not in known:
                known.append(changes)
                yield from self._priced(changes)

    def _changes(self, weight: Costs) -> dict[str, Any] | None:
        """Return the answers that a product of least cost has otherwise."""
        chosen = cheapest(self.case.compiled, weight, limit=NEVER >> 1)
        if chosen is None:
            return None
        found: dict[str, Any] = {}
        for name in self.names:
            levels = self.layout.levels[name]
            if any(chosen[level] != at for level, at in self.case.pins[name]):
                found[name] = (
                    sorted(
                        self.layout.variables[level].option or ""
                        for level in levels
                        if chosen[level]
                    )
                    if self._is_multi(name)
                    else self._answer(name, chosen[levels[0]])
                )
        return found

    def _by_solver(self) -> list[Found]:
        """Return one repair: let go, one after the other, what does not fit."""
        kept: list[str] = [name for name in self.case.names if name not in self.names]
        if not self.case.is_possible(kept):
            return []
        for name in self.names:
            if self.case.is_possible([*kept, name]):
                kept.append(name)
        changes = self._changes(self.case.base + self.case.costs(kept))
        return [(0, len(changes), changes)] if changes else []

    def _is_multi(self, name: str) -> bool:
        return self.layout.kinds[name] is Kind.MULTI

    def _answer(self, name: str, at: int) -> Any:
        """Return the answer of a value, a number as near the present one as can be."""
        value = self.layout.variable(name).values[at]
        if isinstance(value, Interval):
            present = self.case.shown[name]
            return value.low if present < value.low else value.high
        if isinstance(value, bool):
            return self.case.shown[name] if value else ""
        return value

    def _priced(self, changes: dict[str, Any]) -> Iterator[Found]:
        """Yield the lowest total with changes put in; 0 where prices are not known."""
        case = self.case
        kept = [name for name in case.names if name not in changes]
        pins = [pin for name in kept for pin in case.pins[name]]
        quantity = case.query.quantity
        choices = {name: case.query.choices.get(name) for name in kept}
        for name, answer in changes.items():
            if answer in (None, ""):
                pins += self.layout.open_pins(name)
                continue
            pins += self.layout.pins(name, answer)
            choices[name] = answer
        quantity = choices.pop(QUANTITY, None) or quantity
        query = replace(case.query, choices=choices, quantity=quantity)
        weight = case.base + self.layout.costs(pins)
        prices = prices_for(case.compiled, query)
        if prices is not None:
            weight += prices.least
        cost = case.passes.least(weight)
        if cost < POSSIBLE:
            constant = 0 if prices is None else prices.constant
            yield cost + constant, len(changes), changes


def lowest_before(case: Case) -> int | None:
    """Return the lowest total of the choices as they are, without the wanted."""
    prices = prices_for(case.compiled, case.query)
    if prices is None:
        return None
    weight = case.query.never + case.layout.aside(case.query.fixed) + prices.least
    cost = case.passes.least(weight)
    if cost < POSSIBLE:
        return cost + prices.constant
    answered = all(
        not each.required or each.code in case.query.choices
        for each in case.compiled.definition.characteristics
    )
    if not answered or case.query.quantity is None:
        return None
    quantity = case.query.quantity
    return price(case.compiled, case.query.choices, quantity=quantity).total_minor
