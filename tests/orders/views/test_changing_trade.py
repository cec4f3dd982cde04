"""What a trade account ordered is changed at its own prices, whoever changes it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from configurator.ports import ports as catalogue_ports
from configurator.selectors.roles import TRADE
from orders.models import Order, OrderLine
from orders.ports import MethodDecision, ports
from orders.selectors.changes import find_ordered
from orders.selectors.taxes import show_tax, without_tax
from tests.factories.access import make_user
from tests.factories.orders import MUG, publish
from tests.orders.views.conftest import Buyer
from tests.orders.views.test_changing import GOLD, change_url, words

pytestmark = pytest.mark.django_db
LESS = {
    "code": "TRADE",
    "label": {"en": "Trade price"},
    "basis": "UNIT",
    "amount_minor": -200,
    "account": "TRADE",
}


@pytest.fixture(autouse=True)
def _shop(db, monkeypatch):
    prices = MUG["prices"]
    publish({**MUG, "prices": {**prices, "entries": [*prices["entries"], LESS]}})
    monkeypatch.setattr(catalogue_ports, "find_ordered", find_ordered)
    monkeypatch.setattr(catalogue_ports, "show_tax", show_tax)
    monkeypatch.setattr(catalogue_ports, "without_tax", without_tax)

    def choose(*, now, **_question):
        return MethodDecision("JOB", (), edit_until=now + timedelta(hours=1))

    monkeypatch.setattr(ports, "method_choice", choose)


@pytest.fixture
def trader() -> Buyer:
    user = make_user("trade")
    user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    client = Buyer()
    client.force_login(user)
    client.choose()
    return client


def gold_design(client: Buyer, url: str) -> str:
    """Open the configurator with the line and see it in gold."""
    design = client.get(change_url(url))["Location"]
    return words(client.see(design.replace("WHITE", "GOLD").replace("MATT", "GLOSS")))


def test_a_trade_buyer_changes_a_line_at_the_price_that_was_shown(trader):
    url = trader.buy()

    shown = gold_design(trader, url)
    asked = trader.post(change_url(url), {**GOLD, "shown_minor": "2000"})
    saved = trader.post(change_url(url), {**GOLD, "shown_minor": "1800"})

    assert "€15.13 plus VAT: €18.00" in shown
    assert "€8.00 more: to be paid" in shown
    assert asked.status_code == 409
    assert "Net €15.13" in words(asked.content.decode())
    assert saved.status_code == 302
    assert Order.objects.get().total_minor == 1800


def test_whoever_holds_the_link_of_a_trade_order_sees_and_pays_its_buyers_price(trader):
    url = trader.buy()
    order = Order.objects.get()
    guest, url = Buyer(), f"/orders/{order.number}/?token={order.token}"

    shown = gold_design(guest, url)
    opened = guest.get(f"/shop/mug/?c.colour=GOLD&ordered={order.lines.get().pk}")
    picked = guest.get(
        f"/shop/mug/?pick=CHEAPEST&ordered={order.lines.get().pk}", follow=True
    )
    guest.post(change_url(url), {**GOLD, "shown_minor": "1800"})

    order.refresh_from_db()
    assert "€15.13 plus VAT: €18.00" in shown
    assert opened.status_code == picked.status_code == 200
    assert "€10.00" in picked.content.decode()
    assert (order.total_minor, order.paid_minor) == (1800, 1000)


def test_a_trade_buyer_who_changes_a_guests_order_pays_what_the_guest_would(trader):
    guest = Buyer()
    guest.choose()
    guest.buy()
    order = Order.objects.get()
    url = f"/orders/{order.number}/?token={order.token}"

    shown = gold_design(trader, url)
    trader.post(change_url(url), {**GOLD, "shown_minor": "2000"})

    assert "€20.00" in shown
    assert "plus VAT" not in shown
    assert OrderLine.objects.get(cancelled_at=None).total_minor == 2000
