"""An order's page: whose it is, how far it is, what can still be done."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from orders.models import Order, OrderLine
from orders.ports import (
    CancelOutcome,
    LineProgress,
    OrderProgressReport,
    UnitProgress,
    ports,
)
from orders.services.proofing import send_proof
from orders.states import OrderState
from tests.factories.access import make_user
from tests.factories.orders import NOW, make_order, make_sent_quotation
from tests.orders.views.conftest import Buyer
from tests.support.html import find

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(buyer):
    buyer.choose(text="  Ada & Søn ")
    return buyer.buy()


def split(url: str) -> tuple[str, str]:
    base, query = url.split("?")
    return base, f"?{query}"


def below(url: str, path: str) -> str:
    base, query = split(url)
    return f"{base}{path}/{query}"


def bespoke(buyer: Buyer) -> tuple[str, OrderLine]:
    buyer.choose("bench")
    return buyer.order()["Location"], OrderLine.objects.get()


def test_the_page_shows_what_was_ordered_word_for_word(buyer, url):
    html = buyer.see(url)

    line = OrderLine.objects.get()
    assert '<span class="exact-text">  Ada &amp; Søn </span>' in html
    assert "<dt>Colour</dt><dd>White</dd>" in html
    assert line.configuration.sha256 in html
    assert "Confirmed" in html
    assert "€12.00" in html
    assert "Germany" in html


def test_whoever_has_the_link_sees_the_order_and_nobody_else(buyer, url):
    base, _query = split(url)

    assert Buyer().get(url).status_code == 200
    assert Buyer().get(f"{base}?token=wrong").status_code == 404
    assert Buyer().get("/orders/F-999999/?token=x").status_code == 404
    login = Buyer().get(base)
    assert login.status_code == 302
    assert login["Location"] == f"/accounts/login/?next={base}"


def test_a_signed_in_buyer_needs_no_token_and_sees_no_others_order(anna):
    anna.choose()
    base, _query = split(anna.buy())
    stranger = Buyer()
    stranger.force_login(make_user("ben"))

    assert anna.get(base).status_code == 200
    assert stranger.get(base).status_code == 404


def test_sales_see_every_order_but_not_its_token(buyer, url):
    paul = make_user("paul")
    paul.groups.add(Group.objects.get_or_create(name="planner")[0])
    planner = Buyer()
    planner.force_login(paul)
    base, _query = split(url)

    html = planner.see(base)

    assert "Order F-" in html
    assert Order.objects.get().token not in html


def test_an_unpaid_order_leads_to_its_payment(buyer):
    buyer.choose()
    pay_url = buyer.order()["Location"]

    html = buyer.see(pay_url.replace("payment/", ""))

    assert "Pay now" in html
    assert pay_url.replace("&", "&amp;") in html


def test_planned_units_say_when_they_go_to_the_floor(buyer, url, monkeypatch):
    line = OrderLine.objects.get()
    at = line.created_at + timedelta(minutes=30)
    unit = UnitProgress("W-000001-1-1", "PLANNED", release_at=at)
    tell(monkeypatch, line, "PLANNED", unit)

    html = buyer.see(url)

    assert "W-000001-1-1" in html
    assert re.search(r"to the floor (today|tomorrow) at \d\d:\d\d", html)


def test_a_moving_unit_says_at_which_step_it_is(buyer, url, monkeypatch):
    line = OrderLine.objects.get()
    unit = UnitProgress("W-1", "IN_PROGRESS", None, "Bake", 2, 5)
    tell(monkeypatch, line, "IN_PROGRESS", unit)

    html = buyer.see(url)

    assert "Step 2 of 5: Bake" in html
    assert 'aria-current="step"' in html[html.index("On the floor") :]


def test_of_many_units_the_first_are_listed_and_all_are_counted(
    buyer, url, monkeypatch
):
    line = OrderLine.objects.get()
    units = [UnitProgress(f"W-1-{n}", "PLANNED") for n in range(29)]
    tell(monkeypatch, line, "PLANNED", *units, UnitProgress("W-1-29", "MADE"))

    html = buyer.see(url)

    assert html.count('class="unit"') == 24
    assert "and 6 more" in html
    assert '<span class="figures">29</span>' in html


def test_stock_has_a_way_of_its_own(buyer, monkeypatch):
    buyer.choose("juice")
    url = buyer.buy()
    OrderLine.objects.update(method="FLOW")
    tell(monkeypatch, OrderLine.objects.get(), "ALLOCATED")

    html = buyer.see(url)

    assert "Reserved for you" in html
    assert "On the floor" not in html
    assert "Ready for you" in html  # it is fetched: nothing is shipped
    assert "Shipped" not in html


def test_nothing_is_sent_while_nothing_changes(buyer, url, monkeypatch):
    seen = find(r'name="seen" value="(\w+)"', buyer.see(url))
    progress = below(url, "progress") + f"&seen={seen}"

    same = buyer.get(progress, headers={"HX-Request": "true"})
    tell(monkeypatch, OrderLine.objects.get(), "MADE", UnitProgress("W-1", "MADE"))
    changed = buyer.get(progress, headers={"HX-Request": "true"})

    html = changed.content.decode()
    assert same.status_code == 204
    assert changed.status_code == 200
    assert 'hx-swap-oob="true"' in html
    assert "1 of 1 unit is made." in html
    assert "<html" not in html


def test_a_finished_order_is_asked_about_no_more(buyer, url, monkeypatch):
    tell(monkeypatch, OrderLine.objects.get(), "DELIVERED", UnitProgress("W", "MADE"))

    html = buyer.see(url)
    seen = buyer.get(below(url, "progress"), {"token": Order.objects.get().token})

    assert "every 3s" not in html
    assert seen.status_code == 200


def test_the_page_says_what_is_not_paid_only_where_something_is_to_be_paid(buyer):
    buyer.choose()
    unpaid = buyer.order()["Location"].replace("payment/", "")
    buyer.choose("bench")
    to_quote = buyer.order()["Location"]

    told = [">Not paid yet<" in buyer.see(each) for each in (unpaid, to_quote)]
    buyer.post(unpaid.replace("/?", "/cancel/?"))

    assert told == [True, False]
    assert ">Not paid yet<" not in buyer.see(unpaid)


def test_an_order_is_cancelled_and_says_that_money_comes_back(buyer, url):
    response = buyer.post(below(url, "cancel"), follow=True)

    html = response.content.decode()
    assert Order.objects.get().state == OrderState.CANCELLED
    assert "1 line is cancelled. What you paid for it comes back to you." in html
    assert "Cancel the order" not in html


def test_a_line_is_cancelled_alone(buyer):
    buyer.choose()
    buyer.choose()
    url = buyer.buy()
    first = OrderLine.objects.get(position=0)

    buyer.post(below(url, f"lines/{first.pk}/cancel"))

    first.refresh_from_db()
    assert first.cancelled_at is not None
    assert Order.objects.get().state == OrderState.CONFIRMED
    assert buyer.see(url).count('data-state="CANCELLED"') == 1


def test_what_has_begun_is_said_to_go_on(buyer, url, monkeypatch):
    monkeypatch.setattr(
        ports,
        "cancellation",
        lambda **_words: CancelOutcome((), ("W-1",), ("SHORT_CLOSED",)),
    )

    response = buyer.post(below(url, "cancel"))

    assert response.status_code == 409
    assert "has begun to be made" in response.content.decode()


def test_a_line_of_another_order_cannot_be_cancelled(buyer, url):
    other = make_order()

    response = buyer.post(below(url, f"lines/{other.lines.get().pk}/cancel"))

    assert response.status_code == 404


def test_a_quotation_is_accepted_and_then_paid(buyer, monkeypatch):
    url, line = bespoke(buyer)
    waiting = buyer.see(url)
    ready_at, brought_at = (NOW + timedelta(days=each) for each in (8, 10))
    promise = Promise(ready_at, ready_at, brought_at, "the bench")
    monkeypatch.setattr(catalogue_ports, "promise_quote", lambda **_: promise)
    quotation = send(line)

    html = buyer.see(url)
    response = buyer.post(
        below(url, f"quotations/{quotation.number}"), {"answer": "accept"}
    )

    assert "We are working out a price for you." in waiting
    assert "to be quoted" in waiting
    assert "<dd>€900.00</dd>" in html.partition("Offered to you</dt>")[2]
    assert "nothing yet" in html
    assert "to be quoted" not in html.partition('id="order-total"')[2]
    assert html.count("It stands until") == 2
    assert "Accept €900.00" in html
    assert "ready on Tuesday, 10 March and with you on Thursday, 12 March" in html
    assert "/payment/?token=" in response["Location"]
    assert Order.objects.get().total_minor == 90_000
    assert "How the price comes about" not in buyer.see(url)


def test_a_quotation_is_turned_down(buyer):
    url, line = bespoke(buyer)
    quotation = send(line)

    buyer.post(below(url, f"quotations/{quotation.number}"), {"answer": "decline"})

    quotation.refresh_from_db()
    assert quotation.state == "DECLINED"


@pytest.mark.parametrize("answer", ["", "perhaps"])
def test_a_quotation_takes_no_other_answer(buyer, answer):
    url, line = bespoke(buyer)
    quotation = send(line)

    response = buyer.post(
        below(url, f"quotations/{quotation.number}"), {"answer": answer}
    )

    quotation.refresh_from_db()
    assert response.status_code == 400
    assert quotation.state == "SENT"


def test_anothers_quotation_is_out_of_reach(buyer, url):
    other = make_order(None)
    quotation = make_sent_quotation(other.lines.get(), days=20_000)

    response = buyer.post(
        below(url, f"quotations/{quotation.number}"), {"answer": "accept"}
    )

    quotation.refresh_from_db()
    assert response.status_code == 404
    assert quotation.state == "SENT"


def test_a_proof_is_approved(buyer, url):
    proof = send_proof(order_line_id=OrderLine.objects.get().pk, now=NOW)

    html = buyer.see(url)
    buyer.post(below(url, f"proofs/{proof.pk}"), {"answer": "approve"})

    proof.refresh_from_db()
    assert "Approve it" in html
    assert proof.state == "APPROVED"


def test_a_proof_is_sent_back_with_what_is_to_be_different(buyer, url):
    proof = send_proof(order_line_id=OrderLine.objects.get().pk, now=NOW)
    note = "The blue darker,\nplease."

    buyer.post(
        below(url, f"proofs/{proof.pk}"), {"answer": "request-changes", "note": note}
    )

    proof.refresh_from_db()
    assert proof.state == "CHANGES_REQUESTED"
    assert proof.customer_note == note
    assert note in buyer.see(url)


def test_my_orders_are_listed_for_me_alone(anna, buyer):
    anna.choose()
    anna.buy()
    buyer.choose()
    buyer.buy()

    html = anna.see("/orders/")

    own, other = Order.objects.order_by("pk")
    assert own.number in html
    assert other.number not in html
    assert buyer.get("/orders/").status_code == 302


@pytest.mark.parametrize("n", [1, 3])
def test_my_orders_ask_as_often_for_many_as_for_one(anna, django_assert_num_queries, n):
    for _order in range(n):
        anna.choose()
        anna.buy()
    anna.get("/orders/")

    # Clock, session, user; count, orders, five for what belongs to them; cart, roles.
    with django_assert_num_queries(12):
        anna.get("/orders/")


def test_the_order_page_asks_as_often_for_many_lines_as_for_one(
    buyer, django_assert_max_num_queries
):
    for _line in range(4):
        buyer.choose()
    url = buyer.buy()
    buyer.get(url)

    with django_assert_max_num_queries(13):
        buyer.get(url)


def tell(monkeypatch, line: OrderLine, stage: str, *units: UnitProgress) -> None:
    """Report a floor's progress for one line."""
    lines = {line.pk: LineProgress(stage, units)}
    report = OrderProgressReport("IN_PROGRESS", lines)
    monkeypatch.setattr(
        ports, "order_progress", lambda *, order_ids: dict.fromkeys(order_ids, report)
    )


def send(line: OrderLine):
    """Send a quotation that stands for longer than these tests will."""
    return make_sent_quotation(line, days=20_000)
