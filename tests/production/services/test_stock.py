"""Stock never falls below zero, and what is booked is booked once."""

from datetime import timedelta
from functools import partial

import pytest

from production.models import StockAllocation, StockItem, StockMove
from production.services.stock import (
    ShortStockError,
    book_move,
    reserve_parked,
    reserve_stock,
    return_stock,
    take_stock,
)
from tests.factories.production import (
    NOW,
    SHIRT,
    configure,
    make_stock,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db


def juice(slug="juice", pieces=6, materials=()):
    flow = {**SHIRT["routings"][1], "when": None, "method": "FLOW"}
    flow["steps"] = flow["steps"][1:]
    return publish(
        product=slug,
        kind="STANDARD",
        characteristics=[],
        pieces={"count": pieces},
        materials=list(materials),
        routings=[flow],
    )


def order_of(release, quantity):
    return place_order(
        {
            "configuration": configure(release),
            "quantity": quantity,
            "method": "FLOW",
        }
    )


def levels(code="JUICE"):
    item = StockItem.objects.get(code=code)
    return item.on_hand, item.allocated


def states():
    return list(StockAllocation.objects.order_by("id").values_list("state", "quantity"))


def test_a_standard_line_reserves_the_pieces_of_its_units():
    release = juice()
    make_stock("JUICE", 100, product=release.product)
    order = order_of(release, 3)

    reserve_stock(order_id=order.id, now=NOW)
    reserve_stock(order_id=order.id, now=NOW)

    assert states() == [("ALLOCATED", 18)]
    assert levels() == (100, 18)


def test_a_shortfall_is_a_backorder_and_reserves_nothing():
    release = juice()
    make_stock("JUICE", 20, product=release.product)

    for quantity in (3, 1):
        reserve_stock(order_id=order_of(release, quantity).id, now=NOW)

    assert states() == [("ALLOCATED", 18), ("BACKORDERED", 6)]
    assert levels() == (20, 18)


def test_a_line_that_has_no_goods_to_take_is_held_until_there_are_some():
    release = juice()
    order = order_of(release, 2)

    for _ in range(2):
        reserve_stock(order_id=order.id, now=NOW)

    (hold,) = order.holds.all()
    assert hold.reason.startswith("There is no stock item for ")
    assert (hold.placed_by, hold.lifted_at) == ("stock", None)
    assert reserve_parked(now=NOW) == 0

    make_stock("JUICE", 100, product=release.product)

    assert reserve_parked(now=NOW + timedelta(hours=1)) == 1
    hold.refresh_from_db()
    assert hold.lifted_at == NOW + timedelta(hours=1)
    assert states() == [("ALLOCATED", 12)]
    assert reserve_parked(now=NOW) == 0


def test_a_kit_reserves_each_of_its_goods():
    materials = [
        {"material": code, "quantity": 2, "unit": "bottle", "basis": "UNIT"}
        for code in ("APPLE", "GRAPE", "BOX")
    ]
    release = juice("mixed", materials=materials)
    make_stock("GRAPE", 3)
    make_stock("APPLE", 40)

    reserve_stock(order_id=order_of(release, 2).id, now=NOW)

    assert dict(StockAllocation.objects.values_list("item__code", "state")) == {
        "APPLE": "ALLOCATED",
        "GRAPE": "BACKORDERED",
    }
    assert levels("APPLE") == (40, 4)


def test_lines_that_are_made_reserve_nothing():
    release = juice()
    make_stock("JUICE", 100, product=release.product)
    order = place_order({"configuration": configure(release), "method": "BATCH"})

    reserve_stock(order_id=order.id, now=NOW)

    assert StockAllocation.objects.count() == 0


def test_what_is_shipped_leaves_the_stock_with_a_move():
    release = juice()
    make_stock("JUICE", 100, product=release.product)
    order = order_of(release, 3)
    reserve_stock(order_id=order.id, now=NOW)

    for _ in range(2):
        take_stock(order_id=order.id, line_ids=[order.lines.get().id], now=NOW)

    assert states() == [("TAKEN", 18)]
    assert levels() == (82, 0)
    move = StockMove.objects.get()
    assert (move.kind, move.quantity, move.reference) == (
        "SHIPPED",
        -18,
        f"{order.number}/1",
    )


def test_what_is_returned_is_free_again_once():
    release = juice()
    make_stock("JUICE", 20, product=release.product)
    orders = [order_of(release, quantity) for quantity in (3, 1)]
    for order in orders:
        reserve_stock(order_id=order.id, now=NOW)
    line_ids = [order.lines.get().id for order in orders]

    assert return_stock(line_ids=line_ids) == 2
    assert return_stock(line_ids=line_ids) == 0
    assert states() == [("RETURNED", 18), ("RETURNED", 6)]
    assert levels() == (20, 0)


def test_a_move_is_booked_once_under_its_reference():
    item = make_stock("JUICE", 10)
    book = partial(
        book_move, item_id=item.id, kind="PRODUCED", quantity=5, reference="R-1"
    )

    assert book(now=NOW)
    assert not book(now=NOW + timedelta(hours=1))

    assert levels() == (15, 0)
    assert StockMove.objects.get().at == NOW


def test_no_move_takes_what_is_promised_to_others():
    item = make_stock("JUICE", 10, allocated=8)

    with pytest.raises(ShortStockError, match="Only 2 bottle of JUICE are free"):
        book_move(item_id=item.id, kind="SCRAPPED", quantity=-3, reference="X", now=NOW)

    assert levels() == (10, 8)
    assert StockMove.objects.count() == 0
