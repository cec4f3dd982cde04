"""The command lines on public instances, where a folder with them is at hand."""

import json
from pathlib import Path

import pytest

from production.engine.__main__ import main
from tests.production.engine import validators

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "planning"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="no public planning instances beside this checkout"
)


def run(capsys, *arguments):
    assert main([str(one) for one in arguments]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.mark.parametrize("name", ["60-01", "75-04", "90-08"])
def test_a_satisfiable_day_of_cars_has_no_violation(capsys, name):
    path = SHARED / "car_csplib" / f"{name}.txt"

    answer = run(capsys, "sequence", path, "--format", "csplib", "--moves", 20_000)

    assert answer["objective"] == validators.csplib(path, answer["plan"]) == [0]


@pytest.mark.parametrize("name", ["A/022_3_4_EP_RAF_ENP", "A/039_38_4_RAF_EP_ch1"])
def test_a_day_of_the_challenge_keeps_its_batch_limit(capsys, name):
    path = SHARED / "car_roadef2005" / name

    answer = run(capsys, "sequence", path, "--format", "roadef", "--moves", 2000)

    assert answer["objective"] == validators.roadef(path, answer["plan"])


@pytest.mark.parametrize(("name", "best"), [("br17", 39), ("ftv33", 1286)])
def test_a_round_trip_comes_near_its_optimum(capsys, name, best):
    path = SHARED / "atsp" / f"{name}.atsp"

    answer = run(capsys, "changeover", path, "--moves", 20_000)

    assert answer["objective"] == validators.atsp(path, answer["plan"])
    assert best <= answer["objective"][0] <= best * 1.06


def test_weighted_tardiness_is_counted_as_the_file_says(capsys):
    path = SHARED / "wtsds" / "wt_sds_43.instance"

    answer = run(capsys, "tardiness", path, "--moves", 20_000)

    assert answer["objective"] == validators.wtsds(path, answer["plan"])
    assert answer["objective"][0] <= 180_000


@pytest.mark.parametrize(("name", "best"), [("ft06", 55), ("la01", 666), ("la05", 593)])
def test_a_classic_job_shop_is_solved_to_its_optimum(capsys, name, best):
    path = SHARED / "jobshop" / name

    answer = run(capsys, "jobshop", path, "--cpu-seconds", 20)

    assert answer["objective"] == validators.jobshop(path, answer["plan"], None)
    assert answer["objective"] == [best]
