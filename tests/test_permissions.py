"""Who may call what: every route, every principal, one table.

``permissions.csv`` holds what each principal is answered by each route when it is
called so that whoever may call succeeds: a status, or ``login`` where a page sends the
visitor to sign in. A route or a method that is not in the table fails here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.test import client
from django.views import defaults

from production import live
from tests.api.call import Call, fixed, on_batch
from tests.api.calls import find_call
from tests.api.principals import PRINCIPALS, SUPERUSER, Callers
from tests.api.routes import API, list_methods, walk
from tests.api.world import SCOPES, build_world, stop_the_clock
from tests.factories.orders import NOW

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).parent / "permissions.csv"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Their views answer a method that they do not know as they answer GET or POST.
LIBRARIES = ("admin/", "accounts/", "language/")
SIGN_IN = re.compile(r"^/(accounts|admin)/login/")
PERSONAL = ("Ada Berg", "ada@example.org", "Mill Lane", "customer_a@example.org")
Row = dict[str, str]


def read_table() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = read_table()
ROWS_BY_CALL = {(row["method"], row["route"]): row for row in ROWS}
LISTED = set(ROWS_BY_CALL)
ROUTES = sorted({route for route, _pattern in walk()})
# Whoever makes a thing need not know who ordered it, nor where they live.
ON_THE_FLOOR = {"operator", "production:read"}


def name_of(row: Row) -> str:
    return f"{row['method']} /{row['route']}"


@pytest.fixture(scope="module")
def callers(django_db_setup, django_db_blocker) -> Iterator[Callers]:
    """Build the world once; it goes with the transaction at the end."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        patch.setattr(live, "sync_to_async", in_this_thread)
        patch.setattr(live, "connections", OneConnection())
        # Nobody looks at what a page was rendered with: it need not be copied.
        patch.setattr(client, "store_rendered_templates", lambda _store, **_words: None)
        # Nor at the page that tells who may not that they may not.
        patch.setattr(defaults, "permission_denied", refuse_in_short)
        world = build_world(now=NOW)
        stop_the_clock(at=NOW)
        yield Callers(world)
        transaction.set_rollback(True)


def in_this_thread(function, **_words):
    """Look a stream's caller up where the world is: inside this transaction."""
    return sync_to_async(function, thread_sensitive=True)


class OneConnection:
    def close_all(self) -> None:
        """Keep the connection that holds the world."""


def refuse_in_short(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return HttpResponseForbidden()


def answer_of(response: Any) -> str:
    """Say what came back, as the table says it."""
    if response.status_code == 302 and SIGN_IN.match(response["Location"]):
        return "login"
    return str(response.status_code)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_each_principal_gets_the_answer_in_the_table(callers, row):
    method, route = row["method"], row["route"]
    call = find_call(method, route)
    call = replace(call, args=fixed(**call.args(callers.world)))

    found, told = {}, []
    for principal in list_principals(row):
        response = callers.call(principal, method, route, call)
        found[principal] = answer_of(response)
        if method == "GET" and principal in ON_THE_FLOOR:
            told += list_personal(response)

    assert found == {principal: row[principal] for principal in found}
    assert told == []


def list_personal(response: Any) -> list[str]:
    """List what an answer says of a customer in person."""
    text = b"" if response.streaming else response.content
    return [word for word in PERSONAL if word.encode() in text]


def list_principals(row: Row) -> list[str]:
    """Name who makes a call; a page knows no keys, so that one stands for all there."""
    if row["route"].startswith(API):
        return [*PRINCIPALS]
    key = SCOPES[ROWS.index(row) % len(SCOPES)]
    return [each for each in PRINCIPALS if each == key or each not in SCOPES]


def test_to_a_page_all_keys_are_alike():
    pages = [row for row in ROWS if not row["route"].startswith(API)]

    assert [row for row in pages if len({row[scope] for scope in SCOPES}) > 1] == []


def test_every_route_is_listed_and_no_other():
    assert {route for _method, route in LISTED} == set(ROUTES)
    assert len(ROWS) == len(LISTED)


def test_every_method_of_the_api_is_listed():
    found = {
        (method, route)
        for route, pattern in walk()
        if route.startswith(API)
        for method in list_methods(pattern)
    }

    assert found == {each for each in LISTED if each[1].startswith(API)}


def test_a_method_that_is_not_listed_is_refused(callers):
    others = [
        (method, route)
        for route in ROUTES
        for method in (METHODS[:2] if route.startswith(LIBRARIES) else METHODS)
        if (method, route) not in LISTED
    ]

    answers = [
        callers.call(SUPERUSER, method, route, find_call(method, route))
        for method, route in others
    ]

    found = dict(zip(others, answers, strict=True))
    assert [each for each in found if found[each].status_code != 405] == []


@pytest.mark.parametrize("principal", ["planner", "order_desk"])
def test_staff_who_read_an_order_are_not_given_its_token(callers, principal):
    token = callers.world.orders["open"].token

    for route in ("orders/", "orders/<str:number>/"):
        for address in (route, API + route):
            call = find_call("GET", address)
            content = callers.call(principal, "GET", address, call).content
            assert token.encode() not in content


def on_unit(action: str, which: str) -> Call:
    return Call(
        lambda _world: {"code": "FL"},
        lambda world: {"action": action, "slot": world.slots[which].pk},
    )


ON_BATCH = "floor/batches/<str:number>/action/"
ON_LINE = "floor/lines/<str:code>/action/"
PLANNING = [
    (ON_BATCH, on_batch("FROZEN", action="unfreeze")),
    (ON_BATCH, on_batch("PROPOSED", action="dissolve")),
    (ON_LINE, on_unit("remove", "waiting")),
    (ON_LINE, on_unit("reinsert", "removed")),
]


@pytest.mark.parametrize(("route", "call"), PLANNING)
def test_a_page_lets_only_planners_change_the_plan(callers, route, call):
    operator = callers.call("operator", "POST", route, call)
    planner = callers.call("planner", "POST", route, call)

    assert (operator.status_code, planner.status_code) == (403, 302)


def test_a_session_without_the_token_of_its_form_changes_nothing(callers):
    routes = [
        route
        for (method, route), row in ROWS_BY_CALL.items()
        if method == "POST" and row["customer_a"] in ("200", "201", "302")
    ]
    handler = callers.client.handler

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler, "enforce_csrf_checks", True)
        statuses = {
            route: callers.call(
                "customer_a", "POST", route, find_call("POST", route)
            ).status_code
            for route in routes
        }

    assert statuses == dict.fromkeys(routes, 403)
