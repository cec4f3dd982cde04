"""Every page by what a reader would stumble over, on a stack of its own.

Each is opened as whoever may see it, on a desktop, a phone and a small phone, in light
and dark: violations of axe's rules, what the console says, refusals by the content
policy, pages wider than the screen, focus behind bars, and late or jumping paint.
``python -m tests.bench.pages desk floor`` opens only pages with such a name. The last
line is JSON; 1 where anything was found.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from tests.bench.measuring import keep, say
from tests.bench.pages_judged import Place, at, judge_page
from tests.support.browser import FLAGS, find_chromium
from tests.support.shop import Placed, Visitor, order_table
from tests.support.stack import LiveStack

GUEST = (
    *("/", "/how-it-is-made/", "/accounts/login/", "/accounts/signup/"),
    *("/accounts/password/reset/", "/accounts/password/reset/done/"),
    *("/accounts/confirm-email/", "/accounts/inactive/"),
    *("/shop/t-shirt/?c.fabric=SPORT&c.decoration=PRINT", "/cart/"),
)
SIZED = ("t-shirt", "sneaker", "suit")
TEAMS = ("t-shirt", "cookies", "sneaker")
WRONG_LIST = "Size\tName on the back\tQuantity\nHuge\tMia\t1\nM\tLeo\tmany\nM\tJo\t2\n"
CUSTOMER = (
    *("/account/", "/designs/", "/orders/", "/privacy/", "/accounts/email/"),
    *("/accounts/password/change/", "/accounts/2fa/", "/accounts/reauthenticate/"),
    *("/accounts/logout/", "/shop/t-shirt/"),
)
TRADE = ("/shop/t-shirt/", "/shop/cookies/")
OPERATOR = ("/floor/", "/floor/station/", "/floor/scan/", "/floor/boards/BENCH/")
DESK = ("/desk/", "/desk/customer/", "/desk/standing/")
FLOOR = (
    *("/floor/", "/floor/lines/", "/floor/flow/", "/floor/people/", "/floor/stock/"),
    *("/floor/promises/", "/floor/planner/", "/floor/policies/", "/floor/devices/"),
    *("/floor/quality/", "/floor/scan/", "/floor/station/", "/floor/advice/"),
)
# Lists of the API, where their pages are, and what names a row.
LISTED = (
    ("work-centres", "/floor/boards/{}/", "code"),
    ("lines", "/floor/lines/{}/", "code"),
    ("lots", "/floor/lots/{}/", "code"),
    ("batches", "/floor/batches/{}/", "number"),
    ("work-orders", "/floor/work-orders/{}/", "number"),
)
MOST_LISTED = 14
ADVICE = "/floor/advice/?product=t-shirt&orders=5&comparison=four"


class Works:
    """The product as it runs, and everybody who looks at it."""

    def __init__(self, browser: Browser, stack: LiveStack) -> None:
        self.browser, self.stack = browser, stack

    def visit(self, name: str = "") -> Visitor:
        visitor = Visitor(self.browser, self.stack)
        if name:
            visitor.sign_in(name)
        return visitor

    def guest(self) -> tuple[Visitor, Iterator[Place]]:
        """Look at all that is for sale, and at what goes wrong."""
        visitor = self.visit()
        return visitor, self._guest_places(visitor)

    def _guest_places(self, visitor: Visitor) -> Iterator[Place]:
        products = visitor.context.request.get("/api/v1/products/?page_size=100")
        yield from (at(path) for path in GUEST)
        for each in products.json()["results"]:
            yield at(f"/shop/{each['slug']}/")
        for slug in SIZED:
            yield at(f"/shop/{slug}/sizes/?units=metric")
            yield at(f"/shop/{slug}/sizes/?units=imperial")
        yield from (at(f"/shop/{slug}/team/") for slug in TEAMS)
        yield Place("/shop/t-shirt/team/ with mistakes", send_wrong_list)
        yield at("/no-such-page/", status=404)

    def buyer(self) -> tuple[Visitor, Iterator[Place]]:
        """Go from the cart to orders in several states, and change one."""
        visitor = self.visit()
        return visitor, self._buyer_places(visitor)

    def _buyer_places(self, buyer: Visitor) -> Iterator[Place]:
        unpaid = self._order(buyer, "t-shirt", "muffins", "juice-apple")
        payment = unpaid.path.replace("/?", "/payment/?")
        yield at(unpaid.path, name="order, unpaid")
        yield at(payment, name="payment")
        paid = self._order(buyer, "t-shirt")
        buyer.pay()
        yield at(paid.path, name="order, paid")
        yield at(paid.path.replace("/?", "/privacy/?"), name="order, privacy")
        yield from self._change(buyer, paid)
        with closing(self.visit("planner")) as planner:
            quoted = order_table(buyer, planner)
        yield at(quoted.path, name="order, quoted and accepted")
        cancelled = self._order(buyer, "cookies")
        buyer.tab.goto(cancelled.path)
        buyer.tab.locator("#cancel > summary").click()
        buyer.tab.locator("#cancel button[type=submit]").click()
        yield at(cancelled.path, name="order, cancelled")
        for slug in ("sneaker", "t-shirt"):
            buyer.tab.goto(f"/shop/{slug}/")
            buyer.add_to_cart()
        yield at("/cart/", name="cart, filled")
        yield at("/checkout/")

    def _order(self, buyer: Visitor, *slugs: str) -> Placed:
        for slug in slugs:
            buyer.tab.goto(f"/shop/{slug}/")
            buyer.add_to_cart()
        return buyer.check_out()

    def _change(self, buyer: Visitor, order: Placed) -> Iterator[Place]:
        """Find the configurator of a line that is free, and what saving asks."""
        buyer.tab.goto(order.path)
        link = buyer.tab.locator('a[href*="/change/"]').first
        if link.count():
            yield at(str(link.get_attribute("href")), name="change configurator")
            yield Place("change, asked", lambda _tab: save_change(buyer, order), 409)

    def customer(self) -> tuple[Visitor, Iterator[Place]]:
        """Look at an account's own pages, and at one that is refused."""
        refused = at("/floor/planner/", name="refused", status=403)
        return self.visit("customer"), iter([*map(at, CUSTOMER), refused])

    def trade(self) -> tuple[Visitor, Iterator[Place]]:
        return self.visit("trade"), map(at, TRADE)

    def operator(self) -> tuple[Visitor, Iterator[Place]]:
        return self.visit("operator"), map(at, OPERATOR)

    def planner(self) -> tuple[Visitor, Iterator[Place]]:
        """Look at the desk and everywhere on the floor."""
        visitor = self.visit("planner")
        return visitor, self._planner_places(visitor)

    def _planner_places(self, planner: Visitor) -> Iterator[Place]:
        yield from map(at, DESK)
        for number in planner_orders(planner.tab):
            yield at(number)
        yield from map(at, FLOOR)
        for kind, path, key in LISTED:
            answer = planner.context.request.get(f"/api/v1/{kind}/?page_size=50")
            body = answer.json()
            rows = body["results"] if isinstance(body, dict) else body
            for row in rows[:MOST_LISTED]:
                yield at(path.format(row[key]))
        yield Place("/floor/advice/ answered", ask_advice)


