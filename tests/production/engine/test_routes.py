"""Routes of one design: lines through two sizes, and where they cross."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.demand import DemandError
from production.engine.routes import (
    Route,
    StepFigures,
    break_even_cost,
    list_break_evens,
    make_route,
)


def sheet(pieces: int, *, slots: int) -> StepFigures:
    """A press that prints a sheet of 16 slots: plates once, then by the sheet."""
    return StepFigures(
        run_ms=pieces * 360,
        setup_s=1_500,
        hourly_minor=7_200,
        waste_milli=4_800_000,
        load_num=slots,
        load_den=16,
        is_load=True,
        shrinks=True,
    )


def sized(pieces: int, step: StepFigures):
    return (pieces, [step], 0)


def test_a_route_is_the_line_through_two_sizes():
    by_hand = [
        StepFigures(run_ms=n * 60_000, setup_s=600, hourly_minor=3_600)
        for n in (10, 20)
    ]

    found = make_route("HAND", sized(10, by_hand[0]), sized(20, by_hand[1]))

    assert found == Route("HAND", 600, 60_000, 600, 60_000)


def test_a_shared_sheet_costs_each_customer_a_sixteenth():
    few, many = (sized(n, sheet(n, slots=1)) for n in (500, 1_000))

    shared = make_route("GANG", few, many, is_alone=False)
    alone = make_route("SOLO", few, many, is_alone=True)

    assert abs(shared.once_s - 1_500 // 16) <= 1
    assert alone.once_s == 1_500
    assert shared.piece_ms == alone.piece_ms == 360 // 16
    assert shared.once_minor * 16 <= alone.once_minor


def test_an_oven_is_not_quicker_for_being_half_empty():
    half = StepFigures(run_ms=840_000, load_num=1, load_den=2, is_load=True)

    assert half.time_ms(is_alone=True) == 840_000
    assert half.time_ms(is_alone=False) == 420_000


def test_preparation_beside_the_machine_takes_time_but_no_machine():
    step = StepFigures(run_ms=1_000, beside_s=20, hourly_minor=3_600)

    assert step.time_ms(is_alone=True) == 21_000
    assert step.cost_milli(is_alone=True) == 1_000


def test_routes_that_never_pay_are_left_out():
    cheap = Route("A", 0, 100, 0, 100)
    dear = Route("B", 60, 100, 60, 200)
    quick = Route("C", 60, 50, 60, 50)

    found = list_break_evens([cheap, dear, quick])

    assert [(each.route, each.instead_of) for each in found] == [("C", "A"), ("C", "B")]


@given(
    st.integers(0, 10_000),
    st.integers(1, 500),
    st.integers(0, 10_000),
    st.integers(1, 500),
)
def test_from_the_break_even_on_the_dearer_preparation_is_never_dearer(a, b, c, d):
    one, other = Route("1", 0, 0, a, b), Route("2", 0, 0, c, d)
    slow, quick = sorted((one, other), key=lambda route: route.once_minor)

    found = break_even_cost(one, other)

    if found is not None:
        assert quick.cost_milli(found) <= slow.cost_milli(found)
        if found > 1:
            assert quick.cost_milli(found - 1) > slow.cost_milli(found - 1)


def test_one_size_draws_no_line():
    few = sized(5, StepFigures(run_ms=1))

    with pytest.raises(DemandError, match="two sizes"):
        make_route("X", few, few)
