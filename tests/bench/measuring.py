"""Processes and files that benchmarks share."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 120.0


class TooSlowError(RuntimeError):
    """Something did not happen in time."""


def wait_until(
    holds: Callable[[], bool], *, every_s: float = 0.005, within_s: float = WAIT_S
) -> None:
    """Ask again and again, for two minutes unless told otherwise."""
    until_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > until_s:
            raise TooSlowError(f"waited {within_s:g} s in vain")
        time.sleep(every_s)


@contextmanager
def process(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process for as long as the block lasts; its output goes to a file."""
    with log.open("ab") as file:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def worker_command() -> tuple[str, ...]:
    """Give the command of one Celery worker with one process for tasks."""
    return (
        *(sys.executable, "-m", "celery", "-A", "configurator", "worker"),
        *("--pool", "prefork", "--concurrency", "1", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )


def keep(name: str, samples: dict[str, Any]) -> Path:
    """Write raw samples under var/bench and say where."""
    folder = ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(samples, indent=1), encoding="utf-8")
    return path


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that so large a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
