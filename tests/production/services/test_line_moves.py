"""Flexible lines: sequenced by rules, launched under a limit, moved by takt."""

from datetime import timedelta

import pytest

from production.models import Line, LinePlan, LineSlot, SequenceRule, WorkOrder
from production.selectors import line_queue
from production.services import lines, sequencing
from tests.factories.steps import NOW, make_line, make_unit, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return make_line()


def sequence(line, now=NOW):
    return sequencing.sequence(line_id=line.id, now=now, cause="test")


def waiting(line):
    line.refresh_from_db()
    return [s.work_order.number for s in line_queue.get_queue(line=line).waiting]


def advance(line, minutes):
    return lines.advance(
        code=line.code, report=report(NOW + timedelta(minutes=minutes))
    )


def test_units_that_are_released_get_a_place_in_the_queue(line):
    units = [make_unit(line) for _ in range(3)]

    assert sequence(line) == 3
    assert sorted(waiting(line)) == sorted(unit.number for unit in units)


def test_ratio_rules_keep_what_is_slow_apart(line):
    SequenceRule.objects.create(line=line, code="ROOF", condition="roof", p=1, q=2)
    for place in range(6):
        make_unit(line, line_attributes={"ROOF": 1} if place < 3 else {})

    sequence(line)

    line.refresh_from_db()
    queue = line_queue.get_queue(line=line).waiting
    marks = [slot.work_order.line_attributes.get("ROOF", 0) for slot in queue]
    assert all(marks[i] + marks[i + 1] <= 1 for i in range(5))
    plan = LinePlan.objects.get(line=line, version=line.plan_version)
    assert plan.objective["violations"] == {"ROOF": 0}


def test_every_unit_says_why_it_stands_where_it_stands(line):
    for _ in range(3):
        make_unit(line)

    sequence(line)

    assert all(LineSlot.objects.values_list("why", flat=True))


def test_a_plan_is_swapped_in_only_if_the_one_it_read_is_in_force(line, monkeypatch):
    make_unit(line)
    real = sequencing._plan
    calls = []

    def overtaken(read_line, *args, **words):
        if not calls:
            Line.objects.filter(id=line.id).update(plan_version=7)
            LinePlan.objects.create(line=line, version=7, created_at=NOW)
        calls.append(read_line.plan_version)
        return real(read_line, *args, **words)

    monkeypatch.setattr(sequencing, "_plan", overtaken)
    sequence(line)

    line.refresh_from_db()
    assert calls == [0, 7]
    assert line.plan_version == 8


def test_the_limit_on_work_in_progress_is_never_exceeded(line):
    for _ in range(7):
        make_unit(line)
    sequence(line)

    for minute in range(8):
        advance(line, minute)
        on_line = LineSlot.objects.filter(state__in=line_queue.ON_THE_LINE).count()
        assert on_line <= line.wip_limit


def test_a_unit_passes_every_station_and_completes_its_work_order(line):
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    finished = [advance(line, minute) for minute in (1, 2, 3)]

    unit.refresh_from_db()
    assert finished == [0, 0, 1]
    assert unit.state == "COMPLETED"
    assert set(unit.operations.values_list("state", flat=True)) == {"DONE"}


def test_no_two_units_stand_at_one_station(line):
    for _ in range(4):
        make_unit(line)
    sequence(line)

    for minute in range(6):
        advance(line, minute)
        stations = LineSlot.objects.filter(state="AT_STATION").values_list(
            "station", flat=True
        )
        assert len(set(stations)) == len(stations)


def test_a_blocked_unit_stops_what_stands_behind_it(line):
    for _ in range(3):
        make_unit(line)
    sequence(line)
    for minute in range(3):
        advance(line, minute)
    first = LineSlot.objects.filter(state="AT_STATION").order_by("-station").first()
    behind = LineSlot.objects.filter(
        state="AT_STATION", station=first.station - 1
    ).first()
    lines.set_blocked(
        code=line.code, slot_id=first.id, reason="part missing", report=report()
    )

    advance(line, 4)

    first.refresh_from_db()
    assert first.state == "AT_STATION"
    if behind is not None:
        before = behind.station
        behind.refresh_from_db()
        assert behind.station == before


def test_a_removed_unit_comes_back_when_it_is_reinserted(line):
    unit, _other = make_unit(line), make_unit(line)
    sequence(line)
    slot = LineSlot.objects.get(work_order=unit)

    lines.remove(code=line.code, slot_id=slot.id, report=report())
    assert unit.number not in waiting(line)
    lines.reinsert(code=line.code, slot_id=slot.id, report=report())

    assert unit.number in waiting(line)


def test_a_scrapped_unit_is_made_again_before_others(line):
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    slot = LineSlot.objects.get(work_order=unit)

    lines.scrap_unit(slot_id=slot.id, report=report(reason="smudged"))

    unit.refresh_from_db()
    again = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert unit.state == "SCRAPPED"
    assert (again.remake_of, again.quantity) == (unit, 1)
    assert again.priority < unit.priority
    assert sequence(line) == 1


def test_an_advance_scanned_twice_moves_once(line):
    make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    scan = report(NOW + timedelta(minutes=1), device="d", nonce="n")

    lines.advance(code=line.code, report=scan)
    lines.advance(code=line.code, report=scan)

    assert LineSlot.objects.get().station == 2


def test_two_beats_at_once_advance_once_for_one_takt(line):
    make_unit(line)
    sequence(line)
    Line.objects.filter(id=line.id).update(state="RUNNING", advanced_at=NOW)
    lines.launch(code=line.code, report=report())
    stale = Line.objects.select_related("work_centre").get(id=line.id)
    later = NOW + timedelta(seconds=60)

    lines._advance_due(stale, later)
    lines._advance_due(stale, later)

    assert LineSlot.objects.get().station == 2


def test_a_planner_that_died_before_its_plan_leaves_nothing_out(line):
    make_unit(line)
    sequencing._add_slots(line, NOW)

    sequencing.sequence_all(now=NOW)

    line.refresh_from_db()
    plan = LinePlan.objects.get(line=line, version=line.plan_version)
    assert plan.sequence == [LineSlot.objects.get().id]


def test_a_line_without_stations_does_not_stop_the_others(line):
    broken = make_line("BROKEN")
    make_unit(broken)
    sequence(broken)
    broken.stations.all().delete()
    make_unit(line)
    sequence(line)
    Line.objects.update(state="RUNNING", advanced_at=NOW)

    lines.advance_due(now=NOW + timedelta(minutes=2))

    assert LineSlot.objects.filter(line=line, state="AT_STATION").exists()


def test_a_plan_in_force_never_changes(line):
    from django.db import DatabaseError

    make_unit(line)
    sequence(line)
    line.refresh_from_db()

    with pytest.raises(DatabaseError, match="immutable"):
        LinePlan.objects.filter(line=line).update(sequence=[])
