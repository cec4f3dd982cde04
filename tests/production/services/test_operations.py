"""What people report of one operation, and what follows from it."""

from datetime import timedelta

import pytest

from configurator.services.errors import ConflictError, IllegalMoveError
from production.models import Nonconformance, ProductionEvent, WorkOrder
from production.services import holds, operations
from production.services.reports import NonceTakenError
from production.services.steps import OperationError
from tests.factories.floor import (
    MINUTE,
    at,
    make_calendar,
    make_operator,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
    wait,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def do(work_order, code, action, minutes=0, **fields):
    return operations.perform(
        operation_id=operation(work_order, code).id,
        action=action,
        report=report(minutes, **fields),
    )


def test_a_work_order_goes_from_step_to_step_until_it_is_made():
    order = make_work_order(step("SAW"), step("SAND"))

    do(order, "SAW", "start")
    begun = state_of(order)
    do(order, "SAW", "finish", 10)
    between = states(order)
    do(order, "SAND", "start", 11)
    do(order, "SAND", "finish", 15)

    assert begun == "IN_PROGRESS"
    assert between == ["DONE", "READY"]
    assert state_of(order) == "COMPLETED"
    assert (order.good, order.scrap, order.completed_at) == (1, 0, at(15))
    assert operation(order, "SAW").actual_run_s == 600


def test_a_pause_does_not_count_as_work():
    order = make_work_order(step("SAW"))

    do(order, "SAW", "start")
    do(order, "SAW", "pause", 5)
    do(order, "SAW", "resume", 60)
    do(order, "SAW", "finish", 62)

    assert operation(order, "SAW").actual_run_s == 7 * 60


def test_parallel_branches_join_only_when_both_are_done():
    order = make_work_order(
        step("CUT"),
        step("JACKET", predecessors=[10]),
        step("TROUSERS", predecessors=[10]),
        step("FIT", predecessors=[20, 30]),
    )

    do(order, "CUT", "start")
    do(order, "CUT", "finish", 1)
    both = states(order)
    do(order, "JACKET", "start", 2)
    do(order, "TROUSERS", "start", 2)
    do(order, "TROUSERS", "finish", 3)
    half = states(order)
    do(order, "JACKET", "finish", 4)

    assert both == ["DONE", "READY", "READY", "WAITING"]
    assert half == ["DONE", "RUNNING", "DONE", "WAITING"]
    assert states(order) == ["DONE", "DONE", "DONE", "READY"]


def test_a_minimum_delay_keeps_the_next_step_waiting():
    order = make_work_order(step("BASTE", min_delay_s=3600), step("FIT"))

    do(order, "BASTE", "start")
    do(order, "BASTE", "finish", 1)

    following = operation(order, "FIT")
    assert (following.state, following.ready_at) == ("WAITING", at(61))


def test_time_alone_does_what_only_waits():
    order = make_work_order(step("GLUE"), wait("SET", 600), step("SAND"))

    do(order, "GLUE", "start")
    do(order, "GLUE", "finish", 1)

    setting = operation(order, "SET")
    assert (setting.state, setting.ready_at) == ("RUNNING", at(11))


def test_a_replayed_nonce_changes_nothing():
    order = make_work_order(step("SAW"), quantity=10)
    scan = {"device": "tablet", "nonce": "n-1"}
    do(order, "SAW", "start")

    for _ in range(3):
        do(order, "SAW", "scrap", 1, scrap=2, reason="split", **scan)

    assert operation(order, "SAW").scrap == 2
    assert ProductionEvent.objects.filter(kind="SCRAP").count() == 1


def test_a_nonce_cannot_stand_for_two_reports():
    order = make_work_order(step("SAW"), step("SAND"))
    scan = {"device": "tablet", "nonce": "n-1"}
    do(order, "SAW", "start", **scan)

    with pytest.raises(NonceTakenError):
        do(order, "SAW", "finish", 1, **scan)

    assert operation(order, "SAW").state == "RUNNING"


def test_two_devices_may_use_the_same_nonce():
    order = make_work_order(step("SAW"))

    do(order, "SAW", "start", device="left", nonce="1")
    do(order, "SAW", "finish", 1, device="right", nonce="1")

    assert operation(order, "SAW").state == "DONE"


def test_an_operation_asks_for_its_skill():
    order = make_work_order(step("SAW", skill="WOOD"))
    tailor = make_operator("W1", "SEW")
    joiner = make_operator("W2", "WOOD")

    with pytest.raises(OperationError, match="not qualified for WOOD"):
        do(order, "SAW", "start", operator_id=tailor.id)
    refused = operation(order, "SAW").state
    do(order, "SAW", "start", operator_id=joiner.id)

    assert refused == "READY"
    assert operation(order, "SAW").operator == joiner


def test_a_refused_report_leaves_no_event():
    order = make_work_order(step("SAW", skill="WOOD"))
    tailor = make_operator("W1", "SEW")

    with pytest.raises(OperationError):
        do(order, "SAW", "start", operator_id=tailor.id, nonce="n", device="d")

    assert not ProductionEvent.objects.exists()


def test_a_held_work_order_does_not_start():
    order = make_work_order(step("SAW"))
    holds.hold(number=order.number, report=report(reason="wrong timber"))

    with pytest.raises(OperationError, match="wrong timber"):
        do(order, "SAW", "start")
    holds.resume(number=order.number, report=report(1))
    do(order, "SAW", "start", 2)

    assert operation(order, "SAW").state == "RUNNING"


def test_a_planned_work_order_is_not_on_the_floor():
    order = make_work_order(step("SAW"), state="PLANNED")

    with pytest.raises(ConflictError, match="not on the floor"):
        do(order, "SAW", "start")


def test_a_block_says_why_and_remembers_where_it_came_from():
    order = make_work_order(step("SAW"))
    do(order, "SAW", "start")

    with pytest.raises(OperationError, match="Say why"):
        do(order, "SAW", "block", 1)
    do(order, "SAW", "block", 2, reason="blade broken")
    blocked = operation(order, "SAW")
    do(order, "SAW", "unblock", 30)
    do(order, "SAW", "finish", 31)

    assert (blocked.state, blocked.blocked_from) == ("BLOCKED", "RUNNING")
    assert blocked.blocked_reason == "blade broken"
    assert operation(order, "SAW").actual_run_s == 3 * 60


@pytest.mark.parametrize(
    ("state", "action", "legal"),
    [
        ("READY", "finish", "start"),
        ("READY", "pause", "start"),
        ("READY", "resume", "start"),
        ("READY", "unblock", "start"),
        ("WAITING", "start", "block"),
        ("DONE", "start", "undo"),
        ("DONE", "finish", "undo"),
        ("DONE", "block", "undo"),
    ],
)
def test_an_illegal_move_names_the_legal_ones(state, action, legal):
    order = make_work_order(step("SAW", state=state), state="IN_PROGRESS")

    with pytest.raises((ConflictError, IllegalMoveError)) as raised:
        do(order, "SAW", action, reason="because")

    assert raised.value.status == 409
    assert legal in raised.value.extra["legal_moves"]
    assert states(order) == [state]


def test_what_is_neither_good_nor_counted_is_scrap():
    order = make_work_order(step("SAW"), step("SAND"), quantity=10, planned_quantity=12)

    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1, good=11)

    assert (operation(order, "SAW").good, operation(order, "SAW").scrap) == (11, 1)
    assert operation(order, "SAND").planned_quantity == 11
    assert not WorkOrder.objects.filter(source_kind="MAKE_UP").exists()


