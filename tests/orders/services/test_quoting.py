"""A bespoke line has its price when the customer accepts a quotation."""

from datetime import timedelta

import pytest

from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import (
    DomainError,
    IllegalMoveError,
    InvalidError,
    NotFoundError,
)
from orders.models import Promise
from orders.ports import ports
from orders.services.mailing import send_mails
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.quoting import (
    NotBespokeError,
    QuotationExpiredError,
    accept_quotation,
    decline_quotation,
    send_quotation,
)
from tests.factories.orders import (
    BENCH,
    NOW,
    ask_bench,
    make_order,
    make_request,
    make_sent_quotation,
    publish,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_the_first_offer_answers_the_request_made_with_the_order():
    order = make_order(None)
    requested = order.lines.get().quotations.get()

    sent = make_sent_quotation(order.lines.get())

    assert sent.pk == requested.pk
    assert (sent.state, sent.total_minor) == ("SENT", 90_000)


def test_an_accepted_quotation_is_the_price_that_is_paid():
    order = make_order(1200, None)
    quotation = make_sent_quotation(order.lines.all()[1])

    accept_quotation(quotation_id=quotation.pk, now=NOW)

    order.refresh_from_db()
    assert order.total_minor == 91_200
    assert order.lines.all()[1].total_minor == 90_000
    payment = record_payment(
        order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW
    )
    assert payment.amount_minor == 91_200


def test_the_total_stays_open_until_the_last_quotation_is_accepted():
    order = make_order(None, None)
    quotations = [make_sent_quotation(line) for line in order.lines.all()]

    accept_quotation(quotation_id=quotations[0].pk, now=NOW)
    order.refresh_from_db()
    assert order.total_minor is None
    accept_quotation(quotation_id=quotations[1].pk, now=NOW)

    order.refresh_from_db()
    assert order.total_minor == 180_000


def test_a_new_offer_supersedes_the_one_before():
    line = make_order(None).lines.get()
    old = make_sent_quotation(line)

    new = make_sent_quotation(line, total_minor=80_000)

    old.refresh_from_db()
    assert (old.state, new.state, new.revision) == ("SUPERSEDED", "SENT", 1)
    assert new.number != old.number
    with pytest.raises(IllegalMoveError):
        accept_quotation(quotation_id=old.pk, now=NOW)


def test_a_declined_quotation_can_be_followed_by_another():
    line = make_order(None).lines.get()
    decline_quotation(quotation_id=make_sent_quotation(line).pk, now=NOW)

    better = make_sent_quotation(line, total_minor=70_000)
    accept_quotation(quotation_id=better.pk, now=NOW)

    states = list(line.quotations.order_by("revision").values_list("state", flat=True))
    assert states == ["SUPERSEDED", "ACCEPTED"]


def test_an_accepted_quotation_stands():
    line = make_order(None).lines.get()
    quotation = make_sent_quotation(line)
    accept_quotation(quotation_id=quotation.pk, now=NOW)

    for answer in (accept_quotation, decline_quotation):
        with pytest.raises(IllegalMoveError):
            answer(quotation_id=quotation.pk, now=NOW)
    with pytest.raises(IllegalMoveError):
        make_sent_quotation(line)


def test_an_offer_cannot_be_accepted_after_its_time():
    quotation = make_sent_quotation(make_order(None).lines.get(), days=30)

    with pytest.raises(QuotationExpiredError):
        accept_quotation(quotation_id=quotation.pk, now=NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"total_minor": -1}, "total_minor"),
        ({"valid_until": NOW}, "valid_until"),
    ],
)
def test_an_impossible_offer_is_refused_by_name(words, field):
    offer = {
        "order_line_id": make_order(None).lines.get().pk,
        "total_minor": 1,
        "valid_until": NOW + timedelta(days=1),
        **words,
    }

    with pytest.raises(DomainError) as caught:
        send_quotation(**offer, now=NOW, actor="paul")

    assert caught.value.field == field


