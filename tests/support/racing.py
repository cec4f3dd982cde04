"""Several claimants that start at the same moment, each with its own connection."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connection, connections

# `RACES=200` looks longer; what is torn now and then shows within a few anyway.
MANY = int(os.environ.get("RACES", "10"))
FEW = MANY // 2


@contextmanager
def racers(n: int) -> Iterator[Callable[..., list[Any]]]:
    """Give a function that starts its arguments at the same moment, one a thread.

    It gives what each of them returned or raised, in their order.
    """
    barrier = Barrier(n)

    def start(run: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        try:
            return run()
        except Exception as error:  # noqa: BLE001, RUF100 -- handed to the test
            return error

    with ThreadPoolExecutor(n) as pool:

        def race(*runs: Callable[[], Any]) -> list[Any]:
            return list(pool.map(start, runs))

        try:
            yield race
        finally:
            race(*[connections.close_all for _ in range(n)])


def n_races() -> int:
    """Say how often to race: SQLite lets one writer in at a time anyway."""
    return MANY if connection.vendor == "postgresql" else FEW
