"""What is made is shipped; what has arrived closes the order."""

from datetime import timedelta

import pytest

from configurator.services.errors import ConflictError, IllegalMoveError, NotFoundError
from orders.models import Order, Promise
from orders.ports import ports
from orders.selectors.facts import load_facts
from orders.selectors.progress import fulfilment_state
from orders.services.cancelling import cancel_line
from orders.services.paying import record_payment
from orders.services.shipping import (
    NothingToShipError,
    NotMadeError,
    deliver_order,
    ship_order,
)
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def make_paid_order(*totals: int) -> Order:
    order = make_order(*totals)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def ship(order: Order, line_ids=None):
    return ship_order(order_id=order.pk, line_ids=line_ids, now=NOW, actor="paul")


def deliver(order: Order, now=NOW):
    return deliver_order(order_id=order.pk, now=now, actor="paul")


def fulfilment(order: Order) -> str:
    return fulfilment_state(load_facts([Order.objects.get(pk=order.pk)])[0])


def test_an_order_that_is_made_is_shipped_arrives_and_is_closed(progress):
    order = make_paid_order(1200, 800)
    first, second = order.lines.all()
    progress({first.pk: "MADE", second.pk: "ALLOCATED"})
    assert fulfilment(order) == "OPEN"

    shipment = ship(order)
    assert shipment.state == "HANDED_OVER"
    assert fulfilment(order) == "SHIPPED"
    deliver(order)

    order.refresh_from_db()
    assert order.state == "CLOSED"
    assert fulfilment(order) == "DELIVERED"


def test_what_leaves_is_told_to_the_stock(progress, monkeypatch):
    taken = []
    monkeypatch.setattr(ports, "take_stock", lambda **words: taken.append(words))
    order = make_paid_order(1200)
    line = order.lines.get()
    progress({line.pk: "ALLOCATED"})

    ship(order)

    assert taken == [{"order_id": order.pk, "line_ids": [line.pk], "now": NOW}]


def test_an_order_ships_together_when_everything_is_made(progress):
    order = make_paid_order(1200, 800)
    first, second = order.lines.all()
    progress({first.pk: "MADE", second.pk: "IN_PROGRESS"})

    with pytest.raises(NotMadeError) as caught:
        ship(order)

    assert caught.value.extra["stages"] == {str(second.pk): "IN_PROGRESS"}
    assert not order.shipments.exists()


def test_a_line_may_be_shipped_ahead_and_the_order_closes_with_the_rest(progress):
    order = make_paid_order(1200, 800)
    first, second = order.lines.all()
    progress({first.pk: "MADE", second.pk: "IN_PROGRESS"})

    ship(order, [first.pk])
    deliver(order)
    order.refresh_from_db()
    assert (order.state, fulfilment(order)) == ("CONFIRMED", "OPEN")
    progress({first.pk: "MADE", second.pk: "MADE"})
    ship(order)
    deliver(order)

    order.refresh_from_db()
    assert (order.state, order.shipments.count()) == ("CLOSED", 2)


def test_a_cancelled_line_is_not_waited_for(progress):
    order = make_paid_order(1200, 800)
    first, second = order.lines.all()
    cancel_line(order_id=order.pk, line_id=second.pk, now=NOW)
    progress({first.pk: "MADE"})

    ship(order)
    deliver(order)

    order.refresh_from_db()
    assert order.state == "CLOSED"


@pytest.mark.parametrize(
    ("delivery", "delay", "state"),
    [
        ("CARRIER", timedelta(0), "KEPT"),
        ("CARRIER", timedelta(hours=1), "BROKEN"),
        # Whoever fetches it takes their time: it lay ready.
        ("COLLECTION", timedelta(days=1), "KEPT"),
    ],
)
def test_an_arrival_keeps_or_breaks_the_promise(progress, delivery, delay, state):
    order = make_paid_order(1200)
    Order.objects.filter(pk=order.pk).update(delivery=delivery)
    line = order.lines.get()
    dates = dict.fromkeys(("ready_at", "shipped_at", "delivered_at"), NOW)
    Promise.objects.create(line=line, created_at=NOW, **dates)
    progress({line.pk: "MADE"})
    ship(order)

    deliver(order, NOW + delay)

    assert Promise.objects.get().state == state


def test_an_order_that_is_not_paid_is_not_shipped():
    with pytest.raises(IllegalMoveError):
        ship(make_order())


def test_nothing_is_shipped_twice(progress):
    order = make_paid_order(1200)
    progress({order.lines.get().pk: "MADE"})
    ship(order)

    with pytest.raises(NothingToShipError):
        ship(order)


def test_nothing_arrives_that_was_not_shipped():
    with pytest.raises(ConflictError) as caught:
        deliver(make_paid_order(1200))

    assert caught.value.extra["legal_moves"] == ["ship"]


def test_another_orders_line_is_not_shipped(progress):
    order, other = make_paid_order(1200), make_paid_order(1200)

    with pytest.raises(NotFoundError):
        ship(order, [other.lines.get().pk])
