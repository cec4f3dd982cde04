"""Valid options and price bounds under some choices, for the command line and lint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from configurator.engine.canonical import ChoiceError
from configurator.engine.compiled import Compiled
from configurator.engine.model import Characteristic, Kind
from configurator.engine.passes import POSSIBLE, Costs
from configurator.engine.query import (
    Layout,
    count_products,
    layout_of,
    make_query,
    passes_of,
)

Options = dict[str, list[str]]
Amounts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is left under some choices, the choices' own included.

    `valid` has for each CHOICE and MULTI the options of at least one product that
    keeps all choices; `implied` the only one of each that is not chosen yet;
    `alternatives` what a chosen characteristic could be changed to alone.
    """

    valid: Options
    implied: dict[str, str]
    alternatives: Options
    n_products: int | None
    min_price: Amounts | None = None
    max_price: Amounts | None = None


def find_bounds(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    prices: Mapping[str, Mapping[str, int]] | None = None,
) -> Bounds:
    """Answer one question of the command line.

    Parameters
    ----------
    compiled
        The release.
    choices
        As for `choices.evaluate`.
    quantity
        None: any.
    prices
        An integer for each option, added up; the release's own prices are not used.

    Raises
    ------
    ChoiceError
        For an answer, or a price's option, that the product does not know.
    """
    layout, passes = layout_of(compiled), passes_of(compiled)
    query = make_query(compiled, choices, quantity=quantity, unavailable=(), today=None)
    weight = _weights(compiled, layout, prices or {})
    forbidden = layout.aside(query.fixed) + query.never
    least, through = passes.through(weight + forbidden)
    _, alone = passes.through(weight + forbidden, weight + query.never)
    asked = [
        each
        for each in compiled.definition.characteristics
        if each.kind in (Kind.CHOICE, Kind.MULTI)
    ]
    valid = {each.code: _possible(layout, each, through) for each in asked}
    bounds = Bounds(
        valid=valid,
        implied=_implied(query.choices, asked, valid),
        alternatives={
            each.code: _possible(layout, each, alone)
            for each in asked
            if each.code in query.choices
        },
        n_products=count_products(compiled, query) if least < POSSIBLE else 0,
    )
    if prices is None or compiled.passes is None:
        return bounds
    _, dearest = passes.through(forbidden - weight)
    return replace(
        bounds,
        min_price={each.code: _amounts(layout, each, through, 1) for each in asked},
        max_price={each.code: _amounts(layout, each, dearest, -1) for each in asked},
    )


def _implied(
    choices: Mapping[str, Any], asked: Sequence[Characteristic], valid: Options
) -> dict[str, str]:
    return {
        each.code: valid[each.code][0]
        for each in asked
        if each.code not in choices
        and each.kind is Kind.CHOICE
        and each.required
        and len(valid[each.code]) == 1
    }


@dataclass(frozen=True, slots=True)
class Outset:
    """What holds before any choice: options in no product, and in every product."""

    is_void: bool
    dead: Options
    implied: dict[str, str]


def find_outset(compiled: Compiled) -> Outset:
    """Look at a release before any choice; of a void one every option is dead."""
    layout, passes = layout_of(compiled), passes_of(compiled)
    query = make_query(compiled, {}, quantity=None, unavailable=(), today=None)
    least, through = passes.through(query.never)
    dead: Options = {}
    implied: dict[str, str] = {}
    for each in compiled.definition.characteristics:
        if each.kind not in (Kind.CHOICE, Kind.MULTI):
            continue
        alive = _possible(layout, each, through)
        gone = [code for code in each.positions if code not in alive]
        if gone:
            dead[each.code] = gone
        if each.kind is Kind.CHOICE and each.required and len(alive) == 1:
            implied[each.code] = alive[0]
    return Outset(least >= POSSIBLE, dead, implied)


def _place(layout: Layout, each: Characteristic, option: str) -> int:
    if each.kind is Kind.CHOICE:
        return layout.first(each.code) + each.positions[option]
    return layout.starts[layout.compiled.index[each.code, option]] + 1


def _weights(
    compiled: Compiled, layout: Layout, prices: Mapping[str, Mapping[str, int]]
) -> Costs:
    weight = np.zeros(layout.size, np.int64)
    for name, by_option in prices.items():
        each = compiled.definition.by_code.get(name)
        for option, amount in by_option.items():
            if each is None or option not in each.positions:
                raise ChoiceError(name, option, f"a price for unknown {option!r:.80}")
            weight[_place(layout, each, option)] += amount
    return weight


def _possible(layout: Layout, each: Characteristic, through: Costs) -> list[str]:
    return [
        option
        for option in each.positions
        if through[_place(layout, each, option)] < POSSIBLE
    ]


def _amounts(
    layout: Layout, each: Characteristic, through: Costs, sign: int
) -> dict[str, int]:
    return {
        option: sign * int(through[_place(layout, each, option)])
        for option in _possible(layout, each, through)
    }
