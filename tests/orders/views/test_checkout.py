"""From the cart to exactly one order."""

import time
import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.selectors.clock import factory_now
from configurator.selectors.times import local, written_day
from configurator.services.availability import set_availability
from orders.models import CartLine, Order, OrderLine
from orders.ports import DeliveryDates, ports
from tests.factories.orders import MUG, NOW, publish
from tests.orders.views.conftest import ADDRESS, Buyer

pytestmark = pytest.mark.django_db


def dearer() -> None:
    """Publish a mug that costs a Euro more."""
    entry = {**MUG["prices"]["entries"][0], "amount_minor": 1300}
    publish({**MUG, "release": "2", "prices": {"entries": [entry], "breaks": []}})


def test_an_empty_cart_leads_back_to_the_cart(buyer):
    response = buyer.get("/checkout/")

    assert response.status_code == 302
    assert response["Location"] == "/cart/"


def test_the_checkout_shows_what_will_be_ordered_and_what_it_comes_to(buyer):
    buyer.choose(text=" Ada ", quantity="2")

    html = buyer.see("/checkout/")

    assert "2 × Mug" in html  # noqa: RUF001 -- the sign of multiplication
    assert '<span class="exact-text"> Ada </span>' in html
    assert "Order for €24.00" in html
    assert 'name="expected_total_minor" value="2400"' in html
    assert "cannot be returned" in html


def test_each_way_of_delivery_says_its_own_day(buyer, monkeypatch):
    takes = {"CARRIER": 2, "COLLECTION": 0}

    def quote(*, now, **_question):
        return Promise(now, now, now, "the oven")

    def calendar(*, delivery, ready_at, **_question):
        arrives = ready_at + timedelta(days=takes[delivery])
        return DeliveryDates(ready_at, arrives, ready_at)

    monkeypatch.setattr(catalogue_ports, "promise_quote", quote)
    monkeypatch.setattr(ports, "delivery_calendar", calendar)
    buyer.choose()

    html = buyer.see("/checkout/")

    today = factory_now(real_now=timezone.now())
    for way, days in takes.items():
        told = "ready for you" if way == "COLLECTION" else "with you"
        day = written_day(local(today + timedelta(days=days)).date())
        beside = html.split(f'id="delivery-{way}"')[1].split("</label>")[0]
        assert f"All of it {told} on {day}." in beside
    refused = html.split('id="delivery-VAN"')[1].split("</label>")[0]
    assert "All of it" not in refused


def test_a_guest_orders_without_an_account_and_comes_to_the_payment(buyer):
    buyer.choose(text=" Ada ")

    response = buyer.order()

    order = Order.objects.get()
    assert response.status_code == 302
    assert response["Location"] == (
        f"/orders/{order.number}/payment/?token={order.token}"
    )
    assert order.user is None
    assert order.shipping_address == {
        "line1": "Mill Lane 4",
        "postcode": "10115",
        "city": "Berlin",
        "country": "DE",
    }
    assert OrderLine.objects.get().configuration.choices["text"] == " Ada "
    assert CartLine.objects.count() == 0


def test_a_signed_in_buyer_owns_the_order_and_need_not_type_twice(anna):
    anna.choose()
    anna.order()
    anna.choose()

    html = anna.see("/checkout/")

    assert Order.objects.filter(user__username="anna").count() == 1
    assert 'value="Mill Lane 4"' in html


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required."),
        ("email", "ada", "Enter a valid e-mail address."),
        ("name", "A\x07da", "The character U+0007 cannot be used here."),
        ("country", "Atlantis", "Select a valid choice."),
        ("delivery", "CATAPULT", "Select a valid choice."),
        ("needed_by", "2020-01-01", "This day has passed."),
        ("needed_by", "soon", "Enter a valid date."),
        ("line1", "x" * 201, "at most 200 characters"),
        ("expected_total_minor", "much", "Enter a whole number."),
        ("once", "short", "Please send the form once more."),
    ],
)
def test_a_form_that_is_not_right_is_shown_again_with_what_was_typed(
    buyer, field, value, words
):
    buyer.choose()
    form = {**ADDRESS, "once": uuid.uuid4().hex, field: value}

    response = buyer.post("/checkout/", form)

    html = response.content.decode()
    assert response.status_code == 400
    assert words in html
    assert field == "city" or 'value="Berlin"' in html
    assert Order.objects.count() == 0
    assert CartLine.objects.count() == 1


def test_sending_twice_makes_one_order(buyer):
    buyer.choose()
    key = uuid.uuid4().hex

    first = buyer.order(key=key)
    again = buyer.post(
        "/checkout/", {**ADDRESS, "once": key, "expected_total_minor": "1200"}
    )

    assert Order.objects.count() == 1
    assert again["Location"] == first["Location"]


def test_going_back_and_changing_the_form_leads_to_the_order_made_before(buyer):
    buyer.choose()
    key = uuid.uuid4().hex
    first = buyer.order(key=key)

    response = buyer.post(
        "/checkout/",
        {**ADDRESS, "once": key, "city": "Bonn", "expected_total_minor": "1200"},
        follow=True,
    )

    assert Order.objects.count() == 1
    assert response.redirect_chain[0][0] == first["Location"]
    assert "was placed already" in response.content.decode()


