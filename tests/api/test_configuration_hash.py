"""A configuration has one hash wherever it is told, recomputed from its definition.

Nothing here that computes is the product's: sha256 of the UTF-8 JSON of choices,
product and release, with sorted keys, without blanks and without escapes; answers of
several options sorted, numbers whole, texts byte for byte, empty ones left out.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from configurator.models import Configuration
from orders.models import CartLine
from production.models import Calendar, Operator, Site, Skill, WorkCentre, WorkOrder
from production.services.release import release_confirmed_orders
from tests.api.calls import new_key
from tests.api.world import stop_the_clock
from tests.factories.access import make_user
from tests.factories.catalogue import make_release
from tests.factories.orders import ADDRESS, NOW
from tests.factories.production import make_places

pytestmark = pytest.mark.django_db
API = "/api/v1/"
TEXTS = ["Zoë", " Mia ", 'a"b\\c', "Ünal’s", "<b>&", ""]  # noqa: RUF001


def recompute(
    product: str, release: str, choices: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    told = {name: each for name, each in choices.items() if each not in ("", None)}
    for name, each in told.items():
        if isinstance(each, list):
            told[name] = sorted(each)
        elif isinstance(each, float):
            told[name] = int(each)
    document = {"choices": told, "product": product, "release": release}
    text = json.dumps(
        document, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest(), told


@pytest.fixture
def planner():
    make_places()
    site, calendar = Site.objects.get(), Calendar.objects.get()
    for code in ("WHEEL", "KILN"):
        WorkCentre.objects.create(
            code=code, mode="SERIAL", site=site, calendar=calendar
        )
    skill = Skill.objects.create(code="POTTER")
    Operator.objects.create(code="W1", name="Olga", badge="B-1").skills.add(skill)
    make_release()
    stop_the_clock(at=NOW)
    client = Client()
    client.force_login(make_user("boss", is_superuser=True))
    return client


def post(client: Client, path: str, body: Any) -> Any:
    response = client.post(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": new_key()},
    )
    assert response.status_code in (200, 201), response.content
    return response.json()


@pytest.mark.parametrize("text", TEXTS)
def test_a_configuration_has_the_same_hash_from_click_to_paper(planner, text):
    choices = {
        "text": text,
        "size": "S",
        "height_mm": 90.0,
        "extras": ["SPOON", "LID"],
        "colour": "BLUE",
    }
    expected, canonical = recompute("mug", "1", choices)
    buyer = Client()

    configured = post(buyer, f"{API}products/mug/configure/", {"choices": choices})
    cart = fill_cart(buyer, text)
    order, read = buy(buyer, choices)
    number = WorkOrder.objects.get().number
    made = planner.get(f"{API}work-orders/{number}/").json()
    paper = planner.get(f"{API}work-orders/{number}/traveller.pdf").content

    in_order = order["lines"][0]["configuration"]
    assert configured["configuration_sha256"] == expected
    assert in_order == {
        "sha256": expected,
        "product": "mug",
        "release": "1",
        "choices": canonical,
    }
    assert read["lines"][0]["configuration"] == in_order
    assert made["configuration"] == in_order
    assert expected.encode() in paper
    assert CartLine.objects.get().configuration.sha256 == expected
    assert f"/thumbnails/{expected}.png" in cart


def fill_cart(buyer, text):
    """Post the configurator's form and give the cart's page."""
    fields = {
        "c.text": text,
        "c.size": "S",
        "c.height_mm": "90",
        "c.extras": ["SPOON", "LID"],
        "c.colour": "BLUE",
    }
    buyer.post("/cart/add/mug/", fields)
    return buyer.get("/cart/").content.decode()


def buy(buyer, choices):
    """Order and pay over the API, release, and read the order again."""
    body = {
        "customer": {"name": "Test buyer", "email": "buyer@example.org"},
        "shipping_address": ADDRESS,
        "lines": [{"product": "mug", "choices": choices, "quantity": 2}],
    }
    order = post(buyer, f"{API}orders/", body)
    path, token = f"{API}orders/{order['number']}/", f"?token={order['token']}"
    payment = {"provider": "dummy", "outcome": "SUCCEEDED"}
    post(buyer, f"{path}payments/{token}", payment)
    release_confirmed_orders(now=NOW)
    return order, buyer.get(path + token).json()


def test_the_bytes_that_are_hashed_are_kept(planner):
    choices = {
        "colour": "RED",
        "size": "L",
        "extras": [],
        "text": "Zoë",
        "height_mm": 90,
    }
    order = {
        "customer": {"name": "Ada", "email": "ada@example.org"},
        "shipping_address": ADDRESS,
        "lines": [{"product": "mug", "choices": choices, "quantity": 1}],
    }

    post(Client(), f"{API}orders/", order)

    stored = Configuration.objects.get()
    assert stored.canonical == (
        '{"choices":{"colour":"RED","extras":[],"height_mm":90,"size":"L","text":"Zoë"},'
        '"product":"mug","release":"1"}'
    )
    assert stored.sha256 == hashlib.sha256(stored.canonical.encode()).hexdigest()
