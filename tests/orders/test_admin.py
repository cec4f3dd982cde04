"""Orders in the admin: looked at by those who may, changed by nobody."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from orders.models import OutboxMessage
from orders.services import outbox
from orders.services.paying import record_payment
from tests.factories.access import make_user
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db
MODELS = ("order", "orderline", "payment", "orderevent", "outboxmessage")


@pytest.fixture
def order():
    order = make_order(1200)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


@pytest.fixture
def desk(client):
    user = make_user("desk", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name="staff")[0])
    client.force_login(user)
    return client


def park(kind: str = "mail") -> OutboxMessage:
    message = OutboxMessage.objects.get(kind=kind)
    for _ in range(3):
        outbox.fail(message_id=message.pk, error="no such host", now=NOW)
    return message


@pytest.mark.parametrize("model", MODELS)
def test_the_order_desk_sees_every_row_and_changes_none(desk, order, model):
    listed = desk.get(f"/admin/orders/{model}/")
    added = desk.get(f"/admin/orders/{model}/add/")

    assert (listed.status_code, added.status_code) == (200, 403)
    assert order.number in listed.content.decode() or model == "order"


def test_a_row_is_shown_without_the_token_of_its_order(desk, order):
    path = f"/admin/orders/order/{order.pk}/change/"

    shown = desk.get(path)

    assert shown.status_code == 200
    assert order.token not in shown.content.decode()
    assert desk.post(path, {"number": "F-1"}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_staff_of_another_desk_sees_nothing(client, order, model):
    client.force_login(make_user("olga", is_staff=True))

    assert client.get(f"/admin/orders/{model}/").status_code == 403


def test_a_parked_message_is_seen_with_its_error_and_tried_again(desk, order):
    message = park()
    path = "/admin/orders/outboxmessage/"
    html = desk.get(path, {"state": "PARKED"}).content.decode()
    assert message.key in html
    assert "no such host" in html

    answer = desk.post(
        path, {"action": "try_again", "_selected_action": [message.pk]}, follow=True
    )

    message.refresh_from_db()
    assert "Messages tried again: 1." in answer.content.decode()
    assert (message.state, message.n_attempts, message.error) == ("PENDING", 0, "")


def test_a_message_that_is_not_parked_is_left_as_it_is(desk, order):
    message = OutboxMessage.objects.get(kind="mail")
    OutboxMessage.objects.filter(pk=message.pk).update(n_attempts=2)

    desk.post(
        "/admin/orders/outboxmessage/",
        {"action": "try_again", "_selected_action": [message.pk]},
    )

    message.refresh_from_db()
    assert message.n_attempts == 2


def test_a_superuser_exports_and_erases_orders_after_being_asked():
    from orders.services.cancelling import cancel_order

    order = make_order()
    cancel_order(order_id=order.pk, now=NOW)
    boss = Client()
    boss.force_login(make_user("boss", is_staff=True, is_superuser=True))
    url = "/admin/orders/order/"
    chosen = {"_selected_action": [str(order.pk)]}

    exported = boss.post(url, {**chosen, "action": "export_data"}).json()
    asked = boss.post(url, {**chosen, "action": "erase_data"})
    order.refresh_from_db()
    assert exported["exports"][0]["orders"][0]["number"] == order.number
    assert "erased for good" in asked.content.decode()
    assert order.customer_name == "Test buyer"
    boss.post(url, {**chosen, "action": "erase_data", "sure": "yes"})

    order.refresh_from_db()
    assert (order.customer_name, order.shipping_address) == ("", {"country": "DE"})


def test_an_order_that_has_not_ended_is_not_erased_in_the_admin():
    order = make_order()
    boss = Client()
    boss.force_login(make_user("boss", is_staff=True, is_superuser=True))
    body = {"_selected_action": [str(order.pk)], "action": "erase_data", "sure": "yes"}

    page = boss.post("/admin/orders/order/", body, follow=True)

    order.refresh_from_db()
    assert "have not ended yet" in page.content.decode()
    assert order.customer_name == "Test buyer"
