"""What waits is grouped by kind under a load's limits."""

import pytest

from production.models import Batch
from production.selectors.reasons import say
from production.services import (
    batches,
    batching,
    holds,
    membership,
    operations,
    steps,
)
from production.services.membership import BatchMoveError
from tests.factories.floor import (
    HOUR,
    MINUTE,
    TRAYS,
    at,
    bake,
    make_work_order,
    numbers_in,
    operation,
    report,
    states,
    step,
)
from tests.factories.production import NOW
from tests.production.services.oven import NEXT_WEEK, live, order, plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def test_the_same_kind_is_proposed_together_and_no_other():
    cookies = [order(), order()]
    muffin = order(key="programme=MUFFIN")

    plan()

    first, second = live()
    assert {first.state, second.state} == {"PROPOSED"}
    assert numbers_in(first) == {each.number for each in cookies}
    assert numbers_in(second) == {muffin.number}
    assert states(muffin) == ["IN_BATCH", "WAITING"]


def test_a_load_counts_in_trays_and_is_never_overfilled():
    for quantity in (200, 200, 100):
        order(quantity)

    plan()

    first, second = live()
    assert first.load_milli <= first.capacity_milli == 18_000
    assert sorted(first.members.values_list("quantity", flat=True)) == [200, 200]
    assert list(second.members.values_list("quantity", flat=True)) == [100]
    assert second.reasons["near_misses"] == []


def test_every_member_says_why_it_is_in_and_every_near_miss_why_it_is_out():
    order(400)
    order(100, due_at=NEXT_WEEK + HOUR)
    order(10, key="programme=MUFFIN")

    plan()

    cookies = live()[0]
    reasons = [say(miss["reason"]) for miss in cookies.reasons["near_misses"]]
    assert all(cookies.members.values_list("reason", flat=True))
    assert any("no room left" in reason for reason in reasons)
    assert any("different programme" in reason for reason in reasons)


def test_an_open_batch_says_who_is_nearly_in_as_proposals_do():
    first = order(300)
    membership.carry_on(work_order_ids=[first.id], fed_by=None, now=NOW)
    order(24)
    order(200, due_at=NEXT_WEEK + HOUR)
    order(10, key="programme=MUFFIN")

    plan()

    batch = Batch.objects.get(state="OPEN")
    reasons = [say(miss["reason"]) for miss in batch.reasons["near_misses"]]
    assert len(numbers_in(batch)) == 2
    assert reasons == [
        "no room left: needs 8.3, 4.5 free",
        "different programme: MUFFIN, not COOKIE",
    ]
    assert plan(1) == 0


@pytest.mark.parametrize("is_open", [False, True])
def test_what_the_step_before_works_on_is_not_here_yet_or_comes_too_late(is_open):
    rule = {"max_wait_s": 1800}
    here = order(rule=rule)
    if is_open:
        membership.carry_on(work_order_ids=[here.id], fed_by=None, now=NOW)
    for run_s in (600, 3600, None):
        mixing = step("MIX", run_s=run_s or 60)
        coming = make_work_order(mixing, bake(batch_rule=TRAYS | rule), quantity=24)
        if run_s:
            mix = operation(coming, "MIX").id
            operations.perform(operation_id=mix, action="start", report=report())

    plan()

    (batch,) = live()
    reasons = [say(miss["reason"]) for miss in batch.reasons["near_misses"]]
    assert numbers_in(batch) == {here.number}
    assert reasons == ["not here yet", "comes too late: this load cannot wait for it"]
    assert plan(1) == 0


def test_who_was_taken_out_of_an_open_batch_is_not_nearly_in():
    staying, leaving = order(100), order(100)
    ids = [staying.id, leaving.id]
    (batch,) = membership.carry_on(work_order_ids=ids, fed_by=None, now=NOW)
    membership.withdraw_member(
        number=batch.number,
        operation_id=operation(leaving, "BAKE").id,
        report=report(1),
    )

    plan(2)

    batch.refresh_from_db()
    assert batch.reasons["near_misses"] == []


def test_planning_again_changes_nothing_and_keeps_the_numbers():
    order(100)
    order(100)
    plan()
    before = [(b.number, b.version, numbers_in(b)) for b in live()]

    n_changed = plan(1)

    assert n_changed == 0
    assert [(b.number, b.version, numbers_in(b)) for b in live()] == before


def test_a_newcomer_joins_the_proposal_of_its_kind():
    first = order(100)
    plan()
    (before,) = live()
    second = order(50)

    plan(1)

    (after,) = live()
    assert after.number == before.number
    assert numbers_in(after) == {first.number, second.number}


def test_a_frozen_batch_is_never_touched():
    order(432)
    plan()
    (frozen,) = live()
    before = (frozen.version, numbers_in(frozen))
    order(10)

    plan(1)

    frozen.refresh_from_db()
    assert (frozen.version, numbers_in(frozen)) == before
    assert len(live()) == 2


def test_what_is_held_or_planned_is_not_grouped():
    held, planned, free = order(), order(state="PLANNED"), order()
    holds.hold(number=held.number, report=report(reason="wrong label"))

    plan()

    assert numbers_in(live()[0]) == {free.number}
    assert states(held) == ["READY", "WAITING"]
    assert states(planned) == ["WAITING", "WAITING"]


def test_what_was_held_is_found_once_the_hold_is_lifted():
    held = order()
    holds.hold(number=held.number, report=report(reason="wrong label"))
    batching.plan_all(now=at(0))
    holds.resume(number=held.number, report=report(1))

    batching.plan_all(now=at(1))

    assert numbers_in(live()[0]) == {held.number}


