"""Materials leave the stock when a work order begins: once, and never below zero."""

import pytest
from django.db.models import Sum

from configurator.services.errors import ConflictError
from production.models import Batch, LineSlot, MaterialLot, StockItem, StockMove
from production.selectors import dispatch
from production.services import (
    batches,
    batching,
    lines,
    operations,
    sequencing,
    supplying,
)
from production.services.consuming import MaterialShortError
from production.states import LotState
from tests.factories.floor import (
    at,
    bake,
    make_line,
    make_unit,
    make_work_order,
    operation,
    put_in_stock,
    report,
    state_of,
    states,
    step,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def needs(quantity, material="FLOUR"):
    return [{"material": material, "quantity": quantity, "unit": "g"}]


def stocked(on_hand, code="FLOUR", allocated=0):
    item = StockItem.objects.create(code=code, kind="MATERIAL", unit="g")
    put_in_stock(item, on_hand)
    StockItem.objects.filter(id=item.id).update(allocated=allocated)
    return item


def do(work_order, code, action, minutes=0, **fields):
    return operations.perform(
        operation_id=operation(work_order, code).id,
        action=action,
        report=report(minutes, **fields),
    )


def level(code="FLOUR"):
    return StockItem.objects.get(code=code).on_hand


def consumed(code="FLOUR"):
    moves = StockMove.objects.filter(item__code=code, kind="CONSUMED").order_by("id")
    return list(moves.values_list("reference", "quantity"))


def test_the_first_start_takes_the_materials_once():
    stocked(1000)
    order = make_work_order(
        step("SAW"), step("SAND"), materials=[*needs(100), *needs(50)]
    )

    do(order, "SAW", "start")
    do(order, "SAW", "finish", 1)
    do(order, "SAND", "start", 2)

    assert level() == 850
    assert consumed() == [(order.number, -150)]


def test_an_undone_start_books_back_and_a_new_one_books_again():
    stocked(1000)
    order = make_work_order(step("SAW"), materials=needs(100))

    do(order, "SAW", "start")
    do(order, "SAW", "undo", 1)
    between = level()
    do(order, "SAW", "start", 2)
    do(order, "SAW", "undo", 3)
    do(order, "SAW", "start", 4)

    number = order.number
    assert between == 1000
    assert level() == 900
    assert [n for _reference, n in consumed()] == [-100, 100, -100, 100, -100]
    assert consumed()[0][0] == number


def test_a_short_material_refuses_the_start_and_is_named():
    stocked(99)
    order = make_work_order(step("SAW"), materials=needs(100))

    with pytest.raises(MaterialShortError) as refused:
        do(order, "SAW", "start")

    assert (refused.value.status, refused.value.extra["material"]) == (409, "FLOUR")
    assert "FLOUR is short: 99 of 100 g" in str(refused.value)
    assert (state_of(order), states(order), level()) == ("RELEASED", ["READY"], 99)


def test_what_is_allocated_to_others_is_not_there():
    stocked(100, allocated=50)
    order = make_work_order(step("SAW"), materials=needs(60))

    with pytest.raises(ConflictError):
        do(order, "SAW", "start")


def test_a_material_without_a_stock_item_is_ignored():
    order = make_work_order(step("SAW"), materials=needs(100, "AIR"))

    do(order, "SAW", "start")

    assert state_of(order) == "IN_PROGRESS"
    assert not StockMove.objects.exists()


def test_the_dispatch_list_says_what_is_short():
    stocked(99)
    order = make_work_order(step("SAW"), materials=needs(100))
    centre = operation(order, "SAW").work_centre
    assert centre is not None

    listed = dispatch.get_dispatch_list(work_centre=centre)
    row = dispatch.dispatch_answer(listed, now=NOW)["results"][0]

    assert row["ready"] is False
    assert row["why"] == "FLOUR is short: 99 of 100 g"


def test_lots_are_drawn_first_expired_first_and_filled_again():
    item = stocked(100)
    for code, day in (("LATE", 20), ("EARLY", 10)):
        MaterialLot.objects.create(
            item=item,
            code=code,
            state=LotState.RELEASED,
            quantity=50,
            remaining=50,
            best_before_date=f"2030-01-{day}",
            created_at=NOW,
        )
    order = make_work_order(step("SAW"), materials=needs(60))

    do(order, "SAW", "start")
    after = dict(MaterialLot.objects.values_list("code", "remaining"))
    do(order, "SAW", "undo", 1)

    assert after == {"EARLY": 0, "LATE": 40}
    assert level() == 100
    assert dict(MaterialLot.objects.values_list("code", "remaining")) == {
        "EARLY": 0,
        "LATE": 50,
    }
    booked = StockMove.objects.filter(kind="CONSUMED").values_list("lot__code")
    assert dict(booked.annotate(Sum("quantity"))) == {
        "EARLY": -50,
        "LATE": 0,
        None: 50,
    }


def plan_batch(n_orders, quantity, **fields):
    orders = [
        make_work_order(
            bake(), method="BATCH", quantity=24, materials=needs(quantity), **fields
        )
        for _each in range(n_orders)
    ]
    batching.plan_work_centre(
        work_centre_id=operation(orders[0], "BAKE").work_centre_id or 0, now=at(60)
    )
    return orders, Batch.objects.get()


def test_a_batch_takes_the_materials_of_all_its_members_when_it_starts():
    stocked(1000)
    orders, batch = plan_batch(3, 100)

    batches.perform(number=batch.number, action="start", report=report(60))

    assert level() == 700
    assert [number for number, _n in consumed()] == [o.number for o in orders]


def test_members_without_material_wait_for_another_batch():
    stocked(250)
    orders, batch = plan_batch(3, 100)

    batches.perform(number=batch.number, action="start", report=report(60))

    assert level() == 50
    assert [state_of(order) for order in orders] == [
        "IN_PROGRESS",
        "IN_PROGRESS",
        "RELEASED",
    ]
    assert states(orders[2]) == ["READY"]


def test_a_batch_of_which_nobody_has_material_does_not_start():
    item = stocked(1000)
    _orders, batch = plan_batch(2, 100)
    StockItem.objects.filter(id=item.id).update(allocated=950)

    with pytest.raises(MaterialShortError):
        batches.perform(number=batch.number, action="start", report=report(60))

    batch.refresh_from_db()
    assert (batch.state, level()) == ("FROZEN", 1000)


def test_what_is_short_is_not_grouped():
    stocked(50)
    order = make_work_order(bake(), method="BATCH", materials=needs(100))

    batching.plan_work_centre(
        work_centre_id=operation(order, "BAKE").work_centre_id or 0, now=at(60)
    )

    assert not Batch.objects.exists()


def test_a_line_launches_only_units_that_have_their_blank():
    stocked(2, "TEE")
    line = make_line()
    units = [make_unit(line, materials=needs(1, "TEE")) for _each in range(3)]
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")

    lines.launch(code=line.code, report=report())

    assert level("TEE") == 0
    waits = LineSlot.objects.values_list("work_order__number", "blocked_reason")
    assert dict(waits) == {
        units[0].number: "",
        units[1].number: "",
        units[2].number: "waits for TEE",
    }


def test_a_delivery_lets_a_unit_go_on():
    item = stocked(0, "TEE")
    line = make_line()
    unit = make_unit(line, materials=needs(1, "TEE"))
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code=line.code, report=report())
    waited_for = LineSlot.objects.get().blocked_reason
    supplying.order(item=item, quantity=5, because="", due_at=at(5), now=NOW)

    supplying.supply(now=at(5))
    lines.launch(code=line.code, report=report(6))

    assert waited_for == "waits for TEE"
    assert (state_of(unit), level("TEE")) == ("IN_PROGRESS", 4)
