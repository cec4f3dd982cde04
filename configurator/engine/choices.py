"""A click: what is still possible, what it costs, and how to complete the rest."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from configurator.engine.artefact import Compiled
from configurator.engine.canonical import ChoiceError
from configurator.engine.completion import CompletionError, complete
from configurator.engine.encoding import Role
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Characteristic, Kind
from configurator.engine.passes import ASIDE, POSSIBLE, Costs, warm
from configurator.engine.query import (
    Layout,
    Query,
    Unavailable,
    intervals_of,
    layout_of,
    make_query,
    passes_of,
    prices_for,
)
from configurator.engine.weights import PriceWeights

__all__ = [
    "ChoiceError",
    "CompletionError",
    "OptionState",
    "Presence",
    "State",
    "Unavailable",
    "complete",
    "evaluate",
    "warm",
]

Ranges = tuple[tuple[int, int], ...]


class OptionState(NamedTuple):
    """What picking an option means; a plain tuple, since a click makes hundreds.

    `available`: picking it, keeping the other characteristics' choices, can be
    completed. `implied`: nothing else can be picked. `lowest_total_minor`: the
    cheapest complete product with it; None where not available or not priced.
    """

    available: bool
    selected: bool
    implied: bool
    lowest_total_minor: int | None


class Presence(NamedTuple):
    """Whether a TEXT or FILE may be given, and whether it must be."""

    possible: bool
    needed: bool
    lowest_total_minor: int | None


@dataclass(frozen=True, slots=True)
class State:
    """The answer to a click.

    Attributes
    ----------
    valid
        The choices can be completed.
    complete
        Nothing needs to be added: what is left open is optional and may stay so.
    choices
        The choices in canonical form.
    n_products
        Complete products with these choices; the quantity, where it is open, does
        not multiply. None where it cannot be counted (method ``sat``).
    domains
        For each CHOICE and MULTI its options by code.
    ranges
        For each NUMBER, and for ``quantity``, the intervals that are possible with
        the other choices.
    presence
        For each TEXT and FILE.
    lowest_total_minor, highest_total_minor
        Exact bounds of the total of all completions; None where invalid or unpriced.
    missing
        Characteristics that need an answer still.
    """

    valid: bool
    complete: bool
    choices: Mapping[str, Any]
    n_products: int | None
    domains: Mapping[str, Mapping[str, OptionState]]
    ranges: Mapping[str, Ranges] = field(default_factory=dict)
    presence: Mapping[str, Presence] = field(default_factory=dict)
    lowest_total_minor: int | None = None
    highest_total_minor: int | None = None
    missing: tuple[str, ...] = ()


def evaluate(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
    with_prices: bool = True,
) -> State:
    """Say what is still possible after some choices.

    Parameters
    ----------
    compiled
        The release.
    choices
        By characteristic: an option, a list of options (complete unless shorter than
        the least number), a number, a text, an upload's id. A text or file that is
        absent or empty is open; it may stay so where it is optional.
    quantity
        Of the order line. None: any; prices are then those of the least quantity.
    unavailable
        Pairs of characteristic and option that are sold out.
    today
        Decides which dated rules apply; None: all of them.
    with_prices
        False leaves prices out.

    Raises
    ------
    ChoiceError
        Naming the characteristic and the value that the product does not know.
    """
    query = make_query(
        compiled, choices, quantity=quantity, unavailable=unavailable, today=today
    )
    prices = prices_for(compiled, query) if with_prices else None
    return _Answer(compiled, query, prices).state()


class _Answer:
    """Works one click out; everything that several parts of it need is kept here."""

    def __init__(
        self,
        compiled: Compiled,
        query: Query,
        prices: PriceWeights | None,
    ) -> None:
        passes = self.passes = passes_of(compiled)
        self.query = query
        self.prices = prices
        self.definition = compiled.definition
        self.layout: Layout = layout_of(compiled)
        self.least: Costs = (
            np.zeros(self.layout.size, np.int64) if prices is None else prices.least
        )
        self.constant = 0 if prices is None else prices.constant
        self.own = self.least + query.never
        self.lowest, through = passes.through(self.own + query.aside, self.own)
        self.through: list[int] = through.tolist()
        self.valid = self.lowest < POSSIBLE

    def state(self) -> State:
        """Put the whole answer together."""
        missing = self._missing()
        complete = self.valid and not missing and self._may_stay_open()
        if self.valid and not missing and not complete:
            missing = tuple(each.code for each in self._open_optional())
        return State(
            valid=self.valid,
            complete=complete,
            choices=self.query.choices,
            n_products=self._count() if self.valid else 0,
            domains={
                each.code: self._options(each)
                for each in self.definition.characteristics
                if each.kind in (Kind.CHOICE, Kind.MULTI)
            },
            ranges={
                name: self._ranges(name)
                for name, levels in self.layout.levels.items()
                if self.layout.variables[levels[0]].role in (Role.NUMBER, Role.QUANTITY)
            },
            presence={
                each.code: self._presence(each.code)
                for each in self.definition.characteristics
                if each.kind in (Kind.TEXT, Kind.FILE)
            },
            lowest_total_minor=self._total(self.lowest),
            highest_total_minor=self._highest(),
            missing=missing,
        )

    def _total(self, cost: int) -> int | None:
        if self.prices is None or cost >= POSSIBLE:
            return None
        return cost + self.constant

    def _highest(self) -> int | None:
        if self.prices is None or not self.valid:
            return None
        query = self.query
        cost = self.passes.least(query.never + query.aside - self.prices.most)
        return self.constant - cost

    def _count(self) -> int | None:
        free = (self.query.never + self.query.aside) == 0
        answers = np.where(free, self.layout.answers, 0)
        for name, answer in self.query.choices.items():
            if isinstance(answer, int):
                answers[
                    self.layout.first(name) + self.layout.position(name, answer)
                ] = 1
        return self.passes.count(answers)

    def _options(self, each: Characteristic) -> dict[str, OptionState]:
        if each.kind is Kind.MULTI:
            return self._ticks(each)
        start = self.layout.first(each.code)
        costs = self.through[start : start + len(each.options)]
        n_possible = sum(cost < POSSIBLE for cost in costs)
        if not each.required:
            n_possible += self.through[start + len(each.options)] < POSSIBLE
        chosen = self.query.choices.get(each.code)
        priced, constant = self.prices is not None, self.constant
        found = {}
        for option, cost in zip(each.positions, costs, strict=True):
            possible = cost < POSSIBLE
            found[option] = OptionState(
                possible,
                option == chosen,
                possible and n_possible == 1,
                cost + constant if possible and priced else None,
            )
        return found

    def _ticks(self, each: Characteristic) -> dict[str, OptionState]:
        chosen = self.query.choices.get(each.code)
        through = self.through
        if chosen is None and each.at_least <= 1:
            costs = self.query.aside.copy()
            self.layout.leave_out(costs, each.code)
            through = self.passes.through(self.own + costs, self.own)[1].tolist()
        found = {}
        for level in self.layout.levels[each.code]:
            start = self.layout.starts[level]
            option = self.layout.variables[level].option or ""
            possible = through[start + 1] < POSSIBLE
            found[option] = OptionState(
                possible,
                option in (chosen or ()),
                self.through[start + 1] < POSSIBLE <= self.through[start],
                self._total(through[start + 1]),
            )
        return {option: found[option] for option in each.positions}

    def _ranges(self, name: str) -> Ranges:
        start = self.layout.first(name)
        step = (
            self.definition.quantity.step
            if name == QUANTITY
            else self.definition.by_code[name].step
        )
        found: list[tuple[int, int]] = []
        for at, interval in enumerate(intervals_of(self.layout.variable(name))):
            if self.through[start + at] >= POSSIBLE:
                continue
            if found and found[-1][1] + step == interval.low:
                found[-1] = (found[-1][0], interval.high)
            else:
                found.append((interval.low, interval.high))
        return tuple(found)

    def _presence(self, name: str) -> Presence:
        start = self.layout.first(name)
        absent, given = self.through[start], self.through[start + 1]
        return Presence(
            given < POSSIBLE, given < POSSIBLE <= absent, self._total(given)
        )

    def _missing(self) -> tuple[str, ...]:
        """Name what needs an answer: the required, and what rules make needed."""
        found = []
        for each in self.definition.characteristics:
            answer = self.query.choices.get(each.code)
            if each.kind is Kind.MULTI and answer is not None:
                if len(answer) < each.at_least:
                    found.append(each.code)
            elif answer is None and (
                each.required or (self.valid and not self._may_be_none(each))
            ):
                found.append(each.code)
        return tuple(found)

    def _may_be_none(self, each: Characteristic) -> bool:
        for level in self.layout.levels[each.code]:
            start = self.layout.starts[level]
            values = self.layout.variables[level].values
            empty = values.index(False if False in values else None)
            if self.through[start + empty] >= POSSIBLE:
                return False
        return True

    def _open_optional(self) -> list[Characteristic]:
        return [
            each
            for each in self.definition.characteristics
            if each.code not in self.query.choices
        ]

    def _may_stay_open(self) -> bool:
        """Say whether all open optional characteristics may stay unanswered at once."""
        still_open = self._open_optional()
        if not still_open:
            return True
        costs = self.query.aside.copy()
        for each in still_open:
            self.layout.leave_out(costs, each.code, cost=ASIDE)
        return self.passes.least(self.own + costs) < POSSIBLE
