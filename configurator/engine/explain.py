"""Why an option is out: the fewest choices and rules at fault, and what would help.

Conflicts by QuickXplain (Junker 2004) with the passes over the diagram as checker;
the rules from a satisfiability solver's core, thinned until none can go.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from configurator.engine.artefact import Compiled
from configurator.engine.canonical import ChoiceError
from configurator.engine.completion import cheapest
from configurator.engine.encoding import Interval
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Kind
from configurator.engine.passes import ASIDE, NEVER, POSSIBLE, Costs
from configurator.engine.pricing import price
from configurator.engine.query import (
    Unavailable,
    layout_of,
    make_query,
    passes_of,
    prices_for,
)
from configurator.engine.sat import rules_of

MAX_REPAIRS = 3
MAX_TRIED = 60
TOUCH = 1 << 37
"""Cost of changing one more tick than needed; above prices, below any conflict."""


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule at fault and its reason by language."""

    code: str
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Repair:
    """Answers to change, so that the rest can be completed.

    `price_delta_minor` is the lowest total afterwards less the lowest total of the
    choices as they are (less their price, where they conflict but are complete); None
    where one of the two is not known.
    """

    changes: Mapping[str, Any]
    price_delta_minor: int | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Choices and rules that cannot be had together, and repairs, cheapest first.

    Leaving out any one of the choices (or of the rules) lifts the conflict. All are
    empty where there is none. The quantity stands among the choices where it matters.
    """

    choices: Mapping[str, Any]
    rules: tuple[RuleRef, ...]
    repairs: tuple[Repair, ...]


def explain(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    wanted: tuple[str, str] | None = None,
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
) -> Conflict:
    """Explain why choices conflict, or why an option cannot be picked beside them.

    Parameters
    ----------
    compiled
        The release.
    choices
        As for `evaluate`.
    quantity
        Of the order line. A repair changes it only where nothing else helps.
    wanted
        A characteristic and the option that one would like to pick; what is chosen
        for the same characteristic is then left aside (of a MULTI only that tick).
    unavailable
        Pairs of characteristic and option that are sold out.
    today
        Decides which dated rules apply.

    Returns
    -------
    Conflict
        At most three repairs; applied to the choices with the wanted option, each
        leads to a state that can be completed.

    Raises
    ------
    ChoiceError
        For an answer or a wanted option that the product does not know.
    """
    case = _Case(compiled, choices, quantity, wanted, unavailable, today)
    if case.is_possible(case.names):
        return Conflict({}, (), ())
    if not case.is_possible(()):
        return Conflict({}, case.rules(()), ())
    conflict = case.conflict(case.names)
    return Conflict(
        {name: case.shown[name] for name in conflict},
        case.rules(conflict),
        case.repairs(conflict),
    )


class _Case:
    """One question: costs of each choice apart, so that they can be left out."""

    def __init__(
        self,
        compiled: Compiled,
        choices: Mapping[str, Any],
        quantity: int | None,
        wanted: tuple[str, str] | None,
        unavailable: Unavailable,
        today: dt.date | None,
    ) -> None:
        self.compiled = compiled
        self.layout = layout_of(compiled)
        self.passes = passes_of(compiled)
        self.query = make_query(
            compiled, choices, quantity=quantity, unavailable=unavailable, today=today
        )
        self.fixed = self.query.never.copy()
        self.costs: dict[str, Costs] = {}
        self.shown: dict[str, Any] = dict(self.query.choices)
        if quantity is not None:
            self.shown[QUANTITY] = quantity
        for name, answer in self.shown.items():
            self.costs[name] = self.fixed * 0
            self.layout.push_aside(self.costs[name], name, answer)
        if wanted is not None:
            self._want(*wanted)
        self.names = tuple(self.costs)
        prices = prices_for(compiled, self.query)
        self.prices = self.fixed * 0 if prices is None else prices.least

    def _want(self, name: str, option: str) -> None:
        known = self.compiled.definition.by_code.get(name)
        if known is None or option not in known.positions:
            raise ChoiceError(name, option, f"{option!r:.80} is not an option of it")
        if known.kind is Kind.CHOICE:
            self.costs.pop(name, None)
            self.layout.push_aside(self.fixed, name, option, cost=NEVER)
            return
        start = self.layout.starts[self.compiled.index[name, option]]
        self.fixed[start] += NEVER
        if name not in self.costs and known.at_least <= 1:
            self.costs[name] = self.fixed * 0
            self.layout.leave_out(self.costs[name], name)
            self.shown[name] = []
        if name in self.costs:
            self.costs[name][start : start + 2] = 0
            self.shown[name] = [each for each in self.shown[name] if each != option]

    def weight(self, names: Sequence[str]) -> Costs:
        """Return costs that keep some of the choices."""
        weight = self.fixed.copy()
        for name in names:
            weight += self.costs[name]
        return weight

    def is_possible(self, names: Sequence[str]) -> bool:
        """Say whether these choices can be completed."""
        return self.passes.least(self.weight(names)) < POSSIBLE

    def conflict(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return a minimal set among choices that conflict (QuickXplain)."""
        found = set(self._explain((), False, list(names)))
        return tuple(name for name in names if name in found)

    def _explain(
        self, background: tuple[str, ...], changed: bool, names: list[str]
    ) -> tuple[str, ...]:
        if changed and not self.is_possible(background):
            return ()
        if len(names) == 1:
            return tuple(names)
        half = len(names) // 2
        first, second = names[:half], names[half:]
        right = self._explain((*background, *first), bool(first), second)
        left = self._explain((*background, *right), bool(right), first)
        return (*left, *right)

    def rules(self, names: Sequence[str]) -> tuple[RuleRef, ...]:
        """Name the rules that contradict these choices."""
        rules = rules_of(self.compiled)
        weight = self.weight(names).tolist()
        assumptions = [
            -rules.value(variable.key, at)
            for level, variable in enumerate(self.layout.variables)
            if variable.key in rules.encoding.index
            for at in range(len(variable.values))
            if weight[self.layout.starts[level] + at] >= POSSIBLE
        ]
        reasons = {rule.code: rule.reason for rule in self.compiled.definition.rules}
        return tuple(
            RuleRef(code, reasons[code]) for code in rules.conflicting(assumptions)
        )

    def repairs(self, conflict: Sequence[str]) -> tuple[Repair, ...]:
        """Return the cheapest repairs; the quantity is touched only if it must be."""
        found: list[tuple[int, int, dict[str, Any]]] = []
        for untouched in ((QUANTITY,), ()):
            for relaxed in islice(self._relaxations(conflict, untouched), 8):
                found += self._changes(relaxed)
            if found:
                break
        found.sort(key=lambda each: each[:2])
        before = self._before()
        return tuple(
            Repair(changes, None if before is None else total - before)
            for total, _, changes in found[:MAX_REPAIRS]
        )

    def _before(self) -> int | None:
        """Return the lowest total of the choices as they are, without the wanted."""
        prices = prices_for(self.compiled, self.query)
        if prices is None:
            return None
        weight = self.query.never + self.query.aside + prices.least
        cost = self.passes.least(weight)
        if cost < POSSIBLE:
            return cost + prices.constant
        answered = all(
            not each.required or each.code in self.query.choices
            for each in self.compiled.definition.characteristics
        )
        if not answered or self.query.quantity is None:
            return None
        quantity = self.query.quantity
        return price(self.compiled, self.query.choices, quantity=quantity).total_minor

    def _relaxations(
        self, conflict: Sequence[str], untouched: Sequence[str]
    ) -> Iterator[tuple[str, ...]]:
        """Yield minimal sets of choices whose release lifts all conflicts."""
        waiting: list[tuple[str, ...]] = [()]
        found: list[frozenset[str]] = []
        seen: set[frozenset[str]] = set()
        known = {frozenset[str](): tuple(conflict)}
        for relaxed in waiting:
            if len(seen) > MAX_TRIED:
                return
            for name in known[frozenset(relaxed)]:
                more = frozenset((*relaxed, name))
                covered = any(each <= more for each in found)
                if name in untouched or more in seen or covered:
                    continue
                seen.add(more)
                kept = [each for each in self.names if each not in more]
                if self.is_possible(kept):
                    found.append(more)
                    yield tuple(sorted(more))
                else:
                    known[more] = self.conflict(kept)
                    waiting.append(tuple(sorted(more)))

    def _changes(
        self, relaxed: Sequence[str]
    ) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Yield (lowest total, number of changes, changes) for a set let go."""
        kept = [name for name in self.names if name not in relaxed]
        if len(relaxed) == 1 and not self._is_multi(relaxed[0]):
            yield from self._alternatives(relaxed[0], kept)
            return
        weight = self.weight(kept) + self.prices
        for name in relaxed:
            if self._is_multi(name):
                weight = weight + self.costs[name] // ASIDE * TOUCH
        chosen = cheapest(self.compiled, weight)
        if chosen is None:
            return
        changes = {}
        for name in relaxed:
            levels = self.layout.levels[name]
            if self._is_multi(name):
                changes[name] = sorted(
                    self.layout.variables[level].option or ""
                    for level in levels
                    if chosen[level]
                )
            else:
                changes[name] = self._answer(name, chosen[levels[0]])
        total = self._lowest(kept, changes)
        if total is not None:
            yield total, len(changes), changes

    def _is_multi(self, name: str) -> bool:
        return self.layout.kinds[name] is Kind.MULTI

    def _alternatives(
        self, name: str, kept: Sequence[str]
    ) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Yield each other answer to one characteristic that would do."""
        weight = self.weight(kept) + self.prices
        _, through = self.passes.through(weight)
        start = self.layout.first(name)
        variable = self.layout.variable(name)
        current = self.layout.position(name, self.shown[name])
        for at in range(len(variable.values)):
            cost = int(through[start + at])
            if at != current and cost < POSSIBLE:
                changes = {name: self._answer(name, at)}
                total = self._lowest(kept, changes)
                if total is not None:
                    yield total, 1, changes

    def _answer(self, name: str, at: int) -> Any:
        """Return the answer of a value, a number as near the present one as can be."""
        variable = self.layout.variable(name)
        value = variable.values[at]
        if isinstance(value, Interval):
            present = self.shown[name]
            return value.low if present < value.low else value.high
        if isinstance(value, bool):
            return self.shown[name] if value else ""
        return value

    def _lowest(self, names: Sequence[str], changes: Mapping[str, Any]) -> int | None:
        """Return the lowest total with these choices, changes put in; None if none.

        Where prices are not known, 0 stands for all.
        """
        weight = self.weight(names)
        query = self.query
        for name, answer in changes.items():
            if answer not in (None, ""):
                self.layout.push_aside(weight, name, answer)
            else:
                self.layout.leave_out(weight, name)
            if name == QUANTITY:
                query = replace(query, quantity=answer)
        prices = prices_for(self.compiled, query)
        if prices is not None:
            weight += prices.least
        cost = self.passes.least(weight)
        if cost >= POSSIBLE:
            return None
        return cost + (0 if prices is None else prices.constant)
