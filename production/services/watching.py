"""The pipeline is compared with itself, and what is found told to those who watch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import structlog
from django.core.cache import cache
from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily
from redis import RedisError

from production.selectors.pipeline_check import PipelineReport, check_pipeline

# A worker finds the figures and a web process is asked for them: the cache is shared.
CACHE_KEY = "pipeline-figures"
KEPT_S = 300
GAUGES = {
    "lotone_oldest_pending_release_seconds": (
        "Age of the oldest confirmed order that waits for its work orders."
    ),
    "lotone_parked_releases": "Confirmed orders parked after three failures.",
    "lotone_lines_without_work_orders": (
        "Lines of confirmed orders that have no work order and wait for none."
    ),
}

log = structlog.get_logger(__name__)


class PipelineCollector:
    """The gauges of the latest check; none where there was none for five minutes."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Let it be registered at the start, before there is a database."""
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            figures = cache.get(CACHE_KEY) or {}
        except (DatabaseError, RedisError):
            return
        for name, value in figures.items():
            yield GaugeMetricFamily(name, GAUGES[name], value=value)


def watch_pipeline(*, now: datetime) -> PipelineReport:
    """Check the pipeline; each alarm is an error in the log."""
    report = check_pipeline(now=now)
    n_wrong = {check.code: check.n_wrong for check in report.checks}
    values = (report.oldest_pending_s, n_wrong["parked"], n_wrong["lost"])
    for alarm in report.alarms:
        log.error(
            "pipeline_alarm",
            check=alarm.code,
            n_wrong=alarm.n_wrong,
            examples=list(alarm.examples),
        )
    cache.set(CACHE_KEY, dict(zip(GAUGES, values, strict=True)), KEPT_S)
    return report
