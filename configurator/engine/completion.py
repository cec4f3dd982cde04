"""Completes the rest of a product: the cheapest way, or as most people have it."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np

from configurator.engine.compiled import Compiled
from configurator.engine.encoding import Interval, Role, Value, Variable
from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.passes import ASIDE, POSSIBLE, Costs, Rank
from configurator.engine.query import (
    Layout,
    Query,
    Unavailable,
    layout_of,
    make_query,
    passes_of,
    prices_for,
)
from configurator.engine.sat import SolverPasses

Objective = Literal["CHEAPEST", "POPULAR"]

UNWRITTEN = POSSIBLE >> 6
"""Cost of a text or file that nobody gave: only where nothing else is possible."""
EVEN = 50
"""The popularity, in percent, at which ticking and not ticking are alike."""


class CompletionError(ValueError):
    """The choices cannot be completed: they conflict, or a text must be given.

    Parameters
    ----------
    message
        What is wrong.
    missing
        The texts and files that only the customer can give.
    """

    def __init__(self, message: str, missing: tuple[str, ...] = ()) -> None:
        self.missing = missing
        super().__init__(message)


def complete(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None,
    objective: Objective = "CHEAPEST",
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
) -> dict[str, Any]:
    """Complete choices to a whole product.

    Parameters
    ----------
    compiled
        The release.
    choices
        Kept as they are.
    quantity
        Of the order line; None: any, priced at the least.
    objective
        ``CHEAPEST``: a product of the lowest total; ``POPULAR``: of the greatest sum
        of popularity. Ties go to defaults, then to popularity, then to the order of
        the release.
    unavailable
        Pairs of characteristic and option that are sold out.
    today
        Decides which dated rules apply.

    Returns
    -------
    dict
        Canonical choices that `evaluate` calls complete.

    Raises
    ------
    ChoiceError
        For an answer the product does not know.
    CompletionError
        If the choices conflict, or a text is needed that has no default.
    """
    query = make_query(
        compiled, choices, quantity=quantity, unavailable=unavailable, today=today
    )
    layout = layout_of(compiled)
    weight = _objective(compiled, layout, query, objective)
    chosen = cheapest(compiled, weight + layout.aside(query.fixed) + query.never)
    if chosen is None:
        raise CompletionError("these choices cannot be completed")
    shortest = _lengths(compiled.definition) if objective == "CHEAPEST" else ()
    return _answers(compiled.definition, layout, query, chosen, shortest)


def _lengths(definition: Definition) -> tuple[str, ...]:
    """Name the numbers by which an area is priced: the less, the cheaper."""
    measured = definition.prices.measured
    return tuple(n for n in measured if definition.by_code[n].kind is Kind.NUMBER)


def _objective(
    compiled: Compiled, layout: Layout, query: Query, objective: Objective
) -> Costs:
    weight = np.zeros(layout.size, np.int64)
    if objective == "CHEAPEST":
        prices = prices_for(compiled, query)
        if prices is not None:
            weight += prices.least
    else:
        weight += _popularity(compiled, layout)
    for each in compiled.definition.characteristics:
        if each.kind not in (Kind.TEXT, Kind.FILE):
            continue
        if each.code not in query.choices and not each.default:
            weight[layout.first(each.code) + 1] += UNWRITTEN
    return weight


def _popularity(compiled: Compiled, layout: Layout) -> Costs:
    """Return less the popularity of each value; ticks are weighed against none."""
    weight = np.zeros(layout.size, np.int64)
    for each in compiled.definition.characteristics:
        if each.kind is Kind.CHOICE:
            start = layout.first(each.code)
            for at, option in enumerate(each.options):
                weight[start + at] = -option.popularity
            if not each.required:
                weight[start + len(each.options)] = -EVEN
        if each.kind is Kind.MULTI:
            for level in layout.levels[each.code]:
                code = layout.variables[level].option or ""
                popularity = each.options[each.positions[code]].popularity
                weight[layout.starts[level] + 1] = EVEN - popularity
    return weight


def cheapest(
    compiled: Compiled, weight: Costs, *, limit: int = POSSIBLE
) -> list[int] | None:
    """Return a product of least cost as one value number per level.

    None where the least cost reaches the limit. Where there is no diagram, some
    product without forbidden values.
    """
    passes, layout = passes_of(compiled), layout_of(compiled)
    if isinstance(passes, SolverPasses):
        written = np.where(weight >= UNWRITTEN, ASIDE, weight)
        return passes.values(written) or passes.values(weight)
    if passes.least(weight) >= limit:
        return None
    ranks = compiled.kept.get("ranks")
    if ranks is None:
        ranks = [_ranks(layout, variable) for variable in layout.variables]
        compiled.kept["ranks"] = ranks
    return passes.values(weight, ranks)


def _ranks(layout: Layout, variable: Variable) -> list[Rank]:
    """Return for each value where it stands among values of the same cost."""
    each = layout.compiled.definition.by_code.get(variable.name)
    found = []
    for at, value in enumerate(variable.values):
        popularity = 0
        if each is not None and isinstance(value, str):
            popularity = each.options[each.positions[value]].popularity
        preferred = each is not None and _is_default(each, variable, value)
        found.append((not preferred, -popularity, at))
    return found


def _is_default(each: Characteristic, variable: Variable, value: Value) -> bool:
    default = each.default
    match variable.role, value:
        case Role.TICK, bool():
            ticked = isinstance(default, tuple) and variable.option in default
            return ticked == value
        case Role.PRESENCE, bool():
            return bool(default) == value
        case _, Interval(low, high, _):
            return isinstance(default, int) and low <= default <= high
        case _:
            return value == (default or None)


def _answers(
    definition: Definition,
    layout: Layout,
    query: Query,
    chosen: list[int],
    shortest: Collection[str],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    unwritten = []
    for each in definition.characteristics:
        levels = layout.levels[each.code]
        variable = layout.variable(each.code)
        value = variable.values[chosen[levels[0]]]
        if each.kind is Kind.MULTI:
            found[each.code] = sorted(
                layout.variables[level].option or ""
                for level in levels
                if chosen[level] == 1
            )
        elif each.code in query.choices:
            found[each.code] = query.choices[each.code]
        elif isinstance(value, Interval):
            given = each.default
            inside = isinstance(given, int) and value.low <= given <= value.high
            is_given = inside and each.code not in shortest
            found[each.code] = given if is_given else value.low
        elif value is True:
            found[each.code] = each.default
            if not each.default:
                unwritten.append(each.code)
        elif isinstance(value, str):
            found[each.code] = value
    if unwritten:
        raise CompletionError(
            f"only the customer can give {', '.join(unwritten)}", tuple(unwritten)
        )
    return dict(sorted(found.items()))
