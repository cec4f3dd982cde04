"""Whatever changes something is done once, under the caller's key or a nonce."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calls import NEW_ORDER
from tests.api.routes import API, list_methods, walk
from tests.api.shop import count_rows, named_in

pytestmark = pytest.mark.django_db
KEY = "a-key-of-more-than-16-characters"
# These change nothing.
ASKING = ("configure/", "complete/")
# A picture and its key are tested beside their own calls.
FILES = ("uploads/",)
CHANGING = [
    (method, route)
    for route, pattern in walk()
    if route.startswith(API) and not route.endswith((*ASKING, *FILES))
    for method in list_methods(pattern)
    if method == "POST" or (method in ("PATCH", "DELETE") and "designs" not in route)
]
SCAN = f"{API}scans/"
# A scan has a nonce and nothing else.
WITH_KEY = [(method, route) for method, route in CHANGING if route != SCAN]
ON_THE_FLOOR = ("work-orders/", "operations/", "batches/", "lines/", "stock/")
WITH_NONCE = [
    (method, route)
    for method, route in CHANGING
    if route.removeprefix(API).startswith(ON_THE_FLOOR) and method != "DELETE"
]


def test_what_changes_something_needs_a_key(boss):
    before = count_rows()
    answers = {}
    for method, route in CHANGING:
        if method != "POST":
            continue
        body = boss.body_of(method, route)
        body.pop("nonce", None)
        answers[method, route] = boss.send(method, route, body)

    assert {each.status_code for each in answers.values()} == {400}
    named = set().union(*map(named_in, answers.values()))
    assert named == {"Idempotency-Key", "nonce"}
    assert count_rows() == before


@pytest.mark.parametrize(
    ("method", "route"), [each for each in CHANGING if each[0] != "POST"]
)
def test_a_change_or_a_removal_needs_no_key(boss, method, route):
    assert boss.send(method, route).status_code in (200, 204)


@pytest.mark.parametrize(
    "key", ["x" * 15, "x" * 129, "a key with blanks in it", "é" * 16]
)
def test_a_key_of_the_wrong_form_is_refused(boss, key):
    before = count_rows()

    answers = [boss.send(method, route, key=key) for method, route in WITH_KEY]

    assert {each.status_code for each in answers} == {400}
    assert set().union(*map(named_in, answers)) == {"Idempotency-Key"}
    assert count_rows() == before


def told_by(response: Any) -> Any:
    """Read an answer; a database may give the names of its fields in another order."""
    return response.json() if response.content else None


@pytest.mark.parametrize(("method", "route"), CHANGING)
def test_the_same_call_has_its_effect_once(boss, method, route):
    first = boss.send(method, route, key=KEY)
    after_first = count_rows()

    again = boss.send(method, route, key=KEY)

    assert (first.status_code // 100, again.status_code) == (2, first.status_code)
    assert told_by(again) == told_by(first)
    assert count_rows() == after_first


@pytest.mark.parametrize(("method", "route"), WITH_KEY)
def test_a_key_stands_for_one_call_alone(boss, method, route):
    body = boss.body_of(method, route)
    boss.send(method, route, key=KEY)
    after_first = count_rows()

    other = boss.send(method, route, {**body, "reason": "another"}, key=KEY)

    assert other.status_code == 409
    assert named_in(other) == {"Idempotency-Key"}
    assert count_rows() == after_first


def test_a_key_is_not_used_up_by_a_call_that_failed(boss):
    wrong = {**NEW_ORDER, "lines": []}

    refused = boss.send("POST", f"{API}orders/", wrong, key=KEY)
    placed = boss.send("POST", f"{API}orders/", key=KEY)

    assert (refused.status_code, placed.status_code) == (400, 201)


@pytest.mark.parametrize(("method", "route"), WITH_NONCE)
def test_a_report_with_a_nonce_is_booked_once(boss, method, route):
    body = {**boss.body_of(method, route), "nonce": "n-1"}
    first = boss.send(method, route, body)
    after_first = count_rows()

    again = boss.send(method, route, body)

    assert (first.status_code // 100, again.status_code) == (2, first.status_code)
    assert count_rows() == after_first


def test_a_scan_sent_twice_is_one_event(boss):
    first, after_first = boss.send("POST", SCAN), count_rows()

    again = boss.send("POST", SCAN)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert count_rows() == after_first


@pytest.mark.parametrize(
    "other", [{"action": "finish"}, {"code": "20"}, {"reason": "another"}]
)
def test_a_nonce_stands_for_one_scan_alone(boss, other):
    scan = boss.body_of("POST", SCAN)
    boss.send("POST", SCAN)
    after_first = count_rows()
    if "code" in other:
        other = {"code": scan["code"].replace("/10", "/20")}

    response = boss.send("POST", SCAN, {**scan, **other})

    assert response.status_code == 409
    assert count_rows() == after_first


STEP = f"{API}work-orders/<str:number>/operations/<int:operation_id>/"


def test_a_step_is_changed_and_given_to_somebody_in_one_call(boss):
    body = {"nonce": "n-1", "run_s": 77, "assign_to": "W1"}

    first, again = boss.send("PATCH", STEP, body), boss.send("PATCH", STEP, body)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert (first.json()["run_s"], first.json()["operator"]) == (77, "W1")


def test_a_nonce_stands_for_one_change_alone(boss):
    boss.send("PATCH", STEP, {"nonce": "n-1", "run_s": 77})

    other = boss.send("PATCH", STEP, {"nonce": "n-1", "run_s": 78})

    assert other.status_code == 409


def test_a_nonce_stands_for_one_stock_move_alone(boss):
    route = f"{API}stock/<str:item>/moves/"
    move = {"nonce": "n-1", "kind": "RECEIPT", "quantity": 5}
    boss.send("POST", route, move)

    other = boss.send("POST", route, {**move, "quantity": 6})

    assert other.status_code == 409
