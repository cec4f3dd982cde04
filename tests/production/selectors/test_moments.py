"""When an idle floor is worth another look."""

from datetime import timedelta

import pytest

from production.models import Operation, WorkOrder
from production.selectors import calendars, moments
from production.services import batching, lines, operations, sequencing
from tests.factories.floor import (
    HOUR,
    at,
    bake,
    make_calendar,
    make_centre,
    make_line,
    make_unit,
    make_work_order,
    report,
    step,
)
from tests.factories.production import NOW

# What it reads by hand must mean the same in both databases.
pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def find_next(latest=HOUR):
    known = calendars.map_by_id()
    return moments.find_next(calendars=known, now=NOW, latest=NOW + latest) - NOW


@pytest.mark.parametrize("microsecond", [0, 2_887])
def test_nothing_happens_on_a_floor_without_work(microsecond):
    make_calendar("ALL")
    now = NOW.replace(microsecond=microsecond)

    found = moments.find_next(
        calendars=calendars.map_by_id(), now=now, latest=now + HOUR
    )

    assert found - now == HOUR


def test_somebody_comes_when_a_calendar_opens():
    calendar = make_calendar("EARLY")
    calendar.always_open = False
    calendar.save()
    calendar.shifts.create(weekday=NOW.weekday(), starts="08:20", ends="09:00")

    assert find_next() == timedelta(minutes=20)


def test_an_operation_ends_and_what_has_to_wait_may_begin():
    work_order = make_work_order(step("SAW", run_s=1200), step("PACK"))
    saw = work_order.operations.get(code="SAW")
    operations.perform(operation_id=saw.id, action="start", report=report())

    ends = find_next()
    Operation.objects.filter(code="PACK").update(ready_at=at(5))

    assert (ends, find_next()) == (timedelta(minutes=20), timedelta(minutes=5))


def test_an_edit_window_is_over():
    make_work_order(step("SAW"))
    WorkOrder.objects.update(state="PLANNED", release_at=at(7))

    assert find_next() == timedelta(minutes=7)


def test_a_proposal_freezes():
    rule = {"measure": "TRAY", "max": 18, "max_wait_s": 1800}
    make_work_order(bake("programme=COOKIE", batch_rule=rule), quantity=24)
    oven = make_centre("OVEN-1")
    batching.plan_work_centre(work_centre_id=oven.id, now=NOW)

    assert find_next() == timedelta(minutes=30)


def test_a_takt_ends_while_a_unit_stands_on_the_line():
    line = make_line(takt_ms=90_000)
    make_unit(line)
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    waiting = find_next()
    lines.set_running(code=line.code, is_running=True, report=report())
    lines.launch(code=line.code, report=report())

    assert (waiting, find_next()) == (HOUR, timedelta(seconds=90))
