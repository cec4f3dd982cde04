"""The nudge after a confirmation: welcome, and never needed."""

import pytest

from orders.signals import order_confirmed
from production import receivers
from production.tasks import release_confirmed_orders


class Broker:
    """Takes messages, or fails; with a clock of its own."""

    def __init__(self):
        self.sent = []
        self.error = None
        self.now_s = 100.0

    def apply_async(self, **options):
        if self.error:
            raise self.error
        self.sent.append(options)

    def monotonic(self):
        return self.now_s


@pytest.fixture
def broker(monkeypatch):
    broker = Broker()
    pace = type("Pace", (), {"next_s": 0.0})
    monkeypatch.setattr("production.receivers._Pace", pace)
    monkeypatch.setattr("production.receivers.time.monotonic", broker.monotonic)
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
    broker.now_s += 0.06
    confirm()

    assert len(broker.sent) == 2


def test_a_broker_that_is_down_hurts_nobody_and_is_left_alone_for_a_while(broker):
    broker.error = ConnectionError("no broker")
    before = receivers.nudges_lost._value.get()

    answers = [confirm() for _ in range(3)]

    assert [error for answer in answers for _, error in answer] == [None, None, None]
    assert receivers.nudges_lost._value.get() == before + 1
    broker.error = None
    broker.now_s += 4
    confirm()
    assert broker.sent == []
    broker.now_s += 2
    confirm()
    assert len(broker.sent) == 1
