"""How fast orders are released, beside writing the same rows and nothing else.

One Celery worker process releases orders from a real broker; on one connection to the
same PostgreSQL the same rows are then written by ``bulk_create`` and by COPY, from
values that are ready in memory. Five rounds in turn; medians; all samples are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.measuring import (
    keep,
    median,
    process,
    say,
    wait_until,
    worker_command,
)
from tests.support.postgres import running_postgres

BATCH_SIZES = (500, 2_000, 5_000)
ROUNDS = 5
KINDS = 300  # different configurations before texts make each line its own
# One mass-customised order in three carries a text of its own.
MIX = {"t-shirt": 50, "sneaker": 25, "cookies": 15, "muffins": 6, "flyers": 4}
TABLES = ("production_workorder", "production_operation")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=4_000)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "configurator.settings"
    with (
        tempfile.TemporaryDirectory(prefix="lotone-bench-") as folder,
        running_postgres(is_durable=True) as url,
    ):
        os.environ |= {
            "VAR_DIR": folder,
            "DATABASE_URL": url,
            "DATABASE_POOL": "0",
            "LOG_LEVEL": "WARNING",
        }
        return measure(Path(folder), n_orders=given.orders, n_rounds=given.rounds)


def measure(folder: Path, *, n_orders: int, n_rounds: int) -> int:
    """Set everything up, run the rounds and say what came out."""
    from configurator.management.broker import choose_broker

    broker = choose_broker(redis_url="", folder=folder / "valkey")
    if not broker.redis_url:
        say("There is no Redis or Valkey here.")
        return 1
    os.environ["REDIS_URL"] = broker.redis_url
    import django

    with process(broker.command, folder / "valkey.log"):
        django.setup()
        prepare()
        lines = configurations()
        with process(worker_command(), folder / "worker.log"):
            warm_up(lines)
            samples = run_rounds(lines, n_orders, n_rounds)
    report(samples, n_orders)
    return 0


def prepare() -> None:
    """Load the demo factory and its products, but no orders."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("seed_demo", "--orders", "0", verbosity=0)


def configurations() -> list[tuple[Any, str, int]]:
    """Pin different configurations of the mix: (row, method, usual quantity)."""
    from django.utils import timezone

    from configurator.selectors.releases import live_release
    from configurator.services.configurations import pin_configuration
    from configurator.services.errors import DomainError
    from production.selectors.policy import choose_method
    from production.services.samples import Demand, draw_line

    now = timezone.now()
    rng = random.Random(7)  # noqa: S311 -- a benchmark
    found: list[tuple[Any, str, int]] = []
    slugs = rng.choices(list(MIX), weights=list(MIX.values()), k=KINDS)
    for slug in slugs:
        line = draw_line(rng, live_release(slug), Demand(slug, 1, 2), now)
        try:
            pinned = pin_configuration(
                product=slug, choices=line.choices, quantity=line.quantity, now=now
            )
        except DomainError:
            continue
        row = pinned.configuration
        decision = choose_method(
            product=slug,
            release_id=row.release_id,
            choices=row.choices,
            quantity=line.quantity,
            now=now,
        )
        found.append((row, decision.method, line.quantity))
    return found


def enqueue(lines: list[tuple[Any, str, int]], n_orders: int, round_: int) -> None:
    """Write confirmed orders with their outbox messages, as checkout leaves them."""
    from django.utils import timezone

    from orders.models import OutboxMessage

    now = timezone.now()
    rng = random.Random(round_)  # noqa: S311 -- a benchmark
    orders = make_orders(n_orders, round_, now)
    make_lines(orders, [rng.choice(lines) for _ in orders], round_, now)
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                kind="release",
                key=order.number,
                order=order,
                created_at=now,
                available_at=now,
            )
            for order in orders
        ],
        batch_size=1_000,
    )


def make_orders(n_orders: int, round_: int, now: datetime) -> list[Any]:
    from orders.models import Order

    return Order.objects.bulk_create(
        [
            Order(
                number=f"F-{round_ * 1_000_000 + n:09d}",
                customer_name="Bench",
                customer_email="bench@example.org",
                shipping_address={"country": "DE"},
                delivery="CARRIER",
                currency="EUR",
                total_minor=1,
                state="CONFIRMED",
                payment_state="PAID",
                placed_at=now,
                confirmed_at=now,
                created_at=now,
            )
            for n in range(n_orders)
        ],
        batch_size=1_000,
    )


def make_lines(
    orders: list[Any], chosen: list[tuple[Any, str, int]], round_: int, now: datetime
) -> None:
    """Give each order a line; where a text is possible it is the order's own."""
    from configurator.models import Configuration
    from orders.models import OrderLine

    personal = {
        n: Configuration(
            sha256=f"{round_:08x}{n:056x}",
            release_id=row.release_id,
            product_id=row.product_id,
            choices={**row.choices, "text": f"No. {n}"},
            canonical="{}",
            created_at=now,
        )
        for n, (row, _method, _quantity) in enumerate(chosen)
        if "text" in row.choices
    }
    Configuration.objects.bulk_create(personal.values(), batch_size=1_000)
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                position=0,
                product_id=row.product_id,
                configuration=personal.get(n, row),
                quantity=quantity,
                total_minor=1,
                method=method,
                edit_until=now + timedelta(minutes=30),
                due_at=now + timedelta(days=2, seconds=n),
                created_at=now,
            )
            for n, (order, (row, method, quantity)) in enumerate(
                zip(orders, chosen, strict=True)
            )
        ],
        batch_size=1_000,
    )


