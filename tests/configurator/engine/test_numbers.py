import random
import time

import pytest

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.choices import evaluate
from configurator.engine.encoding import encode
from configurator.engine.expression import QUANTITY
from configurator.engine.formats.release_json import read_release
from configurator.engine.model import DefinitionError
from configurator.engine.numbers import Interval
from configurator.engine.rules import holds


def table(*rules, quantity=None, **numbers):
    characteristics = [
        {"code": code, "kind": "NUMBER", "min": low, "max": high, "step": step}
        for code, (low, high, step) in numbers.items()
    ]
    wood = {
        "code": "wood",
        "kind": "CHOICE",
        "options": [{"code": "OAK"}, {"code": "ASH"}],
    }
    return read_release(
        {
            "format": "lot-one-release/1",
            "product": "table",
            "release": "1",
            "quantity": quantity or {"min": 1, "max": 9},
            "characteristics": [*characteristics, wood],
            "rules": [{"code": f"R{n}", "text": text} for n, text in enumerate(rules)],
        }
    )


def intervals(definition, name):
    encoding = encode(definition)
    values = encoding.variables[encoding.index[name, None]].values
    return [(e.low, e.high) for e in values if isinstance(e, Interval)]


def test_limits_cut_a_long_range_into_few_intervals():
    definition = table(
        "wood = ASH => length <= 1500",
        "length != 2000",
        "length in {800, 900} => wood = OAK",
        length=(300, 900_000_000, 1),
    )

    assert intervals(definition, "length") == [
        (300, 799),
        (800, 800),
        (801, 899),
        (900, 900),
        (901, 1500),
        (1501, 1999),
        (2000, 2000),
        (2001, 900_000_000),
    ]


def test_a_click_on_a_long_range_takes_no_longer_than_on_a_short_one():
    definition = table("wood = ASH => length <= 1500", length=(300, 900_000_000, 1))

    began_s = time.process_time()
    compiled = compile_definition(definition)
    state = evaluate(compiled, {"wood": "ASH"}, quantity=1)

    assert time.process_time() - began_s < 1
    assert state.ranges["length"] == ((300, 1500),)
    assert state.n_products == 1201
    assert compiled.n_products == 1201 + 900_000_000 - 299
    assert compiled.figures.n_edges in range(1, 10)


def test_a_sum_tells_apart_only_what_the_other_numbers_can_see():
    definition = table(
        "length * 2 <= width", length=(300, 2400, 1), width=(700, 2500, 600)
    )

    assert intervals(definition, "length") == [
        (300, 350),
        (351, 650),
        (651, 950),
        (951, 1250),
        (1251, 2400),
    ]
    assert intervals(definition, "width") == [
        (700, 700),
        (1300, 1300),
        (1900, 1900),
        (2500, 2500),
    ]


def test_equal_numbers_are_told_apart_where_both_can_be():
    definition = table("length = width", length=(1, 20, 1), width=(5, 15, 5))

    assert intervals(definition, "length") == [
        (1, 4),
        (5, 5),
        (6, 9),
        (10, 10),
        (11, 14),
        (15, 15),
        (16, 20),
    ]


@pytest.mark.parametrize("seed", range(25))
def test_numbers_are_possible_where_enumeration_says(seed):
    rnd = random.Random(seed)  # noqa: S311 -- reproducible cases
    limits = {
        name: (low := rnd.randint(0, 9), low + rnd.randint(0, 40), rnd.randint(1, 4))
        for name in ("a", "b", "c")
    }
    operators = ["<", "<=", ">", ">=", "=", "!="]
    rules = [
        f"a * {rnd.randint(1, 3)} - b {rnd.choice(operators)} c + {rnd.randint(0, 9)}",
        f"wood = ASH => a + quantity {rnd.choice(operators)} {rnd.randint(5, 30)}",
        f"b * 2 {rnd.choice(operators)} c * 3",
    ]
    definition = table(*rules, quantity={"values": [1, 3, 8]}, **limits)
    compiled = compile_definition(definition)
    found = [
        {"a": a, "b": b, "c": c, "wood": wood}
        for a in range(limits["a"][0], limits["a"][1] + 1, limits["a"][2])
        for b in range(limits["b"][0], limits["b"][1] + 1, limits["b"][2])
        for c in range(limits["c"][0], limits["c"][1] + 1, limits["c"][2])
        for wood in ("OAK", "ASH")
    ]
    products = [
        each
        for each in found
        if all(holds(rule.expression, each, 3) for rule in definition.rules)
    ]

    state = evaluate(compiled, {}, quantity=3)

    assert state.n_products == len(products)
    for name in ("a", "b", "c"):
        low, high, step = limits[name]
        inside = {
            number
            for number in range(low, high + 1, step)
            if any(start <= number <= end for start, end in state.ranges[name])
        }
        assert inside == {each[name] for each in products}


@pytest.mark.parametrize(
    ("step", "seconds"), [(10, 2), pytest.param(1, 20, marks=pytest.mark.slow)]
)
def test_two_lengths_can_be_compared_with_and_without_a_diagram(step, seconds):
    definition = table(
        "length * 2 <= width + 900", length=(300, 2400, step), width=(300, 2400, step)
    )

    began_s = time.process_time()
    for budget, method in ((Budget(), "diagram"), (Budget(seconds=0), "sat")):
        compiled = compile_definition(definition, budget=budget)
        state = evaluate(compiled, {"length": 1000}, quantity=1)
        assert compiled.method == method
        assert state.ranges["width"] == ((1100, 2400),)
        assert not evaluate(compiled, {"length": 1000, "width": 1090}).valid
    assert time.process_time() - began_s < seconds


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            (1, 100_000, 1),
            "100000 values are too many to compare it with other numbers",
        ),
        ((1, 9_000_000, 1), "9000000 values are too many to compare it with others"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_with_the_number(limits, message):
    with pytest.raises(DefinitionError, match=message):
        encode(table("length <= width", length=limits, width=limits))


def test_a_range_beyond_counting_is_refused():
    with pytest.raises(DefinitionError, match="cannot be counted"):
        encode(table(length=(0, 10**12, 1)))


def test_listed_quantities_stay_apart():
    definition = table("quantity >= 100", quantity={"values": [50, 100, 250]})

    assert intervals(definition, QUANTITY) == [(50, 50), (100, 100), (250, 250)]
