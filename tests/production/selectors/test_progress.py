"""How far an order has come, as its customer sees it."""

from datetime import timedelta

import pytest
from django.utils import translation

from production.models import Operation, WorkOrder
from production.selectors.progress import map_progress
from production.services.floor_release import release_to_floor
from production.services.makeup import make_up_to
from production.services.release import release_confirmed_orders
from production.services.stock import reserve_stock
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    make_stock,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def shirt():
    make_places()
    return publish()


def order_of(release, quantity=2, **fields):
    return place_order(
        {
            "configuration": configure(release, colour="NAVY"),
            "quantity": quantity,
            **fields,
        }
    )


def progress(order):
    report = map_progress(order_ids=[order.id])[order.id]
    (line,) = report.lines.values()
    return report.production_state, line.stage, line.units


def test_before_the_release_nothing_has_started(shirt):
    assert progress(order_of(shirt)) == ("NOT_STARTED", "PLANNED", ())


def test_an_order_that_is_not_paid_has_no_lines_in_production(shirt):
    order = place_order(
        {"configuration": configure(shirt, colour="NAVY")}, state="PLACED"
    )

    report = map_progress(order_ids=[order.id])[order.id]

    assert (report.production_state, dict(report.lines)) == ("NOT_STARTED", {})


def test_planned_units_say_when_they_go_to_the_floor(shirt):
    order = order_of(shirt, edit_until=LATER)
    release_confirmed_orders(now=NOW)

    state, stage, units = progress(order)

    assert (state, stage, len(units)) == ("PLANNED", "PLANNED", 2)
    assert {unit.release_at for unit in units} == {LATER}


def test_a_line_shows_its_least_advanced_unit(shirt):
    order = order_of(shirt, edit_until=LATER)
    release_confirmed_orders(now=NOW)
    release_to_floor(now=LATER)
    first = WorkOrder.objects.earliest("id")
    WorkOrder.objects.filter(id=first.id).update(state="IN_PROGRESS")
    first.operations.filter(code="PICK").update(state="DONE")
    first.operations.filter(code="PRETREAT").update(state="RUNNING")

    state, stage, units = progress(order)

    assert (state, stage) == ("IN_PROGRESS", "RELEASED")
    assert [(u.stage, u.step, u.step_number, u.n_steps) for u in units] == [
        ("IN_PROGRESS", "Pre-treat", 2, 3),
        ("RELEASED", "Pick", 1, 3),
    ]
    assert {unit.release_at for unit in units} == {None}


def test_steps_are_told_in_the_readers_language(shirt):
    order = order_of(shirt, 1)
    release_confirmed_orders(now=NOW)

    with translation.override("de"):
        _state, _stage, units = progress(order)

    assert units[0].step == "Holen"


def test_all_units_made_is_made(shirt):
    order = order_of(shirt)
    release_confirmed_orders(now=NOW)
    WorkOrder.objects.update(state="COMPLETED")

    state, stage, units = progress(order)

    assert (state, stage) == ("MADE", "MADE")
    assert {unit.stage for unit in units} == {"MADE"}


def test_a_make_up_lot_takes_the_place_of_the_scrapped_unit(shirt):
    order = order_of(shirt, 1)
    release_confirmed_orders(now=NOW)
    original = WorkOrder.objects.get()
    WorkOrder.objects.filter(id=original.id).update(state="SCRAPPED")
    make_up_to(work_order=original, good=0, now=LATER)
    made = WorkOrder.objects.get(source_kind="MAKE_UP")

    _state, stage, units = progress(order)

    assert stage == "RELEASED"
    assert [unit.work_order for unit in units] == [made.number]


def test_cancelled_lines_do_not_count_unless_all_are(shirt):
    personal = configure(shirt, colour="NAVY")
    order = place_order({"configuration": personal}, {"configuration": personal})
    release_confirmed_orders(now=NOW)
    first, second = order.lines.order_by("position")
    for line in (first, second):
        line.cancelled_at = LATER
        line.save()
        WorkOrder.objects.filter(order_line=line).update(state="CANCELLED")
        report = map_progress(order_ids=[order.id])[order.id]
        if line == first:
            assert report.production_state == "RELEASED"
            assert report.lines[first.id].stage == "CANCELLED"

    assert report.production_state == "CANCELLED"


@pytest.mark.parametrize(
    ("on_hand", "expected"),
    [(9, ("MADE", "ALLOCATED")), (0, ("PLANNED", "BACKORDERED"))],
)
def test_standard_lines_show_their_allocation(shirt, on_hand, expected):
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", on_hand, product=goods.product)
    order = order_of(goods, method="FLOW")
    reserve_stock(order_id=order.id, now=NOW)

    assert progress(order) == (*expected, ())


@pytest.mark.parametrize("n_orders", [1, 4])
def test_many_orders_take_as_many_queries_as_one(
    shirt, n_orders, django_assert_num_queries
):
    orders = [order_of(shirt) for _ in range(n_orders)]
    release_confirmed_orders(now=NOW)

    with django_assert_num_queries(4):
        found = map_progress(order_ids=[order.id for order in orders])

    assert len(found) == n_orders
    assert Operation.objects.count() == 6 * n_orders
