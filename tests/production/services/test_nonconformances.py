"""What a load loses is written down, decided on and closed; half-done cleaning too."""

import pytest

from configurator.services.errors import IllegalMoveError, NotFoundError
from production.models import Batch, Changeover, Nonconformance, WorkCentre
from production.services import batches, batching, nonconformances
from production.services.membership import BatchMoveError
from production.services.nonconformances import DispositionError
from production.states import NONCONFORMANCE_MOVES
from tests.factories.floor import (
    TRAYS,
    at,
    bake,
    make_matrix,
    make_work_order,
    operation,
    report,
)
from tests.factories.production import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]
ANY = {"code": "OTHER", "internal_s": 720}


def plan(*orders, minutes=60):
    centre_id = operation(orders[0], "BAKE").work_centre_id or 0
    batching.plan_work_centre(work_centre_id=centre_id, now=at(minutes))
    return Batch.objects.get()


def do(batch, action, minutes=60, **fields):
    batches.perform(
        number=batch.number, action=action, report=report(minutes, **fields)
    )
    batch.refresh_from_db()


def cookies(n_orders=2, **fields):
    return [
        make_work_order(bake(**fields), method="BATCH", quantity=24)
        for _each in range(n_orders)
    ]


def noted():
    rows = Nonconformance.objects.order_by("work_order_id")
    return list(rows.values_list("quantity", "reason", "disposition", "state"))


def test_the_scrap_of_a_batch_is_noted_for_each_member_that_lost_some():
    batch = plan(*cookies())
    do(batch, "start")

    do(batch, "finish", 80, scrap=3, reason="tray dropped")

    assert noted() == [
        (2, "tray dropped", "SCRAP", "DISPOSITIONED"),
        (1, "tray dropped", "SCRAP", "DISPOSITIONED"),
    ]


def test_a_load_that_is_lost_is_noted_whole():
    batch = plan(*cookies())
    do(batch, "start")

    do(batch, "abort", 70, reason="power cut")

    assert noted() == [(24, "power cut", "SCRAP", "DISPOSITIONED")] * 2


def test_a_batch_without_scrap_notes_nothing():
    batch = plan(*cookies())
    do(batch, "start")

    do(batch, "finish", 80)

    assert noted() == []


def open_one():
    order = make_work_order(bake())
    return nonconformances.note(
        operation=operation(order, "BAKE"),
        quantity=1,
        reason="burnt",
        disposition="",
        now=NOW,
    )


def test_what_is_open_is_decided_and_then_closed_each_once():
    found = open_one()

    for _twice in range(2):
        nonconformances.dispose(
            nonconformance_id=found.id,
            disposition="USE_AS_IS",
            report=report(device="page", nonce="a"),
        )
    for _twice in range(2):
        nonconformances.close(
            nonconformance_id=found.id, report=report(device="page", nonce="b")
        )

    assert noted() == [(1, "burnt", "USE_AS_IS", "CLOSED")]


@pytest.mark.parametrize("state", NONCONFORMANCE_MOVES)
@pytest.mark.parametrize("to", ["DISPOSITIONED", "CLOSED"])
def test_only_the_moves_of_the_table_are_made(state, to):
    found = open_one()
    Nonconformance.objects.update(state=state, disposition="REWORK")

    def act():
        if to == "CLOSED":
            nonconformances.close(nonconformance_id=found.id, report=report())
        else:
            nonconformances.dispose(
                nonconformance_id=found.id, disposition="SCRAP", report=report()
            )

    if to in NONCONFORMANCE_MOVES[state]:
        act()
        assert Nonconformance.objects.get().state == to
    else:
        with pytest.raises(IllegalMoveError):
            act()
        assert Nonconformance.objects.get().state == state


def test_an_unknown_decision_or_number_is_refused():
    found = open_one()

    with pytest.raises(DispositionError):
        nonconformances.dispose(
            nonconformance_id=found.id, disposition="EAT", report=report()
        )
    with pytest.raises(NotFoundError):
        nonconformances.close(nonconformance_id=0, report=report())


def test_a_changeover_of_an_aborted_batch_is_abandoned_and_the_machine_unknown():
    make_matrix("OVEN", ANY)
    batch = plan(*cookies())
    WorkCentre.objects.update(setup_state={"programme": "MUFFIN"})
    do(batch, "start")
    begun = (batch.state, Changeover.objects.get().state)

    do(batch, "abort", 70)

    assert begun == ("CHANGEOVER", "RUNNING")
    assert (batch.state, Changeover.objects.get().state) == ("ABORTED", "ABANDONED")
    assert WorkCentre.objects.get(code="OVEN-1").setup_state == {}


def small():
    return plan(*cookies(batch_rule=TRAYS | {"min": 10}), minutes=1)


def test_nobody_freezes_a_batch_below_its_minimum_without_a_reason():
    batch = small()

    with pytest.raises(BatchMoveError) as refused:
        do(batch, "freeze", 2)

    assert (refused.value.status, refused.value.field) == (409, "reason")
    assert Batch.objects.get().state == "PROPOSED"


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"reason": "the van leaves"}, "the van leaves"), ({"may_plan": True}, "test")],
)
def test_a_reason_or_a_planner_freezes_and_releases_it(fields, why):
    batch = small()

    do(batch, "freeze", 2, **fields)
    do(batch, "release", 3)

    assert (batch.state, batch.reasons["below_minimum"]) == ("RELEASED", why)
