"""What the works begin with and whom they sell to: days are those of their clocks."""

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest

from orders.models import Order
from production.models import MaterialLot
from production.services import trade
from production.services.opening_stock import load_stock
from tests.factories.floor import make_flow_line

pytestmark = pytest.mark.django_db
# Still the first of July in UTC, and the second by the clocks of the works.
AFTER_MIDNIGHT = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


def test_what_lies_there_at_first_keeps_from_the_day_of_the_works():
    water: dict[str, Any] = {
        "code": "WATER",
        "name": {},
        "kind": "GOODS",
        "unit": "PIECE",
    }
    lots = [{"code": "W-1", "quantity": 60, "age_days": 10}]
    water |= {"product": "water", "on_hand": 60, "lots": lots}
    keeps = [{"product": "water", "days": 30}]

    load_stock(
        document={"stock_items": [water], "shelf_life": keeps}, now=AFTER_MIDNIGHT
    )

    assert MaterialLot.objects.get().best_before_date == date(2026, 7, 22)


def test_shops_order_once_a_day_from_seven_by_the_clocks_of_the_works():
    make_flow_line("apple", on_hand=900, reorder_point=90)
    times = [(2, 4, 59), (2, 5, 30), (2, 21, 0), (2, 22, 30), (3, 5, 0)]
    moments = [datetime(2026, 7, *each, tzinfo=UTC) for each in times]

    n_placed = [
        trade.order_goods(rng=random.Random(1), now=each)  # noqa: S311 -- no secret
        for each in moments
    ]

    shops = len(trade.SHOPS)
    assert n_placed == [0, shops, 0, 0, shops]
    assert Order.objects.count() == 2 * shops
