"""When a simulated shift begins, and what it says where nobody works."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from configurator.services.clock import set_factory_clock
from production.management.commands.simulate_shift import list_lines
from production.services.simulation import ShiftReport
from tests.factories.floor import make_calendar, make_centre, make_work_order, step

pytestmark = pytest.mark.django_db
SUNDAY_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _works_that_open_on_monday_at_seven():
    calendar = make_calendar("EARLY")
    calendar.zone, calendar.always_open = "Europe/Berlin", False
    calendar.save()
    calendar.shifts.create(weekday=0, starts="07:00", ends="09:00")
    make_centre("SAW", calendar=calendar)
    set_factory_clock(real_now=timezone.now(), factory_at=SUNDAY_NOON)


def simulate(*words):
    out, told = StringIO(), StringIO()
    words = ("--step", "30", "--json", *words)
    call_command("simulate_shift", *words, stdout=out, stderr=told)
    begin = datetime.fromisoformat(json.loads(out.getvalue())["begin"])
    return begin.replace(microsecond=0, second=0), told.getvalue()


def test_a_shift_asked_for_while_all_is_closed_begins_at_the_next_opening():
    begin, told = simulate("--hours", "1")

    assert begin == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert "The works are closed now" in told
    assert "Mon 02 Mar 2026, 07:00" in told


def test_it_begins_now_if_told_so_or_if_the_works_open_in_its_hours():
    now, told = simulate("--hours", "1", "--from", "now", "--calm")
    later, untold = simulate("--hours", "20")

    assert (now.date(), later.date()) == (SUNDAY_NOON.date(), SUNDAY_NOON.date())
    assert "Nobody works in these hours" in told
    assert untold == ""


def test_it_begins_when_it_is_told_to_in_the_time_of_the_works_but_never_back():
    begin, _told = simulate("--hours", "1", "--from", "2026-03-02T08:00")

    assert begin == datetime(2026, 3, 2, 7, tzinfo=UTC)
    with pytest.raises(CommandError, match="already"):
        simulate("--hours", "1", "--from", "2026-03-02T08:00")
    with pytest.raises(CommandError, match="from 1 to 8784 hours"):
        simulate("--hours", "99999999999")
    with pytest.raises(CommandError, match="from 1 to 60 minutes"):
        simulate("--hours", "1", "--step", "0")
    with pytest.raises(CommandError, match="neither"):
        simulate("--from", "tomorrow")


def test_what_needs_nobody_goes_on_until_the_works_open():
    make_centre("SERVER", mode="AUTO")
    build = step("BUILD", "SERVER", is_attended=False, run_s=60)
    work_order = make_work_order(build)

    out = StringIO()
    call_command("simulate_shift", "--hours", "1", "--calm", stdout=out)

    assert out.getvalue().splitlines() == [
        "The works have gone on from Mon 02 Mar 2026, 07:00 to Mon 02 Mar 2026, 08:00.",
        "Work orders: 0 completed, 0 still open.",
        "Nothing was to be done.",
    ]
    operation = work_order.operations.get()
    ended = operation.finished_at
    assert operation.state == "DONE"
    assert ended is not None
    assert ended < datetime(2026, 3, 1, 18, tzinfo=UTC)


def test_people_read_what_a_shift_has_brought_about():
    hour = timedelta(hours=1)
    report = ShiftReport(begin=SUNDAY_NOON, end=SUNDAY_NOON + hour)
    report.done.update({"units finished": 1200, "batch start": 2, "nothing": 0})
    report.disturbances["OVEN_TRIP"] = (SUNDAY_NOON + hour / 2).isoformat()

    lines = list(list_lines(report, zone=ZoneInfo("Europe/Berlin")))

    assert lines[2:] == [
        "Done:",
        "        2  batch start",
        "    1,200  units finished",
        "Went wrong:",
        "  Sun 01 Mar 2026, 13:30  oven trip",
    ]
