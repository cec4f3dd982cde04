"""Units move one by one along a flexible line; its queue is planned in versions."""

import pytest

from production.models import Line, LinePlan, LineSlot, Operation, WorkOrder
from production.selectors import line_queue
from production.services import holds, insertions, lines, operations, sequencing
from production.services.steps import OperationError
from tests.factories.floor import (
    at,
    make_line,
    make_unit,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
)

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


def standing(line):
    """Give each station's unit, in the order of the stations."""
    at_station = LineSlot.objects.filter(line=line, state="AT_STATION")
    found = {slot.station: slot.work_order.number for slot in at_station}
    return [found.get(station.position) for station in line.stations.all()]


def test_units_get_a_place_in_the_queue_with_a_reason():
    line = make_line()
    units = [make_unit(line) for _ in range(3)]

    n_new = sequence(line)

    assert n_new == 3
    assert waiting(line) == [unit.number for unit in units]
    assert all(LineSlot.objects.values_list("why", flat=True))


def test_units_advance_station_by_station_and_leave_finished():
    line = make_line()
    units = [make_unit(line) for _ in range(4)]
    sequence(line)
    lines.launch(code=line.code, report=report())

    rows = []
    for turn in range(1, 8):
        advance(line, turn)
        rows.append(standing(line))

    first, second, third, fourth = (unit.number for unit in units)
    assert rows == [
        [second, first, None],
        [third, second, first],
        [fourth, third, second],
        [None, fourth, third],
        [None, None, fourth],
        [None, None, None],
        [None, None, None],
    ]
    assert {state_of(unit) for unit in units} == {"COMPLETED"}
    assert {slot.state for slot in LineSlot.objects.all()} == {"FINISHED"}
    assert {o.actual_run_s for o in Operation.objects.all()} == {60}


def test_a_unit_begins_at_its_launch_and_its_steps_follow_it():
    line = make_line()
    unit = make_unit(line)
    sequence(line)

    lines.launch(code=line.code, report=report())
    begun = (state_of(unit), states(unit))
    advance(line, 1)

    assert begun == ("IN_PROGRESS", ["RUNNING", "ON_LINE", "ON_LINE"])
    assert states(unit) == ["DONE", "RUNNING", "ON_LINE"]


def test_a_unit_passes_a_station_where_it_has_nothing_to_do():
    line = make_line()
    unit = make_work_order(
        step("S1", "FL", station="S1"),
        step("S3", "FL", station="S3"),
        line=line,
        method="MASS_CUSTOMISATION",
    )
    sequence(line)
    lines.launch(code=line.code, report=report())

    advance(line, 1)
    at_second = (slot_of(unit).station, states(unit))
    advance(line, 2, times=2)

    assert at_second == (2, ["DONE", "ON_LINE"])
    assert states(unit) == ["DONE", "DONE"]
    assert state_of(unit) == "COMPLETED"


def test_what_comes_after_the_line_waits_for_it():
    line = make_line(n_stations=1)
    unit = make_work_order(
        step("S1", "FL", station="S1"), step("PACK"), line=line, method="BATCH"
    )
    sequence(line)
    lines.launch(code=line.code, report=report())

    advance(line, 1)

    assert states(unit) == ["DONE", "READY"]
    assert state_of(unit) == "IN_PROGRESS"


def test_the_line_holds_no_more_units_than_its_limit():
    line = make_line(wip_limit=2)
    for _ in range(5):
        make_unit(line)
    sequence(line)

    launched = [lines.launch(code=line.code, report=report(n)) for n in range(2)]
    counts = []
    for turn in range(2, 8):
        advance(line, turn)
        on_line = LineSlot.objects.filter(state__in=("LAUNCHED", "AT_STATION"))
        counts.append(on_line.count())

    assert launched == [2, 0]
    assert max(counts) == 2


def test_a_blocked_unit_stays_and_stops_those_behind_it():
    line = make_line()
    first, second, third = (make_unit(line) for _ in range(3))
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1)

    lines.set_blocked(
        code=line.code,
        slot_id=slot_of(first).id,
        reason="part missing",
        report=report(2),
    )
    advance(line, 3, times=2)
    line.refresh_from_db()
    stuck = (line.state, standing(line))
    lines.set_blocked(
        code=line.code, slot_id=slot_of(first).id, reason="", report=report(5)
    )
    advance(line, 6)

    assert stuck == ("BLOCKED", [second.number, first.number, None])
    assert standing(line) == [third.number, second.number, first.number]
    line.refresh_from_db()
    assert line.state == "RUNNING"


def test_a_gap_behind_a_blocked_unit_is_closed():
    line = make_line()
    first, second = make_unit(line), make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1, times=2)
    lines.set_blocked(
        code=line.code, slot_id=slot_of(first).id, reason="stuck", report=report(3)
    )

    advance(line, 4, times=3)

    assert standing(line) == [None, second.number, first.number]


def test_a_unit_on_hold_stays_where_it_stands():
    line = make_line()
    unit, other = make_unit(line), make_unit(line)
    sequence(line)
    holds.hold(number=other.number, report=report(reason="wrong size"))

    lines.launch(code=line.code, report=report())
    holds.hold(number=unit.number, report=report(1, reason="look at it"))
    advance(line, 2)

    assert standing(line) == [unit.number, None, None]
    assert slot_of(other).state == "SEQUENCED"