def test_nobody_reports_more_than_there_is():
    order = make_work_order(step("SAW"), quantity=10)
    do(order, "SAW", "start")

    for numbers in ({"good": 11}, {"good": 8, "scrap": 3}, {"scrap": 11}):
        with pytest.raises(OperationError, match="at most 10"):
            do(order, "SAW", "finish", 1, **numbers)
    with pytest.raises(OperationError, match="1 to 10"):
        do(order, "SAW", "scrap", 1, scrap=11)

    assert operation(order, "SAW").state == "RUNNING"


def test_what_is_short_is_made_again_at_once_and_no_more_than_that():
    shavings = [{"material": "SHAVINGS", "quantity": 9, "unit": "g"}]
    order = make_work_order(
        step("SAW", transfer_quantity=2, by_products=shavings),
        step("SAND", run_s=1200),
        quantity=10,
        planned_quantity=12,
        materials=[{"material": "OAK", "quantity": 120, "unit": "dm3"}],
    )

    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1, good=7)

    lot = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert lot.number == f"{order.number}M1"
    assert (lot.quantity, lot.planned_quantity, lot.priority) == (3, 4, 1)
    assert lot.remake_of == order
    assert lot.materials == [{"material": "OAK", "quantity": 40, "unit": "dm3"}]
    assert states(lot) == ["READY", "WAITING"]
    assert operation(lot, "SAND").run_s == 400
    again = operation(lot, "SAW")
    assert (again.transfer_quantity, again.by_products) == (2, shavings)


