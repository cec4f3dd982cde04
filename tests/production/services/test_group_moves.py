"""Batches: grouped by key under capacity, moved on whole, split back exactly."""

from datetime import timedelta

import pytest

from configurator.services.errors import DomainError
from production.models import (
    Batch,
    BatchMember,
    Changeover,
    Operation,
    SetupRule,
    WorkCentre,
    WorkOrder,
)
from production.services import batching, membership, operations
from production.services.batches import perform
from tests.factories.steps import (
    NOW,
    baked,
    make_centre,
    make_person,
    make_step,
    report,
)

pytestmark = pytest.mark.django_db
DONE_AT = NOW + timedelta(minutes=14)


@pytest.fixture
def oven():
    return make_centre("OVEN-1")


def plan(oven, now=NOW):
    batching.plan_work_centre(work_centre_id=oven.id, now=now)
    return list(Batch.objects.exclude(state="DISSOLVED").order_by("id"))


def members_of(batch):
    return set(
        BatchMember.objects.filter(batch=batch, state="ACTIVE").values_list(
            "operation_id", flat=True
        )
    )


def run_through(batch, *, scrap=0, now=DONE_AT, details=None):
    if batch.state in {"PROPOSED", "OPEN"}:
        perform(number=batch.number, action="freeze", report=report())
    batch = perform(number=batch.number, action="start", report=report())
    if batch.state == "CHANGEOVER":
        perform(number=batch.number, action="start", report=report())
    finish = report(now, scrap=scrap, details=details or {})
    return perform(number=batch.number, action="finish", report=finish)


def test_what_has_the_same_key_shares_a_batch(oven):
    first, second = baked(24, oven=oven), baked(48, oven=oven)

    [batch] = plan(oven)

    assert members_of(batch) == {first.id, second.id}
    assert batch.load_milli == 3_000


def test_different_keys_never_share_a_batch_and_the_near_miss_is_told(oven):
    baked(24, oven=oven)
    other = baked(24, oven=oven, key="dough=GINGER")

    batches = plan(oven)

    assert len(batches) == 2
    misses = [m["operation"] for b in batches for m in b.reasons["near_misses"]]
    assert other.id in misses


def test_a_full_load_is_frozen_at_once_and_the_rest_stands_in_the_next(oven):
    for _ in range(4):
        baked(144, oven=oven)

    batches = plan(oven)

    assert [(b.state, b.load_milli) for b in batches] == [
        ("FROZEN", 18_000),
        ("PROPOSED", 6_000),
    ]
    assert batches[0].frozen_because == "FULL"


def test_the_longest_wait_freezes_a_load_that_is_not_full(oven):
    baked(24, oven=oven)
    assert plan(oven)[0].state == "PROPOSED"

    [batch] = plan(oven, NOW + timedelta(minutes=46))

    assert (batch.state, batch.frozen_because) == ("FROZEN", "MAX_WAIT")


def test_a_due_date_freezes_a_load_in_time(oven):
    baked(24, oven=oven, due_at=NOW + timedelta(minutes=20))

    [batch] = plan(oven, NOW + timedelta(minutes=7))

    assert (batch.state, batch.frozen_because) == ("FROZEN", "DUE_DATE")


def test_a_frozen_batch_is_not_touched_by_newcomers(oven):
    baked(24, oven=oven)
    [batch] = plan(oven)
    perform(number=batch.number, action="freeze", report=report())
    before = members_of(batch)

    late = baked(24, oven=oven)
    plan(oven)

    assert members_of(batch) == before
    assert late.id not in before


def test_a_proposal_takes_newcomers_and_keeps_its_number(oven):
    baked(24, oven=oven)
    [batch] = plan(oven)

    baked(24, oven=oven)
    [again] = plan(oven)

    assert (again.number, len(members_of(again))) == (batch.number, 2)


def test_the_database_lets_an_operation_be_active_in_one_batch_only(oven):
    from django.db import IntegrityError

    operation = baked(24, oven=oven)
    [batch] = plan(oven)
    other = Batch.objects.create(
        number="B-X",
        work_centre=oven,
        batch_key="x",
        capacity_milli=1,
        created_at=NOW,
    )

    with pytest.raises(IntegrityError):
        BatchMember.objects.create(
            batch=other, operation=operation, quantity=1, load_milli=1, weight=1
        )
    assert batch


