"""Nobody waits for ever for a payment."""

from datetime import timedelta

import pytest

from orders.models import OrderEvent, Promise
from orders.services.expiring import (
    AGREED_FOR,
    expire_quotations,
    expire_unpaid_orders,
)
from orders.services.paying import record_payment
from orders.services.proofing import send_proof
from orders.services.quoting import accept_quotation, decline_quotation
from tests.factories.orders import NOW, make_order, make_sent_quotation

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
OLD = NOW - WEEK - timedelta(seconds=1)


def test_an_old_unpaid_order_expires_once():
    order = make_order(placed_at=OLD)

    assert expire_unpaid_orders(older_than=WEEK, now=NOW) == 1
    assert expire_unpaid_orders(older_than=WEEK, now=NOW) == 0

    order.refresh_from_db()
    assert order.state == "EXPIRED"
    assert OrderEvent.objects.get().kind == "EXPIRED"


def test_a_young_order_and_a_paid_one_stay():
    young, paid = make_order(), make_order(placed_at=OLD)
    record_payment(order_id=paid.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)

    assert expire_unpaid_orders(older_than=WEEK, now=NOW) == 0

    young.refresh_from_db()
    assert young.state == "PLACED"


def test_an_order_waits_while_staff_prepare_its_quotation_or_it_can_be_accepted():
    make_order(None, placed_at=OLD)
    sent = make_order(None, placed_at=OLD)
    make_sent_quotation(sent.lines.get(), days=1)

    assert expire_unpaid_orders(older_than=WEEK, now=NOW) == 0
    assert expire_unpaid_orders(older_than=WEEK, now=NOW + timedelta(days=1)) == 1

    sent.refresh_from_db()
    assert sent.state == "EXPIRED"


def test_an_order_waits_while_its_price_is_agreed_and_not_paid():
    order = make_order(None, placed_at=OLD)
    quotation = make_sent_quotation(order.lines.get(), days=1)
    accept_quotation(quotation_id=quotation.pk, now=NOW)
    end = NOW + AGREED_FOR

    late = end - timedelta(seconds=1)
    assert expire_unpaid_orders(older_than=WEEK, now=late) == 0
    assert expire_unpaid_orders(older_than=WEEK, now=end) == 1


def test_with_an_order_ends_what_was_promised_and_what_waited_for_an_answer():
    order = make_order(1200, None, placed_at=OLD)
    plain, bespoke = order.lines.all()
    quotation = make_sent_quotation(bespoke, days=1)
    decline_quotation(quotation_id=quotation.pk, now=NOW)
    proof = send_proof(order_line_id=plain.pk, now=NOW)
    promise = Promise.objects.create(
        line=plain, ready_at=NOW, shipped_at=NOW, delivered_at=NOW, created_at=OLD
    )

    assert expire_unpaid_orders(older_than=WEEK, now=NOW) == 1

    for row, state in (
        (promise, "WITHDRAWN"),
        (proof, "SUPERSEDED"),
        (quotation, "DECLINED"),
    ):
        row.refresh_from_db()
        assert row.state == state


def test_an_offer_that_can_no_longer_be_accepted_says_so_once():
    first, second = make_order(None), make_order(None)
    short = make_sent_quotation(first.lines.get(), days=1)
    long = make_sent_quotation(second.lines.get(), days=2)
    tomorrow = NOW + timedelta(days=1)

    assert expire_quotations(now=tomorrow - timedelta(seconds=1)) == 0
    assert expire_quotations(now=tomorrow) == 1
    assert expire_quotations(now=tomorrow) == 0

    short.refresh_from_db()
    long.refresh_from_db()
    assert (short.state, long.state) == ("EXPIRED", "SENT")
    event = OrderEvent.objects.get(kind="QUOTATION_EXPIRED")
    assert (event.order_id, event.details) == (first.pk, {"quotation": short.number})
    again = make_sent_quotation(first.lines.get(), days=3)
    assert again.revision == short.revision + 1


def test_an_offer_that_has_ended_by_itself_ends_no_order_twice():
    order = make_order(None, placed_at=OLD)
    quotation = make_sent_quotation(order.lines.get(), days=1)
    tomorrow = NOW + timedelta(days=1)
    expire_quotations(now=tomorrow)

    assert expire_unpaid_orders(older_than=WEEK, now=tomorrow) == 1

    quotation.refresh_from_db()
    assert quotation.state == "SUPERSEDED"
