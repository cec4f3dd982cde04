"""Windows in which an order is brought or fetched: offered, taken, kept or moved."""

from datetime import timedelta

import pytest

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.services.errors import InvalidError
from orders.models import Order, OutboxMessage
from orders.models import Promise as PromiseRow
from orders.ports import DeliveryWindow, MethodDecision, ports
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.promising import promise_anew
from orders.services.proofing import request_changes, send_proof
from orders.services.requests import LineRequest
from tests.factories.orders import (
    BENCH,
    JUICE,
    MUG,
    NOW,
    ask_bench,
    ask_mug,
    make_request,
    publish,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
READY = NOW + 2 * DAY
TO_COME = NOW + 5 * DAY


@pytest.fixture(autouse=True)
def _works(monkeypatch):
    """Make everything in two days; a van comes by every day, an hour after eight."""
    publish(MUG)
    publish(JUICE)

    def quote(*, now, **_question):
        ready_at = now + 2 * DAY
        return Promise(ready_at, ready_at + HOUR, ready_at + 2 * HOUR, "the oven")

    def list_windows(*, product, delivery, ready_at, **_question):
        days = [NOW + HOUR + n * DAY for n in range(9)]
        if product == "juice":  # its van rests on the fourth day
            days.pop(4)
        if delivery == "CARRIER":
            return ()
        return [
            DeliveryWindow(day, day + 2 * HOUR, day - HOUR)
            for day in days
            if day - HOUR >= ready_at
        ]

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(ports, "delivery_windows", list_windows)
    monkeypatch.setattr(
        ports, "method_choice", lambda **_question: MethodDecision("JOB", ())
    )


def place(*lines: LineRequest, now=NOW, **fields) -> Order:
    fields = {"delivery": "COLLECTION", "window_from": TO_COME + HOUR, **fields}
    request = make_request(*lines, **fields)
    return place_order(request=request, user=None, language="en", now=now)


def refused(*lines: LineRequest, **fields) -> str:
    with pytest.raises(InvalidError) as caught:
        place(*lines, **fields)
    assert not Order.objects.exists()
    (problem,) = caught.value.problems
    assert problem.field == "window_from"
    return problem.message


def pay(order: Order, now) -> None:
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=now)


def test_what_is_wanted_in_a_window_is_promised_and_due_for_it():
    order = place()

    promise, line = PromiseRow.objects.get(), order.lines.get()
    assert (order.window_from, order.window_to) == (
        TO_COME + HOUR,
        TO_COME + 3 * HOUR,
    )
    assert (promise.ready_at, promise.shipped_at) == (READY, TO_COME + HOUR)
    assert promise.delivered_at == TO_COME + 3 * HOUR
    assert line.due_at == TO_COME


def test_the_page_of_the_payment_says_when_it_comes(client):
    order, soon = place(), place(window_from=None)

    pages = [
        client.get(f"/orders/{each.number}/payment/?token={each.token}")
        for each in (order, soon)
    ]

    told = [page.content.decode().split("With you")[1][:80] for page in pages]
    assert "Saturday, 7 March, 10:00\N{EN DASH}12:00" in told[0]
    assert "Wednesday, 4 March" in told[1]


def test_without_a_window_it_comes_as_soon_as_it_can():
    order = place(window_from=None)

    assert order.window_from is None
    assert PromiseRow.objects.get().delivered_at == READY + 2 * HOUR


def test_a_window_that_comes_too_early_is_refused_with_the_first_ones():
    told = refused(window_from=NOW + DAY + HOUR)

    assert told.startswith("This window cannot be kept. The first ones are: Wednesday")
    assert "4 March, 10:00\N{EN DASH}12:00" in told


def test_products_share_the_windows_that_both_can_take():
    both = (ask_mug(), LineRequest("juice", {}, 1))

    refused(*both, window_from=NOW + 4 * DAY + HOUR)

    assert place(*both).window_from == TO_COME + HOUR


def test_a_way_without_windows_and_a_piece_without_a_date_have_none():
    publish(BENCH)
    none = "There are no windows for this way of delivery."

    assert refused(delivery="CARRIER") == none
    assert refused(ask_bench()) == none


def test_a_day_that_is_needed_counts_from_the_window():
    day = (NOW + 4 * DAY).date()
    with pytest.raises(InvalidError) as caught:
        place(needed_by=day)

    assert caught.value.problems[0].field == "needed_by"


def test_who_pays_a_day_later_keeps_the_window():
    order = place()

    pay(order, NOW + DAY)

    order.refresh_from_db()
    latest = PromiseRow.objects.latest("revision")
    assert order.window_from == latest.shipped_at == TO_COME + HOUR
    assert latest.state == "ACCEPTED"
    assert not OutboxMessage.objects.filter(key__startswith="needed:").exists()


def test_who_pays_too_late_for_the_window_has_the_next_one_and_is_told():
    order = place()

    pay(order, NOW + 4 * DAY)

    order.refresh_from_db()
    latest = PromiseRow.objects.latest("revision")
    assert order.window_from == latest.shipped_at == NOW + 6 * DAY + HOUR
    assert order.lines.get().due_at == NOW + 6 * DAY
    told = OutboxMessage.objects.get(key__startswith="needed:")
    assert told.payload == {"template": "delayed"}


def test_a_proof_that_waits_moves_a_window_only_when_it_is_missed():
    order = place()
    pay(order, NOW)
    line = order.lines.get()

    for days, expected in ((1, TO_COME), (3, TO_COME + DAY)):
        proof = send_proof(order_line_id=line.pk, now=NOW)
        request_changes(proof_id=proof.pk, now=NOW + days * DAY)
        order.refresh_from_db()
        line.refresh_from_db()
        assert (order.window_from, line.due_at) == (expected + HOUR, expected)


def test_a_delay_that_fits_into_the_window_delays_nothing():
    order = place()
    pay(order, NOW)

    promise_anew(
        line_id=order.lines.get().pk,
        later_by=2 * DAY,
        rests_on="timber",
        now=NOW,
        actor="paul",
    )

    order.refresh_from_db()
    latest = PromiseRow.objects.latest("revision")
    assert order.window_from == latest.shipped_at == TO_COME + HOUR
