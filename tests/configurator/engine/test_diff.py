import copy
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import compile_definition
from configurator.engine.diagram import Budget
from configurator.engine.diff import Changes, compare
from configurator.engine.formats.release_json import read_release
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import (
    enumerate_answers,
    random_condition,
    random_product,
)

RANDOM = st.randoms(use_true_random=False)


def compared(before, after, **more):
    return compare(read_release(before), read_release(after), **more)


def seen(answers, names):
    """Return what a comparison sees of a configuration: of a text only that it is."""
    return tuple(
        (name, "x" if isinstance(value, str) and value[:1] == "x" else value)
        for name, value in sorted(answers.items())
        if name in names
    )


def products(made, names):
    return {
        seen(answers, names)
        for quantity in range(1, made.document["quantity"]["max"] + 1)
        for answers in made.products({}, quantity)
    }


def changed(rnd, made):
    """Return another release of a random product: other rules, options, questions."""
    later = copy.deepcopy(made)
    document = later.document
    questions = document["characteristics"]
    each = rnd.choice(questions)
    if each["kind"] == "CHOICE" and rnd.random() < 0.6:
        each["options"].append({"code": "NEW"})
    if each["kind"] == "NUMBER" and rnd.random() < 0.6:
        each["max"] += 1
        each["step"] = rnd.randint(1, 2)
    if rnd.random() < 0.3:
        questions.append(
            {
                "code": "extra",
                "kind": "CHOICE",
                "required": True,
                "options": [{"code": "YES"}, {"code": "NO"}],
            }
        )
    for code in list(later.rules):
        if rnd.random() < 0.4:
            del later.rules[code]
    kept = [rule for rule in document["rules"] if rule["code"] in later.rules]
    text, decide = random_condition(rnd, questions, depth=2)
    later.rules["NEW"] = decide
    document["rules"] = [*kept, {"code": "NEW", "text": text}]
    document["quantity"]["max"] = rnd.choice([8, 12])
    later.everything = list(enumerate_answers(document))
    return later


@settings(max_examples=60)
@given(RANDOM)
def test_products_lost_and_gained_are_those_of_an_enumeration(rnd):
    made = random_product(rnd, n_characteristics=3, priced=False)
    later = changed(rnd, made)
    names = {each["code"] for each in made.document["characteristics"]}
    before, after = products(made, names), products(later, names)

    found = compared(made.document, later.document).products

    assert found is not None
    assert (found.before, found.after) == (len(before), len(after))
    assert (found.lost, found.gained, found.kept) == (
        len(before - after),
        len(after - before),
        len(before & after),
    )
    for example, expected in (
        (found.lost_example, before - after),
        (found.gained_example, after - before),
    ):
        ticked = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in example.items()
        }
        if expected:
            assert seen(ticked, names) in expected
        else:
            assert example == {}


@settings(max_examples=20)
@given(RANDOM)
def test_a_release_loses_and_gains_nothing_against_itself(rnd):
    made = random_product(rnd, n_characteristics=3)
    definition = read_release(made.document)

    found = compare(definition, definition)

    counts = found.products
    assert counts is not None
    assert (counts.lost, counts.gained) == (0, 0)
    compiled = compile_definition(definition)
    assert counts.kept == compiled.n_products
    assert not any((found.options, found.rules, found.prices, found.routings))


def test_what_changed_is_named():
    later = shirt()
    later["characteristics"][0]["options"][0]["tint"] = "#000000"
    later["characteristics"][1]["options"].append({"code": "FOIL"})
    later["characteristics"][2]["default"] = "M"
    later["characteristics"].append({"code": "mark", "kind": "TEXT", "max_length": 3})
    del later["rules"][0]
    later["rules"][0]["text"] = "decoration = SCREEN => quantity >= 48"
    later["prices"]["entries"][0]["amount_minor"] = 2000
    later["prices"]["breaks"].pop()
    del later["materials"][1]
    later["routings"][1]["yield_bp"] = 9000

    found = compared(shirt(), later)

    assert found.characteristics == Changes(added=("mark",), changed=("size",))
    assert found.options == Changes(
        added=("decoration=FOIL",), changed=("fabric=COTTON",)
    )
    assert found.rules == Changes(removed=("T1",), changed=("T5",))
    assert found.prices == Changes(changed=("breaks", "BASE"))
    assert found.materials == Changes(removed=("INK",))
    assert found.routings == Changes(changed=("SCREEN",))


def test_a_question_of_another_kind_is_not_compared():
    later = shirt(rules=[], routings=[], materials=[], prices={})
    later["characteristics"][2] = {"code": "size", "kind": "TEXT", "max_length": 3}
    earlier = shirt(
        rules=[{"code": "R", "text": "size = M => fabric = SPORT"}],
        prices={},
        routings=[],
        materials=[],
    )

    found = compared(earlier, later)

    assert found.unmatched == ("size",)
    assert found.products is not None
    assert (found.products.lost, found.products.gained) == (0, 0)


def test_numbers_in_steps_that_do_not_fit_are_compared_one_by_one():
    def table(**limits):
        length = {"code": "length", "kind": "NUMBER", **limits}
        return shirt(
            characteristics=[length], rules=[], prices={}, materials=[], routings=[]
        )

    found = compared(
        table(min=300, max=2400, step=10), table(min=305, max=2500, step=15)
    )

    earlier, later = set(range(300, 2401, 10)), set(range(305, 2501, 15))
    assert found.products is not None
    assert found.products.lost == len(earlier - later)
    assert found.products.gained == len(later - earlier)


def test_a_long_range_of_numbers_is_compared_by_its_ends():
    def table(most):
        length = {"code": "length", "kind": "NUMBER", "min": 300, "max": most}
        rules = [{"code": "R", "text": "length != 7000"}]
        return shirt(
            characteristics=[length], rules=rules, prices={}, materials=[], routings=[]
        )

    found = compared(table(9_000_000), table(8_000_000)).products

    assert found is not None
    assert (found.lost, found.gained) == (1_000_000, 0)


def test_rules_count_on_their_days_only():
    later = shirt()
    later["rules"].append({"code": "N", "text": "size != M", "from": "2030-01-01"})
    earlier, later_ = read_release(shirt()), read_release(later)

    now = compare(earlier, later_, today=dt.date(2029, 12, 31)).products
    then = compare(earlier, later_, today=dt.date(2030, 1, 1)).products

    assert now is not None
    assert then is not None
    assert (now.lost, then.lost) == (0, now.before // 3)


def test_what_does_not_fit_the_budget_is_not_counted_and_says_so():
    ticks = iter(range(1_000))

    found = compared(
        shirt(), shirt(), budget=Budget(seconds=2), clock=lambda: float(next(ticks) * 9)
    )

    assert found.products is None
    assert found.uncounted == "not compared after 2 CPU seconds"


@pytest.mark.parametrize("step", [1, 7])
def test_quantities_that_cannot_be_listed_are_not_guessed(step):
    before = shirt(quantity={"min": 1, "max": 100_000, "step": step})
    after = shirt(quantity={"values": [5, 50]})

    found = compared(before, after)

    assert found.products is None
    assert "4096 quantities" in found.uncounted
