"""Mails and refunds leave when their cause is committed, and fail one by one."""

from datetime import timedelta

import pytest

from orders.mail import render_mail
from orders.models import OutboxDone, OutboxMessage, Refund
from orders.payments.registry import PROVIDERS
from orders.services import outbox, outgoing
from orders.services.cancelling import cancel_order
from orders.services.outgoing import pay_refunds, send_mails
from orders.services.paying import record_payment
from tests.factories.orders import NOW, make_order, make_sent_quotation

pytestmark = pytest.mark.django_db


def make_paid_order(**fields):
    order = make_order(1200, **fields)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def test_the_buyer_is_told_of_the_payment_in_their_language(mailoutbox):
    order = make_paid_order()

    assert send_mails(now=NOW, real_now=NOW) == 1

    (mail,) = mailoutbox
    assert mail.to == ["ada@example.org"]
    assert order.number in mail.subject
    assert "1 \u00d7 Mug: €12.00" in mail.body
    assert f"/orders/{order.number}/?token={order.token}" in mail.body
    assert mail.extra_headers["Message-ID"].startswith(f"<paid.{order.number}@")
    assert OutboxDone.objects.get().key == f"paid:{order.number}"


def test_money_is_written_as_the_buyers_language_writes_it(mailoutbox):
    make_paid_order(language="de")

    send_mails(now=NOW, real_now=NOW)

    assert "12,00\xa0€" in mailoutbox[0].body


def test_a_mail_is_sent_once(mailoutbox):
    make_paid_order()

    send_mails(now=NOW, real_now=NOW)
    send_mails(now=NOW, real_now=NOW)

    assert len(mailoutbox) == 1


def test_a_quotation_is_announced(mailoutbox):
    make_sent_quotation(make_order(None).lines.get())

    send_mails(now=NOW, real_now=NOW)

    assert "to be quoted" in mailoutbox[0].body


def test_a_mail_that_cannot_be_sent_stops_no_other(mailoutbox):
    make_paid_order()
    OutboxMessage.objects.filter(kind="mail").update(payload={"template": "poem"})
    make_paid_order()

    assert send_mails(now=NOW, real_now=NOW) == 1

    failed = OutboxMessage.objects.get(kind="mail")
    assert (failed.n_attempts, failed.error) == (
        1,
        "UnknownTemplateError: There is no mail called 'poem'.",
    )


@pytest.mark.parametrize("error", [ZeroDivisionError, AssertionError, RuntimeError])
def test_whatever_one_mail_raises_parks_it_alone_after_three_attempts(
    monkeypatch, mailoutbox, error
):
    poison = make_paid_order()
    make_paid_order()

    def render(**words):
        if words["order"] == poison:
            raise error("no")
        return render_mail(**words)

    monkeypatch.setattr(outgoing, "render_mail", render)

    later = (NOW + timedelta(minutes=minutes) for minutes in range(4))
    assert [send_mails(now=NOW, real_now=now) for now in later] == [1, 0, 0, 0]

    parked = OutboxMessage.objects.get(kind="mail")
    assert (parked.order, parked.state, parked.n_attempts) == (poison, "PARKED", 3)
    assert len(mailoutbox) == 1


def test_a_factory_clock_that_is_moved_neither_ends_nor_delays_an_attempt(mailoutbox):
    tomorrow = NOW + timedelta(days=1)
    order = make_order(1200)
    record_payment(
        order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=tomorrow
    )
    (taken,) = outbox.lease(
        kind="mail", limit=5, now=NOW, duration=timedelta(minutes=15)
    )

    assert send_mails(now=tomorrow, real_now=NOW + timedelta(minutes=14)) == 0
    assert send_mails(now=tomorrow, real_now=NOW + timedelta(minutes=15)) == 1

    assert OutboxDone.objects.get().key == taken.key


def test_a_mail_is_finished_before_the_next_begins(monkeypatch):
    make_paid_order()
    make_paid_order()
    n_waiting = []

    def count(message, now):
        n_waiting.append(OutboxMessage.objects.filter(kind="mail").count())

    monkeypatch.setattr(outgoing, "_send", count)

    send_mails(now=NOW, real_now=NOW)

    assert n_waiting == [2, 1]


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
