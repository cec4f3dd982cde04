"""The shop on a phone, by keyboard, from right to left; and how quickly it answers."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.axe import list_violations
from tests.support.shop import BUYER, Placed, Visitor
from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
NARROWEST = {"width": 320, "height": 640}
PAGES = (
    *("/", "/how-it-is-made/", "/shop/t-shirt/", "/shop/table/", "/shop/juice-apple/"),
    *("/cart/", "/accounts/login/"),
)
SHIRT = (
    "/shop/t-shirt/?c.fabric=COTTON&c.colour=NAVY&c.size=M&c.decoration=PRINT"
    "&c.place=FRONT&quantity=1"
)
INP_MS, TINT_MS, JUDGED_MS = 200, 100, 300
MOST_TABS = 160
# What the browser says of each interaction, the longest of them.
WATCH_EVENTS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter((each) => each.interactionId))
      window.longest = Math.max(window.longest, entry.duration);
  }).observe({type: "event", durationThreshold: 16, buffered: false});
}"""
# From the click to the new colour in the picture, and to the server's word.
TIME_CLICK = """(selector) => new Promise((resolve) => {
  const input = document.querySelector(selector);
  const body = () =>
    document.querySelector("#art [data-tint=colour]").getAttribute("fill");
  const before = body();
  const start = performance.now();
  const found = {};
  document.addEventListener("htmx:afterSettle", () => {
    found.judged = performance.now() - start;
    resolve(found);
  }, {once: true});
  input.click();
  if (body() !== before) found.tinted = performance.now() - start;
})"""
DROPPED = """(content) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.codePointAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], "crest.png", {type: "image/png"}));
  return dropped;
}"""
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth - room;
  if (wide <= 0) return "";
  const guilty = [...document.querySelectorAll("main *")].find((each) => {
    const box = each.getBoundingClientRect();
    const isOut = box.right > room + 1 || box.left < -1;
    return isOut && !each.closest(".table-wrap, .steps");
  });
  return `${wide}px: ${guilty?.className}`;
}"""


def test_on_a_phone_by_keyboard_alone_a_shirt_with_a_name_is_made_and_watched(
    visit, live_stack: LiveStack
):
    buyer: Visitor = visit(**PHONE)
    tab = buyer.tab
    tab.goto("/")
    press(tab, tab.get_by_role("link", name="Start with T-shirt"))
    tab.wait_for_url("**/shop/t-shirt/")
    expect(tab.locator("#art")).to_be_in_viewport()
    choose_by_arrows(buyer, "place", "BACK")
    type_into(buyer, "#id_name", "Ada")

    conflict = tab.get_by_role("alert")
    expect(conflict).to_contain_text("The name takes the back.")
    expect(tab.get_by_role("button", name="Add to cart")).to_have_count(0)
    with buyer.answered():
        press(tab, conflict.get_by_role("button", name="Change to Place").first)

    expect(tab.get_by_role("alert")).to_have_count(0)
    expect(tab.locator("#questions")).to_contain_text("Changed: ")
    expect(tab.locator("#bar")).to_contain_text("With you on ")
    expect(tab.locator('#art [data-text="name"]').first).to_have_text("Ada")
    order = buy_by_keyboard(buyer)
    expect(tab.locator(".exact-text").first).to_have_text("Ada")
    expect(tab.get_by_role("main")).to_contain_text("With you on ")
    expect(tab.locator(".unit")).to_contain_text("to the floor")
    live_stack.manage("shell", "--no-imports", "-c", LATER)
    expect(tab.locator(".unit")).not_to_contain_text("to the floor", timeout=20_000)
    assert buyer.read_order(order)["lines"][0]["stage"] not in {"PLANNED", "PLACED"}


# What a customer may still change goes to the floor once the time for it is over.
LATER = """
from datetime import timedelta
from django.utils import timezone
from configurator.selectors.clock import factory_now
from configurator.services.clock import set_factory_clock
at = factory_now(real_now=timezone.now()) + timedelta(minutes=45)
set_factory_clock(real_now=timezone.now(), factory_at=at)
"""


def press_to(tab: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("(each) => each === document.activeElement"):
            return
        tab.keyboard.press("Tab")
    pytest.fail(f"{wanted} cannot be reached by Tab")


def press(tab: Page, wanted: Locator) -> None:
    press_to(tab, wanted)
    tab.keyboard.press("Enter")


def choose_by_arrows(buyer: Visitor, code: str, option: str) -> None:
    """Tab to a question; arrows lead from one option to the next, as in any form."""
    tab = buyer.tab
    options = tab.locator(f'input[name="c.{code}"]')
    chosen = options.and_(tab.locator(":checked"))
    press_to(tab, chosen if chosen.count() else options.first)
    for _ in range(options.count()):
        if buyer.option(code, option).is_checked():
            return
        with buyer.answered():
            tab.keyboard.press("ArrowRight")
    pytest.fail(f"{option} cannot be reached by arrows")


def type_into(buyer: Visitor, field: str, text: str) -> None:
    press_to(buyer.tab, buyer.tab.locator(field))
    with buyer.answered():
        buyer.tab.keyboard.type(text)


def buy_by_keyboard(buyer: Visitor) -> Placed:
    """Go from a finished design to the page of the paid order."""
    tab = buyer.tab
    press(tab, tab.get_by_role("button", name="Add to cart"))
    tab.wait_for_url("**/cart/")
    press(tab, tab.get_by_role("link", name="To the checkout"))
    for field, value in BUYER.items():
        press_to(tab, tab.locator(f'[name="{field}"]'))
        tab.keyboard.type(value)
    press(tab, tab.get_by_role("button", name="Order for"))
    press(tab, tab.get_by_role("button", name="Pay €"))
    tab.wait_for_url(re.compile(r"/orders/F-\d+/\?token="))
    return buyer.placed()


def test_by_keyboard_a_picture_is_placed_and_keeps_its_place_in_cart_and_link(
    visit, tmp_path
):
    buyer: Visitor = visit()
    tab = buyer.tab
    picture = tmp_path / "crest.png"
    Image.new("RGB", (2_400, 1_500), "#1c6b5a").save(picture)
    # Navy runs out in the days that other journeys let pass.
    sand = SHIRT.replace("NAVY", "SAND")
    tab.goto(f"{sand}&c.design=POSTER")
    content = base64.b64encode(picture.read_bytes()).decode()
    with buyer.answered():
        tab.dispatch_event(
            "#art", "drop", {"dataTransfer": tab.evaluate_handle(DROPPED, content)}
        )
    hold = tab.get_by_role("button", name="Your picture: move it")
    before: Any = hold.bounding_box()

    press_to(tab, hold)
    for key in (*["-"] * 8, "Shift+ArrowLeft", *["ArrowUp"] * 5):
        tab.keyboard.press(key)
    moved: Any = hold.bounding_box()
    tab.wait_for_url(re.compile(r"~40\.45\.60"))

    assert moved["width"] == pytest.approx(before["width"] * 0.6, abs=2)
    assert moved["x"] + moved["width"] / 2 < before["x"] + before["width"] / 2
    expect(hold).to_be_focused()
    expect(tab.locator("#q-artwork")).to_contain_text("Printed 168 × 105 mm")  # noqa: RUF001
    assert list_violations(tab) == []
    buyer.add_to_cart()
    place = "60 % of its size, 40 % from the left, 45 % from the top"
    expect(tab.locator("main")).to_contain_text(place)
    tab.get_by_role("link", name=re.compile("^Edit")).click()
    expect(tab.get_by_label("From the top")).to_have_value("45")
    assert "~40.45.60" in tab.url


def test_undo_and_redo_lead_through_all_designs_of_a_visit_and_a_link_to_one(visit):
    buyer: Visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    tab = buyer.tab
    tab.goto("/shop/sneaker/")
    first = tab.url
    undo, redo = (tab.get_by_role("link", name=name) for name in ("Undo", "Redo"))
    expect(undo).to_be_hidden()
    for colour in ("RED", "WHITE"):
        buyer.choose("colour", colour)

    for _ in range(2):
        with buyer.answered():
            undo.click()
    expect(buyer.option("colour", "WHITE")).not_to_be_checked()
    expect(buyer.option("colour", "RED")).not_to_be_checked()
    expect(undo).to_be_hidden()
    for _ in range(2):
        with buyer.answered():
            redo.click()

    expect(buyer.option("colour", "WHITE")).to_be_checked()
    expect(redo).to_be_hidden()
    assert tab.url != first
    tab.get_by_role("button", name="Copy link").click()
    expect(tab.get_by_text("The link to this design is copied.")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == tab.url


def test_a_question_stays_where_it_is_when_others_change_above_it(visit):
    buyer: Visitor = visit(**PHONE)
    fox = buyer.option("design", "FOX")
    buyer.tab.goto("/shop/t-shirt/")
    fox.scroll_into_view_if_needed()
    before = fox.bounding_box()["y"]

    buyer.choose("design", "FOX")

    assert abs(fox.bounding_box()["y"] - before) < 2
    current = buyer.tab.locator(".steps [aria-current]")
    expect(current).to_have_count(1)


def test_a_click_is_seen_at_once_and_judged_soon(visit):
    buyer: Visitor = visit()
    tab = buyer.tab
    tab.goto("/shop/t-shirt/")
    buyer.choose("colour", "RED")

    timed = [
        tab.evaluate(TIME_CLICK, f'input[name="c.colour"][value="{colour}"]')
        for colour in ("WHITE", "BLACK", "SAND", "NAVY")
    ]
    tab.evaluate(WATCH_EVENTS)
    buyer.choose("colour", "RED")
    tab.wait_for_timeout(100)

    assert max(each["tinted"] for each in timed) <= TINT_MS
    assert sorted(each["judged"] for each in timed)[1] <= JUDGED_MS
    assert tab.evaluate("window.longest") <= INP_MS


def test_no_page_is_wider_than_a_phone_in_long_words_or_from_right_to_left(visit):
    """German words are long; a script from the right turns everything round."""
    tab = visit(**(PHONE | {"locale": "de-DE"})).tab
    found = {}
    for path in PAGES:
        tab.set_viewport_size(NARROWEST)
        tab.goto(path)
        found[path] = tab.evaluate(TOO_WIDE)
        tab.set_viewport_size(PHONE["viewport"])
        tab.evaluate("document.documentElement.dir = 'rtl'")
        found[f"{path} from the right"] = tab.evaluate(TOO_WIDE)

    assert {path: wide for path, wide in found.items() if wide} == {}
