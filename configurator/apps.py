"""Start-up of the project: logging, and Celery bound to this project's settings."""

import logging.config
from typing import Any

import structlog
from django.apps import AppConfig


def configure_logging(options: dict[str, Any]) -> None:
    """Send every log line, ours and the libraries', through structlog to stderr."""
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if options["json"]
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": steps,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *renderer,
        ],
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": line},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
            },
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django": {"handlers": [], "propagate": True},
                "celery": {"level": "WARNING"},  # else two lines for each beat
            },
        }
    )


class ConfiguratorConfig(AppConfig):
    name = "configurator"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        import configurator.celery  # noqa: F401, PLC0415 -- app ready
