"""The sweep that finds what should not be."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from orders.models import OutboxMessage
from production.models import Operation, WorkOrder
from production.selectors.pipeline_check import check_pipeline
from production.services.release import release_confirmed_orders
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    place_order,
    publish,
)

# What it reads by hand must mean the same in both databases.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


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


def alarms(now=NOW):
    return {check.code: check.examples for check in check_pipeline(now=now).alarms}


def test_all_is_well_when_every_order_has_its_work_orders(shirt):
    order_of(shirt)
    order_of(shirt, 250, method="BATCH")
    release_confirmed_orders(now=NOW)

    report = check_pipeline(now=NOW)

    assert report.alarms == ()
    assert (report.n_confirmed, report.n_work_orders, report.n_pending) == (2, 5, 0)


def test_an_order_that_has_only_just_come_in_is_no_alarm(shirt):
    order_of(shirt)

    report = check_pipeline(now=NOW + timedelta(seconds=10))

    assert report.alarms == ()
    assert (report.n_pending, report.oldest_pending_s) == (1, 10)


def test_an_order_that_waits_too_long_is(shirt):
    order = order_of(shirt)

    assert alarms(NOW + timedelta(minutes=1)) == {"pending_too_long": (order.number,)}


def test_a_lost_order_is_found(shirt):
    order = order_of(shirt)
    OutboxMessage.objects.all().delete()

    assert alarms() == {"lost": (order.number,)}


def test_a_line_released_in_part_is_found(shirt):
    order = order_of(shirt)
    release_confirmed_orders(now=NOW)
    last = WorkOrder.objects.latest("id")
    last.operations.all().delete()
    last.delete()

    assert alarms() == {"torn": (order.number,)}


def test_lots_that_do_not_make_whole_units_are_found(shirt):
    order = order_of(shirt, 250, method="BATCH")
    release_confirmed_orders(now=NOW)
    WorkOrder.objects.filter(unit_index=1).update(quantity=80)

    assert alarms() == {"torn": (order.number,)}


def test_other_wrongs_are_found(shirt):
    parked, bare, gone = order_of(shirt), order_of(shirt, 1), order_of(shirt, 1)
    OutboxMessage.objects.filter(order=parked).update(state="PARKED")
    release_confirmed_orders(now=NOW)
    Operation.objects.filter(work_order__order_line__order=bare).delete()
    gone.lines.update(cancelled_at=NOW)
    stock = order_of(shirt, method="FLOW")
    release_confirmed_orders(now=NOW)

    numbers = {
        order.id: WorkOrder.objects.get(order_line__order=order).number
        for order in (bare, gone)
    }
    assert alarms() == {
        "parked": (parked.number,),
        "without_operations": (numbers[bare.id],),
        "alive_on_cancelled": (numbers[gone.id],),
        "not_reserved": (stock.number,),
    }


def test_what_should_be_on_the_floor_by_now_is_found(shirt):
    order_of(shirt, 1, edit_until=NOW + timedelta(minutes=30))
    release_confirmed_orders(now=NOW)

    assert alarms(NOW + timedelta(minutes=30, seconds=30)) == {}
    assert set(alarms(NOW + timedelta(minutes=32))) == {"late_to_the_floor"}


def test_the_command_ends_with_an_error_where_anything_is_wrong(shirt):
    order = order_of(shirt)
    out = StringIO()

    with pytest.raises(CommandError, match="pending_too_long"):
        call_command("check_pipeline", "--json", stdout=out)

    said = json.loads(out.getvalue())
    assert said["alarms"][0]["examples"] == [order.number]


def test_the_command_says_that_all_is_well(shirt):
    order_of(shirt)
    release_confirmed_orders(now=timezone.now())
    out = StringIO()

    call_command("check_pipeline", stdout=out)

    assert out.getvalue().startswith("1 confirmed orders, 2 work orders, 0 pending")
