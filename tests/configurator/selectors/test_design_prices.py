"""Lines of one design earn its breaks together, and their shares add up exactly."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurator.engine.formats.release_json import read_release
from configurator.engine.pricing import price
from configurator.selectors.design_prices import (
    Asked,
    count_by_design,
    price_together,
)
from tests.factories.orders import MUG

ONCE = {
    "code": "SCREEN",
    "label": {"en": "Screen"},
    "basis": "ORDER",
    "amount_minor": 1000,
    "when": "glaze = GLOSS",
}


def shirt(**extra: Any):
    document = copy.deepcopy(MUG)
    document["prices"]["entries"].append(ONCE)
    document["extra"] = extra or {"one_design": {"beside": ["colour", "text"]}}
    return read_release(document)


BY_DESIGN = shirt()
BY_LINE = shirt(note="nothing of designs")
MATT = {"colour": "WHITE", "glaze": "MATT"}
GLOSS = {"colour": "WHITE", "glaze": "GLOSS"}


def totals(definition, *lines: tuple[dict[str, str], int]) -> list[int]:
    asked = [Asked(definition, choices, quantity) for choices, quantity in lines]
    return [each.total_minor for each in price_together(asked)]


def test_sizes_of_one_design_earn_the_break_together():
    blue = {**MATT, "colour": "BLUE", "text": "Ada"}

    assert totals(BY_DESIGN, (MATT, 4), (blue, 6)) == [4 * 1080, 6 * 1080]


def test_another_design_counts_by_itself():
    assert totals(BY_DESIGN, (MATT, 9), (GLOSS, 1)) == [9 * 1200, 1200 + 1000]


def test_without_a_word_about_designs_each_line_counts_by_itself():
    assert totals(BY_LINE, (MATT, 5), (MATT, 5)) == [6000, 6000]


def test_what_is_paid_once_is_shared_by_quantity_to_the_last_cent():
    blue, gold = {**GLOSS, "colour": "BLUE"}, {**GLOSS, "colour": "GOLD"}
    asked = [Asked(BY_DESIGN, each, 1) for each in (GLOSS, blue, gold)]

    shares = [
        line.amount_minor
        for each in price_together(asked)
        for line in each.lines
        if line.code == "SCREEN"
    ]

    assert shares == [334, 333, 333]


def test_rules_look_at_the_quantity_of_the_design():
    lines = [Asked(BY_DESIGN, {**MATT, "text": text}, 3) for text in ("a", "b")]

    assert count_by_design([*lines, Asked(BY_DESIGN, GLOSS, 2)]) == [6, 6, 2]


def test_more_than_a_line_may_have_counts_as_the_most_of_a_line():
    lines = [Asked(BY_DESIGN, {**MATT, "text": each}, 9_999) for each in ("a", "b")]

    assert count_by_design(lines) == [10_000, 10_000]


def test_prices_of_an_account_hold_for_lines_of_one_design_too():
    document = copy.deepcopy(MUG)
    document["extra"] = {"one_design": {"beside": ["text"]}}
    net = {"code": "NET", "basis": "UNIT", "amount_minor": -200, "account": "TRADE"}
    document["prices"]["entries"].append(net)
    definition = read_release(document)
    lines = [Asked(definition, {**MATT, "text": each}, 1, "TRADE") for each in "ab"]

    assert [each.total_minor for each in price_together(lines)] == [1000, 1000]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_cut_into_lines_a_design_costs_what_it_costs_whole(quantities):
    lines = [
        Asked(BY_DESIGN, {**GLOSS, "text": chr(97 + at)}, quantity)
        for at, quantity in enumerate(quantities)
    ]
    whole = price(BY_DESIGN, {**GLOSS, "text": "a"}, quantity=sum(quantities))

    found = price_together(lines)

    assert sum(each.total_minor for each in found) == whole.total_minor
    for each in found:
        assert sum(line.amount_minor for line in each.lines) == each.total_minor


@pytest.mark.parametrize("extra", [None, [], {"one_design": 3}, {"one_design": {}}])
def test_an_extra_that_says_nothing_of_designs_is_no_harm(extra):
    document = {**copy.deepcopy(MUG), "extra": extra}
    if extra is None:
        del document["extra"]

    assert totals(read_release(document), (MATT, 5), (MATT, 5)) == [6000, 6000]
