"""From a customer's pick to finished units, by each of the four methods.

All orders are placed and paid first; then some simulated days make them.
"""

import hashlib
import json
import re
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.axe import list_violations
from tests.support.pdf import list_texts, read_codes
from tests.support.shop import Placed, Visitor, order_table
from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey

WITHIN_S, MOSTLY_WITHIN_S = 5, 1
TEXT = "Ada  & Bo's <3"
TO_THE_FLOOR = re.compile(r"comes to the floor \w{3} \d+ \w{3}, \d\d:\d\d")
BOTTLES_A_CASE = 6


@dataclass(frozen=True, slots=True)
class Bought:
    """An order, the person who placed it, and how soon the floor knew."""

    order: Placed
    buyer: Visitor
    seen_after_s: float

    def read(self) -> dict[str, Any]:
        return self.buyer.read_order(self.order)


def buy(visit, planner: Visitor, *, board: str, slug: str, choose) -> Bought:
    """Buy as a guest while a planner looks at a board that shows what arrives."""
    buyer: Visitor = visit()
    buyer.tab.goto(f"/shop/{slug}/")
    choose(buyer)
    buyer.add_to_cart()
    order = buyer.check_out()
    planner.tab.goto(board)
    return pay(buyer, planner, order, what=slug, text=order.units)


def pay(
    buyer: Visitor, planner: Visitor, order: Placed, *, what: str, text: str
) -> Bought:
    """Pay, and measure how soon the board that is open says so."""
    paid_at_s = buyer.pay()
    planner.see(text, within_s=WITHIN_S)
    bought = Bought(order, buyer, time.monotonic() - paid_at_s)
    planner.keep_picture(f"{what}-board")
    buyer.keep_picture(f"{what}-order")
    return bought


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
        buyer.choose("box", "B24")
        buyer.set_quantity(2)

    board = "/floor/boards/MIX-1/"
    return buy(visit, planner, board=board, slug="cookies", choose=choose)


@pytest.fixture(scope="module")
def table(visit, planner: Visitor) -> Bought:
    """A bespoke table: asked for, quoted by staff, accepted and paid in two parts."""
    buyer: Visitor = visit()
    order = order_table(buyer, planner)
    planner.tab.goto("/floor/boards/CNC-1/")
    bought = pay(buyer, planner, order, what="table", text=order.units)
    assert bought.read()["payment_state"] == "PART_PAID"
    buyer.tab.goto(f"/orders/{order.number}/payment/?token={order.token}")
    buyer.pay()
    return bought


@pytest.fixture(scope="module")
def juice(visit, planner: Visitor) -> Bought:
    """Apple juice from stock: there is no work order, the stock is allocated."""
    buyer: Visitor = visit()
    buyer.tab.goto("/shop/juice-apple/")
    buyer.set_quantity(4)
    buyer.add_to_cart()
    planner.tab.goto("/floor/lines/JL-A/")
    n_free = count_free(planner)
    order = buyer.check_out()
    text = f"{n_free - 4 * BOTTLES_A_CASE} free of"
    return pay(buyer, planner, order, what="juice", text=text)


def count_free(planner: Visitor) -> int:
    text = planner.tab.get_by_role("main").inner_text()
    return int(re.search(r"(\d+) free of", text)[1])  # type: ignore[index]


@pytest.fixture(scope="module")
def too_much(visit) -> Bought:
    """More grape juice than there is, by the pallet: so for a trade customer."""
    buyer: Visitor = visit()
    buyer.sign_in("trade")
    for _ in range(2):
        buyer.tab.goto("/shop/juice-grape/")
        buyer.set_quantity(1200)
        buyer.add_to_cart()
    order = buyer.check_out()
    buyer.pay()
    return Bought(order, buyer, 0)


@pytest.fixture(scope="module")
def days(
    live_stack: LiveStack,
    shirt: Bought,
    cookies: Bought,
    table: Bought,
    juice: Bought,
    too_much: Bought,
) -> None:
    """Let the factory work from Monday to Friday, and wait; nights are skipped."""
    live_stack.manage("shell", "--no-imports", "-c", DAYS)


