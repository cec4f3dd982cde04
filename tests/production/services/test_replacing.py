"""Goods that arrived damaged are taken from stock once more, free, or waited for."""

from typing import Any

import pytest

from configurator.services.errors import ConflictError
from orders.models import Complaint, Order
from orders.services.complaining import complain, remake_line, send_remake
from orders.services.shipping import deliver_order, ship_order
from production.models import StockAllocation, StockItem, StockMove
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


def delivered(on_hand: int) -> Order:
    """Deliver three cases out of a stock of so many."""
    make_places()
    goods = publish(product="juice", kind="STANDARD")
    make_stock("JUICE", on_hand, product=goods.product)
    line = {"configuration": configure(goods, colour="NAVY"), "method": "FLOW"}
    order = place_order({**line, "quantity": 3, "total_minor": 4470})
    order.outboxmessage_set.all().delete()
    reserve_stock(order_id=order.pk, now=NOW)
    ship_order(order_id=order.pk, **BY)
    deliver_order(order_id=order.pk, **BY)
    return order


def remade(order: Order, quantity: int = 2) -> Complaint:
    complaint = complain(
        order_id=order.pk,
        line_id=order.lines.get(position=0).pk,
        wish="REMAKE",
        text="Two bottles are broken.",
        quantity=quantity,
        now=NOW,
    )
    return remake_line(complaint_id=complaint.pk, **BY)


def test_as_many_come_from_stock_linked_and_free():
    order = delivered(on_hand=10)

    complaint = remade(order)

    line = order.lines.get(position=1)
    order.refresh_from_db()
    assert complaint.remake == f"{order.number}/2"
    assert (line.replaces, line.quantity) == (order.lines.get(position=0), 2)
    assert (line.total_minor, order.total_minor) == (0, 0)
    assert StockAllocation.objects.get(order_line=line).state == "ALLOCATED"
    assert StockItem.objects.get().allocated == 2
    assert check_pipeline(now=NOW).alarms == ()


def test_what_replaces_them_leaves_stock_once():
    order = delivered(on_hand=10)
    complaint = remade(order)

    sent = send_remake(complaint_id=complaint.pk, **BY)

    with pytest.raises(ConflictError):
        send_remake(complaint_id=complaint.pk, **BY)
    line = order.lines.get(position=1)
    assert sent.state == "REPLACED"
    assert sent.shipment is not None
    assert list(sent.shipment.lines.all()) == [line]
    assert StockItem.objects.get().on_hand == 5
    moves = StockMove.objects.filter(kind="SHIPPED").order_by("id")
    assert list(moves.values_list("order_line__position", "quantity")) == [
        (0, -3),
        (1, -2),
    ]


def test_where_stock_is_short_they_wait_and_are_sent_when_there_are_some():
    order = delivered(on_hand=4)
    complaint = remade(order)
    line = order.lines.get(position=1)
    assert StockAllocation.objects.get(order_line=line).state == "BACKORDERED"

    with pytest.raises(ConflictError, match="in stock"):
        send_remake(complaint_id=complaint.pk, **BY)

    item = StockItem.objects.get()
    book_move(item_id=item.pk, kind="RECEIPT", quantity=6, reference="R", now=NOW)
    serve_backorders(item_id=item.pk, now=NOW)
    assert send_remake(complaint_id=complaint.pk, **BY).state == "REPLACED"
