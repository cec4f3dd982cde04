"""From a customer's pick to finished units, by each of the four methods.

All orders are placed and paid first; then one simulated week makes them.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.support.pdf import list_texts, read_codes
from tests.support.shop import Placed, Visitor
from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey

WITHIN_S = 3
TEXT = "Ada  & Bo's <3"
TO_THE_FLOOR = re.compile(r"comes to the floor \w{3} \d+ \w{3}, \d\d:\d\d")
BOTTLES_A_CASE = 6


@dataclass(frozen=True, slots=True)
class Bought:
    """An order, the person who placed it, and how soon the floor knew."""

    order: Placed
    buyer: Visitor
    seen_after_s: float

    def read(self) -> dict:
        return self.buyer.read_order(self.order)


def buy(visit, planner: Visitor, *, board: str, slug: str, choose) -> Bought:
    """Buy as a guest while a planner looks at a board that shows what arrives."""
    buyer: Visitor = visit()
    buyer.tab.goto(f"/shop/{slug}/")
    choose(buyer)
    buyer.add_to_cart()
    order = buyer.check_out()
    planner.tab.goto(board)
    paid_at_s = buyer.pay()
    arrived = planner.tab.get_by_role("link", name=order.units).first
    expect(arrived).to_be_visible(timeout=WITHIN_S * 1000)
    return Bought(order, buyer, time.monotonic() - paid_at_s)


@pytest.fixture(scope="module")
def shirt(visit, planner: Visitor) -> Bought:
    def choose(buyer: Visitor) -> None:
        buyer.choose("colour", "BLACK")
        buyer.choose("size", "L")
        buyer.write("text", TEXT)

    board = "/floor/lines/FL-SHIRT/"
    return buy(visit, planner, board=board, slug="t-shirt", choose=choose)


@pytest.fixture(scope="module")
def cookies(visit, planner: Visitor) -> Bought:
    def choose(buyer: Visitor) -> None:
        buyer.choose("dough", "CHOCOLATE")
        buyer.set_quantity(2)

    board = "/floor/boards/MIX-1/"
    return buy(visit, planner, board=board, slug="cookies", choose=choose)


@pytest.fixture(scope="module")
def table(visit, planner: Visitor) -> Bought:
    """A bespoke table: asked for, quoted by staff, accepted and paid."""
    buyer: Visitor = visit()
    buyer.tab.goto("/shop/table/")
    buyer.choose("finish", "LACQUER")
    buyer.write("brief", "For six, please.")
    buyer.add_to_cart()
    order = buyer.check_out("Ask for the quotation")
    expect(buyer.tab.get_by_text("We are working out a price")).to_be_visible()
    quote(planner, buyer.read_order(order))
    buyer.tab.get_by_role("button", name="Accept €1,500.00").click()
    buyer.tab.wait_for_url(re.compile(r"/payment/\?token="))
    planner.tab.goto("/floor/boards/CNC-1/")
    paid_at_s = buyer.pay()
    arrived = planner.tab.get_by_role("link", name=order.units).first
    expect(arrived).to_be_visible(timeout=WITHIN_S * 1000)
    return Bought(order, buyer, time.monotonic() - paid_at_s)


def quote(planner: Visitor, order: dict) -> None:
    body = {
        "order_line": order["lines"][0]["id"],
        "total_minor": 150_000,
        "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }
    answer = planner.post("quotations/", body, key=f"quotation-{order['number']}")
    assert answer.status == 201, answer.text()


@pytest.fixture(scope="module")
def juice(visit, planner: Visitor) -> Bought:
    """Apple juice from stock: there is no work order, the stock is allocated."""
    buyer: Visitor = visit()
    buyer.tab.goto("/shop/juice-apple/")
    buyer.set_quantity(4)
    buyer.add_to_cart()
    order = buyer.check_out()
    planner.tab.goto("/floor/lines/JL-A/")
    n_free = count_free(planner)
    paid_at_s = buyer.pay()
    expect(planner.tab.get_by_role("main")).to_contain_text(
        f"{n_free - 4 * BOTTLES_A_CASE} free of", timeout=WITHIN_S * 1000
    )
    return Bought(order, buyer, time.monotonic() - paid_at_s)


def count_free(planner: Visitor) -> int:
    text = planner.tab.get_by_role("main").inner_text()
    return int(re.search(r"(\d+) free of", text)[1])  # type: ignore[index]


@pytest.fixture(scope="module")
def week(
    live_stack: LiveStack, shirt: Bought, cookies: Bought, table: Bought, juice: Bought
) -> dict:
    """Let the factory work from next Monday on."""
    live_stack.manage("shell", "--no-imports", "-c", SKIP_TO_MONDAY)
    report: dict = json.loads(
        live_stack.manage("simulate_shift", "--hours", "96", "--seed", "2")
    )
    return report


SKIP_TO_MONDAY = """
from datetime import timedelta
from django.utils import timezone
from configurator.services.clock import set_factory_clock
now = timezone.now()
monday = (now + timedelta(days=7 - now.weekday())).replace(hour=0, minute=30)
set_factory_clock(real_now=now, factory_at=monday)
"""


def sha256_of(order: dict) -> str:
    """Work the hash of a configuration out anew, from its definition alone."""
    configuration = order["lines"][0]["configuration"]
    parts = {name: configuration[name] for name in ("choices", "product", "release")}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_shirt_is_planned_on_its_line_with_its_text_as_written(
    shirt: Bought, planner: Visitor
):
    planner.tab.goto("/floor/lines/FL-SHIRT/")

    slot = planner.tab.locator(".slot").filter(has_text=shirt.order.units)

    assert slot.locator(".exact-text").text_content() == TEXT
    expect(slot.locator("[data-state=PLANNED]")).to_be_visible()
    expect(slot).to_contain_text(TO_THE_FLOOR)
    answer = shirt.read()
    assert answer["lines"][0]["method"] == "MASS_CUSTOMISATION"
    assert answer["lines"][0]["configuration"]["choices"]["text"] == TEXT
    assert answer["lines"][0]["stage"] == "PLANNED"
    shirt.buyer.tab.goto(shirt.order.path)
    expect(shirt.buyer.tab.locator(".exact-text").first).to_have_text(TEXT)
    expect(shirt.buyer.tab.locator(".unit")).to_contain_text("to the floor")


def test_a_shirts_paper_carries_text_hash_and_a_code_that_reads_back(
    shirt: Bought, planner: Visitor
):
    answer = shirt.read()
    number = answer["lines"][0]["units"][0]["work_order"]

    sheet = planner.context.request.get(f"/floor/work-orders/{number}/traveller.pdf")

    texts = list_texts(sheet.body())
    assert TEXT in texts
    assert sha256_of(answer) in texts
    assert sha256_of(answer) == answer["lines"][0]["configuration"]["sha256"]
    assert read_codes(sheet.body()) == [number]
    planner.tab.goto(f"/floor/work-orders/{number}/")
    expect(planner.tab.get_by_role("main")).to_contain_text(sha256_of(answer))


def test_cookies_are_planned_at_the_mixer_until_the_cut_off(
    cookies: Bought, planner: Visitor
):
    planner.tab.goto("/floor/boards/MIX-1/")

    card = planner.tab.locator(".work-card").filter(has_text=cookies.order.units)

    expect(card.locator("[data-state=PLANNED]")).to_be_visible()
    expect(card).to_contain_text(TO_THE_FLOOR)
    answer = cookies.read()
    assert answer["lines"][0]["method"] == "BATCH"
    assert len(answer["lines"][0]["units"]) == 1


def test_a_table_is_made_in_parallel_branches_that_join(
    table: Bought, planner: Visitor
):
    answer = table.read()
    number = answer["lines"][0]["units"][0]["work_order"]

    work_order = planner.context.request.get(f"/api/v1/work-orders/{number}/").json()

    assert answer["lines"][0]["method"] == "JOB"
    assert answer["total_minor"] == 150_000
    assert answer["payment_state"] == "PAID"
    steps = work_order["operations"]
    assert steps[0]["state"] == "READY"
    planner.tab.goto(f"/floor/work-orders/{number}/")
    after = planner.tab.locator("tbody tr td:nth-of-type(6)").all_inner_texts()
    assert len(after) == len(steps)
    assert len(set(after)) < len(after), "no two steps follow the same one"
    assert any("," in each for each in after), "no step waits for two"


def test_juice_is_allocated_from_stock(juice: Bought):
    answer = juice.read()

    line = answer["lines"][0]

    assert (line["method"], line["stage"], line["units"]) == ("FLOW", "ALLOCATED", [])
    juice.buyer.tab.goto(juice.order.path)
    expect(juice.buyer.tab.locator("[data-state=ALLOCATED]").first).to_be_visible()


@pytest.mark.parametrize("name", ["shirt", "cookies", "table", "juice"])
def test_a_simulated_week_makes_ships_and_delivers_it(
    week: dict, request: pytest.FixtureRequest, name
):
    bought: Bought = request.getfixturevalue(name)

    bought.buyer.tab.goto(bought.order.path)

    answer = bought.read()
    assert answer["lines"][0]["stage"] == "DELIVERED", answer
    assert answer["fulfilment_state"] == "DELIVERED"
    badges = bought.buyer.tab.locator("[id^=live-] [data-state=DELIVERED]")
    expect(badges.first).to_be_visible()
