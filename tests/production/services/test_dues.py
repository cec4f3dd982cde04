"""When an order line is due later, so is what the floor does for it."""

import pytest

from orders.services.proofing import approve_proof, send_proof
from tests.factories.floor import (
    DAY,
    HOUR,
    MINUTE,
    make_work_order,
    operation,
    shirt,
    step,
)
from tests.factories.production import NOW, order_of
from tests.production.services.oven import NEXT_WEEK, live, order, plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def line():
    return order_of(shirt(), due_at=NEXT_WEEK).lines.get()


def let_think(line, *, days):
    """Let the customer have a proof so long; all places are always open."""
    proof = send_proof(order_line_id=line.pk, now=NOW)
    approve_proof(proof_id=proof.pk, now=NOW + days * DAY)


def dues(work_order):
    work_order.refresh_from_db()
    steps = work_order.operations.values_list("due_at", flat=True)
    return {work_order.due_at, *steps}


def test_work_is_due_later_by_as_much_as_its_line_when_a_proof_is_answered(line):
    ours = order(order_line=line, due_at=NEXT_WEEK)
    done = order(order_line=line, unit_index=2, due_at=NEXT_WEEK, state="COMPLETED")
    another = order(due_at=NEXT_WEEK)

    let_think(line, days=3)

    line.refresh_from_db()
    assert line.due_at == NEXT_WEEK + 3 * DAY
    assert dues(ours) == {NEXT_WEEK + 3 * DAY}
    assert dues(done) == dues(another) == {NEXT_WEEK}


def test_its_load_is_due_as_the_first_of_all_members_is_and_planned_anew(line):
    order(order_line=line, due_at=NEXT_WEEK)
    order(due_at=NEXT_WEEK + DAY)
    plan()
    (before,) = live()
    let_think(line, days=3)

    (load,) = live()
    assert (before.due_at, load.due_at) == (NEXT_WEEK, NEXT_WEEK + DAY)
    assert load.version > before.version


def test_a_proof_that_another_one_replaces_was_out_as_well(line):
    ours = order(order_line=line, due_at=NEXT_WEEK)

    send_proof(order_line_id=line.pk, now=NOW - DAY)
    let_think(line, days=3)

    assert dues(ours) == {NEXT_WEEK + 4 * DAY}


def test_what_would_spoil_is_due_as_soon_as_before(line):
    soon = NOW + HOUR + MINUTE
    ours = make_work_order(
        step("MIX", state="DONE", finished_at=NOW, max_delay_s=3600),
        step("BAKE", state="READY", due_at=soon),
        step("PACK"),
        order_line=line,
        due_at=NEXT_WEEK,
    )

    let_think(line, days=3)

    assert operation(ours, "BAKE").due_at == soon
    assert operation(ours, "PACK").due_at == NEXT_WEEK + 3 * DAY
