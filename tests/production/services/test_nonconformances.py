"""What a load loses is written down, decided on and closed; half-done cleaning too."""

import pytest

from configurator.services.errors import ConflictError, IllegalMoveError, NotFoundError
from production.models import (
    Batch,
    Changeover,
    Nonconformance,
    Operation,
    WorkCentre,
)
from production.services import (
    batches,
    batching,
    dispositions,
    lines,
    nonconformances,
    operations,
    sequencing,
)
from production.services.dispositions import DispositionError
from production.services.membership import BatchMoveError
from production.services.steps import OperationError
from production.states import NONCONFORMANCE_MOVES
from tests.factories.floor import (
    TRAYS,
    at,
    bake,
    make_line,
    make_matrix,
    make_operator,
    make_unit,
    make_work_order,
    operation,
    report,
    state_of,
    step,
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


def test_plain_loss_without_a_reason_is_what_yields_reckon_with():
    batch = plan(*cookies())
    do(batch, "start")
    do(batch, "finish", 80, scrap=3)
    order = make_work_order(step("SAW"), quantity=6)
    act(operation(order, "SAW"), "start")
    act(operation(order, "SAW"), "scrap", scrap=1)
    act(operation(order, "SAW"), "finish", scrap=1)

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
        dispositions.dispose(
            nonconformance_id=found.id,
            disposition="USE_AS_IS",
            report=report(device="page", nonce="a", may_plan=True),
        )
    for _twice in range(2):
        dispositions.close(
            nonconformance_id=found.id,
            report=report(device="page", nonce="b", may_plan=True),
        )

    assert noted() == [(1, "burnt", "USE_AS_IS", "CLOSED")]


@pytest.mark.parametrize("state", NONCONFORMANCE_MOVES)
@pytest.mark.parametrize("to", ["DISPOSITIONED", "CLOSED"])
def test_only_the_moves_of_the_table_are_made(state, to):
    found = open_one()
    Nonconformance.objects.update(
        state=state, disposition="" if state == "OPEN" else "REWORK"
    )

    def act():
        if to == "CLOSED":
            dispositions.close(nonconformance_id=found.id, report=report(may_plan=True))
        else:
            dispositions.dispose(
                nonconformance_id=found.id,
                disposition="SCRAP",
                report=report(may_plan=True),
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
        dispositions.dispose(
            nonconformance_id=found.id, disposition="EAT", report=report()
        )
    with pytest.raises(NotFoundError):
        dispositions.close(nonconformance_id=0, report=report())


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


def test_a_reason_freezes_and_releases_it_and_is_kept_with_who_gave_it():
    batch = small()

    do(batch, "freeze", 2, reason="the van leaves")
    do(batch, "release", 3)

    kept = (batch.reasons["below_minimum"], batch.reasons["below_minimum_by"])
    assert (batch.state, kept) == ("RELEASED", ("the van leaves", "test"))


def test_a_planner_gives_a_reason_as_well():
    with pytest.raises(BatchMoveError, match="say why"):
        do(small(), "freeze", 2, may_plan=True)


def set_aside(n_pieces=2, quantity=6, **fields):
    order = make_work_order(step("SAW"), step("SAND"), quantity=quantity, **fields)
    saw = operation(order, "SAW")
    act(saw, "start")
    act(saw, "reject", good=n_pieces, reason="split along the grain", nonce="r")
    return order, saw, Nonconformance.objects.get()


def act(found, action, minutes=1, **fields):
    return operations.perform(
        operation_id=found.id,
        action=action,
        report=report(minutes, device="page", **fields),
    )


def decide(found, disposition, **fields):
    dispositions.dispose(
        nonconformance_id=found.id,
        disposition=disposition,
        report=report(5, **({"may_plan": True} | fields)),
    )


def test_pieces_set_aside_are_noted_once_and_keep_the_step_from_ending():
    _order, saw, found = set_aside()

    act(saw, "reject", good=2, reason="split along the grain", nonce="r")
    with pytest.raises(ConflictError, match="decision by quality: 2"):
        act(saw, "finish", 9)

    assert noted() == [(2, "split along the grain", "", "OPEN")]
    assert (found.reported_by, found.decided_at) == ("test", None)


def test_no_more_is_set_aside_than_there_is_and_never_without_a_reason():
    _order, saw, _found = set_aside(4)

    with pytest.raises(OperationError, match="can be set aside here: 2"):
        act(saw, "reject", good=3, reason="split")
    with pytest.raises(OperationError, match="what is wrong"):
        act(saw, "reject", good=1)
    with pytest.raises(OperationError, match="1 to 2"):
        act(saw, "scrap", scrap=3)


def test_used_as_they_are_all_pieces_go_on():
    order, saw, found = set_aside()

    decide(found, "USE_AS_IS", reason="on the underside")
    act(saw, "finish", 9)

    found.refresh_from_db()
    assert (found.decided_by, found.decision) == ("test", "on the underside")
    assert (operation(order, "SAW").good, operation(order, "SAND").state) == (
        6,
        "READY",
    )


def test_done_again_they_go_through_a_step_of_their_own():
    order, saw, found = set_aside()

    decide(found, "REWORK")
    act(saw, "finish", 9)

    again = order.operations.get(kind="REWORK")
    assert (again.rework, again.state, again.planned_quantity) == (2, "READY", 6)
    assert operation(order, "SAND").predecessors == [again.sequence]


@pytest.mark.parametrize("disposition", ["SCRAP", "RETURN"])
def test_given_up_they_are_made_again(disposition):
    order, saw, found = set_aside()

    decide(found, disposition)
    act(saw, "finish", 9)

    assert operation(order, "SAW").good == 4
    assert order.remakes.get().quantity == 2


def test_only_quality_or_a_planner_decides():
    _order, _saw, found = set_aside()
    quality, other = make_operator("Q1", "QUALITY"), make_operator("W1", "WOOD")

    with pytest.raises(DispositionError, match="quality"):
        decide(found, "SCRAP", may_plan=False, operator_id=other.id)
    decide(found, "SCRAP", may_plan=False, operator_id=quality.id)

    assert noted()[0][2:] == ("SCRAP", "DISPOSITIONED")


def unit_set_aside():
    line = make_line()
    unit = make_unit(line)
    make_unit(line)
    sequencing.sequence(line_id=line.id, now=NOW, cause="test")
    lines.launch(code=line.code, report=report())
    lines.advance(code=line.code, report=report())
    at_work = unit.operations.get(state="RUNNING")
    act(at_work, "reject", reason="a scratch")
    return unit, at_work, Nonconformance.objects.get()


def test_a_unit_on_a_line_stands_until_it_is_decided_on():
    unit, at_work, found = unit_set_aside()
    slot = unit.slot
    with pytest.raises(ConflictError, match="Decide first"):
        lines.set_blocked(
            code=slot.line.code, slot_id=slot.id, reason="", report=report()
        )

    with pytest.raises(ConflictError, match="decision by quality"):
        act(at_work, "unblock")
    stood = (operation(unit, at_work.code).state, unit.slot.blocked_reason)
    decide(found, "USE_AS_IS")

    unit.slot.refresh_from_db()
    assert stood == ("BLOCKED", "a scratch")
    assert operation(unit, at_work.code).state == "RUNNING"
    assert unit.slot.blocked_reason == ""


def test_a_unit_that_is_given_up_leaves_its_line_and_is_made_again():
    unit, _at_work, found = unit_set_aside()

    decide(found, "SCRAP")

    unit.slot.refresh_from_db()
    assert (unit.slot.state, state_of(unit)) == ("REMOVED", "SCRAPPED")
    assert unit.remakes.get().line == unit.line


def test_what_was_cancelled_meanwhile_is_decided_without_effect():
    order, saw, found = set_aside()
    Operation.objects.filter(id=saw.id).update(state="CANCELLED")

    decide(found, "REWORK")

    assert order.operations.count() == 2
    assert noted()[0][2:] == ("REWORK", "DISPOSITIONED")


def test_pieces_that_have_gone_on_are_not_taken_back():
    _order, saw, found = set_aside()
    Operation.objects.filter(id=saw.id).update(state="DONE")

    with pytest.raises(ConflictError, match="gone on"):
        decide(found, "SCRAP")

    assert noted()[0][3] == "OPEN"
