"""Whoever is about to pay finds their goods there, for half an hour and no longer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configurator.ports import ports as catalogue_ports
from orders.services.cancelling import cancel_order
from orders.services.expiring import expire_unpaid_orders
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from production.models import StockAllocation, StockItem
from production.services.backorders import push_back
from production.services.checkouts import HELD_FOR, release_held
from production.services.stock import reserve_stock
from tests.factories.orders import make_request
from tests.factories.production import NOW, make_stock
from tests.production.services.test_stock import juice

pytestmark = pytest.mark.django_db
LATER = NOW + HELD_FOR
CHANGED = f'UPDATE "{StockItem._meta.db_table}"'


@pytest.fixture(autouse=True)
def _no_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_ports, "promise_quote", lambda **_words: None)


@pytest.fixture
def juices():
    release = juice()
    make_stock("JUICE", 20, product=release.product)
    return release


def place(quantity: int = 1):
    line = LineRequest("juice", {}, quantity)
    return place_order(request=make_request(line), user=None, language="en", now=NOW)


def levels() -> tuple[int, int]:
    item = StockItem.objects.get(code="JUICE")
    return item.on_hand, item.allocated


def states() -> list[tuple[str, int]]:
    rows = StockAllocation.objects.order_by("order_line_id")
    return list(rows.values_list("state", "quantity"))


def test_goods_are_held_from_the_checkout_on(juices):
    place(2)

    assert states() == [("HELD", 12)]
    assert levels() == (20, 12)


def test_who_comes_later_and_is_short_holds_nothing(juices):
    place(2)
    place(2)

    assert states() == [("HELD", 12)]
    assert levels() == (20, 12)


def test_what_is_paid_is_reserved_once(juices):
    order = place(2)

    for _ in range(2):
        reserve_stock(order_id=order.pk, now=NOW)

    assert states() == [("ALLOCATED", 12)]
    assert levels() == (20, 12)


def test_paying_makes_a_reservation_of_what_was_held(juices):
    order = place(2)

    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)

    assert states() == [("ALLOCATED", 12)]
    assert levels() == (20, 12)


def test_what_nobody_pays_for_is_free_again_after_half_an_hour(juices):
    place(2)

    early = release_held(now=LATER - timedelta(seconds=1))
    late = release_held(now=LATER)
    again = release_held(now=LATER)

    assert (early, late, again) == (0, 1, 0)
    assert states() == []
    assert levels() == (20, 0)


def test_who_pays_later_still_gets_what_is_there(juices):
    order = place(2)
    release_held(now=LATER)

    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=LATER)

    assert states() == [("ALLOCATED", 12)]


def test_who_pays_later_waits_where_others_were_faster(juices):
    slow = place(2)
    release_held(now=LATER)
    fast = place(3)
    for order in (fast, slow):
        record_payment(
            order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=LATER
        )

    assert states() == [("BACKORDERED", 12), ("ALLOCATED", 18)]
    assert levels() == (20, 18)


def test_an_order_that_ends_unpaid_gives_its_goods_back_at_once(juices):
    cancel_order(order_id=place(1).pk, now=NOW, actor="customer")
    place(1)
    expire_unpaid_orders(older_than=timedelta(0), now=NOW + timedelta(seconds=1))

    assert release_held(now=NOW + timedelta(seconds=1)) == 2
    assert levels() == (20, 0)


def test_a_line_of_several_goods_holds_all_of_them_or_none():
    materials = [
        {"material": code, "quantity": 2, "unit": "bottle", "basis": "UNIT"}
        for code in ("APPLE", "GRAPE")
    ]
    juice("juice", materials=materials)
    make_stock("APPLE", 10)
    make_stock("GRAPE", 3)

    place(2)

    assert states() == []
    assert [item.allocated for item in StockItem.objects.all()] == [0, 0]


def test_who_keeps_goods_back_locks_promises_before_levels_as_who_sends_them_does(
    juices,
):
    place(1)
    place(1)
    item = StockItem.objects.get(code="JUICE")

    with CaptureQueriesContext(connection) as asked:
        n_pushed = push_back(item_id=item.pk, needed=20)

    assert (n_pushed, levels()) == (0, (20, 0))
    told = [each["sql"] for each in asked]
    levelled = next(n for n, sql in enumerate(told) if sql.startswith(CHANGED))
    assert [sql for sql in told[levelled:] if sql.startswith("SELECT")] == []
