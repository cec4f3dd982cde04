"""A bespoke piece is begun for a deposit and shipped for the balance."""

from datetime import timedelta

import pytest

from configurator.services.errors import DomainError, IllegalMoveError
from orders.models import Order, Refund
from orders.services.cancelling import cancel_line, cancel_order
from orders.services.paying import NotDueError, record_payment
from orders.services.quoting import accept_quotation, send_quotation
from orders.services.refunding import (
    BalanceDueError,
    RefundTooLargeError,
    refund_part,
)
from orders.services.shipping import ship_order
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def quoted(*totals: int | None, percent: int = 30, price: int = 90_001) -> Order:
    """Agree on a price with a deposit for the bespoke line of an order."""
    order = make_order(*totals)
    line = order.lines.get(total_minor=None)
    quotation = send_quotation(
        order_line_id=line.pk,
        total_minor=price,
        valid_until=NOW + timedelta(days=9),
        deposit_percent=percent,
        now=NOW,
        actor="paul",
    )
    accept_quotation(quotation_id=quotation.pk, now=NOW)
    order.refresh_from_db()
    return order


def pay(order: Order, purpose: str | None = None):
    payment = record_payment(
        order_id=order.pk,
        provider="dummy",
        outcome="SUCCEEDED",
        purpose=purpose,
        now=NOW,
    )
    order.refresh_from_db()
    return payment


def test_the_deposit_is_a_part_of_the_quoted_line_and_all_of_the_others():
    order = quoted(1200, None)

    assert (order.total_minor, order.deposit_minor) == (91_201, 1200 + 27_001)


def test_a_quotation_that_asks_for_all_has_no_deposit():
    assert quoted(None, percent=100).deposit_minor is None


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_deposit_is_a_percentage(percent):
    with pytest.raises(DomainError) as caught:
        quoted(None, percent=percent)

    assert caught.value.field == "deposit_percent"


def test_the_deposit_begins_the_work_and_the_balance_settles_it():
    order = quoted(None)

    deposit = pay(order)
    assert (deposit.purpose, deposit.amount_minor) == ("DEPOSIT", 27_001)
    assert (order.state, order.payment_state) == ("CONFIRMED", "PART_PAID")
    balance = pay(order, "BALANCE")

    assert (balance.purpose, balance.amount_minor) == ("BALANCE", 63_000)
    assert (order.payment_state, order.paid_minor) == ("PAID", 90_001)
    kinds = list(order.events.order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["PART_PAID", "CONFIRMED", "PAID"]


def test_a_click_that_is_doubled_pays_the_deposit_and_nothing_more():
    order = quoted(None)

    assert pay(order) == pay(order) == pay(order, "DEPOSIT")
    assert order.payment_state == "PART_PAID"


def test_a_balance_is_due_after_the_deposit_only():
    with pytest.raises(NotDueError):
        pay(quoted(None), "BALANCE")
    order = make_order(1200)
    pay(order)
    with pytest.raises(IllegalMoveError):
        pay(order, "BALANCE")


def test_nothing_is_shipped_before_the_balance_is_paid(progress):
    order = quoted(None)
    pay(order)
    progress({order.lines.get().pk: "MADE"})

    with pytest.raises(BalanceDueError) as caught:
        ship_order(order_id=order.pk, now=NOW, actor="paul")
    assert caught.value.extra["due_minor"] == 63_000
    pay(order, "BALANCE")

    assert ship_order(order_id=order.pk, now=NOW, actor="paul").pk


def test_a_cancelled_order_gives_the_deposit_back():
    order = quoted(None)
    pay(order)

    cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert (order.payment_state, order.paid_minor) == ("REFUNDED", 0)
    assert Refund.objects.get().amount_minor == 27_001


def test_a_cancelled_line_lowers_the_balance_first():
    order = quoted(1200, 30_000, None)
    pay(order)
    paid = order.paid_minor
    bespoke, fixed = order.lines.get(total_minor=90_001), order.lines.all()[0]

    cancel_line(order_id=order.pk, line_id=fixed.pk, now=NOW)
    order.refresh_from_db()
    assert (order.payment_state, order.paid_minor) == ("PART_PAID", paid)
    assert not Refund.objects.exists()
    cancel_line(order_id=order.pk, line_id=bespoke.pk, now=NOW)

    order.refresh_from_db()
    assert (order.payment_state, order.paid_minor) == ("PART_REFUNDED", 30_000)
    assert Refund.objects.get().amount_minor == paid - 30_000


def test_a_deposit_that_covers_what_is_left_pays_it():
    order = quoted(27_001, None)
    pay(order)
    assert order.paid_minor == 27_001 + 27_001

    line = order.lines.get(total_minor=27_001)
    Order.objects.filter(pk=order.pk).update(paid_minor=90_001)
    cancel_line(order_id=order.pk, line_id=line.pk, now=NOW)

    order.refresh_from_db()
    assert order.payment_state == "PAID"


def test_part_of_the_money_goes_back_out_of_goodwill_and_never_more_than_came():
    order = make_order(1200)
    pay(order)

    refund_part(order_id=order.pk, amount_minor=200, now=NOW, actor="paul")
    order.refresh_from_db()
    assert order.payment_state == "PART_REFUNDED"
    with pytest.raises(RefundTooLargeError):
        refund_part(order_id=order.pk, amount_minor=1001, now=NOW, actor="paul")
    cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert order.payment_state == "REFUNDED"
    assert [each.amount_minor for each in Refund.objects.all()] == [200, 1000]


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_goodwill_is_above_zero(amount_minor):
    order = make_order(1200)
    pay(order)

    with pytest.raises(DomainError):
        refund_part(order_id=order.pk, amount_minor=amount_minor, now=NOW, actor="p")


def test_an_order_that_waits_for_its_balance_gives_nothing_back_out_of_goodwill():
    order = quoted(None)
    pay(order)

    with pytest.raises(IllegalMoveError):
        refund_part(order_id=order.pk, amount_minor=100, now=NOW, actor="paul")
