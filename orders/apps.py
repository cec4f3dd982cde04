"""Orders: what customers bought, and its money."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

# Append-only tables and the columns that the database itself refuses to change.
IMMUTABLE_TABLES = {
    "orders_orderevent": (("kind", "details", "order_id", "at"), "1 = 1"),
    "orders_payment": (("amount_minor", "outcome", "order_id"), "1 = 1"),
    "orders_document": (("number", "kind", "key", "content", "issued_at"), "1 = 1"),
}

# Of these no row is ever deleted.
APPEND_ONLY = ("orders_orderevent", "orders_payment", "orders_document")


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the append-only tables after every migrate; send what is written."""
        from configurator.ports import ports  # noqa: PLC0415 -- app ready
        from orders.selectors.carts import lines_beside  # noqa: PLC0415 -- app ready
        from orders.selectors.changes import find_ordered  # noqa: PLC0415 -- app ready
        from orders.selectors.taxes import (  # noqa: PLC0415 -- app ready
            show_tax,
            without_tax,
        )
        from orders.services.mailing import keep_mail  # noqa: PLC0415 -- app ready

        post_migrate.connect(_guard_tables, sender=self)
        ports.send_mail = keep_mail
        ports.lines_beside = lines_beside
        ports.find_ordered = find_ordered
        ports.show_tax = show_tax
        ports.without_tax = without_tax


def _guard_tables(*, using: str, **_: Any) -> None:
    from configurator.services.immutable import (  # noqa: PLC0415 -- app ready
        install_triggers,
        refuse_deletes,
    )

    install_triggers(connections[using], IMMUTABLE_TABLES)
    refuse_deletes(connections[using], APPEND_ONLY)
