"""Calendars, work centres and skills in the admin."""

import re

import pytest
from django.urls import reverse

from configurator.models import RoutingStep
from configurator.selectors.roles import CATALOGUE_ADMIN, OPERATOR, ORDER_DESK
from production.models import (
    Calendar,
    Operator,
    ProductionEvent,
    Skill,
    WorkCentre,
)
from production.selectors import outages as outages_told
from production.selectors import planning, problems
from production.selectors.calendars import get_calendar
from production.selectors.plant import plant_mark
from production.services import outages
from production.services.reports import Report
from tests.factories.catalogue import make_draft
from tests.factories.floor import (
    at,
    bake,
    make_calendar,
    make_centre,
    make_line,
    make_matrix,
    make_operator,
    make_work_order,
    step,
)
from tests.factories.production import SHIRT
from tests.production.admin.posts import (
    SAME,
    calendar_fields,
    centre_fields,
    errors_of,
    page_of,
    rows_of,
    sign_in,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [CATALOGUE_ADMIN, OPERATOR, ORDER_DESK])
@pytest.mark.parametrize(
    "model",
    [
        *("calendar", "workcentre", "workcentreclass", "skill", "setuprule"),
        *("line", "site", "operator", "stockitem"),
    ],
)
def test_nobody_but_planners_sees_the_works_figures(role, model):
    client = sign_in(role)

    assert client.get(page_of(model, action="changelist")).status_code == 403
    assert "Set-up rules" not in text_of(client.get(reverse("admin:index")))


def test_a_calendar_is_made_with_shifts_and_closed_days(client):
    shift = {"weekday": "0", "starts": "22:00", "ends": "06:00"}
    breaks = {"breaks": '[["02:00", "02:30"]]'}
    closed = {"from_date": "2026-12-24", "to_date": "2026-12-31"}

    answer = client.post(
        page_of("calendar", action="add"),
        calendar_fields([shift | breaks], [closed], code="NIGHT"),
    )

    assert answer.status_code == 302
    row = Calendar.objects.get(code="NIGHT")
    (found,) = get_calendar(calendar_id=row.pk).shifts
    assert found.length_s == 8 * 3600
    assert len(found.breaks) == 1
    assert row.closed_days.count() == 1


@pytest.mark.parametrize(
    ("field", "fields", "told"),
    [
        ("zone", {"zone": "Mars/North"}, "no time zone “Mars/North”"),
        ("zone", {"zone": ""}, "required"),
        ("zone", {"zone": "Europe"}, "no time zone"),
        ("ends", {"shifts-0-ends": "26:00"}, "valid time"),
        ("weekday", {"shifts-0-weekday": "7"}, "not one of the available choices"),
        ("breaks", {"shifts-0-breaks": '[["18:00", "19:00"]]'}, "not inside the shift"),
        ("breaks", {"shifts-0-breaks": "[[1, 2]]"}, "pairs of times"),
        ("breaks", {"shifts-0-breaks": '{"12:00": 1}'}, "as in the example"),
        ("breaks", {"shifts-0-breaks": "[" * 9_999}, "valid JSON"),
        ("breaks", {"shifts-0-breaks": "9" * 5_000}, "valid JSON"),
        ("to_date", {"closed_days-0-to_date": "2026-12-01"}, "before it begins"),
    ],
)
def test_a_calendar_that_no_clock_can_follow_is_refused(client, field, fields, told):
    shift = {"weekday": "0", "starts": "08:00", "ends": "16:00", "breaks": ""}
    closed = {"from_date": "2026-12-24", "to_date": "2026-12-31"}

    answer = client.post(
        page_of("calendar", action="add"),
        calendar_fields([shift], [closed], code="DAY", **fields),
    )

    assert set(errors_of(answer)) == {field}
    assert told in errors_of(answer)[field]
    assert not Calendar.objects.exists()


