"""Random walks over the valid configurations of a definition, by a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from configurator.engine.expression import Linear, atoms_of
from configurator.engine.model import Characteristic, Definition, Kind
from configurator.engine.rules import holds

Choices = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """Choices and a quantity."""

    choices: Choices
    quantity: int


def default_point(definition: Definition) -> Point:
    given = {each.code: each.default for each in definition.characteristics}
    choices = {
        code: list(value) if isinstance(value, tuple) else value
        for code, value in given.items()
        if value not in (None, "")
    }
    return Point(choices, definition.quantity.minimum)


def broken_rules(definition: Definition, point: Point) -> list[str]:
    return [
        rule.code
        for rule in definition.rules
        if not holds(rule.expression, point.choices, point.quantity)
    ]


def routings_of(definition: Definition, point: Point) -> list[str]:
    """Name the routings that apply to a point."""
    return [
        routing.code
        for routing in definition.routings
        if holds(routing.when, point.choices, point.quantity)
    ]


def walk(definition: Definition, *, seed: int, n: int) -> Iterator[tuple[Point, bool]]:
    """Yield points on and near valid ones, each with whether it is valid itself.

    The walk may cross points that break up to two rules: some valid regions are
    joined only through those.
    """
    chance = random.Random(seed)  # noqa: S311 -- a walk, not a secret
    quantities = _quantities(definition)
    here, n_broken = default_point(definition), 0
    for _ in range(n):
        there = _changed(definition, here, quantities, chance)
        broken = len(broken_rules(definition, there))
        yield there, not broken
        if broken <= n_broken or (broken <= 2 and chance.random() < 0.6):
            here, n_broken = there, broken


def _changed(
    definition: Definition, point: Point, quantities: list[int], chance: random.Random
) -> Point:
    choices, quantity = dict(point.choices), point.quantity
    n = chance.choice((1, 1, 2, 2, 3, 4))
    for each in chance.sample(
        definition.characteristics, min(n, len(definition.characteristics))
    ):
        value = _answer(each, choices, chance)
        if value in (None, ""):
            choices.pop(each.code, None)
        else:
            choices[each.code] = value
    if chance.random() < 0.3:
        quantity = chance.choice(quantities)
    return Point(choices, quantity)


def _answer(each: Characteristic, choices: Choices, chance: random.Random) -> Any:
    match each.kind:
        case Kind.CHOICE:
            return chance.choice(each.options).code
        case Kind.MULTI:
            picked = [o.code for o in each.options if chance.random() < 0.4]
            return sorted(picked) or [each.options[0].code]
        case Kind.NUMBER:
            others = [v for v in choices.values() if isinstance(v, int)]
            near = [v for v in others if each.admits(v)]
            steps = (each.maximum - each.minimum) // each.step
            anywhere = each.minimum + each.step * chance.randint(0, steps)
            return chance.choice([*near, anywhere, anywhere, anywhere])
        case Kind.TEXT:
            return chance.choice(["", each.letters[40 % len(each.letters)]])
        case _:
            return chance.choice([None, "upload-1"])


def _quantities(definition: Definition) -> list[int]:
    """Give the quantities at which a rule or a routing may change its mind."""
    allowed = definition.quantity
    if allowed.values:
        return list(allowed.values)
    found = {allowed.minimum, allowed.maximum}
    for rule in definition.rules:
        for atom in atoms_of(rule.expression):
            if isinstance(atom, Linear) and dict(atom.terms).keys() == {"quantity"}:
                found |= {abs(atom.constant) - 1, abs(atom.constant)}
    found |= {n + allowed.step for n in found}
    return sorted(n for n in found if allowed.admits(n))
