"""What cannot be changed stays ordered as it is, and its buyer is told why."""

import pytest

from configurator.services.availability import set_availability
from configurator.services.errors import DomainError, InvalidError
from orders.models import OrderLine
from orders.ports import (
    CancelOutcome,
    LineProgress,
    OrderProgressReport,
    UnitProgress,
    ports,
)
from orders.services.cancelling import AlreadyBegunError
from orders.services.changing import (
    MOST_CHANGES,
    Change,
    TooLateError,
    TooManyError,
    change_line,
)
from orders.services.requests import LineRequest
from tests.factories.orders import BENCH, JUICE, NOW, ask_bench, ask_mug, publish
from tests.orders.services.test_changing import (
    FREE,
    GOLD,
    SOON,
    _shop,
    change,
    money,
    order_mugs,
    pay,
)

pytestmark = pytest.mark.django_db
__all__ = ["_shop"]


def test_who_changes_what_was_changed_meanwhile_is_told():
    order = order_mugs()
    change(order, **GOLD)

    with pytest.raises(TooLateError, match="meanwhile"):
        change(order, colour="BLUE")

    assert order.lines.count() == 2


def test_after_its_time_a_line_that_has_begun_stays_and_says_why(progress):
    order = order_mugs()
    pay(order)
    progress({order.lines.get().pk: "IN_PROGRESS"})

    with pytest.raises(TooLateError, match=r"begun.*free until today at 09:30"):
        change(order, at=NOW + FREE, **GOLD)

    assert order.lines.get().cancelled_at is None


def test_one_piece_that_has_begun_keeps_its_line(monkeypatch):
    order = order_mugs(ask_mug(quantity=2))
    pay(order)
    units = (UnitProgress("W-1", "IN_PROGRESS"), UnitProgress("W-2", "RELEASED"))
    lines = {order.lines.get().pk: LineProgress("RELEASED", units)}
    report = OrderProgressReport("IN_PROGRESS", lines)
    monkeypatch.setattr(ports, "order_progress", lambda **_: {order.pk: report})

    with pytest.raises(TooLateError, match="begun"):
        change(order, quantity=2, **GOLD)


def test_what_has_begun_stays_as_it_is(monkeypatch):
    order = order_mugs()
    pay(order)
    outcome = CancelOutcome(cancelled_line_ids=(), started_units=("W-1",))
    monkeypatch.setattr(ports, "cancellation", lambda **_: outcome)

    with pytest.raises(AlreadyBegunError, match="can no longer be changed"):
        change(order, **GOLD)

    assert order.lines.get().cancelled_at is None
    assert money(order) == (1200, 1200, "PAID")


@pytest.mark.parametrize(
    ("choices", "delivery"), [(GOLD, "CARRIER"), ({"colour": "PINK"}, "COLLECTION")]
)
def test_what_cannot_be_made_or_sent_so_changes_nothing(choices, delivery):
    order = order_mugs(delivery=delivery)

    with pytest.raises(InvalidError):
        change(order, **choices)

    assert order.lines.get().cancelled_at is None


def test_what_is_sold_out_today_stays_ordered():
    order = order_mugs()
    set_availability(
        product="mug",
        characteristic="colour",
        option="WHITE",
        available=False,
        back_on=None,
        now=NOW,
    )

    with pytest.raises(InvalidError):
        change(order, text="Ada")

    assert order.lines.get().cancelled_at is None


def test_goods_from_stock_and_quoted_pieces_are_not_changed_so():
    publish(JUICE)
    publish(BENCH)
    order = order_mugs(ask_bench(), LineRequest("juice", {}, 2))

    for place in (0, 1):
        with pytest.raises(TooLateError):
            change(order, place=place, **GOLD)

    assert order.lines.count() == 2


def test_a_line_of_another_order_is_not_found():
    mine, other = order_mugs(), order_mugs()

    with pytest.raises(DomainError):
        change_line(
            order_id=mine.pk,
            line_id=other.lines.get().pk,
            change=Change(GOLD, 1),
            now=SOON,
            actor="",
        )

    assert OrderLine.objects.count() == 2


def test_after_so_many_changes_of_an_order_its_buyer_is_asked_to_write():
    order = order_mugs()
    for place in range(MOST_CHANGES):
        change(order, place=place, text=f"{place}")

    again = change(order, place=MOST_CHANGES - 1, text=f"{MOST_CHANGES - 1}")
    with pytest.raises(TooManyError, match=r"changed 20 times.*write to us"):
        change(order, place=MOST_CHANGES, text="Ada")

    assert again.line == order.lines.get(cancelled_at=None)
    assert order.lines.count() == MOST_CHANGES + 1
