import io
import json

import pytest

from configurator.engine.__main__ import main
from tests.configurator.engine.documents import shirt

UVL = """features
\tCar
\t\tmandatory
\t\t\tGear
\t\t\t\talternative
\t\t\t\t\tManual
\t\t\t\t\tAutomatic
\t\toptional
\t\t\tHybrid
\t\t\tTow
constraints
\tHybrid => Automatic
\t!Tow
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Write a model, run one command over it and return its JSON lines."""

    def run_command(command, *arguments, questions=(), text=UVL, name="car.uvl"):
        model = tmp_path / name
        model.write_text(text)
        lines = "\n".join(json.dumps(each) for each in questions) + "\n"
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        status = main([command, str(model), *map(str, arguments)])
        shown = capsys.readouterr()
        assert (status == 0) == (shown.err == "")
        return [json.loads(line) for line in shown.out.splitlines()] or shown.err

    return run_command


def test_inspect_tells_the_figures_of_a_model(run):
    (found,) = run("inspect", "--json")

    assert found.pop("compile_cpu_s") >= 0
    assert found == {
        "kind": "uvl",
        "characteristics": 6,
        "options": 12,
        "rules": 6,
        "products": "3",
        "dead_options": 3,
        "implied_options": 3,
        "dead": {"Car": ["false"], "Gear": ["false"], "Tow": ["true"]},
        "implied": {"Car": "true", "Gear": "true", "Tow": "false"},
        "void": False,
        "nodes": found["nodes"],
        "edges": found["edges"],
        "method": "diagram",
    }


def test_domains_answer_each_line_with_what_keeps_all_choices(run, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"Hybrid": {"true": 10}, "Manual": {"true": -3}}))

    one, other = run(
        "domains",
        "--prices",
        prices,
        questions=[{"choices": {}}, {"choices": {"Hybrid": "true"}}],
    )

    assert one["count"] == "3"
    assert one["valid"]["Hybrid"] == ["true", "false"]
    assert one["min_price"]["Hybrid"] == {"true": 10, "false": -3}
    assert one["max_price"]["Hybrid"] == {"true": 10, "false": 0}
    assert one["max_price"]["Gear"] == {"true": 10}
    assert other["count"] == "1"
    assert other["valid"]["Hybrid"] == ["true"]
    assert other["alternatives"] == {"Hybrid": ["true", "false"]}
    assert other["implied"] == {
        "Car": "true",
        "Gear": "true",
        "Manual": "false",
        "Automatic": "true",
        "Tow": "false",
    }


def test_choices_in_conflict_leave_nothing(run):
    (found,) = run(
        "domains", questions=[{"choices": {"Hybrid": "true", "Manual": "true"}}]
    )

    assert found["count"] == "0"
    assert found["implied"] == {}
    assert set(map(tuple, found["valid"].values())) == {()}


def test_explain_names_choices_rules_and_repairs(run):
    question = {"choices": {"Manual": "true"}, "wanted": {"Hybrid": "true"}}

    (found,) = run("explain", questions=[question])

    assert found == {
        "conflict": {"Manual": "true"},
        "rules": ["group 2: alternative of Gear", "constraint 1"],
        "repairs": [{"changes": {"Manual": "false"}, "price_delta_minor": 0}],
    }


def test_replay_measures_clicks(run):
    (found,) = run("replay", "--sequences", 5, "--seed", 7, "--json")

    assert set(found) >= {"states", "cpu_us", "first_us"}
    assert found["states"] >= 5
    assert set(found["cpu_us"]) == {"p50", "p95", "p99", "max"}


def test_a_release_is_a_model_too(run):
    (found,) = run("inspect", text=json.dumps(shirt()), name="shirt.json")

    assert (found["kind"], found["method"]) == ("release", "diagram")


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([{"choices": {"Boat": "true"}}], "Boat: this product has no such"),
        ([{"choices": {"Tow": "yes"}}], "Tow: 'yes' is not an option"),
        ([{"picked": {}}], 'line 1: an object with "choices" is needed'),
    ],
)
def test_a_wrong_question_ends_with_one_line(run, questions, message):
    assert message in run("domains", questions=questions)


