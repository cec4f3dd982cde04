"""The demo range through the compiled engine: nothing dead, defaults complete."""

import json
from pathlib import Path

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import complete, evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.lint import lint
from production import demo
from tests.production.demo.walks import (
    Point,
    broken_rules,
    default_point,
    routings_of,
)

PRODUCTS = sorted((Path(demo.__file__).parent / "products").glob("*.json"))


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: str(path.stem))
def test_nothing_is_dead_and_completions_can_be_made(path: Path) -> None:
    product = read_release(json.loads(path.read_text(encoding="utf-8")))
    compiled = compile_definition(product)

    empty = evaluate(compiled, {})
    dead = [
        (code, option)
        for code, options in empty.domains.items()
        for option, state in options.items()
        if not state.available
    ]
    assert dead == []

    default = default_point(product)
    chosen = evaluate(compiled, default.choices, quantity=default.quantity)
    assert (chosen.valid, chosen.complete, chosen.missing) == (True, True, ())

    for quantity in (product.quantity.minimum, product.quantity.maximum):
        for objective in ("CHEAPEST", "POPULAR"):
            found = complete(compiled, {}, quantity=quantity, objective=objective)
            point = Point(found, quantity)
            assert broken_rules(product, point) == []
            assert len(routings_of(product, point)) == 1


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: str(path.stem))
def test_the_examination_before_publishing_finds_nothing(path: Path) -> None:
    product = read_release(json.loads(path.read_text(encoding="utf-8")))

    assert lint(product, compile_definition(product)) == ()
