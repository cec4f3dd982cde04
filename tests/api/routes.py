"""Every address that the product answers at, as its own resolver tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

API = "api/v1/"
PART = re.compile(r"<(?:\w+:)?(?P<name>\w+)>")
GROUP = re.compile(r"\(\?P<(?P<name>\w+)>[^)]*\)")


def walk(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Give each route with its whole pattern, in the order of the resolver."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route)
        else:
            yield route, entry


def list_routes() -> list[str]:
    return [route for route, _pattern in walk()]


def list_methods(pattern: URLPattern) -> list[str]:
    """List what an endpoint of the API answers to, apart from HEAD and OPTIONS."""
    view = getattr(pattern.callback, "view_class", None) or getattr(
        pattern.callback, "cls", None
    )
    names = ("get", "post", "put", "patch", "delete")
    return [name.upper() for name in names if hasattr(view, name)]


def fill(route: str, args: Mapping[str, Any]) -> str:
    """Write a route's address with its parts filled in."""

    def value(found: re.Match[str]) -> str:
        return str(args.get(found["name"], "1"))

    path = PART.sub(value, GROUP.sub(value, route))
    return "/" + path.replace("^", "").replace("$", "")