def test_what_is_in_use_stays_and_the_page_says_by_whom(client):
    calendar = make_centre("OVEN-1").calendar
    skill = make_operator("ANNA", "BAKE").skills.get()

    used = text_of(
        client.post(page_of("calendar", calendar, "delete"), {"post": "yes"})
    )
    had = text_of(client.post(page_of("skill", skill, "delete"), {"post": "yes"}))

    assert "OVEN-1" in used
    assert "Operator: ANNA" in had
    assert Calendar.objects.filter(pk=calendar.pk).exists()
    assert Skill.objects.filter(pk=skill.pk).exists()


def test_what_a_product_s_steps_name_stays_and_the_page_says_so(client):
    centre, skill = make_centre("SAW-1"), make_operator("ANNA", "SAW").skills.get()
    Operator.objects.all().delete()
    release = make_draft(SHIRT)
    steps = RoutingStep.objects.filter(routing__release=release)
    steps.update(work_centre="SAW-1", skill="SAW")

    rows = ((centre, "workcentre"), (skill, "skill"))
    pages = [page_of(model, row, "delete") for row, model in rows]
    told = [text_of(client.post(page, {"post": "yes"})) for page in pages]
    steps.update(work_centre="", skill="")
    for page in pages:
        client.post(page, {"post": "yes"})

    assert [f"Step of {release}" in each for each in told] == [True, True]
    assert (WorkCentre.objects.count(), Skill.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_places", "0"),
        ("crew", "-1"),
        ("position", "-1"),
        ("name", "Oven"),
        ("name", '{"en": ""}'),
        ("name", '{"en": "a\\u0000b"}'),
        ("name", '{"en": "\\ud800"}'),
        ("calendar", "999"),
        ("capacity", '{"measure": "TRAY", "min": 5, "max": 1}'),
        ("capacity", '{"trays": 5}'),
        ("rates", '{"per_hour": 5}'),
        ("rates", '{"machine_minor_per_h": -5}'),
        ("rates", '{"machine_minor_per_h": "5"}'),
        ("rates", '{"breakdowns": {"mean_between_s": 0, "mean_repair_s": 5}}'),
    ],
)
def test_a_work_centre_that_cannot_be_is_refused_at_the_field(client, field, value):
    fields = centre_fields(**{field: value})

    answer = client.post(page_of("workcentre", make_centre("OVEN-1")), fields)

    assert set(errors_of(answer)) == {field}


def test_a_work_centre_gets_another_calendar_and_more_places(client):
    night = make_calendar("NIGHT")
    fields = centre_fields(calendar=night.pk, n_places="3")

    answer = client.post(page_of("workcentre", make_centre("OVEN-1")), fields)

    assert answer.status_code == 302
    row = WorkCentre.objects.get(code="OVEN-1")
    assert (row.calendar, row.n_places, row.capacity) == (night, 3, {})


def test_a_change_of_figures_is_planned_with_at_once(client):
    centre = make_centre("OVEN-1")
    order = make_work_order(bake(), planned_quantity=24, quantity=24)
    step_marks = planning.map_marks()[centre.pk]
    planning.note_planned(centre_id=centre.pk, marks=step_marks, now=at(0))
    advised = plant_mark()

    client.post(
        page_of("calendar", centre.calendar),
        calendar_fields(
            closed=[{"from_date": "2026-12-24", "to_date": "2026-12-31"}],
            always_open="on",
        ),
    )

    assert order.operations.get().state == "READY"
    assert planning.map_marks()[centre.pk] != step_marks
    assert plant_mark() != advised


def test_what_is_to_be_mended_leads_to_the_page_that_mends_it(client):
    never = Calendar.objects.create(code="NEVER", zone="Nowhere")
    make_centre("BENCH", calendar=never)
    make_matrix("OVEN", SAME)
    make_work_order(step("SAW", skill="SAWYER"))
    make_centre("LATHE", is_up=False)

    page = client.get("/floor/planner/").content.decode()

    assert {each.code for each in problems.list_problems(now=at(1))} == {
        *("FAULTY_CALENDAR", "NO_CALENDAR", "NO_CATCH_ALL", "NO_SKILL", "DOWN")
    }
    links = re.findall(r'href="(/admin/[^"]*)">Mend it', page)
    assert links == [
        page_of("calendar", never),
        page_of("calendar", never),
        page_of("setuprule", action="changelist") + "?matrix=OVEN",
        page_of("skill", action="add") + "?code=SAWYER",
    ]
    assert {client.get(link).status_code for link in links} == {200}
    assert 'href="/floor/boards/LATHE/">Say when it is back' in page
    assert f'href="{reverse("admin:app_list", args=["production"])}"' in page


