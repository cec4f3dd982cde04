"""Production: how it gets made."""

import gc
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DatabaseError, connections
from django.db.models.signals import post_migrate

# Append-only tables and the columns that the database itself refuses to change.
IMMUTABLE_TABLES = {
    "production_productionevent": (
        (
            *("kind", "good", "scrap", "at", "details", "reason", "nonce"),
            *("work_order_id", "operation_id", "batch_id", "slot_id", "corrects_id"),
            *("actor", "device", "operator_id", "work_centre_id"),
        ),
        "1 = 1",
    ),
    "production_stockmove": (("item_id", "quantity", "kind", "at"), "1 = 1"),
    "production_lineplan": (("line_id", "version", "sequence"), "1 = 1"),
}

# Of these no row is ever deleted: what is wrong is corrected by another row.
APPEND_ONLY = ("production_productionevent", "production_stockmove")


class ProductionConfig(AppConfig):
    name = "production"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the append-only tables after every migrate; fill the ports below."""
        post_migrate.connect(_guard_tables, sender=self)
        checks.register(_find_demo_accounts, checks.Tags.security, deploy=True)
        _fill_catalogue_ports()
        _fill_order_ports()
        _hear_signals()
        _show_pipeline()
        gc.freeze()
        gc.enable()


def _fill_catalogue_ports() -> None:
    from configurator.ports import ports  # noqa: PLC0415 -- app ready
    from production.selectors import (  # noqa: PLC0415 -- app ready
        alternatives,
        comparisons,
        glances,
        policy,
        promises,
    )
    from production.services import sequencing  # noqa: PLC0415 -- app ready

    ports.promise_quote = promises.quote_promise
    ports.promise_alternatives = alternatives.list_alternatives
    ports.works_glance = glances.glance
    ports.ways_comparison = comparisons.compare_ways
    ports.publish_check = policy.list_unknown
    ports.used_by = policy.list_users_of
    ports.warm_up = sequencing.warm_up


def _fill_order_ports() -> None:
    from orders.ports import ports  # noqa: PLC0415 -- app ready
    from production.selectors import (  # noqa: PLC0415 -- app ready
        pauses,
        policy,
        progress,
        promises,
    )
    from production.services import (  # noqa: PLC0415 -- app ready
        cancelling,
        dues,
        remaking,
        stock,
    )

    ports.method_choice = policy.choose_method
    ports.order_progress = progress.map_progress
    ports.cancellation = cancelling.cancel_lines
    ports.hold_stock = stock.hold_stock
    ports.look_again = promises.forget_shop
    ports.reserve_stock = stock.reserve_stock
    ports.take_stock = stock.take_stock
    ports.delivery_reach = promises.reaches
    ports.delivery_calendar = promises.find_dates
    ports.delivery_windows = promises.find_windows
    ports.resumption = pauses.resume
    ports.remake = remaking.remake_unit
    ports.postponement = dues.postpone
    ports.operation_check = policy.list_unknown_operations


def _hear_signals() -> None:
    from orders.signals import order_confirmed  # noqa: PLC0415 -- app ready
    from production.receivers import nudge_release  # noqa: PLC0415 -- app ready

    order_confirmed.connect(nudge_release, dispatch_uid="production.nudge_release")


def _show_pipeline() -> None:
    """Let `/metrics` tell what the latest check of the pipeline found."""
    from prometheus_client import REGISTRY  # noqa: PLC0415 -- app ready

    from production.services.watching import (  # noqa: PLC0415 -- app ready
        PipelineCollector,
    )

    REGISTRY.register(PipelineCollector())


def _find_demo_accounts(**_: Any) -> list[checks.CheckMessage]:
    """Refuse to deploy where anybody can log in with a published password."""
    from production.selectors.demo import (  # noqa: PLC0415 -- app ready
        list_demo_usernames,
    )

    try:
        names = list_demo_usernames()
    except DatabaseError:
        return []
    if not names:
        return []
    return [
        checks.Error(
            f"Demo accounts exist: {', '.join(names)}.",
            hint="Delete these users, or use a database without the demo factory.",
            id="production.E001",
        )
    ]


def _guard_tables(*, using: str, **_: Any) -> None:
    from configurator.services.immutable import (  # noqa: PLC0415 -- app ready
        install_triggers,
        refuse_deletes,
    )

    install_triggers(connections[using], IMMUTABLE_TABLES)
    refuse_deletes(connections[using], APPEND_ONLY)
