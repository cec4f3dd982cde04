"""Whoever cancels, the buyer is written to: what is not made, and what comes back."""

from datetime import timedelta

import pytest

from orders.models import Order
from orders.ports import Units
from orders.services.cancelling import cancel_line, cancel_order
from orders.services.expiring import expire_unpaid_orders
from orders.services.mailing import send_mails
from orders.services.paying import record_payment
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(mailoutbox):
    """Send what waits; give only what was written since it was asked before."""

    def send():
        send_mails(now=NOW, real_now=NOW)
        sent = [*mailoutbox]
        mailoutbox.clear()
        return sent

    return send


def buy(*totals_minor: int, **fields) -> Order:
    order = make_order(*totals_minor, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


@pytest.mark.parametrize(
    ("language", "back"),
    [
        ("en", "€20.00 come back to you."),
        ("de", "20,00\xa0€ kommen zu Ihnen zurück."),
    ],
)
def test_a_buyer_whose_order_staff_cancelled_reads_what_comes_back(
    told, language, back
):
    order = buy(1200, 800, language=language)
    told()

    cancel_order(order_id=order.pk, now=NOW, actor="planner")

    (mail,) = told()
    html = mail.alternatives[0][0]
    assert order.number in mail.subject
    for text in (back, "Mug"):
        assert text in mail.body
        assert text in html
    assert mail.body.count("1 \u00d7 ") == 2


def test_each_cancelling_tells_of_its_own_units_and_no_day(told):
    order = make_order(1000, 500)
    order.lines.filter(position=0).update(quantity=3)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    line = order.lines.get(position=0)
    told()

    bodies = []
    for _ in range(2):
        cancel_line(order_id=order.pk, line_id=line.pk, units=Units(1), now=NOW)
        bodies += [mail.body for mail in told()]
    cancel_line(order_id=order.pk, line_id=line.pk, now=NOW)
    bodies += [mail.body for mail in told()]

    for body, back in zip(bodies, ("€3.33", "€3.33", "€3.34"), strict=True):
        assert f"1 \u00d7 Mug: {back}\n" in body
        assert f"{back} come back to you." in body
        assert "Total" not in body


def test_what_was_not_paid_is_cancelled_without_a_word_of_money_back(told):
    order = make_order(1200)

    cancel_order(order_id=order.pk, now=NOW)

    (mail,) = told()
    assert "is cancelled" in mail.body
    assert "come back" not in mail.body


def test_a_price_that_was_never_agreed_is_not_told_as_nothing(told):
    order = make_order(None)

    cancel_order(order_id=order.pk, now=NOW)

    (mail,) = told()
    assert "€0" not in mail.body


def test_a_buyer_hears_once_that_an_unpaid_order_has_ended(told):
    order = make_order(1200, placed_at=NOW - timedelta(days=8))

    for _ in range(2):
        expire_unpaid_orders(older_than=timedelta(days=7), now=NOW)

    (mail,) = told()
    assert order.number in mail.subject
    assert "you owe nothing" in mail.body
    assert "Total" not in mail.body