def test_time_and_scrap_split_back_exactly(oven):
    baked_steps = [baked(n, oven=oven) for n in (100, 50, 33)]
    [batch] = plan(oven)

    run_through(batch, scrap=7)

    rows = BatchMember.objects.filter(batch=batch)
    assert sum(row.scrap for row in rows) == 7
    assert sum(row.good for row in rows) == 183 - 7
    assert sum(row.share_run_s for row in rows) == 14 * 60
    for operation in baked_steps:
        operation.refresh_from_db()
        assert operation.state == "DONE"
        assert operation.good + operation.scrap == operation.planned_quantity


def test_a_dropped_tray_of_twelve_hits_three_customers_and_makes_one_lot(oven):
    """Of 432 cookies 12 are lost: surplus covers two customers, one is short."""
    covered = [baked(n, oven=oven) for n in (148, 148)]
    for operation in covered:
        WorkOrder.objects.filter(id=operation.work_order_id).update(quantity=140)
    short = baked(136, oven=oven)
    [batch] = plan(oven)
    named = {str(o.id): 4 for o in (*covered, short)}

    run_through(batch, scrap=12, details={"scrap_by_operation": named})

    [lot] = WorkOrder.objects.filter(source_kind="MAKE_UP")
    assert (lot.quantity, lot.remake_of_id) == (4, short.work_order_id)


def test_a_lost_load_replaces_every_member(oven):
    for _ in range(3):
        baked(24, oven=oven)
    [batch] = plan(oven)
    perform(number=batch.number, action="freeze", report=report())
    perform(number=batch.number, action="start", report=report())

    perform(number=batch.number, action="abort", report=report(reason="oven tripped"))

    assert WorkOrder.objects.filter(state="SCRAPPED").count() == 3
    lots = WorkOrder.objects.filter(source_kind="MAKE_UP")
    assert [lot.quantity for lot in lots] == [24, 24, 24]


def test_a_batch_that_has_not_run_lets_its_members_go_unharmed(oven):
    operation = baked(24, oven=oven)
    [batch] = plan(oven)

    perform(number=batch.number, action="dissolve", report=report())

    operation.refresh_from_db()
    assert operation.state == "READY"


def test_the_whole_batch_moves_on_to_the_next_step_together(oven):
    deco = make_centre("DECO-1")
    rule = {"measure": "PIECE", "max": None, "min": 0, "max_wait_s": 600}
    for _ in range(3):
        operation = baked(24, oven=oven)
        make_step(
            operation.work_order,
            20,
            deco,
            batch_key="icing=WHITE",
            batch_rule=rule,
        )
    [batch] = plan(oven)

    run_through(batch)

    following = Batch.objects.get(work_centre=deco)
    assert list(following.fed_by.all()) == [batch]
    assert len(members_of(following)) == 3
    assert following.state == "OPEN"


def test_one_bowl_feeds_three_oven_loads(oven):
    """Splits between steps: 60 kg of dough are 1,200 cookies, a load holds 432."""
    mixer = make_centre("MIX-1")
    for _ in range(3):
        operation = baked(400, oven=mixer, load_num=50, load_den=1)
        operation.batch_rule = {"measure": "GRAM", "max": 60_000, "min": 15_000}
        operation.save()
        bake = baked(400, oven=oven)
        Operation.objects.filter(id=bake.id).update(
            work_order=operation.work_order,
            sequence=20,
            predecessors=[10],
            state="WAITING",
        )
    [batch] = plan(mixer)
    assert batch.frozen_because == "FULL"

    run_through(batch)

    loads = Batch.objects.filter(work_centre=oven)
    assert [load.load_milli for load in loads] == [16_667, 16_667, 16_667]


