"""Every page by the eyes of axe, light and dark; and what a page costs."""

import gzip
from urllib.parse import urlsplit

import pytest

from tests.support.axe import COLOURS, list_violations
from tests.support.paint import CLS, LCP_MS, read_paint
from tests.support.shop import Placed, Visitor
from tests.support.stack import LiveStack

pytestmark = pytest.mark.journey

# Between themes nothing differs but colours.
THEMES = {"light": None, "dark": COLOURS}
SHOP = ("/", "/shop/t-shirt/", "/shop/cookies/", "/shop/table/", "/shop/juice-apple/")
OTHERS = (
    *("/how-it-is-made/", "/accounts/login/", "/accounts/signup/", "/no-such-page/"),
    *("/shop/t-shirt/team/", "/shop/t-shirt/sizes/"),
)
TILL = ("/cart/", "/checkout/")
FLOOR = (
    "/floor/",
    "/floor/lines/",
    "/floor/flow/",
    "/floor/people/",
    "/floor/promises/",
    "/floor/planner/",
    "/floor/policies/",
    "/floor/stock/",
    "/floor/lots/JL-A-1/",
    "/floor/devices/",
    "/floor/boards/MIX-1/",
    "/floor/boards/BENCH/",
    "/floor/lines/FL-SHIRT/",
    "/floor/lines/JL-A/",
)
BUDGET_BYTES = 60 * 1024


@pytest.fixture(scope="module")
def order(visit) -> tuple[Visitor, Placed]:
    """A guest with an order that is not paid yet and another thing in the cart."""
    buyer: Visitor = visit()
    for slug in ("t-shirt", "muffins"):
        buyer.tab.goto(f"/shop/{slug}/")
        buyer.add_to_cart()
    placed = buyer.check_out()
    buyer.tab.goto("/shop/sneaker/")
    buyer.add_to_cart()
    return buyer, placed


def examine(visitor: Visitor, paths: tuple[str, ...]) -> list[str]:
    """Look at pages in both themes, without the motion between them."""
    found = []
    visitor.tab.emulate_media(reduced_motion="reduce")
    for path in paths:
        visitor.tab.goto(path)
        for theme, rules in THEMES.items():
            visitor.tab.evaluate(
                "(theme) => { document.documentElement.dataset.theme = theme; }", theme
            )
            broken = list_violations(visitor.tab, only=rules)
            found += [f"{path} {theme} {each}" for each in broken]
    return found


def test_axe_finds_nothing_in_the_shop(visit):
    assert examine(visit(), (*SHOP, *OTHERS)) == []


def test_axe_finds_nothing_where_choices_do_not_go_together(visit):
    visitor: Visitor = visit()

    found = examine(visitor, ("/shop/t-shirt/?c.fabric=SPORT&c.decoration=PRINT",))

    assert found == []


def test_axe_finds_nothing_between_cart_and_order(order: tuple[Visitor, Placed]):
    buyer, placed = order
    payment = placed.path.replace("/?", "/payment/?")

    assert examine(buyer, (*TILL, placed.path, payment)) == []


def test_axe_finds_nothing_on_a_customers_own_pages(visit):
    customer: Visitor = visit()
    customer.sign_in("customer")

    assert examine(customer, ("/orders/", "/accounts/logout/")) == []


def test_axe_finds_nothing_at_the_order_desk(planner: Visitor, order):
    _buyer, placed = order

    assert examine(planner, ("/desk/", f"/desk/{placed.number}/")) == []


def test_axe_finds_nothing_in_the_advice(planner: Visitor):
    path = "/floor/advice/?product=t-shirt&orders=5&comparison=four"

    planner.tab.goto(path)
    planner.tab.locator(".advice-verdict").wait_for(timeout=60_000)

    assert examine(planner, (path,)) == []


def test_axe_finds_nothing_on_the_floor(planner: Visitor):
    number = planner.newest("work-orders")

    assert examine(planner, (*FLOOR, f"/floor/work-orders/{number}/")) == []


def test_the_ways_between_boards_stand_apart_on_a_small_desktop(planner: Visitor):
    tab = planner.context.new_page()
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto("/floor/")
    nav = tab.locator(".floor-header .site-nav")
    hidden = nav.evaluate("each => each.scrollWidth - each.clientWidth")
    paddings = nav.locator("a").evaluate_all(
        "found => found.map((a) => parseFloat(getComputedStyle(a).paddingInlineStart))"
    )
    tab.close()

    assert (len(paddings), hidden) == (12, 0)
    assert min(paddings) >= 7


@pytest.mark.parametrize("path", ["/desk/", "/desk/standing/", "/floor/stock/"])
def test_what_staff_read_in_tables_fits_a_phone(planner: Visitor, path: str):
    tab = planner.context.new_page()
    tab.set_viewport_size({"width": 360, "height": 780})
    tab.goto(path)
    hidden = tab.locator(".table-wrap").evaluate_all(
        "found => found.map((each) => each.scrollWidth - each.clientWidth)"
    )
    small = tab.locator("tbody th a").evaluate_all(
        "found => found.filter((each) => each.getBoundingClientRect().height < 44)"
    )
    tab.close()

    assert hidden
    assert (max(hidden), len(small)) == (0, 0)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/shop/t-shirt/", "/how-it-is-made/", "/cart/"),
        "/floor/lines/FL-SHIRT/",
    ],
)
def test_a_page_keeps_within_its_budget(planner: Visitor, live_stack: LiveStack, path):
    sizes: dict[str, int] = {}
    tab = planner.context.new_page()
    tab.on("response", lambda answer: note_size(answer, sizes))

    tab.goto(path)
    painted = read_paint(tab)

    tab.close()
    assert sizes
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes
    assert painted["cls"] <= CLS
    assert painted["lcp"] <= LCP_MS


def note_size(answer, sizes: dict[str, int]) -> None:
    name = urlsplit(answer.url).path
    if name.endswith((".js", ".css")):
        sizes[name] = len(gzip.compress(answer.body(), 9))
