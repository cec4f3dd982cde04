"""The queue of a line: versioned plans, ratio rules, colour runs, takts."""

from datetime import timedelta
from itertools import pairwise

import pytest

from configurator.services.errors import ConflictError, IllegalMoveError, NotFoundError
from production.models import Calendar, Line, LinePlan, LineSlot
from production.selectors import line_queue
from production.services import holds, lines, sequencing
from production.services.floor_release import release_to_floor
from production.services.release import release_confirmed_orders
from tests.factories.floor import (
    at,
    make_centre,
    make_line,
    make_ratio,
    make_unit,
    report,
    state_of,
)
from tests.factories.production import NOW, configure, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def sequence(line, minutes=0):
    return sequencing.sequence(line_id=line.id, now=at(minutes), cause="test")


def advance(line, minutes, times=1):
    return [
        lines.advance(code=line.code, report=report(minutes + turn))
        for turn in range(times)
    ]


def slot_of(work_order):
    return LineSlot.objects.get(work_order=work_order)


def waiting(line):
    line.refresh_from_db()
    return [s.work_order.number for s in line_queue.get_queue(line=line).waiting]


def test_each_change_of_the_queue_is_a_new_version_and_says_why():
    line = make_line()
    unit = make_unit(line)
    make_unit(line)
    sequence(line)
    lines.remove(code=line.code, slot_id=slot_of(unit).id, report=report(1))
    lines.reinsert(code=line.code, slot_id=slot_of(unit).id, report=report(2))

    causes = list(LinePlan.objects.order_by("version").values_list("cause", flat=True))

    assert causes == ["test", "unit removed", "unit re-inserted"]
    line.refresh_from_db()
    assert line.plan_version == 3


def test_of_two_planners_the_second_plans_anew_from_the_firsts_version(monkeypatch):
    """Between reading and swapping in, another planner's version comes into force."""
    line = make_line()
    make_unit(line)
    sequence(line)
    late = make_unit(line)
    plan_once = sequencing._plan
    overtaken: list[int] = []

    def plan(found, *rest, **how):
        planned = plan_once(found, *rest, **how)
        if not overtaken:
            overtaken.append(found.plan_version)
            sequence(line, 1)
        return planned

    monkeypatch.setattr(sequencing, "_plan", plan)
    sequence(line, 1)

    line.refresh_from_db()
    versions = list(
        LinePlan.objects.order_by("version").values_list("version", flat=True)
    )
    assert overtaken == [1]
    assert versions == [1, 2, 3]
    assert line.plan_version == 3
    assert late.number in waiting(line)


def test_ratio_rules_are_kept_where_they_can_be():
    line = make_line()
    make_ratio(line, "HEAVY", 1, 2)
    for place in range(10):
        make_unit(line, line_attributes={"HEAVY": 1} if place < 5 else {})

    sequence(line)

    queue = line_queue.get_queue(line=Line.objects.get()).waiting
    heavy = [bool(slot.work_order.line_attributes) for slot in queue]
    assert not any(left and right for left, right in pairwise(heavy))
    assert LinePlan.objects.get().objective["violations"] == {"HEAVY": 0}


def test_the_history_on_the_line_counts_for_the_rules():
    line = make_line(wip_limit=1)
    make_ratio(line, "HEAVY", 1, 2)
    make_unit(line, line_attributes={"HEAVY": 1})
    sequence(line)
    lines.launch(code=line.code, report=report())
    heavy = make_unit(line, line_attributes={"HEAVY": 1})
    light = make_unit(line)

    sequence(line, 1)

    assert waiting(line) == [light.number, heavy.number]


def test_runs_of_one_colour_are_kept_within_their_maximum():
    line = make_line(colour_attribute="shade", colour_max_run=3)
    for place in range(8):
        make_unit(line, line_attributes={"colour": "DARK" if place % 2 else "LIGHT"})

    sequence(line)

    queue = line_queue.get_queue(line=Line.objects.get()).waiting
    shades = [slot.work_order.line_attributes["colour"] for slot in queue]
    runs = "".join("D" if shade == "DARK" else "L" for shade in shades)
    assert "DDDD" not in runs
    assert "LLLL" not in runs
    assert LinePlan.objects.get().objective["colour_changes"] <= 3