def warm_up(lines: list[tuple[Any, str, int]]) -> None:
    """Let the worker come up and see each kind once."""
    enqueue(lines, 500, 900)
    release_all()
    empty_tables()


def release_all() -> float:
    """Wake the worker and wait until nothing is pending; give the seconds."""
    from orders.models import OutboxMessage
    from production.tasks import release_confirmed_orders

    pending = OutboxMessage.objects.filter(kind="release")
    began_s = time.perf_counter()
    release_confirmed_orders.apply_async(retry=False)
    wait_until(lambda: not pending.exists(), every_s=0.05)
    return time.perf_counter() - began_s


def empty_tables() -> None:
    """Begin every measurement with empty tables, tidy ones beside them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute("VACUUM ANALYZE orders_outboxmessage, orders_order")
        cursor.execute("CHECKPOINT")


def run_rounds(
    lines: list[tuple[Any, str, int]], n_orders: int, n_rounds: int
) -> dict[str, list[float]]:
    """Measure each way in turn; seconds for ``n_orders`` orders."""
    samples: dict[str, list[float]] = {}
    for round_ in range(n_rounds):
        enqueue(lines, n_orders, round_)
        empty_tables()
        took_s = {"release": release_all()}
        objects, rows, blocks = read_back()
        for size in BATCH_SIZES:
            empty_tables()
            took_s[f"bulk_create_{size}"] = bulk_create(objects, size)
        empty_tables()
        took_s["copy"] = copy_rows(rows)
        empty_tables()
        took_s["copy_of_ready_bytes"] = copy_blocks(blocks)
        empty_tables()
        n_rows = sum(len(some) for some in rows.values())
        say(f"round {round_ + 1}: {n_rows} rows, seconds {rounded(took_s)}")
        for name, seconds in took_s.items():
            samples.setdefault(name, []).append(seconds)
    return samples


def rounded(took_s: dict[str, float]) -> dict[str, float]:
    return {name: round(seconds, 3) for name, seconds in took_s.items()}


def read_back() -> tuple[list[list[Any]], dict[str, list[Any]], dict[str, bytes]]:
    """Read what the release wrote: as models, as tuples, and as COPY's own bytes."""
    from django.db import connection

    from production.models import Operation, WorkOrder

    objects: list[list[Any]] = [
        list(WorkOrder.objects.order_by("id")),
        list(Operation.objects.order_by("id")),
    ]
    rows: dict[str, list[Any]] = {}
    blocks: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            query = f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT"  # noqa: S608 -- our own
            with cursor.copy(query) as copy:
                rows[table] = list(copy.rows())
            with cursor.copy(query) as copy:
                blocks[table] = b"".join(bytes(block) for block in copy)
    return objects, rows, blocks


def bulk_create(objects: list[list[Any]], size: int) -> float:
    """Write the models, batch after batch, in one transaction."""
    from django.db import transaction

    for some in objects:
        for each in some:
            each._state.adding = True
    began_s = time.perf_counter()
    with transaction.atomic():
        for some in objects:
            type(some[0]).objects.bulk_create(some, batch_size=size)
    return time.perf_counter() - began_s


def copy_rows(rows: dict[str, list[Any]]) -> float:
    """Write the tuples with COPY, row after row, in one transaction."""
    from django.db import connection, transaction

    began_s = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)
    return time.perf_counter() - began_s


def copy_blocks(blocks: dict[str, bytes]) -> float:
    """Write bytes that are ready for COPY: as fast as this server can be."""
    from django.db import connection, transaction

    began_s = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TABLES:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(blocks[table])
    return time.perf_counter() - began_s


def report(samples: dict[str, list[float]], n_orders: int) -> None:
    """Keep the samples and print the figures; the last line is the answer."""
    per_s = {name: n_orders / median(some) for name, some in samples.items()}
    best = max(per_s[f"bulk_create_{size}"] for size in BATCH_SIZES)
    path = keep("release", {"n_orders": n_orders, "seconds": samples})
    say(f"orders a second, median of {len(samples['release'])}: {rounded(per_s)}")
    say(f"raw samples: {path.relative_to(path.parents[2])}")
    answer = {
        "release_per_s": round(per_s["release"]),
        "bulk_create_per_s": round(best),
        "copy_per_s": round(per_s["copy"]),
        "ratio_bulk": round(per_s["release"] / best, 3),
        "ratio_copy": round(per_s["release"] / per_s["copy"], 3),
        "ratio_copy_of_ready_bytes": round(
            per_s["release"] / per_s["copy_of_ready_bytes"], 3
        ),
    }
    say(json.dumps(answer))


if __name__ == "__main__":
    sys.exit(main())
