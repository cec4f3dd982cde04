"""Trade accounts pay 1190 a case from 20 cases, wherever a price is shown or paid."""

import json
import re
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group

from configurator.ports import ports
from configurator.selectors.roles import TRADE
from configurator.views.picker_amounts import Amounts
from orders.models import Document, Order, ShopTerms
from orders.selectors.taxes import net_of, show_tax, without_tax
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from tests.factories.access import make_user
from tests.factories.orders import NOW, publish
from tests.orders.views.conftest import ADDRESS, Buyer

pytestmark = pytest.mark.django_db
DEMO = Path(settings.BASE_DIR) / "production/demo/products/juice-apple.json"


@pytest.fixture(autouse=True)
def _juice(db) -> None:
    document = json.loads(DEMO.read_text())
    document.pop("artwork")
    publish(document)


def buyer(*, trade: bool) -> Buyer:
    user = make_user("trade" if trade else "anna")
    if trade:
        user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    client = Buyer()
    client.force_login(user)
    return client


def charged(client: Buyer, cases: int) -> int:
    """Order so many cases at the price that the checkout shows; give the total."""
    client.post("/cart/add/juice-apple/", {"quantity": cases})
    assert client.order()["Location"]
    return Order.objects.get().total_minor or 0


@pytest.mark.parametrize(
    ("trade", "cases", "total_minor"),
    [(True, 20, 23_800), (True, 19, 28_310), (False, 20, 29_800)],
)
def test_only_a_trade_account_pays_less_and_only_from_twenty_cases(
    trade, cases, total_minor
):
    assert charged(buyer(trade=trade), cases) == total_minor


def test_the_shop_shows_each_buyer_their_own_price():
    own, others = buyer(trade=True), buyer(trade=False)

    for client, card, page in ((own, "€11.90", "€238.00"), (others, "€14.90", None)):
        html = client.see("/")
        assert f"from {card}" in html
        assert ("Trade price from 20 cases" in html) == (client is own)
        total = total_of(client.see("/shop/juice-apple/?quantity=20"))
        assert total == (page or "€298.00")


def total_of(html):
    found = re.search(r'price-bar__total">.*?(€[\d.,]+)', html, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_trade_sees_what_a_product_costs_without_tax(monkeypatch):
    monkeypatch.setattr(ports, "show_tax", show_tax)
    monkeypatch.setattr(ports, "without_tax", without_tax)
    own, others = buyer(trade=True), buyer(trade=False)

    mine = own.see("/shop/juice-apple/?quantity=20")
    theirs = others.see("/shop/juice-apple/?quantity=20")

    assert total_of(mine) == "€200.00"
    assert '<span class="price-bar__kind">plus VAT: €238.00</span>' in mine
    assert "<dt>Net</dt><dd>€200.00</dd><dt>VAT 19 %</dt><dd>€38.00</dd>" in mine
    assert "<dd>€250.42</dd>" in mine
    assert re.search(r"<dd>\W+€50.42</dd>", mine)
    assert total_of(theirs) == "€298.00"
    assert "plus VAT" not in theirs
    assert "VAT and delivery included." in theirs


def test_another_tax_counts_at_once_on_a_page_that_was_drawn(monkeypatch):
    monkeypatch.setattr(ports, "show_tax", show_tax)
    monkeypatch.setattr(ports, "without_tax", without_tax)
    own = buyer(trade=True)
    terms = ShopTerms.objects.create(
        seller_name="Lot One", seller_address="", vat_id="", vat_bp=1_900
    )
    before = own.see("/shop/juice-apple/?quantity=20")

    terms.vat_bp = 700
    terms.save()
    after = own.see("/shop/juice-apple/?quantity=20")

    assert [total_of(each) for each in (before, after)] == ["€200.00", "€222.43"]
    assert "<dt>VAT 7 %</dt>" in after


def test_the_trade_reads_the_shops_front_without_tax_and_is_told_so_once(monkeypatch):
    monkeypatch.setattr(ports, "without_tax", without_tax)

    mine, theirs = (buyer(trade=each).see("/") for each in (True, False))

    assert "from €10.00" in mine
    assert mine.count("All prices plus VAT.") == 1
    assert "from €14.90" in theirs
    assert "plus VAT" not in theirs


def test_differences_without_tax_lead_to_the_total_that_is_shown_next():
    amounts = Amounts("EUR", 1_001, without_tax=partial(net_of, vat_bp=1_900))

    assert amounts.difference(0) == ""
    assert amounts.difference(500) == "+\u2060€4.20"
    assert amounts.difference(-500) == "−\u2060€4.20"  # noqa: RUF001 -- a minus
    assert amounts.since(1_000) == "+\u2060€0.01"
    assert Amounts("EUR", 1_001).difference(500) == "+\u2060€5.00"


def test_the_cart_names_what_is_taken_off():
    client = buyer(trade=True)

    client.post("/cart/add/juice-apple/", {"quantity": 20})

    html = client.see("/cart/")
    assert "€238.00" in html
    assert "Trade price from 20 cases" in html
    assert "€298.00" in html  # the cases, before what is taken off
    assert "<dt>Net</dt><dd>€200.00</dd><dt>VAT 19 %</dt><dd>€38.00</dd>" in html


def test_the_invoice_is_over_what_was_charged():
    charged(buyer(trade=True), 20)
    order = Order.objects.get()
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)

    issue_documents(now=NOW, real_now=NOW)

    invoice = Document.objects.get(kind="INVOICE")
    assert invoice.content["gross_minor"] == 23_800


def call(client: Buyer, path: str, body: dict[str, Any]):
    return client.post(
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


@pytest.mark.parametrize(("trade", "total_minor"), [(True, 23_800), (False, 29_800)])
def test_the_api_tells_and_charges_the_buyers_price(trade, total_minor):
    client = buyer(trade=trade)
    asked = {"choices": {}, "quantity": 20}
    order = {
        "customer": {"name": ADDRESS["name"], "email": ADDRESS["email"]},
        "shipping_address": {
            key: ADDRESS[key] for key in ("line1", "postcode", "city", "country")
        },
        "lines": [{"product": "juice-apple", "choices": {}, "quantity": 20}],
    }

    answer = call(client, "products/juice-apple/configure/", asked).json()
    refused = call(client, "orders/", order | {"expected_total_minor": 23_801})
    placed = call(client, "orders/", order | {"expected_total_minor": total_minor})

    assert answer["price"]["total_minor"] == total_minor
    assert answer["lowest_total_minor"] == total_minor
    assert (refused.status_code, refused.json()["total_minor"]) == (409, total_minor)
    assert (placed.status_code, placed.json()["total_minor"]) == (201, total_minor)
