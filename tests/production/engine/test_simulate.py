"""The simulation of methods: nothing is lost in it, and small cases by hand."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.engine.case import (
    FOUR_PLANTS,
    SAME_EQUIPMENT,
    Case,
    CaseOrder,
    Equipment,
    Pacing,
    Plant,
    Rates,
)
from production.engine.changeover import SetupMatrix
from production.engine.cutoff import Closing, CutoffClock
from production.engine.demand import ColourRule, SetupRule
from production.engine.methods import METHODS
from production.engine.plan import Kind, Profile
from production.engine.simulate import simulate
from production.engine.values import DemandError

SAME = SetupRule("same", same=("kind",))
TEN_S = SetupMatrix("M", (SAME, SetupRule("other", internal_s=10)))
PROFILE = Profile(kind=Kind.STANDARD, quantity=1, run_ms=1000)


def order(key, variant, quantity=1, arrived_s=0, due_s=10**6, **closing):
    rules = Closing(**{"max_wait_s": 60, **closing})
    state = {"kind": variant}
    return CaseOrder(key, variant, quantity, arrived_s, due_s, state, closing=rules)


def case(*orders, **equipment) -> Case:
    fields = {"run_ms": 5_000, "matrix": TEN_S, **equipment}
    rates = Rates(labour_minor_per_h=3600, machine_minor_per_h=0, material_minor=2)
    return Case(tuple(orders), Equipment(**fields), PROFILE, rates)


def test_orders_one_after_the_other_pay_a_change_each_time():
    mixed = case(order(1, "A"), order(2, "B"), order(3, "A"))

    found = simulate(mixed, plant=Plant("JOB"))

    # The first set-up too: nothing is known of the machine before it.
    assert (found.n_changes, found.change_s, found.run_s) == (3, 30, 15)
    assert found.end_s == 45
    assert found.lead_s == (15 + 30 + 45) // 3
    assert found.cost_minor == 45 + 3 * 2


def test_batches_wait_and_share_the_change():
    mixed = case(order(1, "A"), order(2, "B"), order(3, "A"))

    found = simulate(mixed, plant=Plant("BATCH"))

    assert (found.n_changes, found.run_s) == (2, 15)
    assert found.end_s == 60 + 2 * 10 + 15


def test_a_batch_waits_for_company_up_to_the_cut_off_and_not_beyond():
    eight = datetime(2026, 3, 2, 8, tzinfo=UTC)
    clock = CutoffClock(time(9), "UTC", eight)

    def made(cutoff=None):
        rules = {"max_wait_s": 5_000, "cutoff": cutoff}
        three = [order(n, "A", arrived_s=n * 2_400, **rules) for n in range(3)]
        return simulate(case(*three), plant=Plant("BATCH"))

    open_end, cut, late = made(), made(clock), made(replace(clock, at=time(12)))

    # At nine two have come: they go without the third, whose own wait then ends it.
    assert (open_end.n_changes, open_end.end_s) == (1, 5_000 + 10 + 15)
    assert (cut.n_changes, cut.end_s) == (1, 4_800 + 5_000 + 5)
    assert late == open_end


def test_what_follows_other_rules_makes_loads_of_its_own_and_pays_no_change():
    soon = order(1, "A", max_wait_s=100)
    later = order(2, "A", max_wait_s=300)
    filled = [order(key, "A", max_wait_s=200, minimum=2) for key in (3, 4)]
    few = order(5, "A", max_wait_s=400, capacity=2)
    rest = order(6, "A", 3, max_wait_s=400, capacity=2)

    alone = simulate(case(soon, later, *filled), plant=Plant("BATCH"))
    full = simulate(case(few, rest), plant=Plant("BATCH"))

    assert (alone.n_changes, alone.end_s) == (1, 300 + 5)
    assert alone.lead_s == (115 + 305 + 2 * 210) // 4
    assert full.end_s == 10 + 2 * 10


def test_a_full_batch_does_not_wait():
    full = case(order(1, "A", 3), order(2, "A", 2), batch_pieces=5)

    found = simulate(full, plant=Plant("BATCH"))

    assert found.end_s == 10 + 5 * 5


def test_units_one_by_one_keep_runs_of_a_colour():
    colour = ColourRule("kind", max_run=8)
    mixed = case(*[order(n, "AB"[n % 2]) for n in range(8)], colour=colour)

    found = simulate(mixed, plant=Plant("MASS_CUSTOMISATION"))

    assert found.n_changes == 2


def test_flow_serves_from_stock_at_once():
    steady = case(*[order(n, "A", 10, arrived_s=n * 100) for n in range(10)])

    found = simulate(steady, plant=Plant("FLOW"))

    assert (found.lead_s, found.unfinished, found.tardy_bp) == (0, 0, 0)


def test_a_line_that_fills_stock_waits_for_a_station_that_exceeds_its_takt():
    long = replace(order(1, "A", 10), station_ms={"PRESS": 6_000})

    found = simulate(case(long, pacing=Pacing({"PRESS": 0})), plant=Plant("FLOW"))

    assert (found.lead_s, found.overload_s) == (0, 10)


def test_a_load_takes_as_long_for_one_as_for_all():
    oven = {"load_pieces": 4, "load_run_ms": 60_000}
    alone = simulate(case(order(1, "A"), **oven), plant=Plant("JOB"))
    full = simulate(case(order(1, "A", 4), **oven), plant=Plant("JOB"))

    assert alone.run_s == full.run_s == 60


def test_what_does_not_fit_into_the_working_time_is_late():
    short = case(order(1, "A", 100), openings=((0, 60),))

    found = simulate(short, plant=Plant("JOB"))

    assert (found.unfinished, found.tardy_bp) == (1, 10_000)


def test_a_plant_with_quick_set_ups_spends_less_on_them():
    mixed = case(*[order(n, "AB"[n % 2]) for n in range(6)])

    slow = simulate(mixed, plant=SAME_EQUIPMENT["MASS_CUSTOMISATION"])
    quick = simulate(mixed, plant=FOUR_PLANTS["MASS_CUSTOMISATION"])

    assert quick.change_s * 10 == slow.change_s


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABC"),
            st.integers(1, 9),
            st.integers(0, 500),
            st.booleans(),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(sorted(METHODS)),
    st.integers(1, 3),
)
def test_every_piece_is_made_once_under_every_method(rows, method, places):
    orders = [
        order(key, variant, quantity, arrived_s, due_s=50 if is_urgent else 10**6)
        for key, (variant, quantity, arrived_s, is_urgent) in enumerate(rows)
    ]
    given_case = case(*orders, places=places, batch_pieces=10)

    found = simulate(given_case, plant=SAME_EQUIPMENT[method])
    again = simulate(given_case, plant=SAME_EQUIPMENT[method])

    assert found == again
    assert found.unfinished == 0
    if method != "FLOW":
        assert found.run_s == given_case.n_pieces * 5
    assert found.lead_s >= 0
    assert 0 <= found.wip_pieces <= given_case.n_pieces


def test_a_case_without_orders_is_refused():
    with pytest.raises(DemandError, match="needs orders"):
        case()


def test_an_order_for_nothing_is_refused():
    with pytest.raises(DemandError, match="pieces"):
        order(1, "A", 0)
