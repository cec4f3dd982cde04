"""A batch moves as one: changeover, run, exact shares, and on to the next step."""

import pytest

from configurator.services.errors import ConflictError, IllegalMoveError
from production.models import Batch, BatchMember, Operation, WorkOrder
from production.services import (
    batches,
    batching,
    driving,
    holds,
    outcome,
)
from production.services.membership import BatchMoveError
from tests.factories.floor import (
    BOWL,
    NO_LIMIT,
    at,
    bake,
    make_centre,
    make_operator,
    make_work_order,
    numbers_in,
    operation,
    report,
    state_of,
    states,
    step,
    wait,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def frozen(*orders, minutes=0):
    """Group what is ready, freeze it, and give the batch of the first order."""
    batching.plan_all(now=at(minutes))
    batch = Batch.objects.get(
        members__operation__work_order=orders[0], members__state="ACTIVE"
    )
    if batch.state in ("PROPOSED", "OPEN"):
        do(batch, "freeze", minutes)
    return batch


def do(batch, action, minutes=0, **fields):
    done = batches.perform(
        number=batch.number, action=action, report=report(minutes, **fields)
    )
    batch.refresh_from_db()
    return done


def cookies(quantity, **fields):
    return make_work_order(bake(), step("PACK"), quantity=quantity, **fields)


def test_time_and_scrap_are_split_to_the_last_second_and_piece():
    orders = [cookies(quantity) for quantity in (7, 11, 13, 101)]
    batch = frozen(*orders)

    do(batch, "start")
    do(batch, "finish", 17, scrap=5)

    rows = BatchMember.objects.filter(batch=batch).order_by("id")
    assert sum(row.scrap for row in rows) == 5
    assert sum(row.share_run_s for row in rows) == 17 * 60
    assert [row.good + row.scrap for row in rows] == [7, 11, 13, 101]
    worked = Operation.objects.filter(code="BAKE").values_list("actual_run_s")
    assert sum(seconds for (seconds,) in worked) == 17 * 60
    assert batch.state == "COMPLETED"


def test_scrap_named_for_a_member_hits_that_one_alone():
    first, second = cookies(100), cookies(100)
    batch = frozen(first, second)
    named = {str(operation(second, "BAKE").id): 3}
    do(batch, "start")

    # 05 is no way to write 5, nor is a raised two a number.
    odd = [{key: 1} for key in ("999999", "\u00b2", f"0{min(named)}")]
    for scrap, wrong in ((4, named), (101, {**named}), *((1, each) for each in odd)):
        with pytest.raises(BatchMoveError):
            do(batch, "finish", 1, scrap=scrap, details={"scrap_by_operation": wrong})
    do(batch, "finish", 1, scrap=3, details={"scrap_by_operation": named})

    assert operation(first, "BAKE").scrap == 0
    assert operation(second, "BAKE").scrap == 3


def test_a_dropped_tray_of_12_of_432_makes_one_make_up_lot():
    """Three customers are hit; what two had planned as surplus covers them."""
    orders = [
        cookies(144, planned_quantity=149),
        cookies(144, planned_quantity=148),
        cookies(135, planned_quantity=135),
    ]
    batch = frozen(*orders)
    do(batch, "start")

    do(batch, "finish", 14, scrap=12)

    lots = WorkOrder.objects.filter(source_kind="MAKE_UP")
    assert sum(BatchMember.objects.values_list("scrap", flat=True)) == 12
    assert [(lot.remake_of, lot.quantity) for lot in lots] == [(orders[2], 4)]


def test_a_batch_cannot_give_more_than_went_in():
    batch = frozen(cookies(100))
    do(batch, "start")

    for numbers in ({"scrap": 101}, {"good": 99, "scrap": 2}, {"scrap": -1}):
        with pytest.raises(BatchMoveError):
            do(batch, "finish", 1, **numbers)

    assert batch.state == "RUNNING"


def test_the_whole_batch_moves_on_to_the_next_step():
    orders = [
        make_work_order(
            bake(),
            wait("COOL", 1800),
            step("ICE", "DECO-1", batch_key="icing=WHITE", batch_rule=NO_LIMIT),
            step("PACK"),
            quantity=quantity,
        )
        for quantity in (30, 40, 50)
    ]
    batch = frozen(*orders)
    do(batch, "start")
    do(batch, "finish", 14)

    driving.drive(now=at(43))
    cooling = {tuple(states(order)) for order in orders}
    driving.end_delays(now=at(44))

    icing = Batch.objects.get(work_centre__code="DECO-1")
    assert cooling == {("DONE", "RUNNING", "WAITING", "WAITING")}
    assert icing.state == "OPEN"
    assert numbers_in(icing) == {order.number for order in orders}
    assert list(icing.fed_by.all()) == [batch]
    assert all(batch.number in row.reason for row in icing.members.all())


def test_a_bowl_of_60_kg_feeds_three_oven_loads():
    mixing = {
        "basis": "LOAD",
        "run_s": 900,
        "batch_key": "dough=VANILLA",
        "batch_rule": BOWL,
        "load_num": 50,
    }
    orders = [
        make_work_order(step("MIX", "MIX-1", **mixing), bake(), quantity=200)
        for _ in range(6)
    ]
    batch = frozen(*orders)
    do(batch, "start")

    do(batch, "finish", 15)

    loads = Batch.objects.filter(work_centre__code="OVEN-1")
    assert batch.members.filter(state="DONE").count() == 6
    assert [load.members.count() for load in loads] == [2, 2, 2]
    assert all(load.load_milli <= 18_000 for load in loads)
    assert {fed.number for load in loads for fed in load.fed_by.all()} == {batch.number}


def test_two_small_bowls_fill_one_large_oven_and_a_third_has_no_room():
    bowl = {"measure": "GRAM", "max": 4_000, "max_wait_s": 0}
    mixing = {
        "basis": "LOAD",
        "run_s": 900,
        "batch_key": "dough=VANILLA",
        "batch_rule": bowl,
        "load_num": 20,
    }
    bowls = []
    for _ in range(3):
        order = make_work_order(step("MIX", "MIX-1", **mixing), bake(), quantity=200)
        bowls.append(frozen(order))

    for minutes, batch in enumerate(bowls):
        do(batch, "start", 20 * minutes)
        do(batch, "finish", 20 * minutes + 15)

    first, second = Batch.objects.filter(work_centre__code="OVEN-1").order_by("id")
    assert set(first.fed_by.all()) == set(bowls[:2])
    assert list(second.fed_by.all()) == bowls[2:]
    assert (first.members.count(), second.members.count()) == (2, 1)
    assert first.load_milli <= first.capacity_milli < first.load_milli * 3 // 2


def test_an_aborted_load_is_made_again_whole():
    orders = [cookies(100), cookies(50)]
    batch = frozen(*orders)
    do(batch, "start")

    do(batch, "abort", 5, reason="power cut")

    lots = WorkOrder.objects.filter(source_kind="MAKE_UP").order_by("id")
    assert batch.state == "ABORTED"
    assert [state_of(order) for order in orders] == ["SCRAPPED", "SCRAPPED"]
    assert [(lot.remake_of, lot.quantity) for lot in lots] == [
        (orders[0], 100),
        (orders[1], 50),
    ]
    assert all(states(lot) == ["READY", "WAITING"] for lot in lots)


def test_a_load_given_up_before_it_ran_loses_nothing():
    order = cookies(100)
    batch = frozen(order)
    do(batch, "release")

    do(batch, "abort", 1)

    assert states(order) == ["READY", "WAITING"]
    assert not WorkOrder.objects.filter(source_kind="MAKE_UP").exists()


def test_a_replayed_finish_is_one_finish():
    order = cookies(100)
    batch = frozen(order)
    do(batch, "start")

    for _ in range(2):
        do(batch, "finish", 14, scrap=1, device="oven", nonce="42")

    assert operation(order, "BAKE").scrap == 1


def test_a_completion_that_was_interrupted_is_taken_up_again():
    order = cookies(100)
    batch = frozen(order)
    do(batch, "start")
    reasons = {"finish": {"scrap": 2, "scrap_by_operation": {}, "run_s": 900}}
    Batch.objects.filter(id=batch.id).update(
        state="COMPLETING", completed_at=at(15), reasons=reasons
    )

    driving.drive(now=at(16))
    outcome.complete(batch_id=batch.id)

    batch.refresh_from_db()
    assert batch.state == "COMPLETED"
    assert states(order) == ["DONE", "READY"]
    assert operation(order, "BAKE").good == 98


def test_a_machine_with_one_place_runs_one_batch():
    first, second = frozen(cookies(432)), frozen(cookies(431))
    do(first, "start")

    with pytest.raises(BatchMoveError, match=f"busy with batch {first.number}"):
        do(second, "start")
    do(first, "finish", 14)
    do(second, "start", 15)

    assert second.state == "RUNNING"


def test_two_places_run_two_batches():
    make_centre("OVEN-1", n_places=2)
    first, second = frozen(cookies(432)), frozen(cookies(431))

    do(first, "start")
    do(second, "start")

    assert {first.state, second.state} == {"RUNNING"}


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("OPEN", "finish"),
        ("OPEN", "unfreeze"),
        ("OPEN", "start"),
        ("FROZEN", "freeze"),
        ("FROZEN", "finish"),
        ("RUNNING", "freeze"),
        ("RUNNING", "dissolve"),
        ("COMPLETED", "start"),
        ("COMPLETED", "abort"),
    ],
)
def test_an_illegal_move_of_a_batch_names_the_legal_ones(state, action):
    batch = frozen(cookies(10))
    path = {"OPEN": ["unfreeze"], "RUNNING": ["start"], "FROZEN": []}
    for move in path.get(state, ["start", "finish"]):
        do(batch, move)

    with pytest.raises((IllegalMoveError, BatchMoveError, ConflictError)) as raised:
        do(batch, action, 1)

    assert raised.value.status == 409
    batch.refresh_from_db()
    assert batch.state == state


