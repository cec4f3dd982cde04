"""The Celery application, how it speaks to its broker, and ids that follow a task."""

import os
from typing import Any

import structlog
from celery import Celery, signals
from django.conf import settings
from kombu.entity import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "configurator.settings")

LONGEST_TASK_S = 900
# Planning has a queue of its own, so that it keeps no order waiting; what takes long
# has another, so that it keeps no plan waiting. A worker told nothing takes from all.
ORDINARY, PLANNING, SEARCHING = "celery", "planning", "searching"
QUEUES = {
    "production.plan": PLANNING,
    "production.search_queue": SEARCHING,
    "production.advise": SEARCHING,
    "production.refresh_advice": SEARCHING,
}


def transport_options(broker_url: str) -> dict[str, Any]:
    """Give the broker's options: short timeouts, since a web request may wait."""
    if broker_url.startswith("filesystem"):
        folders = {
            "data_folder_in": "messages",
            "data_folder_out": "messages",
            "control_folder": "control",
        }
        for folder in set(folders.values()):
            (settings.BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
        return {key: str(settings.BROKER_DIR / name) for key, name in folders.items()}
    return {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "visibility_timeout": 2 * LONGEST_TASK_S,
        "unacked_restore_throttle": 1,
    }


app = Celery("lotone")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options=transport_options(settings.CELERY_BROKER_URL),
    beat_schedule_filename=str(settings.VAR_DIR / "beat-schedule"),
    beat_max_loop_interval=1,
    task_ignore_result=True,
    task_publish_retry=False,
    task_queues=[Queue(name) for name in (ORDINARY, PLANNING, SEARCHING)],  # type: ignore[no-untyped-call]
    task_default_queue=ORDINARY,
    task_routes={name: {"queue": queue} for name, queue in QUEUES.items()},
    task_time_limit=LONGEST_TASK_S,
    timezone="UTC",
    worker_hijack_root_logger=False,
    worker_prefetch_multiplier=1,
)
app.autodiscover_tasks()


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def keep_our_logging(**_: Any) -> None:
    """Stop Celery from replacing the logging that Django has set up."""


@signals.before_task_publish.connect  # type: ignore[untyped-decorator]
def send_request_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Put the id of the request that causes a task into its message."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if headers is not None and request_id:
        headers["request_id"] = request_id


@signals.task_prerun.connect  # type: ignore[untyped-decorator]
def bind_task(task_id: str, task: Any, **_: Any) -> None:
    """Mark each log line of a task with its id, its name and its request."""
    structlog.contextvars.clear_contextvars()
    request_id = getattr(task.request, "request_id", None)
    names = {"request_id": request_id} if request_id else {}
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name, **names)


@signals.task_postrun.connect  # type: ignore[untyped-decorator]
def unbind_task(**_: Any) -> None:
    """Forget the task, so that the worker's own lines do not carry its id."""
    structlog.contextvars.clear_contextvars()
