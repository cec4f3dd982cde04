"""Release is done once, whatever fails, and never for what is not wanted."""

from datetime import timedelta

import pytest

from orders.models import OrderHold, OutboxDone, OutboxMessage, Quotation
from production.models import Operation, WorkCentre, WorkOrder
from production.services import release
from production.services.release import next_limit, release_confirmed_orders
from tests.factories.production import (
    NOW,
    SHIRT,
    batch_order,
    configure,
    order_of,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


def test_a_held_order_stays_planned(shirt):
    order = batch_order(shirt, 30)
    OrderHold.objects.create(
        order=order, reason="address", placed_by="desk", since_at=NOW
    )

    release_confirmed_orders(now=NOW)

    assert WorkOrder.objects.get().state == "PLANNED"
    assert set(Operation.objects.values_list("state", flat=True)) == {"WAITING"}


def test_releasing_again_adds_nothing(shirt):
    order = order_of(shirt, 2)
    release_confirmed_orders(now=NOW)
    OutboxMessage.objects.create(
        kind="release",
        key=order.number + "again",
        order=order,
        created_at=NOW,
        available_at=NOW,
    )

    report = release_confirmed_orders(now=NOW)

    assert (report.n_orders, report.n_work_orders) == (1, 0)
    assert WorkOrder.objects.count() == 2
    assert OutboxMessage.objects.count() == 0
    assert OutboxDone.objects.count() == 2


def test_nothing_is_made_for_cancelled_orders_and_lines_or_from_stock(shirt):
    kept = configure(shirt, colour="WHITE")
    order = place_order(
        {"configuration": kept, "cancelled_at": NOW},
        {"configuration": kept, "method": "FLOW"},
        {"configuration": kept},
    )
    gone = order_of(shirt)
    gone.state = "CANCELLED"
    gone.save()

    report = release_confirmed_orders(now=NOW)

    assert report.n_orders == 2
    assert WorkOrder.objects.get().order_line == order.lines.get(position=2)
    assert OutboxMessage.objects.count() == 0


def test_a_poison_order_is_parked_after_three_attempts_and_others_go_on(shirt):
    steps = [{**SHIRT["routings"][1]["steps"][0], "work_centre": "MOON"}]
    routing = {**SHIRT["routings"][1], "when": None, "steps": steps}
    poison = order_of(publish(product="lunar", routings=[routing]), method="BATCH")
    good = order_of(shirt)

    reports = [
        release_confirmed_orders(now=NOW + timedelta(minutes=n)) for n in range(4)
    ]

    assert [(r.n_orders, r.n_failed) for r in reports] == [
        (1, 1),
        (0, 1),
        (0, 1),
        (0, 0),
    ]
    assert WorkOrder.objects.get().order_line == good.lines.get()
    message = OutboxMessage.objects.get()
    assert (message.order, message.state, message.n_attempts) == (poison, "PARKED", 3)
    assert "MOON" in message.error
    assert "SCREEN" in message.error


def test_a_mended_order_is_released_when_it_is_tried_again(shirt):
    steps = [{**SHIRT["routings"][1]["steps"][0], "work_centre": "MOON"}]
    routing = {**SHIRT["routings"][1], "when": None, "steps": steps}
    order_of(publish(product="lunar", routings=[routing]), method="BATCH")
    release_confirmed_orders(now=NOW)
    near = WorkCentre.objects.get(code="FL")
    WorkCentre.objects.create(
        code="MOON", mode="LOAD", site=near.site, calendar=near.calendar
    )

    report = release_confirmed_orders(now=LATER)

    assert (report.n_orders, report.n_work_orders) == (1, 1)


def test_a_failed_release_leaves_no_rows_behind(shirt, monkeypatch):
    order_of(shirt)

    def fail(*_args, **_words):
        raise ValueError("no operations today")

    monkeypatch.setattr(release, "operation_rows", fail)

    report = release_confirmed_orders(now=NOW)

    assert report.n_failed == 1
    assert WorkOrder.objects.count() == 0
    assert OutboxMessage.objects.get().error == "no operations today"


def test_a_bespoke_line_waits_for_its_quotation(shirt):
    bespoke = publish(product="suit", kind="BESPOKE")
    order = order_of(bespoke, method="JOB")

    assert release_confirmed_orders(now=NOW).n_failed == 1
    assert "quotation" in OutboxMessage.objects.get().error

    Quotation.objects.create(
        number="Q-1",
        order_line=order.lines.get(),
        state="ACCEPTED",
        total_minor=100,
        created_at=NOW,
    )
    assert release_confirmed_orders(now=LATER).n_work_orders == 1
    assert Operation.objects.count() == 3


def test_a_chunk_takes_no_more_than_its_limit_and_the_oldest_first(shirt):
    orders = [order_of(shirt) for _ in range(3)]

    report = release_confirmed_orders(limit=2, now=NOW)

    assert report.has_more(limit=2)
    released = WorkOrder.objects.values_list("order_line__order", flat=True)
    assert set(released) == {order.pk for order in orders[:2]}


def test_what_would_make_a_chunk_too_large_is_left_to_the_next(shirt, monkeypatch):
    monkeypatch.setattr(release, "LARGEST_CHUNK", 5)
    monkeypatch.setattr(release, "LARGEST_CHUNK_ALONE", 5)
    for quantity in (3, 3, 9):
        order_of(shirt, quantity)

    first = release_confirmed_orders(now=NOW)

    assert (first.n_orders, first.n_work_orders) == (1, 3)
    assert first.has_more(limit=500)
    ticks = iter(range(100))
    total = release.drain_confirmed_orders(
        now=lambda: NOW, seconds=lambda: float(next(ticks)), until_s=50.0
    )
    assert (total.n_orders, total.n_work_orders) == (2, 12)


def test_the_next_ids_are_given_as_if_nothing_had_happened(shirt):
    order_of(shirt, 2)
    release_confirmed_orders(now=NOW)

    latest = WorkOrder.objects.latest("id")
    latest.pk = None
    latest.number, latest.unit_index = "W-X", 99
    latest.save()

    assert WorkOrder.objects.count() == 3


@pytest.mark.parametrize(
    ("limit", "took_s", "expected"),
    [(20, 0.03, 20), (20, 0.4, 5), (20, 0.001, 40), (400, 0.01, 500), (8, 0.0, 16)],
)
def test_the_size_of_a_chunk_follows_the_time_it_holds_the_lock(
    limit, took_s, expected
):
    assert next_limit(limit=limit, took_s=took_s) == expected
