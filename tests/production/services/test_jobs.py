"""Bespoke work: a planner shapes it, people get it by skill, the customer agrees."""

from datetime import UTC, datetime

import pytest

from configurator.services.errors import ConflictError
from orders.models import Proof
from orders.services.proofing import approve_proof, request_changes, send_proof
from production.models import Calendar, Operation
from production.selectors import problems
from production.services import boards, driving, jobs, operations, staffing
from production.services.jobs import JobError, NewOperation
from tests.factories.floor import (
    DAY,
    at,
    make_centre,
    make_matrix,
    make_operator,
    make_work_order,
    operation,
    report,
    states,
    step,
)
from tests.factories.production import NOW, configure, place_order, publish

TAKEN_BACK = (
    "W1, to whom SAW of {} was given by hand, is away beyond the time it is due. "
    "It went to W2."
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def add(order, name="Engrave", minutes=5, **fields):
    return jobs.add_operation(
        number=order.number,
        operation=NewOperation(
            **{"name": name, "work_centre": "BENCH", "run_s": 600, **fields}
        ),
        report=report(minutes),
    )


def change(order, code, **changes):
    return jobs.change_operation(
        number=order.number,
        operation_id=operation(order, code).id,
        changes=changes,
        report=report(),
    )


def finish(order, code, minutes=1):
    for action in ("start", "finish"):
        operations.perform(
            operation_id=operation(order, code).id,
            action=action,
            report=report(minutes),
        )


def test_an_added_step_comes_last_by_default():
    order = make_work_order(step("SAW"), step("SAND"))

    added = add(order)

    assert (added.sequence, added.predecessors, added.state) == (30, [20], "WAITING")
    assert added.name == {"en": "Engrave"}


def test_an_added_step_may_stand_beside_others():
    order = make_work_order(step("SAW"), step("SAND"))
    finish(order, "SAW")

    added = add(order, after=[10])

    assert added.state == "READY"


def test_an_unknown_place_skill_or_step_is_refused_by_name():
    order = make_work_order(step("SAW"))

    for field, wrong in (
        ("work_centre", {"work_centre": "NOWHERE"}),
        ("skill", {"skill": "MAGIC"}),
        ("predecessors", {"after": [99]}),
    ):
        with pytest.raises(JobError) as raised:
            add(order, **wrong)
        assert raised.value.field == field
    assert order.operations.count() == 1


def test_a_dropped_step_is_skipped_and_its_followers_close_up():
    order = make_work_order(step("SAW"), step("SAND"), step("OIL"))

    jobs.drop_operation(
        number=order.number,
        operation_id=operation(order, "SAND").id,
        report=report(),
    )
    finish(order, "SAW")

    assert states(order) == ["DONE", "SKIPPED", "READY"]
    assert operation(order, "OIL").predecessors == [10]


def test_steps_are_put_in_another_order():
    order = make_work_order(step("SAW"), step("SAND"), step("OIL"))

    change(order, "OIL", predecessors=[10])
    change(order, "SAND", predecessors=[30])
    finish(order, "SAW")

    assert states(order) == ["DONE", "WAITING", "READY"]


def test_steps_never_wait_for_each_other_in_a_circle():
    order = make_work_order(step("SAW"), step("SAND"), step("OIL"))

    with pytest.raises(JobError, match="circle"):
        change(order, "SAW", predecessors=[30])

    assert operation(order, "SAW").predecessors == []


def test_a_step_that_has_begun_is_not_changed():
    order = make_work_order(step("SAW"), step("SAND"))
    operations.perform(
        operation_id=operation(order, "SAW").id, action="start", report=report()
    )

    with pytest.raises(ConflictError, match="has begun"):
        change(order, "SAW", run_s=1)
    with pytest.raises(ConflictError, match="has begun"):
        jobs.drop_operation(
            number=order.number,
            operation_id=operation(order, "SAW").id,
            report=report(),
        )


def test_a_finished_work_order_is_not_changed():
    order = make_work_order(step("SAW"))
    finish(order, "SAW")

    with pytest.raises(ConflictError, match="cannot be changed"):
        add(order)


def test_only_what_a_planner_may_change_can_be_changed():
    order = make_work_order(step("SAW"))

    with pytest.raises(JobError, match="can be changed"):
        change(order, "SAW", good=5)


def test_ready_work_goes_to_the_least_busy_person_with_the_skill():
    make_operator("W1", "WOOD")
    make_operator("W2", "WOOD")
    make_operator("W3", "SEW")
    make_centre("BENCH", n_places=2)
    orders = [make_work_order(step("SAW", skill="WOOD", run_s=600)) for _ in range(3)]

    n_assigned = jobs.assign(now=NOW)

    people = [str(operation(order, "SAW").operator)[:2] for order in orders]
    assert n_assigned == 3
    assert people == ["W1", "W2", "W1"]


def test_what_waits_or_asks_for_no_skill_goes_to_nobody():
    make_operator("W1", "WOOD")
    order = make_work_order(step("SAW"), step("SAND", skill="WOOD"))

    assert jobs.assign(now=NOW) == 0
    assert operation(order, "SAND").operator is None


def test_boards_are_told_of_what_was_given_and_not_of_what_waits(monkeypatch):
    told: list[set[int]] = []
    monkeypatch.setattr(
        boards, "touch", lambda *, work_centre_ids: told.append(work_centre_ids)
    )
    make_operator("W1", "WOOD")
    make_work_order(step("SAW", "SAW-1", skill="WOOD"))
    make_work_order(step("WELD", "WELD-1", skill="METAL"))

    n_assigned = [jobs.assign(now=NOW) for _ in range(2)]

    assert n_assigned == [1, 0]
    assert told == [{make_centre("SAW-1").id}, set()]


def test_an_absence_begins_and_ends_at_midnight_where_the_works_are():
    make_operator("W1", absences=[["2026-03-03", "2026-03-03"]])
    moments = [
        datetime(2026, 3, day, hour, 30, tzinfo=UTC)
        for day, hour in ((2, 22), (2, 23), (3, 22), (3, 23))
    ]

    here = [bool(staffing.list_present(now=moment)) for moment in moments]

    assert here == [True, False, False, True]


def away(operator, first, last):
    """Keep somebody away for days from today, both ends included."""
    days = [(NOW + each * DAY).date().isoformat() for each in (first, last)]
    operator.absences = [days]
    operator.save()


def told_planner():
    return [problem.text for problem in problems.list_problems(now=at(1))]


def give(order, code):
    return jobs.assign_by_hand(
        number=order.number,
        operation_id=operation(order, "SAW").id,
        operator_code=code,
        report=report(),
    )


def test_nobody_absent_gets_work_and_what_they_had_goes_to_another():
    ill, well = make_operator("W1", "WOOD"), make_operator("W2", "WOOD")
    order = make_work_order(step("SAW", skill="WOOD"))
    jobs.assign(now=NOW)
    first = operation(order, "SAW").operator
    away(ill, 0, 2)

    jobs.assign(now=at(1))
    second = operation(order, "SAW").operator

    assert (first, second) == (ill, well)
    assert told_planner() == []


@pytest.mark.parametrize(
    ("days", "hours", "stays"),
    [(0, None, True), (29, None, True), (30, None, False), (0, "NEVER", False)],
)
def test_what_a_planner_gave_is_taken_back_only_where_nobody_is_back_in_time(
    days, hours, stays
):
    hours = hours and Calendar.objects.create(code=hours, zone="UTC")
    ill, well = make_operator("W1", "WOOD", calendar=hours), make_operator("W2", "WOOD")
    order = make_work_order(step("SAW", skill="WOOD", due_at=NOW + 30 * DAY))
    give(order, "W1")
    away(ill, 0, days)

    n_assigned = [jobs.assign(now=at(1)) for _ in range(2)]

    assert n_assigned == [0 if stays else 1, 0]
    assert operation(order, "SAW").operator == (ill if stays else well)
    assert told_planner() == ([] if stays else [TAKEN_BACK.format(order.number)])


def test_what_was_taken_back_is_a_plans_until_a_planner_gives_it_anew():
    ill, _well = make_operator("W1", "WOOD"), make_operator("W2", "WOOD")
    order = make_work_order(step("SAW", skill="WOOD", due_at=NOW + DAY))
    give(order, "W1")
    away(ill, 0, 5)
    movable = [staffing.list_movable().count()]

    jobs.assign(now=at(1))
    movable.append(staffing.list_movable().count())
    give(order, "W2")
    movable.append(staffing.list_movable().count())

    assert movable == [0, 1, 0]
    assert told_planner() == []


def test_a_planner_assigns_by_hand_only_who_can_do_it():
    make_operator("W1", "WOOD")
    make_operator("W2", "WOOD")
    make_operator("W3", "SEW")
    order = make_work_order(step("SAW", skill="WOOD"))

    for wrong in ("W3", "W9"):
        with pytest.raises(JobError):
            give(order, wrong)
    give(order, "W2")
    jobs.assign(now=NOW)

    assert str(operation(order, "SAW").operator).startswith("W2")


@pytest.fixture
def with_proof():
    """A work order whose second step is the customer's approval."""
    release = publish()
    order = place_order(
        {"configuration": configure(release, colour="NAVY"), "method": "JOB"}
    )
    return make_work_order(
        step("DRAW"),
        step("AGREE", None, kind="APPROVAL", basis="DELAY", run_s=0),
        step("SAW"),
        order_line=order.lines.get(),
        configuration=configure(release, colour="NAVY"),
    )


def test_a_proof_is_sent_once_and_its_approval_lets_the_work_go_on(with_proof):
    finish(with_proof, "DRAW")
    driving.drive(now=at(2))
    driving.drive(now=at(3))
    sent = list(Proof.objects.values_list("state", flat=True))
    before = states(with_proof)

    approve_proof(proof_id=Proof.objects.get().pk, now=at(60))
    driving.drive(now=at(61))

    assert sent == ["SENT"]
    assert before == ["DONE", "READY", "WAITING"]
    assert states(with_proof) == ["DONE", "DONE", "READY"]


def test_asked_for_changes_the_next_proof_is_somebodys_work(with_proof):
    finish(with_proof, "DRAW")
    driving.drive(now=at(2))

    request_changes(proof_id=Proof.objects.get().pk, note="larger", now=at(60))
    driving.drive(now=at(61))
    waiting = list(Proof.objects.values_list("state", flat=True))
    send_proof(order_line_id=Proof.objects.get().order_line_id, now=at(62))
    driving.drive(now=at(63))

    proofs = list(Proof.objects.order_by("revision").values_list("state", flat=True))
    assert waiting == ["CHANGES_REQUESTED"]
    assert proofs[-1] == "SENT"
    assert len(proofs) == 2
    assert states(with_proof) == ["DONE", "READY", "WAITING"]


def test_the_state_of_a_machine_gives_the_setup_of_a_single_operation():
    make_matrix(
        "CUT",
        {"code": "SAME", "same": ["size"], "internal_s": 0},
        {"code": "OTHER", "internal_s": 180},
    )
    orders = [
        make_work_order(
            step("CUT", setup_matrix="CUT", attributes={"size": "A6"}, setup_s=30)
        )
        for _ in range(2)
    ]

    for order in orders:
        finish(order, "CUT")

    assert [operation(order, "CUT").setup_s for order in orders] == [210, 30]
    assert make_centre("BENCH").setup_state == {"size": "A6"}
    assert Operation.objects.filter(state="DONE").count() == 2
