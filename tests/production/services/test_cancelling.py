"""A cancellation takes off the floor what has not begun."""

from datetime import timedelta

import pytest

from orders.ports import Units
from production.models import (
    Batch,
    BatchMember,
    LineSlot,
    Operation,
    StockAllocation,
    StockItem,
    WorkOrder,
)
from production.services.batching import plan_all
from production.services.cancelling import cancel_lines
from production.services.release import release_confirmed_orders
from production.services.sequencing import sequence_all
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


@pytest.fixture
def shirt():
    make_places()
    return publish()


def order_of(release, quantity=1, method="MASS_CUSTOMISATION", **fields):
    order = place_order(
        {
            "configuration": configure(release, colour="NAVY"),
            "quantity": quantity,
            "method": method,
            **fields,
        }
    )
    release_confirmed_orders(now=NOW)
    return order


def cancel(order, now=NOW):
    ids = list(order.lines.values_list("id", flat=True))
    return cancel_lines(order_id=order.id, line_ids=ids, now=now)


def test_planned_and_released_work_orders_go_with_their_operations(shirt):
    order = order_of(shirt, 2, edit_until=NOW + timedelta(hours=1))
    other = order_of(shirt, 1)

    outcome = cancel(order)

    line = order.lines.get()
    assert outcome.cancelled_line_ids == (line.id,)
    assert (outcome.started_units, outcome.legal_moves) == ((), ())
    assert set(line.work_orders.values_list("state", flat=True)) == {"CANCELLED"}
    assert set(
        Operation.objects.filter(work_order__order_line=line).values_list(
            "state", flat=True
        )
    ) == {"CANCELLED"}
    assert other.lines.get().work_orders.get().state == "RELEASED"


def test_of_a_line_that_has_begun_the_other_units_leave(shirt):
    order = place_order(
        {"configuration": configure(shirt, colour="NAVY"), "quantity": 2},
        {"configuration": configure(shirt, colour="WHITE")},
    )
    release_confirmed_orders(now=NOW)
    begun = WorkOrder.objects.earliest("id")
    WorkOrder.objects.filter(id=begun.id).update(state="IN_PROGRESS")

    outcome = cancel(order)

    first, second = order.lines.order_by("position")
    assert outcome.cancelled_line_ids == (second.id,)
    assert outcome.started_units == (begun.number,)
    assert outcome.legal_moves == ("hold",)
    assert outcome.cancelled_units == {first.id: 1}
    assert list(first.work_orders.order_by("id").values_list("state", flat=True)) == [
        "IN_PROGRESS",
        "CANCELLED",
    ]


def units_of(order, **wanted):
    line = order.lines.get()
    return line, cancel_lines(
        order_id=order.id, line_ids=[line.id], units=Units(**wanted), now=NOW
    )


def test_so_many_units_leave_the_last_ones_first(shirt):
    order = order_of(shirt, 3)

    line, outcome = units_of(order, quantity=1)

    assert (outcome.cancelled_line_ids, outcome.cancelled_units) == ((), {line.id: 1})
    states = line.work_orders.order_by("unit_index").values_list("state", flat=True)
    assert list(states) == ["RELEASED", "RELEASED", "CANCELLED"]


def test_a_unit_leaves_by_its_number(shirt):
    order = order_of(shirt, 3)
    second = WorkOrder.objects.get(unit_index=1)

    line, outcome = units_of(order, work_orders=(second.number,))

    assert outcome.cancelled_units == {line.id: 1}
    second.refresh_from_db()
    assert second.state == "CANCELLED"


def test_a_lot_that_is_no_whole_number_of_sold_units_stays(shirt):
    order = order_of(shirt, 3)
    first, second, third = WorkOrder.objects.order_by("unit_index")
    # Three boxes of two, cut into lots of one, four and one.
    WorkOrder.objects.filter(id=first.id).update(quantity=1, state="IN_PROGRESS")
    WorkOrder.objects.filter(id=second.id).update(quantity=4, planned_quantity=4)
    WorkOrder.objects.filter(id=third.id).update(quantity=1)

    line, outcome = units_of(order, quantity=2)

    assert (outcome.cancelled_units, outcome.started_units) == ({}, (first.number,))
    assert not line.work_orders.filter(state="CANCELLED").exists()