def test_a_second_shortage_makes_only_what_is_missing_now():
    order = make_work_order(step("SAW"), step("SAND"), quantity=10)

    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1, good=8)
    do(order, "SAND", "start", 2)
    do(order, "SAND", "finish", 3, good=5)

    lots = WorkOrder.objects.filter(source_kind="MAKE_UP").order_by("id")
    assert [lot.quantity for lot in lots] == [2, 3]
    assert state_of(order) == "COMPLETED"
    assert order.good == 5


def test_a_lot_of_which_nothing_is_good_is_scrapped_and_made_again():
    order = make_work_order(step("SAW"), step("SAND"), quantity=4)

    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1, good=0)

    lot = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert state_of(order) == "SCRAPPED"
    assert states(order) == ["DONE", "CANCELLED"]
    assert lot.quantity == 4


def test_rework_is_counted_and_noted():
    order = make_work_order(step("SAW"), quantity=5)
    do(order, "SAW", "start")

    do(order, "SAW", "rework", 1, good=2, reason="edge torn")

    noted = Nonconformance.objects.get()
    assert operation(order, "SAW").rework == 2
    assert (noted.quantity, noted.reason, noted.disposition) == (
        2,
        "edge torn",
        "REWORK",
    )


def test_a_start_is_undone_by_an_event_that_corrects_it():
    order = make_work_order(step("SAW"))
    do(order, "SAW", "start")

    do(order, "SAW", "undo", 1)

    undone = ProductionEvent.objects.get(kind="UNDO")
    assert operation(order, "SAW").state == "READY"
    assert undone.corrects == ProductionEvent.objects.get(kind="START")


def test_a_finish_is_undone_while_nothing_has_followed():
    order = make_work_order(step("SAW"), step("SAND"))
    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1)

    do(order, "SAW", "undo", 2)
    back = states(order)
    do(order, "SAW", "start", 3)
    do(order, "SAW", "finish", 4)
    do(order, "SAND", "start", 5)

    assert back == ["READY", "WAITING"]
    with pytest.raises(ConflictError, match="next step has begun"):
        do(order, "SAW", "undo", 6)


def test_the_last_finish_is_undone_and_the_work_order_goes_on():
    order = make_work_order(step("SAW"))
    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1)

    do(order, "SAW", "undo", 2)

    assert state_of(order) == "IN_PROGRESS"
    assert (order.good, order.completed_at) == (0, None)


def test_a_finish_with_a_make_up_lot_stays():
    order = make_work_order(step("SAW"), quantity=5)
    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1, good=3)

    with pytest.raises(ConflictError, match="make-up lot"):
        do(order, "SAW", "undo", 2)


def test_a_night_between_start_and_finish_is_not_worked():
    order = make_work_order(step("SAW", "DAY-SHIFT"))
    calendar = make_calendar()
    calendar.always_open = False
    calendar.save()
    for weekday in range(7):
        calendar.shifts.create(weekday=weekday, starts="08:00", ends="16:00")
    began = NOW.replace(hour=15)

    operations.perform(
        operation_id=operation(order, "SAW").id,
        action="start",
        report=report(now=began),
    )
    operations.perform(
        operation_id=operation(order, "SAW").id,
        action="finish",
        report=report(now=began + timedelta(days=1) - 6 * 60 * MINUTE),
    )

    assert operation(order, "SAW").actual_run_s == 2 * 3600
