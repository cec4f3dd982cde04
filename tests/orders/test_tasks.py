"""Tasks wake services up; run twice they do no more than once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import tasks
from orders.models import Order
from orders.services.cancelling import cancel_order
from orders.services.paying import record_payment
from tests.factories.orders import make_order

pytestmark = pytest.mark.django_db


def test_mails_and_refunds_leave_once_however_often_the_tasks_run(mailoutbox):
    now = timezone.now()
    order = make_order()
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=now)
    cancel_order(order_id=order.pk, now=now)

    for _ in range(2):
        tasks.send_waiting_mails(of_a_newer_caller=True)
        tasks.pay_waiting_refunds()

    assert len(mailoutbox) == 2


def test_an_order_that_is_never_paid_expires():
    order = make_order(placed_at=timezone.now() - timedelta(days=15))

    for _ in range(2):
        tasks.expire_old_orders()

    assert Order.objects.get(pk=order.pk).state == "EXPIRED"
