"""What is wrong in the pipeline reaches the log and the gauges."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from structlog.testing import capture_logs

from orders.models import OutboxMessage
from production import tasks
from production.services.watching import CACHE_KEY, GAUGES, watch_pipeline
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    make_places()
    configuration = configure(publish(), colour="NAVY")
    return place_order({"configuration": configuration, "quantity": 2})


def gauges(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    found = (line.split() for line in lines if line.startswith(tuple(GAUGES)))
    return {name.removeprefix("lotone_"): float(value) for name, value in found}


def test_each_alarm_is_an_error_in_the_log(order):
    with capture_logs() as lines:
        watch_pipeline(now=NOW + timedelta(seconds=90))

    assert [(each["log_level"], each["check"], each["n_wrong"]) for each in lines] == [
        ("error", "pending_too_long", 1)
    ]
    assert lines[0]["examples"] == [order.number]


def test_the_gauges_tell_what_the_latest_check_found(client, order):
    assert gauges(client) == {}

    watch_pipeline(now=NOW + timedelta(seconds=90))
    assert gauges(client) == {
        "oldest_pending_release_seconds": 90,
        "parked_releases": 0,
        "lines_without_work_orders": 0,
    }

    OutboxMessage.objects.filter(kind="release").update(state="PARKED")
    watch_pipeline(now=NOW)
    assert gauges(client)["parked_releases"] == 1

    OutboxMessage.objects.filter(kind="release").delete()
    watch_pipeline(now=NOW)
    assert gauges(client)["lines_without_work_orders"] == 1


def test_the_task_checks_however_often_it_runs(order):
    for _ in range(2):
        tasks.watch(of_a_newer_caller=True)

    assert cache.get(CACHE_KEY)["lotone_parked_releases"] == 0
