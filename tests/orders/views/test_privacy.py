"""Customers take their data along, and have it erased."""

import json

import pytest

from configurator.models import User
from orders.models import Order
from orders.services.cancelling import cancel_order
from tests.factories.orders import NOW

pytestmark = pytest.mark.django_db
SURE = {"sure": "yes"}


@pytest.fixture
def ended(anna):
    """Let Anna order a mug with a text and cancel it."""
    anna.choose(text="Zoë")
    anna.order()
    order = Order.objects.get()
    cancel_order(order_id=order.pk, now=NOW)
    return order


def test_a_customer_downloads_all_that_is_kept(anna, ended):
    response = anna.get("/privacy/export.json")

    found = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert found["account"]["username"] == "anna"
    assert found["orders"][0]["customer"]["name"] == "Ada Berg"
    assert "Zoë" in response.content.decode()


def test_a_customer_has_the_account_erased_and_is_signed_out(anna, ended):
    response = anna.post("/privacy/erase/", SURE, follow=True)

    ended.refresh_from_db()
    assert "Your account and your data are erased." in response.content.decode()
    assert (ended.customer_name, ended.customer_email) == ("", "")
    assert not User.objects.filter(username="anna").exists()
    assert anna.get("/privacy/").status_code == 302


def test_nothing_is_erased_without_a_tick(anna, ended):
    response = anna.post("/privacy/erase/")

    assert response.status_code == 400
    assert "Please tick that you are sure" in response.content.decode()
    assert User.objects.filter(username="anna").exists()


def test_an_open_order_is_named_and_nothing_can_be_erased(anna):
    anna.choose()
    anna.order()
    number = Order.objects.get().number

    page = anna.see("/privacy/")
    response = anna.post("/privacy/erase/", SURE)

    assert number in page
    assert "/privacy/erase/" not in page
    assert response.status_code == 409
    assert number in response.content.decode()


def test_a_guest_does_the_same_by_the_order_s_link(buyer):
    buyer.choose(text="Zoë")
    buyer.order()
    order = Order.objects.get()
    cancel_order(order_id=order.pk, now=NOW)
    base, query = f"/orders/{order.number}/", f"?token={order.token}"

    assert f"{base}privacy/{query}" in buyer.see(base + query)
    page = buyer.see(f"{base}privacy/{query}")
    assert f"{base}privacy/export.json{query}" in page
    exported = buyer.get(f"{base}privacy/export.json{query}").json()
    assert exported["orders"][0]["customer"]["email"] == "ada@example.org"
    done = buyer.post(f"{base}privacy/erase/{query}", SURE, follow=True)

    html = done.content.decode()
    assert "are erased" in html
    assert "Zoë" not in html
    assert "Ada Berg" not in html
    assert "It is erased already." in buyer.see(f"{base}privacy/{query}")


@pytest.mark.parametrize("tail", ["privacy/", "privacy/export.json", "privacy/erase/"])
def test_nobody_reaches_another_s_data(buyer, anna, ended, tail):
    url = f"/orders/{ended.number}/{tail}"
    send = buyer.post if tail.endswith("erase/") else buyer.get

    assert send(url).status_code == 302
    assert send(f"{url}?token=wrong").status_code == 404
    ended.refresh_from_db()
    assert ended.customer_name == "Ada Berg"
