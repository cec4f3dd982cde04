"""The command lines on instances of our own, judged by plain validators."""

import json
import signal
import subprocess
import sys

import pytest

from production.engine.__main__ import main
from production.engine.changeover import warm
from tests.production.engine import instances, validators

LIMITS = '{"capacity": 10, "minimum": 0, "max_wait_s": 60, "run_s": 10}'
TIMES = '"arrived_s": 0, "due_s": 100'


def run(capsys, *arguments):
    code = main([str(one) for one in arguments])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return json.loads(said.out.splitlines()[-1])


@pytest.fixture
def files(tmp_path):
    return instances.write_all(tmp_path)


def test_cars_are_sequenced_by_class(capsys, files):
    answer = run(
        capsys, "sequence", files["csplib"], "--format", "csplib", "--moves", 500
    )

    assert answer["objective"] == validators.csplib(files["csplib"], answer["plan"])
    assert answer["objective"] == [0]
    assert set(answer) == {"objective", "plan", "moves", "cpu_s"}


def test_a_day_of_vehicles_is_sequenced_behind_the_day_before(capsys, files):
    answer = run(
        capsys, "sequence", files["roadef"], "--format", "roadef", "--moves", 500
    )

    assert answer["objective"] == validators.roadef(files["roadef"], answer["plan"])
    assert answer["over_batch_limit"] == 0
    assert all(isinstance(key, str) for key in answer["plan"])


def test_a_round_trip_names_places_from_one(capsys, files):
    answer = run(capsys, "changeover", files["atsp"], "--moves", 200)

    assert answer["objective"] == validators.atsp(files["atsp"], answer["plan"])
    assert answer["objective"] == [10]


def test_jobs_on_one_machine_are_named_from_zero(capsys, files):
    answer = run(capsys, "tardiness", files["wtsds"], "--moves", 500)

    assert answer["objective"] == validators.wtsds(files["wtsds"], answer["plan"])
    assert answer["objective"] == [3]


@pytest.mark.parametrize("workers", [None, 1])
def test_a_job_shop_tells_when_who_does_what(capsys, files, workers):
    asked = ["jobshop", files["jobshop"], "--cpu-seconds", 5]
    asked += [] if workers is None else ["--workers", workers]

    answer = run(capsys, *asked)

    found = validators.jobshop(files["jobshop"], answer["plan"], workers)
    assert answer["objective"] == found == [7 if workers is None else 12]


def test_orders_become_loads(capsys, files):
    answer = run(capsys, "batch", files["orders"])

    assert validators.batch(files["orders"], answer["plan"]) == answer["lower_bound"]
    assert answer["plan"][0] == {
        "family": "A",
        "members": [{"key": "x", "quantity": 6}, {"key": 7, "quantity": 4}],
        "frozen_because": "FULL",
        "at_s": 30,
    }


def test_tasks_are_balanced(capsys, files):
    answer = run(capsys, "balance", files["alb"], "--cycle", 30)

    assert answer["objective"] == validators.balance(files["alb"], answer["plan"], 30)
    assert answer["objective"] == [5]


def test_the_plan_can_be_written_to_a_file(capsys, files, tmp_path):
    out = tmp_path / "plan.json"

    answer = run(capsys, "balance", files["alb"], "--cycle", 30, "--out", out)

    assert json.loads(out.read_text()) == answer


def test_a_plan_that_no_file_takes_is_printed_all_the_same(capsys, files, tmp_path):
    out = tmp_path / "nowhere" / "plan.json"

    code = main(["balance", str(files["alb"]), "--cycle", "30", "--out", str(out)])

    said = capsys.readouterr()
    assert code == 2
    assert json.loads(said.out)["objective"]
    assert said.err == f"{out}: No such file or directory\n"


