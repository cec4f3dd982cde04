import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import compile_definition
from configurator.engine.choices import CompletionError, complete, evaluate
from configurator.engine.formats.release_json import read_release
from configurator.engine.pricing import price
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import (
    QUANTITIES,
    random_choices,
    random_product,
)

ENOUGH = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
RANDOM = st.randoms(use_true_random=False)


def compiled_shirt(**changes):
    return compile_definition(read_release(shirt(**changes)))


def completed(compiled, choices, quantity):
    """Return a completion or, where there is none, the texts that are missing."""
    try:
        return complete(compiled, choices, quantity=quantity), ()
    except CompletionError as error:
        return None, error.missing


@ENOUGH
@given(RANDOM)
def test_the_cheapest_completion_has_the_lowest_total(rnd):
    made = random_product(rnd)
    definition = read_release(made.document)
    compiled = compile_definition(definition)
    choices = random_choices(rnd, made)
    quantity = rnd.choice(QUANTITIES)
    products = made.products(choices, quantity)

    found, missing = completed(compiled, choices, quantity)
    if found is None:
        assert bool(products) == bool(missing)
        return

    state = evaluate(compiled, found, quantity=quantity)
    assert state.complete
    total = price(compiled, found, quantity=quantity).total_minor
    given = {name: v for name, v in choices.items() if v != ""}
    assert {name: found[name] for name in given} == given
    written = {n for n, v in found.items() if isinstance(v, str) and v[:1] == "x"}
    unwritten = [
        made.total(answers, quantity)
        for answers in products
        if {n for n, v in answers.items() if isinstance(v, str) and v[:1] == "x"}
        <= written
    ]
    assert total == min(unwritten)


def test_the_most_popular_completion_takes_what_most_people_take():
    found = complete(compiled_shirt(), {}, quantity=1, objective="POPULAR")

    assert found == {
        "fabric": "COTTON",
        "decoration": "PRINT",
        "size": "M",
        "extras": [],
    }


def test_choices_are_kept_and_ties_go_to_the_default():
    found = complete(compiled_shirt(prices={}), {"text": "Anna"}, quantity=1)

    assert found["fabric"] == "COTTON"
    assert found["text"] == "Anna"
    assert found["decoration"] == "PRINT"


def test_sold_out_options_are_avoided():
    sold_out = {("fabric", "COTTON"), ("decoration", "NONE")}

    found = complete(compiled_shirt(), {}, quantity=1, unavailable=sold_out)

    assert (found["fabric"], found["decoration"]) == ("SPORT", "TRANSFER")


def test_conflicting_choices_cannot_be_completed():
    with pytest.raises(CompletionError, match="cannot be completed"):
        complete(
            compiled_shirt(), {"fabric": "SPORT", "decoration": "PRINT"}, quantity=1
        )


def test_a_text_that_must_be_given_is_named():
    rules = [{"code": "R", "text": "text"}]

    with pytest.raises(CompletionError) as caught:
        complete(compiled_shirt(rules=rules), {}, quantity=1)

    assert caught.value.missing == ("text",)


def test_a_rule_with_dates_counts_on_its_days_only():
    rules = [
        {
            "code": "R",
            "text": "fabric != COTTON",
            "from": "2025-03-01",
            "to": "2025-04-01",
        }
    ]
    compiled = compiled_shirt(rules=rules)

    def is_possible(day):
        state = evaluate(compiled, {}, quantity=1, today=day)
        return state.domains["fabric"]["COTTON"].available

    assert is_possible(dt.date(2025, 2, 28))
    assert not is_possible(dt.date(2025, 3, 1))
    assert not is_possible(dt.date(2025, 3, 31))
    assert is_possible(dt.date(2025, 4, 1))
    assert not is_possible(None)
