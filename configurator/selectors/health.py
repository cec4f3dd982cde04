"""Whether this process could do its work now."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

BROKER_TIMEOUT_S = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: is it all right, and what it says."""

    name: str
    is_ok: bool
    text: str


def list_health() -> list[Finding]:
    """Look at database, migrations and broker; one that fails spares the rest."""
    database = find_database()
    if not database.is_ok:
        return [database, find_broker()]
    return [database, find_migrations(), find_broker()]


def find_database() -> Finding:
    """Ask the database for nothing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Finding("database", is_ok=False, text=str(error).strip())
    return Finding("database", is_ok=True, text=connection.vendor)


def find_migrations() -> Finding:
    """Compare the migrations of this code with those of the database."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    missing = sorted(known_migrations() - applied)
    unknown = list_unknown_migrations()
    if missing:
        text = f"{len(missing)} not applied, first {'.'.join(missing[0])}"
        return Finding("migrations", is_ok=False, text=text)
    if unknown:
        text = f"the database is newer than this code: {', '.join(unknown)}"
        return Finding("migrations", is_ok=False, text=text)
    return Finding("migrations", is_ok=True, text=f"{len(applied)} applied")


def list_unknown_migrations() -> list[str]:
    """List applied migrations of our apps that this code does not have.

    Those that one of today's replaces stay in the table of an older database.
    """
    known = known_migrations() | replaced_migrations()
    ours = {"configurator", "orders", "production"}
    applied = set(MigrationRecorder(connection).applied_migrations())
    return sorted(".".join(key) for key in applied - known if key[0] in ours)


def list_lost_migrations() -> list[str]:
    """List the migrations that the database still needs and this code has no longer.

    Where one stands for several, a database has none of them or all.
    """
    applied = set(MigrationRecorder(connection).applied_migrations())
    found = MigrationLoader(None).disk_migrations.values()
    steps = [set(each.replaces) for each in found]
    lost = (each - applied for each in steps if each & applied)
    return sorted(".".join(key) for some in lost for key in some)


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """List the migrations that this code has; they do not change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


@cache
def replaced_migrations() -> frozenset[tuple[str, str]]:
    """List the migrations that one of today's stands for."""
    found = MigrationLoader(None).disk_migrations.values()
    return frozenset(key for each in found for key in each.replaces)


def find_broker() -> Finding:
    """Ask the broker that carries wake-ups whether it is there."""
    url = settings.CELERY_BROKER_URL
    if url.startswith("filesystem"):
        folder = Path(settings.BROKER_DIR) / "messages"
        is_writable = os.access(folder, os.W_OK)
        text = "files; no Redis, so boards poll every 10 s"
        return Finding("broker", is_ok=is_writable, text=text)
    try:
        with redis.Redis.from_url(
            url,
            socket_timeout=BROKER_TIMEOUT_S,
            socket_connect_timeout=BROKER_TIMEOUT_S,
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return Finding("broker", is_ok=False, text=str(error))
    return Finding("broker", is_ok=True, text="redis; boards are live")
