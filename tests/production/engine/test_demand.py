import pytest

from production.engine.demand import (
    Basis,
    ColourRule,
    Demand,
    DemandError,
    Key,
    LineRule,
    Resource,
    Setup,
    SetupRule,
    Step,
    key_order,
    matches,
)
from production.engine.reasons import REASONS, Reason


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Demand(key="A", family="f", quantity=0), "0 pieces"),
        (lambda: Demand(key="A", family="f", quantity=1, weight=-1), "-1"),
        (lambda: Demand(key="A", family="f", quantity=1, load_den=0), "1/0"),
        (lambda: Step(key="S", run_ms=-1), "-1 ms"),
        (lambda: Step(key="S", run_ms=1, after=("S",)), "follows"),
        (lambda: Step(key="S", run_ms=1, min_delay_s=5, max_delay_s=4), r"\(5, 4\)"),
        (lambda: Setup(internal_s=-3), "-3"),
        (lambda: SetupRule(code="R", external_s=-3), "R"),
        (lambda: SetupRule(code="R", waste={"DOUGH": -1}), "DOUGH"),
        (lambda: Resource(code="OVEN", capacity=0), "OVEN"),
        (lambda: Resource(code="OVEN", capacity=3, minimum=4), "minimum"),
        (lambda: LineRule(code="R", when={}, at_most=2, window=2), "2 of 2"),
        (lambda: ColourRule(attribute="colour", max_run=0), "colour"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_its_value(make, said):
    with pytest.raises(DemandError, match=said):
        make()


def test_a_step_may_only_follow_steps_before_it():
    with pytest.raises(DemandError, match="LATER"):
        Demand(
            key=1,
            family="f",
            quantity=1,
            steps=(Step(key="S", run_ms=1, after=("LATER",)),),
        )


@pytest.mark.parametrize(
    ("basis", "quantity", "run_s"),
    [
        (Basis.UNIT, 10, 15),
        (Basis.UNIT, 1, 2),
        (Basis.FIXED, 10, 2),
        (Basis.DELAY, 10, 2),
        (Basis.LOAD, 432, 2),
        (Basis.LOAD, 433, 3),
        (Basis.SHEET, 1, 2),
    ],
)
def test_the_run_time_follows_its_basis(basis, quantity, run_s):
    step = Step(key="S", run_ms=1500, basis=basis, load_den=24, load_max=18)

    assert step.run_s(quantity) == run_s


def test_keys_sort_by_number_and_then_by_text():
    keys: list[Key] = ["b", 10, "a", 9]

    assert sorted(keys, key=key_order) == [9, 10, "a", "b"]


def test_a_missing_attribute_matches_no_condition():
    wanted = {"diet": frozenset({"VEGAN"})}

    assert matches(wanted, {"diet": "VEGAN"})
    assert not matches(wanted, {})
    assert matches({}, {})


def test_a_reason_reads_as_a_sentence():
    reason = Reason("DIFFERENT", {"attribute": "icing", "ours": "A", "theirs": "B"})

    assert str(reason) == "different icing: B, not A"
    assert set(REASONS) >= {"FULL", "MAX_WAIT", "DUE_DATE", "CUT_OFF"}
    with pytest.raises(ValueError, match="NO_SUCH"):
        Reason("NO_SUCH")
