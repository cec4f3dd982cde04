"""Confirmed orders become the right work orders, once."""

from datetime import timedelta

import pytest

from orders.models import OrderLine, OutboxDone, OutboxMessage
from production.models import Operation, ProductionEvent, WorkOrder
from production.services.release import release_confirmed_orders
from tests.factories.production import (
    NOW,
    configure,
    make_places,
    place_order,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shirt():
    make_places()
    return publish()


def test_each_unit_of_mass_customisation_is_a_work_order_of_its_own(shirt):
    personal = configure(shirt, colour="NAVY", text="Åse ☂"[:3])
    order = place_order(
        {
            "configuration": personal,
            "quantity": 3,
            "edit_until": NOW + timedelta(minutes=30),
            "due_at": NOW + timedelta(days=2),
        }
    )

    report = release_confirmed_orders(now=NOW)

    assert (report.n_orders, report.n_work_orders, report.n_operations) == (1, 3, 9)
    rows = list(WorkOrder.objects.order_by("unit_index"))
    assert [row.number for row in rows] == [
        f"W-{order.number[2:]}-1-{n}" for n in (1, 2, 3)
    ]
    first = rows[0]
    line = order.lines.get()
    assert (first.source_kind, first.source_key, first.revision) == (
        "ORDER_LINE",
        str(line.id),
        0,
    )
    assert (first.quantity, first.planned_quantity) == (1, 1)
    assert (first.method, first.routing, first.line.code) == (
        "MASS_CUSTOMISATION",
        "LINE",
        "FL",
    )
    assert (first.state, first.release_at) == ("PLANNED", line.edit_until)
    assert first.configuration == personal
    assert first.line_attributes == {"TEXT": 1, "colour": "DARK"}
    assert first.materials == [
        {"material": "BLANK", "quantity": 1, "unit": "piece"},
        {"material": "INK", "quantity": 5, "unit": "ml"},
    ]
    assert first.created_at == NOW
