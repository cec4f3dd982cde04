"""What the page of a flexible line says, and to whom it offers what."""

from datetime import time, timedelta

import pytest

from configurator.selectors.times import local
from production.models import Calendar, Line, LinePlan, LineSlot, SequenceRule
from production.selectors.reasons import keep_note
from production.services import lines
from production.services.reports import Report
from production.services.sequencing import sequence_all
from production.views.ratios import find_over_ratio
from tests.production.views.test_boards import fill_line, read

pytestmark = pytest.mark.django_db


def test_the_line_shows_its_rules_colour_runs_and_units_over_ratio(sign_in, shirt, now):
    fill_line(shirt, now)

    page = read(sign_in("operator"), "/floor/lines/FL/")

    assert "at most 1 in 2 in a row · 3 in the queue" in page
    assert page.count('class="run"') == 1
    assert "text: 2 in 2" in page
    assert page.count("Ada") >= 3


def test_a_queue_says_what_its_plan_costs_until_it_is_empty(sign_in, shirt, now):
    fill_line(shirt, now)
    operator = sign_in("operator")

    full = read(operator, "/floor/lines/FL/")
    LineSlot.objects.all().delete()
    empty = read(operator, "/floor/lines/FL/")

    assert "first come, first served would cost" in full
    assert "The queue is empty" in empty
    assert "would cost" not in empty


def test_a_single_colour_change_is_told_in_the_singular(sign_in, shirt, now):
    fill_line(shirt, now)
    plan = LinePlan.objects.latest("version")
    costs = {"violations": {}, "colour_changes": 1, "late": 0}
    plan.objective |= costs | {"first_come": costs | {"colour_changes": 2}}
    plan.save()

    page = read(sign_in("operator"), "/floor/lines/FL/")

    assert "1 colour change, 0 over ratio" in page
    assert "would cost 2 colour changes, 0 over ratio" in page


def test_a_queue_that_only_closed_up_says_that_its_costs_are_still_to_come(
    sign_in, shirt, now
):
    fill_line(shirt, now)
    slot = LineSlot.objects.order_by("id")[0]
    body = {"action": "remove", "slot": slot.id, "nonce": "n1"}
    planner = sign_in("planner")
    planner.post("/floor/lines/FL/action/", body)

    closed_up = read(planner, "/floor/lines/FL/")
    sequence_all(now=now)
    planned = read(planner, "/floor/lines/FL/")

    assert "unit removed: the next plan looks for a better order" in closed_up
    assert "over ratio," not in closed_up
    assert "over ratio," in planned


def test_the_line_names_a_broken_rule_as_people_know_it(sign_in, shirt, now):
    fill_line(shirt, now)
    (rule,) = SequenceRule.objects.all()
    SequenceRule.objects.update(name={"en": "Names: one in two"})
    LineSlot.objects.update(why=keep_note("BREAKS", rule=rule.code))

    page = read(sign_in("operator"), "/floor/lines/FL/")

    assert "breaks Names: no better order was found" in page


def test_only_planners_take_units_out_of_a_line_and_put_them_back(sign_in, shirt, now):
    fill_line(shirt, now)
    assert 'value="remove"' not in read(sign_in("operator"), "/floor/lines/FL/")
    assert 'value="block"' not in read(sign_in("staff"), "/floor/lines/FL/")

    client = sign_in("planner")
    assert 'value="remove"' in read(client, "/floor/lines/FL/")
    for move in (lines.launch, lines.advance):
        move(code="FL", report=Report(now=now, actor="x"))
    slot = LineSlot.objects.get(station=2)
    body = {"action": "remove", "slot": slot.id, "nonce": "n1"}
    client.post("/floor/lines/FL/action/", body)

    assert "Taken out" in read(client, "/floor/lines/FL/")
    body = {"action": "reinsert", "slot": slot.id, "nonce": "n2"}
    client.post("/floor/lines/FL/action/", body)
    slot.refresh_from_db()
    assert slot.state == "SEQUENCED"
    assert "comes in again at station 2, in a gap" in read(client, "/floor/lines/FL/")