def test_a_block_reported_of_the_step_blocks_the_unit():
    line = make_line()
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    step_id = operation(unit, "S1").id

    operations.perform(
        operation_id=step_id, action="block", report=report(1, reason="torn")
    )
    advance(line, 2)
    blocked = (states(unit)[0], slot_of(unit).blocked_reason, standing(line)[0])
    operations.perform(operation_id=step_id, action="unblock", report=report(3))
    advance(line, 4)

    assert blocked == ("BLOCKED", "torn", unit.number)
    assert states(unit) == ["DONE", "RUNNING", "ON_LINE"]


@pytest.mark.parametrize("action", ["start", "finish", "pause", "undo"])
def test_a_step_on_a_line_moves_with_its_line_only(action):
    line = make_line()
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    with pytest.raises(OperationError, match="batch or line") as raised:
        operations.perform(
            operation_id=operation(unit, "S1").id, action=action, report=report(1)
        )

    assert raised.value.status == 409


def test_a_scrapped_unit_leaves_and_a_new_one_goes_to_the_head_of_the_queue():
    line = make_line(wip_limit=1)
    unit = make_unit(line, due_at=at(60))
    others = [make_unit(line, due_at=at(-60)) for _ in range(3)]
    sequence(line)
    LineSlot.objects.exclude(work_order=unit).update(created_at=at(-1))
    order = [unit.number, *(other.number for other in others)]
    slot_ids = {s.work_order.number: s.id for s in LineSlot.objects.all()}
    plan = [slot_ids[number] for number in order]
    line.refresh_from_db()
    LinePlan.objects.create(
        line=line, version=line.plan_version + 1, sequence=plan, created_at=at(0)
    )
    Line.objects.update(plan_version=line.plan_version + 1)
    lines.launch(code=line.code, report=report())

    lines.scrap_unit(slot_id=slot_of(unit).id, report=report(1, reason="clogged"))
    sequence(line, 2)

    made = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert state_of(unit) == "SCRAPPED"
    assert slot_of(unit).state == "REMOVED"
    assert waiting(line)[0] == made.number


def test_scrap_reported_of_a_units_step_scraps_the_unit():
    line = make_line()
    unit = make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    operations.perform(
        operation_id=operation(unit, "S1").id,
        action="scrap",
        report=report(1, scrap=1, reason="hole"),
    )

    assert state_of(unit) == "SCRAPPED"
    assert standing(line) == [None, None, None]
    assert WorkOrder.objects.get(source_kind="MAKE_UP").remake_of == unit


def test_a_removed_unit_comes_back_and_what_was_done_stays_done():
    line = make_line()
    unit, other = make_unit(line), make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1)

    lines.remove(code=line.code, slot_id=slot_of(unit).id, report=report(2))
    out = (slot_of(unit).state, states(unit))
    lines.reinsert(code=line.code, slot_id=slot_of(unit).id, report=report(3))
    back = slot_of(unit)
    rows = []
    for turn in range(4, 9):
        advance(line, turn)
        rows.append(standing(line))

    assert out == ("REMOVED", ["DONE", "ON_LINE", "ON_LINE"])
    assert (back.state, back.station, waiting(line)) == ("SEQUENCED", 2, [])
    assert "COMES_BACK" in back.why
    assert slot_of(unit).why == ""
    assert rows == [
        [None, other.number, None],
        [None, unit.number, other.number],
        [None, None, unit.number],
        [None, None, None],
        [None, None, None],
    ]
    assert {state_of(unit), state_of(other)} == {"COMPLETED"}


def test_a_unit_that_was_not_begun_on_comes_back_into_the_queue():
    line = make_line()
    unit, other = make_unit(line), make_unit(line)
    sequence(line)
    lines.launch(code=line.code, report=report())

    lines.remove(code=line.code, slot_id=slot_of(unit).id, report=report(1))
    lines.reinsert(code=line.code, slot_id=slot_of(unit).id, report=report(2))
    back = waiting(line)
    advance(line, 3, times=6)

    assert back == [unit.number]
    assert {state_of(unit), state_of(other)} == {"COMPLETED"}


def test_the_queue_leaves_a_gap_for_a_unit_that_comes_in_again_in_a_full_line():
    line = make_line(n_stations=5, wip_limit=7)
    units = [make_unit(line, number=f"W-{letter}") for letter in "ABCDEFGHI"]
    sequence(line)
    lines.launch(code=line.code, report=report())
    advance(line, 1, times=4)
    full = standing(line)

    slot_id = slot_of(units[0]).id
    lines.remove(code=line.code, slot_id=slot_id, report=report(5))
    lines.launch(code=line.code, report=report(5))
    failed = operation(units[0], "S4")
    insertions.insert_rework(failed=failed, n_pieces=1, now=at(5))
    lines.reinsert(code=line.code, slot_id=slot_id, report=report(5))
    rows = []
    for turn in range(6, 16):
        advance(line, turn)
        found = (number or "W--" for number in standing(line))
        rows.append("".join(number.removeprefix("W-") for number in found))

    assert full == [f"W-{letter}" for letter in "EDCBA"]
    assert rows == [
        "-EDCB",
        "F-EDC",
        "GF-ED",
        "HGFAE",
        "IHGFA",
        "-IHGF",
        "--IHG",
        "---IH",
        "----I",
        "-----",
    ]
    assert states(units[0]) == ["DONE"] * 6
    assert {state_of(unit) for unit in units} == {"COMPLETED"}
