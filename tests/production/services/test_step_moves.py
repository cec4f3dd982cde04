"""One operation on the floor: reported once, in order, by somebody qualified."""

from datetime import timedelta

import pytest

from configurator.services.errors import ConflictError, DomainError, IllegalMoveError
from production.models import Nonconformance, ProductionEvent, WorkOrder
from production.services import holds, jobs
from production.services.operations import ACTIONS, perform
from tests.factories.steps import (
    NOW,
    make_centre,
    make_person,
    make_step,
    make_work_order,
    report,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def make_pair(quantity=10, **fields):
    work_order = make_work_order(quantity)
    first = make_step(work_order, 10, make_centre("SAW"), **fields)
    return first, make_step(work_order, 20, make_centre("BENCH"))


def do(operation, action, now=NOW, **fields):
    return perform(
        operation_id=operation.id, action=action, report=report(now, **fields)
    )


def test_the_first_start_puts_the_work_order_in_progress():
    operation, _next = make_pair()

    started = do(operation, "start")

    assert started.state == "RUNNING"
    assert started.work_order.state == "IN_PROGRESS"


def test_finishing_a_step_makes_the_next_one_ready():
    operation, following = make_pair()
    do(operation, "start")

    done = do(operation, "finish", LATER)

    following.refresh_from_db()
    assert (done.state, done.good, done.actual_run_s) == ("DONE", 10, 300)
    assert following.state == "READY"


def test_the_next_step_plans_with_what_came_out():
    operation, following = make_pair()
    do(operation, "start")

    do(operation, "finish", LATER, good=7, scrap=3)

    following.refresh_from_db()
    assert following.planned_quantity == 7


def test_a_second_scan_with_the_same_nonce_changes_nothing():
    operation, _next = make_pair()
    scan = {"device": "scanner", "nonce": "n-1"}

    do(operation, "start", **scan)
    again = do(operation, "start", **scan)

    assert again.state == "RUNNING"
    assert ProductionEvent.objects.filter(nonce="n-1").count() == 1


def test_time_while_paused_is_not_worked():
    operation, _next = make_pair()
    do(operation, "start")
    do(operation, "pause", NOW + timedelta(seconds=60))
    do(operation, "resume", NOW + timedelta(seconds=600))

    done = do(operation, "finish", NOW + timedelta(seconds=630))

    assert done.actual_run_s == 90


def test_a_waiting_step_cannot_be_started():
    _operation, following = make_pair()

    with pytest.raises(ConflictError) as caught:
        do(following, "start")

    assert caught.value.status == 409
    assert "READY" in caught.value.extra["legal_moves"]


def test_what_is_not_qualified_is_told():
    operation, _next = make_pair(skill="CNC")
    person = make_person("W06", "WOOD")

    with pytest.raises(DomainError, match="CNC"):
        do(operation, "start", operator_id=person.id)


def test_a_qualified_person_may_start():
    operation, _next = make_pair(skill="CNC")
    person = make_person("W08", "CNC")

    assert do(operation, "start", operator_id=person.id).operator_id == person.id


def test_a_held_work_order_does_not_start_until_resumed():
    operation, _next = make_pair()
    number = operation.work_order.number
    holds.hold(number=number, report=report(reason="wrong timber"))

    with pytest.raises(DomainError, match="wrong timber"):
        do(operation, "start")
    holds.resume(number=number, report=report())

    assert do(operation, "start").state == "RUNNING"


def test_a_block_needs_a_reason_and_remembers_where_it_came_from():
    operation, _next = make_pair()
    do(operation, "start")

    with pytest.raises(DomainError):
        do(operation, "block")
    blocked = do(operation, "block", reason="blade broken")
    freed = do(operation, "unblock", LATER)

    assert blocked.blocked_from == "RUNNING"
    assert (freed.state, freed.blocked_reason) == ("RUNNING", "")


def test_good_and_scrap_never_exceed_what_was_planned():
    operation, _next = make_pair()
    do(operation, "start")

    with pytest.raises(DomainError) as caught:
        do(operation, "finish", good=9, scrap=2)

    assert caught.value.field == "good"


def test_scrap_is_counted_while_the_step_goes_on_and_noted():
    operation, _next = make_pair()
    do(operation, "start")
    do(operation, "scrap", scrap=2, reason="split")

    done = do(operation, "finish", LATER)

    assert (done.good, done.scrap) == (8, 2)
    assert Nonconformance.objects.get(disposition="SCRAP").quantity == 2


def test_short_of_what_was_ordered_one_make_up_lot_is_made():
    operation, following = make_pair()
    do(operation, "start")
    do(operation, "finish", LATER, good=8, scrap=2)
    do(following, "start", LATER)

    do(following, "finish", LATER)

    lot = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert (lot.quantity, lot.remake_of) == (2, operation.work_order)
    assert lot.order_line == operation.work_order.order_line
    assert lot.priority < operation.work_order.priority


def test_surplus_covers_scrap_without_a_make_up_lot():
    work_order = make_work_order(10, planned_quantity=12)
    operation = make_step(work_order, 10, make_centre("SAW"))
    do(operation, "start")

    do(operation, "finish", LATER, good=10, scrap=2)

    work_order.refresh_from_db()
    assert (work_order.state, work_order.good) == ("COMPLETED", 10)
    assert not WorkOrder.objects.filter(source_kind="MAKE_UP").exists()


def test_a_finish_is_undone_while_nothing_has_followed():
    operation, following = make_pair()
    do(operation, "start")
    do(operation, "finish", LATER)

    undone = do(operation, "undo", LATER)

    following.refresh_from_db()
    assert undone.state in {"READY", "RUNNING"}
    assert following.state == "WAITING"


def test_a_finish_is_not_undone_once_the_next_step_runs():
    operation, following = make_pair()
    do(operation, "start")
    do(operation, "finish", LATER)
    do(following, "start", LATER)

    with pytest.raises((ConflictError, IllegalMoveError)):
        do(operation, "undo", LATER)


def make_branches():
    """Give a cut that jacket and trousers follow side by side, then a fitting."""
    work_order = make_work_order(3)
    bench = make_centre("TAILOR", n_places=4)
    cut = make_step(work_order, 10, bench)
    jacket = make_step(work_order, 20, bench, predecessors=[10])
    trousers = make_step(work_order, 30, bench, predecessors=[10])
    fitting = make_step(work_order, 40, bench, predecessors=[20, 30])
    return cut, jacket, trousers, fitting


def test_branches_become_ready_together_and_the_join_waits_for_both():
    cut, jacket, trousers, fitting = make_branches()
    do(cut, "start")
    do(cut, "finish", LATER)
    do(jacket, "start", LATER)
    do(trousers, "start", LATER)
    do(jacket, "finish", LATER)
    fitting.refresh_from_db()
    assert fitting.state == "WAITING"

    do(trousers, "finish", LATER)

    fitting.refresh_from_db()
    assert fitting.state == "READY"


def test_scrap_in_one_branch_leaves_the_other_as_it_is():
    cut, jacket, trousers, fitting = make_branches()
    do(cut, "start")
    do(cut, "finish", LATER)
    do(jacket, "start", LATER)

    do(jacket, "finish", LATER, good=2, scrap=1)

    trousers.refresh_from_db()
    fitting.refresh_from_db()
    assert (trousers.planned_quantity, fitting.planned_quantity) == (3, 2)


def test_a_nonce_with_other_figures_is_refused_not_swallowed():
    operation, _next = make_pair()
    do(operation, "start")
    do(operation, "scrap", scrap=3, device="d", nonce="n")

    with pytest.raises(ConflictError):
        do(operation, "scrap", scrap=5, device="d", nonce="n")


def test_dropping_the_last_open_step_completes_the_work_order():
    operation, following = make_pair()
    do(operation, "start")
    do(operation, "finish", LATER)

    jobs.drop_operation(
        number=operation.work_order.number, operation_id=following.id, report=report()
    )

    operation.work_order.refresh_from_db()
    assert operation.work_order.state == "COMPLETED"


def test_there_is_an_action_for_every_call_of_the_contract():
    wanted = {"start", "pause", "resume", "finish", "block", "unblock"}

    assert set(ACTIONS) == wanted | {"scrap", "rework", "undo"}
