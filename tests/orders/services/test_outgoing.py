"""Refunds leave when their cause is committed, and fail one by one."""

from datetime import timedelta

import pytest

from orders.models import OutboxMessage, Refund
from orders.payments.registry import PROVIDERS
from orders.services import outbox, outgoing
from orders.services.cancelling import cancel_order
from orders.services.outgoing import pay_refunds
from orders.services.paying import record_payment
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def make_paid_order(**fields):
    order = make_order(1200, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def test_a_refund_is_asked_of_the_provider_that_was_paid(monkeypatch):
    asked = []

    def refund(_self, **words):
        asked.append(words)
        return "their-name"

    monkeypatch.setattr(type(PROVIDERS["dummy"]), "refund", refund)
    order = make_paid_order()
    cancel_order(order_id=order.pk, now=NOW)

    assert pay_refunds(now=NOW, real_now=NOW) == 1

    assert asked == [
        {
            "reference": f"dummy-{order.number}-1",
            "amount_minor": 1200,
            "currency": "EUR",
            "key": f"{order.number}-R1",
        }
    ]
    assert not OutboxMessage.objects.filter(kind=outbox.REFUND).exists()
    paid = Refund.objects.get()
    assert (paid.state, paid.reference) == ("PAID", "their-name")
    assert order.events.last().kind == "REFUND_PAID"


def test_a_worker_that_dies_after_paying_a_refund_back_asks_again_by_the_same_key(
    monkeypatch,
):
    keys = []

    def refund(_self, *, key, **_):
        keys.append(key)
        return "their-name"

    monkeypatch.setattr(type(PROVIDERS["dummy"]), "refund", refund)
    cancel_order(order_id=make_paid_order().pk, now=NOW)
    with monkeypatch.context() as dying:
        dying.setattr(outgoing, "move_one", die)
        with pytest.raises(KeyboardInterrupt):
            pay_refunds(now=NOW, real_now=NOW)

    assert pay_refunds(now=NOW, real_now=NOW + timedelta(hours=1)) == 1

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert Refund.objects.get().state == "PAID"


def die(*_args, **_words):
    raise KeyboardInterrupt
