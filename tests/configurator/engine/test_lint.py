from configurator.engine.artefact import compile_definition
from configurator.engine.formats.release_json import read_release
from configurator.engine.lint import FindingKind, Severity, lint
from configurator.engine.rules import holds
from tests.configurator.engine.documents import shirt


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
