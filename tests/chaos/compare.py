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
    """Say what each line must have: a work order for each unit, else one of them.

    What is sold from stock has one allocation in its place.
    """
    return [quantity if slug in ONE_EACH else 1 for slug, quantity in units]


def map_made(url: str) -> dict[str, list[int]]:
    """Count what each line of each order has, in the lines' order."""
    made: dict[str, list[int]] = {}
    for number, n_made in rows_of(
        url,
        "SELECT o.number, count(w.id) + (SELECT count(*)"
        "  FROM production_stockallocation a WHERE a.order_line_id = l.id"
        "  AND a.state IN ('ALLOCATED', 'BACKORDERED', 'TAKEN'))"
        " FROM orders_order o"
        " JOIN orders_orderline l ON l.order_id = o.id"
        " LEFT JOIN production_workorder w ON w.order_line_id = l.id"
        "  AND w.source_kind = 'ORDER_LINE'"
        " GROUP BY o.number, l.id, l.position ORDER BY l.position",
    ):
        made.setdefault(number, []).append(n_made)
    return made


def compare(ledger: Path, url: str) -> dict[str, int]:
    """Count orders that are lost, doubled or torn, and operations grouped twice."""
    placed, paid, baseline = read_ledger(ledger)
    stored = dict(
        rows_of(url, f"SELECT number, state FROM orders_order WHERE id > {baseline:d}")  # noqa: S608 -- a number
    )
    made = map_made(url)
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
    unknown = stored.keys() - placed.keys()
    promised_twice, kept_for_nobody = stock_off(url)
    queued_twice, queued_nowhere = queues_off(url)
    return {
        "orders": len(placed),
        "paid": len(paid),
        "lost": lost,
        "duplicated": sum(
            (duplicated, len(unknown), doubled(url), promised_twice, queued_twice)
        ),
        "torn": sum(
            (torn, half_made(url), half_grouped(url), kept_for_nobody, queued_nowhere)
        ),
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


def half_grouped(url: str) -> int:
    """Count operations that are said to be in a batch without being in one."""
    return len(
        rows_of(
            url,
            "SELECT o.id FROM production_operation o"
            " LEFT JOIN production_batchmember m"
            "  ON m.operation_id = o.id AND m.state = 'ACTIVE'"
            " WHERE (o.state = 'IN_BATCH' AND m.id IS NULL)"
            " OR (o.state IN ('WAITING', 'READY') AND m.id IS NOT NULL)",
        )
    )


def stock_off(url: str) -> tuple[int, int]:
    """Count stock items of which more is promised than set aside, and the reverse."""
    levels = rows_of(
        url,
        "SELECT i.allocated, coalesce(sum(a.quantity), 0) FROM production_stockitem i"
        " LEFT JOIN production_stockallocation a"
        "  ON a.item_id = i.id AND a.state IN ('HELD', 'ALLOCATED')"
        " GROUP BY i.id, i.allocated",
    )
    return (
        sum(promised > set_aside for set_aside, promised in levels),
        sum(promised < set_aside for set_aside, promised in levels),
    )


def queues_off(url: str) -> tuple[int, int]:
    """Count units that a line's queue in force names twice, and those it leaves out."""
    queues = rows_of(
        url,
        "SELECT p.sequence FROM production_lineplan p"
        " JOIN production_line l ON l.id = p.line_id AND l.plan_version = p.version",
    )
    named = Counter(
        slot
        for (queue,) in queues
        for slot in (json.loads(queue) if isinstance(queue, str) else queue)
    )
    waiting = rows_of(
        url,
        "SELECT id FROM production_lineslot WHERE state = 'SEQUENCED' AND why <> ''",
    )
    return sum(n > 1 for n in named.values()), sum(i not in named for (i,) in waiting)


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
