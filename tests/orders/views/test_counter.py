"""Staff order for a customer: their prices, their order, paid at the desk."""

import pytest
from django.contrib.auth.models import Group

from configurator.selectors.roles import TRADE
from orders.models import Order
from tests.factories.access import make_user
from tests.factories.orders import JUICE, publish
from tests.orders.views.conftest import Buyer

pytestmark = pytest.mark.django_db
TRADE_PRICE = {
    "code": "TRADE",
    "label": {"en": "Trade price"},
    "basis": "UNIT",
    "amount_minor": -100,
    "account": "TRADE",
}


@pytest.fixture
def staff(shop) -> Buyer:
    prices = {"entries": [*JUICE["prices"]["entries"], TRADE_PRICE]}
    publish({**JUICE, "release": "2", "prices": prices})
    client = Buyer()
    user = make_user("dora", email="dora@example.org")
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    cafe = make_user("cafe", email="cafe@example.org", first_name="Café Hafen")
    cafe.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    make_user("anna", email="anna@example.org")
    return client


def begin(staff: Buyer, account: str) -> int:
    status: int = staff.post("/desk/customer/", {"account": account}).status_code
    return status


def test_a_trade_customer_has_trade_prices_and_an_invoice(staff):
    assert begin(staff, "CAFE@example.org") == 302
    assert "from €2.00" in staff.see("/")
    staff.choose("juice")
    cart = staff.see("/cart/")

    response = staff.order(payment="INVOICE", delivery="COLLECTION")

    order = Order.objects.get()
    assert "You order for Café Hafen. Trade account." in cart
    assert response["Location"] == f"/desk/{order.number}/"
    assert (str(order.user), order.total_minor) == ("cafe", 200)
    assert (order.state, order.payment_state) == ("CONFIRMED", "AUTHORISED")
    assert order.events.get(kind="PLACED").actor == "dora"
    assert "You order for" not in staff.see("/cart/")


def test_somebody_without_an_account_pays_at_the_counter(staff):
    begin(staff, "")
    staff.choose("juice")
    key = "k" * 32

    answers = [
        staff.order(payment="COUNTER", delivery="COLLECTION", key=key, total="300")
        for _ in range(2)
    ]

    order = Order.objects.get()
    assert len({each["Location"] for each in answers}) == 1
    assert (order.user, order.total_minor, order.payment_state) == (None, 300, "PAID")


def test_others_have_no_invoice_and_nothing_is_stored(staff):
    begin(staff, "anna")
    staff.choose("juice")

    refused = staff.order(payment="INVOICE", delivery="COLLECTION")

    assert refused.status_code == 409
    assert "Only trade accounts pay on invoice." in refused.content.decode()
    assert not Order.objects.exists()


def test_an_unknown_account_is_named_and_customers_cannot_do_it(staff, buyer):
    assert begin(staff, "nobody") == 400
    assert buyer.post("/desk/customer/", {"account": "cafe"}).status_code == 302
    buyer.choose("juice")
    buyer.order(payment="COUNTER", delivery="COLLECTION")

    assert Order.objects.get().payment_state == "OPEN"


def test_staff_stop_and_order_for_themselves(staff):
    begin(staff, "cafe")
    staff.post("/desk/customer/", {"action": "stop"})
    staff.choose("juice")

    staff.order(delivery="COLLECTION")

    assert Order.objects.get(user__username="dora").total_minor == 300