def test_anothers_key_does_not_lead_to_anothers_order(buyer):
    buyer.choose()
    key = uuid.uuid4().hex
    buyer.order(key=key)
    other = Buyer()
    other.choose()

    response = other.order(key=key, city="Bonn")

    assert response["Location"] == "/checkout/"
    assert Order.objects.count() == 1


def test_a_price_that_changed_is_shown_and_confirmed_anew(buyer):
    buyer.choose()
    html = buyer.see("/checkout/")
    dearer()

    refused = buyer.order(total="1200")
    shown = refused.content.decode()
    accepted = buyer.order()

    assert "Order for €12.00" in html
    assert refused.status_code == 409
    assert "Prices have changed" in shown
    assert "€12.00</del>" in shown
    assert "Order for €13.00" in shown
    assert accepted.status_code == 302
    assert Order.objects.get().total_minor == 1300


def test_what_cannot_be_ordered_any_more_says_why_at_its_line(buyer):
    buyer.choose()
    set_availability(
        product="mug",
        option="WHITE",
        available=False,
        back_on=date(2026, 12, 24),
        now=NOW,
    )

    html = buyer.see("/checkout/")
    refused = buyer.order()

    assert "Colour: “White” is sold out; back on" in html
    assert "Something cannot be ordered" in html
    assert refused.status_code == 400
    assert Order.objects.count() == 0


def test_a_delivery_that_a_line_forbids_says_why(buyer):
    buyer.choose(colour="GOLD", glaze="GLOSS")

    html = buyer.see("/checkout/")
    refused = buyer.order(delivery="CARRIER")

    carrier = html[html.index('id="delivery-CARRIER"') :]
    assert 'aria-disabled="true"' in carrier
    assert "Gold does not survive the post." in carrier
    assert refused.status_code == 400
    assert "Gold does not survive the post." in refused.content.decode()


def test_a_bespoke_piece_is_ordered_without_paying(buyer):
    buyer.choose("bench")

    html = buyer.see("/checkout/")
    response = buyer.order()

    order = Order.objects.get()
    assert "Ask for the quotation" in html
    assert response["Location"] == f"/orders/{order.number}/?token={order.token}"
    assert order.total_minor is None


def test_a_day_to_come_may_be_asked_for(buyer):
    buyer.choose()
    day = (timezone.now() + timedelta(days=30)).date()

    buyer.order(needed_by=day.isoformat())

    assert Order.objects.get().needed_by == day


def test_an_order_sent_from_an_empty_cart_leads_back(buyer):
    response = buyer.post("/checkout/", {**ADDRESS, "once": uuid.uuid4().hex})

    assert response.status_code == 302
    assert response["Location"] == "/cart/"
    assert Order.objects.count() == 0


def test_a_second_tab_is_told_that_the_cart_is_empty(buyer):
    buyer.choose()
    buyer.order()

    response = buyer.order(total="1200")

    assert (response.status_code, response["Location"]) == (302, "/cart/")
    shown = buyer.see("/cart/")
    assert "Your cart is empty; there is nothing to order." in shown
    assert Order.objects.count() == 1


def test_who_goes_back_to_an_empty_cart_finds_what_was_just_ordered_for_an_hour(buyer):
    buyer.choose()
    url = buyer.order()["Location"]

    shown = buyer.get("/checkout/", follow=True).content.decode()
    session = buyer.session
    session["placed"] = {**session["placed"], "at": time.time() - 3_601}
    session.save()
    later = buyer.see("/cart/")

    assert f"Your order is {Order.objects.get().number};" in shown
    assert f'href="{url}"' in shown
    assert "Nothing in it yet" in later
    assert url not in later


def test_a_release_without_a_choice_leaves_the_line_in_the_cart_with_the_reason(buyer):
    buyer.choose(text="Ada")
    seen = buyer.see("/checkout/")
    publish(
        MUG
        | {
            "release": "2",
            "rules": [
                {
                    "code": "M9",
                    "text": "text requires colour = BLUE",
                    "reason": {"en": "Ink shows on blue alone."},
                }
            ],
        }
    )

    refused = buyer.order(total="1200")

    assert "Order for €12.00" in seen
    assert refused.status_code == 400
    assert "Ink shows on blue alone." in refused.content.decode()
    assert Order.objects.count() == 0
    assert '<span class="exact-text">Ada</span>' in buyer.see("/cart/")
    assert len(buyer.line_ids()) == 1


def test_an_address_of_any_country_is_taken_as_its_post_wants_it(buyer):
    buyer.choose()
    abroad = {"country": "HK", "postcode": "", "delivery": "CARRIER"}

    refused = buyer.order(country="US", delivery="CARRIER")
    buyer.order(**abroad)

    assert refused.status_code == 400
    assert "State or province</a>: This field is required." in refused.content.decode()
    assert Order.objects.get().shipping_address == {
        "line1": "Mill Lane 4",
        "city": "Berlin",
        "country": "HK",
    }


def test_net_and_tax_are_told_beside_the_total(buyer):
    buyer.choose()
    told = "Delivery and 19 % VAT of €1.92 included; €10.08 without."

    pages = [buyer.see("/cart/"), buyer.see("/checkout/"), buyer.see(buyer.buy())]

    assert [told in page for page in pages] == [True, True, True]
