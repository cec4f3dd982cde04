"""The same demand on other equipment."""

from production.engine.case import Case, CaseOrder, Equipment, Pacing, Plant, Rates
from production.engine.changeover import SetupMatrix
from production.engine.demand import SetupRule
from production.engine.plan import Kind, Profile
from production.engine.simulate import simulate
from production.engine.what_if import (
    scaled_openings,
    with_automation,
    with_matrix,
    with_shifts,
)

EACH_TEN_S = SetupMatrix("M", (SetupRule("EACH", internal_s=10),))


def case(**equipment) -> Case:
    fields = {"run_ms": 4_000, "matrix": EACH_TEN_S, "openings": ((0, 60), (100, 160))}
    return Case(
        (CaseOrder(1, "A", 20, station_ms={"ROOF": 4_000}),),
        Equipment(**{**fields, **equipment}),
        Profile(kind=Kind.CONFIGURABLE, quantity=20, run_ms=4_000),
        Rates(labour_minor_per_h=3_000, machine_minor_per_h=1_000),
    )


def test_full_automation_has_the_factors_of_the_plant_for_flow():
    found = with_automation(case(pacing=Pacing({"ROOF": 100})), share_bp=10_000)

    assert found.equipment.run_ms == 1_000
    assert found.equipment.pacing == Pacing({"ROOF": 25})
    assert found.orders[0].station_ms == {"ROOF": 1_000}
    assert found.equipment.matrix.rules[0].internal_s == 40
    assert found.rates.labour_minor_per_h == 1_200
    assert found.rates.machine_minor_per_h == 3_000


def test_half_the_way_is_half_the_difference_and_none_changes_nothing():
    half = with_automation(case(), share_bp=5_000)

    assert half.equipment.run_ms == 2_500
    assert half.rates.machine_minor_per_h == 2_000
    assert with_automation(case(), share_bp=0) == case()


def test_longer_shifts_join_and_make_things_sooner():
    longer = with_shifts(case(), factor_bp=20_000)

    assert longer.equipment.openings == ((0, 220),)
    before = simulate(case(), plant=Plant("JOB"))
    assert before.end_s == 130
    assert simulate(longer, plant=Plant("JOB")).end_s == 90


def test_a_place_that_is_always_open_has_no_shifts():
    assert scaled_openings(None, 5_000) is None
    assert scaled_openings(((0, 60),), 5_000) == ((0, 30),)


def test_orders_replayed_under_another_matrix_pay_its_changes():
    none = SetupMatrix("NONE", (SetupRule("NEVER"),))

    found = simulate(with_matrix(case(), matrix=none), plant=Plant("JOB"))

    assert found.change_s == 0
    assert simulate(case(), plant=Plant("JOB")).change_s == 10
