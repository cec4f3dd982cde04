"""When the floor next changes by itself: what ends, opens, closes or falls due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from production.engine.calendar import Calendar
from production.models import Batch, Line, LineKind, Operation, WorkOrder
from production.selectors.line_queue import ON_THE_LINE
from production.selectors.loads import ORIGIN, seconds
from production.states import (
    BatchState,
    LineState,
    OperationState,
    WorkOrderState,
)

Calendars = Mapping[int, Calendar]

_TIMED = (BatchState.PROPOSED, BatchState.OPEN, BatchState.CHANGEOVER)


def find_next(*, calendars: Calendars, now: datetime, latest: datetime) -> datetime:
    """Give the first instant after now, ``latest`` at most, worth looking again.

    Who has looked now and found nothing to do need not look before, unless somebody
    else changes something: no load, operation, wait or takt ends, none freezes or
    spoils, nothing is released, nobody comes or goes. Some instants are too early:
    where it would take another reading to know which, both that may be are given.
    """
    found = (
        at
        for each in (_changes, _batches, _operations, _waits, _takts)
        for at in each(calendars, now, latest)
        if now < at < latest
    )
    return min(found, default=latest)


def _changes(
    calendars: Calendars, now: datetime, latest: datetime
) -> Iterator[datetime]:
    """Give when people come and go."""
    # Calendars count in whole seconds: what is open now must not seem to open soon.
    since = now.replace(microsecond=0)
    for calendar in set(calendars.values()):
        for stretch in calendar.openings(since, latest):
            yield from stretch


def _batches(
    calendars: Calendars, now: datetime, latest: datetime
) -> Iterator[datetime]:
    """Give when loads and changeovers end, and when proposals freeze."""
    latest_s = seconds(latest)
    for begun, run_s, calendar_id, changed_at, change_s, reasons in (
        Batch.objects.filter(state__in=(*_TIMED, BatchState.RUNNING))
        .order_by()
        .values_list(
            "started_at",
            "run_s",
            "work_centre__calendar_id",
            "changeover__started_at",
            "changeover__planned_s",
            "reasons",
        )
    ):
        freeze_at_s = min(reasons.get("freeze_at_s", latest_s), latest_s)
        yield ORIGIN + timedelta(seconds=freeze_at_s)
        yield from _ends(changed_at, change_s, None)
        yield from _ends(begun, run_s, calendars[calendar_id])


def _ends(
    begun: datetime | None, length_s: int | None, calendar: Calendar | None
) -> Iterator[datetime]:
    """Give when what has begun ends by the clock, and when in working time."""
    if begun is not None and length_s is not None:
        yield begun + timedelta(seconds=length_s)
        if calendar is not None and (end := calendar.find_end(begun, length_s)):
            yield end


def _operations(
    calendars: Calendars, now: datetime, latest: datetime
) -> Iterator[datetime]:
    """Give when single operations end, and when what had to wait may begin."""
    timed = (OperationState.WAITING, OperationState.RUNNING)
    for state, ready_at, setup_s, run_s, worked_s, calendar_id in (
        Operation.objects.filter(state__in=timed, station="", ready_at__isnull=False)
        .order_by()
        .values_list(
            "state",
            "ready_at",
            "setup_s",
            "run_s",
            "actual_run_s",
            "work_centre__calendar_id",
        )
    ):
        yield from _ends(ready_at, 0, None)
        if state == OperationState.RUNNING:
            left_s = max(0, setup_s + run_s - worked_s)
            yield from _ends(ready_at, left_s, calendars.get(calendar_id or 0))


def _waits(calendars: Calendars, now: datetime, latest: datetime) -> Iterator[datetime]:
    """Give when edit windows are over, and when what waits too long spoils."""
    planned = WorkOrder.objects.filter(
        state=WorkOrderState.PLANNED, release_at__gt=now, release_at__lt=latest
    )
    yield from planned.order_by().values_list("release_at", flat=True).distinct()
    limited = Operation.objects.filter(
        max_delay_s__isnull=False,
        state=OperationState.DONE,
        work_order__state=WorkOrderState.IN_PROGRESS,
    )
    for finished_at, max_delay_s in limited.order_by().values_list(
        "finished_at", "max_delay_s"
    ):
        for at in _ends(finished_at, max_delay_s, None):
            yield at + timedelta(microseconds=1)  # until then it is good


def _takts(calendars: Calendars, now: datetime, latest: datetime) -> Iterator[datetime]:
    """Give when units on flexible lines move on."""
    moving = Line.objects.filter(
        kind=LineKind.FLEXIBLE, slots__state__in=ON_THE_LINE
    ).exclude(state=LineState.STOPPED)
    for advanced_at, takt_ms, calendar_id in (
        moving.order_by()
        .values_list("advanced_at", "takt_ms", "work_centre__calendar_id")
        .distinct()
    ):
        yield from _ends(advanced_at, -(-takt_ms // 1000), calendars[calendar_id])
