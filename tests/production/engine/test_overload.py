"""A paced line waits for what its stations cannot make good."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.case import Equipment, Pacing, Plant
from production.engine.demand import DemandError
from production.engine.overload import PacedLine, places_needed, slack_of

LIGHT, HEAVY = {"ROOF": 520}, {"ROOF": 720}
USUAL = Plant("JOB")


def line(slack_ms=120, purged="", plant=USUAL) -> PacedLine:
    equipment = Equipment(run_ms=600, pacing=Pacing({"ROOF": slack_ms}, purged))
    return PacedLine(equipment, plant)


def waits(paced: PacedLine, *units, purge_ms=0) -> list[int]:
    return [paced.pass_units(unit, n_units=1, purge_ms=purge_ms) for unit in units]


def test_one_in_three_never_makes_the_line_wait():
    assert waits(line(), HEAVY, LIGHT, LIGHT, HEAVY, LIGHT, LIGHT) == [0] * 6


def test_two_heavy_units_in_a_row_stop_it_for_what_is_over():
    assert waits(line(), HEAVY, HEAVY) == [0, 120]


def test_light_units_make_good_what_the_station_is_behind():
    assert waits(line(), HEAVY, LIGHT, HEAVY) == [0, 0, 40]


def test_units_alike_count_as_one_after_another():
    together = line().pass_units(HEAVY, n_units=3, purge_ms=0)

    assert together == sum(waits(line(), HEAVY, HEAVY, HEAVY)) == 240


def test_a_purge_is_work_of_its_station_once():
    paced = line(slack_ms=0, purged="ROOF")

    assert paced.pass_units(LIGHT, n_units=2, purge_ms=90) == 10


def test_a_plant_with_short_runs_feels_a_purge_as_long_as_it_is():
    quick = Plant("MASS_CUSTOMISATION", run_bp=5_000)
    paced = line(slack_ms=0, purged="ROOF", plant=quick)

    waited = paced.pass_units(LIGHT, n_units=1, purge_ms=90)

    assert waited * 5_000 // 10_000 == 90 - (600 - 520) // 2


def test_a_line_is_as_slow_as_its_stations_together_never_faster():
    apart = [line(), line()]
    units = [HEAVY, HEAVY, LIGHT, HEAVY]

    assert waits(apart[0], *units) == waits(apart[1], *units)


@given(st.lists(st.integers(0, 1500), max_size=30), st.integers(0, 300))
def test_more_slack_never_makes_a_line_wait_longer(works, slack_ms):
    units = [{"ROOF": work} for work in works]

    tight = sum(waits(line(slack_ms), *units))
    wide = sum(waits(line(slack_ms + 50), *units))

    assert 0 <= wide <= tight


@pytest.mark.parametrize(
    ("plain", "heavy", "p", "q", "places"),
    [
        ((520,), (720,), 1, 3, 1),
        ((1800, 2700), (3600,), 1, 3, 4),
        ((0, 550), (2800,), 1, 2, 2),
        ((), (), 1, 1, 1),
    ],
    ids=["roof", "printers", "heads", "nothing"],
)
def test_places_are_what_a_station_needs_to_keep_the_takt(plain, heavy, p, q, places):
    takt_ms = 600 if plain in ((520,), ()) else 750

    found = places_needed(plain, heavy, at_most=p, window=q, takt_ms=takt_ms)

    assert found == places


def test_slack_is_the_heavy_units_that_a_rule_lets_through_in_a_row():
    assert slack_of([630, 620], at_most=2, takt_ms=600) == 60
    assert slack_of([], at_most=1, takt_ms=600) == 0


def test_slack_below_nothing_is_refused():
    with pytest.raises(DemandError, match="slack"):
        Pacing({"ROOF": -1})
