"""What others have reserved: each of it once."""

import pytest

from orders.models import Promise
from orders.services.paying import record_payment
from orders.services.placing import place_order
from orders.services.requests import LineRequest
from production.models import StockAllocation, StockItem
from production.services.checkouts import HELD_FOR
from tests.factories.orders import make_request
from tests.factories.production import NOW, make_places, make_stock
from tests.production.selectors.quotes import DAY, HOUR, publish_juice, quote

pytestmark = pytest.mark.django_db


def place(release, *quantities):
    lines = [
        LineRequest(release.product.slug, {"colour": "NAVY"}, each)
        for each in quantities
    ]
    return place_order(request=make_request(*lines), user=None, language="en", now=NOW)


def test_goods_that_wait_for_a_payment_are_reserved_once():
    make_places()
    goods = publish_juice()
    make_stock("JUICE", 1_000, product=goods.product, lead_days=2)

    place(goods, 600)
    others = [quote(goods, quantity).ready_at for quantity in (400, 401)]
    place(goods, 700)  # more than is there: it holds nothing, and waits first
    behind = quote(goods, 400).ready_at

    assert others == [NOW, NOW + 2 * DAY]
    assert behind == NOW + 2 * DAY


@pytest.mark.parametrize("state", ["HELD", "ALLOCATED", "BACKORDERED"])
def test_instead_of_a_line_its_goods_are_free(state):
    make_places()
    goods = publish_juice()
    make_stock("JUICE", 1_000, product=goods.product, lead_days=2)
    line = place(goods, 600).lines.get()
    StockAllocation.objects.update(state=state)
    if state == "BACKORDERED":
        StockItem.objects.filter(code="JUICE").update(allocated=0)

    ready = [
        quote(goods, quantity, instead_of=line.pk).ready_at
        for quantity in (1_000, 1_001)
    ]

    assert ready == [NOW, NOW + 2 * DAY]


@pytest.mark.parametrize("quantities", [(600,), (600, 400), (500, 500)])
def test_who_pays_late_is_promised_the_goods_that_were_held_all_the_while(quantities):
    make_places()
    goods = publish_juice()
    make_stock("JUICE", 1_000, product=goods.product, lead_days=2)
    order = place(goods, *quantities)
    late = NOW + HELD_FOR + HOUR

    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=late)

    told = Promise.objects.filter(state="ACCEPTED").values_list("ready_at", flat=True)
    assert list(told) == [late] * len(quantities)


def test_of_two_who_order_the_last_goods_at_once_the_second_is_told_when_more_come():
    make_places()
    goods = publish_juice()
    make_stock("JUICE", 1_000, product=goods.product, lead_days=2)

    for _ in range(2):
        place(goods, 600)

    told = Promise.objects.order_by("line_id").values_list("ready_at", flat=True)
    assert list(told) == [NOW, NOW + 2 * DAY]
