from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import compile_definition
from configurator.engine.explain import Conflict, explain
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.oracle import (
    QUANTITIES,
    characteristic,
    random_choices,
    random_product,
)

ENOUGH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
RANDOM = st.randoms(use_true_random=False)


def with_wanted(made, choices, wanted):
    """Return the choices after picking the wanted option."""
    if wanted is None:
        return dict(choices)
    name, option = wanted
    if characteristic(made.document, name)["kind"] == "MULTI":
        return {**choices, name: sorted({*choices.get(name, []), option})}
    return {**choices, name: option}


def is_possible(made, choices, quantity, wanted, *, keep, rules=None):
    """Say by enumeration whether some of the choices go with the wanted option."""
    kept = {name: v for name, v in choices.items() if name in keep}
    open_quantity = QUANTITIES if "quantity" not in keep else (quantity,)
    found = [
        answers
        for each in open_quantity
        for answers in made.products(kept, each, rules=rules)
    ]
    if wanted is None:
        return bool(found)
    name, option = wanted
    return any(
        option in answers[name]
        if isinstance(answers.get(name), tuple)
        else answers.get(name) == option
        for answers in found
    )


def draw(rnd):
    made = random_product(rnd)
    choices = random_choices(rnd, made)
    options = [
        (each["code"], option["code"])
        for each in made.document["characteristics"]
        for option in each.get("options", ())
    ]
    wanted = rnd.choice([None, *options])
    return made, choices, rnd.choice(QUANTITIES), wanted


@ENOUGH
@given(RANDOM)
def test_a_conflict_is_real_and_none_of_it_can_be_left_out(rnd):
    made, choices, quantity, wanted = draw(rnd)
    compiled = compile_definition(read_release(made.document))

    conflict = explain(compiled, choices, quantity=quantity, wanted=wanted)

    after = with_wanted(made, choices, wanted)
    if wanted is not None and isinstance(after[wanted[0]], list):
        return
    if wanted is not None:
        after.pop(wanted[0])
    everything = {*after, "quantity"}
    if is_possible(made, after, quantity, wanted, keep=everything):
        assert conflict == Conflict({}, (), ())
        return
    at_fault = set(conflict.choices)
    codes = [rule.code for rule in conflict.rules]
    chosen = {code: made.rules[code] for code in codes}
    assert not is_possible(made, after, quantity, wanted, keep=at_fault, rules=chosen)
    for name in at_fault:
        assert is_possible(made, after, quantity, wanted, keep=at_fault - {name})
    for code in codes:
        fewer = {c: rule for c, rule in chosen.items() if c != code}
        assert is_possible(made, after, quantity, wanted, keep=at_fault, rules=fewer)


@ENOUGH
@given(RANDOM)
def test_every_repair_leads_to_a_product_at_the_price_it_says(rnd):
    made, choices, quantity, wanted = draw(rnd)
    compiled = compile_definition(read_release(made.document))

    conflict = explain(compiled, choices, quantity=quantity, wanted=wanted)

    before = [made.total(a, quantity) for a in made.products(choices, quantity)]
    lowest = []
    for repair in conflict.repairs:
        changes = dict(repair.changes)
        later = changes.pop("quantity", quantity)
        after = {**with_wanted(made, choices, wanted), **changes}
        if wanted is not None and wanted[0] in changes:
            after = with_wanted(made, after, wanted)
        after = {name: v for name, v in after.items() if v not in (None, "")}
        found = [
            made.total(answers, later)
            for answers in made.products(after, later)
            if all(
                v not in (None, "") or name not in answers
                for name, v in changes.items()
            )
        ]
        assert found
        if before:
            assert repair.price_delta_minor == min(found) - min(before)
        lowest.append(repair.price_delta_minor)
    known = [delta for delta in lowest if delta is not None]
    assert known == sorted(known)
    assert len(conflict.repairs) <= 3


@ENOUGH
@given(RANDOM)
def test_there_is_a_repair_wherever_other_answers_would_do(rnd):
    made, choices, quantity, wanted = draw(rnd)
    compiled = compile_definition(read_release(made.document))

    conflict = explain(compiled, choices, quantity=quantity, wanted=wanted)

    if conflict == Conflict({}, (), ()) or not conflict.choices:
        assert conflict.repairs == ()
    else:
        assert bool(conflict.repairs) == is_possible(
            made, {}, quantity, wanted, keep=set()
        )
