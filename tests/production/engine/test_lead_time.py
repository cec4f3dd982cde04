from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from production.engine.calendar import weekly
from production.engine.demand import Basis, Setup, Step
from production.engine.lead_time import estimate_ready

BERLIN = ZoneInfo("Europe/Berlin")
BAKE = weekly("Europe/Berlin", {day: [(time(2), time(10))] for day in range(6)})
STEPS = (
    Step("mix", 900_000, basis=Basis.LOAD, resource="MIX", load_max=1200),
    Step(
        "bake",
        840_000,
        basis=Basis.LOAD,
        resource="OVEN",
        after=("mix",),
        setup=Setup(internal_s=60),
        load_max=432,
    ),
    Step("cool", 1_800_000, basis=Basis.DELAY, after=("bake",)),
)
CALENDARS = {"MIX": BAKE, "OVEN": BAKE}
EVENING = datetime(2025, 11, 21, 16, tzinfo=BERLIN)


def ready(steps=STEPS, **more):
    asked: dict[str, Any] = {
        "quantity": 600,
        "released_at": EVENING,
        "calendars": CALENDARS,
    }
    return estimate_ready(steps, **(asked | more))


def test_baking_starts_in_the_night_and_cooling_needs_nobody():
    done = ready()

    assert done.tzinfo is UTC
    assert done.astimezone(BERLIN) == datetime(2025, 11, 22, 3, 14, tzinfo=BERLIN)


def test_work_ahead_and_time_to_fill_a_load_come_on_top():
    base = ready()

    assert (ready(queue_s={"OVEN": 600}) - base).total_seconds() == 600
    assert (ready(wait_s={"bake": 2700}) - base).total_seconds() == 2700
    assert (ready(queue_s=100) - base).total_seconds() == 200


def test_branches_run_side_by_side():
    branches = (
        Step("a", 1000, basis=Basis.FIXED),
        Step("b", 5000, basis=Basis.FIXED, after=("a",)),
        Step("c", 9000, basis=Basis.FIXED, after=("a",), min_delay_s=1),
    )

    assert (ready(branches) - EVENING).total_seconds() == 11


def test_no_steps_are_ready_at_once():
    assert ready(()) == EVENING


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_more_pieces_are_never_ready_earlier(one, two):
    few, many = min(one, two), max(one, two)

    assert ready(quantity=few) <= ready(quantity=many)
