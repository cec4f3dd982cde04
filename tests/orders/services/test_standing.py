"""A standing order's order for a day is placed once, and in time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from configurator.selectors.roles import TRADE
from configurator.services.errors import ConflictError, DomainError
from orders.models import Order, OutboxMessage, StandingDay, StandingOrder
from orders.services.selling import NoAccountError, confirm_on_invoice, take_payment
from orders.services.standing import (
    load_standing_orders,
    place_standing_orders,
    set_paused,
    skip_day,
)
from orders.tasks import place_due_standing_orders
from tests.factories.access import make_user
from tests.factories.orders import ADDRESS, MUG, NOW, make_order, publish

pytestmark = pytest.mark.django_db
DOCUMENT = {
    "code": "CAFE",
    "customer": "Café am Hafen",
    "email": "hafen@example.org",
    "address": ADDRESS,
    "product": "mug",
    "quantity": 60,
    "choices": {"colour": "WHITE", "glaze": "MATT"},
    "weekdays": [0, 1, 2, 3, 4],
    "by": "06:30",
    "delivery": "COLLECTION",
}
# A Tuesday, a quarter past eight where the shop is.
TUESDAY = datetime(2026, 3, 3, 7, 15, tzinfo=UTC)


@pytest.fixture
def standing() -> StandingOrder:
    publish(MUG)
    load_standing_orders(documents=[DOCUMENT], now=NOW)
    return set_paused(code="cafe", is_paused=False)


def days() -> list[tuple[str, int]]:
    rows = StandingDay.objects.filter(order__isnull=False).order_by("day")
    found = rows.values_list("day", "order__lines__quantity")
    return [(str(day), quantity) for day, quantity in found]


def test_tomorrows_order_is_placed_once_and_on_invoice(standing):
    placed = [place_standing_orders(now=TUESDAY) for _ in range(3)]

    order = Order.objects.get()
    assert placed == [1, 0, 0]
    assert days() == [("2026-03-04", 60)]
    assert order.needed_by == date(2026, 3, 4)
    assert (order.state, order.payment_state) == ("CONFIRMED", "AUTHORISED")
    assert (order.customer_name, order.user) == ("Café am Hafen", standing.user)
    assert OutboxMessage.objects.filter(kind="release", key=order.number).exists()


def test_a_week_has_five_orders_mondays_on_saturday(standing):
    placed_on: dict[str, str] = {}
    for hours in range(0, 7 * 24, 6):
        now = TUESDAY + timedelta(hours=hours)
        place_standing_orders(now=now)
        for row in StandingDay.objects.all():
            placed_on.setdefault(str(row.day), now.date().isoformat())

    assert placed_on == {
        "2026-03-04": "2026-03-03",
        "2026-03-05": "2026-03-04",
        "2026-03-06": "2026-03-05",
        "2026-03-09": "2026-03-07",
        "2026-03-10": "2026-03-09",
    }
    assert Order.objects.count() == 5


def test_before_eight_nothing_is_placed_for_tomorrow(standing):
    assert place_standing_orders(now=TUESDAY - timedelta(minutes=30)) == 0


def test_paused_skipped_and_ended_days_have_no_order(standing):
    wednesday = date(2026, 3, 4)
    set_paused(code="cafe", is_paused=True)
    assert place_standing_orders(now=TUESDAY) == 0
    set_paused(code="cafe", is_paused=False)
    skip_day(code="cafe", day=wednesday, now=TUESDAY)
    assert place_standing_orders(now=TUESDAY) == 0
    skip_day(code="cafe", day=wednesday, is_skipped=False, now=TUESDAY)
    StandingOrder.objects.update(last_date=date(2026, 3, 3))
    assert place_standing_orders(now=TUESDAY) == 0
    StandingOrder.objects.update(last_date=None)

    assert place_standing_orders(now=TUESDAY) == 1
    with pytest.raises(ConflictError, match="cancel it instead"):
        skip_day(code="cafe", day=wednesday, now=TUESDAY)
    with pytest.raises(DomainError):
        skip_day(code="cafe", day=date(2026, 3, 3), now=TUESDAY)


def test_what_stands_in_its_way_is_said_and_tried_again(standing):
    line = standing.lines.get()
    line.choices = {"colour": "GOLD", "glaze": "MATT"}
    line.save()

    assert place_standing_orders(now=TUESDAY) == 0
    problem = StandingDay.objects.get().problem
    line.choices = {"colour": "WHITE", "glaze": "MATT"}
    line.save()

    assert "Gold flakes off" in problem
    assert place_standing_orders(now=TUESDAY) == 1
    assert StandingDay.objects.get().problem == ""


def test_the_beat_places_them(standing, monkeypatch):
    monkeypatch.setattr("orders.tasks.factory_now", lambda **_: TUESDAY)

    for _ in range(2):
        place_due_standing_orders()

    assert Order.objects.count() == 1


def test_they_are_loaded_once_and_paused():
    publish(MUG)

    counts = [load_standing_orders(documents=[DOCUMENT], now=NOW) for _ in range(2)]

    assert counts == [1, 0]
    assert StandingOrder.objects.get().is_paused
    assert place_standing_orders(now=TUESDAY) == 0


# On invoice and at the counter -------------------------------------------------


def trade_order() -> Order:
    user = make_user("shop")
    user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    return make_order(4200, user=user)


def test_work_begins_on_invoice_and_is_paid_later():
    order = trade_order()

    for _ in range(2):
        confirm_on_invoice(order_id=order.pk, now=NOW, actor="dora")
    begun = Order.objects.get()
    payment = take_payment(order_id=order.pk, now=NOW, actor="dora")
    again = take_payment(order_id=order.pk, now=NOW, actor="dora")

    order.refresh_from_db()
    assert (begun.state, begun.payment_state, begun.paid_minor) == (
        "CONFIRMED",
        "AUTHORISED",
        0,
    )
    assert (order.payment_state, order.paid_minor) == ("PAID", 4200)
    assert (payment.pk, payment.provider) == (again.pk, "counter")
    assert OutboxMessage.objects.filter(kind="release").count() == 1


def test_only_a_trade_account_is_trusted():
    order = make_order(4200, user=make_user("anna"))

    with pytest.raises(NoAccountError):
        confirm_on_invoice(order_id=order.pk, now=NOW, actor="dora")


def test_money_at_the_counter_confirms_an_order_once():
    order = make_order(4200)

    payments = [take_payment(order_id=order.pk, now=NOW, actor="dora") for _ in "ab"]

    order.refresh_from_db()
    assert (order.state, order.payment_state) == ("CONFIRMED", "PAID")
    assert payments[0].pk == payments[1].pk
