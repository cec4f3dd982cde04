import structlog
from celery import shared_task
from django.test import override_settings

from configurator.celery import (
    LONGEST_TASK_S,
    app,
    bind_task,
    send_request_id,
    transport_options,
    unbind_task,
)


def test_a_redis_broker_never_holds_a_web_request_for_long():
    options = transport_options("redis://127.0.0.1:6379/0")

    assert options["socket_timeout"] == 5
    assert options["socket_connect_timeout"] == 2
    assert options["visibility_timeout"] > LONGEST_TASK_S


def test_files_as_a_broker_lie_in_folders_that_exist(tmp_path):
    with override_settings(BROKER_DIR=tmp_path):
        options = transport_options("filesystem://")

    assert options == {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    assert (tmp_path / "messages").is_dir()


def test_every_wake_up_of_the_beat_ends_soon_after_the_next_one_is_due():
    expiries = {
        name: (entry["schedule"], entry["options"]["expires"])
        for name, entry in app.conf.beat_schedule.items()
    }

    assert all(
        seconds <= expires <= seconds + 2 for seconds, expires in expiries.values()
    )


def test_the_beat_wakes_only_tasks_that_a_worker_knows():
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled - set(app.tasks) == set()


def test_shared_tasks_belong_to_this_application():
    @shared_task(name="tests.nothing")
    def nothing():
        return None

    assert nothing.app is app


def test_the_id_of_a_request_travels_with_the_task_that_it_causes():
    headers: dict[str, str] = {}

    with structlog.contextvars.bound_contextvars(request_id="abc-12345"):
        send_request_id(headers=headers)

    assert headers == {"request_id": "abc-12345"}


def test_a_task_binds_its_id_and_its_request_and_forgets_both():
    @app.task(name="tests.seen", bind=True)
    def seen(self):
        return structlog.contextvars.get_contextvars()

    seen.push_request(id="t1", request_id="abc-12345")
    try:
        bind_task(task_id="t1", task=seen)
        bound = structlog.contextvars.get_contextvars()
        unbind_task()
    finally:
        seen.pop_request()

    assert bound == {"task_id": "t1", "task": "tests.seen", "request_id": "abc-12345"}
    assert structlog.contextvars.get_contextvars() == {}
