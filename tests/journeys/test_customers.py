"""What a customer meets on the way: a rule, a declined payment, no scripts."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.support.shop import BUYER, Visitor

pytestmark = pytest.mark.journey


def test_a_rule_stops_with_its_reason_and_one_tap_mends_it(visit):
    buyer: Visitor = visit()
    tab = buyer.tab
    tab.goto("/shop/t-shirt/")
    sport = buyer.option("fabric", "SPORT")
    card = tab.locator(".option").filter(has=sport)
    expect(sport).to_have_attribute("aria-disabled", "true")
    expect(card).to_contain_text("Dye in sports fabric bleeds into printed ink.")

    with buyer.answered():
        card.get_by_role("button", name="Choose it, with Decoration").click()

    expect(sport).to_be_checked()
    expect(sport).to_be_focused()
    expect(buyer.option("decoration", "PRINT")).not_to_be_checked()
    expect(tab.locator("#questions")).to_contain_text("Changed: ")
    expect(tab.get_by_role("button", name="Add to cart")).to_be_visible()
    with buyer.answered():
        tab.locator("#questions").get_by_role("link", name="Undo").click()
    expect(buyer.option("fabric", "COTTON")).to_be_checked()
    expect(buyer.option("decoration", "PRINT")).to_be_checked()


def test_an_option_that_is_out_can_be_insisted_on_and_the_conflict_offers_ways(visit):
    buyer: Visitor = visit()
    tab = buyer.tab
    tab.goto("/shop/t-shirt/")

    with buyer.answered():
        buyer.option("fabric", "SPORT").check(force=True)

    conflict = tab.get_by_role("alert")
    expect(conflict).to_contain_text("These do not go together")
    expect(tab.get_by_role("button", name="Add to cart")).to_have_count(0)
    with buyer.answered():
        conflict.get_by_role("button", name="Change to").first.click()
    expect(tab.get_by_role("alert")).to_have_count(0)
    expect(tab.get_by_role("button", name="Add to cart")).to_be_visible()


def test_a_declined_payment_loses_nothing(visit):
    buyer: Visitor = visit()
    tab = buyer.tab
    tab.goto("/shop/muffins/")
    buyer.add_to_cart()
    order = buyer.check_out()

    tab.get_by_role("button", name="Let the payment be declined").click()

    expect(tab.get_by_role("main")).to_contain_text("Nothing is lost")
    assert buyer.read_order(order)["state"] == "PLACED"
    buyer.pay()
    answer = buyer.read_order(order)
    assert (answer["state"], answer["payment_state"]) == ("CONFIRMED", "PAID")
    tab.get_by_role("link", name="Change it").click()
    tab.wait_for_url("**/shop/muffins/**")
    with buyer.answered():
        buyer.option("topping", "NONE").check(force=True)
    expect(tab.locator("#bar")).to_contain_text("€1.00 less: they come back to you")
    tab.get_by_role("button", name="Save the change").click()
    expect(tab.locator(".order-line")).to_have_count(1)
    answer = buyer.read_order(order)
    assert (answer["state"], answer["payment_state"]) == ("CONFIRMED", "PART_REFUNDED")
    assert answer["lines"][1]["changed_from"] == answer["lines"][0]["id"]


def test_double_clicks_going_back_and_a_second_tab_order_once_and_pay_once(visit):
    buyer: Visitor = visit()
    buyer.sign_in("customer")
    tab, other = buyer.tab, buyer.context.new_page()
    tab.goto("/shop/muffins/")
    buyer.add_to_cart()
    before = count_orders(buyer)
    for each in (other, tab):
        each.goto("/checkout/")
        for field, value in BUYER.items():
            each.locator(f'[name="{field}"]').fill(value)

    tab.get_by_role("button", name="Order for").dblclick()
    tab.wait_for_url(re.compile(r"/payment/\?token="))
    order = buyer.placed()
    tab.go_back()
    other.get_by_role("button", name="Order for").click()
    for each in (other, tab):
        expect(each.get_by_role("main")).to_contain_text(
            f"Your order is {order.number}"
        )
        each.get_by_role("link", name="To your order").click()
    for each, press in ((tab, "dblclick"), (other, "click")):
        getattr(each.get_by_role("button", name="Pay €"), press)()
        expect(each.get_by_role("heading", level=1)).to_have_text(
            f"Order {order.number}"
        )
    tab.go_back()

    expect(tab.get_by_role("heading", level=1)).to_have_text(f"Order {order.number}")
    answer = buyer.read_order(order)
    assert count_orders(buyer) == before + 1
    assert answer["payment_state"] == "PAID"
    assert answer["paid_minor"] == answer["total_minor"]


def count_orders(buyer: Visitor) -> int:
    answer = buyer.context.request.get("/api/v1/orders/?page_size=100")
    return len(answer.json()["results"])


def test_the_main_path_needs_no_scripts(visit):
    buyer: Visitor = visit(java_script_enabled=False)
    tab = buyer.tab
    tab.goto("/")
    tab.get_by_role("link", name="Cookies", exact=True).click()
    buyer.option("icing", "COLOUR").check()
    buyer.tab.locator('[name="c.text"]').fill("Für Jo & Mia")
    tab.get_by_role("button", name="Update picture and price").click()
    expect(buyer.option("icing", "COLOUR")).to_be_checked()
    tab.get_by_role("button", name="Add to cart").click()
    expect(tab.locator(".exact-text")).to_have_text("Für Jo & Mia")
    tab.get_by_role("link", name="To the checkout").click()
    for field, value in BUYER.items():
        tab.locator(f'[name="{field}"]').fill(value)
    tab.get_by_role("radio", name="Our own van").check()
    main = tab.get_by_role("main")
    expect(main.get_by_text("All of it with you on")).to_have_count(2)
    expect(main.get_by_text("All of it ready for you on")).to_have_count(1)
    windows = tab.get_by_label("When: Our own van")
    windows.select_option(index=3)
    window = windows.locator("option:checked").inner_text()
    tab.get_by_role("button", name="Order for").click()
    expect(main).to_contain_text(window)
    tab.get_by_role("button", name="Pay €").click()

    expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile(r"Order F-\d+"))
    expect(tab.locator(".exact-text").first).to_have_text("Für Jo & Mia")
    expect(main).to_contain_text(window)
    tab.get_by_label("Your message").fill("Bitte klingeln.")
    tab.get_by_role("button", name="Send it").click()
    expect(tab.locator("#talk")).to_contain_text("Bitte klingeln.")
    answer = buyer.read_order(buyer.placed())
    assert answer["state"] == "CONFIRMED"
    assert answer["window_from"] is not None
    assert answer["lines"][0]["configuration"]["choices"]["text"] == "Für Jo & Mia"


def test_what_is_typed_last_does_not_go_into_the_cart_twice(visit):
    buyer: Visitor = visit()
    tab = buyer.tab
    calls: list[str] = []
    tab.on("request", lambda call: calls.append(f"{call.method} {call.url}"))
    tab.route("**/cart/add/**", delay)
    tab.goto("/shop/juice-apple/")
    tab.locator("#id_quantity").fill("3")
    tab.locator("#id_quantity").press("Tab")

    tab.get_by_role("button", name="Add to cart").click()

    tab.wait_for_url("**/cart/")
    assert sum("/cart/add/" in call for call in calls) == 1
    expect(tab.locator(".line")).to_have_count(1)


def delay(route) -> None:
    """Answer late enough for a question that was still to be asked."""
    time.sleep(0.6)
    route.continue_()
