"""From choices to a question that the passes understand.

An answer fixes the value of one level, or of several; what cannot be had at all, being
sold out or of a period that is not now, costs `NEVER`. The passes make every other
value of a fixed level cost `ASIDE`. Both are far above any price, so the least cost
says at once what is possible and how many choices stand in the way.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from configurator.engine.canonical import ChoiceError, canonical_choices
from configurator.engine.compiled import Compiled
from configurator.engine.diagram import Ints
from configurator.engine.encoding import Interval, Role, Variable
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Kind
from configurator.engine.passes import ASIDE, NEVER, Costs, Passes
from configurator.engine.sat import SolverPasses
from configurator.engine.weights import PriceWeights, price_weights, weight_key

MAX_KEPT = 64
NOTHING_OUT = ("never", frozenset[tuple[str, str]](), None)

Unavailable = Collection[tuple[str, str]]
Pins = list[tuple[int, int]]
"""Levels and the number of the value that each of them has."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, checked and laid out over the levels of the diagram.

    Attributes
    ----------
    choices
        Canonical.
    fixed
        For each level the number of its answer among its values, or -1.
    never
        What cannot be had, whatever is chosen: one cost per value.
    never_key
        Under which what depends on `never` is kept.
    """

    choices: Mapping[str, Any]
    quantity: int | None
    fixed: Ints
    never: Costs
    never_key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """What each value costs in a question.

    Attributes
    ----------
    least, most
        For the cheapest, and less its price for the dearest product.
    constant
        What does not depend on any value; None where nothing is priced.
    """

    least: Costs
    most: Costs
    constant: int | None


def make_query(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None,
    unavailable: Unavailable,
    today: dt.date | None,
) -> Query:
    """Check choices and lay them out.

    Raises
    ------
    ChoiceError
        For an answer, or a quantity, that the product does not know.
    """
    answers = canonical_choices(compiled.definition, choices)
    layout = layout_of(compiled)
    fixed = layout.nothing.copy()
    for name, answer in answers.items():
        simple = layout.simple.get(name)
        if simple is not None:
            fixed[simple[0]] = simple[1][answer]
        else:
            fix(fixed, layout.pins(name, answer))
    if quantity is not None:
        _check_quantity(compiled, quantity)
        fix(fixed, layout.pins(QUANTITY, quantity))
    key = ("never", frozenset(unavailable), today if layout.has_periods else None)
    never = compiled.kept.get(key)
    if never is None:
        never = _keep(compiled, key, layout.never(unavailable, today))
    return Query(answers, quantity, fixed, never, key)


def _check_quantity(compiled: Compiled, quantity: int) -> None:
    limits = compiled.definition.quantity
    if not limits.admits(quantity):
        raise ChoiceError(
            QUANTITY,
            quantity,
            f"{quantity} is not one of {list(limits.values)}"
            if limits.values
            else f"{quantity} is not between {limits.minimum} and {limits.maximum}"
            f" in steps of {limits.step}",
        )


def fix(fixed: Ints, pins: Iterable[tuple[int, int]]) -> None:
    """Write answers into what `Passes.click` is told."""
    for level, at in pins:
        fixed[level] = at


def prices_for(compiled: Compiled, query: Query) -> PriceWeights | None:
    """Return the weights of a question's prices.

    None where there is no diagram, and where the length of an area is missing that
    has too many intervals (`price_weights`).
    """
    if compiled.passes is None:
        return None
    quantity = query.quantity or compiled.definition.quantity.minimum
    key = ("prices", *weight_key(compiled.definition, query.choices, quantity))
    kept = compiled.kept.get(key)
    if kept is None and key not in compiled.kept:
        kept = price_weights(
            compiled.variables,
            compiled.groups,
            compiled.definition,
            quantity=quantity,
            choices=query.choices,
        )
        _keep(compiled, key, kept)
    found: PriceWeights | None = kept
    return found


def lay_costs(compiled: Compiled, query: Query, *, with_prices: bool) -> Laid:
    """Return what each value costs in a question, kept for the latest questions."""
    quantity = query.quantity or compiled.definition.quantity.minimum
    about: tuple[Any, ...] = ()
    if with_prices:
        about = weight_key(compiled.definition, query.choices, quantity)
    key = ("laid", query.never_key, about)
    found: Laid | None = compiled.kept.get(key)
    if found is None:
        prices = prices_for(compiled, query) if with_prices else None
        found = _keep(compiled, key, laid_costs(query.never, prices))
    return found


def laid_costs(never: Costs, prices: PriceWeights | None) -> Laid:
    """Put prices and what cannot be had together."""
    if prices is None:
        return Laid(never, never, None)
    return Laid(never + prices.least, never - prices.most, prices.constant)


def answer(compiled: Compiled, query: Query, laid: Laid) -> tuple[int, Costs]:
    """Return the least cost of all, and of a product with each value."""
    passes = passes_of(compiled)
    if not isinstance(passes, SolverPasses):
        return passes.click(laid.least, query.fixed)
    aside = layout_of(compiled).aside(query.fixed)
    return passes.through(query.never + aside, query.never)


def least_of(compiled: Compiled, own: Costs, fixed: Ints) -> int:
    """Return the least cost of a product that keeps answers."""
    passes = passes_of(compiled)
    if isinstance(passes, SolverPasses):
        return passes.least(own + layout_of(compiled).aside(fixed))
    return passes.least(own, fixed)


def work_out_opening(compiled: Compiled) -> "npt.NDArray[np.int64]":
    """Answer the question before any choice, for any quantity and for the least."""
    rows = []
    for quantity in (None, compiled.definition.quantity.minimum):
        query = make_query(compiled, {}, quantity=quantity, unavailable=(), today=None)
        laid = lay_costs(compiled, query, with_prices=True)
        least, through = answer(compiled, query, laid)
        rows.append(np.concatenate(([least], through)))
    return np.stack(rows)


def opening_of(compiled: Compiled, query: Query) -> tuple[int, Costs] | None:
    """Return what was worked out beforehand, where this is what is asked."""
    if compiled.opening is None or query.choices or query.never_key != NOTHING_OUT:
        return None
    if query.quantity not in (None, compiled.definition.quantity.minimum):
        return None
    row = compiled.opening[int(query.quantity is not None)]
    return int(row[0]), row[1:]


def count_products(compiled: Compiled, query: Query) -> int | None:
    """Count the products that keep all choices; None where there is no diagram."""
    passes, layout = compiled.passes, layout_of(compiled)
    if passes is None:
        return None
    free = (query.never + layout.aside(query.fixed)) == 0
    ways = np.where(free, layout.answers, 0)
    for name, answer in query.choices.items():
        if isinstance(answer, int):
            ((level, at),) = layout.pins(name, answer)
            ways[layout.starts[level] + at] = 1
    bound = compiled.kept.get("n_answers")
    if bound is None:
        bound = compiled.kept["n_answers"] = passes.count(layout.answers)
    return passes.count(ways, bound=bound)


def passes_of(compiled: Compiled) -> Passes | SolverPasses:
    """Return what answers questions: passes over the diagram, or the solver."""
    if compiled.passes is not None:
        return compiled.passes
    found: SolverPasses | None = compiled.kept.get("solver")
    if found is None:
        found = compiled.kept["solver"] = SolverPasses(compiled)
    return found


def layout_of(compiled: Compiled) -> "Layout":
    """Return the layout of a compiled release, made once."""
    found: Layout | None = compiled.kept.get("layout")
    if found is None:
        found = compiled.kept["layout"] = Layout(compiled)
    return found


def _keep(compiled: Compiled, key: Any, value: Any) -> Any:
    """Keep a value; when there are too many, forget all that depend on questions."""
    if len(compiled.kept) >= MAX_KEPT:
        for old in [each for each in list(compiled.kept) if isinstance(each, tuple)]:
            compiled.kept.pop(old, None)
    compiled.kept[key] = value
    return value


class Layout:
    """Where the values of each characteristic stand among all values."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.variables = compiled.variables
        sizes = [len(variable.values) for variable in self.variables]
        self.starts = list(accumulate(sizes, initial=0))
        self.size = self.starts[-1]
        self.nothing: Ints = np.full(len(sizes), -1, np.int32)
        self.level_of_value = np.repeat(np.arange(len(sizes)), sizes)
        self.place_of_value = np.arange(self.size) - np.repeat(self.starts[:-1], sizes)
        self.levels: dict[str, list[int]] = {}
        for at, variable in enumerate(self.variables):
            self.levels.setdefault(variable.name, []).append(at)
        self.answers = np.array(
            [v.weight(at) for v in self.variables for at in range(len(v.values))],
            np.int64,
        )
        by_code = compiled.definition.by_code
        self.kinds = {
            name: by_code[name].kind if name in by_code else None
            for name in self.levels
        }
        self.simple: dict[str, tuple[int, Mapping[str, int]]] = {
            name: (levels[0], by_code[name].positions)
            for name, levels in self.levels.items()
            if self.kinds[name] is Kind.CHOICE
        }
        self.has_periods = any(v.role is Role.PERIOD for v in self.variables)

    def first(self, name: str) -> int:
        """Return where the values of a characteristic of one variable begin."""
        return self.starts[self.levels[name][0]]

    def variable(self, name: str) -> Variable:
        """Return the variable of a characteristic of one variable."""
        return self.variables[self.levels[name][0]]

    def pins(self, name: str, answer: Any) -> Pins:
        """Return which levels an answer fixes; a list that is too short only ticks."""
        levels = self.levels[name]
        if self.kinds[name] is Kind.MULTI:
            short = len(answer) < self.compiled.definition.by_code[name].at_least
            ticked = [
                (level, self.variables[level].option in answer) for level in levels
            ]
            return [(level, int(tick)) for level, tick in ticked if tick or not short]
        return [(levels[0], self._position(name, answer))]

    def _position(self, name: str, answer: Any) -> int:
        variable = self.variable(name)
        if variable.role is Role.CHOICE:
            return self.compiled.definition.by_code[name].positions[answer]
        if variable.role is Role.PRESENCE:
            return 1
        found = variable.position(answer)
        if found is None:
            raise ChoiceError(name, answer, f"{answer} is not possible")
        return found

    def open_pins(self, name: str) -> Pins:
        """Return which values say that an optional characteristic is not answered."""
        return [
            (level, values.index(False if False in values else None))
            for level in self.levels[name]
            for values in [self.variables[level].values]
        ]

    def aside(self, fixed: Ints, *, cost: int = ASIDE) -> Costs:
        """Return what every other value than those fixed costs more."""
        answers = fixed[self.level_of_value]
        other = (answers >= 0) & (answers != self.place_of_value)
        return np.where(other, np.int64(cost), np.int64(0))

    def costs(self, pins: Iterable[tuple[int, int]], *, cost: int = ASIDE) -> Costs:
        """Return what every other value than the pinned ones costs more."""
        fixed = self.nothing.copy()
        fix(fixed, pins)
        return self.aside(fixed, cost=cost)

    def never(self, unavailable: Unavailable, today: dt.date | None) -> Costs:
        """Return the costs of what cannot be had."""
        costs = np.zeros(self.size, np.int64)
        for level, variable in enumerate(self.variables):
            if variable.role is Role.PERIOD and variable.period is not None:
                start, end = variable.period
                now = today is None or (
                    (start is None or start <= today) and (end is None or today < end)
                )
                costs[self.starts[level] + (not now)] = NEVER
        for name, option in unavailable:
            if self.kinds.get(name) is Kind.CHOICE:
                at = self.compiled.definition.by_code[name].positions.get(option)
                if at is not None:
                    costs[self.first(name) + at] = NEVER
            elif (level_ := self.compiled.index.get((name, option))) is not None:
                costs[self.starts[level_] + 1] = NEVER
        return costs


def intervals_of(variable: Variable) -> list[Interval]:
    """Return the intervals of a number's variable, without the value for none."""
    return [value for value in variable.values if isinstance(value, Interval)]
