"""The Gantt: what runs, stands, is queued and fills, in the hours of each place."""

from datetime import time

import pytest
from django.utils import timezone

from production.models import Line, Operation, WorkCentre
from production.selectors import lanes
from production.services import batching, lines, sequencing
from tests.factories.floor import (
    DAY,
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

pytestmark = pytest.mark.django_db


def test_a_work_centre_shows_what_runs_what_is_queued_and_what_still_fills():
    oven = make_centre("OVEN-1")
    for minutes, pieces in ((1, 18 * 24), (2, 2 * 24)):
        make_work_order(bake(), planned_quantity=pieces, quantity=pieces)
        batching.plan_work_centre(work_centre_id=oven.id, now=at(minutes))
    make_work_order(step("SAW", run_s=600))
    make_work_order(step("SAW", run_s=900))

    found = {lane.centre.code: lane for lane in lanes.list_lanes(now=at(2))}

    assert [bar.kind for bar in found["OVEN-1"].bars] == ["QUEUED", "FILLING"]
    first, second = found["BENCH"].bars
    assert (first.begins_at, second.begins_at) == (at(2), at(12))
    assert found["BENCH"].free_at == at(27)


def test_what_has_begun_runs_and_stands_where_its_place_is_down(sign_in):
    line = make_line()
    for _unit in range(3):
        make_unit(line)
    sequencing.sequence(line_id=line.id, now=at(0), cause="arrivals")
    lines.launch(code=line.code, report=report())
    lines.advance(code=line.code, report=report())
    Operation.objects.filter(work_order=make_work_order(step("SAW"))).update(
        state="RUNNING", started_at=timezone.now()
    )

    client = sign_in("planner")

    up = client.get("/floor/planner/").text
    WorkCentre.objects.filter(code="BENCH").update(is_up=False)
    Line.objects.update(state="STOPPED")
    down = client.get("/floor/planner/").text

    assert up.count('"gantt__bar gantt__bar--running"') == 2
    assert "units on FL" in up
    assert '"gantt__bar gantt__bar--still"' not in up
    assert down.count('"gantt__bar gantt__bar--still"') == 2
    assert '"gantt__bar gantt__bar--running"' not in down
    assert "stands, " in down


def test_a_bar_is_cut_into_the_hours_in_which_somebody_works():
    calendar = make_calendar("EARLY")
    calendar.always_open = False
    calendar.save()
    opens = at(0).replace(hour=6, minute=0) + DAY
    for weekday in range(7):
        calendar.shifts.create(weekday=weekday, starts=time(6), ends=time(14))
    WorkCentre.objects.filter(id=make_centre("BENCH").id).update(calendar=calendar)
    make_work_order(step("SAW", run_s=9 * 3600))

    (lane,) = lanes.list_lanes(now=opens)
    (bar,) = lane.bars

    assert bar.cut(lane.calendar.openings(opens, opens + 2 * DAY)) == [
        (opens, opens + DAY / 3),
        (opens + DAY, opens + DAY + DAY / 24),
    ]


def test_what_runs_longer_than_planned_is_seen_though_nobody_works_there():
    bar = lanes.Bar("RUNNING", "W-1", at(-60), at(0))

    assert bar.cut([]) == [(at(-60), at(0))]


def test_a_line_without_units_takes_no_place_in_the_gantt():
    make_line()

    assert lanes.list_lanes(now=at(0)) == []
    assert Line.objects.count() == 1
