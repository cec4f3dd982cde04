"""Planned work orders go to the floor when their edit window is over."""

from datetime import timedelta

import pytest

from orders.models import OrderHold
from production.models import Operation, ProductionEvent, WorkOrder, WorkOrderHold
from production.services.floor_release import drain_to_floor, release_to_floor
from production.services.release import release_confirmed_orders
from tests.factories.production import (
    NOW,
    SHIRT,
    configure,
    make_places,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def shirt():
    make_places()
    return publish()


def plan(release, quantity=1, method="MASS_CUSTOMISATION"):
    order = place_order(
        {
            "configuration": configure(release, colour="NAVY"),
            "quantity": quantity,
            "method": method,
            "edit_until": LATER,
        }
    )
    release_confirmed_orders(now=NOW)
    return order


def states():
    return list(Operation.objects.order_by("id").values_list("state", flat=True))


def test_nothing_goes_to_the_floor_before_its_time(shirt):
    plan(shirt)

    assert release_to_floor(now=LATER - timedelta(seconds=1)) == 0
    assert WorkOrder.objects.get().state == "PLANNED"


def test_the_first_operations_become_ready(shirt):
    plan(shirt, 30, "BATCH")

    assert release_to_floor(now=LATER) == 1

    work_order = WorkOrder.objects.get()
    assert (work_order.state, work_order.released_at) == ("RELEASED", LATER)
    assert states() == ["READY", "WAITING", "WAITING"]
    assert Operation.objects.get(code="SCREEN").ready_at == LATER
    event = ProductionEvent.objects.latest("id")
    assert (event.kind, event.details["n_work_orders"]) == ("RELEASED_TO_FLOOR", 1)


def test_units_of_a_line_stand_on_it_from_then_on(shirt):
    plan(shirt, 2)

    assert release_to_floor(now=LATER) == 2
    assert states() == ["ON_LINE"] * 6
    assert Operation.objects.filter(ready_at=LATER).count() == 2


def test_a_delay_that_comes_first_runs_from_the_release_on(shirt):
    routing = {**SHIRT["routings"][1], "when": None}
    routing["steps"] = routing["steps"][1:]
    plan(publish(product="resting", routings=[routing]), method="BATCH")

    release_to_floor(now=LATER)

    cure = Operation.objects.get(code="CURE")
    assert (cure.state, cure.ready_at) == ("RUNNING", LATER + timedelta(minutes=30))


@pytest.mark.parametrize("what", ["work order", "order"])
def test_a_hold_keeps_it_planned_until_it_is_lifted(shirt, what):
    order = plan(shirt)
    common = {"reason": "payment", "placed_by": "desk", "since_at": NOW}
    hold: OrderHold | WorkOrderHold
    if what == "order":
        hold = OrderHold.objects.create(order=order, **common)
    else:
        hold = WorkOrderHold.objects.create(
            work_order=WorkOrder.objects.get(), **common
        )

    assert release_to_floor(now=LATER) == 0
    hold.lifted_at = LATER
    hold.save()
    assert release_to_floor(now=LATER) == 1


def test_what_was_cancelled_stays_off_the_floor(shirt):
    order = plan(shirt)
    line_gone = plan(shirt)
    order.state = "CANCELLED"
    order.save()
    line_gone.lines.update(cancelled_at=NOW)

    assert release_to_floor(now=LATER) == 0


def test_a_drain_takes_chunk_after_chunk(shirt):
    plan(shirt, 5)

    n_released = drain_to_floor(now=lambda: LATER, seconds=lambda: 0.0, until_s=1.0)

    assert n_released == 5
    assert release_to_floor(now=LATER, limit=2) == 0


def test_a_chunk_keeps_to_its_limit(shirt):
    plan(shirt, 5)

    assert release_to_floor(now=LATER, limit=2) == 2
    assert WorkOrder.objects.filter(state="RELEASED").count() == 2


def test_releasing_takes_the_same_queries_however_many(
    shirt, django_assert_max_num_queries
):
    plan(shirt, 20)

    with django_assert_max_num_queries(14):
        release_to_floor(now=LATER)
