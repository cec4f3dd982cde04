"""A shop with three products, and buyers who come with a browser."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from tests.factories.access import make_user
from tests.factories.orders import BENCH, JUICE, MUG, publish

WHITE = {"c.colour": "WHITE", "c.glaze": "MATT", "quantity": "1"}
ADDRESS = {
    "name": "Ada Berg",
    "email": "ada@example.org",
    "line1": "Mill Lane 4",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
    "delivery": "COLLECTION",
}


class Buyer(Client):
    """A browser without scripts: forms, redirects and pages."""

    def choose(self, product: str = "mug", **changes: Any):
        """Put a product into the cart as the configurator's form does."""
        fields = {} if product == "juice" else dict(WHITE)
        fields |= {f"c.{code}": value for code, value in changes.items()}
        quantity = fields.pop("c.quantity", "1")
        line = fields.pop("c.line", None)
        extra = {"line": line} if line else {}
        return self.post(
            f"/cart/add/{product}/", {**fields, "quantity": quantity, **extra}
        )

    def see(self, path: str) -> str:
        return self.get(path).content.decode()

    def line_ids(self) -> list[int]:
        """Name the cart's lines by the forms that change them."""
        found = re.findall(r'hx-post="/cart/lines/(\d+)/"', self.see("/cart/"))
        return [int(each) for each in found]

    def order(self, *, key: str = "", total: str | None = None, **changes: Any):
        """Send the checkout's form, with the total that its page shows."""
        shown = re.search(
            r'name="expected_total_minor" value="(\d*)"', self.see("/checkout/")
        )
        seen = total if total is not None else (shown[1] if shown else "")
        form = {**ADDRESS, "once": key or uuid.uuid4().hex, **changes}
        return self.post("/checkout/", {**form, "expected_total_minor": seen})

    def buy(self, **changes: Any) -> str:
        """Order and pay what is in the cart; give the order's address."""
        pay_url = self.order(**changes)["Location"]
        return self.post(pay_url, {"outcome": "SUCCEEDED"})["Location"]


@pytest.fixture
def shop(db) -> None:
    for document in (MUG, BENCH, JUICE):
        publish(document)


@pytest.fixture
def buyer(shop) -> Buyer:
    return Buyer()


@pytest.fixture
def anna(shop) -> Buyer:
    """A buyer who is signed in."""
    client = Buyer()
    client.force_login(make_user("anna"))
    return client
