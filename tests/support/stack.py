"""The whole product as `manage.py up` runs it, on free ports, with its own data."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.support.ports import free_pair

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 180
STOP_WITHIN_S = 25
NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "LIVE_ORIGIN")


class StackError(RuntimeError):
    """The processes did not come up; the message ends with their log."""


class LiveStack:
    """Web, live streams, a real worker and beat over one temporary database.

    Parameters
    ----------
    folder
        An empty folder for the database, artefacts, log and broker.
    database_url
        Another database than SQLite in ``folder``.
    environment
        More variables for all the processes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str = "",
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_pair()
        self.url = f"http://127.0.0.1:{self.port}"
        self.live_url = f"http://127.0.0.1:{self.port + 1}"
        self.log_path = folder / "up.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.first_page_s: float | None = None
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in NOT_INHERITED and not name.startswith("PYTEST_")
        }
        self.environment = {
            **inherited,
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            "STATIC_HASHED": "1",
            "SAMPLE_ORDERS": "8",
            "WEB_WORKERS": "1",
            "WORKER_PROCESSES": "1",
            **({"DATABASE_URL": database_url} if database_url else {}),
            **(environment or {}),
        }

    def start(self) -> None:
        """Migrate, load the demo and start everything; return when all is up."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--prepare"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        began_s = time.monotonic()
        deadline_s = began_s + READY_WITHIN_S
        self.first_page_s = None
        while not (self.has_page(began_s) and self.is_ready()):
            if self.process.poll() is not None:
                raise StackError(f"manage.py up ended early\n{self.log()}")
            if time.monotonic() > deadline_s:
                self.stop()
                raise StackError(f"not ready in {READY_WITHIN_S} s\n{self.log()}")
            time.sleep(0.2)

    def __enter__(self) -> "LiveStack":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def has_page(self, began_s: float) -> bool:
        """Say whether the shop's front is answered; note how soon it first was."""
        if self.first_page_s is None and is_answered(f"{self.url}/", within_s=10):
            self.first_page_s = time.monotonic() - began_s
        return self.first_page_s is not None

    def is_ready(self) -> bool:
        """Say whether pages and streams are answered and a worker was started."""
        if "worker" not in self.groups():
            return False
        addresses = (f"{self.url}/readyz", f"{self.live_url}/livez")
        return all(is_answered(address, within_s=2) for address in addresses)

    def groups(self) -> dict[str, int]:
        """Name the process group of each child, as the supervisor writes it."""
        try:
            text = (self.folder / "up.json").read_text()
        except OSError:
            return {}
        groups: dict[str, int] = json.loads(text)["groups"]
        return groups

    def manage(self, *words: str, timeout_s: float = 300) -> str:
        """Run a management command on the same database; give what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        if done.returncode:
            raise StackError(f"manage.py {' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def log(self, n_lines: int = 80) -> str:
        """Give the end of what the processes have written."""
        lines = self.log_path.read_text(errors="replace").splitlines()
        return "\n".join(lines[-n_lines:])

    def stop(self) -> None:
        """Stop everything; nothing survives, not even a supervisor that hangs."""
        if self.process is None:
            return
        groups = self.groups()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            groups["supervisor"] = self.process.pid
        for group in groups.values():
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.process.wait()
        self.process = None


def is_answered(address: str, *, within_s: float) -> bool:
    """Say whether a page is there and all right."""
    try:
        with urllib.request.urlopen(address, timeout=within_s) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
