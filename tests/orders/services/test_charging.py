"""Whatever dies while an order is paid, it is paid once, and money never vanishes."""

from datetime import timedelta
from typing import Any

import pytest

from orders.models import Order, OutboxMessage, Payment, PaymentIntent, Refund
from orders.payments.port import Answer, Notice, Standing
from orders.payments.registry import PROVIDERS
from orders.services import charging, settling
from orders.services.cancelling import cancel_line, cancel_order
from orders.services.charging import InsideTransactionError, settle_payments
from orders.services.noticing import take_notice
from orders.services.outgoing import pay_refunds, void_charges
from orders.services.paying import (
    NotDueError,
    ProviderSilentError,
    pay_order,
    record_payment,
)
from tests.factories.orders import NOW, make_order

LATER = NOW + timedelta(hours=2)
in_one_transaction = pytest.mark.django_db
for_real = pytest.mark.django_db(transaction=True)
DUMMY = type(PROVIDERS["dummy"])


class Died(BaseException):
    """A process that ends here and now."""


def die(*_args, **_words):
    raise Died


def pay(order: Order, outcome: str = "AUTHORISED", provider: str = "dummy", **words):
    return pay_order(
        order_id=order.pk, provider=provider, outcome=outcome, now=NOW, **words
    )


def settle(at=LATER) -> int:
    return settle_payments(now=at, real_now=at)