@pytest.mark.parametrize(
    ("command", "kind"), [("changeover", "atsp"), ("tardiness", "wtsds")]
)
def test_an_interrupt_ends_a_search_with_the_best_so_far(
    capsys, files, monkeypatch, command, kind
):
    def interrupted():
        warm()
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("production.engine.__main__.warm", interrupted)

    before = signal.getsignal(signal.SIGINT)

    answer = run(capsys, command, files[kind], "--cpu-seconds", 60)

    assert answer["plan"]
    assert answer["cpu_s"] < 30
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("kind", ["csplib", "roadef"])
def test_the_same_seed_and_moves_give_the_same_bytes_in_two_processes(files, kind):
    def once():
        done = subprocess.run(
            [
                sys.executable,
                *("-m", "production.engine", "sequence", files[kind]),
                *("--format", kind, "--moves", "300", "--seed", "4"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout)
        del answer["cpu_s"]
        return json.dumps(answer)

    assert once() == once()


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        (["sequence", "--format", "csplib"], "", "ends where three counts"),
        (["sequence", "--format", "csplib"], "3 1", "line 1: expected 3 whole"),
        (["sequence", "--format", "csplib"], "2 1 1\n1\n2\n0 1 1", "expected 1 cars"),
        (["changeover"], "DIMENSION: 2\nx", "no EDGE_WEIGHT_FORMAT"),
        (
            ["changeover"],
            "DIMENSION: 2\nEDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n1 2 3",
            "matrix of 3 numbers",
        ),
        (["tardiness"], "Process Times:\n5\nWeights:\n1", "no section 'duedates'"),
        (["jobshop"], "1 1\n1 5", "machine below 1"),
        (["jobshop"], "2 1\n0 5", "1 jobs, as there are rows: the file may be cut off"),
        (["batch"], "", "is empty"),
        (["batch"], "[1]", "a JSON object"),
        (["batch"], '{"capacity": 1}', "a whole number as minimum"),
        (
            ["batch"],
            f'{LIMITS}\n{{"key": "a", "family": "f", "quantity": 100000000, {TIMES}}}',
            "at most 1,000,000 lots up to 'a', not 10,000,000",
        ),
        (
            ["batch"],
            f'{LIMITS}\n{{"key": "a", "family": "f", "quantity": 0, {TIMES}}}',
            "expected a quantity from 1 for 'a'",
        ),
        (["balance", "--cycle", "5"], "<end>", "no section <task times>"),
        (["balance", "--cycle", "5"], "<task times>\n1 9", "no <end>: the file may be"),
        (["balance", "--cycle", "5"], "<task times>\n1 9\n<end>", "longer than the"),
    ],
)
def test_a_file_that_is_not_right_gives_one_clear_line(
    capsys, tmp_path, command, text, said
):
    path = tmp_path / "instance"
    path.write_text(text)

    code = main([command[0], str(path), *command[1:]])

    error = capsys.readouterr().err
    assert code == 2
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["jobshop", "--workers", "0"], "--workers must be a number from 1, got 0"),
        (["balance", "--cycle", "0"], "--cycle must be a number from 1, got 0"),
        (
            ["changeover", "--cpu-seconds", "-1"],
            "--cpu-seconds must be a number from 0, got -1",
        ),
        (
            ["changeover", "--cpu-seconds", "inf"],
            "--cpu-seconds must be a number from 0, got inf",
        ),
        (["tardiness", "--moves", "-7"], "--moves must be a number from 0, got -7"),
    ],
)
def test_a_figure_that_makes_no_sense_is_named_as_it_was_given(capsys, words, said):
    command, *others = words

    code = main([command, "instance", *others])

    assert (code, capsys.readouterr().err) == (2, f"{said}\n")


def test_a_file_that_is_not_there_says_so(capsys, tmp_path):
    assert main(["jobshop", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "part", "command"),
    [
        ("csplib", "", ["sequence", "--format", "csplib"]),
        ("roadef", "optimization_objectives.txt", ["sequence", "--format", "roadef"]),
        ("roadef", "vehicles.txt", ["sequence", "--format", "roadef"]),
        ("atsp", "", ["changeover"]),
        ("wtsds", "", ["tardiness"]),
        ("jobshop", "", ["jobshop"]),
        ("orders", "", ["batch"]),
        ("alb", "", ["balance", "--cycle", "30"]),
    ],
)
def test_a_file_cut_in_half_is_named_or_planned_as_far_as_it_is_whole(
    capsys, files, kind, part, command
):
    path = files[kind] / part
    text = path.read_text()
    half = len(text) // 2
    told = []
    for cut in (half - 7, half - 3, half, half + 4):
        path.write_text(text[:cut])

        code = main([command[0], str(files[kind]), *command[1:], "--moves", "9"])

        error = capsys.readouterr().err
        assert (code, error.count("\n")) in {(0, 0), (2, 1)}
        told += [error] if code else []
    assert told
    assert all(path.name in one for one in told)
