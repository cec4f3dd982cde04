"""What a planner cancels, or a carrier breaks, is made good for its customer."""

from datetime import timedelta

import pytest

from configurator.services.errors import ConflictError
from orders.models import OrderEvent
from orders.ports import ports
from production.models import Operation, ProductionEvent, WorkOrder
from production.services import holds, lines, remaking
from production.services.holds import HoldError
from production.services.release import release_confirmed_orders
from production.services.sequencing import sequence_all
from tests.factories.floor import HOUR, report, state_of
from tests.factories.production import NOW, order_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def shirts(release, quantity=1, **fields):
    """Give a confirmed order and its units on the floor, or planned."""
    order = order_of(release, quantity, **fields)
    release_confirmed_orders(now=NOW)
    return order, list(WorkOrder.objects.filter(order_line__order=order))


def cancel(unit, instead=None, **fields):
    details = {"instead": instead} if instead else {}
    return holds.cancel(number=unit.number, report=report(details=details, **fields))


def test_a_cancelled_unit_is_made_again_for_its_customer(shirt):
    order, (unit, _other) = shirts(shirt, 2)

    cancel(unit, reason="wrong blank")

    made = WorkOrder.objects.get(source_kind="REMAKE")
    assert state_of(unit) == "CANCELLED"
    assert (made.remake_of, made.order_line, made.configuration, made.quantity) == (
        unit,
        order.lines.get(),
        unit.configuration,
        1,
    )
    assert (made.state, made.priority, made.number) == (
        "RELEASED",
        1,
        f"{unit.number}R1",
    )
    assert set(made.operations.values_list("state", flat=True)) == {"ON_LINE"}
    told = OrderEvent.objects.get(kind="WORK_ORDER_REMADE")
    assert told.details == {
        "work_order": made.number,
        "replaces": unit.number,
        "because": "CANCELLED",
        "quantity": 1,
    }
    noted = ProductionEvent.objects.get(kind="WORK_ORDER_CANCEL")
    assert (noted.reason, noted.details) == ("wrong blank", {"instead": "REMAKE"})


def test_what_is_made_again_comes_into_the_queue(shirt):
    _order, (unit, _other) = shirts(shirt, 2)
    sequence_all(now=NOW)

    cancel(unit)
    sequence_all(now=NOW)

    made = WorkOrder.objects.get(source_kind="REMAKE")
    assert made.slot.state == "SEQUENCED"


def test_a_planned_unit_is_made_again_when_it_would_have_been(shirt):
    until = NOW + timedelta(hours=2)
    _order, (unit,) = shirts(shirt, edit_until=until)

    cancel(unit)

    made = WorkOrder.objects.get(source_kind="REMAKE")
    assert (made.state, made.release_at) == ("PLANNED", until)
    assert set(made.operations.values_list("state", flat=True)) == {"WAITING"}


def test_a_replayed_cancellation_makes_one_unit(shirt):
    _order, (unit,) = shirts(shirt)

    for _ in range(2):
        cancel(unit, device="pad", nonce="1")

    assert WorkOrder.objects.filter(source_kind="REMAKE").count() == 1


def test_the_line_is_cancelled_where_the_money_is_to_go_back(shirt):
    order, (unit,) = shirts(shirt)

    cancel(unit, "REFUND")

    order.refresh_from_db()
    assert (state_of(unit), order.state) == ("CANCELLED", "CANCELLED")
    assert order.lines.get().cancelled_at == NOW
    assert WorkOrder.objects.count() == 1
    assert OrderEvent.objects.filter(kind="LINE_CANCELLED").exists()


def test_one_of_several_units_is_refunded_alone(shirt):
    order, (unit, other) = shirts(shirt, 2)
    order.lines.update(total_minor=2001)

    cancel(unit, "REFUND")

    order.refresh_from_db()
    line = order.lines.get()
    assert (state_of(unit), state_of(other)) == ("CANCELLED", "RELEASED")
    assert (line.cancelled_quantity, line.cancelled_at) == (1, None)
    assert (order.state, order.total_minor) == ("CONFIRMED", 1001)


def test_nothing_else_is_given_instead(shirt):
    _order, (unit,) = shirts(shirt)

    with pytest.raises(HoldError, match="REMAKE, REFUND"):
        cancel(unit, "APOLOGY")

    assert state_of(unit) == "RELEASED"


@pytest.fixture
def made(shirt):
    """Give a shirt that has left its line."""
    _order, (unit,) = shirts(shirt)
    sequence_all(now=NOW)
    for minutes in range(8):
        lines.advance(code="FL", report=report(minutes))
    assert state_of(unit) == "COMPLETED"
    return unit


def test_what_arrived_damaged_is_made_again_and_linked(made):
    again = remaking.replace_damaged(
        number=made.number, report=report(60, good=1, reason="box crushed")
    )

    assert (again.remake_of, again.source_kind, again.state) == (
        made,
        "REMAKE",
        "RELEASED",
    )
    assert again.created_at == NOW + HOUR
    assert Operation.objects.filter(work_order=again).count() == 3
    assert OrderEvent.objects.get(kind="WORK_ORDER_REMADE").details["because"] == (
        "DAMAGED"
    )


def test_no_more_is_made_again_than_there_was(made):
    remaking.replace_damaged(number=made.number, report=report(60))

    with pytest.raises(ConflictError, match="made again: 0"):
        remaking.replace_damaged(number=made.number, report=report(61))


def test_what_has_not_left_the_works_is_not_replaced(shirt):
    _order, (unit,) = shirts(shirt)

    with pytest.raises(ConflictError, match="nothing of it has left"):
        remaking.replace_damaged(number=unit.number, report=report())


def test_orders_have_a_delivered_unit_made_again_once_for_each_complaint(made):
    words = {
        "line_id": made.order_line_id,
        "work_order": made.number,
        "quantity": 1,
        "key": "complaint-1",
        "now": NOW + HOUR,
        "actor": "paul",
    }

    numbers = {ports.remake(**words) for _ in range(2)}

    again = WorkOrder.objects.get(source_kind="REMAKE")
    assert numbers == {again.number}
    assert (again.remake_of, again.quantity) == (made, 1)
    with pytest.raises(ConflictError):
        ports.remake(**{**words, "key": "complaint-2"})
