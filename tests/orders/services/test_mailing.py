"""Mails leave when their cause is committed, each once, and fail one by one."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail.backends.locmem import EmailBackend

from configurator.selectors.times import written_day
from orders.mail import render_mail
from orders.models import Carrier, Order, OrderLine, OutboxDone, OutboxMessage, Promise
from orders.selectors.promises import Outlook
from orders.services import mailing, outbox
from orders.services.mailing import send_mails
from orders.services.parcels import ParcelRequest
from orders.services.paying import record_payment
from orders.services.promising import promise_anew, take_outlooks
from orders.services.shipping import ship_order
from tests.factories.orders import NOW, make_order, make_sent_quotation

pytestmark = pytest.mark.django_db
MINUTES_10 = timedelta(minutes=10)


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


def test_a_quotation_is_announced_with_its_terms_and_the_message_of_staff(mailoutbox):
    line = make_order(None).lines.get()
    make_sent_quotation(line, deposit_percent=50, note="With <oak> legs.")

    send_mails(now=NOW, real_now=NOW)

    body = mailoutbox[0].body
    told = (
        "With <oak> legs.\n",
        "1 \u00d7 Bench: €900.00\n",
        "€450.00 of it as a deposit now, the balance before we ship.\n",
        f"It stands until {written_day(NOW + timedelta(days=30))} at ",
    )
    places = [body.index(text) for text in told]
    assert places == sorted(places)
    html = mailoutbox[0].alternatives[0].content
    assert "With &lt;oak&gt; legs." in html
    assert "€450.00 of it as a deposit" in html


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

    monkeypatch.setattr(mailing, "render_mail", render)

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

    def count(self, mails):
        n_waiting.append(OutboxMessage.objects.filter(kind="mail").count())
        return len(mails)

    monkeypatch.setattr(EmailBackend, "send_messages", count)

    send_mails(now=NOW, real_now=NOW)

    assert n_waiting == [2, 1]


LATER = NOW + timedelta(days=1)


class Died(BaseException):
    """A process that ends here and now."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_that_dies_while_a_mail_leaves_never_sends_it_twice(
    monkeypatch, mailoutbox, when
):
    make_paid_order()
    real = EmailBackend.send_messages

    def dying(self, mails):
        if when == "after":
            real(self, mails)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", dying)
        with pytest.raises(Died):
            send_mails(now=NOW, real_now=NOW)

    assert send_mails(now=NOW, real_now=LATER) == 0

    parked = OutboxMessage.objects.get(kind="mail")
    assert len(mailoutbox) == (1 if when == "after" else 0)
    assert parked.state == "PARKED"
    assert "it may be sent" in parked.error


def test_a_mail_that_is_unsure_leaves_again_only_when_an_admin_says_so(
    monkeypatch, mailoutbox
):
    make_paid_order()
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", fail_with(TimeoutError()))
        send_mails(now=NOW, real_now=NOW)
    assert send_mails(now=NOW, real_now=LATER) == 0

    outbox.retry_parked()

    assert send_mails(now=NOW, real_now=LATER) == 1
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        smtplib.SMTPDataError(451, b"later"),
        smtplib.SMTPRecipientsRefused({}),
    ],
)
def test_a_mail_that_was_refused_is_tried_again(monkeypatch, mailoutbox, error):
    make_paid_order()
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", fail_with(error))
        assert send_mails(now=NOW, real_now=NOW) == 0

    assert send_mails(now=NOW, real_now=LATER) == 1
    assert len(mailoutbox) == 1


def test_while_no_server_answers_every_mail_waits_and_none_is_lost(
    monkeypatch, mailoutbox
):
    make_paid_order()
    make_paid_order()
    opened = []

    def fail(_backend):
        opened.append(1)
        raise OSError("down")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", fail)
        hours = [NOW + timedelta(hours=hour) for hour in range(5)]
        assert [send_mails(now=NOW, real_now=now) for now in hours] == [0] * 5

    assert len(opened) == 5
    waiting = OutboxMessage.objects.filter(kind="mail")
    assert set(waiting.values_list("state", "error")) == {
        ("PENDING", "OSError: down"),
    }
    assert max(waiting.values_list("available_at", flat=True)) <= hours[-1] + MINUTES_10
    assert send_mails(now=NOW, real_now=hours[-1] + MINUTES_10) == 2
    assert len(mailoutbox) == 2


def fail_with(error):
    def fail(*_args, **_words):
        raise error

    return fail


# What stands in them --------------------------------------------------------------


def html_of(mail) -> str:
    ((content, kind),) = mail.alternatives
    assert kind == "text/html"
    return str(content)


