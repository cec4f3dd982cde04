"""Notices of providers come from anywhere; only a signature makes them believed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from orders.payments import signatures
from orders.payments.dummy import SIGNATURE_HEADER, secret
from orders.services.paying import pay_order
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db
URL = "/payments/dummy/notices/"


@pytest.fixture
def order():
    made = make_order(1200)
    pay_order(order_id=made.pk, provider="dummy", outcome="PENDING", now=NOW)
    return made


def send(client, order, *, at=None, key="", url=URL, **changes):
    intent = order.intents.get()
    values = {
        "key": changes.pop("charge", intent.number),
        "standing": "CAPTURED",
        "reference": intent.reference,
        "amount_minor": 1200,
        **changes,
    }
    body = json.dumps(values).encode()
    at = at or datetime.now(UTC)
    header = signatures.sign(body, secret=key or secret(), at=at)
    return client.post(
        url, body, content_type="application/json", headers={SIGNATURE_HEADER: header}
    )


def test_a_signed_notice_confirms_the_order_however_often_it_comes(client, order):
    statuses = [send(client, order).status_code for _ in range(3)]

    order.refresh_from_db()
    assert statuses == [204] * 3
    assert (order.state, order.payment_state) == ("CONFIRMED", "PAID")
    assert order.payments.count() == 1


@pytest.mark.parametrize("fault", ["key", "old", "none", "long"])
def test_a_forged_notice_changes_nothing(client, order, fault):
    if fault == "none":
        response = client.post(URL, b"{}", content_type="application/json")
    elif fault == "long":
        response = send(client, order, text="x" * 300_000)
    elif fault == "old":
        at = datetime.now(UTC) - timedelta(hours=1)
        response = send(client, order, at=at)
    else:
        response = send(client, order, key="another")

    order.refresh_from_db()
    assert response.status_code == 400
    assert order.state == "PLACED"


@pytest.mark.parametrize("change", [{"charge": "F-1-1"}, {"standing": "RICH"}])
def test_a_genuine_notice_that_is_none_of_ours_is_heard_and_left(client, order, change):
    response = send(client, order, **change)

    order.refresh_from_db()
    assert (response.status_code, order.state) == (204, "PLACED")


@pytest.mark.parametrize("name", ["stripe", "bank"])
def test_a_provider_that_is_not_switched_on_is_not_heard(client, order, name):
    assert send(client, order, url=f"/payments/{name}/notices/").status_code == 404


def test_a_notice_that_cannot_be_carried_out_is_taken_up_later(
    client, order, monkeypatch
):
    from orders.payments.dummy import DummyProvider
    from orders.payments.port import ProviderDownError

    def down(*_args, **_words):
        raise ProviderDownError("no")

    monkeypatch.setattr(DummyProvider, "capture", down)

    response = send(client, order, standing="AUTHORISED")

    order.refresh_from_db()
    assert (response.status_code, order.payment_state) == (204, "AUTHORISED")
