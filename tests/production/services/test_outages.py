"""Work centres that are down: no plan, promise or report counts on them."""

from datetime import UTC, datetime

import pytest

from configurator.services.errors import ConflictError
from production.models import LineSlot, Operation, WorkCentre
from production.selectors.batch_answers import find_freeze
from production.selectors.lanes import list_lanes
from production.selectors.line_demands import map_due_slots
from production.selectors.loads import seconds
from production.selectors.outages import FARTHEST, UNTOLD, up_from
from production.services import (
    batches,
    driving,
    flow,
    lines,
    operations,
    outages,
    sequencing,
    staffing,
)
from tests.factories.floor import (
    DAY,
    HOUR,
    at,
    make_centre,
    make_flow_line,
    make_line,
    make_line_beside,
    make_operator,
    make_unit,
    make_work_order,
    operation,
    report,
    step,
)
from tests.factories.production import NOW, make_places, publish
from tests.production.selectors.quotes import quote
from tests.production.services.oven import live, order, plan

pytestmark = pytest.mark.django_db


def break_down(code, back_at=None):
    WorkCentre.objects.filter(code=code).update(is_up=False, back_at=back_at)


def test_what_is_down_is_counted_on_when_it_is_back_or_a_day_from_now():
    assert up_from(is_up=True, back_at=None, now=NOW) == NOW
    assert up_from(is_up=False, back_at=NOW + HOUR, now=NOW) == NOW + HOUR
    assert up_from(is_up=False, back_at=None, now=NOW) == NOW + UNTOLD
    assert up_from(is_up=False, back_at=NOW - HOUR, now=NOW) == NOW + UNTOLD


def test_a_machine_that_never_comes_back_stops_no_other_clock():
    make_places()
    shirt = publish()
    break_down("FL", datetime(9999, 12, 31, 23, tzinfo=UTC))

    assert quote(shirt).ready_at > NOW + FARTHEST


def test_bespoke_work_is_planned_on_the_machine_that_runs_until_the_other_is_back():
    make_operator("W1", "WOOD")
    orders = [
        make_work_order(step("CUT", centre, skill="WOOD", run_s=600))
        for centre in ("SAW-1", "LATHE-1")
    ]
    break_down("SAW-1", NOW + HOUR)

    waiting = Operation.objects.filter(work_order__in=orders, state="READY")
    found = staffing.plan(
        list(waiting.select_related("work_centre")),
        staffing.list_present(now=NOW),
        now=NOW,
    )

    begins = {task.resource: task.start_s - seconds(NOW) for task in found.tasks}
    assert begins == {"LATHE-1": 0, "SAW-1": 3600}


def test_a_load_stays_open_while_its_machine_is_down_and_says_so():
    order(432)
    order(24)
    break_down("OVEN-1", NOW + 2 * HOUR)

    plan()
    plan(60)

    assert {batch.state for batch in live()} == {"PROPOSED"}
    assert all("DOWN" in batch.reasons["why"] for batch in live())
    assert min(b.reasons["freeze_at_s"] for b in live()) == seconds(NOW + 2 * HOUR)
    WorkCentre.objects.update(is_up=True, back_at=None)
    plan(120)
    assert {batch.state for batch in live()} == {"FROZEN"}


def test_loads_are_not_told_anew_again_and_again_while_nobody_knows_when():
    order(24)
    break_down("OVEN-1")
    plan()
    (before,) = live()

    assert [plan(minutes) for minutes in (1, 2)] == [0, 0]
    (load,) = live()
    assert (load.version, find_freeze(batch=load)) == (before.version, None)


def test_units_of_a_line_that_is_down_are_due_earlier_in_its_queue():
    line = make_line()
    make_unit(line, due_at=NOW + 2 * HOUR)
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    slots = list(LineSlot.objects.select_related("work_order"))

    runs = map_due_slots(line=line, slots=slots, n_before=0, now=NOW)
    break_down("FL", NOW + HOUR)
    line.refresh_from_db()
    stands = map_due_slots(line=line, slots=slots, n_before=0, now=NOW)

    assert (runs, stands) == ({slots[0].id: 120}, {slots[0].id: 60})