def test_a_running_line_advances_once_for_each_takt_of_its_working_time():
    line = make_line(takt_ms=60_000)
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    early = lines.advance_due(now=at(0.5))
    at_first = slot_of(unit).station
    lines.advance_due(now=at(2.5))
    at_third = slot_of(unit).station
    finished = lines.advance_due(now=at(60))

    assert (early, at_first, at_third, finished) == (0, 1, 3, 1)


def test_a_line_does_not_advance_while_it_is_closed_or_stopped():
    line = make_line()
    calendar = make_centre("FL").calendar
    calendar.always_open = False
    calendar.save()
    calendar.shifts.create(weekday=0, starts="08:00", ends="08:01")
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    lines.advance_due(now=at(600))
    after_closing = slot_of(unit).station
    lines.set_running(code=line.code, is_running=False, report=report(601))
    lines.advance_due(now=at(7 * 24 * 60 + 30))

    assert after_closing == 2
    assert slot_of(unit).station == 2


def test_nothing_is_launched_into_a_closed_line_which_can_be_run_empty():
    line = make_line(wip_limit=1)
    first, _second = make_unit(line), make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    Calendar.objects.update(always_open=False)

    with pytest.raises(ConflictError, match="FL has no working time to come"):
        lines.launch(code=line.code, report=report())
    line.work_centre.calendar.shifts.create(weekday=1, starts="08:00", ends="16:00")
    with pytest.raises(ConflictError, match=r"FL is closed until .*: nothing is"):
        lines.launch(code=line.code, report=report())
    advance(line, 1, times=3)

    assert state_of(first) == "COMPLETED"
    assert not LineSlot.objects.filter(state__in=line_queue.ON_THE_LINE).exists()


def test_a_line_says_when_it_has_nothing_to_do():
    line = make_line(n_stations=1)
    make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    advance(line, 1)

    line.refresh_from_db()
    assert line.state == "STARVED"


def test_a_replayed_advance_moves_the_line_once():
    line = make_line()
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    for _ in range(3):
        lines.advance(code=line.code, report=report(1, device="pad", nonce="7"))

    assert slot_of(unit).station == 2


def test_a_finished_unit_is_not_removed_and_an_unknown_one_is_not_found():
    line = make_line(n_stations=1)
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1)

    with pytest.raises(IllegalMoveError) as raised:
        lines.remove(code=line.code, slot_id=slot_of(unit).id, report=report(2))
    with pytest.raises(NotFoundError):
        lines.remove(code=line.code, slot_id=0, report=report(2))
    with pytest.raises(NotFoundError):
        lines.launch(code="NOWHERE", report=report(2))

    assert raised.value.status == 409


def test_a_cancelled_unit_does_not_come_back():
    line = make_line()
    unit = make_unit(line)
    sequence(line)
    holds.cancel(number=unit.number, report=report(1))

    with pytest.raises(ConflictError):
        lines.reinsert(code=line.code, slot_id=slot_of(unit).id, report=report(2))

    assert slot_of(unit).state == "REMOVED"


def test_the_statements_of_one_takt_do_not_grow_with_the_units(
    django_assert_max_num_queries,
):
    line = make_line(n_stations=8, wip_limit=8)
    for _ in range(20):
        make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1, times=8)

    with django_assert_max_num_queries(53):
        advance(line, 9)


def test_the_colour_that_release_gives_a_unit_is_the_one_the_plan_looks_at(shirt):
    line = Line.objects.get(code="FL")
    line.colour_max_run = 2
    line.save()
    for place in range(8):
        colour = "NAVY" if place < 4 else "WHITE"
        place_order(
            {"configuration": configure(shirt, colour=colour), "quantity": 1},
        )
    release_confirmed_orders(now=NOW)
    release_to_floor(now=NOW + timedelta(hours=1))

    sequencing.sequence(line_id=line.id, now=NOW + timedelta(hours=1), cause="test")

    queue = line_queue.get_queue(line=Line.objects.get(code="FL")).waiting
    colours = "".join(s.work_order.line_attributes["colour"][0] for s in queue)
    assert sorted(colours) == sorted("DDDDLLLL")
    assert "DDD" not in colours
    assert "LLL" not in colours


