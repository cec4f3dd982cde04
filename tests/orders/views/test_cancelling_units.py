"""A buyer takes back some pieces of a line, on its page and by the API."""

import json
import re
import uuid

import pytest

from orders.models import Order, OrderLine, Refund
from orders.ports import LineProgress, OrderProgressReport, UnitProgress, ports
from tests.orders.views.conftest import WHITE

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(buyer) -> str:
    buyer.post("/cart/add/mug/", {**WHITE, "quantity": "3"})
    found: str = buyer.buy()
    return found


@pytest.fixture(autouse=True)
def _one_has_begun(monkeypatch):
    """Tell that the first of three units has begun."""
    stages = ("IN_PROGRESS", "RELEASED", "PLANNED")

    def tell(*, order_ids):
        units = tuple(UnitProgress(f"W-{each}", each) for each in stages)
        lines = OrderLine.objects.filter(order__in=order_ids).values_list(
            "pk", flat=True
        )
        found = {key: LineProgress("PLANNED", units) for key in lines}
        return dict.fromkeys(order_ids, OrderProgressReport("IN_PROGRESS", found))

    monkeypatch.setattr(ports, "order_progress", tell)


def cancelling(buyer, url: str) -> tuple[str, dict[str, str]]:
    """Read the form that cancels pieces; give its address and fields."""
    html = buyer.see(url)
    path = re.search(r'action="([^"]*/lines/\d+/cancel/[^"]*)"', html)
    once = re.search(r'name="once" value="(\w+)"', html)
    most = re.search(r'name="quantity" value="2" min="1" max="2"', html)
    assert path
    assert once
    assert most
    return path[1].replace("&amp;", "&"), {"once": once[1], "quantity": "1"}


def test_the_page_offers_as_many_as_have_not_begun_and_sent_twice_one_goes(buyer, url):
    path, fields = cancelling(buyer, url)

    answers = [buyer.post(path, fields) for _ in range(2)]

    line = OrderLine.objects.get()
    assert [each.status_code for each in answers] == [302, 302]
    assert line.cancelled_quantity == 1
    assert list(Refund.objects.values_list("amount_minor", flat=True)) == [1200]
    html = buyer.see(url)
    assert "1 of 3 pieces cancelled" in html
    assert "1 piece is cancelled." in html
    assert "€24.00" in html


def test_more_than_there_are_is_refused_and_nothing_is_paid_back(buyer, url):
    path, fields = cancelling(buyer, url)

    for wrong in ("0", "4", "-1", "x"):
        response = buyer.post(path, fields | {"quantity": wrong, "once": "k" * 20})
        assert response.status_code == 400
    assert not Refund.objects.exists()


def test_the_api_takes_a_quantity_and_names_what_went(buyer, url):
    order, line = Order.objects.get(), OrderLine.objects.get()
    path = f"/api/v1/orders/{order.number}/lines/{line.pk}/cancel/?token={order.token}"

    def call(body):
        return buyer.post(
            path,
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    answer = call({"quantity": 1}).json()
    wrong = call({"quantity": 0})

    assert answer["cancelled_lines"] == []
    assert answer["cancelled_units"] == [{"line": line.pk, "quantity": 1}]
    assert answer["total_minor"] == 2400
    shown = answer["lines"][0]
    assert (shown["quantity"], shown["cancelled_quantity"]) == (3, 1)
    assert (shown["total_minor"], shown["open_total_minor"]) == (3600, 2400)
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "quantity")
