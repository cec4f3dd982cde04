"""Lots: held for quality, sold first-expired-first, blocked, recalled, ended."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from configurator.selectors.roles import TRADE
from configurator.services.errors import ConflictError, IllegalMoveError
from orders.models import Order
from production.models import (
    MaterialLot,
    ProductionEvent,
    Site,
    StockAllocation,
    StockItem,
)
from production.selectors.lots import list_users, lot_answer
from production.services import backorders, boards, flow, lots
from production.services.lots import LotError
from production.services.picking import TooOldError
from production.services.stock import (
    ShortStockError,
    book_move,
    hold_stock,
    reserve_stock,
)
from production.services.stock import take_stock as take
from tests.factories.access import make_user
from tests.factories.floor import (
    DAY,
    HOUR,
    make_flow_line,
    make_operator,
    report,
)
from tests.factories.production import NOW, configure, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


@pytest.fixture
def juice():
    """Give apple juice without stock, whose lots wait a day for quality."""
    release, line, item = make_flow_line("apple", on_hand=0, reorder_point=0)
    StockItem.objects.update(quality_hold_s=86_400, shelf_life_days=180)
    return release, line, item


@pytest.fixture
def quality():
    return make_operator("Q1", "QUALITY")


def receive(item, code, quantity, *, days_ago=2):
    """Take a lot in that has been released since."""
    at = NOW - days_ago * DAY
    lot = lots.receive(item_id=item.id, code=code, quantity=quantity, now=at)
    lots.release_due(now=NOW)
    return lot


def order_of(release, cases):
    order = place_order(
        {"configuration": configure(release), "quantity": cases, "method": "FLOW"}
    )
    reserve_stock(order_id=order.pk, now=NOW)
    return order


def ship(order):
    ids = list(order.lines.values_list("id", flat=True))
    take(order_id=order.pk, line_ids=ids, now=NOW)


def levels():
    item = StockItem.objects.get()
    return item.on_hand, item.held, item.allocated


def decide(code, action, quality, **fields):
    given = {"operator_id": quality.id, "reason": "cloudy"} | fields
    return lots.perform(code=code, action=action, report=report(**given))


def states():
    return dict(MaterialLot.objects.values_list("code", "state"))


@pytest.fixture
def shop():
    """Give a trade customer; the works know that such refuse less than 90 days."""
    Site.objects.update(figures={"trade": {"least_days_left": 90}})
    user = make_user("shop")
    user.groups.add(Group.objects.get_or_create(name=TRADE)[0])
    return user


def order_for(user, release, cases):
    order = place_order(
        {"configuration": configure(release), "quantity": cases, "method": "FLOW"}
    )
    Order.objects.filter(pk=order.pk).update(user=user)
    reserve_stock(order_id=order.pk, now=NOW)
    return order


def test_trade_is_promised_only_what_keeps_for_ninety_days(juice, shop):
    release, _line, item = juice
    receive(item, "OLD", 60, days_ago=91)

    waits = order_for(shop, release, 2)
    served = order_for(None, release, 2)
    before = [row.state for row in StockAllocation.objects.order_by("id")]
    receive(item, "FRESH", 24)

    assert before == ["BACKORDERED", "ALLOCATED"]
    row = StockAllocation.objects.get(order_line__order=waits)
    assert (row.state, row.served_by) == ("ALLOCATED", "FRESH")
    ship(waits)
    ship(served)
    left = dict(MaterialLot.objects.values_list("code", "remaining"))
    n = row.quantity
    assert left == {"OLD": 60 - n, "FRESH": 24 - n}


def test_what_grew_too_old_for_trade_is_not_sent_but_made_anew(
    juice, shop, monkeypatch
):
    release, line, item = juice
    told = []
    monkeypatch.setattr(boards, "touch", lambda **ids: told.append(ids))
    receive(item, "L1", 900)
    order = order_for(shop, release, 2)
    MaterialLot.objects.update(best_before_date=NOW.date() + 89 * DAY)

    with pytest.raises(TooOldError, match="keep until"), transaction.atomic():
        ship(order)

    assert MaterialLot.objects.get().remaining == 900
    told.clear()
    n_pushed = [lots.sweep(now=NOW), lots.sweep(now=NOW)]
    assert [[*each["work_centre_ids"]] for each in told] == [[line.work_centre_id]]
    (run,) = flow.replenish(now=NOW)
    assert n_pushed == [1, 0]
    assert StockAllocation.objects.get().state == "BACKORDERED"
    # Somebody had looked before it was pushed back.
    with pytest.raises(ShortStockError, match="Too little APPLE"):
        ship(order)
    assert run.quantity >= 12
    receive(item, "L2", 60)
    ship(order)
    assert MaterialLot.objects.get(code="L2").remaining < 60


def test_however_many_of_trade_wait_what_keeps_is_counted_once(
    juice, shop, django_assert_num_queries
):
    release, _line, item = juice
    receive(item, "OLD", 60, days_ago=91)
    for cases in (1, 2, 3):
        order_for(shop, release, cases)

    with django_assert_num_queries(6):
        n_served = backorders.serve_backorders(item_id=item.id, now=NOW)

    assert n_served == 0


def test_what_a_run_made_waits_a_day_for_quality(juice):
    release, line, _item = juice
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)
    flow.run_line(line_id=line.id, now=NOW + HOUR)
    waiting = order_of(release, 1)

    early = lots.sweep(now=NOW + DAY)
    before = (levels(), set(states().values()))
    in_time = lots.sweep(now=NOW + DAY + HOUR)

    lot = MaterialLot.objects.get()
    assert (early, in_time) == (0, 1)
    assert before == ((1_000, 1_000, 0), {"QUARANTINE"})
    assert (lot.state, levels()) == ("RELEASED", (1_000, 0, 6))
    assert StockAllocation.objects.get().served_by == lot.code
    assert waiting.lines.get().allocations.get().state == "ALLOCATED"


def test_a_backorder_knows_the_lot_that_will_serve_it(juice):
    release, _line, item = juice
    order_of(release, 2)

    lots.receive(item_id=item.id, code="L-1", quantity=100, now=NOW)

    allocation = StockAllocation.objects.get()
    assert (allocation.state, allocation.served_by) == ("BACKORDERED", "L-1")


def test_only_quality_decides_and_only_once(juice, quality):
    _release, _line, item = juice
    lots.receive(item_id=item.id, code="L-1", quantity=100, now=NOW)
    stranger = make_operator("W1", "LINE")

    for operator_id in (None, stranger.id):
        with pytest.raises(LotError, match="quality"):
            lots.perform(
                code="L-1", action="release", report=report(operator_id=operator_id)
            )
    for _ in range(2):
        decide("L-1", "release", quality, device="tablet", nonce="n-1")

    assert levels() == (100, 0, 0)
    assert ProductionEvent.objects.filter(kind="LOT_RELEASE").count() == 1
    with pytest.raises(IllegalMoveError):
        decide("L-1", "release", quality)


def test_what_expires_first_is_sold_first(juice):
    release, _line, item = juice
    receive(item, "YOUNG", 10, days_ago=2)
    receive(item, "OLD", 10, days_ago=9)
    order = order_of(release, 2)

    ship(order)

    moves = item.moves.filter(kind="SHIPPED").values_list("lot__code", "quantity")
    assert list(moves) == [("OLD", -10), ("YOUNG", -2)]
    assert states() == {"YOUNG": "RELEASED", "OLD": "CONSUMED"}
    assert MaterialLot.objects.get(code="YOUNG").remaining == 8


def test_goods_without_a_lot_leave_after_those_with_one(juice):
    release, _line, item = juice
    book_move(item_id=item.id, kind="RECEIPT", quantity=10, reference="X", now=NOW)
    receive(item, "L-1", 4)

    ship(order_of(release, 1))

    moves = item.moves.filter(kind="SHIPPED").values_list("lot__code", "quantity")
    assert list(moves) == [("L-1", -4), (None, -2)]


def test_a_count_below_what_lots_say_takes_it_out_of_them(juice):
    _release, _line, item = juice
    receive(item, "L-1", 10)

    book_move(item_id=item.id, kind="ADJUSTED", quantity=-3, reference="C", now=NOW)

    assert MaterialLot.objects.get().remaining == 7


def test_a_blocked_lot_makes_backorders_of_the_newest_promises(juice, quality):
    release, _line, item = juice
    receive(item, "GOOD", 12)
    receive(item, "BAD", 12)
    for cases in (2, 1, 1):
        order_of(release, cases)

    decide("BAD", "block", quality)

    assert list(
        StockAllocation.objects.order_by("id").values_list("quantity", "state")
    ) == [(12, "ALLOCATED"), (6, "BACKORDERED"), (6, "BACKORDERED")]
    assert levels() == (24, 12, 12)

    decide("BAD", "release", quality)

    assert set(StockAllocation.objects.values_list("state", flat=True)) == {"ALLOCATED"}
    assert levels() == (24, 0, 24)


def test_nothing_is_sold_of_a_lot_on_hold(juice, quality):
    _release, _line, item = juice
    receive(item, "BAD", 12)
    decide("BAD", "block", quality)

    with pytest.raises(ShortStockError, match="Only 0 bottle"):
        book_move(item_id=item.id, kind="SCRAPPED", quantity=-1, reference="X", now=NOW)


def test_a_recall_names_the_customers_and_is_for_good(juice, quality):
    release, _line, item = juice
    receive(item, "BAD", 12)
    order = order_of(release, 1)
    ship(order)

    lot = decide("BAD", "recall", quality)

    answer = lot_answer(lot, with_customers=True)
    assert [(row["order"], row["quantity"]) for row in answer["used_by"]] == [
        (order.number, 6)
    ]
    assert answer["used_by"][0]["customer"] == "Test buyer"
    assert "customer" not in lot_answer(lot, with_customers=False)["used_by"][0]
    assert (lot.state, levels()) == ("BLOCKED", (6, 6, 0))
    for action in ("release", "recall"):
        with pytest.raises(ConflictError, match="recalled"):
            decide("BAD", action, quality)


def test_a_lot_that_was_sold_to_the_last_bottle_can_be_recalled(juice, quality):
    release, _line, item = juice
    receive(item, "BAD", 6)
    ship(order_of(release, 1))

    lot = decide("BAD", "recall", quality)

    assert (lot.state, lot.recalled_at) == ("CONSUMED", NOW)
    assert len(list_users(lot=lot)) == 1


def test_what_is_left_of_a_blocked_lot_is_disposed_of(juice, quality):
    _release, _line, item = juice
    receive(item, "BAD", 12)
    with pytest.raises(IllegalMoveError):
        decide("BAD", "dispose", quality)
    decide("BAD", "block", quality)

    decide("BAD", "dispose", quality)

    assert (states(), levels()) == ({"BAD": "CONSUMED"}, (0, 0, 0))
    assert item.moves.get(kind="SCRAPPED").quantity == -12


def test_what_is_past_its_date_is_written_off(juice, quality):
    release, _line, item = juice
    receive(item, "OLD", 12)
    receive(item, "BAD", 12)
    decide("BAD", "block", quality)
    order_of(release, 1)

    n_ended = lots.sweep(now=NOW + timedelta(days=179))

    assert n_ended == 2
    assert (set(states().values()), levels()) == ({"EXPIRED"}, (0, 0, 0))
    assert StockAllocation.objects.get().state == "BACKORDERED"


def test_the_database_refuses_to_promise_what_is_held(juice):
    _release, _line, item = juice
    lots.receive(item_id=item.id, code="L-1", quantity=10, now=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        StockItem.objects.filter(id=item.id).update(allocated=1)


@pytest.mark.parametrize("action", ["block", "recall"])
def test_a_lot_is_not_kept_back_without_a_reason(juice, quality, action):
    _release, _line, item = juice
    receive(item, "L-1", 10)

    with pytest.raises(LotError, match="Say why"):
        decide("L-1", action, quality, reason=" ")


def test_what_never_keeps_as_long_as_trade_asks_is_not_made_again_and_again(
    juice, shop
):
    release, _line, item = juice
    StockItem.objects.update(shelf_life_days=60)
    receive(item, "L1", 900)
    order_for(shop, release, 2)

    assert StockAllocation.objects.get().state == "BACKORDERED"
    assert flow.replenish(now=NOW) == []


def test_what_is_made_after_midnight_keeps_a_day_longer_by_the_clocks_of_the_works(
    juice,
):
    _release, _line, item = juice
    late = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)

    lot = lots.receive(item_id=item.id, code="L1", quantity=60, now=late)

    assert lot.best_before_date == date(2026, 7, 2) + 180 * DAY


def test_a_lot_is_blocked_though_its_goods_wait_for_a_payment(juice, quality):
    release, _line, item = juice
    receive(item, "L1", 60)
    order = place_order(
        {"configuration": configure(release), "quantity": 2, "method": "FLOW"}
    )
    hold_stock(order_id=order.pk, now=NOW)

    decide("L1", "block", quality)

    assert levels() == (60, 60, 0)
    reserve_stock(order_id=order.pk, now=NOW)
    assert StockAllocation.objects.get().state == "BACKORDERED"