def test_a_line_that_is_down_moves_nothing_and_makes_up_for_nothing():
    line = make_line()
    make_unit(line)
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code="FL", report=report())
    break_down("FL")

    assert lines.advance_due(now=at(10)) == 0
    assert LineSlot.objects.get().station == 1
    outages.tell(work_centre_id=line.work_centre_id, is_up=True, report=report(10))
    lines.advance_due(now=at(11))
    assert LineSlot.objects.get().station == 2


def test_a_promise_counts_on_no_machine_before_it_is_back():
    make_places()
    shirt = publish()
    before = quote(shirt)

    break_down("FL", NOW + DAY)
    known = quote(shirt)
    break_down("FL")
    unknown = quote(shirt, now=NOW + HOUR)

    late = before.ready_at - NOW
    assert NOW + DAY < known.ready_at < NOW + DAY + late
    assert unknown.ready_at == known.ready_at + HOUR


def test_nothing_begins_at_a_machine_that_is_down():
    made = make_work_order(step("SAW", "SAW-1"))
    order(432)
    plan()
    break_down("SAW-1")
    break_down("OVEN-1")
    (load,) = live()

    with pytest.raises(ConflictError, match="SAW-1 is down"):
        operations.perform(
            operation_id=operation(made, "SAW").id, action="start", report=report()
        )
    with pytest.raises(ConflictError, match="OVEN-1 is down"):
        batches.perform(number=load.number, action="start", report=report())


@pytest.mark.parametrize("move", [lines.launch, lines.advance])
def test_nobody_moves_a_line_that_is_down(move):
    line = make_line()
    break_down(line.work_centre.code)

    with pytest.raises(ConflictError, match="is down"):
        move(code=line.code, report=report())


def test_the_planner_sees_what_waits_from_when_the_machine_is_back():
    make_work_order(step("SAW", "SAW-1", run_s=600))
    break_down("SAW-1", NOW + HOUR)

    (lane,) = list_lanes(now=NOW)

    assert [bar.begins_at for bar in lane.bars] == [NOW + HOUR]


def running_alone():
    """Let a machine that needs nobody run for ten minutes from the start on."""
    centre = make_centre("BUILD-1", mode="AUTO")
    work = make_work_order(step("BUILD", "BUILD-1", is_attended=False, run_s=600))
    found = operation(work, "BUILD")
    driving.tend(now=NOW)
    return centre, found


def test_what_ran_by_itself_goes_on_when_its_machine_is_back():
    """Four minutes of ten are done, then it is down for an hour."""
    centre, found = running_alone()
    outages.tell(work_centre_id=centre.id, is_up=False, report=report(4))
    for minutes in (9, 11, 63):
        driving.tend(now=at(minutes))
    found.refresh_from_db()
    assert (found.state, found.actual_run_s) == ("RUNNING", 240)

    outages.tell(work_centre_id=centre.id, is_up=True, report=report(64))
    states = []
    for minutes in (69, 71):
        driving.tend(now=at(minutes))
        found.refresh_from_db()
        states.append(found.state)

    assert states == ["RUNNING", "DONE"]
    assert (found.finished_at, found.actual_run_s) == (at(70), 600)


def test_what_was_over_when_its_machine_went_down_ended_before():
    centre, found = running_alone()
    outages.tell(work_centre_id=centre.id, is_up=False, report=report(20))
    driving.tend(now=at(30))
    found.refresh_from_db()
    assert found.state == "RUNNING"
    outages.tell(work_centre_id=centre.id, is_up=True, report=report(40))
    driving.tend(now=at(40))

    found.refresh_from_db()
    assert (found.state, found.finished_at) == ("DONE", at(10))


def test_of_two_lines_for_an_article_the_one_that_is_up_refills_it():
    _release, line, _item = make_flow_line("juice", on_hand=0)
    other = make_line_beside(line, "Z-2")
    break_down(line.work_centre.code)

    (run,) = flow.replenish(now=NOW)

    assert run.line == other
