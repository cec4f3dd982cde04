import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.engine.artefact import Budget, compile_definition
from configurator.engine.formats.release_json import read_release
from configurator.engine.lint import FindingKind, Severity, lint
from configurator.engine.rules import holds
from tests.configurator.engine.documents import shirt
from tests.configurator.engine.oracle import random_product

DEMO = Path(__file__).parents[3] / "production" / "demo" / "products"
RANDOM = st.randoms(use_true_random=False)
QUANTITIES = range(1, 13)
REDUNDANT = FindingKind.REDUNDANT_RULE


def found_in(**changes):
    definition = read_release(shirt(**changes))
    return definition, lint(definition, compile_definition(definition))


def test_a_sound_release_has_no_findings():
    assert found_in()[1] == ()


def test_a_void_release_is_nothing_but_void():
    rules = [{"code": "A", "text": "text"}, {"code": "B", "text": "!text"}]

    (finding,) = found_in(rules=rules)[1]

    assert (finding.kind, finding.severity) == (FindingKind.VOID, Severity.ERROR)


def test_dead_and_forced_options_are_named():
    rules = [{"code": "A", "text": "fabric = SPORT & decoration != SCREEN"}]

    found = {(each.kind, each.subject) for each in found_in(rules=rules)[1]}

    assert found == {
        (FindingKind.DEAD_OPTION, "fabric=COTTON"),
        (FindingKind.DEAD_OPTION, "decoration=SCREEN"),
        (FindingKind.FORCED_OPTION, "fabric=SPORT"),
    }


def test_a_rule_that_others_imply_is_redundant():
    rules = [
        {"code": "A", "text": "fabric = SPORT => decoration = NONE"},
        {"code": "B", "text": "fabric = SPORT => decoration in {NONE, PRINT}"},
        {"code": "C", "table": {"of": ["size"], "rows": [["M"], ["XL"], ["2XL"]]}},
    ]

    found = [
        each.subject
        for each in found_in(rules=rules)[1]
        if each.kind is FindingKind.REDUNDANT_RULE
    ]

    assert found == ["B", "C"]


def test_configurations_without_a_routing_or_with_two_come_with_an_example():
    routings = shirt()["routings"]
    routings[0]["when"] = "decoration in {PRINT, SCREEN} & quantity < 100"

    definition, findings = found_in(routings=routings)

    none, several = findings
    assert (none.kind, none.severity) == (FindingKind.NO_ROUTING, Severity.ERROR)
    assert (several.kind, several.subject) == (
        FindingKind.SEVERAL_ROUTINGS,
        "DIRECT,SCREEN",
    )
    for finding, n in ((none, 0), (several, 2)):
        choices = dict(finding.example)
        quantity = choices.pop("quantity")
        applying = [r for r in definition.routings if holds(r.when, choices, quantity)]
        assert len(applying) == n
        rules = definition.rules
        assert all(holds(rule.expression, choices, quantity) for rule in rules)


def test_a_release_without_any_routing_is_told():
    (finding,) = found_in(routings=[])[1]

    assert finding.kind is FindingKind.NO_ROUTING


def dead_by_enumeration(made, rules=None):
    """List the options that no product has at any quantity."""
    products = [a for q in QUANTITIES for a in made.products({}, q, rules=rules)]
    picked = set()
    for answers in products:
        for name, value in answers.items():
            ticks = value if isinstance(value, tuple) else (value,)
            picked |= {(name, tick) for tick in ticks}
    return bool(products), {
        f"{each['code']}={option['code']}"
        for each in made.document["characteristics"]
        for option in each.get("options", ())
        if (each["code"], option["code"]) not in picked
    }


def follows(made, code, others):
    """Say by enumeration whether a rule follows from others."""
    chosen = {each: made.rules[each] for each in others}
    return all(
        made.rules[code](answers, quantity)
        for quantity in QUANTITIES
        for answers in made.products({}, quantity, rules=chosen)
    )


@settings(max_examples=60)
@given(RANDOM)
def test_findings_are_those_of_an_enumeration_and_no_rule_of_a_proof_can_go(rnd):
    made = random_product(rnd, n_characteristics=3, n_rules=5, priced=False)
    definition = read_release(made.document)

    findings = lint(definition, compile_definition(definition))

    is_possible, dead = dead_by_enumeration(made)
    if not is_possible:
        assert [each.kind for each in findings] == [FindingKind.VOID]
    else:
        found = {e.subject for e in findings if e.kind is FindingKind.DEAD_OPTION}
        assert found == dead
        found = {each.subject for each in findings if each.kind is REDUNDANT}
        for code in made.rules:
            others = [each for each in made.rules if each != code]
            assert (code in found) == follows(made, code, others)
    for each in findings:
        if each.kind not in PROVED_BY:
            continue
        assert PROVED_BY[each.kind](made, each.subject, each.rules)
        for code in each.rules:
            fewer = [other for other in each.rules if other != code]
            assert not PROVED_BY[each.kind](made, each.subject, fewer)


