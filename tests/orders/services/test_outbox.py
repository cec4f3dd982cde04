"""What leaves a transaction leaves it once, or is parked where an admin sees it."""

from datetime import timedelta

import pytest
from django.db import transaction

from orders.models import OutboxDone, OutboxMessage
from orders.services import outbox
from orders.states import OutboxState
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def make_messages(n: int, kind: str = "mail") -> list[OutboxMessage]:
    messages = [
        outbox.make_message(kind=kind, key=f"key-{index}", order_id=None, now=NOW)
        for index in range(n)
    ]
    return OutboxMessage.objects.bulk_create(messages)


def claim(**options) -> list[str]:
    with transaction.atomic():
        return [message.key for message in outbox.claim(**options)]


@pytest.mark.django_db(transaction=True)
def test_claiming_outside_a_transaction_is_refused():
    with pytest.raises(outbox.OutsideTransactionError):
        outbox.claim(kind="mail", limit=1)


def test_the_oldest_messages_of_the_kind_are_claimed_first():
    make_messages(3)
    make_messages(1, kind="refund")

    assert claim(kind="mail", limit=2) == ["key-0", "key-1"]


def test_finished_messages_move_to_the_done_ones_in_bulk(
    django_assert_max_num_queries,
):
    order = make_order()
    messages = make_messages(50)
    OutboxMessage.objects.filter(pk=messages[0].pk).update(order=order)

    with django_assert_max_num_queries(4):  # two of them the savepoint's
        n_moved = outbox.finish(messages=messages, now=NOW + timedelta(seconds=5))

    assert n_moved == 50
    assert not OutboxMessage.objects.exists()
    done = OutboxDone.objects.get(key="key-0")
    assert (done.kind, done.order_id) == ("mail", order.pk)
    assert (done.created_at, done.done_at) == (NOW, NOW + timedelta(seconds=5))


def test_finishing_nothing_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert outbox.finish(messages=[], now=NOW) == 0


def test_a_message_that_fails_three_times_is_parked_with_its_error():
    (message,) = make_messages(1)

    states = [
        outbox.fail(message_id=message.pk, error=f"no {n}", now=NOW) for n in range(3)
    ]

    message.refresh_from_db()
    assert states == [OutboxState.PENDING, OutboxState.PENDING, OutboxState.PARKED]
    assert (message.state, message.n_attempts, message.error) == ("PARKED", 3, "no 2")
    assert claim(kind="mail", limit=9) == []


def test_a_failed_message_waits_a_moment_while_the_others_go_on():
    first, _second = make_messages(2)
    outbox.fail(message_id=first.pk, error="no", now=NOW)

    assert claim(kind="mail", limit=9, now=NOW) == ["key-1"]
    later = NOW + outbox.WAIT_AFTER_FAILURE
    assert claim(kind="mail", limit=9, now=later) == ["key-0", "key-1"]


def test_a_parked_message_can_be_tried_again():
    (message,) = make_messages(1)
    for _ in range(3):
        outbox.fail(message_id=message.pk, error="no", now=NOW)

    assert outbox.retry_parked(message_ids=[message.pk]) == 1

    assert claim(kind="mail", limit=1, now=NOW) == ["key-0"]


def test_a_leased_message_comes_back_when_its_taker_dies():
    make_messages(1)
    lease = timedelta(minutes=5)

    taken = outbox.lease(kind="mail", limit=5, now=NOW, duration=lease)

    assert len(taken) == 1
    assert outbox.lease(kind="mail", limit=5, now=NOW, duration=lease) == []
    again = outbox.lease(kind="mail", limit=5, now=NOW + lease, duration=lease)
    assert [message.pk for message in again] == [taken[0].pk]


def test_what_an_order_still_had_pending_can_be_withdrawn():
    order, other = make_order(), make_order()
    for each in (order, other):
        outbox.make_message(
            kind=outbox.RELEASE, key=each.number, order_id=each.pk, now=NOW
        ).save()

    assert outbox.withdraw(kind=outbox.RELEASE, order_id=order.pk) == 1

    assert claim(kind=outbox.RELEASE, limit=5) == [other.number]
