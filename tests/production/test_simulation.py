"""A simulated day: every method at work, disturbances, and nothing out of step."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from configurator.services.catalogue import create_draft, publish_release
from orders.models import Order, OutboxMessage, Proof, Quotation
from production.models import (
    Batch,
    Changeover,
    FlowCounter,
    Line,
    LineSlot,
    Operation,
    StockItem,
    StockMove,
    WorkOrder,
)
from production.selectors import demo
from production.selectors.line_balance import get_balance
from production.selectors.pipeline_check import check_pipeline
from production.services import simulation
from production.services.accounts import load_accounts
from production.services.disturbances import MIXED_BUYER
from production.services.factory import load_factory
from production.services.floor_release import release_to_floor
from production.services.samples import load_samples
from production.services.simulation import ShiftReport
from tests.support.invariants import list_problems

pytestmark = pytest.mark.django_db
SUNDAY_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEGIN = SUNDAY_NOON + timedelta(hours=12)
HOURS = 34
N_ORDERS = 24
STEP = timedelta(minutes=15)


@pytest.fixture(scope="module")
def shift(django_db_setup, django_db_blocker) -> Iterator[ShiftReport]:
    """Load the demo factory and let it work for a day and a half, once for all."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_demo()
        yield simulation.simulate(begin=BEGIN, hours=HOURS, seed=1, step=STEP)
        transaction.set_rollback(True)


def load_demo(*, n_orders: int = N_ORDERS) -> None:
    factory = demo.read_factory()
    load_factory(document=factory, now=SUNDAY_NOON)
    for document in demo.read_products():
        draft = create_draft(document=document, now=SUNDAY_NOON)
        publish_release(release_id=draft.pk, now=SUNDAY_NOON)
    load_factory(document=factory, now=SUNDAY_NOON)
    load_accounts(accounts=demo.read_accounts())
    load_samples(factory=factory, n_orders=n_orders, seed=1, now=SUNDAY_NOON)
    release_to_floor(now=SUNDAY_NOON)


def test_after_a_day_nothing_is_out_of_step(shift):
    assert list_problems() == []


def test_after_a_day_every_order_has_its_work(shift):
    found = check_pipeline(now=BEGIN + timedelta(hours=HOURS))

    assert (found.alarms, found.n_work_orders > N_ORDERS) == ((), True)


def test_after_a_day_materials_have_been_used_and_bought(shift):
    moves = StockMove.objects.order_by().values_list("kind").distinct()

    assert {kind for (kind,) in moves} >= {"CONSUMED", "PRODUCED", "RECEIPT"}
    assert not StockItem.objects.filter(on_hand__lt=0).exists()


@pytest.mark.parametrize("product", ["cookies", "muffins", "croissants"])
def test_batches_go_through_the_bakery_together(shift, product):
    made = WorkOrder.objects.filter(product__slug=product, state="COMPLETED")
    baked = Operation.objects.filter(
        work_order__in=made, code="BAKE", memberships__state="DONE"
    )

    assert made.exists()
    assert baked.count() == made.count()


def test_what_was_mixed_together_is_formed_together(shift):
    forming = Batch.objects.filter(work_centre__code="FORM-1", state="COMPLETED")

    assert forming.exists()
    assert all(batch.fed_by.exists() for batch in forming)


def test_changeovers_are_planned_from_the_matrix_timed_and_signed(shift):
    signed = Changeover.objects.filter(state="SIGNED", work_centre__code="OVEN-1")

    assert signed.exists()
    assert all(
        each.rule_code and (each.actual_s or 0) >= each.planned_s for each in signed
    )


@pytest.mark.parametrize("product", ["t-shirt", "sneaker", "car"])
def test_units_leave_their_line_one_by_one(shift, product):
    units = WorkOrder.objects.filter(
        product__slug=product, method="MASS_CUSTOMISATION", state="COMPLETED"
    )
    finished = LineSlot.objects.filter(work_order__in=units, state="FINISHED")

    assert units.exists()
    assert finished.count() == units.count()
    moments = finished.values("line", "finished_at")
    assert moments.distinct().count() == finished.count()


def test_three_flow_lines_run_in_the_same_minutes(shift):
    lines = {
        code: set(
            FlowCounter.objects.filter(line__code=code, good__gt=0).values_list(
                "minute_at", flat=True
            )
        )
        for code in ("JL-A", "JL-O", "JL-G")
    }

    together = set.intersection(*lines.values())
    assert len(together) > 60


def test_the_apple_line_has_as_many_stations_as_its_tasks_need(shift):
    line = Line.objects.get(code="JL-A")

    balance = get_balance(line=line)

    assert balance is not None
    assert balance["n_enough"] == line.stations.count() == 5


def test_bespoke_work_is_done_by_people_with_the_skill(shift):
    done = Operation.objects.filter(
        work_order__method="JOB", state="DONE", operator__isnull=False
    ).exclude(skill="")

    assert done.exists()
    for operation in done.select_related("operator"):
        assert operation.operator is not None
        skills = operation.operator.skills.values_list("code", flat=True)
        assert operation.skill in set(skills)


def test_customers_are_quoted_shown_proofs_and_sent_their_parcels(shift):
    assert Quotation.objects.filter(state="ACCEPTED").exists()
    assert Proof.objects.filter(state="APPROVED").exists()
    assert Order.objects.filter(state="CLOSED").exists()
    assert shift.done["order shipped"] > N_ORDERS // 4


def test_every_disturbance_that_found_its_occasion_struck(shift):
    assert {
        "TRAY_DROPPED",
        "OVEN_TRIP",
        "BLANK_OUT",
        "PERSON_ILL",
        "UNIT_BLOCKED",
        "LOT_HELD",
        "PARCEL_DAMAGED",
        "OFFLINE_SCANS",
        "CATALOGUE_CHANGE",
    } <= set(shift.disturbances)


def test_an_order_made_in_three_ways_is_promised_thrice_and_invoiced_once(shift):
    order = Order.objects.get(customer_email=MIXED_BUYER[1])
    invoices = OutboxMessage.objects.filter(order=order, payload__kind="INVOICE")

    promised = {line.method: line.promises.count() for line in order.lines.all()}
    assert promised == {"MASS_CUSTOMISATION": 1, "BATCH": 1, "FLOW": 1}
    assert (order.shipments.count(), invoices.count()) == (2, 1)


def test_a_recall_found_its_customers_and_no_scan_counted_twice(shift):
    assert shift.done["customers of a recalled lot"] > 0
    assert (shift.done["scans replayed"], shift.done["scans doubled"]) == (40, 0)
    assert shift.done["replacement shipped"] == 1


def test_what_was_lost_is_made_again(shift):
    lost = WorkOrder.objects.filter(state="SCRAPPED")
    lots = WorkOrder.objects.filter(source_kind="MAKE_UP")

    assert lost.exists()
    assert {lot.remake_of_id for lot in lots} >= {order.id for order in lost}


def test_nobody_works_where_and_when_it_is_closed(shift):
    """The bakery opens at two in the morning, local time: one in winter's UTC."""
    first = Batch.objects.filter(work_centre__code="MIX-1", started_at__isnull=False)

    began_at = first.earliest("started_at").started_at
    assert began_at is not None
    assert began_at >= BEGIN + timedelta(hours=1)
