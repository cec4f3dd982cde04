"""A personal text is the same to the byte from the cart to the paper at the machine."""

from __future__ import annotations

import hashlib
import html
import json
import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configurator.models import Configuration
from orders.models import Order
from production.documents.traveller import traveller_pdf
from production.models import WorkOrder
from production.selectors.work_orders import get_work_order
from production.services.release import release_confirmed_orders
from tests.api.calls import new_key
from tests.api.world import stop_the_clock
from tests.factories.access import make_user
from tests.factories.catalogue import make_release as make_mug
from tests.factories.catalogue import mug_document
from tests.factories.orders import NOW
from tests.factories.production import make_places
from tests.support.pdf import unescape

pytestmark = pytest.mark.django_db
API = "/api/v1/"
# Marks that combine, joiners, marks of direction, quotes, blanks, four-byte letters.
SIGNS = (
    "aZé \u0301\u0308\u200d\u200c\u200e\u200f\u2067\u00a0\"'<>&\\\u201c\u2019\u00b4"
    "\u05d0\u0628\u0915\u094d😀👩🏽𐍈𝔘"
)
TEXTS = st.text(alphabet=sorted(set(SIGNS)), min_size=1, max_size=12)


@pytest.fixture
def planner() -> Client:
    make_places()
    document = mug_document()
    for each in document["characteristics"]:
        if each["code"] == "text":
            each["alphabet"] = "".join(sorted(set(SIGNS)))
    document["routings"][0]["steps"] = [
        {**step, "work_centre": "FL", "skill": None}
        for step in document["routings"][0]["steps"]
    ]
    # No font has all of them; what cannot be drawn is kept all the same.
    make_mug(document, accepted=("font",))
    stop_the_clock(at=NOW)
    client = Client()
    client.force_login(make_user("boss", is_superuser=True))
    return client


def subject_of(pdf: bytes) -> str:
    """Read the text that a PDF's own data carry."""
    found = re.search(rb"/Subject \(((?:[^()\\]|\\.)*)\)", pdf, re.DOTALL)
    assert found is not None
    raw = unescape(found[1]).encode("latin-1")
    return raw.decode("utf-16" if raw[:2] == b"\xfe\xff" else "latin-1")


def order_texts(buyer: Client, texts: list[str]) -> Order:
    """Put a mug for each text into the cart, look at it, and order and pay."""
    for text in texts:
        fields = {"c.text": text, "c.size": "S", "c.height_mm": "90", "quantity": "1"}
        answer = buyer.post("/cart/add/mug/", {**fields, "c.colour": "BLUE"})
        assert answer.status_code == 302, answer.content.decode()
    assert texts_of(buyer.get("/cart/").content.decode()) == texts
    checkout = buyer.get("/checkout/").content.decode()
    shown = re.search(r'name="expected_total_minor" value="(\d+)"', checkout)
    assert shown is not None
    form = {
        "name": "Ada",
        "email": "ada@example.org",
        "country": "DE",
        "line1": "Mill Lane 4",
        "postcode": "10115",
        "city": "Berlin",
        "delivery": "COLLECTION",
        "once": new_key(),
        "expected_total_minor": shown[1],
    }
    placed = buyer.post("/checkout/", form)
    assert placed.status_code == 302, placed.content.decode()
    buyer.post(placed["Location"], {"outcome": "SUCCEEDED"})
    release_confirmed_orders(now=NOW)
    return Order.objects.latest("pk")


def texts_of(page: str) -> list[str]:
    found = re.findall(r'class="exact-text">(.*?)</span>', page, re.DOTALL)
    return [html.unescape(each) for each in found]


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4))
def test_a_text_is_the_same_to_the_byte_from_cart_to_paper(planner, texts):
    buyer = Client()

    order = order_texts(buyer, texts)

    page = buyer.get(f"/orders/{order.number}/?token={order.token}").content.decode()
    told = buyer.get(f"{API}orders/{order.number}/?token={order.token}").json()
    stored = [line.configuration for line in order.lines.order_by("position")]
    assert texts_of(page) == texts
    assert [each["configuration"]["choices"]["text"] for each in told["lines"]] == texts
    assert [each.choices["text"] for each in stored] == texts
    for text, configuration in zip(texts, stored, strict=True):
        check_paper(planner, text, configuration, order)


def check_paper(
    planner: Client, text: str, configuration: Configuration, order: Order
) -> None:
    """Read the text off the work order, its answer and its traveller."""
    made = WorkOrder.objects.filter(
        configuration=configuration, order_line__order=order
    ).first()
    assert made is not None
    answer = planner.get(f"{API}work-orders/{made.number}/").json()
    pdf = traveller_pdf(get_work_order(number=made.number))
    subject = subject_of(pdf)
    assert answer["configuration"]["choices"]["text"].encode() == text.encode()
    assert json.loads(subject)["choices"]["text"].encode() == text.encode()
    assert hashlib.sha256(subject.encode()).hexdigest() == configuration.sha256
