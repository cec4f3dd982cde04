"""What else comes of a step goes into stock with it, and out when it is undone."""

import pytest

from production.models import ReplenishmentRun, StockItem, StockMove
from production.services import by_products, flow, operations
from production.services.stock import book_move
from tests.factories.floor import (
    DAY,
    at,
    make_flow_line,
    make_work_order,
    operation,
    put_in_stock,
    report,
    step,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]
GRAIN = [{"material": "GRAIN", "quantity": 3, "unit": "g"}]


@pytest.fixture
def grain():
    return stocked("GRAIN")


def stocked(code, on_hand=0):
    item = StockItem.objects.create(code=code, kind="MATERIAL", unit="g")
    put_in_stock(item, on_hand)
    return item


def level(code="GRAIN"):
    return StockItem.objects.get(code=code).on_hand


def do(order, action, minutes=0):
    found = operation(order, "BREW")
    operations.perform(
        operation_id=found.id, action=action, report=report(minutes, device="page")
    )


def brewed():
    order = make_work_order(step("BREW", by_products=GRAIN), step("FILL"), quantity=4)
    do(order, "start")
    do(order, "finish", 1)
    return order


def test_a_finished_step_gives_them_for_every_piece_that_went_through(grain):
    order = brewed()

    by_products.settle(operations=[operation(order, "BREW")], now=at(2))

    assert level() == 12
    assert list(StockMove.objects.values_list("reference", "quantity")) == [
        (f"{order.number}/10", 12)
    ]


def test_a_step_that_is_taken_back_takes_them_back(grain):
    order = brewed()

    do(order, "undo", 2)
    between = level()
    do(order, "start", 3)
    do(order, "finish", 4)

    assert (between, level()) == (0, 12)
    assert StockMove.objects.count() == 3


def test_a_material_that_is_no_stock_item_is_left_alone():
    brewed()

    assert not StockMove.objects.exists()


def run_of(on_hand):
    """Plan a run of a juice of which each bottle takes two apples and gives pomace."""
    two_each = {"material": "APPLE", "quantity": 2, "unit": "g", "basis": "PIECE"}
    _release, line, _item = make_flow_line(
        "cider",
        on_hand=0,
        run_size=100,
        reorder_point=50,
        materials=[{**two_each, "when": None}],
        by_products=[{"material": "POMACE", "quantity": 3, "unit": "g"}],
    )
    apples = stocked("APPLE", on_hand)
    stocked("POMACE")
    (run,) = flow.replenish(now=NOW)
    return run, line, apples


def test_a_run_takes_its_materials_and_gives_its_by_products_once():
    run, line, _apples = run_of(500)
    flow.run_line(line_id=line.id, now=NOW)
    taken = level("APPLE")

    for _twice in range(2):
        flow.run_line(line_id=line.id, now=NOW + DAY)

    run.refresh_from_db()
    made = run.good + run.scrap
    assert (taken, made) == (500 - 2 * 100, 100)
    assert (level("APPLE"), level("POMACE")) == (taken, 3 * made)


def test_a_run_without_its_materials_waits_and_its_line_is_starved():
    run, line, apples = run_of(199)
    flow.run_line(line_id=line.id, now=NOW)
    line.refresh_from_db()
    waited = (ReplenishmentRun.objects.get().state, line.state, level("APPLE"))

    put_more(apples)
    flow.run_line(line_id=line.id, now=at(5))

    assert waited == ("PLANNED", "STARVED", 199)
    run.refresh_from_db()
    assert (run.state, level("APPLE")) == ("RUNNING", 0)


def put_more(item):
    book_move(
        item_id=item.id, kind="RECEIPT", quantity=1, reference="one more", now=NOW
    )


def test_what_is_good_above_an_order_becomes_seconds_once_and_not_if_undone():
    order = make_work_order(step("BREW"), quantity=5, planned_quantity=7)
    seconds = StockItem.objects.create(
        code="SECONDS", kind="SECONDS", unit="piece", product=order.product
    )
    do(order, "start")
    do(order, "finish", 1)
    made = level("SECONDS")

    by_products.settle_surplus(work_order=order, good=7, now=at(2))
    again = level("SECONDS")
    do(order, "undo", 2)
    undone = level("SECONDS")
    do(order, "start", 3)
    brew = operation(order, "BREW").id
    last = report(4, scrap=3, device="page")
    operations.perform(operation_id=brew, action="finish", report=last)

    assert (made, again, undone, level("SECONDS")) == (2, 2, 0, 0)
    assert set(seconds.moves.values_list("kind", flat=True)) == {"PRODUCED"}
