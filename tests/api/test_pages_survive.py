"""Whatever stands in an address or a form, a page answers and never fails."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.api.call import Call
from tests.api.calls import PAGE_CALLS, find_call
from tests.api.routes import API, fill, walk
from tests.api.shop import Boss, count_rows

pytestmark = pytest.mark.django_db
LIBRARIES = ("admin/", "accounts/", "language/", API, "api/")
PAGES = sorted(
    {
        route
        for route, _pattern in walk()
        if not route.startswith(LIBRARIES) and not route.startswith("live/")
    }
)
ODD = [
    "",
    "-1",
    "0",
    "9" * 40,
    "1.5",
    "☃\ud7ff\uffff",
    "{}' OR 1=1",
    "x" * 3_000,
]
# Half of them at each field of each page; HYPOTHESIS_PROFILE=explore tries all.
TRIES_ALL = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
NAMES = (
    *("c.colour", "c.text", "c.nothing", "quantity", "line", "pick", "fix", "undo"),
    *("was", "shown_minor", "page", "seen", "token", "answer", "action", "slot"),
    *("operation", "operator", "good", "scrap", "reason", "badge", "nonce", "next"),
    *("name", "email", "country", "delivery", "needed_by", "expected_total_minor"),
    *("once", "outcome", "note"),
)
BROKEN_FORMS = [
    (b"--x\r\n" * 50, "multipart/form-data; boundary=x"),
    (b"nonsense", "multipart/form-data"),
    (b"\xff\xfe=1&quantity=%FF", "application/x-www-form-urlencoded"),
    (
        b"&".join(b"a%d=1" % n for n in range(6_000)),
        "application/x-www-form-urlencoded",
    ),
    (b'{"quantity": 1}', "application/json"),
]


def odd_fields(first: int) -> dict[str, str]:
    """Give each field another odd value than its neighbour has."""
    return {name: ODD[(first + n) % len(ODD)] for n, name in enumerate(NAMES)}


def address(boss: Boss, route: str) -> str:
    return fill(route, find_call("GET", route).args(boss.world))


@pytest.mark.parametrize("turn", range(len(ODD)) if TRIES_ALL else (0, 1, 4, 5))
def test_odd_values_in_an_address_or_a_form_break_no_page(boss, turn):
    # Every second time it is sent as a part of a page asks, else as a page does.
    headers = {"HX-Request": "true"} if turn % 2 else {}
    statuses = {
        (method, route): send(
            address(boss, route), odd_fields(turn + place), headers=headers
        ).status_code
        for place, route in enumerate(PAGES)
        for method, send in (("GET", boss.client.get), ("POST", boss.client.post))
    }

    assert {each for each, status in statuses.items() if status >= 500} == set()


@pytest.mark.parametrize("value", ["0", "9" * 25, "%E2%98%83", "a" * 2_000, "-", "x'y"])
def test_an_odd_part_of_an_address_is_not_found(boss, value):
    routes = [route for route in PAGES if "<" in route]
    paths = [fill(route, dict.fromkeys(ALL_PARTS, value)) for route in routes]

    statuses = {
        (path, method): getattr(boss.client, method)(path).status_code
        for path in paths
        for method in ("get", "post")
    }

    assert {each for each, status in statuses.items() if status >= 500} == set()
    assert 200 not in statuses.values()


ALL_PARTS = (
    *("slug", "number", "code", "sha256", "release_id", "name", "line_id"),
    *("quotation", "proof_id", "operation_id"),
)


@pytest.mark.parametrize(("content", "content_type"), BROKEN_FORMS)
def test_a_broken_form_breaks_no_page(boss, content, content_type):
    before = count_rows()
    forms = [name.partition(" ")[2] for name in PAGE_CALLS if name.startswith("POST")]

    statuses = {
        route: boss.client.generic(
            "POST", address(boss, route), content, content_type=content_type
        ).status_code
        for route in forms
        if not route.startswith(LIBRARIES)
    }

    assert {route for route, status in statuses.items() if status >= 500} == set()
    assert count_rows()["Order"] == before["Order"]


def test_a_file_where_none_is_asked_for_breaks_no_page(boss):
    def fields() -> dict[str, Any]:
        file = SimpleUploadedFile("../../etc/\u202epasswd.png", b"no picture")
        return {"c.colour": "NAVY", "c.text": file, "c.artwork": file, "reason": file}

    statuses = {
        route: boss.client.post(address(boss, route), fields()).status_code
        for route in PAGES
    }

    assert {route for route, status in statuses.items() if status >= 500} == set()


def test_a_page_of_an_order_is_kept_by_nobody_on_the_way(boss, client):
    call: Call = find_call("GET", "orders/<str:number>/")
    token = f"?token={boss.world.orders['open'].token}"
    path = fill("orders/<str:number>/", call.args(boss.world)) + token

    for each in (path, f"/{API}{path[1:]}"):
        assert "no-store" in client.get(each)["Cache-Control"]
