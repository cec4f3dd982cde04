"""Start-up of the project: logging, and Celery bound to this project's settings."""

import gc
import logging
import logging.config
from typing import Any

import structlog
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

# What is loaded at the start stays: to look through it again and again frees nothing.
# `production.apps`, the last to be ready, lets go on with it.
gc.disable()


def configure_logging(options: dict[str, Any]) -> None:
    """Send every log line, ours and the libraries', through structlog to stderr."""
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = {"class": "logging.StreamHandler", "formatter": "line"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": line_format(steps, as_json=options["json"])},
            "handlers": {"stderr": handler},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django": {"handlers": [], "propagate": True},
                "celery": {"level": "WARNING"},  # else two lines for each beat
                "django.request": {"filters": [drop_traceback]},
                "django.security.DisallowedHost": {"filters": [drop_traceback]},
            },
        }
    )


def drop_traceback(record: logging.LogRecord) -> bool:
    """Tell in one line what any stranger can bring about; nothing is broken here."""
    if record.levelno < logging.ERROR or record.name != "django.request":
        record.exc_info = None
    return True


def line_format(steps: list[Any], *, as_json: bool) -> dict[str, Any]:
    """Describe how one log line is written: JSON for machines, text for people."""
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": steps,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *renderer,
        ],
    }


class ConfiguratorConfig(AppConfig):
    name = "configurator"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        import configurator.celery  # noqa: F401, PLC0415 -- app ready

        pre_migrate.connect(_let_tables_be_rebuilt, sender=self)
        post_migrate.connect(_guard_tables, sender=self)
        post_migrate.connect(_make_cache_table, sender=self)
        checks.register(find_toys, checks.Tags.compatibility, deploy=True)


def find_toys(**_: Any) -> list[checks.CheckMessage]:
    """Say before a deployment what is good for trying out only."""
    found: list[checks.CheckMessage] = []
    if not settings.WEB_ORIGIN.startswith("http"):
        text = "Links in mails would lead to this machine."
        hint = "Set WEB_ORIGIN to the address of the shop, such as https://shop.example"
        found.append(checks.Error(text, hint=hint, id="configurator.E001"))
    if not settings.EMAIL_HOST:
        text = (
            f"Mails are kept as files in {settings.EMAIL_FILE_PATH} and reach nobody."
        )
        hint = "Set EMAIL_HOST to a mail server."
        found.append(checks.Warning(text, hint=hint, id="configurator.W001"))
    if "dummy" in settings.PAYMENT_PROVIDERS:
        text = "Orders can be paid with no money at all."
        hint = "Leave dummy out of PAYMENT_PROVIDERS."
        found.append(checks.Error(text, hint=hint, id="configurator.E002"))
    if not settings.REQUIRE_STAFF_MFA:
        text = "Staff can manage catalogue and orders with a password alone."
        hint = "Set REQUIRE_STAFF_MFA to 1."
        found.append(checks.Error(text, hint=hint, id="configurator.E003"))
    return found


def _guard_tables(*, using: str, **_: Any) -> None:
    """Let the database itself refuse to change what was published."""
    from configurator.services.immutable import (  # noqa: PLC0415 -- app ready
        CATALOGUE_TABLES,
        NEVER_DRAFTS_AGAIN,
        install_triggers,
        keep_published_rows,
    )

    install_triggers(connections[using], CATALOGUE_TABLES)
    install_triggers(connections[using], NEVER_DRAFTS_AGAIN, suffix="no_draft")
    keep_published_rows(connections[using])


def _let_tables_be_rebuilt(*, using: str, **_: Any) -> None:
    from configurator.services.immutable import (  # noqa: PLC0415 -- app ready
        let_tables_be_rebuilt,
    )

    let_tables_be_rebuilt(connections[using])


def _make_cache_table(*, using: str, **_: Any) -> None:
    """Let commands run beside a broker they were not told of: they cache here."""
    place = settings.DATABASE_CACHE["LOCATION"]
    call_command("createcachetable", place, database=using, verbosity=0)