# Hours (UTC) after a Monday's midnight, and how long is worked from then on. The last,
# a week later, lets all parcels arrive.
DAYS = """
from datetime import timedelta
from django.core.management import call_command
from django.utils import timezone
from configurator.services.clock import set_factory_clock
day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
monday = day + timedelta(days=7 - day.weekday())
while (monday.month, monday.day) > (12, 15) or (monday.month, monday.day) < (1, 3):
    monday += timedelta(days=7)
for begin, hours in ((0.5, 15), (29.5, 10), (53.5, 9), (78, 3), (101.5, 11), (206, 1)):
    at = monday + timedelta(hours=begin)
    set_factory_clock(real_now=timezone.now(), factory_at=at)
    call_command("simulate_shift", "--calm", "--hours", str(hours), "--step", "60")
"""


def sha256_of(order: dict[str, Any]) -> str:
    """Work the hash of a configuration out anew, from its definition alone."""
    configuration = order["lines"][0]["configuration"]
    parts = {name: configuration[name] for name in ("choices", "product", "release")}
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def planned(planner: Visitor, order: Placed):
    """Find an order's work among what a board says is planned."""
    section = planner.tab.get_by_role("region", name=re.compile("^Planned"))
    return section.get_by_role("listitem").filter(has_text=order.units)


def test_a_shirt_is_planned_on_its_line_with_its_text_as_written(
    shirt: Bought, planner: Visitor
):
    planner.tab.goto("/floor/lines/FL-SHIRT/")

    row = planned(planner, shirt.order)

    assert row.locator(".exact-text").text_content() == TEXT
    expect(row).to_contain_text(TO_THE_FLOOR)
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

    expect(planned(planner, cookies.order)).to_contain_text(TO_THE_FLOOR)
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
    rows = planner.tab.get_by_role("row")
    expect(rows).to_have_count(1 + len(steps))
    expect(rows.filter(has_text=re.compile(r"joins \d+, \d+"))).to_have_count(1)
    expect(rows.filter(has_text="branches").first).to_be_visible()


def test_juice_is_allocated_from_stock(juice: Bought):
    answer = juice.read()

    line = answer["lines"][0]

    assert (line["method"], line["stage"], line["units"]) == ("FLOW", "ALLOCATED", [])
    juice.buyer.tab.goto(juice.order.path)
    expect(juice.buyer.tab.locator("[data-state=ALLOCATED]").first).to_be_visible()


def test_what_stock_cannot_serve_is_a_backorder(too_much: Bought):
    lines = too_much.read()["lines"]

    assert [line["stage"] for line in lines] == ["ALLOCATED", "BACKORDERED"]
    too_much.buyer.tab.goto(too_much.order.path)
    badge = too_much.buyer.tab.locator("[data-state=BACKORDERED]").first
    expect(badge).to_be_visible()


def test_what_is_paid_is_mostly_on_its_board_within_a_second(
    shirt: Bought, cookies: Bought, table: Bought, juice: Bought
):
    seen_after_s = [each.seen_after_s for each in (shirt, cookies, table, juice)]

    assert median(seen_after_s) <= MOSTLY_WITHIN_S, seen_after_s


@pytest.mark.parametrize("name", ["shirt", "cookies", "table", "juice"])
def test_simulated_days_make_ship_and_deliver_it(
    days: None, request: pytest.FixtureRequest, name
):
    bought: Bought = request.getfixturevalue(name)

    bought.buyer.tab.goto(bought.order.path)

    answer = bought.read()
    assert answer["lines"][0]["stage"] == "DELIVERED", answer
    assert answer["fulfilment_state"] == "DELIVERED"
    badges = bought.buyer.tab.locator("[id^=live-] [data-state=DELIVERED]")
    expect(badges.first).to_be_visible()


def test_axe_finds_nothing_wrong_with_a_batch_that_was_made(
    days: None, planner: Visitor
):
    planner.tab.goto(f"/floor/batches/{planner.newest('batches')}/")

    assert list_violations(planner.tab) == []


def test_a_run_serves_the_backorder(days: None, too_much: Bought):
    stages = [line["stage"] for line in too_much.read()["lines"]]

    assert "BACKORDERED" not in stages
