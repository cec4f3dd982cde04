"""A line is changed in the configurator while it is free, and saved into its order."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from configurator.ports import Alternative
from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.selectors.times import written_day
from configurator.services.availability import set_availability
from orders.models import CartLine, Order, OrderLine, Payment, Refund
from orders.ports import MethodDecision, ports
from orders.selectors.changes import find_ordered
from orders.services.shipping import ship_order
from orders.views import change_context, requests
from tests.factories.orders import MUG, publish
from tests.orders.views.conftest import WHITE, Buyer

pytestmark = pytest.mark.django_db
GOLD = {**WHITE, "c.colour": "GOLD", "c.glaze": "GLOSS"}


@pytest.fixture(autouse=True)
def _let_the_configurator_know(monkeypatch):
    monkeypatch.setattr(catalogue_ports, "find_ordered", find_ordered)


@pytest.fixture
def free_for(monkeypatch):
    """Let what is ordered from now on be changed for so long."""

    def allow(free: timedelta) -> None:
        def choose(*, now, **_question):
            return MethodDecision("JOB", (), edit_until=now + free)

        monkeypatch.setattr(ports, "method_choice", choose)

    return allow


@pytest.fixture
def free(free_for) -> None:
    free_for(timedelta(hours=1))


def change_url(url: str, place: int = 0) -> str:
    line = OrderLine.objects.order_by("pk")[place]
    path, _sign, query = url.partition("?")
    return f"{path}lines/{line.pk}/change/?{query}"


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.usefixtures("free")
def test_a_paid_line_is_changed_in_the_configurator_and_the_rest_is_paid(buyer):
    buyer.choose(text=" Ada ")
    buyer.choose("juice")
    url = buyer.buy()

    offered = buyer.see(url)
    opened = buyer.get(change_url(url))
    design = buyer.see(opened["Location"])
    pressed = buyer.post("/shop/mug/", {**GOLD, "c.text": " Ada ", **_hidden(design)})
    shown = buyer.see(pressed["Location"])
    saved = buyer.post(_save_url(shown), {**GOLD, "c.text": " Ada ", **_hidden(shown)})

    order = Order.objects.get()
    after = buyer.see(url)
    assert "Free of charge until" in offered
    assert "You may change or cancel freely until" in offered
    assert "to have something else, cancel it" in words(offered)
    assert opened["Location"].startswith("/shop/mug/?")
    assert 'value=" Ada "' in design
    assert "The price stays as it is." in design
    in_one_line = order.number.replace("-", "-\u2060")
    assert f"a line of order {in_one_line}" in words(design)
    assert "Add to cart" not in design
    assert "€8.00 more: to be paid when it is saved" in shown
    assert saved["Location"].startswith(f"/orders/{order.number}/payment/?token=")
    assert (order.total_minor, order.payment_state) == (2300, "PART_PAID")
    assert after.count('-title">1 ') == 2
    assert "the balance of €8.00 is paid" in words(after)
    assert not CartLine.objects.exists()

    buyer.post(saved["Location"], {"outcome": "SUCCEEDED", "purpose": "BALANCE"})

    order.refresh_from_db()
    assert (order.paid_minor, order.payment_state) == (2300, "PAID")
    assert [each.amount_minor for each in Payment.objects.order_by("pk")] == [1500, 800]


def _hidden(html: str) -> dict[str, str]:
    names = ("ordered", "shown_minor")
    found = {name: re.search(f'name="{name}" value="(\\d*)"', html) for name in names}
    return {name: each[1] for name, each in found.items() if each}


def _save_url(html: str) -> str:
    return unescape(re.findall(r'formaction="(/orders/[^"]+)"', html)[0])


@pytest.mark.usefixtures("free")
def test_what_was_not_paid_promises_no_money_back(buyer):
    buyer.choose(colour="GOLD", glaze="GLOSS")
    url = buyer.order()["Location"].replace("payment/", "")
    buyer.get(change_url(url))
    line = OrderLine.objects.get()

    design = buyer.see(f"/shop/mug/?c.colour=WHITE&c.glaze=MATT&ordered={line.pk}")
    saved = buyer.post(change_url(url), WHITE, follow=True)

    page = words(saved.content.decode())
    assert "€8.00 less" in design
    assert "€8.00 less:" not in design
    assert "Your change is saved." in page
    assert "back to you" not in page
    assert (Order.objects.get().total_minor, Refund.objects.count()) == (1200, 0)


@pytest.mark.usefixtures("free")
def test_what_was_paid_too_much_comes_back(buyer):
    buyer.choose(colour="GOLD", glaze="GLOSS")
    url = buyer.buy()

    saved = buyer.post(change_url(url), {**WHITE, "shown_minor": "1200"}, follow=True)

    assert "€8.00 come back to you" in saved.content.decode()
    assert saved.redirect_chain[0][0] == url
    assert Refund.objects.get().amount_minor == 800


@pytest.mark.usefixtures("free")
def test_at_another_price_than_was_shown_the_buyer_is_asked_again(buyer):
    buyer.choose(text="Ada")
    url = buyer.buy()
    entries = [{**each, "amount_minor": 1500} for each in MUG["prices"]["entries"]]
    publish({**MUG, "release": "2", "prices": {"entries": entries[:1]}})
    form = {**WHITE, "c.text": "Eve"}

    asked = buyer.post(change_url(url), {**form, "shown_minor": "1200"})
    page = asked.content.decode()
    unchanged = OrderLine.objects.count()
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    buyer.post(change_url(url), again)

    assert (asked.status_code, unchanged) == (409, 1)
    assert "€3.00 more: to be paid when it is saved" in page
    changed = OrderLine.objects.get(cancelled_at=None)
    assert changed.configuration.choices["text"] == "Eve"
    assert changed.total_minor == 1500


def test_what_has_begun_can_no_longer_be_changed_and_its_page_says_why(
    buyer, free_for, progress
):
    free_for(timedelta(0))
    buyer.choose()
    url = buyer.buy()
    offered = words(buyer.see(url))
    progress({OrderLine.objects.get().pk: "IN_PROGRESS"})

    answers = [buyer.get(change_url(url)), buyer.post(change_url(url), GOLD)]

    assert [each.status_code for each in answers] == [409, 409]
    page = answers[1].content.decode()
    assert "can no longer be changed. That was free until today" in page
    assert "Back to the order" in page
    assert "As long as nothing of it has begun" in offered
    after = buyer.see(url)
    assert "/change/" not in after
    assert "can no longer be changed. That was free until today" in after
    assert OrderLine.objects.get().cancelled_at is None


@pytest.mark.usefixtures("free")
def test_a_tab_whose_line_was_changed_in_another_says_so_and_names_no_difference(buyer):
    buyer.choose()
    url = buyer.buy()
    design = buyer.get(change_url(url))["Location"]
    buyer.post(change_url(url), {**GOLD, "shown_minor": "2000"})

    stale = buyer.see(design)

    assert "changed or cancelled meanwhile" in stale
    assert " before" not in words(stale)
    assert "to be paid when" not in stale


@pytest.mark.usefixtures("free")
def test_who_goes_back_to_a_design_too_long_for_an_address_changes_the_line_still(
    buyer, monkeypatch
):
    monkeypatch.setattr(requests, "LONGEST_ADDRESS", 20)
    buyer.choose()
    url = buyer.buy()
    line = OrderLine.objects.get()

    asked = buyer.post(change_url(url), {**GOLD, "shown_minor": "1"})

    back = f'href="/shop/mug/?ordered={line.pk}"'
    assert back in asked.content.decode()


@pytest.mark.usefixtures("free")
def test_another_products_page_does_not_offer_to_save_into_the_line(buyer):
    buyer.choose()
    url = buyer.buy()
    buyer.get(change_url(url))
    ordered = OrderLine.objects.get().pk

    query = f"c.colour=WHITE&c.glaze=MATT&quantity=1&ordered={ordered}"
    assert "Save the change" in buyer.see(f"/shop/mug/?{query}")
    other = buyer.see(f"/shop/juice/?quantity=1&ordered={ordered}")
    assert "Save the change" not in other
    assert "Add to cart" in other


@pytest.mark.usefixtures("free")
def test_the_price_bar_tells_of_the_day_by_which_a_changed_line_is_needed(
    buyer, monkeypatch
):
    asked = []

    def quote(*, now, choices, **question):
        asked.append((question.get("delivery"), question.get("country")))
        days = 9 if choices["colour"] == "GOLD" else 5
        at = now.replace(hour=12) + timedelta(days=days)
        return Quote(at, at, at, f"{days} days")

    def earlier(*, now, **_question):
        return (Alternative("glaze", "GLOSS", now, 2, "it dries faster"),)

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(catalogue_ports, "promise_alternatives", earlier)
    today = timezone.now().replace(hour=12)
    needed, there = today + timedelta(days=6), today + timedelta(days=9)
    buyer.choose()
    url = buyer.buy(needed_by=str(needed.date()))
    design = buyer.get(change_url(url))["Location"]
    another = words(buyer.see(design.partition("&ordered")[0]))
    kept = words(buyer.see(design))

    shown = words(buyer.see(design.replace("WHITE", "GOLD").replace("MATT", "GLOSS")))
    sent = words(buyer.post(change_url(url), GOLD).content.decode())

    assert f"With you on {written_day(today + timedelta(days=5))}" in kept
    assert "but you need" not in kept
    assert "2 days earlier" in another
    assert "2 days earlier" not in kept
    late = f"With you on {written_day(there)}, but you need it by {written_day(needed)}"
    assert late in shown
    assert asked[-1] == ("COLLECTION", "DE")
    assert f"{written_day(there)} ({there.date()})" in sent
    assert f"you need it by {written_day(needed)}." in sent


@pytest.mark.usefixtures("free")
def test_a_design_that_came_too_late_is_offered_for_the_cart(buyer, progress):
    buyer.choose()
    url = buyer.buy()
    progress({OrderLine.objects.get().pk: "IN_PROGRESS"})

    refused = buyer.post(change_url(url), {**GOLD, "c.text": " Eve "})
    page = refused.content.decode()
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    design = buyer.post("/shop/mug/", again, follow=True).content.decode()

    assert refused.status_code == 409
    assert 'action="/shop/mug/"' in page
    assert 'value=" Eve "' in design
    assert "Add to cart" in design
    assert "c.colour=GOLD" in design


@pytest.mark.usefixtures("free")
def test_what_cannot_be_made_today_stays_ordered(buyer):
    buyer.choose()
    url = buyer.buy()
    set_availability(
        product="mug",
        characteristic="colour",
        option="BLUE",
        available=False,
        back_on=None,
        now=timezone.now(),
    )

    refused = buyer.post(change_url(url), {**WHITE, "c.colour": "BLUE"})

    line = OrderLine.objects.get()
    assert refused.status_code == 400
    assert f"&amp;ordered={line.pk}" in refused.content.decode()
    assert line.cancelled_at is None


@pytest.mark.usefixtures("free")
def test_who_is_shown_the_address_of_a_change_sees_a_design_of_their_own(buyer):
    buyer.choose()
    url = buyer.buy()
    address = buyer.get(change_url(url))["Location"]

    seen = Buyer().see(address)

    assert "Add to cart" in seen
    assert "F-0" not in seen
    assert "token" not in address


@pytest.mark.usefixtures("free")
def test_an_order_that_was_changed_as_often_as_can_be_offers_no_change_and_says_why(
    buyer, monkeypatch
):
    buyer.choose()
    buyer.choose()
    url = buyer.buy()
    monkeypatch.setattr(change_context, "MOST_CHANGES", 1)
    offered = buyer.see(url)
    buyer.post(change_url(url), GOLD)

    spent = buyer.see(url)

    assert offered.count("/change/") == 2
    assert "/change/" not in spent
    assert words(spent).count("write to us if it is to be different once more") == 2
    assert "You may cancel freely until" in words(spent)


def test_what_has_left_the_works_says_nothing_of_changing(buyer, free_for, progress):
    free_for(timedelta(0))
    buyer.choose()
    url = buyer.buy()
    order = Order.objects.get()
    progress({order.lines.get().pk: "MADE"})
    made = words(buyer.see(url))

    ship_order(order_id=order.pk, now=timezone.now(), actor="paul")

    assert "can no longer be changed" in made
    assert "can no longer be changed" not in words(buyer.see(url))