def test_a_wrong_model_ends_with_one_line(run):
    assert "there is no feature tree" in run("inspect", text="constraints\n")


def test_lint_tells_findings_with_the_rules_that_prove_them(run):
    text = json.dumps(shirt(rules=[{"code": "A", "text": "fabric = SPORT"}]))

    (found,) = run("lint", "--json", text=text, name="shirt.json")

    dead, forced = found["findings"]
    assert (dead["kind"], dead["subject"], dead["rules"]) == (
        "DEAD_OPTION",
        "fabric=COTTON",
        ["A"],
    )
    assert forced["kind"] == "FORCED_OPTION"


def test_diff_counts_what_a_second_model_loses(run, tmp_path):
    rules = [{"code": "A", "text": "fabric = SPORT"}]
    other = tmp_path / "later.json"
    other.write_text(json.dumps(shirt(rules=rules)))
    text = json.dumps(shirt(rules=[]))

    (found,) = run("diff", other, "--json", text=text, name="shirt.json")

    assert found["products"]["lost"] == str(4 * 3 * 7 * 2)
    assert found["products"]["gained"] == "0"
    assert found["rules"]["added"] == ["A"]
    assert "a second model is needed" in run("diff", text=text, name="shirt.json")


VOID = "p cnf 3 6\n1 2 0\n-1 3 0\n-3 -1 0\n-2 3 0\n-2 -3 0\n3 1 2 0\n"


def test_a_contradiction_is_told_with_the_clauses_that_make_it(run):
    (found,) = run("inspect", text=VOID, name="void.cnf")

    assert found["void"] is True
    assert found["products"] == "0"
    assert found["conflict"] == ["1", "2", "3", "4", "5"]


def test_every_command_answers_without_a_diagram_too(run, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"Hybrid": {"true": 10}}))
    no_time = ("--seconds", "-1")

    (inspected,) = run("inspect", *no_time)
    (answer,) = run(
        "domains", "--prices", prices, *no_time, questions=[{"choices": {}}]
    )
    (explained,) = run(
        "explain",
        *no_time,
        questions=[{"choices": {"Manual": "true"}, "wanted": {"Hybrid": "true"}}],
    )
    (replayed,) = run("replay", "--sequences", 3, *no_time)

    assert (inspected["method"], inspected["dead_options"]) == ("sat", 3)
    assert answer["valid"]["Tow"] == ["false"]
    assert answer["implied"]["Car"] == "true"
    assert answer["count"] is answer["min_price"] is answer["max_price"] is None
    assert explained["conflict"] == {"Manual": "true"}
    assert explained["repairs"]
    assert replayed["states"] > 3


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"choices": {"Car": 5}}, "Car: "),
        ({"choices": {"Van": "true"}}, "Van: "),
        ({"choices": {}, "wanted": ["Car"]}, "wanted: one characteristic"),
        ({"choices": {}, "wanted": {"Car": 1}}, "wanted: 1 is not an option"),
        ({"choices": {}, "wanted": {"Van": "true"}}, "Van: "),
        ({"choices": {}, "quantity": "5"}, "line 1: '5' is no quantity"),
        ({"choices": []}, 'line 1: an object with "choices" is needed'),
        ([], 'line 1: an object with "choices" is needed'),
    ],
)
def test_a_question_that_cannot_be_understood_is_refused(run, question, message):
    assert message in run("explain", questions=[question])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "{characteristic: {option: n}} is needed"),
        ('{"Car": 5}', "Car: {option: n} is needed"),
        ('{"Car": {"true": 1.5}}', "Car.true: 1.5 is not a whole number"),
        ('{"Car": {"true": 9999999999999}}', "prices may add up to more than"),
        ('{"Van": {"true": 1}}', "Van: "),
    ],
)
def test_prices_that_cannot_be_read_are_refused(run, tmp_path, text, message):
    prices = tmp_path / "prices.json"
    prices.write_text(text)

    found = run("domains", "--prices", prices, questions=[{"choices": {}}])

    assert message in found
