"""Callers of the API: guests, customers, staff and keys."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Group
from rest_framework.test import APIClient

from tests.factories.access import make_api_key, make_user
from tests.factories.orders import ADDRESS, BENCH, MUG, ask_mug, publish

URL = "/api/v1/orders/"


class Caller(APIClient):
    """A client that sends a new idempotency key with each call, unless told one."""

    def once(self, url: str, body: Any = None, *, key: str = "", **options: Any):
        headers = {"Idempotency-Key": key or uuid.uuid4().hex, **options}
        return self.post(url, body or {}, format="json", headers=headers)


@pytest.fixture
def guest() -> Caller:
    return Caller()


@pytest.fixture
def customer(db) -> Caller:
    return sign_in("anna")


@pytest.fixture
def planner(db) -> Caller:
    return sign_in("paul", "planner")


def sign_in(name: str, *groups: str) -> Caller:
    user = make_user(name)
    for group in groups:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    caller = Caller()
    caller.force_login(user)
    return caller


def with_key(*scopes: str, name: str = "robot") -> Caller:
    _key, text = make_api_key(*scopes, user=make_user(name))
    caller = Caller()
    caller.credentials(HTTP_AUTHORIZATION=f"Api-Key {text}")
    return caller


@pytest.fixture
def mug(db) -> None:
    publish(MUG)


@pytest.fixture
def bench(db) -> None:
    publish(BENCH)


def body(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Write the body of an order, of a white mug where no line is given."""
    return {
        "customer": {"name": "Test buyer", "email": "ada@example.org"},
        "shipping_address": ADDRESS,
        "lines": list(lines) or [line()],
        **fields,
    }


def line(quantity: int = 1, **choices: Any) -> dict[str, Any]:
    asked = ask_mug(quantity, **choices)
    return {
        "product": "mug",
        "choices": dict(asked.choices),
        "quantity": asked.quantity,
    }


def bench_line() -> dict[str, Any]:
    choices = {"colour": "BLUE", "glaze": "GLOSS"}
    return {"product": "bench", "choices": choices, "quantity": 1}


def errors_of(response: Any) -> dict[str | None, str]:
    """Give the code of each error by the field that it names."""
    return {each["attr"]: each["code"] for each in response.json()["errors"]}
