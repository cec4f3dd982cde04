"""The dates told to a customer, from the real queues of a small factory."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Event

import pytest
from django.utils.translation import override

from configurator.selectors.grounds import say_grounds
from orders.models import Promise
from orders.services.paying import record_payment
from production.models import (
    BatchMember,
    Operation,
    Operator,
    Shift,
    Skill,
    StockAllocation,
    WorkCentre,
)
from production.selectors import promises
from production.selectors.promises import quote_promise
from production.selectors.shop import look
from production.services.release import release_confirmed_orders
from tests.factories.production import (
    NOW,
    batch_order,
    make_stock,
    order_of,
    publish,
)
from tests.production.selectors.quotes import (
    DAY,
    HOUR,
    MINUTE,
    fill_a_load,
    publish_juice,
    quote,
)

pytestmark = pytest.mark.django_db


def backorder(item, quantity):
    order = order_of(publish(product=f"p{StockAllocation.objects.count()}"))
    StockAllocation.objects.create(
        order_line=order.lines.get(),
        item=item,
        quantity=quantity,
        state="BACKORDERED",
        created_at=NOW,
    )


def test_a_promise_rests_on_the_steps_the_queue_and_the_pick_up(shirt):
    promise = quote(shirt)

    assert promise.ready_at == NOW + timedelta(minutes=30, seconds=136)
    assert promise.shipped_at == datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert promise.delivered_at == datetime(2026, 3, 3, 17, tzinfo=UTC)
    assert "FL" in promise.rests_on
    assert promise.due_at == promise.shipped_at - timedelta(minutes=30)


def queue_up(shirt, **fields):
    """Let sixty units stand in the queue of the line: 75 minutes of it."""
    for _order in range(3):
        order_of(shirt, 20, **fields)
    release_confirmed_orders(now=NOW)


def test_a_longer_queue_means_a_later_promise(shirt):
    before = quote(shirt)
    queue_up(shirt)

    # Half an hour of the queue passes while ours may still be changed.
    assert quote(shirt).ready_at == before.ready_at + timedelta(minutes=75 - 30)


def test_work_that_may_still_be_changed_stands_before_but_is_not_begun(shirt):
    queue_up(shirt, edit_until=NOW + timedelta(minutes=20))

    assert quote(shirt).ready_at == NOW + timedelta(minutes=20 + 75, seconds=136)


def test_more_units_of_one_line_take_a_takt_each(shirt):
    assert quote(shirt, 11).ready_at - quote(shirt, 1).ready_at == timedelta(
        seconds=750
    )


def test_asked_again_within_seconds_the_works_are_not_looked_at_again(
    shirt, django_assert_num_queries
):
    first = quote(shirt)

    with django_assert_num_queries(0):
        again = quote_promise(
            product="shirt",
            release_id=shirt.id,
            choices={"colour": "NAVY"},
            quantity=1,
            now=NOW + timedelta(seconds=5),
        )

    assert again is first


def test_what_others_may_be_reading_is_not_forgotten_while_the_works_are_kept(
    shirt, monkeypatch
):
    monkeypatch.setattr(promises, "MOST_REMEMBERED", 1)
    quote(shirt)
    shop = promises.get_shop(now=NOW)
    assert shop is not None
    known = set(shop.answers)

    question = {"product": "shirt", "release_id": shirt.id, "now": NOW}
    quote_promise(**question, choices={"colour": "NAVY"}, quantity=2)

    assert known
    assert known <= set(shop.answers)


def test_a_load_that_is_not_full_waits_for_others_as_long_as_it_may(shirt):
    promise = quote(shirt, 48)

    # 45 minutes to fill, a minute of set-up, 15 to print, 30 to cure, 50 x 1.5 s.
    assert promise.ready_at == NOW + timedelta(minutes=91, seconds=75)


def test_a_full_load_waits_for_nobody(shirt):
    promise = quote(shirt, 432)

    # A second load holds the pieces that the yield asks for.
    assert promise.ready_at == NOW + timedelta(minutes=61, seconds=446 * 1.5)


def test_an_order_joins_a_load_of_its_kind_that_has_room(shirt):
    alone = quote(shirt, 48)
    fill_a_load("NAVY", room=3_000)

    joining = quote(shirt, 48)

    assert alone.ready_at - joining.ready_at == timedelta(minutes=36)
    assert "joins B-NAVY" in say_grounds(joining.rests_on)


def test_an_order_stands_behind_a_load_of_another_kind_or_without_room(shirt):
    fill_a_load("WHITE", room=9_000, closes=50 * MINUTE)
    fill_a_load("NAVY", room=2_000, closes=HOUR)

    promise = quote(shirt, 48)

    # Two loads of 15 minutes, the first from ten minutes to the hour, then its own.
    assert promise.ready_at == NOW + timedelta(hours=1, minutes=20) + timedelta(
        minutes=46, seconds=75
    )


def test_orders_that_will_share_a_load_count_once(shirt):
    for _order in range(6):
        batch_order(shirt, 24, choices={"colour": "WHITE"})
    release_confirmed_orders(now=NOW)

    crowded = quote(shirt, 48, choices={"colour": "NAVY"})

    # Six times a tray of white is one load: it is done before ours has filled.
    assert crowded.ready_at == quote(shirt, 48, now=NOW + MINUTE).ready_at - MINUTE


def test_what_nobody_can_do_today_begins_when_somebody_is_back(shirt):
    skill = Skill.objects.create(code="SCREEN")
    printer = Operator.objects.create(
        code="W16", name="Printer", badge="B16", absences=[["2026-03-02", "2026-03-04"]]
    )
    printer.calendar = WorkCentre.objects.get(code="SCREEN-1").calendar
    printer.save()
    printer.skills.add(skill)

    promise = quote(shirt, 48)

    assert promise.ready_at > datetime(2026, 3, 4, 23, tzinfo=UTC)
    with override("de"):
        told = say_grounds(promise.rests_on)
    assert "wartet am längsten auf jemanden, der Screen kann" in told
    assert "waits longest for somebody with the skill Screen" in say_grounds(
        promise.rests_on
    )


def test_who_works_tomorrow_is_taken_by_what_begins_tomorrow(shirt):
    """Eighteen hours of printing that begin a day later leave nobody free before."""
    printer = Operator.objects.create(code="W16", name="Printer", badge="B16")
    printer.calendar = WorkCentre.objects.get(code="SCREEN-1").calendar
    printer.save()
    printer.skills.add(Skill.objects.create(code="SCREEN"))
    batch_order(shirt, 48, choices={"colour": "RED"}, edit_until=NOW + DAY)
    release_confirmed_orders(now=NOW)
    Operation.objects.filter(code="SCREEN").update(
        run_s=18 * 3600, skill="SCREEN", work_centre=WorkCentre.objects.get(code="FL")
    )

    assert quote(shirt, 48).ready_at > NOW + DAY + 18 * HOUR


def test_what_is_short_comes_after_the_suppliers_working_days(shirt):
    make_stock("BLANK", 10, lead_days=2).__class__.objects.update(kind="BLANK")

    assert quote(shirt, 10).ready_at < NOW + HOUR
    late = quote(shirt, 11)

    assert late.ready_at > NOW + 2 * DAY
    assert "BLANK" in late.rests_on


def test_what_is_bought_for_each_order_is_waited_for_whatever_lies_there(shirt):
    timber = make_stock("BLANK", 600_000, lead_days=8, reorder_point=0)
    timber.kind = "MATERIAL"
    timber.save()

    # Eight working days from Monday are Thursday of the week after.
    assert quote(shirt).ready_at.date().isoformat() == "2026-03-12"


def test_a_supplier_outside_takes_working_days_and_the_customer_no_time(shirt):
    steps = [
        {
            "code": "DRAW",
            "work_centre": "PACK-1",
            "basis": "FIXED",
            "run_ms": 3_600_000,
        },
        {"code": "AGREE", "kind": "APPROVAL", "basis": "DELAY", "run_ms": 0},
        {
            "code": "CHROME",
            "kind": "OUTSIDE",
            "work_centre": "SCREEN-1",
            "basis": "DELAY",
            "run_ms": 5 * 86_400_000,
            "outside": {"supplier": "EXT", "lead_days": 5, "cost_minor": 4800},
        },
    ]
    calendar = WorkCentre.objects.get(code="SCREEN-1").calendar
    calendar.always_open = False
    calendar.save()
    for weekday in range(5):
        Shift.objects.create(
            calendar=calendar, weekday=weekday, starts=time(8), ends=time(17)
        )
    routing = {"code": "R", "method": "JOB", "steps": steps}
    table = publish(product="table", routings=[routing], materials=[])
    thursday = NOW + 3 * DAY

    promise = quote(table, now=thursday)

    assert promise.ready_at == thursday + HOUR + 7 * DAY


def test_goods_in_stock_leave_with_the_next_pick_up(shirt):
    goods = publish_juice()
    make_stock("JUICE", 10, product=goods.product, lead_days=3)

    assert quote(goods, 10).ready_at == NOW
    assert quote(goods, 11).ready_at == NOW + 3 * DAY


def test_a_backorder_stands_behind_those_before_it_and_takes_runs(shirt):
    goods = publish_juice()
    juice = make_stock(
        "JUICE",
        10,
        product=goods.product,
        lead_days=2,
        run_size=100,
        quality_hold_s=86_400,
    )

    assert quote(goods, 110).ready_at == NOW + 3 * DAY
    assert quote(goods, 111).ready_at == NOW + 5 * DAY
    backorder(juice, 250)
    # Even what would be free goes to those who waited first: 10 - 250 - 51 needs 3.
    assert quote(goods, 51).ready_at == NOW + 7 * DAY
    assert quote(goods, 1).ready_at == NOW + 7 * DAY


def test_a_kit_waits_for_the_last_of_its_goods(shirt):
    kit = publish_juice(
        {"material": "APPLE", "quantity": 2, "unit": "bottle", "basis": "UNIT"},
        {"material": "GRAPE", "quantity": 2, "unit": "bottle", "basis": "UNIT"},
    )
    make_stock("APPLE", 100, lead_days=1, run_size=50)
    make_stock("GRAPE", 9, lead_days=4, run_size=50)

    assert quote(kit, 4).ready_at == NOW
    assert quote(kit, 5).ready_at == NOW + 4 * DAY
    assert "GRAPE" in quote(kit, 5).rests_on


def test_quoted_operations_replace_those_of_the_routing(shirt):
    operations = [
        {"code": "SKETCH", "name": "Sketch", "work_centre": "PACK-1", "run_s": 7200},
        {"code": "LOOK", "name": "Look", "kind": "APPROVAL", "run_s": 0},
        {"code": "FINAL", "name": "Files", "work_centre": "PACK-1", "run_s": 3600},
    ]

    promise = quote(shirt, operations=operations)

    assert promise.ready_at == NOW + timedelta(minutes=30) + 3 * HOUR


def test_without_a_factory_nothing_is_promised():
    assert quote(publish()) is None


def test_an_order_that_is_paid_late_may_be_changed_from_then_on(shirt):
    order = order_of(shirt, 2, state="PLACED")
    line = order.lines.get()
    line.edit_until = line.due_at = NOW + HOUR
    line.save()
    tomorrow = NOW + DAY

    record_payment(
        order_id=order.pk, provider="dummy", outcome="SUCCEEDED", now=tomorrow
    )
    release_confirmed_orders(now=tomorrow + timedelta(seconds=2))

    line.refresh_from_db()
    assert line.edit_until == tomorrow + 30 * MINUTE
    assert line.due_at == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert line.promises.get().delivered_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
    for work_order in line.work_orders.all():
        assert work_order.state == "PLANNED"
        assert work_order.release_at == tomorrow + 30 * MINUTE


@pytest.mark.parametrize("make_order", [order_of, batch_order])
def test_instead_of_an_ordered_line_nothing_stands_behind_that_line(shirt, make_order):
    alone = quote(shirt, 60)
    order = make_order(shirt, 900)
    release_confirmed_orders(now=NOW)
    line_id = order.lines.get().pk

    behind, instead = (quote(shirt, 60, instead_of=each) for each in (None, line_id))

    assert behind.ready_at > instead.ready_at
    assert instead.ready_at == alone.ready_at


def test_instead_of_an_ordered_line_its_room_in_a_load_and_its_quote_are_free(shirt):
    order = batch_order(shirt, 48)
    release_confirmed_orders(now=NOW)
    line = order.lines.get()
    load = fill_a_load("NAVY", room=1_000)
    operation = Operation.objects.get(work_order__order_line=line, batch_key__gt="")
    BatchMember.objects.create(
        batch=load, operation=operation, quantity=48, load_milli=2_000, weight=1
    )
    claims = {"place:OVEN": 60, f"load:{load.number}": 500}
    Promise.objects.create(
        **dict.fromkeys(("ready_at", "shipped_at", "delivered_at"), NOW),
        line=line,
        state="QUOTED",
        valid_until=NOW + HOUR,
        claims=claims,
        created_at=NOW,
    )

    shops = [look(now=NOW, but_line=each) for each in (None, line.pk)]
    beside, instead = (
        shop.works.places["SCREEN-1"].loads[0].room_milli for shop in shops if shop
    )

    assert (beside, instead) == (500, 3_000)


def test_of_those_who_ask_at_once_one_looks_at_the_works(monkeypatch):
    looks, never = [], Event()

    def look_slowly(**_):
        looks.append(1)
        never.wait(0.05)

    monkeypatch.setattr(promises, "look", look_slowly)
    with ThreadPoolExecutor(4) as pool:
        shops = list(pool.map(lambda _n: promises.get_shop(now=NOW), range(4)))

    assert (shops, looks) == ([None] * 4, [1])
