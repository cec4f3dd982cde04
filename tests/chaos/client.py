"""Customers who do not give up: every call is repeated under its key until it is 201.

What was promised with a 201 goes into the ledger before the customer goes on.
"""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALL_S = 10
GIVE_UP_S = 180
PAUSE_S = 0.15
# What an answer ends in whose server is killed while it sends.
CUT_OFF = (OSError, ValueError, http.client.HTTPException)


@dataclass
class Ledger:
    """One JSON line for each 201, on disk before the caller goes on."""

    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, **row: Any) -> None:
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()


@dataclass
class Customers:
    """A crowd of threads that place and pay a number of orders over HTTP."""

    url: str
    key: str
    ledger: Ledger
    bodies: list[dict[str, Any]]
    seed: int
    n_threads: int = 6
    n_done: int = 0
    n_retries: int = 0
    refused: list[str] = field(default_factory=list)
    # When the orders that were answered with 201 were first asked for.
    asked_at_s: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: int = 0

    def run(self, n_orders: int) -> None:
        """Place and pay all orders; returns when each has its two 201."""
        threads = [
            threading.Thread(target=self._work, args=(n_orders,), daemon=True)
            for _ in range(self.n_threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _take(self, n_orders: int) -> int | None:
        with self._lock:
            if self._next >= n_orders:
                return None
            self._next += 1
            return self._next

    def _work(self, n_orders: int) -> None:
        while (number := self._take(n_orders)) is not None:
            rng = random.Random(f"{self.seed}:{number}")  # noqa: S311 -- repeatable
            try:
                self.buy(number, rng.choice(self.bodies))
            except AssertionError as error:
                self.refused.append(str(error))
            with self._lock:
                self.n_done += 1

    def buy(self, number: int, body: dict[str, Any]) -> None:
        key = f"chaos-{self.seed}-{number:08d}"
        began_s = time.monotonic()
        placed = self.insist("/api/v1/orders/", body, f"{key}-place")
        self.asked_at_s.append(began_s)
        self.ledger.write(
            event="placed",
            key=key,
            number=placed["number"],
            units=[[line["product"], line["quantity"]] for line in body["lines"]],
        )
        path = f"/api/v1/orders/{placed['number']}/payments/?token={placed['token']}"
        payment = {"provider": "dummy", "outcome": "SUCCEEDED"}
        self.insist(path, payment, f"{key}-payment")
        self.ledger.write(event="paid", key=key, number=placed["number"])

    def count_placed(self, *, since_s: float) -> int:
        """Count orders that were both asked for and answered after a moment."""
        return sum(began_s > since_s for began_s in self.asked_at_s[:])

    def insist(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """Repeat a call until it is answered with 201."""
        deadline_s = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline_s:
            status, answer = self.call(path, body, key)
            if status == 201:
                return answer
            if 400 <= status < 500 and status not in {409, 429}:
                raise AssertionError(f"{path}: {status} {answer}")
            with self._lock:
                self.n_retries += 1
            time.sleep(PAUSE_S)
        raise AssertionError(f"{path}: no 201 within {GIVE_UP_S} s")

    def call(
        self, path: str, body: dict[str, Any], key: str
    ) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(  # noqa: S310 -- loopback only
            self.url + path,
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Api-Key {self.key}",
                "Idempotency-Key": key,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=CALL_S) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                try:
                    return error.code, json.load(error)
                except CUT_OFF:
                    return error.code, {}
        except CUT_OFF:
            return 0, {}
