"""Between two batches: which changeover, in which order, signed by whom."""

import pytest

from production.models import Batch, Changeover, Operation, WorkOrder
from production.services import (
    batches,
    batching,
    driving,
    operations,
)
from production.services.changeovers import SignatureError
from production.services.membership import BatchMoveError
from tests.factories.floor import (
    TRAYS,
    at,
    bake,
    make_centre,
    make_matrix,
    make_operator,
    make_work_order,
    operation,
    report,
    state_of,
    states,
    step,
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


ANY = {"code": "OTHER", "internal_s": 720}
SAME = {"code": "SAME", "same": ["programme"], "internal_s": 0}
HOTTER = {"code": "HOTTER", "rises": ["temp"], "internal_s": 360}
STEAM = {
    "code": "STEAM",
    "when_to": {"programme": ["CROISSANT"]},
    "adds": True,
    "internal_s": 180,
}
CLEAN = {
    "code": "GLUTEN_FREE",
    "when_to": {"diet": ["GLUTEN_FREE"]},
    "differ": ["diet"],
    "internal_s": 2700,
    "signature_skill": "QUALITY",
}


def oven_in(**state):
    oven = make_centre("OVEN-1")
    oven.setup_state = state
    oven.save()


def of_kind(programme, temp=175, diet="STANDARD", quantity=432):
    attributes = {"programme": programme, "temp": temp, "diet": diet}
    key = f"programme={programme}|diet={diet}"
    return make_work_order(bake(key, attributes=attributes), quantity=quantity)


def test_the_first_row_that_matches_gives_the_changeover():
    make_matrix("OVEN", STEAM, SAME, HOTTER, ANY)
    oven_in(programme="COOKIE", temp=175, diet="STANDARD")

    planned = {
        programme: frozen(of_kind(programme, temp)).changeover
        for programme, temp in (("COOKIE", 175), ("MUFFIN", 185), ("RUSK", 150))
    }

    codes = {name: each.rule_code for name, each in planned.items()}
    assert codes["COOKIE"] == "SAME"
    assert codes["MUFFIN"] == "HOTTER"
    assert codes["RUSK"] == "OTHER"


def test_additive_rows_come_on_top():
    make_matrix("OVEN", STEAM, SAME, HOTTER, ANY)
    oven_in(programme="COOKIE", temp=175, diet="STANDARD")

    batch = frozen(of_kind("CROISSANT", 195))

    assert (batch.changeover.rule_code, batch.changeover.planned_s) == ("HOTTER", 540)


def test_an_unknown_state_of_the_machine_falls_to_the_catch_all():
    make_matrix("OVEN", SAME, HOTTER, ANY)

    batch = frozen(of_kind("COOKIE"))

    assert (batch.changeover.rule_code, batch.changeover.planned_s) == ("OTHER", 720)


def test_the_queue_is_put_in_the_order_of_the_least_changeovers():
    make_matrix("OVEN", SAME, ANY)
    oven_in(programme="COOKIE", temp=175, diet="STANDARD")
    for programme in ("MUFFIN", "COOKIE", "MUFFIN", "COOKIE"):
        frozen(of_kind(programme))

    queue = Batch.objects.filter(state="FROZEN").order_by("position")

    kinds = [batch.attributes["programme"] for batch in queue]
    assert kinds == ["COOKIE", "COOKIE", "MUFFIN", "MUFFIN"]
    codes = [batch.changeover.rule_code for batch in queue]
    assert codes == ["SAME", "SAME", "OTHER", "SAME"]


def test_a_batch_started_out_of_turn_is_cleaned_from_the_present_state():
    make_matrix("OVEN", SAME, ANY)
    oven_in(programme="MUFFIN", temp=185, diet="STANDARD")
    frozen(of_kind("MUFFIN"))
    cookie = frozen(of_kind("COOKIE"))
    second = frozen(of_kind("COOKIE"))
    before = second.changeover.rule_code

    do(second, "start")

    second.changeover.refresh_from_db()
    assert before == "SAME"
    assert second.state == "CHANGEOVER"
    assert second.changeover.rule_code == "OTHER"
    assert Changeover.objects.get(batch=cookie).rule_code == "SAME"


def test_a_changeover_is_timed_and_signed_before_the_batch_runs():
    make_matrix("OVEN", SAME, ANY)
    baker = make_operator("W1", "OVEN")
    orders = [of_kind("COOKIE", quantity=n) for n in (7, 8)]
    batch = frozen(*orders)

    do(batch, "start")
    cleaning = (batch.state, states(orders[0]))
    do(batch, "start", 13, operator_id=baker.id)
    do(batch, "finish", 27)

    signed = Changeover.objects.get(batch=batch)
    shares = Operation.objects.values_list("actual_setup_s", flat=True)
    assert cleaning == ("CHANGEOVER", ["IN_BATCH"])
    assert (signed.state, signed.actual_s, signed.signed_by) == ("SIGNED", 780, baker)
    assert sum(shares) == 780
    assert make_centre("OVEN-1").setup_state["programme"] == "COOKIE"


def test_a_clean_for_gluten_free_needs_the_signature_of_quality():
    make_matrix("OVEN", CLEAN, SAME, ANY)
    oven_in(programme="COOKIE", temp=175, diet="STANDARD")
    baker, checker = make_operator("W1", "OVEN"), make_operator("W2", "QUALITY")
    batch = frozen(of_kind("COOKIE", diet="GLUTEN_FREE"))
    do(batch, "start")

    for who in (None, baker.id):
        with pytest.raises(SignatureError, match="QUALITY"):
            do(batch, "start", 45, operator_id=who)
    unsigned = batch.state
    do(batch, "start", 45, operator_id=checker.id)

    assert unsigned == "CHANGEOVER"
    assert batch.state == "RUNNING"


def test_who_signs_a_clean_need_not_know_the_work_that_follows():
    make_matrix("OVEN", CLEAN, SAME, ANY)
    oven_in(programme="COOKIE", temp=175, diet="STANDARD")
    baker, checker = make_operator("W1", "OVEN"), make_operator("W2", "QUALITY")
    batch = frozen(of_kind("COOKIE", diet="GLUTEN_FREE"))
    Operation.objects.update(skill="OVEN")
    do(batch, "start")

    do(batch, "start", 45, operator_id=checker.id)
    signed = Changeover.objects.get(batch=batch)
    waiting = batch.state
    with pytest.raises(BatchMoveError, match="W2 is not qualified for OVEN"):
        do(batch, "start", 46, operator_id=checker.id)
    do(batch, "start", 50, operator_id=baker.id)

    assert (waiting, signed.state, signed.signed_by) == (
        "CHANGEOVER",
        "SIGNED",
        checker,
    )
    assert batch.state == "RUNNING"


def test_a_delay_that_holds_a_place_goes_by_loads_and_by_itself():
    proving = step(
        "PROVE",
        "PROVE-1",
        kind="DELAY",
        basis="DELAY",
        run_s=5400,
        batch_key="product=CROISSANT",
        batch_rule=TRAYS | {"max_wait_s": 600},
        load_den=15,
        max_delay_s=7200,
    )
    orders = [make_work_order(step("FORM"), proving, bake()) for _ in range(2)]
    for order in orders:
        forming = operation(order, "FORM")
        Operation.objects.filter(id=forming.id).update(
            state="RUNNING", started_at=at(0)
        )
        operations.perform(operation_id=forming.id, action="finish", report=report(5))

    driving.drive(now=at(6))
    waiting = {tuple(states(order)) for order in orders}
    driving.drive(now=at(16))
    proved = {tuple(states(order)) for order in orders}
    driving.drive(now=at(16 + 90))

    loads = Batch.objects.filter(work_centre__code="PROVE-1")
    assert waiting == {("DONE", "IN_BATCH", "WAITING")}
    assert proved == {("DONE", "RUNNING", "WAITING")}
    assert [load.state for load in loads] == ["COMPLETED"]
    assert {tuple(states(order)) for order in orders} == {("DONE", "DONE", "IN_BATCH")}


def test_dough_that_waits_too_long_is_scrapped_and_made_again():
    order = make_work_order(step("PROVE", max_delay_s=7200), bake(), quantity=15)

    for action, minutes in (("start", 0), ("finish", 90)):
        operations.perform(
            operation_id=operation(order, "PROVE").id,
            action=action,
            report=report(minutes),
        )
    hastened = operation(order, "BAKE").due_at

    driving.drive(now=at(90 + 120))
    in_time = state_of(order)
    driving.drive(now=at(90 + 121))

    lot = WorkOrder.objects.get(source_kind="MAKE_UP")
    assert hastened == at(90 + 120 + 14)
    assert in_time == "IN_PROGRESS"
    assert state_of(order) == "SCRAPPED"
    assert (lot.quantity, lot.remake_of) == (15, order)