def test_planning_everything_looks_only_where_something_changed(
    django_assert_num_queries,
):
    order(100)
    batching.plan_all(now=at(0))

    with django_assert_num_queries(6):
        n_changed = batching.plan_all(now=at(1))

    assert n_changed == 0


@pytest.mark.django_db(transaction=True)
def test_a_step_begun_or_ended_before_a_place_lets_that_place_be_planned_at_once():
    rule = {"max_wait_s": 1800}
    order(rule=rule)
    mixing = step("MIX", run_s=3600, min_delay_s=600)
    coming = make_work_order(mixing, bake(batch_rule=TRAYS | rule), quantity=24)
    other = make_work_order(mixing, bake("programme=MUFFIN"), quantity=24)
    batching.plan_all(now=at(0))

    told = []
    for minutes, action, each in (
        (1, "start", other),
        (2, "start", coming),
        (3, "finish", coming),
    ):
        operations.perform(
            operation_id=operation(each, "MIX").id,
            action=action,
            report=report(minutes),
        )
        n_changed = batching.plan_all(now=at(minutes))
        missed = live()[0].reasons["near_misses"]
        told.append((n_changed, [say(miss["reason"]) for miss in missed]))

    assert told == [
        (0, []),
        (1, ["comes too late: this load cannot wait for it"]),
        (1, ["not here yet"]),
    ]
    assert batching.plan_all(now=at(4)) == 0


def test_time_alone_makes_planning_look_again():
    order(rule={"max_wait_s": 2700})
    batching.plan_all(now=at(0))

    batching.plan_all(now=at(45))

    assert live()[0].state == "FROZEN"


def test_a_proposal_that_a_person_changes_is_not_grouped_anew():
    first, second = order(), order()
    plan()
    (batch,) = live()

    membership.withdraw_member(
        number=batch.number,
        operation_id=operation(second, "BAKE").id,
        report=report(1),
    )
    plan(2)

    batch.refresh_from_db()
    assert batch.state == "OPEN"
    assert numbers_in(batch) == {first.number}
    assert [numbers_in(b) for b in live()[1:]] == [{second.number}]


def test_a_member_is_added_by_hand_only_where_it_fits():
    rule = {"max": 2}
    first = order(24, rule=rule)
    plan()
    (batch,) = live()
    large = order(48, rule=rule)
    other = order(24, key="programme=MUFFIN")
    fitting = order(24, rule=rule)

    def add(which):
        membership.add_member(
            number=batch.number,
            operation_id=operation(which, "BAKE").id,
            report=report(1),
        )

    for wrong, text in ((large, "full"), (other, "another kind")):
        with pytest.raises(BatchMoveError, match=text):
            add(wrong)
    add(fitting)

    assert numbers_in(batch) == {first.number, fitting.number}


def test_a_withdrawn_members_place_in_a_frozen_batch_is_refilled():
    leaving, staying = order(216), order(216)
    plan()
    waiting = order(200)
    plan(1)
    frozen = Batch.objects.get(state="FROZEN")

    membership.withdraw_member(
        number=frozen.number,
        operation_id=operation(leaving, "BAKE").id,
        report=report(2),
    )

    assert numbers_in(frozen) == {staying.number, waiting.number}
    assert states(leaving) == ["READY", "WAITING"]


def test_cancelling_a_work_order_takes_it_out_of_its_frozen_batch():
    leaving, staying = order(216), order(216)
    plan()
    (frozen,) = live()

    holds.cancel(number=leaving.number, report=report(1))

    assert numbers_in(frozen) == {staying.number}
    assert states(leaving) == ["CANCELLED", "CANCELLED"]


def test_a_batch_that_everybody_left_ends():
    alone = order(432)
    plan()
    (frozen,) = live()

    holds.cancel(number=alone.number, report=report(1))

    frozen.refresh_from_db()
    assert frozen.state == "DISSOLVED"


def test_an_unfrozen_batch_stays_open_until_somebody_freezes_it():
    order(due_at=at(1))
    plan()
    (batch,) = live()

    batches.perform(number=batch.number, action="unfreeze", report=report(1))
    plan(2)
    open_state = live()[0].state
    batches.perform(number=batch.number, action="freeze", report=report(3))

    assert open_state == "OPEN"
    assert [(b.state, b.frozen_because) for b in live()] == [("FROZEN", "BY_HAND")]


def test_a_dissolved_batch_gives_its_members_back():
    first, second = order(), order()
    plan()
    (batch,) = live()

    batches.perform(number=batch.number, action="dissolve", report=report(1))

    assert states(first) == states(second) == ["READY", "WAITING"]
    assert live() == []


def test_a_member_of_a_batch_is_not_started_alone():
    grouped = order()
    plan()

    with pytest.raises(steps.OperationError, match="batch or line"):
        operations.perform(
            operation_id=operation(grouped, "BAKE").id,
            action="start",
            report=report(1),
        )


def test_a_larger_lot_than_a_load_stays_whole_and_takes_two_runs():
    order(500)

    plan()

    (batch,) = live()
    assert batch.members.count() == 1
    assert batch.run_s == 2 * 840


def test_the_planner_keeps_one_member_in_one_batch_through_many_turns():
    for place in range(12):
        order(60 + place * 10, due_at=NEXT_WEEK + place * MINUTE)
        plan(place)

    members = [number for batch in live() for number in numbers_in(batch)]
    assert len(members) == len(set(members)) == 12
