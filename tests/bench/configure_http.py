"""A click over HTTP, beside a view that does nothing behind the same middleware.

One gunicorn worker as `make run` starts it, the demo's shirt in SQLite, Valkey as the
cache. A few clicks and as many no-op calls take turns; the worker tells what it has
spent before and after. The no-op answers as many bytes as a click does on average.
"""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.configure_rows import Row, beside
from tests.bench.demo_site import demo_shop, variables, web_worker
from tests.bench.measuring import median, say

CLICK = "/api/v1/products/t-shirt/configure/"
NOOP = "/bench/noop/"
MUST, AIM = "<= 4x", "<= 2x"
CLICKS_OF_A_GUEST = 8
SEQUENCES = 10
ROUNDS = 12
FEW = 8


def rows() -> tuple[list[Row], dict[str, list[float]]]:
    """Measure a click on the demo's shirt and the no-op."""
    with demo_shop() as folder:
        with _served(folder, n_bytes=0) as server:
            clicks = server.sequences(random.Random(1))  # noqa: S311
            n_bytes = sum(len(server.post(CLICK, each)) for each in clicks)
        with _served(folder, n_bytes=n_bytes // len(clicks)) as server:
            samples = server.rounds(clicks)
    row = beside(
        "a click on the shirt over HTTP",
        samples["click"],
        "a no-op view on the same server",
        samples["noop"],
        share=0.5,
        must=MUST,
        aim=AIM,
    )
    return [row], samples


@contextmanager
def _served(folder: Path, *, n_bytes: int) -> Iterator[Server]:
    with variables({"NOOP_BYTES": str(n_bytes)}), web_worker(folder) as port:
        server = Server(port)
        server.post(CLICK, {})
        yield server


class Server:
    """One worker, talked to over one connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.n_calls = 0

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        # Each guest clicks a few times, as guests do.
        self.n_calls += 1
        guest = self.n_calls // CLICKS_OF_A_GUEST
        headers = {
            "Content-Type": "application/json",
            "X-Forwarded-For": f"10.{guest >> 16}.{guest >> 8 & 255}.{guest & 255}",
        }
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        return content

    def post(self, path: str, choices: dict[str, Any]) -> bytes:
        return self._ask("POST", path, json.dumps({"choices": choices, "quantity": 1}))

    def sequences(self, rnd: random.Random) -> list[dict[str, Any]]:
        """Click at random through valid products; give the choices of each click."""
        found = []
        for _ in range(SEQUENCES):
            choices: dict[str, Any] = {}
            answer = json.loads(self.post(CLICK, choices))
            names = list(answer["characteristics"])
            for name in rnd.sample(names, len(names)):
                options = answer["characteristics"][name]["options"]
                left = [code for code, each in options.items() if each["available"]]
                if not left or isinstance(answer["choices"].get(name), list):
                    continue
                choices = {**choices, name: rnd.choice(left)}
                answer = json.loads(self.post(CLICK, choices))
                found.append(choices)
        return found

    def rounds(self, clicks: list[dict[str, Any]]) -> dict[str, list[float]]:
        """Give the mean CPU microseconds of a call, one for each few of them.

        Few, since every some seconds one call looks at the whole floor, for what it
        promises; the middle sample is without that.
        """
        samples: dict[str, list[float]] = {"click": [], "noop": []}
        asking_ns = median([self._spent_ns(()) for _ in range(50)])
        for _ in range(ROUNDS):
            for at in range(0, len(clicks), FEW):
                for name, path in (("noop", NOOP), ("click", CLICK)):
                    calls = [(path, each) for each in clicks[at : at + FEW]]
                    spent_ns = self._spent_ns(calls) - asking_ns
                    samples[name].append(spent_ns / 1_000 / len(calls))
        return samples

    def _spent_ns(self, calls: Iterable[tuple[str, dict[str, Any]]]) -> int:
        before = int(self._ask("GET", "/bench/spent/"))
        for path, choices in calls:
            self.post(path, choices)
        return int(self._ask("GET", "/bench/spent/")) - before


if __name__ == "__main__":
    for each in rows()[0]:
        say(str(each))
