"""Flow lines run at takt side by side, count by the minute, and refill stock."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from production.models import (
    Calendar,
    FlowCounter,
    Line,
    MaterialLot,
    ReplenishmentRun,
    StockAllocation,
    StockMove,
    WorkCentre,
    WorkOrder,
)
from production.services import flow, replenishment
from production.services.backorders import serve_backorders
from production.services.stock import book_move, reserve_stock
from tests.factories.floor import (
    CYCLES_MS,
    DAY,
    HOUR,
    at,
    make_flow_line,
    make_line_beside,
)
from tests.factories.production import NOW, configure, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def juice(slug, on_hand, **fields):
    return make_flow_line(slug, on_hand=on_hand, **fields)


def order_of(release, cases):
    order = place_order(
        {"configuration": configure(release), "quantity": cases, "method": "FLOW"}
    )
    reserve_stock(order_id=order.pk, now=NOW)
    return StockAllocation.objects.get(order_line__order=order)


def test_stock_at_its_reorder_point_raises_exactly_one_run():
    _release, line, item = juice("apple", 100)

    first = flow.replenish(now=NOW)
    again = flow.replenish(now=at(5))

    (run,) = first
    assert again == []
    assert (run.line, run.item, run.quantity) == (line, item, 1_000)
    assert WorkOrder.objects.get(source_kind="REPLENISHMENT").quantity == 1_000


def test_stock_above_its_reorder_point_raises_none():
    juice("apple", 101)

    assert flow.replenish(now=NOW) == []


def test_two_planners_at_once_raise_one_run():
    _release, line, item = juice("apple", 50)

    runs = [
        replenishment.plan_runs(item=item, wanted={line: 1_000}, now=NOW)
        for _ in range(2)
    ]

    assert [len(each) for each in runs] == [1, 0]
    assert ReplenishmentRun.objects.count() == 1


def test_lines_that_make_the_same_share_what_is_needed():
    _release, line, item = juice("apple", 0, reorder_point=2_500)
    beside = make_line_beside(line, "LINE-apple-2")

    first = flow.replenish(now=NOW)
    again = flow.replenish(now=at(5))
    flow.run_lines(now=NOW)
    flow.run_lines(now=NOW + 2 * HOUR)

    item.refresh_from_db()
    assert [(run.line, run.quantity) for run in first] == [
        (line, 2_000),
        (beside, 1_000),
    ]
    assert again == []
    assert item.on_hand == 3_000


def test_what_is_promised_counts_as_gone():
    release, _line, _item = juice("apple", 400)
    order_of(release, 50)

    (run,) = flow.replenish(now=NOW)

    assert run.quantity == 1_000


def test_three_lines_run_at_the_same_time_with_all_stations_busy():
    for slug in ("apple", "orange", "grape"):
        juice(slug, 0)
    flow.replenish(now=NOW)

    flow.run_lines(now=NOW)
    flow.run_lines(now=at(30))

    assert set(Line.objects.values_list("state", flat=True)) == {"RUNNING"}
    for line in Line.objects.all():
        minute = FlowCounter.objects.get(line=line, minute_at=at(20))
        assert set(minute.stations) == {"S1", "S2", "S3", "S4", "S5"}
        assert all(n_units > 0 for n_units in minute.stations.values())
        assert minute.good > 0


def test_a_line_gives_one_unit_each_takt():
    _release, line, _item = juice("apple", 0, run_size=5_000)
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)

    n_good = flow.run_line(line_id=line.id, now=NOW + HOUR)

    filling_ms = sum(CYCLES_MS)
    assert n_good == (3_600_000 - filling_ms) // line.takt_ms + 1


def test_a_line_that_never_opens_makes_nothing_and_stops_no_other():
    for slug in ("apple", "orange"):
        juice(slug, 0)
    shut, line = Line.objects.order_by("id")
    never = Calendar.objects.create(code="NEVER", zone="UTC")
    WorkCentre.objects.filter(id=shut.work_centre_id).update(calendar=never)
    flow.replenish(now=NOW)
    flow.run_lines(now=NOW)

    n_good = flow.run_lines(now=at(30))

    assert n_good == line.counters.aggregate(n=Sum("good"))["n"] > 0
    assert not shut.counters.exists()


def test_minutes_are_counted_not_bottles():
    _release, line, _item = juice("apple", 0, run_size=5_000)
    flow.replenish(now=NOW)
    for minutes in range(0, 61, 7):
        flow.run_line(line_id=line.id, now=at(minutes))

    counted = FlowCounter.objects.filter(line=line)
    run = ReplenishmentRun.objects.get()
    assert counted.count() == 56
    assert counted.aggregate(n=Sum("good"))["n"] == run.good > 1_000
    assert WorkOrder.objects.count() == 1


def test_steps_of_any_length_give_the_same_output():
    outputs = []
    for slug, step_minutes in (("apple", 1), ("orange", 60)):
        _release, line, _item = juice(slug, 0, run_size=5_000)
        flow.replenish(now=NOW)
        for minutes in range(0, 121, step_minutes):
            flow.run_line(line_id=line.id, now=at(minutes))
        outputs.append(ReplenishmentRun.objects.get(line=line).good)

    assert outputs[0] == outputs[1]


def test_a_closed_line_makes_nothing():
    _release, line, _item = juice("apple", 0)
    calendar = line.work_centre.calendar
    calendar.always_open = False
    calendar.save()
    calendar.shifts.create(weekday=0, starts="08:00", ends="09:00")
    flow.replenish(now=NOW)

    flow.run_line(line_id=line.id, now=NOW)
    flow.run_line(line_id=line.id, now=NOW + DAY)

    latest = FlowCounter.objects.latest("minute_at")
    assert latest.minute_at < NOW + HOUR


def test_a_run_that_ends_fills_the_stock_as_one_lot_and_stops_the_line():
    _release, line, item = juice("apple", 0, reorder_point=0)
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)

    flow.run_line(line_id=line.id, now=NOW + HOUR)
    flow.run_line(line_id=line.id, now=NOW + 2 * HOUR)

    run = ReplenishmentRun.objects.get()
    item.refresh_from_db()
    line.refresh_from_db()
    made = WorkOrder.objects.get()
    assert (run.state, run.good) == ("COMPLETED", 1_000)
    assert item.on_hand == 1_000
    assert StockMove.objects.get(kind="PRODUCED").lot == MaterialLot.objects.get()
    assert line.state == "STOPPED"
    assert (made.state, made.good) == ("COMPLETED", 1_000)


def test_a_backorder_is_served_when_the_run_ends():
    release, line, item = juice("apple", 30)
    waiting = order_of(release, 10)
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)
    before = waiting.state

    flow.run_line(line_id=line.id, now=NOW + HOUR)

    waiting.refresh_from_db()
    item.refresh_from_db()
    assert before == "BACKORDERED"
    assert waiting.state == "ALLOCATED"
    assert waiting.served_by == MaterialLot.objects.get().code
    assert (item.on_hand, item.allocated) == (1_030, 60)


def test_the_oldest_backorder_comes_first_and_none_is_served_in_part():
    release, _line, item = juice("apple", 0)
    first, second = order_of(release, 20), order_of(release, 10)
    book_move(item_id=item.id, kind="RECEIPT", quantity=100, reference="late", now=NOW)

    n_served = serve_backorders(item_id=item.id, now=NOW)

    first.refresh_from_db()
    second.refresh_from_db()
    assert n_served == 0
    assert {first.state, second.state} == {"BACKORDERED"}


def test_breakdowns_stand_in_the_minutes():
    _release, line, _item = juice("apple", 0, run_size=50_000)
    line.work_centre.rates = {
        "breakdowns": {"mean_between_s": 1_800, "mean_repair_s": 300}
    }
    line.work_centre.save()
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)

    n_good = flow.run_line(line_id=line.id, now=NOW + timedelta(hours=6))

    down = FlowCounter.objects.filter(line=line, is_down=True)
    assert 5 < down.count() < 200
    assert down.filter(good=0).exists()
    assert n_good < 6 * 3_600_000 // 2_700
