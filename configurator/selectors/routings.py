"""All the ways in which one design could be made, not only the one that applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from configurator.engine.expression import names_of
from configurator.engine.manufacture import Manufacture, ManufactureError, resolve
from configurator.engine.model import Definition, Kind
from configurator.engine.routing import Routing
from configurator.engine.rules import holds

__all__ = ["Definition", "Way", "list_ways", "two_sizes"]

MOST_CHANGED = 2
USUAL_SIZES = (40, 80)


@dataclass(frozen=True, slots=True)
class Way:
    """One routing, and what it makes of the design at each of the sizes."""

    code: str
    name: Mapping[str, str]
    method: str
    choices: Mapping[str, Any]
    sizes: tuple[Manufacture, ...]


def two_sizes(definition: Definition) -> tuple[int, int] | None:
    """Give two quantities to draw a line through; none where only one may be had."""
    quantity = definition.quantity
    if quantity.values:
        inner = quantity.values[1:-1]
        chosen = inner if len(inner) > 1 else quantity.values
        return (chosen[0], chosen[-1]) if len(chosen) > 1 else None
    few, many = (
        max(quantity.minimum, min(each, quantity.maximum)) for each in USUAL_SIZES
    )
    return (few, many) if few < many else None


def list_ways(
    definition: Definition, choices: Mapping[str, Any], *, sizes: Sequence[int]
) -> list[Way]:
    """Give what each routing would make of a design.

    Where the choices themselves decide the routing (a kind of print), they are changed
    to the nearest ones that lead to it and break no rule; else it is taken as if it
    applied.
    """
    found = []
    for routing in definition.routings:
        alone = replace(definition, routings=(replace(routing, when=None),))
        nearest = _nearest(definition, routing, choices, max(sizes))
        try:
            made = tuple(resolve(alone, nearest, quantity=each) for each in sizes)
        except ManufactureError:
            continue
        found.append(Way(routing.code, routing.name, routing.method, nearest, made))
    return found


def _nearest(
    definition: Definition, routing: Routing, choices: Mapping[str, Any], size: int
) -> Mapping[str, Any]:
    if routing.when is None or holds(routing.when, choices, size):
        return choices
    for changed in _changed(definition, routing, choices):
        if holds(routing.when, changed, size) and all(
            holds(rule.expression, changed, size) for rule in definition.rules
        ):
            return changed
    return choices


def _changed(
    definition: Definition, routing: Routing, choices: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Try other answers to the questions that the routing looks at, fewest first."""
    names = sorted(names_of(routing.when) if routing.when is not None else ())
    asked = [
        definition.by_code[name]
        for name in names
        if name in definition.by_code and definition.by_code[name].kind is Kind.CHOICE
    ][:MOST_CHANGED]
    answers = [[option.code for option in each.options] for each in asked]
    candidates = [
        dict(zip((each.code for each in asked), values, strict=True))
        for values in product(*answers)
    ]
    candidates.sort(
        key=lambda new: sum(choices.get(name) != value for name, value in new.items())
    )
    for new in candidates:
        yield {**choices, **new}
