"""Emptying the database between tests, which its triggers refuse to everybody else."""

from typing import Any

from django.core.management.commands.flush import Command
from django.db import connections

GUARDS = (
    "SELECT name FROM sqlite_master "
    "WHERE type = 'trigger' AND (name LIKE '%\\_append\\_only' ESCAPE '\\' "
    "OR name LIKE '%\\_delete\\_only\\_in\\_drafts' ESCAPE '\\')"
)


def let_flush_delete() -> None:
    """Let flush drop the guards on SQLite first; it lays them down again at its end."""
    empty = Command.handle

    def drop_and_empty(self: Command, **options: Any) -> Any:
        connection = connections[options["database"]]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(GUARDS)
                for (name,) in cursor.fetchall():
                    cursor.execute(f"DROP TRIGGER {name}")
        return empty(self, **options)

    Command.handle = drop_and_empty  # type: ignore[method-assign]