def states(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.state, order.payment_state


def kinds(order: Order) -> list[str]:
    return list(order.events.order_by("id").values_list("kind", flat=True))


@in_one_transaction
def test_money_is_set_aside_then_taken_and_each_move_is_an_event():
    order = make_order(1200)

    charged = pay(order)

    assert charged.payment.outcome == "SUCCEEDED"
    assert states(order) == ("CONFIRMED", "PAID")
    assert kinds(order) == ["AUTHORISED", "PAID", "CONFIRMED"]
    moves = order.events.order_by("id").values_list("from_state", "to_state")
    assert list(moves)[:2] == [("OPEN", "AUTHORISED"), ("AUTHORISED", "PAID")]
    assert order.paid_minor == 1200


@in_one_transaction
@pytest.mark.parametrize("call", ["begin", "capture"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_any_call_is_repaired_by_the_sweep(monkeypatch, call, when):
    order = make_order(1200)
    real = getattr(DUMMY, call)

    def dying(self, charge, **words):
        if when == "after":
            real(self, charge, **words)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(DUMMY, call, dying)
        with pytest.raises(Died):
            pay(order)
    assert states(order)[0] == "PLACED"

    assert [settle(), settle()] == [1, 0]

    assert states(order) == ("CONFIRMED", "PAID")
    assert Payment.objects.get().amount_minor == 1200
    assert OutboxMessage.objects.filter(kind="release").count() == 1
    assert kinds(order).count("CONFIRMED") == 1


@in_one_transaction
@pytest.mark.parametrize("n_answers", [0, 1])
def test_a_crash_before_an_answer_is_noted_is_repaired_by_the_sweep(
    monkeypatch, n_answers
):
    order = make_order(1200)
    real, noted = settling.record_answer, list[Any]()

    def dying(**words):
        if len(noted) == n_answers:
            raise Died
        noted.append(words)
        return real(**words)

    with monkeypatch.context() as patch:
        patch.setattr(charging, "record_answer", dying)
        with pytest.raises(Died):
            pay(order)

    settle()

    assert states(order) == ("CONFIRMED", "PAID")
    assert Payment.objects.count() == 1


@in_one_transaction
def test_a_buyer_who_tries_again_after_a_crash_goes_on_with_the_same_request(
    monkeypatch,
):
    order = make_order(1200)
    with monkeypatch.context() as patch:
        patch.setattr(DUMMY, "begin", die)
        with pytest.raises(Died):
            pay(order)

    again = pay(order)

    assert again.intent == PaymentIntent.objects.get()
    assert states(order) == ("CONFIRMED", "PAID")


@in_one_transaction
def test_the_sweep_waits_longer_each_time_and_one_failure_stops_no_other(monkeypatch):
    first, second = make_order(1200), make_order(800)
    for order in (first, second):
        with monkeypatch.context() as patch:
            patch.setattr(DUMMY, "begin", die)
            with pytest.raises(Died):
                pay(order)
    real = DUMMY.begin

    def failing(self, charge):
        if charge.order_number == first.number:
            raise ZeroDivisionError("no")
        return real(self, charge)

    monkeypatch.setattr(DUMMY, "begin", failing)

    assert settle(NOW) == 1

    intent = first.intents.get()
    assert (intent.error, intent.n_checks) == ("ZeroDivisionError: no", 1)
    waits = []
    for _ in range(3):
        at = intent.check_at
        settle(at)
        intent.refresh_from_db()
        waits.append((intent.check_at - at).total_seconds())
    assert waits == [60, 120, 240]
    assert states(second) == ("CONFIRMED", "PAID")


@in_one_transaction
def test_an_order_cancelled_while_money_is_set_aside_gives_it_up(monkeypatch):
    order = make_order(1200)
    with monkeypatch.context() as patch:
        patch.setattr(DUMMY, "capture", die)
        with pytest.raises(Died):
            pay(order)
    assert states(order) == ("PLACED", "AUTHORISED")

    cancel_order(order_id=order.pk, now=NOW)

    assert states(order) == ("CANCELLED", "OPEN")
    assert order.intents.get().state == "VOIDED"
    assert void_charges(now=NOW, real_now=NOW) == 1
    assert settle() == 0
    assert not Payment.objects.exists()


@in_one_transaction
def test_money_that_was_taken_for_an_order_that_has_ended_goes_back(monkeypatch):
    order = make_order(1200)
    real = DUMMY.begin

    def slow(self, charge):
        cancel_order(order_id=order.pk, now=NOW)
        return real(self, charge)

    monkeypatch.setattr(DUMMY, "begin", slow)

    with pytest.raises(NotDueError):
        pay(order, "SUCCEEDED")

    assert states(order) == ("CANCELLED", "OPEN")
    assert Payment.objects.get().purpose == "SURPLUS"
    assert Refund.objects.get().amount_minor == 1200
    assert kinds(order)[-1] == "SURPLUS_PAID"
    assert not OutboxMessage.objects.filter(kind="release").exists()


@in_one_transaction
def test_a_total_that_changed_gives_up_what_was_asked_for(monkeypatch):
    order = make_order(1200, 800)
    with monkeypatch.context() as patch:
        patch.setattr(DUMMY, "capture", die)
        with pytest.raises(Died):
            pay(order)

    cancel_line(order_id=order.pk, line_id=order.lines.all()[0].pk, now=NOW)
    charged = pay(order)

    assert charged.payment.amount_minor == 800
    assert states(order) == ("CONFIRMED", "PAID")
    old, new = order.intents.order_by("id")
    assert (old.state, new.state) == ("VOIDED", "CAPTURED")


@in_one_transaction
def test_an_order_without_a_price_asks_nobody(monkeypatch):
    monkeypatch.setattr(DUMMY, "begin", die)
    order = make_order(0)

    charged = pay(order, "SUCCEEDED")

    assert (charged.payment.amount_minor, states(order)[0]) == (0, "CONFIRMED")


# Notices ------------------------------------------------------------------------


def notice_of(order: Order, standing: Standing, amount_minor: int = 1200) -> Notice:
    intent = order.intents.latest("id")
    answer = Answer(standing, f"dummy-{intent.number}", amount_minor)
    return Notice(intent.number, answer)


def hear(notice: Notice, provider: str = "dummy") -> bool:
    return take_notice(provider=provider, notice=notice, now=NOW)


@in_one_transaction
@pytest.mark.parametrize(
    "order_of_notices",
    [
        ("AUTHORISED", "CAPTURED"),
        ("CAPTURED", "AUTHORISED"),
        ("CAPTURED", "CAPTURED", "PENDING", "DECLINED", "VOIDED"),
        ("AUTHORISED", "AUTHORISED", "AUTHORISED"),
        ("DECLINED", "CAPTURED"),
        ("VOIDED", "CAPTURED", "VOIDED"),
    ],
)
def test_notices_out_of_order_and_repeated_pay_an_order_once(order_of_notices):
    order = make_order(1200)
    pay(order, "PENDING")
    order.intents.update(wanted_outcome="AUTHORISED")  # so much for the page

    for name in order_of_notices:
        hear(notice_of(order, Standing(name)))

    assert states(order) == ("CONFIRMED", "PAID")
    paid = Payment.objects.filter(outcome="SUCCEEDED")
    assert (paid.count(), order.paid_minor) == (1, 1200)
    assert OutboxMessage.objects.filter(kind="release").count() == 1
    assert not Refund.objects.exists()


@in_one_transaction
def test_a_notice_of_another_amount_confirms_nothing_and_the_money_goes_back():
    order = make_order(1200)
    pay(order, "PENDING")

    hear(notice_of(order, Standing.CAPTURED, amount_minor=12))

    assert states(order) == ("PLACED", "OPEN")
    assert Refund.objects.get().amount_minor == 12


@in_one_transaction
def test_a_notice_about_another_s_charge_is_none_of_ours():
    order = make_order(1200)
    pay(order, "PENDING")
    stranger = Notice("F-999999-1", Answer(Standing.CAPTURED, "x", 1200))

    assert hear(stranger) is False
    assert hear(notice_of(order, Standing.CAPTURED), provider="stripe") is False
    assert states(order) == ("PLACED", "OPEN")


@in_one_transaction
def test_a_declined_request_can_be_followed_by_another():
    order = make_order(1200)
    pay(order, "PENDING")
    hear(notice_of(order, Standing.DECLINED))

    pay(order, "SUCCEEDED")

    assert states(order) == ("CONFIRMED", "PAID")
    assert [each.state for each in order.intents.all()] == ["DECLINED", "CAPTURED"]


# Stripe -------------------------------------------------------------------------


def begin_at_stripe(order: Order):
    return pay(order, "", "stripe").intent


@in_one_transaction
def test_a_remote_provider_is_never_asked_inside_a_transaction(stripe):
    with pytest.raises(InsideTransactionError):
        begin_at_stripe(make_order(1200))

    assert stripe.calls == []


@for_real
def test_an_order_is_paid_on_the_provider_s_page(stripe):
    order = make_order(1200)

    intent = begin_at_stripe(order)
    again = begin_at_stripe(order)
    assert (intent.state, again) == ("PENDING", intent)
    assert intent.page_url.startswith("https://checkout.stripe.com/")
    stripe.pay(intent.reference)
    assert settle() == 1

    assert states(order) == ("CONFIRMED", "PAID")
    assert stripe.captured_minor() == 1200
    assert len(stripe.sessions) == 1


@for_real
def test_answers_that_are_lost_cost_nothing(stripe):
    order = make_order(1200)
    stripe.loses_answers = True
    with pytest.raises(ProviderSilentError):
        begin_at_stripe(order)
    stripe.loses_answers = False
    intent = begin_at_stripe(order)
    stripe.pay(intent.reference)
    stripe.loses_answers = True
    assert settle() == 0
    assert states(order) == ("PLACED", "AUTHORISED")
    stripe.loses_answers = False

    assert settle(LATER + timedelta(hours=2)) == 1

    assert states(order) == ("CONFIRMED", "PAID")
    assert (len(stripe.sessions), stripe.captured_minor()) == (1, 1200)


@for_real
def test_what_is_paid_on_a_page_that_was_given_up_comes_back(stripe):
    order = make_order(1200)
    intent = begin_at_stripe(order)
    stripe.pay(intent.reference)

    cancel_order(order_id=order.pk, now=NOW)
    assert void_charges(now=NOW, real_now=NOW) == 1

    assert states(order) == ("CANCELLED", "OPEN")
    assert [each["status"] for each in stripe.intents.values()] == ["canceled"]
    assert stripe.captured_minor() == 0


@for_real
def test_a_refund_of_a_deposit_and_a_balance_goes_to_both_payments(stripe):
    order = make_order(1000)
    Order.objects.filter(pk=order.pk).update(deposit_minor=300)
    for purpose in ("DEPOSIT", "BALANCE"):
        intent = pay(order, "", "stripe", purpose=purpose).intent
        stripe.pay(intent.reference)
        settle(LATER + timedelta(hours=Payment.objects.count()))
    assert states(order) == ("CONFIRMED", "PAID")

    cancel_order(order_id=order.pk, now=NOW)
    assert pay_refunds(now=NOW, real_now=NOW) == 2

    assert states(order) == ("CANCELLED", "REFUNDED")
    assert [each["amount"] for each in stripe.refunds.values()] == [700, 300]


@in_one_transaction
def test_a_provider_that_is_switched_off_takes_no_new_money(settings):
    order = make_order(1200)
    settings.PAYMENT_PROVIDERS = []

    with pytest.raises(Exception, match="no payment provider"):
        record_payment(
            order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW
        )
