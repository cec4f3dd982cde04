"""Compare the customers' ledger with the database, by SQL and nothing of the product.

``python -m tests.chaos.compare LEDGER DATABASE_URL`` prints one JSON object.
"""

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ONE_EACH = {"t-shirt", "sneaker", "car"}


def rows_of(url: str, statement: str) -> list[tuple[Any, ...]]:
    if url.startswith("sqlite"):
        path = unquote(urlsplit(url).path[1:])
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            return connection.execute(statement).fetchall()
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def read_ledger(path: Path) -> tuple[dict[str, list[Any]], set[str], int]:
    """Give what was placed, what was paid, and the latest order before them."""
    placed: dict[str, list[Any]] = {}
    paid: set[str] = set()
    baseline = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        match row["event"]:
            case "baseline":
                baseline = row["id"] or 0
            case "placed":
                placed[row["number"]] = row["units"]
            case "paid":
                paid.add(row["number"])
    return placed, paid, baseline


def expected(units: Iterable[tuple[str, int]]) -> list[int]:
    """Work orders that each line must have: one for each unit, else one."""
    return [quantity if slug in ONE_EACH else 1 for slug, quantity in units]


def compare(ledger: Path, url: str) -> dict[str, int]:
    """Count orders that are lost, doubled or torn, and grouped operations."""
    placed, paid, baseline = read_ledger(ledger)
    stored = dict(
        rows_of(url, f"SELECT number, state FROM orders_order WHERE id > {baseline:d}")  # noqa: S608 -- a number
    )
    made: dict[str, list[int]] = {}
    for number, n_work_orders in rows_of(
        url,
        "SELECT o.number, count(w.id) FROM orders_order o"
        " JOIN orders_orderline l ON l.order_id = o.id"
        " LEFT JOIN production_workorder w ON w.order_line_id = l.id"
        "  AND w.source_kind = 'ORDER_LINE'"
        " GROUP BY o.number, l.id, l.position ORDER BY l.position",
    ):
        made.setdefault(number, []).append(n_work_orders)
    lost = duplicated = torn = 0
    for number, units in placed.items():
        if number not in stored:
            lost += 1
            continue
        if number not in paid:
            continue
        wanted, got = expected(units), made.get(number, [])
        if sum(got) == 0:
            lost += 1
        elif any(have > want for have, want in zip(got, wanted, strict=True)):
            duplicated += 1
        elif got != wanted:
            torn += 1
    unknown = [n for n in stored if n not in placed and not n.startswith("POISON")]
    return {
        "orders": len(placed),
        "paid": len(paid),
        "lost": lost,
        "duplicated": duplicated + len(unknown) + doubled(url),
        "torn": torn + half_made(url),
        "in_two_batches": in_two_batches(url),
        "parked": parked(url),
    }


def doubled(url: str) -> int:
    """Count sources that have the same work order twice."""
    return len(
        rows_of(
            url,
            "SELECT source_kind, source_key, unit_index, revision"
            " FROM production_workorder"
            " GROUP BY source_kind, source_key, unit_index, revision"
            " HAVING count(*) > 1",
        )
    )


def half_made(url: str) -> int:
    """Count work orders with fewer operations than their like."""
    counts = rows_of(
        url,
        "SELECT w.configuration_id, w.routing, w.id, count(o.id)"
        " FROM production_workorder w"
        " LEFT JOIN production_operation o ON o.work_order_id = w.id"
        " WHERE w.source_kind = 'ORDER_LINE'"
        " GROUP BY w.configuration_id, w.routing, w.id",
    )
    most: Counter[tuple[int, str]] = Counter()
    for configuration, routing, _id, n in counts:
        most[configuration, routing] = max(most[configuration, routing], n)
    return sum(n == 0 or n < most[c, r] for c, r, _id, n in counts)


def in_two_batches(url: str) -> int:
    return len(
        rows_of(
            url,
            "SELECT operation_id FROM production_batchmember"
            " WHERE state = 'ACTIVE' GROUP BY operation_id HAVING count(*) > 1",
        )
    )


def parked(url: str) -> int:
    [[n]] = rows_of(
        url, "SELECT count(*) FROM orders_outboxmessage WHERE state = 'PARKED'"
    )
    return int(n)


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]), sys.argv[2])))  # noqa: T201
