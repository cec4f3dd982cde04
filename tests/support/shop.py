"""A person with a browser: what they do in the shop, at the till and on the floor."""

import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.support.stack import LiveStack

PAGE_SIZE = {"width": 1280, "height": 900}
PATIENCE_MS = 12_000
PICTURES = os.environ.get("SCREENSHOTS", "")
USERS = ("customer", "trade", "planner", "operator", "catalogue")
PASSWORDS = {name: f"demo-{name}" for name in USERS}
BUYER = {
    "name": "Ada Lund",
    "email": "ada@example.org",
    "line1": "Mühlgasse 4",
    "postcode": "10115",
    "city": "Berlin",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as its buyer knows it: by the address of its page."""

    number: str
    token: str

    @property
    def path(self) -> str:
        return f"/orders/{self.number}/?token={self.token}"

    @property
    def units(self) -> str:
        """Give what the numbers of its work orders begin with."""
        return f"W-{self.number.removeprefix('F-')}-"


class Visitor:
    """One browser of its own: cookies, session and theme are nobody else's.

    ``problems`` gathers what no look at the page would show: scripts that threw,
    refusals by the content policy, answers that were errors of the server.
    """

    def __init__(self, browser: Browser, stack: LiveStack, **options) -> None:
        self.stack = stack
        self.context = browser.new_context(
            base_url=stack.url,
            **{"viewport": PAGE_SIZE, "locale": "en-GB", **options},
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.problems: list[str] = []
        self.tab: Page = self.context.new_page()
        self.context.on(
            "weberror", lambda error: self.problems.append(str(error.error))
        )
        self.context.on("console", self._hear)
        self.context.on("response", self._see)
        self.context.on("request", self._ask)

    def _hear(self, line) -> None:
        # An answer that refuses (400, 409) is told by the browser as an error too.
        if line.type in {"error", "warning"} and "status of 4" not in line.text:
            self.problems.append(f"{line.type}: {line.text}")

    def _see(self, response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} {response.url}")

    def _ask(self, request) -> None:
        """Nothing is to be fetched from anybody else's host."""
        own = (self.stack.url, self.stack.live_url, "data:", "blob:")
        if not request.url.startswith(own):
            self.problems.append(f"asked elsewhere: {request.url}")

    def close(self) -> None:
        self.context.close()

    def sign_in(self, name: str) -> None:
        self.tab.goto("/accounts/login/")
        self.tab.locator("[name=login]").fill(name)
        self.tab.locator("[name=password]").fill(PASSWORDS[name])
        self.tab.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(self.tab.get_by_role("link", name="Sign out")).to_be_visible()

    def option(self, code: str, option: str):
        return self.tab.locator(f'input[name="c.{code}"][value="{option}"]')

    def choose(self, code: str, option: str) -> None:
        """Pick an option and wait for what the server says to it."""
        with self.answered():
            self.option(code, option).check()

    def write(self, code: str, text: str) -> None:
        with self.answered():
            self.tab.locator(f'input[name="c.{code}"]').fill(text)

    def set_quantity(self, quantity: int) -> None:
        with self.answered():
            field = self.tab.locator("#id_quantity")
            field.fill(str(quantity))
            field.press("Tab")

    def answered(self):
        """Wait until htmx has put the answer to what is done inside into the page."""
        return _Answered(self.tab)

    def see(self, text: str, *, within_s: float) -> None:
        """Wait for a text to come into the open page, looking at every frame."""
        self.tab.wait_for_function(
            "text => document.querySelector('main').innerText.includes(text)",
            arg=text,
            timeout=within_s * 1000,
        )

    def keep_picture(self, name: str) -> None:
        """Keep the open page as a picture, where a folder is named for them."""
        if PICTURES:
            self.tab.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)

    def add_to_cart(self) -> None:
        self.tab.get_by_role("button", name="Add to cart").click()
        self.tab.wait_for_url("**/cart/")

    def check_out(self, button: str = "Order for") -> Placed:
        """Order what is in the cart as a guest; give the order."""
        self.tab.goto("/checkout/")
        for field, value in BUYER.items():
            self.tab.locator(f'[name="{field}"]').fill(value)
        self.tab.get_by_role("button", name=button).click()
        self.tab.wait_for_url(re.compile(r"/orders/F-\d+/"))
        return self.placed()

    def placed(self) -> Placed:
        address = urlsplit(self.tab.url)
        return Placed(address.path.split("/")[2], parse_qs(address.query)["token"][0])

    def pay(self) -> float:
        """Pay on the page that is open; give when, on this machine's clock."""
        self.tab.get_by_role("button", name="Pay €").click()
        at_s = time.monotonic()
        self.tab.wait_for_url(re.compile(r"/orders/F-\d+/\?token="))
        return at_s

    def read_order(self, order: Placed) -> dict[str, Any]:
        """Ask the API how the order stands."""
        answer = self.context.request.get(f"/api/v1{order.path}")
        assert answer.status == 200, answer.text()
        body: dict[str, Any] = answer.json()
        return body

    def newest(self, kind: str) -> str:
        """Give the number of the first of a list that the API gives."""
        answer = self.context.request.get(f"/api/v1/{kind}/?page_size=1")
        number: str = answer.json()["results"][0]["number"]
        return number

    def post(self, path: str, body: dict[str, Any], key: str):
        """Call the API as the page would, in this person's session."""
        cookies = {each["name"]: each["value"] for each in self.context.cookies()}
        return self.context.request.post(
            f"/api/v1/{path}",
            data=body,
            headers={
                "Idempotency-Key": key,
                "X-CSRFToken": cookies["csrftoken"],
                "Referer": f"{self.stack.url}/",
            },
        )


def order_table(buyer: Visitor, planner: Visitor) -> Placed:
    """Ask for a bespoke table, have it quoted and accept; its payment page is open."""
    buyer.tab.goto("/shop/table/")
    buyer.choose("finish", "LACQUER")
    buyer.write("brief", "For six, please.")
    buyer.add_to_cart()
    order = buyer.check_out("Ask for the quotation")
    expect(buyer.tab.get_by_text("We are working out a price")).to_be_visible()
    quote(planner, buyer.read_order(order))
    buyer.tab.get_by_role("button", name="Accept €1,500.00").click()
    buyer.tab.wait_for_url(re.compile(r"/payment/\?token="))
    return order


def quote(planner: Visitor, order: dict[str, Any]) -> None:
    body = {
        "order_line": order["lines"][0]["id"],
        "total_minor": 150_000,
        "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }
    answer = planner.post("quotations/", body, key=f"quotation-{order['number']}")
    assert answer.status == 201, answer.text()


class _Answered:
    """Until the next answer stands in the page."""

    COUNT = """() => {
      window.settled = 0;
      if (window.isCounting) return;
      addEventListener("htmx:afterSettle", () => window.settled++);
      window.isCounting = true;
    }"""

    IS_ANSWERED = """() =>
      window.settled > 0 && !document.querySelector(".htmx-request")"""

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def __enter__(self) -> None:
        self.tab.evaluate(self.COUNT)

    def __exit__(self, kind, error, traceback) -> None:
        if kind is None:
            self.tab.wait_for_function(self.IS_ANSWERED)
