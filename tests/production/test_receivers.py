"""The nudge after a confirmation: welcome, and never needed."""

import pytest

from orders.signals import order_confirmed
from production import receivers
from production.tasks import release_confirmed_orders


@pytest.fixture
def broker(monkeypatch):
    sent = []
    pace = type("Pace", (), {"next_s": 0.0})
    clock = [100.0]

    class Broker:
        error = None

        def apply_async(self, **options):
            if self.error:
                raise self.error
            sent.append(options)

    broker = Broker()
    broker.sent, broker.clock = sent, clock
    monkeypatch.setattr(receivers, "_Pace", pace)
    monkeypatch.setattr(receivers.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(release_confirmed_orders, "apply_async", broker.apply_async)
    return broker


def confirm():
    return order_confirmed.send_robust(sender=None, order_ids=[1])


def test_a_confirmation_wakes_a_worker_without_waiting_for_it(broker):
    confirm()

    assert broker.sent == [{"retry": False, "expires": 10}]


def test_a_burst_of_confirmations_needs_few_nudges(broker):
    for _ in range(50):
        confirm()
    broker.clock[0] += 0.06
    confirm()

    assert len(broker.sent) == 2


def test_a_broker_that_is_down_hurts_nobody_and_is_left_alone_for_a_while(broker):
    broker.error = ConnectionError("no broker")
    before = receivers.nudges_lost._value.get()

    answers = [confirm() for _ in range(3)]

    assert [error for answer in answers for _, error in answer] == [None, None, None]
    assert receivers.nudges_lost._value.get() == before + 1
    broker.error = None
    broker.clock[0] += 4
    confirm()
    assert broker.sent == []
    broker.clock[0] += 2
    confirm()
    assert len(broker.sent) == 1