def test_a_long_queue_keeps_its_order_and_lets_only_what_is_urgent_in_front(
    monkeypatch,
):
    monkeypatch.setattr(sequencing, "RESEQUENCE_UP_TO", 3)
    line = make_line()
    known = [make_unit(line).number for _ in range(4)]
    sequence(line)
    before = waiting(line)
    late = make_unit(line).number
    urgent = make_unit(line, priority=1).number

    sequence(line, 1)

    assert sorted(before) == sorted(known)
    assert waiting(line) == [urgent, *before, late]


def test_a_long_queue_is_counted_and_compared_as_a_whole(monkeypatch):
    line = make_line(colour_attribute="shade", colour_max_run=9)
    make_ratio(line, "HEAVY", 1, 3)
    for place in range(4):
        marks = {"HEAVY": 1} if place % 2 else {}
        make_unit(line, line_attributes={"colour": "DARK", **marks})
    sequence(line)
    monkeypatch.setattr(sequencing, "RESEQUENCE_UP_TO", 3)
    make_unit(line, due_at=at(-60), line_attributes={"colour": "LIGHT"})

    sequence(line, 1)

    told = LinePlan.objects.latest("version").objective
    queue = line_queue.get_queue(line=Line.objects.get()).waiting
    heavy = [slot.work_order.line_attributes.get("HEAVY", 0) for slot in queue]
    windows = [sum(heavy[begin : begin + 3]) for begin in range(len(heavy) - 2)]
    counted = {"colour_changes": 1, "over_runs": 0, "late": 1}
    assert told["violations"] == {"HEAVY": sum(max(0, n - 1) for n in windows)}
    assert {name: told[name] for name in counted} == counted
    assert told["first_come"]["violations"] == {"HEAVY": 1}
    assert told["first_come"]["colour_changes"] == 1


def test_a_queue_that_closes_up_is_counted_and_compared_by_the_next_planned_turn():
    line = make_line()
    make_ratio(line, "HEAVY", 1, 2)
    for place in range(6):
        make_unit(line, line_attributes={"HEAVY": 1} if place < 3 else {})
    sequence(line)
    before = waiting(line)
    gone, blocked = before[1], before[3]
    slots = {s.work_order.number: s.id for s in LineSlot.objects.all()}

    lines.remove(code=line.code, slot_id=slots[gone], report=report(1))
    lines.set_blocked(
        code=line.code, slot_id=slots[blocked], reason="glue", report=report(2)
    )
    closed_up = waiting(line)
    at_once = LinePlan.objects.latest("version").objective
    sequencing.sequence_all(now=at(3))
    planned = LinePlan.objects.latest("version").objective

    stay = [number for number in before if number not in (gone, blocked)]
    assert closed_up == [*stay, blocked]
    assert at_once == {
        "changes": {"moved": [], "added": [], "held": [slots[blocked]]},
        "moves": 0,
        "rough": True,
    }
    assert set(planned) > {"violations", "late", "first_come"}
    assert set(planned["first_come"]) >= {"violations", "late"}


def test_what_is_urgent_comes_back_in_front_of_a_queue_that_closes_up():
    line = make_line()
    units = [make_unit(line) for _ in range(3)]
    urgent = make_unit(line, priority=1)
    sequence(line)
    for unit in (units[0], urgent):
        lines.remove(code=line.code, slot_id=slot_of(unit).id, report=report(1))
    stay = waiting(line)

    for unit in (units[0], urgent):
        lines.reinsert(code=line.code, slot_id=slot_of(unit).id, report=report(2))

    assert waiting(line) == [urgent.number, *stay, units[0].number]
