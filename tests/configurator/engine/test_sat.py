import datetime as dt
import random
from dataclasses import replace

import pytest

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.choices import CompletionError, complete, evaluate
from configurator.engine.compiled import Figures
from configurator.engine.explain import explain
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import (
    QUANTITIES,
    random_choices,
    random_product,
)


def without_diagram(compiled):
    return replace(compiled, passes=None, figures=Figures(), kept={})


def completed(compiled, choices, quantity):
    """Return a completion or, where there is none, the texts that are missing."""
    try:
        return complete(compiled, choices, quantity=quantity), ()
    except CompletionError as error:
        return None, error.missing


def verdicts(state):
    domains = {
        name: {
            code: (each.available, each.selected, each.implied)
            for code, each in options.items()
        }
        for name, options in state.domains.items()
    }
    presence = {name: each[:2] for name, each in state.presence.items()}
    return (
        state.valid,
        state.complete,
        state.choices,
        domains,
        state.ranges,
        presence,
        state.missing,
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_solver_gives_the_same_verdicts_as_the_diagram(seed):
    rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
    made = random_product(rnd)
    compiled = compile_definition(read_release(made.document))
    solver = without_diagram(compiled)
    choices = random_choices(rnd, made)
    quantity = rnd.choice(QUANTITIES)

    expected = evaluate(compiled, choices, quantity=quantity)
    found = evaluate(solver, choices, quantity=quantity)

    assert verdicts(found) == verdicts(expected)
    assert found.n_products in (None, 0)
    assert found.lowest_total_minor is None
    conflict = explain(solver, choices, quantity=quantity)
    assert bool(conflict.choices) == bool(
        explain(compiled, choices, quantity=quantity).choices
    )
    for repair in conflict.repairs:
        changes = dict(repair.changes)
        later = changes.pop("quantity", quantity)
        assert evaluate(compiled, {**choices, **changes}, quantity=later).valid
    done, missing = completed(solver, choices, quantity)
    if done is None:
        assert not expected.valid or missing
    else:
        assert evaluate(compiled, done, quantity=quantity).complete


def test_a_model_beyond_its_budget_is_answered_all_the_same():
    compiled = compile_definition(read_release(shirt()), budget=Budget(seconds=-1))

    state = evaluate(
        compiled, {"fabric": "SPORT"}, quantity=1, today=dt.date(2025, 1, 1)
    )

    assert compiled.method == "sat"
    assert not state.domains["decoration"]["PRINT"].available
    assert state.domains["decoration"]["NONE"].available
    assert state.n_products is None


def test_a_rule_that_says_a_thing_twice_is_not_taken_for_two_ways_to_keep_it():
    document = shirt()
    rule = "(text excludes text) <=> (size = M | size != M)"
    document["rules"] = [{"code": "R", "text": rule}]

    solver = without_diagram(compile_definition(read_release(document)))

    assert not evaluate(solver, {}).presence["text"].possible
