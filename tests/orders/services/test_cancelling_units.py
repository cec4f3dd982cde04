"""Units of a line are cancelled one by one, and every minor unit goes back once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurator.services.errors import ConflictError, DomainError
from orders.models import Document, Order, OrderEvent, OrderLine, Refund
from orders.ports import CancelOutcome, Units, ports
from orders.services.cancelling import AlreadyBegunError, cancel_line, cancel_order
from orders.services.issuing import issue_documents
from orders.services.paying import record_payment
from tests.factories.orders import NOW, make_order

pytestmark = pytest.mark.django_db


def order_of(quantity: int, total_minor: int, *others: int) -> tuple[Order, OrderLine]:
    """Pay an order whose first line has so many units."""
    order = make_order(total_minor, *others)
    order.lines.filter(position=0).update(quantity=quantity)
    record_payment(order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=NOW)
    return order, order.lines.get(position=0)


def cancel(order: Order, line: OrderLine, n_units: int | None = None):
    units = None if n_units is None else Units(n_units)
    return cancel_line(order_id=order.pk, line_id=line.pk, units=units, now=NOW)


def credited() -> list[int]:
    issue_documents(now=NOW, real_now=NOW)
    notes = Document.objects.filter(kind="CREDIT_NOTE").order_by("pk")
    return [note.content["gross_minor"] for note in notes]


def refunded() -> list[int]:
    return list(Refund.objects.order_by("pk").values_list("amount_minor", flat=True))


def test_one_unit_of_three_goes_and_its_share_comes_back():
    order, line = order_of(3, 1000)

    report = cancel(order, line, 1)

    order.refresh_from_db()
    line.refresh_from_db()
    assert (report.cancelled_line_ids, report.cancelled_units) == ((), {line.pk: 1})
    assert (line.open_quantity, line.open_total_minor) == (2, 667)
    assert (order.total_minor, order.payment_state) == (667, "PART_REFUNDED")
    assert refunded() == credited() == [333]
    assert OrderEvent.objects.get(kind="UNITS_CANCELLED").details == {
        "quantity": 1,
        "amount_minor": 333,
    }


def test_the_credit_note_names_how_many_pieces_it_is_about():
    order, line = order_of(3, 1000, 500)

    cancel(order, line, 2)
    credited()

    note = Document.objects.get(kind="CREDIT_NOTE")
    assert [(row["quantity"], row["gross_minor"]) for row in note.content["lines"]] == [
        (2, 666)
    ]
    invoice = Document.objects.get(kind="INVOICE")
    assert invoice.content["gross_minor"] == 1500


def test_the_last_unit_takes_the_line_and_the_order_along():
    order, line = order_of(3, 1000)

    cancel(order, line, 2)
    cancel(order, line, 1)

    order.refresh_from_db()
    line.refresh_from_db()
    assert line.cancelled_at is not None
    assert (order.state, order.payment_state) == ("CANCELLED", "REFUNDED")
    assert refunded() == credited() == [666, 334]


def test_more_units_than_there_are_cannot_be_cancelled():
    order, line = order_of(3, 1000)
    cancel(order, line, 1)

    for n_units in (0, 3):
        with pytest.raises(DomainError) as raised:
            cancel(order, line, n_units)
        assert raised.value.field == "quantity"
    assert refunded() == [333]


def test_units_of_an_unpaid_line_are_ordered_anew_instead():
    order = make_order(1000)
    order.lines.update(quantity=3)

    with pytest.raises(ConflictError, match="not paid yet"):
        cancel(order, order.lines.get(), 1)


def test_the_order_goes_as_far_as_the_floor_lets_go(monkeypatch):
    order, line = order_of(3, 1000, 500)
    other = order.lines.get(position=1)
    outcome = CancelOutcome((other.pk,), ("W-1",), cancelled_units={line.pk: 2})
    monkeypatch.setattr(ports, "cancellation", lambda **_: outcome)

    report = cancel_order(order_id=order.pk, now=NOW)

    order.refresh_from_db()
    assert report.cancelled_line_ids == (other.pk,)
    assert report.cancelled_units == {line.pk: 2}
    assert report.started_units == ("W-1",)
    assert (order.state, order.total_minor) == ("CONFIRMED", 334)
    assert refunded() == credited() == [1166]


def test_where_nothing_can_go_nothing_is_paid_back(monkeypatch):
    order, line = order_of(2, 1000)
    outcome = CancelOutcome((), ("W-1", "W-2"))
    monkeypatch.setattr(ports, "cancellation", lambda **_: outcome)

    with pytest.raises(AlreadyBegunError):
        cancel(order, line, 1)

    assert refunded() == []


@settings(max_examples=200)
@given(
    total=st.integers(0, 10**9),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=12),
)
def test_the_parts_of_a_line_add_up_to_it_however_it_is_cut(total, cuts):
    line = OrderLine(quantity=sum(cuts), total_minor=total)
    left, parts = line.quantity, []

    for n_units in cuts:
        parts.append(line.share_of(left) - line.share_of(left - n_units))
        left -= n_units

    assert sum(parts) == total
    assert all(
        abs(part - total * n / line.quantity) < n + 1
        for part, n in zip(parts, cuts, strict=True)
    )
