"""Holding, resuming and cancelling a work order: each with its reason, none by half."""

import pytest

from configurator.services.errors import ConflictError, NotFoundError
from production.models import WorkOrderHold
from production.services import holds, operations
from production.services.holds import HoldError
from tests.factories.floor import (
    at,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def do(order, code, action, **fields):
    operations.perform(
        operation_id=operation(order, code).id, action=action, report=report(**fields)
    )


def test_a_hold_is_a_row_with_who_why_and_since_when():
    order = make_work_order(step("SAW"))

    holds.hold(number=order.number, report=report(5, reason="wrong timber"))

    held = WorkOrderHold.objects.get()
    assert (held.reason, held.placed_by, held.since_at, held.lifted_at) == (
        "wrong timber",
        "test",
        at(5),
        None,
    )
    assert state_of(order) == "RELEASED"


def test_several_holds_lie_on_it_at_once_and_are_lifted_together():
    order = make_work_order(step("SAW"))
    for reason in ("wrong timber", "customer calls"):
        holds.hold(number=order.number, report=report(reason=reason))

    holds.resume(number=order.number, report=report(9))

    assert [hold.lifted_at for hold in WorkOrderHold.objects.all()] == [at(9), at(9)]


def test_a_hold_says_why_and_a_resume_needs_a_hold():
    order = make_work_order(step("SAW"))

    with pytest.raises(HoldError, match="Say why"):
        holds.hold(number=order.number, report=report(reason="  "))
    with pytest.raises(ConflictError, match="No hold"):
        holds.resume(number=order.number, report=report())
    with pytest.raises(NotFoundError):
        holds.cancel(number="W-0", report=report())


def test_a_replayed_hold_is_one_hold():
    order = make_work_order(step("SAW"))

    for _ in range(2):
        holds.hold(
            number=order.number,
            report=report(reason="wrong timber", device="pad", nonce="1"),
        )

    assert WorkOrderHold.objects.count() == 1


def test_what_has_not_begun_is_cancelled_whole():
    order = make_work_order(step("SAW"), step("SAND"))

    holds.cancel(number=order.number, report=report())

    assert state_of(order) == "CANCELLED"
    assert states(order) == ["CANCELLED", "CANCELLED"]


@pytest.mark.parametrize(
    "moves",
    [
        ["start"],
        ["start", "pause"],
        ["start", "block"],
        ["start", "finish"],
    ],
)
def test_what_has_begun_is_not_cancelled(moves):
    order = make_work_order(step("SAW"), step("SAND"))
    for move in moves:
        do(order, "SAW", move, reason="because")
    before = states(order)

    with pytest.raises(ConflictError, match="has begun") as raised:
        holds.cancel(number=order.number, report=report())

    assert raised.value.status == 409
    assert raised.value.extra["started_units"] == [order.number]
    assert states(order) == before


def test_what_is_over_is_neither_held_nor_cancelled():
    order = make_work_order(step("SAW"))
    do(order, "SAW", "start")
    do(order, "SAW", "finish")

    for move in (holds.hold, holds.cancel):
        with pytest.raises(ConflictError, match="is completed"):
            move(number=order.number, report=report(reason="late"))
