"""Release against cancellation, release against release, buyers of the last case."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from orders.models import Order, OutboxDone, OutboxMessage
from orders.services.cancelling import cancel_order
from production.models import Operation, StockAllocation, StockItem, WorkOrder
from production.services import release
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from production.services.stock import reserve_stock
from tests.factories.production import (
    NOW,
    SHIRT,
    configure,
    make_places,
    make_stock,
    place_order,
    publish,
)
from tests.support.racing import racers

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def shirt():
    make_places()
    return publish()


def n_races() -> int:
    return 200 if connection.vendor == "postgresql" else 25


def begin_late(run: Callable[[], Any], nth: int, late_at: int) -> Any:
    """Begin one race of eight some milliseconds after the other."""
    if nth % 8 == late_at:
        sleep(0.01)
    return run()


def live_work_orders(order: Order) -> Sequence[str]:
    rows = WorkOrder.objects.filter(order_line__order=order)
    return list(rows.exclude(state="CANCELLED").values_list("number", flat=True))


def test_no_work_order_lives_on_a_cancelled_order_whoever_wins(shirt):
    configuration = configure(shirt, colour="NAVY")
    winners = set()

    with racers(2) as race:
        for nth in range(n_races()):
            order = place_order({"configuration": configuration, "quantity": 2})
            cancel = partial(cancel_order, order_id=order.pk, now=NOW)
            # Now and then one of them has a start: both shall win some races.
            answers = race(
                partial(begin_late, partial(release_confirmed_orders, now=NOW), nth, 3),
                partial(begin_late, cancel, nth, 7),
            )
            assert [a for a in answers if isinstance(a, Exception)] == []
            release_confirmed_orders(now=NOW)
            assert Order.objects.get(pk=order.pk).state == "CANCELLED"
            assert live_work_orders(order) == []
            winners.add(WorkOrder.objects.filter(order_line__order=order).exists())

    assert OutboxMessage.objects.filter(kind="release").count() == 0
    open_ones = Operation.objects.exclude(state="CANCELLED")
    assert open_ones.count() == 0
    if connection.vendor == "postgresql":
        assert winners == {True, False}


def test_cancellation_and_release_to_the_floor_agree_on_who_won(shirt):
    configuration = configure(shirt, colour="NAVY")

    with racers(2) as race:
        for _ in range(n_races() // 5):
            order = place_order({"configuration": configuration, "edit_until": LATER})
            release_confirmed_orders(now=NOW)
            answers = race(
                lambda: release_to_floor(now=LATER),
                lambda key=order.pk: cancel_order(order_id=key, now=LATER),
            )
            assert [a for a in answers if isinstance(a, Exception)] == []
            assert live_work_orders(order) == []
            states = Operation.objects.filter(work_order__order_line__order=order)
            assert set(states.values_list("state", flat=True)) == {"CANCELLED"}


def test_two_releases_at_once_make_each_row_once(shirt):
    configuration = configure(shirt, colour="NAVY")

    with racers(3) as race:
        for _ in range(5):
            for _order in range(30):
                place_order({"configuration": configuration, "quantity": 2})
            answers = race(
                *[lambda: release_confirmed_orders(limit=20, now=NOW) for _ in range(3)]
            )
            assert [a for a in answers if isinstance(a, Exception)] == []
    while release_confirmed_orders(now=NOW).n_claimed:
        pass

    assert WorkOrder.objects.count() == 5 * 30 * 2
    assert Operation.objects.count() == 5 * 30 * 2 * 3
    assert OutboxMessage.objects.count() == 0
    assert OutboxDone.objects.count() == 150


def test_a_backlog_is_taken_by_two_writers_without_a_double(shirt, monkeypatch):
    monkeypatch.setattr(release, "CHUNK", 20)
    configuration = configure(shirt, colour="NAVY")
    for _order in range(130):
        place_order({"configuration": configuration, "quantity": 2})
    clock = count()

    report = release.drain_confirmed_orders(
        now=lambda: NOW,
        seconds=lambda: float(next(clock)),
        until_s=10_000.0,
        n_writers=2,
    )

    assert (report.n_orders, report.n_work_orders) == (130, 260)
    assert Operation.objects.count() == 780
    assert WorkOrder.objects.values("number").distinct().count() == 260
    assert OutboxMessage.objects.count() == 0


class _Killed(BaseException):
    """Stands for a process that is gone."""


@pytest.mark.parametrize("at", ["operation_rows", "_book", "_tell_floor"])
def test_a_release_that_dies_on_the_way_is_simply_done_again(shirt, monkeypatch, at):
    place_order({"configuration": configure(shirt, colour="NAVY"), "quantity": 3})

    def die(*_args: Any, **_words: Any) -> Any:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(release, at, die)
        with pytest.raises(_Killed):
            release_confirmed_orders(now=NOW)
    assert WorkOrder.objects.count() == Operation.objects.count() == 0
    assert OutboxMessage.objects.get().n_attempts == 0

    assert release_confirmed_orders(now=NOW).n_work_orders == 3
    assert WorkOrder.objects.count() == 3


def test_the_last_cases_are_sold_once(shirt):
    flow = {**SHIRT["routings"][1], "when": None, "method": "FLOW"}
    goods = publish(product="juice", kind="STANDARD", routings=[flow])
    make_stock("JUICE", 4, product=goods.product)
    configuration = configure(goods, colour="NAVY")
    orders = [
        place_order({"configuration": configuration, "method": "FLOW"})
        for _ in range(12)
    ]

    def reserve(order: Order) -> None:
        with transaction.atomic():
            reserve_stock(order_id=order.pk, now=NOW)

    with racers(4) as race:
        for first in range(0, 12, 4):
            race(*[partial(reserve, order) for order in orders[first : first + 4]])

    states = list(StockAllocation.objects.values_list("state", flat=True))
    assert (states.count("ALLOCATED"), states.count("BACKORDERED")) == (4, 8)
    item = StockItem.objects.get()
    assert (item.on_hand, item.allocated) == (4, 4)
