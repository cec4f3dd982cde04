"""What a customer is told follows from work orders and shipments, never stored."""

from typing import Any

import pytest

from orders.models import Order, Shipment
from tests.factories.orders import NOW, make_order, order_answer

pytestmark = pytest.mark.django_db
CONFIRMED: dict[str, Any] = {"state": "CONFIRMED", "confirmed_at": NOW}


def describe(order: Order) -> dict[str, Any]:
    return order_answer(order=order, language="en")


def stages_of(order: Order) -> list[str | None]:
    return [line["stage"] for line in describe(order)["lines"]]


def make_shipment(order: Order, state: str, *lines) -> Shipment:
    number = f"{order.number}-S{order.shipments.count()}"
    shipment = Shipment.objects.create(
        order=order, number=number, state=state, created_at=NOW
    )
    shipment.lines.set(lines)
    return shipment


def test_an_order_that_is_not_paid_has_no_stage_yet():
    assert stages_of(make_order()) == [None]


def test_a_confirmed_order_is_planned_before_its_work_orders_are_seen():
    assert stages_of(make_order(**CONFIRMED)) == ["PLANNED"]


@pytest.mark.parametrize("state", ["CANCELLED", "EXPIRED"])
def test_an_order_that_has_ended_is_cancelled_in_all_its_parts(state):
    order = make_order(1200, 800, state=state)

    assert stages_of(order) == ["CANCELLED", "CANCELLED"]
    assert describe(order)["fulfilment_state"] == "CANCELLED"


def test_a_cancelled_line_stays_cancelled_whatever_the_floor_says(progress):
    order = make_order(1200, **CONFIRMED)
    line = order.lines.get()
    line.cancelled_at = NOW
    line.save()
    progress({line.pk: "MADE"})

    assert stages_of(order) == ["CANCELLED"]


@pytest.mark.parametrize(
    ("state", "stage", "fulfilment"),
    [
        ("PLANNED", "MADE", "OPEN"),
        ("PACKING", "MADE", "OPEN"),
        ("PACKED", "PACKED", "PACKED"),
        ("HANDED_OVER", "SHIPPED", "SHIPPED"),
        ("DELIVERED", "DELIVERED", "DELIVERED"),
    ],
)
def test_a_shipment_takes_its_lines_and_units_along(progress, state, stage, fulfilment):
    order = make_order(1200, **CONFIRMED)
    line = order.lines.get()
    progress({line.pk: "MADE"})
    make_shipment(order, state, line)

    answer = describe(order)

    assert answer["fulfilment_state"] == fulfilment
    assert answer["lines"][0]["stage"] == stage
    assert answer["lines"][0]["units"][0]["stage"] == stage


def test_an_order_is_as_far_as_its_least_advanced_line(progress):
    order = make_order(1200, 800, 500, **CONFIRMED)
    first, second, third = order.lines.all()
    progress({line.pk: "MADE" for line in (first, second, third)})
    make_shipment(order, "DELIVERED", first)
    assert describe(order)["fulfilment_state"] == "OPEN"

    make_shipment(order, "HANDED_OVER", second, third)

    assert describe(order)["fulfilment_state"] == "SHIPPED"


def test_a_name_is_told_in_the_language_that_was_asked_for():
    order = make_order()
    order.lines.get().product.__class__.objects.update(
        name={"en": "Mug", "de": "Becher"}
    )

    names = [
        order_answer(order=order, language=language)["lines"][0]["name"]
        for language in ("de", "de-at", "fr")
    ]

    assert names == ["Becher", "Becher", "Mug"]