def test_a_mail_is_text_and_html_with_the_pictures_of_what_was_ordered(mailoutbox):
    order = make_paid_order()
    sha256 = order.lines.get().configuration.sha256

    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    html = html_of(mail)
    assert f'src="cid:{sha256}"' in html
    assert f"/orders/{order.number}/?token={order.token}" in html
    assert "€12.00" in html
    (picture,) = mail.attachments
    assert picture["Content-ID"] == f"<{sha256}>"
    assert picture.get_payload(decode=True).startswith(b"\x89PNG")


def test_names_with_html_stay_words(mailoutbox):
    order = make_paid_order()
    Order.objects.filter(pk=order.pk).update(customer_name='<b>"Bo" & Co</b>')

    send_mails(now=NOW, real_now=NOW)

    assert '<b>"Bo" & Co</b>' in mailoutbox[0].body
    assert "&lt;b&gt;&quot;Bo&quot; &amp; Co&lt;/b&gt;" in html_of(mailoutbox[0])


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "is on its way"), ("de", "ist unterwegs")]
)
def test_a_parcel_is_announced_with_where_it_is(
    mailoutbox, progress, language, subject
):
    carrier = Carrier.objects.create(
        code="POST", name="Post", tracking_url="https://post.example/{code}"
    )
    order = make_order(
        *(1200, 800), language=language, shipping="AS_READY", delivery="CARRIER"
    )
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    OutboxMessage.objects.filter(kind="mail").delete()
    first, second = order.lines.all()
    OrderLine.objects.filter(pk=second.pk).update(quantity=7)
    progress({first.pk: "MADE", second.pk: "IN_PROGRESS"})
    parcels = [ParcelRequest(carrier.code, "AB 1&2"), ParcelRequest()]
    ship_order(order_id=order.pk, parcels=parcels, now=NOW, actor="paul")

    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    assert subject in mail.subject
    assert "Post AB 1&2" in mail.body
    assert "https://post.example/AB%201%262" in mail.body
    assert "7 \u00d7" not in mail.body


def test_what_is_fetched_waits_at_the_works_in_its_window(mailoutbox, progress):
    window = {"window_from": NOW, "window_to": NOW + timedelta(hours=2)}
    order = make_paid_order(**window)
    OutboxMessage.objects.filter(kind="mail").delete()
    progress({order.lines.get().pk: "MADE"})
    ship_order(order_id=order.pk, now=NOW, actor="paul")

    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    told = "Collection at the works: Monday, 2 March, 09:00\N{EN DASH}11:00"
    assert mail.subject == f"Your order {order.number} is ready to be fetched"
    assert told in mail.body
    assert told in html_of(mail)


def test_a_delay_is_told_once_with_the_line_that_it_is_about(mailoutbox):
    order = make_order(1200, 800, language="de")
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    OutboxMessage.objects.filter(kind="mail").delete()
    first, second = order.lines.all()
    for line, days in ((first, 1), (second, 9)):
        at = NOW + timedelta(days=days)
        Promise.objects.create(
            line=line,
            ready_at=at,
            shipped_at=at,
            delivered_at=at + timedelta(days=3),
            created_at=NOW,
        )
    late = NOW + timedelta(days=2)
    outlooks = [
        Outlook(promise.pk, order.pk, is_late=promise.line_id == first.pk)
        for promise in Promise.objects.all()
    ]

    assert [take_outlooks(outlooks=outlooks, now=late) for _ in range(2)] == [1, 0]
    send_mails(now=late, real_now=NOW)

    (mail,) = mailoutbox
    assert mail.subject == f"Ihre Bestellung {order.number} dauert länger"
    assert "12,00" in mail.body
    assert "8,00" not in mail.body
    assert first.promises.get().state == "AT_RISK"
    assert order.events.latest("id").kind == "PROMISE_AT_RISK"


def test_a_delay_names_the_day_that_is_expected_now(mailoutbox):
    order = make_order(1200)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    OutboxMessage.objects.filter(kind="mail").delete()
    promise = Promise.objects.create(
        line=order.lines.get(),
        ready_at=NOW,
        shipped_at=NOW,
        delivered_at=NOW + timedelta(days=1),
        created_at=NOW,
    )
    day = NOW + timedelta(days=3)
    outlook = Outlook(promise.pk, order.pk, is_late=True, delivered_at=day)

    assert [take_outlooks(outlooks=[outlook], now=NOW) for _ in range(2)] == [1, 0]
    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    assert "expected on Thursday, 5 March" in mail.body


def test_a_date_that_is_promised_anew_is_told(mailoutbox):
    order = make_order(1200)
    line = order.lines.get()
    Promise.objects.create(
        line=line, ready_at=NOW, shipped_at=NOW, delivered_at=NOW, created_at=NOW
    )

    promise_anew(
        line_id=line.pk,
        later_by=timedelta(days=3),
        rests_on="The mill stands still.",
        now=NOW,
        actor="paul",
    )
    send_mails(now=NOW, real_now=NOW)

    (mail,) = mailoutbox
    assert "takes longer" in mail.subject
    assert "Thursday, 5 March" in mail.body
