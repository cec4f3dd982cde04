"""Send a sales history through the API, as its customers would have."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

QUANTITY = "nombre"
CALL_S = 60
TRIES = 9
OUTSIDE, BROKEN, BUILT = "outside_range", "breaks_rules", "built"
OnProgress = Callable[[int], None]


class ReplayError(Exception):
    """The history or the API cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One row of the history."""

    number: int
    quantity: int
    choices: dict[str, str]


@dataclass(slots=True)
class ReplayReport:
    """Rows and units by how they ended, and why those that were refused were."""

    rows: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, sale: Sale, *reasons: str) -> None:
        with self.lock:
            self.rows[outcome] += 1
            self.units[outcome] += sale.quantity
            self.reasons.update(reasons)


def read_history(path: Path) -> Iterator[Sale]:
    """Read a CSV, plain or gzipped: a column of quantities, the rest answers."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if QUANTITY not in (rows.fieldnames or ()):
                raise ReplayError(f"{path.name} has no column {QUANTITY}.")
            for number, row in enumerate(rows, start=2):
                quantity = row.pop(QUANTITY)
                if not quantity or not quantity.isdecimal():
                    raise ReplayError(f"Row {number}: {quantity!r} is no quantity.")
                answers = {k: v for k, v in row.items() if k and v not in (None, "")}
                yield Sale(number, int(quantity), answers)
    except (OSError, UnicodeDecodeError) as error:
        raise ReplayError(f"{path.name} cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one key sees it."""

    url: str
    key: str

    def call(
        self, path: str, body: dict[str, Any], *, once: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Send one call; repeat it under its key while the server cannot answer."""
        for attempt in range(TRIES):
            try:
                status, answer = self._send(path, body, once)
            except OSError as error:
                if attempt == TRIES - 1:
                    raise ReplayError(f"{self.url} does not answer: {error}") from error
            else:
                if status < 500 and status != 429 and not _is_busy(answer):
                    return status, answer
            time.sleep(min(5.0, 0.2 * 2**attempt))
        raise ReplayError(f"{path} could not be answered.")

    def _send(
        self, path: str, body: dict[str, Any], once: str
    ) -> tuple[int, dict[str, Any]]:
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Api-Key {self.key}",
        }
        if once:
            headers["Idempotency-Key"] = once
        request = urllib.request.Request(  # noqa: S310 -- the address the caller named
            f"{self.url}/api/v1/{path}", data=json.dumps(body).encode(), headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_S) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read_json(error)


def _is_busy(answer: dict[str, Any]) -> bool:
    """Say whether the same call is still being answered elsewhere."""
    errors = answer.get("errors") or ()
    return any(error.get("code") == "IN_PROGRESS" for error in errors)


def _read_json(answer: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.load(answer)
    except ValueError:
        return {}
    return found


def replay(
    *,
    path: Path,
    product: str,
    api: Api,
    n_threads: int,
    run: str,
    on_progress: OnProgress | None = None,
) -> ReplayReport:
    """Complete, order and pay every row that can be built; say why the rest cannot.

    ``run`` names this replay: repeated under the same name it orders nothing twice.
    """
    report = ReplayReport()
    sales = list(read_history(path))
    with ThreadPoolExecutor(n_threads) as pool:
        work = pool.map(lambda sale: _sell(api, product, sale, run, report), sales)
        for done, _nothing in enumerate(work, start=1):
            if on_progress is not None:
                on_progress(done)
    return report


def _sell(api: Api, product: str, sale: Sale, run: str, report: ReplayReport) -> None:
    body = {
        "choices": sale.choices,
        "quantity": sale.quantity,
        "objective": "CHEAPEST",
    }
    status, answer = api.call(f"products/{product}/complete/", body)
    if status == 400:
        fields = [error.get("attr") or "?" for error in answer.get("errors", [])]
        report.note(OUTSIDE, sale, *(f"{name}: outside the range" for name in fields))
        return
    if status != 200:
        raise ReplayError(f"Row {sale.number}: {status} {answer}")
    if not answer["valid"]:
        codes = {
            rule["code"]
            for conflict in answer["conflicts"]
            for rule in conflict["rules"]
        }
        report.note(BROKEN, sale, *(f"rule {code}" for code in sorted(codes)))
        return
    number = _order(api, product, sale, answer["choices"], run)
    report.note(BUILT, sale)
    with report.lock:
        report.orders.append(number)


def _order(
    api: Api, product: str, sale: Sale, choices: dict[str, Any], run: str
) -> str:
    key = hashlib.sha256(f"{run}:{product}:{sale.number}".encode()).hexdigest()
    body = {
        "customer": {"name": "Sales history", "email": "history@example.org"},
        "shipping_address": {
            "line1": f"Row {sale.number}",
            "line2": "",
            "postcode": "10115",
            "city": "Berlin",
            "country": "DE",
        },
        "delivery": "CARRIER",
        "lines": [{"product": product, "choices": choices, "quantity": sale.quantity}],
    }
    status, order = api.call("orders/", body, once=f"order-{key}")
    if status != 201:
        raise ReplayError(f"Row {sale.number}: {status} {order}")
    path = f"orders/{order['number']}/payments/?token={order['token']}"
    payment = {"provider": "dummy", "outcome": "SUCCEEDED"}
    status, answer = api.call(path, payment, once=f"payment-{key}")
    if status != 201:
        raise ReplayError(f"Row {sale.number}: payment {status} {answer}")
    return str(order["number"])
