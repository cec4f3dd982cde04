"""What cannot be right is refused, names its field, and stores nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orders.models import Order
from tests.api.calls import NEW_ORDER, SHIRT_LINE, new_key
from tests.api.routes import API, list_methods, walk
from tests.api.shop import count_rows, named_in

pytestmark = pytest.mark.django_db
ORDERS = f"{API}orders/"
CONFIGURE = f"{API}products/<slug:slug>/configure/"
TAKING_JSON = [
    (method, route)
    for route, pattern in walk()
    if route.startswith(API) and not route.endswith("uploads/")
    for method in list_methods(pattern)
    if method in ("POST", "PATCH")
]
DEEP = b'{"a":' * 33 + b"1" + b"}" * 33
BROKEN = {
    "cut off": b'{"choices": {',
    "no JSON": b"choices=RED",
    "not UTF-8": b'{"note": "\xff\xfe"}',
    "5,000 nested brackets": b"[" * 5000,
    "5,000 closed brackets": b"[" * 5000 + b"]" * 5000,
    "33 deep": DEEP,
    "no number": b'{"quantity": NaN}',
    "an endless number": b'{"quantity": 1e999}',
    "a number of 5,000 digits": b'{"quantity": ' + b"9" * 5000 + b"}",
    "U+0000": rb'{"note": "a\u0000b"}',
    "a lone surrogate": rb'{"note": "a\ud800b"}',
    "a control character": rb'{"note": "a\u0007b"}',
    "a control character in a name": rb'{"a\u0007b": 1}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_body_is_refused_by_every_call(boss, content):
    before = count_rows()

    answers = {
        (method, route): boss.send_bytes(method, route, content, key=new_key())
        for method, route in TAKING_JSON
    }

    wrong = {each: got.status_code for each, got in answers.items()}
    assert {each for each in wrong if wrong[each] != 400} == set()
    assert {got.json()["type"] for got in answers.values()} <= {
        "client_error",
        "validation_error",
    }
    assert count_rows() == before


@pytest.mark.parametrize("name", ["U+0000", "a lone surrogate", "a control character"])
def test_a_forbidden_character_is_named_with_its_field(boss, name):
    response = boss.send_bytes("POST", CONFIGURE, BROKEN[name])

    (error,) = response.json()["errors"]
    assert (error["attr"], error["detail"][:17]) == ("note", "Character 2 is U+")


def test_a_body_of_another_type_is_refused_by_every_call(boss):
    before = count_rows()

    statuses = {
        (method, route): boss.send_bytes(
            method, route, b"<a/>", key=new_key(), content_type="text/xml"
        ).status_code
        for method, route in TAKING_JSON
    }

    assert statuses == dict.fromkeys(TAKING_JSON, 415)
    assert count_rows() == before


def test_a_body_above_256_kb_is_refused_by_every_call(boss):
    before = count_rows()
    content = b'{"note": "' + b"x" * 256 * 1024 + b'"}'

    statuses = {
        (method, route): boss.send_bytes(
            method, route, content, key=new_key()
        ).status_code
        for method, route in TAKING_JSON
    }

    assert statuses == dict.fromkeys(TAKING_JSON, 413)
    assert count_rows() == before


class Stream:
    """A body that counts what is read of it, and has no end."""

    def __init__(self) -> None:
        self.n_read = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "everything at once"
        self.n_read += size
        return b"x" * size

    readline = read


@pytest.mark.parametrize(
    ("path", "content_type", "n_bytes", "n_read"),
    [
        ("uploads/", "multipart/form-data; boundary=x", 50 * 2**20, 50 * 2**20),
        ("products/shirt/configure/", "application/json", 900 * 2**20, 64 * 2**20),
        ("products/shirt/configure/", "application/json", 20 * 2**20, 20 * 2**20),
        ("designs/", "application/x-www-form-urlencoded", 2**20, 2**20),
    ],
)
def test_a_huge_body_is_refused_and_read_no_further_than_its_sender_needs(
    boss, path, content_type, n_bytes, n_read
):
    before, stream = count_rows(), Stream()

    response = boss.client.generic(
        "POST",
        f"/{API}{path}",
        headers={"Idempotency-Key": new_key()},
        **{
            "wsgi.input": stream,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(n_bytes),
        },
    )

    assert (response.status_code, stream.n_read) == (413, n_read)
    assert response.json()["type"] == "client_error"
    assert count_rows() == before


def order(*lines: Any, **changes: Any) -> dict[str, Any]:
    return {**NEW_ORDER, "lines": list(lines or [SHIRT_LINE]), **changes}


def line(quantity: Any = 1, **choices: Any) -> dict[str, Any]:
    answers = {"colour": "NAVY", **choices}
    return {"product": "shirt", "choices": answers, "quantity": quantity}


ADDRESS = NEW_ORDER["shipping_address"]
CUSTOMER = {"name": "Ada Berg", "email": "ada@example.org"}
COUNTRY = "shipping_address.country"
ORDERED_BADLY = [
    (order(line(colour="PINK")), {"lines.0.choices.colour"}),
    (order(line(), line(cut="SLIM")), {"lines.1.choices.cut"}),
    (order({**line(), "choices": {"text": "Mia"}}), {"lines.0.choices.colour"}),
    (order({**line(), "product": "kilt"}), {"lines.0.product"}),
    (order({**line(), "release": "9"}), {"lines.0.release"}),
    (order(line(text="☃")), {"lines.0.choices.text"}),
    (order(line(text="x" * 21)), {"lines.0.choices.text"}),
    (order(line(text=5)), {"lines.0.choices.text"}),
    (order(line(colour=["NAVY"])), {"lines.0.choices.colour"}),
    (order(line(0)), {"lines.0.quantity"}),
    (order(line(-1)), {"lines.0.quantity"}),
    (order(line(1_001)), {"lines.0.quantity"}),
    (order(line(10**30)), {"lines.0.quantity"}),
    (order(line(1.5)), {"lines.0.quantity"}),
    (order(line("3")), {"lines.0.quantity"}),
    (order(line(True)), {"lines.0.quantity"}),
    (order(line(None)), {"lines.0.quantity"}),
    (order({"product": "shirt", "quantity": 1}), {"lines.0.choices"}),
    (order(*[line()] * 1_001), {"lines"}),
    (order(*[line(1_000)] * 20, line()), {"lines"}),
    (order(lines=[]), {"lines"}),
    (order(lines={}), {"lines"}),
    (order(customer={**CUSTOMER, "email": "nobody"}), {"customer.email"}),
    (order(customer={"email": "ada@example.org"}), {"customer.name"}),
    (order(customer={**CUSTOMER, "name": "x" * 201}), {"customer.name"}),
    (order(shipping_address={**ADDRESS, "city": ""}), {"shipping_address.city"}),
    (order(shipping_address={**ADDRESS, "country": "de"}), {COUNTRY}),
    (order(shipping_address={**ADDRESS, "country": "Narnia"}), {COUNTRY}),
    (order(delivery="DRONE"), {"delivery"}),
    (order(needed_by="soon"), {"needed_by"}),
    (order(expected_total_minor=-1), {"expected_total_minor"}),
    (order(expected_total_minor=10**30), {"expected_total_minor"}),
]


@pytest.mark.postgres
@pytest.mark.parametrize(("body", "fields"), ORDERED_BADLY)
def test_an_order_that_cannot_be_names_its_fields(boss, body, fields):
    before = count_rows()

    response = boss.send("POST", ORDERS, body, key=new_key())

    assert (response.status_code, named_in(response)) == (400, fields)
    assert count_rows() == before


def test_a_character_that_the_font_lacks_is_told_with_its_place(boss):
    response = boss.send("POST", ORDERS, order(line(text="Zoë ☃")), key=new_key())

    (error,) = response.json()["errors"]
    assert ("☃" in error["detail"], "5" in error["detail"]) == (True, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"choices": {"colour": "PINK"}}, "choices.colour"),
        ({"choices": {"cut": "SLIM"}}, "choices.cut"),
        ({"choices": {"text": "☃"}}, "choices.text"),
        ({"choices": {"text": ["x"]}}, "choices.text"),
        ({"choices": {"colour": {"NAVY": 1}}}, "choices.colour"),
        ({"choices": {"colour": None, "text": 1.5}}, "choices.text"),
        ({"choices": []}, "choices"),
        ({"choices": {}, "quantity": 0}, "quantity"),
        ({"choices": {}, "quantity": -5}, "quantity"),
        ({"choices": {}, "quantity": 10_001}, "quantity"),
        ({"choices": {}, "quantity": "many"}, "quantity"),
    ],
)
@pytest.mark.parametrize("call", ["configure", "complete"])
def test_choices_that_cannot_be_name_their_field(boss, call, body, field):
    response = boss.send("POST", CONFIGURE.replace("configure", call), body)

    assert (response.status_code, named_in(response)) == (400, {field})


@pytest.mark.parametrize("product", ["kilt", "x" * 300, "🧥", "..%2F.."])
def test_a_product_that_is_not_there_is_not_found(boss, product):
    for path in ("", "configure/", "complete/"):
        send = boss.client.post if path else boss.client.get
        response = send(
            f"/{API}products/{product}/{path}", {}, content_type="application/json"
        )
        assert response.status_code == 404


@pytest.mark.parametrize("token", ["wrong", "é☃", "x" * 5_000, "' OR 1=1 --"])
def test_a_wrong_token_opens_nothing(client, world, token):
    number = world.orders["open"].number
    path = f"/{API}orders/{number}/"
    key = {"Idempotency-Key": new_key()}

    answers = [
        client.get(path, {"token": token}),
        client.post(f"{path}cancel/", query_params={"token": token}, headers=key),
        client.post(f"{path}payments/", query_params={"token": token}, headers=key),
        client.get(f"/orders/{number}/", {"token": token}),
        client.post(f"/orders/{number}/cancel/", query_params={"token": token}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert Order.objects.get(number=number).state == "PLACED"


LISTS = [
    *("products", "orders", "work-orders", "batches", "work-centres", "lines", "stock"),
]
BAD_QUERIES = [
    ("cursor=nonsense", "cursor"),
    ("cursor=W10", "cursor"),
    ("cursor=WyJ4IiwxLDBd", "cursor"),
    ("cursor=%F0%9F%A7%A5", "cursor"),
    ("cursor=" + "W" * 4_000, "cursor"),
    ("page_size=0", "page_size"),
    ("page_size=-1", "page_size"),
    ("page_size=ten", "page_size"),
    ("page_size=%D9%A3", "page_size"),
]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(("query", "field"), BAD_QUERIES)
def test_a_list_names_the_parameter_that_is_wrong(boss, name, query, field):
    response = boss.client.get(f"/{API}{name}/?{query}")

    assert (response.status_code, named_in(response)) == (400, {field})


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("orders/?state=NOPE", "state"),
        ("work-orders/?state=NOPE", "state"),
        ("work-orders/?method=NOPE", "method"),
        ("batches/?state=NOPE", "state"),
        ("work-centres/SCREEN-1/dispatch-list/?limit=0", "limit"),
        ("work-centres/SCREEN-1/dispatch-list/?limit=201", "limit"),
        ("lines/FL/queue/?limit=many", "limit"),
    ],
)
def test_a_filter_that_is_wrong_is_named(boss, path, field):
    response = boss.client.get(f"/{API}{path}")

    assert (response.status_code, named_in(response)) == (400, {field})


HUGE = 10**25
NUL = "%00"


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"operations/{HUGE}/start/", 404),
        ("DELETE", f"work-orders/W-1-1-1/operations/{HUGE}/", 404),
        ("POST", f"lines/FL/queue/{HUGE}/remove/", 404),
        ("POST", f"orders/F-000001/lines/{HUGE}/cancel/", 404),
        ("POST", f"proofs/{HUGE}/approve/", 404),
        ("DELETE", f"batches/B-00001/members/{HUGE}/", 404),
        ("GET", f"orders/{'9' * 4000}/", 404),
        ("GET", f"work-orders/{NUL}/", 400),
        ("GET", f"stock/?x={NUL}", 400),
        ("GET", "designs/☃/", 404),
    ],
)
def test_an_address_that_names_nothing_is_refused(boss, method, path, status):
    before = count_rows()

    response = boss.client.generic(
        method,
        f"/{API}{path}",
        b"{}",
        content_type="application/json",
        headers={"Idempotency-Key": new_key()},
    )

    assert response.status_code == status
    assert response.json()["type"] != "server_error"
    assert count_rows() == before


@pytest.mark.parametrize(
    "credential",
    [
        "Api-Key",
        "Api-Key lo1_nothing",
        "Api-Key lo1_abcdefgh_" + "x" * 43,
        "Api-Key é",
        "Api-Key a b c",
        "Api-Key " + "x" * 8_000,
    ],
)
@pytest.mark.parametrize("path", ["products/", "orders/", "stock/"])
def test_a_credential_that_is_none_is_refused(client, world, credential, path):
    response = client.get(f"/{API}{path}", headers={"Authorization": credential})

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Api-Key")


REPORTED_BADLY = [
    ({"good": -1}, "good"),
    ({"good": 10**12}, "good"),
    ({"scrap": "some"}, "scrap"),
    ({"reason": "x" * 201}, "reason"),
    ({"device": "x" * 81}, "device"),
    ({"nonce": "x" * 81}, "nonce"),
    ({"nonce": ""}, "nonce"),
    ({"operator": "nobody"}, "operator"),
    ({"good": 1.5}, "good"),
    ({"good": True}, "good"),
    ({"good": "1"}, "good"),
    ({"reason": 5}, "reason"),
]


@pytest.mark.parametrize(("report", "field"), REPORTED_BADLY)
@pytest.mark.parametrize(
    "route",
    ["operations/<int:operation_id>/finish/", "batches/<str:number>/finish/"],
)
def test_a_report_that_cannot_be_names_its_field(boss, route, report, field):
    before = count_rows()

    response = boss.send("POST", API + route, {"nonce": "n-1", **report})

    assert (response.status_code, named_in(response)) == (400, {field})
    assert count_rows() == before


@pytest.mark.parametrize(
    "route", ["lines/<str:code>/launch/", "batches/<str:number>/finish/"]
)
def test_a_field_that_a_report_does_not_have_is_refused_by_its_name(boss, route):
    before = count_rows()
    body = {"nonce": "n-1", "n_units": 3, "operators": "A", "good": "1"}
    response = boss.send("POST", API + route, body)

    found = (response.status_code, named_in(response), count_rows())
    assert found == (400, {"n_units", "operators", "good"}, before)


def test_the_answer_to_a_broken_body_is_small(boss):
    response = boss.send_bytes("POST", CONFIGURE, json.dumps("x" * 200_000).encode())

    assert (response.status_code, len(response.content) < 2_000) == (400, True)
