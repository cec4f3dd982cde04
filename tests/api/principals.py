"""Everybody who may call, each as a client of its own."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT

from configurator.models import User
from tests.api.call import Call
from tests.api.calls import new_key
from tests.api.routes import API, fill
from tests.api.world import PEOPLE, SCOPES, World
from tests.factories.access import make_user

TOKEN_HOLDER = "token_holder"  # noqa: S105 -- the name of a column
GUESTS = ("anonymous", TOKEN_HOLDER)
SUPERUSER = "superuser"
PRINCIPALS = (*GUESTS, *PEOPLE, *SCOPES, SUPERUSER)


class Callers:
    """Makes each call as if it were the first one ever: nothing of it stays."""

    def __init__(self, world: World, *, checks_csrf: bool = False) -> None:
        self.world = world
        self.client = Client(
            raise_request_exception=False, enforce_csrf_checks=checks_csrf
        )
        boss = make_user(SUPERUSER, is_staff=True, is_superuser=True)
        people = {**world.people, SUPERUSER: boss}
        self.sessions = {name: sign_in(user) for name, user in people.items()}

    def call(self, principal: str, method: str, route: str, call: Call) -> Any:
        with transaction.atomic():
            try:
                return self._send(principal, method, route, call)
            finally:
                transaction.set_rollback(True)
                if principal in GUESTS or route.startswith("accounts/"):
                    cache.clear()  # whoever calls often is sent away for a while

    def _send(self, principal: str, method: str, route: str, call: Call) -> Any:
        path = fill(route, call.args(self.world))
        if principal == TOKEN_HOLDER and call.order:
            path += f"?token={self.world.orders[call.order].token}"
        self.client.cookies = SimpleCookie()
        if principal in self.sessions:
            self.client.cookies["sessionid"] = self.sessions[principal]
        headers = {"Idempotency-Key": new_key()} if route.startswith(API) else {}
        if principal in self.world.keys:
            headers["Authorization"] = f"Api-Key {self.world.keys[principal]}"
        send = getattr(self.client, method.lower())
        if method == "GET":
            return send(path, headers=headers)
        body = call.body_for(self.world)
        is_json = route.startswith(API) and "file" not in body
        content_type = "application/json" if is_json else MULTIPART_CONTENT
        return send(path, body, content_type=content_type, headers=headers)


def sign_in(user: User) -> str:
    """Open a session; give the value of its cookie."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value
