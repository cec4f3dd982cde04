"""Promises that will not be kept are found in time, and hold again if they may."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group

from configurator.models import Availability
from configurator.selectors.roles import TRADE
from orders.models import Order, Promise
from orders.models.outbox import OutboxMessage
from orders.models.shipments import Shipment
from orders.services.paying import record_payment
from orders.services.proofing import send_proof
from production.models import (
    Line,
    LineSlot,
    MaterialLot,
    Operation,
    Operator,
    Site,
    Skill,
    StockAllocation,
    SupplyOrder,
    WorkCentre,
)
from production.selectors.outlooks import list_outlooks
from production.selectors.promises import asks_for_trade
from production.selectors.shop import look
from production.services.outlooks import watch_promises
from production.services.release import release_confirmed_orders
from tests.factories.access import make_user
from tests.factories.production import (
    NOW,
    batch_order,
    make_stock,
    order_of,
)
from tests.production.selectors.quotes import publish_juice, quote

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)  # the carrier's pick-up


def promise(order, *, shipped_at=TODAY, state="ACCEPTED"):
    return Promise.objects.create(
        line=order.lines.get(),
        state=state,
        ready_at=shipped_at - HOUR,
        shipped_at=shipped_at,
        delivered_at=shipped_at + DAY,
        created_at=NOW,
    )


def state_of(row):
    row.refresh_from_db()
    return row.state


def mails():
    rows = OutboxMessage.objects.filter(kind="mail").order_by("id")
    return [(row.key.partition(":")[0], row.payload["template"]) for row in rows]


def queue_up(shirt, n_orders):
    for _order in range(n_orders):
        order_of(shirt, 20)
    release_confirmed_orders(now=NOW)


def test_what_will_be_done_in_time_is_left_alone(shirt):
    row = promise(order_of(shirt, 20))
    release_confirmed_orders(now=NOW)

    (outlook,) = list_outlooks(now=NOW)

    assert not outlook.is_late
    assert outlook.delivered_at == datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert watch_promises(now=NOW) == 0
    assert (state_of(row), mails()) == ("ACCEPTED", [])


def test_what_is_promised_is_at_risk_while_its_machine_is_down(shirt):
    promise(order_of(shirt, 20))
    release_confirmed_orders(now=NOW)
    WorkCentre.objects.filter(code="FL").update(is_up=False, back_at=NOW + DAY)

    (outlook,) = list_outlooks(now=NOW)

    assert outlook.is_late
    assert outlook.delivered_at == datetime(2026, 3, 4, 17, tzinfo=UTC)


def test_what_stands_too_far_behind_is_at_risk_and_its_buyer_told_once(shirt):
    queue_up(shirt, 20)  # more than eight hours of the line
    row = promise(order_of(shirt, 20))
    release_confirmed_orders(now=NOW)

    assert [watch_promises(now=NOW) for _ in range(2)] == [1, 0]

    assert state_of(row) == "AT_RISK"
    assert mails() == [("late", "delayed")]
    event = row.line.order.events.get(kind="PROMISE_AT_RISK")
    assert event.details["expected_at"] == "2026-03-04T17:00:00+00:00"


def test_a_promise_holds_again_when_what_stood_before_is_gone(shirt):
    queue_up(shirt, 20)
    row = promise(order_of(shirt, 20))
    release_confirmed_orders(now=NOW)
    watch_promises(now=NOW)
    others = Operation.objects.exclude(work_order__order_line=row.line)
    others.update(state="DONE")
    for work_order in row.line.work_orders.model.objects.exclude(order_line=row.line):
        work_order.state = "COMPLETED"
        work_order.save()

    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "ACCEPTED"
    assert row.line.order.events.last().kind == "PROMISE_HOLDS"
    queue_up(shirt, 20)
    row.line.work_orders.update(priority=9)
    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "AT_RISK"
    assert mails() == [("late", "delayed")]  # told before


def test_a_day_that_has_passed_is_broken_and_told(shirt):
    row = promise(order_of(shirt), state="AT_RISK")
    release_confirmed_orders(now=NOW)

    after = TODAY + DAY + timedelta(seconds=1)
    assert [watch_promises(now=after) for _ in range(2)] == [1, 0]

    assert (state_of(row), mails()) == ("BROKEN", [("broken", "delayed")])


def test_nobody_is_late_while_a_proof_waits_for_the_buyer_or_goods_have_left(shirt):
    waiting, shipped = order_of(shirt), order_of(shirt)
    rows = [promise(waiting), promise(shipped)]
    send_proof(order_line_id=waiting.lines.get().pk, now=NOW)
    parcel = Shipment.objects.create(order=shipped, number="S", created_at=NOW)
    parcel.lines.set(shipped.lines.all())

    assert watch_promises(now=NOW + 9 * DAY) == 0
    assert [state_of(row) for row in rows] == ["ACCEPTED", "ACCEPTED"]


def test_an_absence_of_the_only_one_who_can_puts_promises_at_risk(shirt):
    row = promise(batch_order(shirt, 48))
    release_confirmed_orders(now=NOW)
    printer = Operator.objects.create(
        code="W16",
        name="Printer",
        badge="B16",
        calendar=WorkCentre.objects.get(code="SCREEN-1").calendar,
    )
    printer.skills.add(Skill.objects.create(code="SCREEN"))
    assert watch_promises(now=NOW) == 0

    printer.absences = [["2026-03-02", "2026-03-04"]]
    printer.save()

    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "AT_RISK"
    printer.absences = []
    printer.save()
    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "ACCEPTED"


def blocked(order, *, reason):
    line = Line.objects.get(code="FL")
    for unit in order.lines.get().work_orders.all():
        unit.state = "RELEASED"
        unit.save()
        LineSlot.objects.create(
            line=line, work_order=unit, blocked_reason=reason, created_at=NOW
        )


def test_a_unit_that_waits_for_its_blank_is_late_if_the_blank_is(shirt):
    order = order_of(shirt)
    row = promise(order)
    release_confirmed_orders(now=NOW)
    blocked(order, reason="the blank is out of stock")
    assert watch_promises(now=NOW) == 0

    Availability.objects.create(
        product=shirt.product,
        characteristic="colour",
        option="NAVY",
        back_on_date=(NOW + 4 * DAY).date(),
        updated_at=NOW,
    )

    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "AT_RISK"


def test_a_unit_whose_material_is_short_waits_for_the_delivery_under_way(shirt):
    order = order_of(shirt)
    row = promise(order)
    release_confirmed_orders(now=NOW)
    blocked(order, reason="waits for BLANK")
    item = make_stock("BLANK", 0, lead_days=9)
    needs = [{"material": "BLANK", "quantity": 1, "unit": "pc"}]
    row.line.work_orders.update(materials=needs)

    assert watch_promises(now=NOW) == 1
    SupplyOrder.objects.create(
        item=item, quantity=50, ordered_at=NOW, due_at=NOW + HOUR
    )

    assert watch_promises(now=NOW) == 1
    assert state_of(row) == "ACCEPTED"


def free_at():
    shop = look(now=NOW)
    assert shop is not None
    return shop.works.places["FL"].free_at


def test_units_that_stand_aside_do_not_delay_what_is_asked_for_now(shirt):
    before = [order_of(shirt, 20) for _ in range(20)]
    release_confirmed_orders(now=NOW)
    behind = free_at()
    for order in before:
        blocked(order, reason="waits for BLANK")

    assert free_at() < behind


def test_backorders_are_served_in_turn(shirt):
    item = make_stock("JUICE", 0, lead_days=1, run_size=100, quality_hold_s=3600)
    rows = []
    for days in (2, 2, 3):
        order = order_of(shirt, method="FLOW")
        rows.append(promise(order, shipped_at=TODAY + days * DAY))
        StockAllocation.objects.create(
            order_line=order.lines.get(),
            item=item,
            quantity=90,
            state="BACKORDERED",
            created_at=NOW,
        )

    watch_promises(now=NOW)

    # A run a day and an hour of quality: Tuesday, Wednesday, Thursday.
    assert [state_of(row) for row in rows] == ["ACCEPTED", "ACCEPTED", "ACCEPTED"]
    late = NOW + DAY
    watch_promises(now=late)
    assert [state_of(row) for row in rows] == ["ACCEPTED", "AT_RISK", "AT_RISK"]


def test_trade_waits_for_what_keeps_while_others_have_what_is_older(
    shirt, django_assert_num_queries
):
    Site.objects.update(figures={"trade": {"least_days_left": 90}})
    shop = make_user("shop")
    shop.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    goods = publish_juice()
    item = make_stock("JUICE", 1_000, product=goods.product, lead_days=2, run_size=500)
    MaterialLot.objects.create(
        item=item,
        code="OLD",
        state="RELEASED",
        quantity=1_000,
        remaining=1_000,
        best_before_date=NOW.date() + 30 * DAY,
        created_at=NOW,
    )

    ready = [quote(goods, 10, buyer_id=id_).ready_at for id_ in (None, shop.pk)]
    with django_assert_num_queries(0):  # of an order of many lines who buys is known
        assert asks_for_trade(shop.pk, now=NOW)
    orders = [order_of(goods, 10, method="FLOW") for _user in (None, shop)]
    Order.objects.filter(pk=orders[1].pk).update(user=shop)
    for order in orders:
        row = promise(order)
        StockAllocation.objects.create(
            order_line=row.line,
            item=item,
            quantity=10,
            state="BACKORDERED",
            created_at=NOW,
        )

    assert ready == [NOW, NOW + 2 * DAY]
    assert [each.is_late for each in list_outlooks(now=NOW)] == [False, True]


@pytest.mark.parametrize("n_orders", [1, 3])
def test_the_number_of_queries_does_not_depend_on_the_promises(
    shirt, django_assert_max_num_queries, n_orders
):
    for _order in range(n_orders):
        promise(order_of(shirt, 20))
    release_confirmed_orders(now=NOW)

    with django_assert_max_num_queries(24):
        list_outlooks(now=NOW)


def test_where_nothing_is_promised_nothing_is_reckoned(
    shirt, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert list_outlooks(now=NOW) == []


@pytest.fixture
def owed(shirt):
    """The promise of an order that is made, and of which half is paid."""
    row = promise(order_of(shirt))
    release_confirmed_orders(now=NOW)
    row.line.work_orders.update(state="COMPLETED", completed_at=NOW)
    order = row.line.order
    order.total_minor, order.paid_minor, order.deposit_minor = 1000, 500, 500
    order.payment_state = "PART_PAID"
    order.save()
    return row


def pay_rest(order, *, now):
    record_payment(
        order_id=order.pk,
        provider="dummy",
        outcome="SUCCEEDED",
        purpose="BALANCE",
        now=now,
    )


def test_what_is_made_and_waits_for_the_rest_of_its_price_is_not_late(owed):
    after = TODAY + 2 * DAY

    assert watch_promises(now=after) == 0
    assert (state_of(owed), mails()) == ("ACCEPTED", [])


def test_what_is_paid_for_late_is_promised_from_then(owed):
    after = TODAY + 2 * DAY

    pay_rest(owed.line.order, now=after)

    moved = Promise.objects.get(revision=1)
    assert state_of(owed) == "RE_PROMISED"
    assert (moved.state, moved.ready_at) == ("ACCEPTED", after)
    assert moved.delivered_at > after
    assert owed.line.order.events.filter(kind="PROMISED_ANEW").count() == 1


def test_what_is_paid_for_in_time_keeps_its_promise(owed):
    pay_rest(owed.line.order, now=NOW)

    assert Promise.objects.get() == owed
    assert state_of(owed) == "ACCEPTED"


def test_what_is_not_made_in_time_is_late_whatever_is_owed(owed):
    owed.line.work_orders.update(state="RELEASED", completed_at=None)

    assert watch_promises(now=TODAY + 2 * DAY) == 1
    assert state_of(owed) == "BROKEN"
