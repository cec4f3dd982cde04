"""Counted pieces go on before their step is over, and never more than there are."""

import pytest

from configurator.services.errors import ConflictError
from production.models import Operation
from production.services import operations
from production.services.steps import OperationError
from tests.factories.floor import (
    bake,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def make_order(*after, transfer=5, quantity=12):
    return make_work_order(
        step("SAW", transfer_quantity=transfer),
        *(after or (step("SAND"),)),
        quantity=quantity,
    )


def do(order, code, action, minutes=1, **fields):
    return operations.perform(
        operation_id=operation(order, code).id,
        action=action,
        report=report(minutes, **fields),
    )


def goods(order):
    rows = order.operations.order_by("sequence")
    return list(rows.values_list("good", flat=True))


def test_the_next_step_is_ready_once_enough_pieces_are_handed_on():
    order = make_order()
    do(order, "SAW", "start")

    seen = []
    for n_pieces in (4, 1):
        do(order, "SAW", "count", good=n_pieces)
        seen.append(states(order))

    assert seen == [["RUNNING", "WAITING"], ["RUNNING", "READY"]]
    assert goods(order) == [5, 0]


def test_without_a_transfer_quantity_the_next_step_waits_for_the_end():
    order = make_order(transfer=None)
    do(order, "SAW", "start")

    do(order, "SAW", "count", good=11)

    assert states(order) == ["RUNNING", "WAITING"]


def test_a_load_and_a_delay_wait_for_all_pieces():
    order = make_order(bake(predecessors=[10]), step("SAND", predecessors=[10]))
    do(order, "SAW", "start")
    Operation.objects.filter(code="SAND").update(kind="OUTSIDE")

    do(order, "SAW", "count", good=6)

    assert states(order) == ["RUNNING", "WAITING", "WAITING"]


def test_a_step_does_no_more_than_has_arrived_and_ends_after_the_one_before():
    order = make_order()
    do(order, "SAW", "start")
    do(order, "SAW", "count", good=5)
    do(order, "SAND", "start", 2)
    do(order, "SAND", "count", 3, good=4)

    with pytest.raises(OperationError, match="1 to 1"):
        do(order, "SAND", "count", 4, good=2)
    with pytest.raises(OperationError, match="Only 1 piece can"):
        do(order, "SAND", "scrap", 4, scrap=2)
    with pytest.raises(ConflictError, match="Only 5 of 12"):
        do(order, "SAND", "finish", 4)
    do(order, "SAW", "finish", 5)
    do(order, "SAND", "finish", 6)

    assert (goods(order), state_of(order), order.good) == ([12, 12], "COMPLETED", 12)


def test_fewer_than_hoped_for_are_planned_where_work_has_begun():
    order = make_order()
    do(order, "SAW", "start")
    do(order, "SAW", "count", good=5)
    do(order, "SAND", "start", 2)

    with pytest.raises(OperationError, match="handed on already: 5"):
        do(order, "SAW", "finish", 3, good=4)
    do(order, "SAW", "finish", 3, good=9)
    do(order, "SAND", "finish", 4)

    assert goods(order) == [9, 9]
    assert (state_of(order), order.good, order.remakes.get().quantity) == (
        "COMPLETED",
        9,
        3,
    )


def test_no_more_is_counted_or_lost_than_there_is():
    order = make_order()
    do(order, "SAW", "start")
    do(order, "SAW", "count", good=10)

    with pytest.raises(OperationError, match="1 to 2"):
        do(order, "SAW", "count", good=3)
    with pytest.raises(OperationError, match="1 to 2"):
        do(order, "SAW", "scrap", scrap=3)
    with pytest.raises(OperationError, match="1 to 2"):
        do(order, "SAW", "count")


def test_counts_are_taken_back_one_by_one_then_the_start():
    order = make_order()
    do(order, "SAW", "start")
    do(order, "SAW", "count", good=3)
    do(order, "SAW", "count", good=2)

    seen = []
    for minutes in (2, 3, 4):
        do(order, "SAW", "undo", minutes)
        seen.append((goods(order)[0], states(order)))

    assert seen == [
        (3, ["RUNNING", "WAITING"]),
        (0, ["RUNNING", "WAITING"]),
        (0, ["READY", "WAITING"]),
    ]


def test_a_count_stands_once_the_next_step_has_begun():
    order = make_order()
    do(order, "SAW", "start")
    do(order, "SAW", "count", good=5)
    do(order, "SAND", "start", 2)

    with pytest.raises(ConflictError, match="next step has begun"):
        do(order, "SAW", "undo", 3)

    assert goods(order) == [5, 0]


def test_a_count_scanned_twice_counts_once():
    order = make_order()
    do(order, "SAW", "start")

    for _twice in range(2):
        do(order, "SAW", "count", good=3, device="page", nonce="a")

    assert goods(order) == [3, 0]
