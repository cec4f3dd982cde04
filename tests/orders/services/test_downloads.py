"""Files are delivered with their last step; some goods stay out of some countries."""

import pytest
from django.contrib.auth.models import Group

from configurator.models import User
from configurator.services.errors import InvalidError
from orders.models import Order, OrderEvent, OrderLine
from orders.selectors.answers import order_answer
from orders.services.downloads import hand_out_files
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from orders.services.shipping import NothingToShipError, ship_order
from tests.factories.access import make_user
from tests.factories.orders import (
    ADDRESS,
    JUICE,
    MUG,
    NOW,
    ask_mug,
    make_request,
    publish,
)

pytestmark = pytest.mark.django_db

FILES = {**JUICE, "product": "files", "deliveries": ["DOWNLOAD"]}
BEER = {
    **JUICE,
    "product": "beer",
    "order_rules": [
        {"code": "NOT_THERE", "not_to": ["SA"], "reason": {"en": "It is forbidden."}}
    ],
}
PALLETS = {
    **JUICE,
    "product": "pallets",
    "order_rules": [
        {
            "code": "J1",
            "when": "quantity >= 120",
            "account": "TRADE",
            "reason": {"en": "Pallets need a ramp."},
        }
    ],
}
NOWHERE = {"country": "DE"}


def ask(product: str) -> LineRequest:
    return LineRequest(product=product, choices={}, quantity=1)


def place(*lines: LineRequest, user: User | None = None, **fields) -> Order:
    request = make_request(*lines, **fields)
    return place_order(request=request, user=user, language="en", now=NOW)


def pay(order: Order) -> None:
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)


def problems_of(*lines: LineRequest, **fields) -> list[tuple[str | None, str]]:
    with pytest.raises(InvalidError) as refused:
        place(*lines, **fields)
    return [(each.field, each.message) for each in refused.value.problems]


@pytest.fixture(autouse=True)
def _catalogue(db):
    for document in (MUG, FILES, BEER, PALLETS):
        publish(document)


def test_files_need_no_address_and_are_delivered_by_download():
    order = place(ask("files"), shipping_address=NOWHERE)

    assert order.delivery == "DOWNLOAD"
    assert order.shipping_address == NOWHERE


def test_what_is_sent_needs_an_address():
    found = problems_of(ask_mug(), shipping_address=NOWHERE)

    assert [field for field, _text in found] == [
        "shipping_address.line1",
        "shipping_address.postcode",
        "shipping_address.city",
    ]


def test_files_are_not_sent_by_carrier_and_go_along_with_what_is():
    (refused,) = problems_of(ask("files"), delivery="CARRIER")
    mixed = place(ask("files"), ask_mug())

    assert refused[0] == "delivery"
    assert mixed.delivery == "CARRIER"
    assert list(mixed.lines.values_list("is_download", flat=True)) == [True, False]


def test_a_thing_is_no_download():
    ((field, _text),) = problems_of(ask_mug(), ask("files"), delivery="DOWNLOAD")

    assert field == "delivery"


def test_files_are_delivered_when_made_and_the_order_closes(progress):
    order = place(ask("files"), shipping_address=NOWHERE)
    pay(order)
    line = OrderLine.objects.get()
    progress({line.pk: "IN_PROGRESS"})
    before = (hand_out_files(now=NOW), order_answer(order=order, language="en"))
    progress({line.pk: "MADE"}, "MADE")

    first, second = hand_out_files(now=NOW), hand_out_files(now=NOW)

    order.refresh_from_db()
    after = order_answer(order=order, language="en")
    assert (before[0], before[1]["fulfilment_state"]) == (0, "OPEN")
    assert (first, second) == (1, 0)
    assert (after["fulfilment_state"], after["state"]) == ("DELIVERED", "CLOSED")
    assert after["lines"][0]["stage"] == "DELIVERED"
    assert after["shipments"] == []
    assert OrderEvent.objects.filter(kind="HANDED_OUT").count() == 1


def test_no_parcel_is_packed_for_files(progress):
    order = place(ask("files"), ask_mug())
    pay(order)
    files, mug = order.lines.order_by("position")
    progress({files.pk: "MADE", mug.pk: "MADE"}, "MADE")

    shipment = ship_order(order_id=order.pk, now=NOW, actor="dora")

    assert list(shipment.lines.all()) == [mug]
    with pytest.raises(NothingToShipError):
        ship_order(order_id=order.pk, now=NOW, actor="dora")


def test_what_may_not_be_brought_into_a_country_says_why():
    ((field, text),) = problems_of(
        ask("beer"), shipping_address={**ADDRESS, "country": "SA"}
    )

    assert field == "shipping_address.country"
    assert text == "We do not send “beer” to Saudi Arabia. It is forbidden."


def test_whoever_fetches_it_may_live_anywhere():
    address = {**ADDRESS, "country": "SA"}

    order = place(ask("beer"), delivery="COLLECTION", shipping_address=address)

    assert order.delivery == "COLLECTION"


def test_a_pallet_is_for_trade_accounts_and_less_for_everybody():
    pallet, case = (
        LineRequest(product="pallets", choices={}, quantity=n) for n in (120, 119)
    )
    buyer, shop = make_user("anna"), make_user("shop")
    shop.groups.add(Group.objects.create(name="trade"))

    told = problems_of(pallet, user=buyer)

    text = "So much is for trade accounts only. Pallets need a ramp."
    assert told == [("lines.0.quantity", text)]
    assert place(case).state == "PLACED"
    assert place(pallet, user=shop).state == "PLACED"
