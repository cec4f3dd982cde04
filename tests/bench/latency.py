"""From a paid order to its visible work order, on the embedded default, idle.

The whole product runs as ``make run`` starts it: SQLite, a broker of its own, one
worker. An order is placed and paid over HTTP, now and then; the clock runs from the
moment the payment is sent until the work order can be read from the database.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from tests.bench.measuring import keep, percentile, say, wait_until
from tests.support.stack import LiveStack

FOUND = """
SELECT count(*) FROM production_workorder w
JOIN orders_orderline l ON l.id = w.order_line_id
JOIN orders_order o ON o.id = l.order_id WHERE o.number = ?
"""
ADDRESS = {
    "line1": "Mühlgasse 4",
    "line2": "",
    "postcode": "10115",
    "city": "Berlin",
    "country": "DE",
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--orders", type=int, default=60)
    given = arguments.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lotone-latency-") as folder,
        LiveStack(Path(folder)) as stack,
    ):
        time.sleep(5)  # kernels warm up beside the first requests
        samples = measure(stack, Path(folder), n_orders=given.orders)
    keep("latency", {"seconds": samples})
    say(json.dumps(figures(samples)))
    return 0


def figures(samples: list[float]) -> dict[str, Any]:
    """Sum samples up in milliseconds."""
    return {
        "orders": len(samples),
        "work_order_visible_p50_ms": round(1000 * percentile(samples, 0.5)),
        "work_order_visible_p95_ms": round(1000 * percentile(samples, 0.95)),
        "worst_ms": round(1000 * max(samples)),
    }


def measure(stack: LiveStack, folder: Path, *, n_orders: int) -> list[float]:
    """Place, pay and look; idle times between orders are drawn at random."""
    rng = random.Random(3)  # noqa: S311 -- a benchmark
    asked = {"objective": "POPULAR", "choices": {}, "quantity": 1}
    answer = call(stack, "products/t-shirt/complete/", **asked)
    database = next(folder.glob("*.sqlite3"))
    reader = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    samples = []
    for _order in range(n_orders):
        placed = call(
            stack,
            "orders/",
            customer={"name": "Ada", "email": "ada@example.org"},
            shipping_address=ADDRESS,
            lines=[{"product": "t-shirt", "choices": answer["choices"], "quantity": 1}],
        )
        time.sleep(rng.uniform(0.2, 1.2))
        path = f"orders/{placed['number']}/payments/?token={placed['token']}"
        began_s = time.perf_counter()
        call(stack, path, provider="dummy", outcome="SUCCEEDED")
        wait_until(
            lambda: reader.execute(FOUND, (placed["number"],)).fetchone()[0] > 0,  # noqa: B023
            every_s=0.002,
        )
        samples.append(time.perf_counter() - began_s)
        time.sleep(rng.uniform(0.0, 0.5))
    reader.close()
    return samples


def call(stack: LiveStack, path: str, **body: Any) -> dict[str, Any]:
    """Post to the API as a guest."""
    request = urllib.request.Request(  # noqa: S310 -- our own server on loopback
        f"{stack.url}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        },
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


if __name__ == "__main__":
    sys.exit(main())