def is_void(made, subject, codes):
    return not dead_by_enumeration(made, {c: made.rules[c] for c in codes})[0]


def is_dead(made, subject, codes):
    return subject in dead_by_enumeration(made, {c: made.rules[c] for c in codes})[1]


PROVED_BY = {
    FindingKind.VOID: is_void,
    FindingKind.DEAD_OPTION: is_dead,
    FindingKind.REDUNDANT_RULE: follows,
}


def test_a_contradiction_is_told_by_the_fewest_rules():
    rules = [
        {"code": "A", "text": "fabric = SPORT => decoration = NONE"},
        {"code": "B", "text": "size = M => text"},
        {"code": "C", "text": "decoration != NONE"},
        {"code": "D", "text": "fabric = SPORT"},
    ]

    (finding,) = found_in(rules=rules)[1]

    assert finding.rules == ("A", "C", "D")
    assert "A, C, D contradict each other" in finding.message


def test_planted_dead_and_forced_options_come_with_the_rules_at_fault():
    rules = [
        {"code": "A", "text": "extras has BAG => size = M"},
        {"code": "B", "text": "size != M"},
        {"code": "C", "text": "extras has CARD"},
        {"code": "D", "text": "quantity < 10"},
        {"code": "E", "text": "decoration = SCREEN => quantity >= 24"},
    ]

    found = {each.subject: each.rules for each in found_in(rules=rules)[1]}

    assert found == {
        "extras=BAG": ("A", "B"),
        "size=M": ("B",),
        "decoration=SCREEN": ("D", "E"),
        "extras=CARD": ("C",),
    }


def test_the_same_findings_come_from_the_solver_where_there_is_no_diagram():
    rules = [{"code": "A", "text": "fabric = SPORT & decoration != SCREEN"}]
    definition = read_release(shirt(rules=rules))

    by_solver = compile_definition(definition, budget=Budget(seconds=0))
    by_diagram = compile_definition(definition)

    assert by_solver.method == "sat"
    assert lint(definition, by_solver) == lint(definition, by_diagram)


def test_rules_that_are_never_in_force_together_do_not_contradict_each_other():
    spring = {"code": "A", "text": "fabric = SPORT", "to": "2030-06-01"}
    summer = {"code": "B", "text": "fabric = COTTON", "from": "2030-06-01"}

    assert found_in(rules=[spring, summer])[1] == ()


def test_a_contradiction_on_some_day_is_told_with_the_day_unless_it_is_over():
    rules = [
        {"code": "A", "text": "fabric = SPORT", "to": "2030-06-01"},
        {"code": "B", "text": "fabric = COTTON", "from": "2030-05-01"},
    ]
    definition = read_release(shirt(rules=rules))
    compiled = compile_definition(definition)

    (finding,) = lint(definition, compiled, today=dt.date(2030, 1, 1))

    assert finding.message == (
        "no configuration satisfies all rules on 2030-05-01: A, B contradict each other"
    )
    assert lint(definition, compiled, today=dt.date(2030, 6, 1)) != (finding,)
    kinds = {e.kind for e in lint(definition, compiled, today=dt.date(2030, 6, 1))}
    assert kinds == {FindingKind.DEAD_OPTION, FindingKind.FORCED_OPTION}


def test_a_rule_with_dates_is_redundant_only_by_rules_of_its_time():
    rules = [
        {"code": "A", "text": "fabric = SPORT", "from": "2030-01-01"},
        {"code": "B", "text": "fabric = SPORT | text", "from": "2030-01-01"},
        {"code": "C", "text": "fabric = SPORT | extras"},
    ]

    found = [
        (each.subject, each.rules)
        for each in found_in(rules=rules)[1]
        if each.kind is FindingKind.REDUNDANT_RULE
    ]

    assert found == [("B", ("A",))]


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.json")), ids=lambda p: p.stem)
def test_nothing_in_the_demo_factory_is_dead_void_or_without_a_routing(path):
    definition = read_release(json.loads(path.read_text()))

    findings = lint(definition, compile_definition(definition))

    errors = [each for each in findings if each.severity is Severity.ERROR]
    assert errors == []
    assert {each.kind for each in findings} <= {FindingKind.REDUNDANT_RULE}
