"""The demo's shop behind one gunicorn worker, for benchmarks that ask it over HTTP."""

from __future__ import annotations

import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configurator.management.broker import choose_broker
from tests.bench.measuring import TooSlowError, process, wait_until
from tests.support.ports import free_pair

# What a machine that others use as well takes to compile all loops for the first time.
COMPILED_S = 600.0


@contextmanager
def demo_shop(*, orders: int = 0) -> Iterator[Path]:
    """Load the demo into SQLite beside a Valkey; give the folder of both."""
    with tempfile.TemporaryDirectory(prefix="lotone-site-") as name:
        folder = Path(name)
        broker = choose_broker(redis_url="", folder=folder / "valkey")
        environment = {
            "VAR_DIR": name,
            "DATABASE_URL": "",
            "REDIS_URL": broker.redis_url,
            "TRUSTED_PROXIES": "1",
            "DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "configurator.settings",
        }
        with variables(environment), process(broker.command, folder / "valkey.log"):
            for words in (
                "migrate",
                f"seed_demo --orders {orders}",
            ):
                _manage(words.split(), folder)
            yield folder


@contextmanager
def variables(more: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for as long as the block lasts."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _manage(words: list[str], folder: Path) -> None:
    log = folder / "manage.log"
    with process((sys.executable, "manage.py", *words), log) as command:
        if command.wait(300):
            raise RuntimeError(log.read_text(errors="replace"))


@contextmanager
def web_worker(folder: Path, *, threads: int = 6) -> Iterator[int]:
    """Serve the shop and the bench's own views; give the port once all is loaded."""
    port = free_pair()
    command = (
        *(sys.executable, "-m", "gunicorn", "tests.bench.configure_site:application"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(threads)),
        *("--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        *("--keep-alive", "60", "--log-level", "warning"),
    )

    def is_warm() -> bool:
        url = f"http://127.0.0.1:{port}/bench/warm/"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.read() == b"yes")
        except OSError:
            return False

    with process(command, folder / "web.log"):
        try:
            wait_until(is_warm, every_s=0.1, within_s=COMPILED_S)
        except TooSlowError as error:
            raise RuntimeError((folder / "web.log").read_text()) from error
        yield port