def test_a_line_that_stands_says_why_and_what_starts_it(sign_in, shirt, now):
    fill_line(shirt, now)
    Line.objects.update(state="STOPPED", advanced_at=None)
    operator = sign_in("operator")

    new = read(operator, "/floor/lines/FL/")
    for action in ("run", "stop"):
        operator.post("/floor/lines/FL/action/", {"action": action, "nonce": action})
    stopped = read(operator, "/floor/lines/FL/")
    operator.post("/floor/lines/FL/action/", {"action": "run", "nonce": "again"})

    assert "Nobody has started the takt of this line yet. What is released" in new
    assert "The takt was stopped by operator, " in stopped
    for page in (new, stopped):
        assert "until somebody starts the takt" in page
    assert "somebody starts the takt" not in read(operator, "/floor/lines/FL/")


def test_stations_say_working_blocked_or_starved(sign_in, shirt, now):
    fill_line(shirt, now)
    lines.set_running(code="FL", is_running=True, report=Report(now=now, actor="x"))
    lines.launch(code="FL", report=Report(now=now, actor="x"))
    first = LineSlot.objects.get(state="AT_STATION")
    client = sign_in("operator")

    page = read(client, "/floor/lines/FL/")
    assert "working" in page
    assert "starved" in page
    assert "<takt-clock" in page

    lines.set_blocked(
        code="FL",
        slot_id=first.id,
        reason="Print head clogged",
        report=Report(now=now, actor="x"),
    )
    assert "Print head clogged" in read(client, "/floor/lines/FL/")


def test_a_launch_that_launches_nothing_says_so(sign_in, shirt, now):
    fill_line(shirt, now)
    client = sign_in("operator")

    first, second = (
        client.post("/floor/lines/FL/action/", {"action": "launch"}, follow=True)
        for _launch in range(2)
    )

    told = "Nothing was launched: the line is full, or nothing waits"
    assert told not in first.content.decode()
    assert told in second.content.decode()


def test_a_line_at_rest_says_until_when_and_a_stopped_one_that_it_is(
    sign_in, shirt, now
):
    fill_line(shirt, now)
    lines.set_running(code="FL", is_running=True, report=Report(now=now, actor="x"))
    lines.launch(code="FL", report=Report(now=now, actor="x"))
    Calendar.objects.update(always_open=False)  # and no shift: it never opens
    tomorrow = local(now) + timedelta(days=1)
    for calendar in Calendar.objects.all():
        opens = {"starts": time(8), "ends": time(16)}
        calendar.shifts.create(weekday=tomorrow.weekday(), **opens)
    client = sign_in("operator")

    rests = read(client, "/floor/lines/FL/")
    boards = [read(client, path) for path in ("/floor/", "/floor/lines/")]
    api = client.get("/api/v1/lines/").json()["results"]
    lines.set_running(code="FL", is_running=False, report=Report(now=now, actor="x"))
    stopped = read(client, "/floor/lines/FL/")

    assert "Launch: closed until" in rests
    for page in (rests, *boards):
        assert "badge--held" in page
        assert 'data-state="RUNNING"' not in page
        assert page.count(">closed until") == 1
    assert "<takt-clock" not in rests
    assert "working" not in rests
    assert "stopped" not in rests
    assert "stopped" in stopped
    assert "<p>Closed until" in stopped
    assert [(each["state"], each["closed_until"] is None) for each in api] == [
        ("RUNNING", False)
    ]


def test_a_window_with_too_many_marks_the_unit_that_breaks_it():
    units = [{"A": 1}, {}, {"A": 1}, {}, {}, {"A": 1}]

    over = find_over_ratio(rules=[("A", 1, 3)], units=units)

    assert over == [[], [], [("A", 2, 3)], [], [], []]
