"""Rework and inspections are steps of their own, behind the one that failed."""

import pytest

from configurator.services.errors import ConflictError
from production.models import Operation, WorkOrder
from production.services import lines, operations, sequencing
from production.services.steps import OperationError
from tests.factories.floor import (
    at,
    make_line,
    make_operator,
    make_unit,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def do(work_order, code, action, minutes=0, **fields):
    return operations.perform(
        operation_id=operation(work_order, code).id,
        action=action,
        report=report(minutes, **{"is_automatic": True} | fields),
    )


def steps_of(work_order):
    rows = work_order.operations.order_by("sequence")
    return list(rows.values_list("sequence", "kind", "predecessors", "rework"))


@pytest.fixture
def order():
    """Give twelve pieces of which two were sawn badly."""
    made = make_work_order(
        step("SAW", skill="WOOD", run_s=720), step("OIL"), quantity=12
    )
    do(made, "SAW", "start")
    do(made, "SAW", "rework", 1, good=2, reason="edge torn")
    return made


def test_rework_is_a_step_behind_the_one_that_failed(order):
    assert steps_of(order) == [
        (10, "MAKE", [], 2),
        (11, "REWORK", [10], 2),
        (20, "MAKE", [11], 0),
    ]
    inserted = operation(order, "REWORK-10")
    assert (inserted.name, inserted.skill, inserted.run_s) == (
        {"en": "Rework: SAW"},
        "WOOD",
        120,
    )
    assert inserted.work_centre == operation(order, "SAW").work_centre


def test_more_pieces_join_the_rework_that_waits(order):
    do(order, "SAW", "rework", 2, good=3)

    assert steps_of(order)[1] == (11, "REWORK", [10], 5)
    assert operation(order, "REWORK-10").run_s == 300


def test_the_next_step_waits_for_the_rework_and_gets_all_pieces(order):
    do(order, "SAW", "finish", 2)
    between = states(order)
    do(order, "REWORK-10", "start", 3)
    do(order, "REWORK-10", "finish", 5, good=2)
    after = states(order)
    do(order, "OIL", "start", 6)
    do(order, "OIL", "finish", 7)

    assert between == ["DONE", "READY", "WAITING"]
    assert after == ["DONE", "DONE", "READY"]
    assert (state_of(order), order.good, order.scrap) == ("COMPLETED", 12, 0)


def test_what_cannot_be_reworked_is_made_again(order):
    do(order, "SAW", "finish", 2)
    do(order, "REWORK-10", "start", 3)
    do(order, "REWORK-10", "finish", 5, good=1, scrap=1)

    assert operation(order, "OIL").planned_quantity == 11
    assert WorkOrder.objects.get(source_kind="MAKE_UP").quantity == 1


def test_no_more_is_scrapped_in_a_rework_than_was_reworked(order):
    do(order, "SAW", "finish", 2)
    do(order, "REWORK-10", "start", 3)

    for action in ("scrap", "finish"):
        with pytest.raises(OperationError):
            do(order, "REWORK-10", action, 5, scrap=3)


def test_a_make_up_lot_does_not_repeat_rework_or_inspections(order):
    do(order, "SAW", "inspect", 2)
    do(order, "SAW", "finish", 3, good=10, scrap=2)

    lot = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert [row[:3] for row in steps_of(lot)] == [(10, "MAKE", []), (20, "MAKE", [10])]


def test_an_inspection_comes_before_the_next_step():
    order = make_work_order(step("SAW"), step("OIL"))
    do(order, "SAW", "start")

    do(order, "SAW", "inspect", 1, reason="colour doubted")

    assert [row[:3] for row in steps_of(order)] == [
        (10, "MAKE", []),
        (11, "INSPECT", [10]),
        (20, "MAKE", [11]),
    ]
    with pytest.raises(ConflictError, match="waits already"):
        do(order, "SAW", "inspect", 2)
    with pytest.raises(ConflictError, match="is an inspection itself"):
        do(order, "INSPECT-10", "inspect", 2)


def test_a_unit_stays_at_its_station_for_a_takt_of_rework():
    line = make_line()
    first, second = make_unit(line), make_unit(line)
    sequencing.sequence(line_id=line.id, now=at(0), cause="test")
    for minutes in (1, 2):
        lines.advance(code=line.code, report=report(minutes))
    before = Operation.objects.get(work_order=first, state="RUNNING")
    do(first, before.code, "rework", 3, reason="head clogged")

    standing = []
    for minutes in (4, 5):
        lines.advance(code=line.code, report=report(minutes))
        standing.append(first.slot.__class__.objects.get(work_order=first).station)

    place = int(before.station.removeprefix("S"))
    assert standing == [place, place + 1]
    reworked = operation(first, f"REWORK-{before.sequence}")
    assert (reworked.state, reworked.started_at) == ("DONE", at(4))
    line.refresh_from_db()
    assert line.state == "RUNNING"
    for minutes in range(6, 12):
        lines.advance(code=line.code, report=report(minutes))
    assert (state_of(first), state_of(second)) == ("COMPLETED", "COMPLETED")


def test_an_undone_start_leaves_a_work_order_as_it_was():
    order = make_work_order(step("SAW"), step("OIL"))
    do(order, "SAW", "start")

    do(order, "SAW", "undo", 1)

    assert (state_of(order), order.started_at) == ("RELEASED", None)
    do(order, "SAW", "start", 2)
    assert (state_of(order), order.started_at) == ("IN_PROGRESS", at(2))


def test_an_undone_start_changes_nothing_where_something_else_has_begun():
    order = make_work_order(step("SAW"), step("OIL", predecessors=[]))
    make_operator("W1")
    do(order, "SAW", "start")
    do(order, "OIL", "start")

    do(order, "SAW", "undo", 1)

    assert state_of(order) == "IN_PROGRESS"
