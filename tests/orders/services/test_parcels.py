"""Parcels go together or as ready, each with its carrier's code."""

import pytest
from django.db import IntegrityError, transaction

from configurator.services.errors import InvalidError
from orders.models import Carrier, Order, Shipment
from orders.services.parcels import ParcelRequest
from orders.services.paying import record_payment
from orders.services.shipping import NotMadeError, ship_order
from tests.factories.orders import NOW, make_order, order_answer

pytestmark = pytest.mark.django_db


def paid(*totals: int, **fields) -> Order:
    order = make_order(*totals, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def ship(order: Order, *parcels: ParcelRequest) -> Shipment:
    return ship_order(order_id=order.pk, parcels=parcels, now=NOW, actor="paul")


def test_parcels_are_told_with_their_address(progress):
    Carrier.objects.create(
        code="POST", name="Post", tracking_url="https://post.example/{code}"
    )
    order = paid(1200)
    progress({order.lines.get().pk: "MADE"})

    ship(order, ParcelRequest("POST", "A/1"), ParcelRequest(tracking_code="B"))

    (shipment,) = order_answer(order=order, language="en")["shipments"]
    assert shipment["parcels"] == [
        {
            "carrier": "Post",
            "tracking_code": "A/1",
            "url": "https://post.example/A/1",
        },
        {"carrier": "", "tracking_code": "B", "url": ""},
    ]
    assert shipment["lines"] == [order.lines.get().pk]


def test_an_unknown_carrier_is_named_and_nothing_is_shipped(progress):
    order = paid(1200)
    progress({order.lines.get().pk: "MADE"})

    with pytest.raises(InvalidError) as caught:
        ship(order, ParcelRequest(), ParcelRequest("OWL"))

    assert caught.value.field == "parcels.1.carrier"
    assert not Shipment.objects.exists()


def test_what_is_ready_goes_ahead_where_the_buyer_wants_it_so(progress):
    order = paid(1200, 800, shipping="AS_READY")
    first, second = order.lines.all()
    progress({first.pk: "MADE", second.pk: "IN_PROGRESS"})

    ahead = ship(order)
    assert list(ahead.lines.all()) == [first]
    with pytest.raises(NotMadeError):
        ship(order)
    progress({first.pk: "MADE", second.pk: "MADE"})

    assert list(ship(order).lines.all()) == [second]


@pytest.mark.parametrize("url", ["http://post.example/{code}", "https://post.example/"])
def test_a_tracking_address_is_safe_and_has_a_place_for_the_code(url):
    with pytest.raises(IntegrityError), transaction.atomic():
        Carrier.objects.create(code="X", name="X", tracking_url=url)
