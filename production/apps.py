"""Production: how it gets made."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

# Append-only tables and the columns that the database itself refuses to change.
IMMUTABLE_TABLES = {
    "production_productionevent": (("kind", "good", "scrap", "at", "details"), "1 = 1"),
    "production_stockmove": (("item_id", "quantity", "kind", "at"), "1 = 1"),
    "production_lineplan": (("line_id", "version", "sequence"), "1 = 1"),
}


class ProductionConfig(AppConfig):
    name = "production"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the append-only tables after every migrate."""
        post_migrate.connect(_guard_tables, sender=self)


def _guard_tables(*, using: str, **_: Any) -> None:
    from configurator.services.immutable import (  # noqa: PLC0415 -- app ready
        install_triggers,
    )

    install_triggers(connections[using], IMMUTABLE_TABLES)
