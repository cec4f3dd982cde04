"""Two at once on one order: one wins, nothing is lost and nothing doubled."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from configurator.services.errors import DomainError
from orders.models import (
    Cart,
    CartLine,
    Order,
    OrderLine,
    OutboxMessage,
    Payment,
)
from orders.services import carts, outbox
from orders.services.cancelling import cancel_order
from orders.services.paying import record_payment
from tests.factories.orders import MUG, NOW, make_order, make_request, publish
from tests.orders.api.conftest import URL, Caller, body

pytestmark = pytest.mark.django_db(transaction=True)


def run_at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads of their own, begun together; gives answers or errors."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        barrier.wait()
        try:
            answers[index] = calls[index]()
        except DomainError as error:
            answers[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def pay(order: Order) -> Payment:
    return record_payment(
        order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW
    )


def cancel(order: Order) -> Any:
    return cancel_order(order_id=order.pk, now=NOW)


def test_of_two_payments_at_once_one_is_made_and_both_are_told_of_it():
    for _ in range(10):
        order = make_order()

        first, second = run_at_once(partial(pay, order), partial(pay, order))

        assert first == second
        assert Payment.objects.filter(order=order).count() == 1
        assert OutboxMessage.objects.filter(order=order, kind="release").count() == 1


def test_twins_under_one_key_place_one_order():
    publish(MUG)
    order = body()

    def place() -> tuple[int, Any]:
        response = Caller().once(URL, order, key="one-key-for-twins")
        return response.status_code, response.json()

    answers = run_at_once(*[place] * 4)

    assert {status for status, _answer in answers} == {201}
    assert len({answer["number"] for _status, answer in answers}) == 1
    assert Order.objects.count() == 1


def test_cancel_and_payment_at_once_leave_no_release_of_a_cancelled_order():
    outcomes = set()
    for _ in range(10):
        order = make_order()

        _cancelled, paid = run_at_once(partial(cancel, order), partial(pay, order))

        order.refresh_from_db()
        outcomes.add((order.state, order.payment_state))
        releases = OutboxMessage.objects.filter(order=order, kind="release")
        assert order.state == "CANCELLED"
        assert not releases.exists()
        if isinstance(paid, DomainError):
            assert paid.status == 409
    assert outcomes <= {("CANCELLED", "OPEN"), ("CANCELLED", "REFUNDED")}


def test_cancel_and_release_at_once_agree_on_who_was_first():
    """A drain that holds the message goes on; it finds the order as it then is."""
    for _ in range(10):
        order = make_order()
        pay(order)

        released, cancelled = run_at_once(release_all, partial(cancel, order))

        order.refresh_from_db()
        assert not isinstance(cancelled, DomainError)
        assert order.state == "CANCELLED"
        assert not OutboxMessage.objects.filter(kind="release").exists()
        assert released in ([], [order.pk])


def test_two_tabs_that_order_one_cart_make_one_order():
    publish(MUG)
    for n in range(1, 6):
        cart = carts.get_or_create_cart(token=None, user=None, now=NOW)
        for _ in range(2):
            choices = {"colour": "WHITE", "glaze": "MATT"}
            carts.add_line(
                cart=cart, product="mug", choices=choices, quantity=1, now=NOW
            )

        answers = run_at_once(*[partial(order_as_tab, cart)] * 2)

        assert sorted(type(each).__name__ for each in answers) == [
            "CartEmptyError",
            "Order",
        ]
        assert Order.objects.count() == n
        assert OrderLine.objects.count() == 2 * n
        assert not CartLine.objects.exists()


def order_as_tab(cart: Cart) -> Order:
    return carts.order_cart(
        cart=cart,
        request=make_request(),
        user=None,
        language="en",
        now=NOW,
        actor="guest",
    )


def release_all() -> list[int]:
    """Do what a drain does: claim, look at the orders again, finish."""
    with transaction.atomic():
        messages = outbox.claim(kind=outbox.RELEASE, limit=10)
        ids = [message.order_id or 0 for message in messages]
        wanted = Order.objects.filter(pk__in=ids, state="CONFIRMED")
        released = list(wanted.values_list("pk", flat=True))
        outbox.finish(messages=messages, now=NOW)
    return released


def test_two_claimants_never_take_the_same_message():
    OutboxMessage.objects.bulk_create(
        outbox.make_message(kind="mail", key=f"key-{n}", order_id=None, now=NOW)
        for n in range(40)
    )

    def drain() -> list[str]:
        keys: list[str] = []
        while True:
            with transaction.atomic():
                messages = outbox.claim(kind="mail", limit=3)
                outbox.finish(messages=messages, now=NOW)
            if not messages:
                return keys
            keys += [message.key for message in messages]

    taken = [key for keys in run_at_once(drain, drain) for key in keys]

    assert sorted(taken) == sorted({f"key-{n}" for n in range(40)})


@pytest.mark.postgres(only=True)
def test_a_claimant_skips_what_another_holds():
    OutboxMessage.objects.bulk_create(
        outbox.make_message(kind="mail", key=f"key-{n}", order_id=None, now=NOW)
        for n in range(2)
    )

    with transaction.atomic():
        held = outbox.claim(kind="mail", limit=1)
        (other,) = run_at_once(claim_one)

    assert connection.vendor == "postgresql"
    assert (held[0].key, other) == ("key-0", ["key-1"])


def claim_one() -> list[str]:
    with transaction.atomic():
        return [message.key for message in outbox.claim(kind="mail", limit=1)]
