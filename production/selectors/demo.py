"""The demo factory as files: what it consists of, and who may log in to it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from configurator.models import User

FOLDER = Path(__file__).resolve().parent.parent / "demo"
# One login for each kind of user is told when the product starts.
KINDS = {
    "customer": "customer",
    "trade": "trade customer",
    "staff": "order desk",
    "catalogue": "catalogue admin",
    "planner": "planner",
    "operator": "operator",
    "baker": "in the bakery",
    "joiner": "in the joinery",
    "admin": "all of it",
}


@cache
def read_factory() -> dict[str, Any]:
    """Read places, people and stock of the demo factory."""
    factory: dict[str, Any] = _read(FOLDER / "factory.json")
    return factory


def read_accounts() -> list[dict[str, Any]]:
    """Read the accounts of the demo, with their published passwords."""
    accounts: list[dict[str, Any]] = _read(FOLDER / "accounts.json")["accounts"]
    return accounts


def read_unwanted() -> list[str]:
    """Read words, English and German, that the demo puts on nothing."""
    words: list[str] = _read(FOLDER / "words.json")["unwanted"]
    return words


def read_products() -> list[dict[str, Any]]:
    """Read the products of the demo, whose drawings lie in files of their own."""
    found = []
    for path in sorted((FOLDER / "products").glob("*.json")):
        document = _read(path)
        drawing = FOLDER / "artwork" / str(document.get("artwork", ""))
        if drawing.is_file():
            document["artwork"] = drawing.read_text(encoding="utf-8")
        found.append(document)
    return found


def list_demo_usernames() -> list[str]:
    """Name the demo accounts that exist in this database."""
    published = {each["username"]: each["email"] for each in read_accounts()}
    rows = User.objects.filter(username__in=published, is_active=True)
    return sorted(
        user.username for user in rows if user.email == published[user.username]
    )


def demo_accounts() -> list[dict[str, str]]:
    """Give one login for each kind of user; none where the demo was not loaded."""
    there = set(list_demo_usernames())
    passwords = {each["username"]: each["password"] for each in read_accounts()}
    return [
        {"kind": kind, "username": name, "password": passwords[name]}
        for name, kind in KINDS.items()
        if name in there
    ]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
