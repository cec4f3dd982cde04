"""What must hold between two answers, whatever they are."""

import copy
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.explain import explain
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.oracle import (
    QUANTITIES,
    random_choices,
    random_condition,
    random_product,
)

ENOUGH = settings(max_examples=25)
RANDOM = st.randoms(use_true_random=False)


def compiled_from(document, *, by_solver=False):
    budget = Budget(seconds=0) if by_solver else None
    return compile_definition(read_release(document), budget=budget)


def drawn(rnd):
    made = random_product(rnd)
    return made, random_choices(rnd, made), rnd.choice(QUANTITIES)


def known(value: int | None) -> int:
    assert value is not None
    return value


def available(state):
    return {
        (name, code)
        for name, options in state.domains.items()
        for code, option in options.items()
        if option.available
    }


@pytest.mark.parametrize("by_solver", [False, True])
@ENOUGH
@given(rnd=RANDOM)
def test_one_more_rule_never_makes_anything_possible(by_solver, rnd):
    made, choices, quantity = drawn(rnd)
    document = copy.deepcopy(made.document)
    text, _decide = random_condition(rnd, document["characteristics"], depth=2)
    document["rules"].append({"code": "MORE", "text": text})

    before = evaluate(
        compiled_from(made.document, by_solver=by_solver), choices, quantity=quantity
    )
    after = evaluate(
        compiled_from(document, by_solver=by_solver), choices, quantity=quantity
    )

    assert available(after) <= available(before)
    assert after.valid <= before.valid
    if before.n_products is not None and after.n_products is not None:
        assert after.n_products <= before.n_products


@ENOUGH
@given(RANDOM)
def test_one_choice_less_never_makes_anything_impossible(rnd):
    made, choices, quantity = drawn(rnd)
    compiled = compiled_from(made.document)
    state = evaluate(compiled, choices, quantity=quantity)

    for name in choices:
        fewer = {other: value for other, value in choices.items() if other != name}
        without = evaluate(compiled, fewer, quantity=quantity)
        own = {(each, code) for each, code in available(state) if each == name}
        assert available(state) - own <= available(without)
        assert state.valid <= without.valid
        assert known(state.n_products) <= known(without.n_products)


@ENOUGH
@given(RANDOM)
def test_bounds_only_close_in_as_choices_are_made(rnd):
    made, choices, quantity = drawn(rnd)
    compiled = compiled_from(made.document)
    made_so_far: dict[str, object] = {}
    before = evaluate(compiled, {}, quantity=quantity)

    for name, value in choices.items():
        made_so_far[name] = value
        after = evaluate(compiled, made_so_far, quantity=quantity)
        if not after.valid:
            break
        assert known(before.lowest_total_minor) <= known(after.lowest_total_minor)
        assert known(after.lowest_total_minor) <= known(after.highest_total_minor)
        assert known(after.highest_total_minor) <= known(before.highest_total_minor)
        before = after


@ENOUGH
@given(RANDOM)
def test_every_option_costs_at_least_the_lowest_total(rnd):
    made, choices, quantity = drawn(rnd)
    state = evaluate(compiled_from(made.document), choices, quantity=quantity)

    for name, options in state.domains.items():
        totals = [
            option.lowest_total_minor
            for option in options.values()
            if option.lowest_total_minor is not None
        ]
        if name not in choices:
            assert all(total >= known(state.lowest_total_minor) for total in totals)


@ENOUGH
@given(RANDOM)
def test_every_proper_part_of_a_conflict_is_consistent(rnd):
    made, choices, quantity = drawn(rnd)
    compiled = compiled_from(made.document)

    conflict = explain(compiled, choices, quantity=quantity)

    for n in range(len(conflict.choices)):
        for some in combinations(conflict.choices.items(), n):
            part = dict(some)
            amount = part.pop("quantity", None)
            assert evaluate(compiled, part, quantity=amount).valid
    if conflict.choices:
        whole = dict(conflict.choices)
        amount = whole.pop("quantity", None)
        assert not evaluate(compiled, whole, quantity=amount).valid
