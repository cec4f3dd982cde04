"""Cancelling stops what has not begun, gives money back, and never half happens."""

import pytest

from configurator.services.errors import IllegalMoveError, NotFoundError
from orders.models import Order, OrderEvent, OutboxMessage, Promise, Refund
from orders.ports import CancelOutcome, ports
from orders.services.cancelling import AlreadyBegunError, cancel_line, cancel_order
from orders.services.paying import record_payment
from orders.services.shipping import deliver_order, ship_order
from tests.factories.orders import NOW, make_order, make_sent_quotation

pytestmark = pytest.mark.django_db


def pay(order: Order) -> None:
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)


@pytest.fixture
def floor(monkeypatch):
    """Say what the floor answers to a cancellation."""

    def answer(*line_ids: int, started: tuple[str, ...] = ()) -> None:
        outcome = CancelOutcome(
            cancelled_line_ids=line_ids,
            started_units=started,
            legal_moves=("hold",) if started else (),
        )
        monkeypatch.setattr(ports, "cancellation", lambda **_: outcome)

    return answer


def test_an_unpaid_order_simply_is_cancelled(monkeypatch):
    def never(**_):
        raise AssertionError("the floor knows nothing of it yet")

    monkeypatch.setattr(ports, "cancellation", never)
    order = make_order(1200, 800)

    report = cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("CANCELLED", "OPEN")
    assert len(report.cancelled_line_ids) == 2
    assert not OutboxMessage.objects.filter(kind="refund").exists()


def test_a_paid_order_is_refunded_and_asks_for_no_release_any_more():
    order = make_order(1200, 800)
    pay(order)

    cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("CANCELLED", "REFUNDED")
    assert not OutboxMessage.objects.filter(kind="release").exists()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.kind) == (2000, "CANCELLED")
    assert OutboxMessage.objects.get(kind="refund").key == refund.key


def test_what_has_begun_goes_on_and_the_rest_is_refunded(floor):
    order = make_order(1200, 800)
    begun, waiting = order.lines.all()
    pay(order)
    floor(waiting.pk, started=("W-1-1",))

    report = cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert report.cancelled_line_ids == (waiting.pk,)
    assert report.started_units == ("W-1-1",)
    assert (order.state, order.payment_state) == ("CONFIRMED", "PART_REFUNDED")
    assert order.total_minor == 1200
    begun.refresh_from_db()
    assert begun.cancelled_at is None
    assert OutboxMessage.objects.filter(kind="release").exists()


def test_an_order_that_has_begun_as_a_whole_cannot_be_cancelled(floor):
    order = make_order(1200)
    pay(order)
    floor(started=("W-1-1", "W-1-2"))

    with pytest.raises(AlreadyBegunError) as caught:
        cancel_order(order_id=order.pk, now=NOW)

    assert caught.value.status == 409
    assert caught.value.extra == {
        "legal_moves": ["hold"],
        "started_units": ["W-1-1", "W-1-2"],
    }
    order.refresh_from_db()
    assert order.state == "CONFIRMED"
    assert not OrderEvent.objects.filter(kind="LINE_CANCELLED").exists()


def test_a_cancelled_line_no_longer_counts_in_the_total():
    order = make_order(1200, 800)
    first, _second = order.lines.all()

    cancel_line(order_id=order.pk, line_id=first.pk, now=NOW)

    order.refresh_from_db()
    assert (order.state, order.total_minor) == ("PLACED", 800)


def test_the_order_goes_with_its_last_line():
    order = make_order(1200, 800)
    pay(order)
    for line in order.lines.all():
        cancel_line(order_id=order.pk, line_id=line.pk, now=NOW)

    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("CANCELLED", "REFUNDED")
    refunds = Refund.objects.order_by("id")
    assert [each.amount_minor for each in refunds] == [1200, 800]
    assert OutboxMessage.objects.filter(kind="refund").count() == 2


def test_a_bespoke_line_that_is_cancelled_frees_the_rest_for_payment():
    order = make_order(1200, None)
    _mug, bench = order.lines.all()
    quotation = make_sent_quotation(bench)

    cancel_line(order_id=order.pk, line_id=bench.pk, now=NOW)

    order.refresh_from_db()
    quotation.refresh_from_db()
    assert order.total_minor == 1200
    assert quotation.state == "SUPERSEDED"


@pytest.mark.parametrize("state", ["CANCELLED", "EXPIRED"])
def test_an_order_that_has_ended_cannot_be_cancelled_again(state):
    order = make_order(state=state)

    with pytest.raises(IllegalMoveError) as caught:
        cancel_order(order_id=order.pk, now=NOW)

    assert caught.value.extra["legal_moves"] == []


def test_what_was_promised_of_a_cancelled_line_is_promised_no_more():
    order = make_order(1200, 800)
    first, second = order.lines.all()
    for line in (first, second):
        Promise.objects.create(
            line=line, ready_at=NOW, shipped_at=NOW, delivered_at=NOW, created_at=NOW
        )

    cancel_line(order_id=order.pk, line_id=first.pk, now=NOW)

    assert first.promises.get().state == "WITHDRAWN"
    assert second.promises.get().state == "ACCEPTED"


def test_an_order_closes_when_all_but_what_has_arrived_is_cancelled(progress):
    order = make_order(1200, 800)
    arrived, waiting = order.lines.all()
    pay(order)
    progress({arrived.pk: "MADE", waiting.pk: "PLANNED"})
    ship_order(order_id=order.pk, line_ids=[arrived.pk], now=NOW, actor="paul")
    deliver_order(order_id=order.pk, now=NOW, actor="paul")

    report = cancel_line(order_id=order.pk, line_id=waiting.pk, now=NOW)

    order.refresh_from_db()
    assert (order.state, report.order.state) == ("CLOSED", "CLOSED")
    assert OrderEvent.objects.filter(order=order, kind="CLOSED").count() == 1


def test_a_line_is_cancelled_once():
    order = make_order(1200, 800)
    line = order.lines.all()[0]
    cancel_line(order_id=order.pk, line_id=line.pk, now=NOW)

    with pytest.raises(IllegalMoveError):
        cancel_line(order_id=order.pk, line_id=line.pk, now=NOW)


def test_another_orders_line_is_not_found():
    order, other = make_order(), make_order()

    with pytest.raises(NotFoundError):
        cancel_line(order_id=order.pk, line_id=other.lines.get().pk, now=NOW)
