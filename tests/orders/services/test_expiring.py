"""Nobody waits for ever for a payment."""

from datetime import timedelta

import pytest

from orders.models import OrderEvent
from orders.services.expiring import expire_unpaid_orders
from orders.services.paying import record_payment
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
