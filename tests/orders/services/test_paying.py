"""A payment confirms an order once, or is kept as declined and loses nothing."""

import pytest

from configurator.services.errors import DomainError, IllegalMoveError, NotFoundError
from orders.models import Order, OrderEvent, OutboxMessage, Payment
from orders.ports import ports
from orders.services.paying import QuotationPendingError, record_payment
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def pay(order: Order, outcome: str = "SUCCEEDED", provider: str = "dummy") -> Payment:
    return record_payment(
        order_id=order.pk, provider=provider, outcome=outcome, now=NOW
    )


def test_success_confirms_the_order_and_asks_for_its_release():
    order = make_order(1200, 800)

    payment = pay(order)

    order.refresh_from_db()
    assert (payment.outcome, payment.amount_minor) == ("SUCCEEDED", 2000)
    assert (order.state, order.payment_state) == ("CONFIRMED", "PAID")
    assert order.confirmed_at == NOW
    messages = OutboxMessage.objects.order_by("id").values_list("kind", "key")
    assert list(messages) == [
        ("release", order.number),
        ("mail", f"paid:{order.number}"),
        ("document", f"INVOICE:{order.number}"),
        ("document", f"RECEIPT:{payment.pk}"),
    ]
    kinds = OrderEvent.objects.filter(order=order).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["PAID", "CONFIRMED"]


@pytest.mark.django_db(transaction=True)
def test_the_news_of_a_confirmation_goes_out_after_the_commit(heard):
    order = make_order()

    pay(order)

    assert heard == [{"order_ids": [order.pk]}]


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_does_not_undo_the_payment():
    from orders.signals import order_confirmed

    def fail(**_):
        raise RuntimeError("no broker")

    order = make_order()
    order_confirmed.connect(fail)
    pay(order)
    order_confirmed.disconnect(fail)

    order.refresh_from_db()
    assert order.state == "CONFIRMED"


def test_a_declined_payment_is_kept_and_the_order_can_still_be_paid():
    order = make_order()

    declined = pay(order, "DECLINED")
    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("PLACED", "OPEN")
    paid = pay(order)

    assert declined.outcome == "DECLINED"
    assert paid.pk != declined.pk
    assert paid.reference != declined.reference
    assert OutboxMessage.objects.filter(kind="release").count() == 1


@pytest.mark.parametrize("outcome", ["SUCCEEDED", "DECLINED"])
def test_an_order_that_is_paid_gives_the_same_payment_again(outcome):
    order = make_order()
    first = pay(order)

    again = pay(order, outcome)

    assert again == first
    assert Payment.objects.count() == 1
    assert OutboxMessage.objects.filter(kind="release").count() == 1


def test_an_order_that_waits_for_a_quotation_cannot_be_paid():
    order = make_order(1200, None)

    with pytest.raises(QuotationPendingError) as caught:
        pay(order)

    assert (caught.value.status, caught.value.code) == (409, "QUOTATION_PENDING")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("state", ["CANCELLED", "EXPIRED"])
def test_an_order_that_has_ended_cannot_be_paid(state):
    order = make_order(state=state)

    with pytest.raises(IllegalMoveError) as caught:
        pay(order)

    assert caught.value.legal_moves == []
    assert not Payment.objects.exists()


def test_stock_that_cannot_be_reserved_undoes_the_whole_payment(monkeypatch):
    def refuse(*, order_id, now):
        raise DomainError("no stock")

    monkeypatch.setattr(ports, "reserve_stock", refuse)
    order = make_order()

    with pytest.raises(DomainError):
        pay(order)

    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("PLACED", "OPEN")
    assert not Payment.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("provider", "outcome", "field"),
    [("bank", "SUCCEEDED", "provider"), ("dummy", "MAYBE", "outcome")],
)
def test_an_unknown_provider_or_outcome_is_named(provider, outcome, field):
    with pytest.raises(DomainError) as caught:
        pay(make_order(), outcome, provider)

    assert caught.value.field == field


def test_an_order_that_does_not_exist_cannot_be_paid():
    with pytest.raises(NotFoundError):
        record_payment(order_id=1, provider="dummy", outcome="SUCCEEDED", now=NOW)


def test_paying_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    order = make_order(*[100] * 20)

    with django_assert_max_num_queries(24):
        pay(order)
