"""What one configuration of a release comes to, before it is on sale."""

import datetime as dt

import pytest

from configurator.services.trials import Tried, try_out
from tests.factories.catalogue import make_draft, mug_document

pytestmark = pytest.mark.django_db
WHOLE = {"colour": "RED", "size": "S", "extras": [], "height_mm": 90}


def tried(document=None, **given):
    return try_out(release=make_draft(document), tried=Tried(**given))


def options_of(trial, code):
    question = next(each for each in trial.questions if each.code == code)
    return {each.code: (each.is_chosen, each.because) for each in question.options}


def test_options_are_left_out_by_the_rules_that_say_so():
    trial = tried(choices={"size": "S"})

    assert (trial.is_valid, trial.is_complete) == (True, False)
    assert options_of(trial, "colour")["GOLD"] == (False, "R1")
    assert options_of(trial, "size")["S"] == (True, "")
    assert "Colour" in trial.missing


def test_a_whole_configuration_has_a_price_a_routing_steps_and_materials():
    trial = tried(choices=WHOLE)

    assert trial.is_complete
    assert trial.lines
    assert trial.total
    assert dict(trial.routing)["Method"]
    assert trial.steps
    assert trial.materials


def test_a_contradiction_names_its_rule_and_what_would_help():
    trial = tried(choices={"colour": "GOLD", "size": "S"})

    assert not trial.is_valid
    parts = {each.code: each.part for each in trial.rules}
    assert parts["R1"] == "AT_FAULT"
    assert any(each.startswith("Size: L") for each in trial.repairs)
    said = {each.code: each.words for each in trial.rules}
    assert said["R1"] == "If Colour is Gold, then Size is Large"


def test_one_more_rule_can_be_tried_without_keeping_it():
    release = make_draft()
    rule = "colour = RED => size = L"

    trial = try_out(
        release=release, tried=Tried(choices={"colour": "RED"}, rule_text=rule)
    )

    assert options_of(trial, "size")["S"] == (False, "TRIED")
    assert not release.rules.filter(text=rule).exists()


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"rule_text": "colour ="}, "line 1, column 9: expected an option code"),
        ({"choices": {"colour": "PINK"}}, "'PINK' is not an option"),
        ({"quantity": 0}, "0 is not between 1 and 500"),
    ],
)
def test_what_cannot_be_is_told_and_the_rest_is_answered(given, problem):
    trial = tried(**given)

    assert problem in trial.problem
    assert trial.is_valid
    assert trial.questions


def test_a_draft_that_cannot_be_read_says_only_so():
    release = make_draft()
    release.rules.create(code="BAD", text="colour =", reason={})

    trial = try_out(release=release, tried=Tried())

    assert trial.problem.startswith("rules[")
    assert not trial.questions


def test_a_rule_with_dates_counts_on_its_days():
    document = mug_document()
    document["rules"][0]["to"] = "2026-01-01"
    day = dt.date(2026, 1, 1)

    trial = tried(document, choices={"size": "S"}, today=day)

    assert options_of(trial, "colour")["GOLD"] == (False, "")
    assert "R1" not in {each.code for each in trial.rules}


def test_of_very_many_rules_those_at_fault_stand_first(monkeypatch):
    monkeypatch.setattr("configurator.services.trials.MOST_RULES", 1)

    trial = tried(choices={"colour": "GOLD", "text": "Ada"})

    assert [each.code for each in trial.rules] == ["R2"]
    assert trial.n_more_rules == 1
