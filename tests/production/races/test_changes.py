"""A line is changed while others change or release it: one of both designs is made."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from orders.models import Order, OrderLine
from orders.services.changing import Change, TooLateError, change_line
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from production.models import WorkOrder
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from tests.factories.orders import make_request, publish
from tests.factories.production import NOW, SHIRT, make_places
from tests.support.racing import n_races, racers

pytestmark = pytest.mark.django_db(transaction=True)
SOON = NOW + timedelta(minutes=29)
OVER = NOW + timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _shirts():
    make_places()
    one_by_one = {**SHIRT["routings"][0], "when": None}
    publish({**SHIRT, "routings": [one_by_one]})


def buy(quantity: int = 2) -> Order:
    request = make_request(
        LineRequest("shirt", {"colour": "WHITE", "text": "Ada"}, quantity)
    )
    order = place_order(request=request, user=None, language="en", now=NOW)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order


def change(order: Order, text: str, *, at=SOON) -> OrderLine:
    first = order.lines.order_by("position")[0]
    wanted = Change({"colour": "WHITE", "text": text}, 2)
    return change_line(
        order_id=order.pk, line_id=first.pk, change=wanted, now=at, actor="ada"
    ).line


def release_all() -> None:
    while release_confirmed_orders(now=SOON).n_claimed:
        pass


def live_texts(order: Order) -> list[str]:
    """Tell what is written on each of an order's pieces that will be made."""
    rows = WorkOrder.objects.filter(order_line__order=order).exclude(state="CANCELLED")
    return sorted(rows.values_list("configuration__choices__text", flat=True))


def test_of_two_changes_at_once_one_is_made_and_the_other_is_told():
    winners = set()
    with racers(2) as race:
        for _ in range(n_races()):
            order = buy()
            release_all()
            answers = race(*(partial(change, order, text) for text in ("Eve", "Bob")))
            release_all()

            (line,) = [each for each in answers if isinstance(each, OrderLine)]
            (error,) = [each for each in answers if isinstance(each, Exception)]
            text = line.configuration.choices["text"]
            assert isinstance(error, TooLateError)
            assert live_texts(order) == [text, text]
            assert order.lines.filter(cancelled_at=None).get() == line
            winners.add(text)
    assert winners <= {"Eve", "Bob"}


def test_a_change_while_its_work_orders_are_planned_leaves_none_of_the_old_ones():
    with racers(2) as race:
        for _ in range(n_races()):
            order = buy()
            answers = race(
                partial(release_confirmed_orders, now=SOON),
                partial(change, order, "Eve"),
            )
            release_all()

            assert [each for each in answers if isinstance(each, Exception)] == []
            assert live_texts(order) == ["Eve", "Eve"]


def test_a_change_while_the_floor_gets_the_line_is_whole():
    with racers(2) as race:
        for at in [SOON, OVER] * (n_races() // 2):
            order = buy()
            release_all()
            _released, changed = race(
                partial(release_to_floor, now=OVER),
                partial(change, order, "Eve", at=at),
            )
            release_all()

            assert isinstance(changed, OrderLine)
            assert live_texts(order) == ["Eve", "Eve"]
