"""The demo factory's real products under the demand of its data sheet."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from configurator.engine.formats.release_json import read_release
from configurator.engine.manufacture import resolve
from configurator.engine.model import Definition
from production import demo
from production.selectors.advising import Demand, as_repeated, demand_of
from production.selectors.latest import MadeLine, personal_words
from production.selectors.plant import Plant
from tests.production.demo.walks import Point as Valid
from tests.production.demo.walks import broken_rules, default_point

FOLDER = Path(demo.__file__).parent
MONDAY = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TRIES = 200

Answers = Mapping[str, Mapping[str, int]]


@cache
def read_product(slug: str) -> Definition:
    """Read a product of the demo from its release document."""
    return read_release(json.loads((FOLDER / "products" / f"{slug}.json").read_text()))


def read_factory() -> dict[str, Any]:
    factory: dict[str, Any] = json.loads((FOLDER / "factory.json").read_text())
    return factory


def make_lines(
    slug: str,
    *,
    n: int,
    quantity: int | Callable[[random.Random], int] = 1,
    mix: Answers | None = None,
    within: timedelta = timedelta(hours=12),
    due: timedelta = timedelta(days=3),
    begin: datetime = MONDAY,
    seed: int = 1,
    first_key: int = 1,
) -> list[MadeLine]:
    """Make order lines that came evenly, of valid choices drawn by a mix.

    ``mix`` gives weights of options by characteristic; other answers are drawn by how
    popular they are. What breaks a rule is drawn again.
    """
    definition = read_product(slug)
    rng = random.Random(seed)  # noqa: S311
    lines = []
    for at in range(n):
        units = quantity(rng) if callable(quantity) else quantity
        choices = _draw(definition, units, mix or {}, rng)
        arrived_at = begin + within * at / n
        lines.append(
            MadeLine(
                key=first_key + at,
                product=slug,
                kind=definition.kind.value,
                choices=choices,
                quantity=units,
                manufacture=resolve(definition, choices, quantity=units),
                arrived_at=arrived_at,
                due_at=arrived_at + due,
                personal=personal_words(choices, definition.characteristics),
            )
        )
    return lines


def _draw(
    definition: Definition, units: int, mix: Answers, rng: random.Random
) -> dict[str, Any]:
    base = default_point(definition).choices
    for _ in range(TRIES):
        choices = dict(base)
        for each in definition.characteristics:
            if each.kind.value != "CHOICE":
                continue
            weights = mix.get(each.code) or {
                option.code: 1 + option.popularity for option in each.options
            }
            drawn = rng.choices(list(weights), weights=list(weights.values()))
            choices[each.code] = drawn[0]
        for text, share in mix.get("_texts", {}).items():
            if rng.randrange(100) < share:
                choices[text] = f"{rng.randrange(1000)}"
        if not broken_rules(definition, Valid(choices, units)):
            return choices
    return base


def demand(
    plant: Plant, lines: list[MadeLine], *, others: list[MadeLine] | None = None
) -> Demand:
    """Make the case of the lines as the advisor does."""
    found = demand_of(lines, others=others or [], plant=plant, now=MONDAY + 7 * DAY)
    assert found.case.orders
    return as_repeated(found, lines)


def again(line: MadeLine, n: int) -> list[MadeLine]:
    """Order the same so many times at once."""
    return [replace(line, key=line.key + each) for each in range(n)]


def sold_as(line: MadeLine, product: str) -> MadeLine:
    """Give the same line under the name of another product."""
    return replace(line, product=product)