def test_a_withdrawn_member_leaves_a_place_that_is_filled_again(oven):
    leaver = baked(216, oven=oven)
    baked(216, oven=oven)
    [batch] = plan(oven)
    assert batch.state == "FROZEN"
    newcomer = baked(200, oven=oven)

    membership.withdraw_member(
        number=batch.number, operation_id=leaver.id, report=report()
    )

    assert newcomer.id in members_of(batch)
    assert leaver.id not in members_of(batch)


def test_another_kind_is_refused_with_the_reason(oven):
    baked(24, oven=oven)
    stranger = baked(24, oven=oven, key="dough=GINGER")
    batch = next(b for b in plan(oven) if stranger.id not in members_of(b))
    Operation.objects.filter(id=stranger.id).update(state="READY")

    with pytest.raises(DomainError) as caught:
        membership.add_member(
            number=batch.number, operation_id=stranger.id, report=report()
        )

    assert caught.value.status in {400, 409}


def rule(sequence, code, internal_s, **fields):
    SetupRule.objects.create(
        matrix="OVEN", sequence=sequence, code=code, internal_s=internal_s, **fields
    )


def test_the_changeover_is_planned_from_the_machines_state_first_match_wins(oven):
    WorkCentre.objects.filter(id=oven.id).update(setup_state={"dough": "GINGER"})
    rule(10, "SAME", 0, same=["dough"])
    rule(20, "TO_VANILLA", 300, when_to={"dough": ["VANILLA"]}, signature_skill="QA")
    rule(30, "OTHER", 720)
    baked(24, oven=oven, setup_matrix="OVEN")
    [batch] = plan(oven)

    perform(number=batch.number, action="freeze", report=report())

    changeover = Changeover.objects.get(batch=batch)
    assert (changeover.rule_code, changeover.planned_s) == ("TO_VANILLA", 300)
    assert changeover.from_state == {"dough": "GINGER"}


def test_a_changeover_runs_first_and_needs_its_signature(oven):
    WorkCentre.objects.filter(id=oven.id).update(setup_state={"dough": "GINGER"})
    rule(10, "WET_CLEAN", 300, when_to={"dough": ["VANILLA"]}, signature_skill="QA")
    rule(20, "OTHER", 720)
    baked(24, oven=oven, setup_matrix="OVEN")
    [batch] = plan(oven)
    perform(number=batch.number, action="freeze", report=report())
    started = perform(number=batch.number, action="start", report=report())
    assert started.state == "CHANGEOVER"

    with pytest.raises(DomainError, match="QA"):
        perform(number=batch.number, action="start", report=report(DONE_AT))
    signer = make_person("W18", "QA")
    signed = report(DONE_AT, operator_id=signer.id)
    running = perform(number=batch.number, action="start", report=signed)

    oven.refresh_from_db()
    changeover = Changeover.objects.get(batch=batch)
    assert running.state == "RUNNING"
    assert (changeover.state, changeover.actual_s) == ("SIGNED", 14 * 60)
    assert oven.setup_state["dough"] == "VANILLA"


def test_a_busy_machine_takes_no_second_load(oven):
    for key in ("dough=A", "dough=B"):
        baked(24, oven=oven, key=key)
    first, second = plan(oven)
    for batch in (first, second):
        perform(number=batch.number, action="freeze", report=report())
    perform(number=first.number, action="start", report=report())

    with pytest.raises(DomainError) as caught:
        perform(number=second.number, action="start", report=report())

    assert caught.value.status == 409


def test_scrap_of_a_member_is_reported_with_its_batch(oven):
    operation = baked(24, oven=oven)
    [batch] = plan(oven)
    perform(number=batch.number, action="freeze", report=report())
    perform(number=batch.number, action="start", report=report())

    with pytest.raises(DomainError) as caught:
        operations.perform(
            operation_id=operation.id, action="scrap", report=report(scrap=3)
        )

    assert (caught.value.status, caught.value.field) == (409, "scrap")


def test_finishing_twice_books_once(oven):
    baked(24, oven=oven)
    [batch] = plan(oven)
    run_through(batch)

    again = report(DONE_AT)
    with pytest.raises(DomainError) as caught:
        perform(number=batch.number, action="finish", report=again)

    assert caught.value.status == 409
    assert caught.value.extra["legal_moves"] == []