def test_a_line_with_a_fixed_price_needs_no_quotation():
    with pytest.raises(NotBespokeError):
        make_sent_quotation(make_order(1200).lines.get())


def test_a_cancelled_order_is_not_quoted_for():
    order = make_order(None, state="CANCELLED")

    with pytest.raises(IllegalMoveError):
        make_sent_quotation(order.lines.get())


def test_the_operations_that_staff_planned_are_kept_as_they_are():
    operations = [{"name": "Carve by hand", "work_centre": "BENCH", "run_s": 7200}]

    quotation = send_quotation(
        order_line_id=make_order(None).lines.get().pk,
        total_minor=1,
        valid_until=NOW + timedelta(days=1),
        operations=operations,
        now=NOW,
        actor="paul",
    )

    quotation.refresh_from_db()
    assert quotation.operations == operations


ENGLISH = (
    "If you accept on Monday, 2 March it is ready on Tuesday, 10 March and with you on "
    "Thursday, 12 March; if later, the days are set anew."
)
GERMAN = (
    "Wenn Sie am Montag, 2. März annehmen, ist es am Dienstag, 10. März fertig und am "
    "Donnerstag, 12. März bei Ihnen; nehmen Sie später an, so gelten neue Tage."
)


@pytest.mark.parametrize(("language", "told"), [("en", ENGLISH), ("de", GERMAN)])
def test_an_offer_tells_when_it_would_be_there_and_reserves_nothing(
    language, told, monkeypatch, mailoutbox
):
    asked = []

    def quote(*, now, operations, **question):
        asked.append((question["delivery"], list(operations)))
        ready_at = now + 8 * DAY
        return Quote(ready_at, ready_at + DAY, ready_at + 2 * DAY, "the bench")

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    order = make_order(None, language=language)
    carve = {"name": "Carve by hand", "work_centre": "BENCH", "run_s": 7200}

    sent = send_quotation(
        order_line_id=order.lines.get().pk,
        total_minor=90_000,
        valid_until=NOW + 30 * DAY,
        operations=[carve],
        now=NOW,
        actor="paul",
    )
    send_mails(now=NOW, real_now=NOW)

    days = (sent.sent_at, sent.ready_at, sent.delivered_at)
    assert days == (NOW, NOW + 8 * DAY, NOW + 10 * DAY)
    assert asked == [("COLLECTION", [carve])]
    assert not Promise.objects.exists()
    assert told in mailoutbox[0].body.splitlines()


def test_what_does_not_exist_cannot_be_answered():
    with pytest.raises(NotFoundError):
        accept_quotation(quotation_id=1, now=NOW)


def test_operations_that_could_not_be_released_are_named(monkeypatch):
    monkeypatch.setattr(
        ports, "operation_check", lambda *, operations: ["There is no BENCH-9."]
    )
    operations = [
        {"code": "CARVE", "name": "Carve", "run_s": 60},
        {"code": "CARVE", "name": "Carve", "run_s": 60, "after": ["SAND"]},
    ]

    with pytest.raises(InvalidError) as caught:
        send_quotation(
            order_line_id=make_order(None).lines.get().pk,
            total_minor=1,
            valid_until=NOW + timedelta(days=1),
            operations=operations,
            now=NOW,
            actor="paul",
        )

    assert [each.field for each in caught.value.problems] == [
        "operations.1.code",
        "operations.1.after",
        "operations",
    ]


@pytest.mark.parametrize(
    ("extra", "percent"),
    [
        ({"quotation": {"deposit_percent": 30}}, 30),
        ({"quotation": {"deposit_percent": 0}}, 100),
        ({"quotation": "half"}, 100),
        (None, 100),
    ],
)
def test_a_deposit_that_nobody_names_is_the_products(extra, percent):
    publish(BENCH | ({"extra": extra} if extra else {}))
    order = place_order(
        request=make_request(ask_bench(), delivery="COLLECTION"),
        user=None,
        language="en",
        now=NOW,
    )

    quotation = make_sent_quotation(order.lines.get())

    assert quotation.deposit_percent == percent
