"""What a visitor ordered here last, for whoever goes back or has another tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from configurator.selectors.callers import PageRequest

PLACED_KEY = "placed"
# Afterwards the browser may be somebody else's.
SHOWN_FOR = timedelta(hours=1)


def note_placed(page: PageRequest, *, key: str, placed: Mapping[str, Any]) -> None:
    """Keep an order's number and address, and the key of the form that placed it."""
    at = page.real_now.timestamp()
    page.session[PLACED_KEY] = {"key": key, "at": at, **placed}


def find_placed(page: PageRequest) -> dict[str, Any]:
    """Give what was kept of the latest order; nothing where there is none."""
    return page.session.get(PLACED_KEY) or {}


def find_just_placed(page: PageRequest) -> dict[str, Any]:
    """Give the number and the address of an order that was placed a moment ago."""
    placed = find_placed(page)
    is_old = page.real_now.timestamp() - placed.get("at", 0) > SHOWN_FOR.total_seconds()
    return {} if is_old else placed
