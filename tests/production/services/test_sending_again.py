"""Parcels that came back or are lost: what is sent instead is booked like any other."""

from typing import Any

import pytest

from configurator.services.errors import ConflictError
from orders.models import Order, Shipment
from orders.services.replacing import give_up_shipment, send_again
from orders.services.shipping import deliver_order, ship_order
from orders.states import ShipmentState
from production.models import StockItem, StockMove
from production.selectors.pipeline_check import check_pipeline
from production.services.backorders import serve_backorders
from production.services.stock import book_move, reserve_stock
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    make_stock,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"now": NOW, "actor": "paul"}


def gone(on_hand: int, to: ShipmentState = ShipmentState.LOST) -> Order:
    """Lose a parcel of three cases out of a stock of so many."""
    make_places()
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", on_hand, product=goods.product)
    line = {"configuration": configure(goods, colour="NAVY"), "method": "FLOW"}
    order = place_order({**line, "quantity": 3, "total_minor": 4470})
    order.outboxmessage_set.all().delete()
    reserve_stock(order_id=order.pk, now=NOW)
    shipment = ship_order(order_id=order.pk, **BY)
    give_up_shipment(shipment_id=shipment.pk, to=to, reason="", **BY)
    return order


def send(order: Order) -> Shipment | None:
    first = Shipment.objects.filter(order=order).order_by("pk")[0]
    return send_again(shipment_id=first.pk, **BY)


@pytest.mark.parametrize("to", [ShipmentState.LOST, ShipmentState.RETURNED])
def test_goods_sent_again_leave_stock_a_second_time_and_only_once(to):
    order = gone(on_hand=10, to=to)

    sent = send(order)

    with pytest.raises(ConflictError, match="Nothing of this line"):
        send(order)
    fresh = order.lines.get(position=1)
    assert sent is not None
    assert list(sent.lines.all()) == [fresh]
    assert (fresh.replaces, fresh.quantity) == (order.lines.get(position=0), 3)
    assert fresh.total_minor == 0
    item = StockItem.objects.get()
    assert (item.on_hand, item.allocated) == (4, 0)
    assert StockMove.objects.filter(kind="SHIPPED").count() == 2
    assert check_pipeline(now=NOW).alarms == ()


def test_the_order_closes_when_what_was_sent_instead_has_arrived():
    order = gone(on_hand=10)
    send(order)

    deliver_order(order_id=order.pk, **BY)

    order.refresh_from_db()
    assert order.state == "CLOSED"


def test_where_stock_is_short_they_wait_in_one_line_and_go_when_there_are_some():
    order = gone(on_hand=4)

    assert [send(order), send(order)] == [None, None]

    assert order.lines.count() == 2
    item = StockItem.objects.get()
    book_move(item_id=item.pk, kind="RECEIPT", quantity=6, reference="R", now=NOW)
    serve_backorders(item_id=item.pk, now=NOW)
    assert send(order) is not None
    assert StockItem.objects.get().on_hand == 4


def test_what_is_under_way_is_not_sent_again():
    order = gone(on_hand=10)
    first = Shipment.objects.get()
    Shipment.objects.update(state="HANDED_OVER")

    with pytest.raises(ConflictError):
        send_again(shipment_id=first.pk, **BY)

    assert order.lines.count() == 1