def test_a_held_or_blocked_member_is_left_behind():
    held, blocked, going = cookies(10), cookies(20), cookies(30)
    batch = frozen(held, blocked, going)
    holds.hold(number=held.number, report=report(reason="wrong label"))
    Operation.objects.filter(id=operation(blocked, "BAKE").id).update(
        state="BLOCKED", blocked_from="IN_BATCH", blocked_reason="no trays"
    )

    do(batch, "start", 1)

    assert numbers_in(batch) == {going.number}
    assert states(held) == ["READY", "WAITING"]
    assert operation(blocked, "BAKE").blocked_from == "READY"


def test_who_runs_a_batch_must_know_how():
    make_operator("W1", "SEW")
    baker = make_operator("W2", "OVEN")
    order = make_work_order(bake(skill="OVEN"), quantity=10)
    batch = frozen(order)

    with pytest.raises(BatchMoveError, match="not qualified for OVEN"):
        do(batch, "start", operator_id=make_operator("W3").id)
    do(batch, "start", operator_id=baker.id)

    assert operation(order, "BAKE").operator == baker


def test_a_batch_that_is_not_frozen_is_told_so_when_it_is_to_be_opened_again():
    cookies(10)
    batching.plan_all(now=at(0))
    batch = Batch.objects.get()

    with pytest.raises(BatchMoveError, match="this one is proposed") as raised:
        do(batch, "unfreeze", 1)

    assert raised.value.status == 409
    assert "freeze" in raised.value.extra["legal_moves"]