def send_wrong_list(tab: Page) -> None:
    tab.goto("/shop/t-shirt/team/")
    tab.locator("#id_list").fill(WRONG_LIST)
    with tab.expect_response(lambda each: "/team/" in each.url):
        tab.locator('button[value="check"]').first.click()
    tab.locator("[aria-invalid=true]").first.wait_for()


def save_change(buyer: Visitor, order: Placed) -> Response:
    """Save a line at another price than was shown: it is asked for first."""
    tab = buyer.tab
    tab.goto(order.path)
    tab.goto(str(tab.locator('a[href*="/change/"]').first.get_attribute("href")))
    buyer.choose("size", "L")
    tab.locator('[name="shown_minor"]').evaluate("(each) => { each.value = '1'; }")
    with tab.expect_navigation() as answer:
        tab.get_by_role("button", name="Save the change").click()
    return answer.value


def planner_orders(tab: Page) -> list[str]:
    """List the orders that the desk's first page leads to, one of each state."""
    tab.goto("/desk/")
    links = tab.locator('a[href^="/desk/F-"]')
    found = [str(each.get_attribute("href")) for each in links.all()]
    return list(dict.fromkeys(found))[:6]


def ask_advice(tab: Page) -> None:
    tab.goto(ADVICE)
    tab.locator(".advice-verdict").wait_for(timeout=60_000)


def look(works: Works, names: Sequence[str]) -> tuple[list[str], int]:
    """Open everything as everybody; give what is wrong, and how many pages it were."""
    found: list[str] = []
    n_pages = 0
    everybody: tuple[Callable[[], tuple[Visitor, Iterator[Place]]], ...] = (
        *(works.guest, works.buyer, works.customer, works.trade),
        *(works.operator, works.planner),
    )
    for person in everybody:
        visitor, places = person()
        for place in places:
            if names and not any(each in place.name for each in names):
                continue
            n_pages += 1
            wrong = list(dict.fromkeys(judge_page(visitor, place)))
            for each in wrong:
                say(each)
            found += wrong
        visitor.close()
    return found, n_pages


def main(names: Sequence[str]) -> int:
    """Look at every page, or those with such a name; 1 where anything is wrong."""
    began_s = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="lotone-pages-") as folder,
        LiveStack(Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=find_chromium() or None, args=list(FLAGS)
        )
        found, n_pages = look(Works(browser, stack), names)
        browser.close()
    took_s = round(time.monotonic() - began_s)
    answer = {"pages": n_pages, "seconds": took_s, "found": found}
    say(f"Findings: {keep('pages', answer)}")
    say(json.dumps(answer))
    return 1 if found or not n_pages else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
