import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.demand import DemandError
from production.engine.flow import (
    Breakdowns,
    LineState,
    Station,
    StockLevel,
    balance_bp,
    bottleneck,
    reorder,
    takt_ms,
    tick,
)

APPLE = [
    Station("PRESS", 2400),
    Station("PASTEURISE", 2500),
    Station("FILL", 2700),
    Station("CAP", 2200),
    Station("PACK", 2600),
]
ORANGE = [Station("PRESS", 3100), *APPLE[1:]]
GRAPE = [Station(str(k), ms) for k, ms in enumerate([5200, 4000, 4400, 3900, 4600])]


@pytest.mark.parametrize(
    ("stations", "demand", "takt", "percent"),
    [
        (APPLE, 16_800, 3000, 91),
        (ORANGE, 14_400, 3500, 84),
        (GRAPE, 8_400, 6000, 85),
    ],
)
def test_the_juice_lines_keep_their_takt(stations, demand, takt, percent):
    assert takt_ms(available_s=50_400, demand=demand) == takt
    assert balance_bp(stations) // 100 == percent
    assert bottleneck(stations).cycle_ms <= takt


EMPTY = LineState()


def run(from_s, to_s, state=EMPTY, **more):
    return tick(state, from_s=from_s, to_s=to_s, stations=APPLE, **more)


def test_an_empty_line_fills_before_the_first_unit_leaves():
    assert run(0, 12).good == 0
    assert run(0, 13).good == 1
    assert run(0, 16).good == 2


def test_all_stations_work_at_the_same_time():
    full = run(0, 600).state

    later = run(600, 870, full)

    assert {station.n_units for station in later.stations} == {100}
    assert later.good == 100


def test_counters_come_by_the_minute_and_add_up():
    result = run(30, 150)

    assert [minute.minute_s for minute in result.minutes] == [0, 60, 120]
    assert result.good == result.state.n_out == (120_000 - 12_400) // 2700 + 1


def test_at_a_takt_a_unit_leaves_every_takt_and_every_station_is_busy():
    full = run(0, 600, pace_ms=3000).state

    later = run(600, 900, full, pace_ms=3000)

    assert {station.n_units for station in later.stations} == {100}
    assert run(600, 900, full, pace_ms=1000).good > later.good == 100


def test_a_line_that_is_slowed_down_in_mid_run_takes_nothing_back():
    fast = run(0, 3000).state

    slower = run(3000, 3060, fast, pace_ms=6000)

    assert (slower.good, slower.state.n_out) == (0, fast.n_out)


def test_scrap_is_exact_over_the_whole_run():
    result = run(0, 100_000, scrap_bp=37)

    assert result.scrap == result.state.n_out * 37 // 10_000
    assert result.good + result.scrap == result.state.n_out


def test_a_run_ends_at_its_quantity():
    result = run(0, 10_000, limit=50)

    assert (result.state.n_out, result.stations[0].n_units) == (50, 50)
    assert run(10_000, 20_000, result.state, limit=50).good == 0


def test_a_line_that_is_down_makes_nothing():
    down = LineState(ran_ms=60_000, n_out=18, down_until_s=90)

    result = run(0, 120, down)

    assert [minute.down_s for minute in result.minutes] == [60, 30]
    assert result.minutes[0].good == 0
    assert result.minutes[1].good > 0


def test_a_repair_that_ended_in_a_closed_hour_is_over():
    down = LineState(ran_ms=60_000, n_out=18, down_until_s=90)

    assert run(1000, 1060, down).minutes[0].down_s == 0


@given(
    st.lists(st.integers(1, 4000), min_size=1, max_size=6),
    st.integers(0, 9),
    st.integers(0, 500),
)
def test_many_short_ticks_equal_one_long_tick(lengths, seed, scrap_bp):
    asked = {
        "scrap_bp": scrap_bp,
        "limit": 3000,
        "breakdowns": Breakdowns(2000, 300),
    }
    whole = run(0, sum(lengths), rng=random.Random(seed), **asked)  # noqa: S311

    rng = random.Random(seed)  # noqa: S311 -- the same draws again
    state, clock_s, good, scrap, down_s = LineState(), 0, 0, 0, 0
    for length in lengths:
        part = run(clock_s, clock_s + length, state, rng=rng, **asked)
        state, clock_s = part.state, clock_s + length
        good, scrap = good + part.good, scrap + part.scrap
        down_s += sum(minute.down_s for minute in part.minutes)

    assert (state, good, scrap) == (whole.state, whole.good, whole.scrap)
    assert down_s == sum(minute.down_s for minute in whole.minutes)
    assert state.ran_ms == (clock_s - down_s) * 1000


def test_time_that_runs_back_is_refused():
    with pytest.raises(DemandError, match="runs back"):
        run(10, 5)
    with pytest.raises(DemandError, match="0 ms"):
        Station("PRESS", 0)


def stock(on_hand, **more):
    level = {"reorder_point": 25_200, "run_size": 18_000, "maximum": 60_000}
    return StockLevel("APPLE", on_hand, **(level | more))


@pytest.mark.parametrize(
    ("level", "quantity"),
    [
        (stock(25_201), 0),
        (stock(25_200), 18_000),
        (stock(5_000), 36_000),
        (stock(5_000, expected=18_000), 18_000),
        (stock(30_000, allocated=10_000), 18_000),
        (stock(0, allocated=20_000), 54_000),
        (stock(20_000, maximum=30_000), 0),
        (stock(0, allocated=1, maximum=25_200, run_size=30_000), 30_000),
        (stock(0, maximum=25_200, run_size=30_000), 0),
    ],
)
def test_stock_is_replenished_in_whole_runs_below_the_maximum(level, quantity):
    assert reorder([level]) == ({"APPLE": quantity} if quantity else {})


def test_a_reorder_point_above_the_maximum_is_refused():
    with pytest.raises(DemandError, match="APPLE reorder point"):
        stock(0, reorder_point=70_000)