def test_a_skill_that_nobody_has_is_given_to_somebody(client):
    anna = make_operator("ANNA")
    people = rows_of("Operator_skills", [{"operator": anna.pk}])
    fields = {"code": "SAWYER", "name": '{"en": "Sawing"}', **people}

    answer = client.post(page_of("skill", action="add"), fields)

    assert answer.status_code == 302
    assert anna.skills.get().code == "SAWYER"


def test_a_page_that_was_open_for_long_brings_no_machine_back(client):
    fields = centre_fields()
    centre = WorkCentre.objects.get(code="OVEN-1")
    page = client.get(page_of("workcentre", centre)).content.decode()
    shown = dict(re.findall(r'name="(initial-\w+)" value="([^"]*)"', page))
    WorkCentre.objects.update(is_up=False, back_at=at(60))

    client.post(page_of("workcentre", centre), shown | fields | {"crew": "3"})

    centre.refresh_from_db()
    assert (centre.crew, centre.is_up, centre.back_at) == (3, False, at(60))


def test_a_work_centre_is_told_to_be_down_and_until_when(client):
    line = make_line("OVEN-1", advanced_at=at(0))
    down = centre_fields(back_at_0="2026-03-02", back_at_1="10:00:00") | {"is_up": ""}

    shown = {"initial-is_up": "True"}
    client.post(page_of("workcentre", line.work_centre), shown | down)

    line.work_centre.refresh_from_db()
    assert (line.work_centre.is_up, line.work_centre.back_at) == (False, at(60))
    told = [each.text for each in problems.list_problems(now=at(1))]
    assert told == ["OVEN-1 is down until 2026-03-02 10:00."]
    told = [each.text for each in problems.list_problems(now=at(61))]
    assert told == ["OVEN-1 is down; nobody knows until when."]
    client.post(page_of("workcentre", line.work_centre), down | {"is_up": "on"})
    line.work_centre.refresh_from_db()
    line.refresh_from_db()
    assert (line.work_centre.is_up, line.work_centre.back_at) == (True, None)
    assert line.advanced_at is not None
    assert line.advanced_at > at(0)
    events = ProductionEvent.objects.filter(work_centre=line.work_centre)
    assert [each.kind for each in events] == ["DOWN", "UP"]


def test_a_page_that_was_open_for_long_undoes_nothing_that_the_floor_told(client):
    fields = centre_fields()
    centre = WorkCentre.objects.get(code="OVEN-1")
    said = Report(now=at(0), actor="W1", reason="The belt slips")
    outages.tell(work_centre_id=centre.id, is_up=False, report=said)
    page = client.get(page_of("workcentre", centre)).content.decode()
    shown = dict(re.findall(r'name="(initial-\w+)" value="([^"]*)"', page))
    until = {"is_up": "", "back_at_0": "2026-03-02", "back_at_1": "10:00:00"}

    client.post(page_of("workcentre", centre), shown | fields | until)
    centre.refresh_from_db()
    told = outages_told.find_told(work_centre=centre)
    assert (centre.is_up, centre.back_at) == (False, at(60))
    assert told is not None
    assert (told.actor, told.reason) == ("W1", "The belt slips")

    outages.tell(work_centre_id=centre.id, is_up=True, report=Report(now=at(5)))
    client.post(page_of("workcentre", centre), shown | fields | until)
    centre.refresh_from_db()
    assert (centre.is_up, centre.back_at) == (True, None)
    assert outages_told.find_told(work_centre=centre) is None
