"""Calendars that say something wrongly, and all the work that is planned beside."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from production.models import Calendar, ClosedDay, Shift, Site
from production.selectors.calendars import get_calendar, list_faults
from production.selectors.problems import list_problems
from production.services.batching import plan_work_centre
from production.services.outlooks import watch_promises
from tests.factories.floor import at, bake, make_centre, make_site, make_work_order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", ["Mars/North", "Europe", "../etc", " "])
def test_a_calendar_of_no_zone_goes_by_the_site_s_and_stops_nothing(zone):
    make_site()
    never = Calendar.objects.create(code="NEVER", zone=zone, always_open=True)
    oven = make_centre("OVEN-1", calendar=never)
    order = make_work_order(bake(), planned_quantity=432, quantity=432)

    (problem,) = list_problems(now=at(1))
    plan_work_centre(work_centre_id=oven.id, now=at(1))

    assert problem.text == (
        f"Calendar NEVER has no time zone: there is no “{zone}”; "
        "until then it goes by UTC."
    )
    assert (problem.code, problem.calendar_id) == ("FAULTY_CALENDAR", never.id)
    assert get_calendar(calendar_id=never.id).zone == "UTC"
    assert watch_promises(now=at(1)) == 0
    assert order.operations.get().state == "IN_BATCH"


def test_where_the_site_names_no_zone_either_the_shop_s_is_taken(settings):
    settings.SHOP_TIME_ZONE = "Europe/Lisbon"
    make_site()
    Site.objects.update(zone="Nowhere")
    never = Calendar.objects.create(code="NEVER", zone="Nowhere")

    assert get_calendar(calendar_id=never.id).zone == "Europe/Lisbon"


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        ([["18:00", "19:00"]], "not inside the shift"),
        ([["noon", "13:00"]], "breaks are pairs of times"),
        ([["12:00"]], "breaks are pairs of times"),
        (7, "breaks are pairs of times"),
    ],
)
def test_breaks_that_cannot_be_are_left_out_and_named(breaks, told):
    day = Calendar.objects.create(code="DAY", zone="UTC")
    hours = {"starts": time(8), "ends": time(16)}
    Shift.objects.create(calendar=day, weekday=0, breaks=breaks, **hours)

    (shift,) = get_calendar(calendar_id=day.id).shifts
    (fault,) = list_faults()

    assert (shift.length_s, shift.breaks) == (8 * 3600, ())
    assert told in fault.text
    assert fault.text.startswith("Calendar DAY: ")
    assert fault.text.endswith("; until then without breaks.")


def test_the_database_keeps_no_calendar_without_a_zone():
    with pytest.raises(IntegrityError, match="zone"), transaction.atomic():
        Calendar.objects.create(code="NEVER")


def test_the_database_keeps_no_closure_that_ends_before_it_begins():
    day = Calendar.objects.create(code="DAY", zone="UTC")

    with pytest.raises(IntegrityError, match="closure"), transaction.atomic():
        ClosedDay.objects.create(
            calendar=day, from_date=date(2026, 5, 2), to_date=date(2026, 5, 1)
        )