def test_goods_of_some_units_come_back_into_stock(shirt):
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", 10, product=goods.product)
    order = place_order(
        {
            "configuration": configure(goods, colour="NAVY"),
            "method": "FLOW",
            "quantity": 4,
        }
    )
    reserve_stock(order_id=order.id, now=NOW)

    line, outcome = units_of(order, quantity=3)

    assert outcome.cancelled_units == {line.id: 3}
    assert StockAllocation.objects.get().quantity == 1
    assert StockItem.objects.get().allocated == 1


def test_a_member_leaves_its_batch_and_the_load_is_weighed_again(shirt):
    order = order_of(shirt, 30, "BATCH")
    order_of(shirt, 40, "BATCH")
    plan_all(now=NOW)
    batch = Batch.objects.get()
    before = batch.load_milli

    cancel(order)

    states = dict(
        BatchMember.objects.values_list(
            "operation__work_order__order_line__order_id", "state"
        )
    )
    assert states[order.id] == "WITHDRAWN"
    assert set(states.values()) == {"WITHDRAWN", "ACTIVE"}
    batch.refresh_from_db()
    assert 0 < batch.load_milli < before
    assert order.lines.get().work_orders.get().state == "CANCELLED"


def test_the_place_in_a_frozen_batch_is_refilled(shirt):
    order, stays = order_of(shirt, 90, "BATCH"), order_of(shirt, 50, "BATCH")
    plan_all(now=NOW)
    Batch.objects.update(state="FROZEN")
    waiting = order_of(shirt, 40, "BATCH")

    cancel(order)

    active = BatchMember.objects.filter(state="ACTIVE")
    orders = active.values_list("operation__work_order__order_line__order", flat=True)
    assert set(orders) == {stays.pk, waiting.pk}


def test_a_member_of_a_running_batch_is_named_and_stays(shirt):
    order = order_of(shirt, 30, "BATCH")
    plan_all(now=NOW)
    Batch.objects.update(state="RUNNING")
    WorkOrder.objects.update(state="IN_PROGRESS")

    outcome = cancel(order)

    assert outcome.cancelled_line_ids == ()
    assert outcome.started_units == (WorkOrder.objects.get().number,)
    assert BatchMember.objects.get().state == "ACTIVE"


def test_a_slot_that_is_not_launched_leaves_the_queue(shirt):
    order = order_of(shirt, 2)
    sequence_all(now=NOW)

    cancel(order)

    assert set(LineSlot.objects.values_list("state", flat=True)) == {"REMOVED"}


def test_reserved_stock_is_given_back(shirt):
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", 10, product=goods.product)
    order = place_order(
        {"configuration": configure(goods, colour="NAVY"), "method": "FLOW"}
    )
    reserve_stock(order_id=order.id, now=NOW)

    outcome = cancel(order)

    assert outcome.cancelled_line_ids == (order.lines.get().id,)
    assert StockAllocation.objects.get().state == "RETURNED"
    assert StockItem.objects.get().allocated == 0


def test_what_was_shipped_from_stock_cannot_be_cancelled(shirt):
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", 10, product=goods.product)
    order = place_order(
        {"configuration": configure(goods, colour="NAVY"), "method": "FLOW"}
    )
    reserve_stock(order_id=order.id, now=NOW)
    StockAllocation.objects.update(state="TAKEN")

    assert cancel(order).cancelled_line_ids == ()


def test_cancelling_again_changes_nothing(shirt):
    order = order_of(shirt, 2)
    cancel(order)

    outcome = cancel(order)

    assert outcome.cancelled_line_ids == (order.lines.get().id,)
    assert WorkOrder.objects.filter(state="CANCELLED").count() == 2
