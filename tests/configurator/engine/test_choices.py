from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.oracle import (
    QUANTITIES,
    answers_of,
    random_choices,
    random_product,
)

ENOUGH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
RANDOM = st.randoms(use_true_random=False)


def expected_option(made, choices, quantity, each, option, sold_out):
    """Return the products in which an option is picked, by enumeration."""
    name = each["code"]
    if each["kind"] == "CHOICE":
        return [
            answers
            for answers in made.products(
                choices, quantity, without=name, sold_out=sold_out
            )
            if answers.get(name) == option
        ]
    ticked = choices.get(name, [])
    picked = {**choices, name: sorted({*ticked, option})}
    return made.products(picked, quantity, sold_out=sold_out)


@ENOUGH
@given(RANDOM)
def test_every_click_agrees_with_enumeration(rnd):
    made = random_product(rnd)
    compiled = compile_definition(read_release(made.document))
    choices = random_choices(rnd, made)
    quantity = rnd.choice(QUANTITIES)
    options = [
        (each["code"], option["code"])
        for each in made.document["characteristics"]
        for option in each.get("options", ())
    ]
    sold_out = frozenset(
        rnd.sample(options, 1) if options and rnd.random() < 0.3 else ()
    )

    state = evaluate(compiled, choices, quantity=quantity, unavailable=sold_out)

    products = made.products(choices, quantity, sold_out=sold_out)
    totals = [made.total(answers, quantity) for answers in products]
    assert state.valid == bool(products)
    assert state.lowest_total_minor == min(totals, default=None)
    assert state.highest_total_minor == max(totals, default=None)
    open_numbers = {
        tuple(
            (n, bool(v) if isinstance(v, str) and v[:1] == "x" else v)
            for n, v in sorted(answers.items())
        )
        for answers in products
    }
    assert state.n_products == len(open_numbers)
    for each in made.document["characteristics"]:
        for option in each.get("options", ()):
            code = option["code"]
            found = state.domains[each["code"]][code]
            fitting = expected_option(made, choices, quantity, each, code, sold_out)
            cost = min((made.total(a, quantity) for a in fitting), default=None)
            assert found.available == bool(fitting), (each["code"], code)
            assert found.lowest_total_minor == cost, (each["code"], code)


@ENOUGH
@given(RANDOM)
def test_complete_means_that_the_choices_as_they_stand_are_a_product(rnd):
    made = random_product(rnd, priced=False)
    compiled = compile_definition(read_release(made.document))
    choices = random_choices(rnd, made)
    quantity = rnd.choice(QUANTITIES)

    state = evaluate(compiled, choices, quantity=quantity)

    as_answers = {n: tuple(v) if isinstance(v, list) else v for n, v in choices.items()}
    exact = [
        answers
        for answers in made.products({}, quantity)
        if {n: set(v) if isinstance(v, tuple) else v for n, v in answers.items()}
        == {n: set(v) if isinstance(v, tuple) else v for n, v in as_answers.items()}
    ]
    assert state.complete == bool(exact)
    assert bool(state.missing) or state.complete or not state.valid


@ENOUGH
@given(RANDOM)
def test_numbers_and_texts_are_possible_exactly_where_enumeration_says(rnd):
    made = random_product(rnd, priced=False)
    compiled = compile_definition(read_release(made.document))
    choices = random_choices(rnd, made)
    quantity = rnd.choice(QUANTITIES)

    state = evaluate(compiled, choices, quantity=quantity)

    for each in made.document["characteristics"]:
        name = each["code"]
        others = made.products(choices, quantity, without=name)
        possible = {answers.get(name) for answers in others if name in answers}
        if each["kind"] == "NUMBER":
            ranges = state.ranges[name]
            inside = {
                number
                for number in answers_of(each)
                if number is not None
                and any(low <= number <= high for low, high in ranges)
            }
            assert inside == possible
        if each["kind"] == "TEXT":
            presence = state.presence[name]
            assert presence.possible == bool(possible)
            assert presence.needed == (
                bool(possible) and all(name in answers for answers in others)
            )
