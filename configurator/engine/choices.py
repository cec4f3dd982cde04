"""A click: what is still possible, what it costs, and how to complete the rest."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from configurator.engine.canonical import ChoiceError
from configurator.engine.compiled import Compiled
from configurator.engine.completion import CompletionError, complete
from configurator.engine.encoding import Role
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Characteristic, Kind
from configurator.engine.passes import POSSIBLE, Costs, warm
from configurator.engine.query import (
    Laid,
    Query,
    Unavailable,
    answer,
    count_products,
    fix,
    intervals_of,
    lay_costs,
    layout_of,
    least_of,
    make_query,
    opening_of,
)

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


_option = partial(tuple.__new__, OptionState)


class Presence(NamedTuple):
    """Whether a TEXT or FILE may be given, and whether it must be."""

    possible: bool
    needed: bool
    lowest_total_minor: int | None


def evaluate(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
    with_prices: bool = True,
) -> "State":
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
    laid = lay_costs(compiled, query, with_prices=with_prices)
    found = opening_of(compiled, query) if with_prices else None
    return State(compiled, query, laid, *(found or answer(compiled, query, laid)))


class State:
    """The answer to a click: a bound and a cost per value, the rest when asked for.

    Attributes
    ----------
    choices
        The choices in canonical form.
    valid
        The choices can be completed.
    lowest_total_minor
        The least total of all completions; None where invalid or unpriced.
    through
        For each value of the compiled release's variables the least cost of a product
        with it, other choices kept; below `POSSIBLE` it can be had.
    """

    def __init__(
        self,
        compiled: Compiled,
        query: Query,
        laid: Laid,
        least: int,
        through: Costs,
    ) -> None:
        self._compiled, self._query, self._laid = compiled, query, laid
        self.choices = query.choices
        self.through = through
        self.valid = least < POSSIBLE
        self.lowest_total_minor: int | None = None
        if laid.constant is not None and self.valid:
            self.lowest_total_minor = least + laid.constant

    @cached_property
    def highest_total_minor(self) -> int | None:
        """The greatest total of all completions; None where there is no lowest."""
        if self._laid.constant is None or not self.valid:
            return None
        dearest = least_of(self._compiled, self._laid.most, self._query.fixed)
        return self._laid.constant - dearest

    @cached_property
    def possible(self) -> list[bool]:
        """For each value of the compiled release's variables whether it can be had."""
        found: list[bool] = (self.through < POSSIBLE).tolist()
        return found

    @cached_property
    def totals(self) -> list[int | None]:
        """For each of those values the lowest total with it."""
        constant = self._laid.constant
        if constant is None:
            return [None] * len(self.through)
        totals: list[int | None] = (self.through + constant).tolist()
        for at in np.flatnonzero(self.through >= POSSIBLE).tolist():
            totals[at] = None
        return totals

    @cached_property
    def complete(self) -> bool:
        """Nothing needs to be added: what is left open is optional and may stay so."""
        return self.valid and not self.missing

    @cached_property
    def n_products(self) -> int | None:
        """Complete products with these choices.

        The quantity, where it is open, does not multiply. None where products cannot
        be counted (method ``sat``).
        """
        return count_products(self._compiled, self._query) if self.valid else 0

    @cached_property
    def domains(self) -> Mapping[str, Mapping[str, OptionState]]:
        """For each CHOICE and MULTI its options by code."""
        return {
            each.code: self._options(each)
            for each in self._compiled.definition.characteristics
            if each.options
        }

    @cached_property
    def ranges(self) -> Mapping[str, Ranges]:
        """For each NUMBER, and ``quantity``, what is possible beside other choices."""
        return {
            name: self._ranges(name)
            for name, levels in self._layout.levels.items()
            if self._layout.variables[levels[0]].role in (Role.NUMBER, Role.QUANTITY)
        }

    @cached_property
    def presence(self) -> Mapping[str, Presence]:
        """For each TEXT and FILE whether it may or must be given."""
        return {
            each.code: self._presence(each.code)
            for each in self._compiled.definition.characteristics
            if each.kind in (Kind.TEXT, Kind.FILE)
        }

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Characteristics that need an answer still."""
        found = tuple(self._needed())
        if found or not self.valid or self._may_stay_open():
            return found
        return tuple(each.code for each in self._open())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and self._told() == other._told()

    __hash__ = None  # type: ignore[assignment]

    def _told(self) -> tuple[Any, ...]:
        return (
            *(self.valid, self.complete, self.choices, self.n_products),
            *(self.domains, self.ranges, self.presence, self.missing),
            *(self.lowest_total_minor, self.highest_total_minor),
        )

    @cached_property
    def _layout(self) -> Any:
        return layout_of(self._compiled)

    def _options(self, each: Characteristic) -> dict[str, OptionState]:
        if each.kind is Kind.MULTI:
            return self._ticks(each)
        start = self._layout.first(each.code)
        end = start + len(each.options)
        possible = self.possible[start:end]
        npossible = sum(possible)
        if not each.required:
            npossible += self.possible[end]
        rows = zip(possible, repeat(False), repeat(False), self.totals[start:end])
        found = dict(zip(each.positions, map(_option, rows), strict=True))
        chosen = self.choices.get(each.code)
        if chosen is not None:
            found[chosen] = found[chosen]._replace(selected=True)
        if npossible == 1 and True in possible:
            only = each.options[possible.index(True)].code
            found[only] = found[only]._replace(implied=True)
        return found

    def _ticks(self, each: Characteristic) -> dict[str, OptionState]:
        """Say what each tick means; beside no answer yet, as the only one."""
        chosen = self.choices.get(each.code)
        beside = self
        if chosen is None and each.at_least <= 1:
            beside = self._without([each])
        found = {}
        for level in self._layout.levels[each.code]:
            empty = self._layout.starts[level]
            option = self._layout.variables[level].option
            found[option] = OptionState(
                beside.possible[empty + 1],
                option in (chosen or ()),
                self.possible[empty + 1] and not self.possible[empty],
                beside.totals[empty + 1],
            )
        return {option: found[option] for option in each.positions}

    def _without(self, unanswered: Iterable[Characteristic]) -> "State":
        """Answer the question with some characteristics left unanswered for good."""
        fixed = self._query.fixed.copy()
        for each in unanswered:
            fix(fixed, self._layout.open_pins(each.code))
        query = replace(self._query, fixed=fixed)
        found = answer(self._compiled, query, self._laid)
        return State(self._compiled, query, self._laid, *found)

    def _ranges(self, name: str) -> Ranges:
        definition = self._compiled.definition
        start = self._layout.first(name)
        limits = definition.quantity if name == QUANTITY else definition.by_code[name]
        found: list[tuple[int, int]] = []
        for at, interval in enumerate(intervals_of(self._layout.variable(name))):
            if not self.possible[start + at]:
                continue
            if found and found[-1][1] + limits.step == interval.low:
                found[-1] = (found[-1][0], interval.high)
            else:
                found.append((interval.low, interval.high))
        return tuple(found)

    def _presence(self, name: str) -> Presence:
        start = self._layout.first(name)
        absent, given = self.possible[start : start + 2]
        return Presence(given, given and not absent, self.totals[start + 1])

    def _needed(self) -> list[str]:
        """Name the required without an answer, and what rules make needed."""
        found = []
        for each in self._compiled.definition.characteristics:
            answer = self.choices.get(each.code)
            if answer is None:
                if each.required or (self.valid and not self._may_be_none(each)):
                    found.append(each.code)
            elif each.kind is Kind.MULTI and len(answer) < each.at_least:
                found.append(each.code)
        return found

    def _may_be_none(self, each: Characteristic) -> bool:
        return all(
            self.possible[self._layout.starts[level] + empty]
            for level, empty in self._layout.open_pins(each.code)
        )

    def _open(self) -> list[Characteristic]:
        return [
            each
            for each in self._compiled.definition.characteristics
            if each.code not in self.choices
        ]

    def _may_stay_open(self) -> bool:
        """Say whether all open optional characteristics may stay unanswered at once."""
        still_open = self._open()
        return not still_open or self._without(still_open).valid
