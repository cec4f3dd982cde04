"""What is measured passes within its limits only; the rest is for quality to decide."""

import pytest

from production.models import Batch, Nonconformance, Operation, ProductionEvent
from production.serializers.reports import OperationReportSerializer
from production.services import batches, makeup, operations
from production.services.blueprints import make_quoted_steps
from production.services.release import release_confirmed_orders
from production.services.steps import OperationError
from tests.factories.floor import at, make_work_order, operation, report, states, step
from tests.factories.production import (
    NOW,
    SHIRT,
    batch_order,
    make_places,
    publish,
)
from tests.production.services.oven import order, plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]
LENGTH = {"what": {"en": "Sleeve length"}, "min": -3, "max": 3, "unit": "mm"}


@pytest.fixture
def unit():
    made = make_work_order(
        step("CHECK", kind="INSPECT", inspection=LENGTH), step("PACK"), quantity=4
    )
    do(made, "start")
    return made


def do(unit, action, measured="", minutes=0, **fields):
    operations.perform(
        operation_id=operation(unit, "CHECK").id,
        action=action,
        report=report(minutes, details={"measured": measured}, **fields),
    )


@pytest.mark.parametrize("measured", ["", "0", "-3", "3.0", " 2,5 "])
def test_what_is_within_the_limits_or_not_measured_passes(unit, measured):
    do(unit, "finish", measured, 1)

    assert states(unit) == ["DONE", "READY"]
    assert ProductionEvent.objects.get(kind="FINISH").details == {"measured": measured}


@pytest.mark.parametrize("action", ["finish", "count"])
def test_what_is_outside_them_is_set_aside_instead_of_passed_once(unit, action):
    for _twice in range(2):
        do(unit, action, "3,1", 1, good=2, nonce="n-1", device="bench")

    found = Nonconformance.objects.get()
    assert states(unit) == ["RUNNING", "WAITING"]
    assert (found.quantity, found.state, found.disposition) == (4, "OPEN", "")
    assert found.reason == "Sleeve length is 3,1, not ± 3 mm"
    assert ProductionEvent.objects.get(nonce="n-1").kind == "REJECT"


@pytest.mark.parametrize(
    "measured", ["three", "NaN", "Infinity", "--1", "1e999", "1e-99", "1_0"]
)
def test_what_is_no_number_is_refused_and_nothing_is_stored(unit, measured):
    with pytest.raises(OperationError, match="in mm as a number such as") as raised:
        do(unit, "finish", measured, 1)

    assert raised.value.field == "measured"
    assert states(unit) == ["RUNNING", "WAITING"]


@pytest.mark.parametrize(
    ("sent", "kept"), [(2.5, "2.5"), (-3, "-3"), (" 2,5", "2,5"), (1e-7, "1e-07")]
)
def test_a_measure_is_sent_as_a_number_or_as_a_text(sent, kept):
    body = OperationReportSerializer(data={"measured": sent})

    assert body.is_valid(), body.errors
    assert body.validated_data == {"measured": kept}


def test_a_truth_value_or_an_endless_number_is_no_measure():
    for sent in (True, [2], 10**99):
        body = OperationReportSerializer(data={"measured": sent})

        assert not body.is_valid()
        assert list(body.errors) == ["measured"]


def test_a_step_without_limits_takes_no_measure():
    plain = make_work_order(step("CHECK"))
    do(plain, "start")

    with pytest.raises(OperationError, match="Nothing is measured"):
        do(plain, "finish", "3", 1)


def test_a_load_outside_its_limits_ends_as_scrap_or_not_at_all():
    inspected = order(quantity=432)
    inspected.operations.filter(code="BAKE").update(inspection=LENGTH)
    plan()
    (number,) = Batch.objects.values_list("number", flat=True)
    batches.perform(number=number, action="start", report=report(1))
    outside = {"details": {"measured": "4"}}

    with pytest.raises(OperationError, match=r"not ± 3 mm\. Nothing of it passes"):
        batches.perform(number=number, action="finish", report=report(15, **outside))
    lost = report(16, scrap=432, **outside)
    batches.perform(number=number, action="finish", report=lost)

    found = Nonconformance.objects.get()
    assert (found.quantity, found.disposition) == (432, "SCRAP")
    assert found.reason == "Sleeve length is 4, not ± 3 mm"


def test_the_steps_of_a_work_order_have_the_limits_of_their_routing():
    make_places()
    routing = SHIRT["routings"][1]
    first, *others = routing["steps"]
    measured = {**routing, "steps": [{**first, "inspection": LENGTH}, *others]}
    batch_order(publish(routings=[measured]), 24)

    release_confirmed_orders(now=NOW)

    found = Operation.objects.order_by("sequence")
    assert [each.inspection for each in found] == [LENGTH, {}, {}]


def test_limits_stay_with_what_is_quoted_reworked_or_made_again(unit):
    do(unit, "rework", minutes=1)
    again = makeup.make_again(work_order=unit, quantity=1, now=at(2))
    (quoted,) = make_quoted_steps(
        operations=[{"code": "CHECK"}],
        work_centre_ids={},
        inspections={"CHECK": LENGTH},
    )

    rework = unit.operations.get(kind="REWORK")
    found = [rework.inspection, operation(again, "CHECK").inspection, quoted.inspection]
    assert found == [LENGTH] * 3
