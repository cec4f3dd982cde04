"""Placing orders over HTTP: shape, errors that name fields, once."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from orders.models import Order
from orders.ports import MethodDecision, ports
from tests.factories.orders import NOW
from tests.orders.api.conftest import (
    URL,
    bench_line,
    body,
    errors_of,
    line,
    with_key,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mug")]


def test_a_guest_places_an_order_and_is_told_all_about_it(guest):
    response = guest.once(URL, body(line(2, text="Zoë ")))

    answer = response.json()
    order = Order.objects.get()
    assert response.status_code == 201
    assert {
        name: answer[name] for name in answer if name not in ("lines", "placed_at")
    } == {
        "number": order.number,
        "token": order.token,
        "state": "PLACED",
        "payment_state": "OPEN",
        "production_state": "NOT_STARTED",
        "fulfilment_state": "OPEN",
        "currency": "EUR",
        "total_minor": 2400,
        "deposit_minor": None,
        "paid_minor": 0,
        "delivery": "CARRIER",
        "shipping": "TOGETHER",
        "shipments": [],
        "needed_by": None,
        "window_from": None,
        "window_to": None,
        "confirmed_at": None,
        "edit_until": None,
        "url": f"http://testserver/orders/{order.number}/?token={order.token}",
    }


def test_a_line_is_told_with_its_configuration_and_method(guest, monkeypatch):
    decision = MethodDecision("BATCH", ("Many of one kind.",))
    monkeypatch.setattr(ports, "method_choice", lambda **_: decision)

    (told,) = guest.once(URL, body(line(2, text="Zoë "))).json()["lines"]

    order = Order.objects.get()
    choices = {"colour": "WHITE", "glaze": "MATT", "text": "Zoë "}
    assert told == {
        "id": order.lines.get().pk,
        "product": "mug",
        "name": "Mug",
        "quantity": 2,
        "configuration": {
            "sha256": recomputed_sha256("mug", "1", choices),
            "product": "mug",
            "release": "1",
            "choices": choices,
        },
        "total_minor": 2400,
        "cancelled_quantity": 0,
        "open_total_minor": 2400,
        "replaces": None,
        "changed_from": None,
        "files": [],
        "method": "BATCH",
        "method_reasons": ["Many of one kind."],
        "quotation": None,
        "proofs": [],
        "promise": None,
        "edit_until": None,
        "stage": None,
        "units": [],
    }


def recomputed_sha256(product: str, release: str, choices: Any) -> str:
    """Recompute the hash from its definition; shares no code with the product."""
    document = {"choices": choices, "product": product, "release": release}
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_reading_an_order_gives_what_placing_it_gave(guest):
    placed = guest.once(URL, body(line(1, text=" \u2019quoted\u2019 \\ é"))).json()

    read = guest.get(f"{URL}{placed['number']}/?token={placed['token']}").json()

    placed.pop("placed_at")
    read.pop("placed_at")
    assert read == placed


def test_everything_that_is_wrong_is_named_at_once(guest):
    lines = [
        {**line(), "quantity": "many"},
        line(1, colour="PINK"),
        {**line(), "quantity": -3},
        {"product": "mug", "quantity": 1},
        line(1, text="☃"),
        {**line(), "choices": ["WHITE"]},
        {**line(), "product": "teapot"},
    ]
    wrong = body(*lines, customer={"name": "Ada", "email": "not an address"})

    response = guest.once(URL, wrong)

    assert response.status_code == 400
    assert response.json()["type"] == "validation_error"
    assert set(errors_of(response)) == {
        "customer.email",
        "lines.0.quantity",
        "lines.1.choices.colour",
        "lines.2.quantity",
        "lines.3.choices",
        "lines.4.choices.text",
        "lines.5.choices",
        "lines.6.product",
    }
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "wrong", [[], "order", 5, None, {"lines": "none"}, {"lines": [5, None, []]}]
)
def test_a_body_of_another_shape_is_refused(guest, wrong):
    response = guest.post(
        URL,
        json.dumps(wrong),
        content_type="application/json",
        headers={"Idempotency-Key": "k" * 16},
    )

    assert response.status_code == 400
    assert errors_of(response)


def test_an_order_of_too_many_lines_or_units_is_refused(guest):
    many = guest.once(URL, body(*[line()] * 1001))
    large = guest.once(URL, body(line(10_000), line(10_000), line(1)))

    assert errors_of(many) == {"lines": "limit"}
    assert errors_of(large) == {"lines": "limit"}


def test_changed_prices_answer_with_the_new_totals(guest):
    response = guest.once(URL, body(line(2), expected_total_minor=1))

    assert response.status_code == 409
    assert errors_of(response) == {"expected_total_minor": "PRICE_CHANGED"}
    assert response.json()["total_minor"] == 2400
    assert response.json()["lines"] == [{"total_minor": 2400}]
    assert not Order.objects.exists()


def test_the_same_key_and_body_place_one_order(guest):
    first = guest.once(URL, body(), key="same-key-for-both")
    again = guest.once(URL, body(), key="same-key-for-both")

    assert (again.status_code, again.json()) == (201, first.json())
    assert Order.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(guest):
    guest.once(URL, body(), key="same-key-for-both")

    other = guest.once(URL, body(line(2)), key="same-key-for-both")

    assert other.status_code == 409
    assert Order.objects.count() == 1


@pytest.mark.parametrize("key", ["", "too short", "x" * 129])
def test_a_missing_or_misshapen_key_is_refused(guest, key):
    response = guest.post(URL, body(), headers={"Idempotency-Key": key})

    assert response.status_code == 400
    assert set(errors_of(response)) == {"Idempotency-Key"}


def test_a_refused_order_may_be_corrected_under_its_key(guest):
    refused = guest.once(URL, body(line(0)), key="corrected-later-on")
    placed = guest.once(URL, body(line(1)), key="corrected-later-on")

    assert (refused.status_code, placed.status_code) == (400, 201)


def test_a_bespoke_line_has_no_total_until_it_is_quoted(guest, bench):
    answer = guest.once(URL, body(line(), bench_line())).json()

    assert answer["total_minor"] is None
    told = answer["lines"][1]
    assert told["total_minor"] is None
    assert told["quotation"]["state"] == "REQUESTED"


def test_a_day_that_has_passed_is_refused(guest):
    yesterday = (NOW - timedelta(days=300)).date()

    response = guest.once(URL, body(needed_by=yesterday))

    assert errors_of(response) == {"needed_by": "past"}


def test_guests_are_limited_and_an_importing_key_is_not(guest, settings):
    rates = {"DEFAULT_THROTTLE_RATES": {"guest": "2/min"}}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, **rates}
    caller = with_key("orders:import")

    guests = [guest.once(URL, body()).status_code for _ in range(3)]
    keys = [caller.once(URL, body()).status_code for _ in range(3)]

    assert guests == [201, 201, 429]
    assert keys == [201, 201, 201]
    assert Order.objects.filter(user__username="robot").count() == 3


def test_a_key_made_for_something_else_places_none():
    caller = with_key("catalogue:read", "production:write")

    assert caller.once(URL, body()).status_code == 403


def test_a_key_that_does_not_exist_is_refused(guest):
    guest.credentials(HTTP_AUTHORIZATION="Api-Key lo1_abcdefgh_" + "x" * 43)

    assert guest.once(URL, body()).status_code == 401


def test_keys_share_their_idempotency_with_nobody(guest):
    caller = with_key("orders:import")

    numbers = {
        each.once(URL, body(), key="same-key-for-both").json()["number"]
        for each in (guest, caller)
    }

    assert len(numbers) == 2


def test_a_time_is_written_alike_wherever_it_is_told(guest):
    placed = guest.once(URL, body(line(1))).json()

    token, number = placed["token"], placed["number"]
    read = guest.get(f"{URL}{number}/?token={token}").json()

    at = Order.objects.get().placed_at
    assert placed["placed_at"] == at.isoformat().replace("+00:00", "Z")
    assert read["placed_at"] == placed["placed_at"]
