"""Prices by the square metre, their lengths given or not."""

from typing import Any

import pytest

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import complete, evaluate
from configurator.engine.explain import explain
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError
from configurator.engine.pricing import price
from tests.configurator.engine.documents import shirt

# A top priced by the square metre, dearer from a length on that nothing else names.
TOP = shirt(
    quantity={"min": 1, "max": 9},
    characteristics=[
        {"code": "length", "kind": "NUMBER", "min": 1200, "max": 2800, "step": 10},
        {"code": "width", "kind": "NUMBER", "min": 700, "max": 1100, "step": 10},
        {"code": "leaf", "kind": "NUMBER", "required": False, "min": 400, "max": 500},
    ],
    rules=[{"code": "R", "text": "width <= 1000"}],
    materials=[],
    routings=[],
    prices={
        "entries": [
            {
                "code": "TOP",
                "basis": "AREA",
                "of": ["length", "width"],
                "amount_minor": 62000,
                "factors": [{"bp": 13000, "when": "length > 2000"}],
            },
            {
                "code": "LEAF",
                "basis": "AREA",
                "of": ["leaf", "width"],
                "amount_minor": 50000,
            },
        ]
    },
)


def test_an_area_that_is_not_given_lies_between_its_least_and_its_greatest():
    compiled = compile_definition(read_release(TOP))

    def bounds(**choices: int) -> tuple[int | None, int | None]:
        state = evaluate(compiled, choices, quantity=2)
        return state.lowest_total_minor, state.highest_total_minor

    least, greatest = 120 * 70 * 620 // 100, 280 * 100 * 620 * 13 // 1000
    assert bounds() == (2 * least, 2 * (greatest + 50 * 100 * 5))
    assert bounds(width=1000, leaf=400) == (2 * 94400, 2 * (greatest + 20000))
    assert bounds(length=2010, width=1000, leaf=400)[0] == 2 * (162006 + 20000)
    found = price(compiled, {"length": 2010, "width": 1000}, quantity=2)
    assert found.total_minor == 2 * 162006


def test_the_cheapest_completion_is_as_short_as_can_be():
    compiled = compile_definition(read_release(TOP))

    found = complete(compiled, {"width": 800}, quantity=1)

    assert found == {"length": 1200, "width": 800}


def test_a_repair_that_changes_a_length_tells_what_the_new_area_costs():
    compiled = compile_definition(read_release(TOP))
    choices = {"length": 1200, "width": 1100}

    found = explain(compiled, choices, quantity=1)

    now = price(compiled, choices, quantity=1).total_minor
    then = price(compiled, {"length": 1200, "width": 1000}, quantity=1).total_minor
    changes = [(each.changes, each.price_delta_minor) for each in found.repairs]
    assert changes == [({"width": 1000}, then - now)]


def test_an_area_of_very_many_intervals_has_no_price_before_its_lengths_are_given():
    length = TOP["characteristics"][0]
    document = {
        **TOP,
        "characteristics": [length, {**length, "code": "width"}],
        "rules": [{"code": "R", "text": "width <= length"}],
        "prices": {"entries": TOP["prices"]["entries"][:1]},
    }
    compiled = compile_definition(read_release(document))

    unknown = evaluate(compiled, {"length": 2400}, quantity=1)
    known = evaluate(compiled, {"length": 2400, "width": 2000}, quantity=1)

    assert (unknown.valid, unknown.lowest_total_minor) == (True, None)
    assert known.lowest_total_minor == known.highest_total_minor == 480 * 62 * 13


@pytest.mark.parametrize(
    ("entry", "least", "message"),
    [
        ({"amount_minor": -1}, 1, "-1 would make a larger area cheaper"),
        ({"amount_minor": 1}, -5, "'leaf' may be -5: not a length"),
    ],
)
def test_an_area_that_would_grow_cheaper_is_refused(
    entry: dict[str, Any], least: int, message: str
):
    characteristics = [*TOP["characteristics"][:2]]
    characteristics.append({"code": "leaf", "kind": "NUMBER", "min": least, "max": 9})
    entry = {"code": "A", "basis": "AREA", "of": ["leaf", "width"], **entry}
    document = {
        **TOP,
        "characteristics": characteristics,
        "prices": {"entries": [entry]},
    }

    with pytest.raises(DefinitionError, match=message):
        read_release(document)
