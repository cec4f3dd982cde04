"""What the tests of calls share: the world, somebody who may do all, what is stored."""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import connection
from django.test import Client

from tests.api.call import Call
from tests.api.calls import API_CALLS
from tests.api.principals import sign_in
from tests.api.routes import fill
from tests.api.world import World
from tests.factories.access import make_user


class Boss:
    """Somebody who may do everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client(raise_request_exception=False)
        boss = make_user("boss", is_staff=True, is_superuser=True)
        self.client.cookies["sessionid"] = sign_in(boss)

    def send(self, method: str, route: str, body: Any = None, *, key: str = "") -> Any:
        """Make a route's call, with another body where one is given."""
        content = json.dumps(self.body_of(method, route) if body is None else body)
        return self.send_bytes(method, route, content.encode(), key=key)

    def send_bytes(
        self,
        method: str,
        route: str,
        content: bytes,
        *,
        key: str = "",
        content_type: str = "application/json",
    ) -> Any:
        call = API_CALLS.get(f"{method} {route}", Call())
        return self.client.generic(
            method,
            fill(route, call.args(self.world)),
            content,
            content_type=content_type,
            headers={"Idempotency-Key": key} if key else {},
        )

    def body_of(self, method: str, route: str) -> dict[str, Any]:
        call = API_CALLS.get(f"{method} {route}", Call())
        return dict(call.body_for(self.world))


def count_rows() -> dict[str, int]:
    """Count what is stored, sessions apart."""
    counts = (
        f"SELECT '{model.__name__}', COUNT(*) FROM {model._meta.db_table}"  # noqa: S608
        for model in apps.get_models()
        if model.__name__ != "Session"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts))
        return dict(cursor.fetchall())


def named_in(response: Any) -> set[str | None]:
    """Name the fields of which an answer complains."""
    return {each["attr"] for each in response.json()["errors"]}
