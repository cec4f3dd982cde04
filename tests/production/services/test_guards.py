"""What must not happen on the floor: done twice, swallowed, stranded, stopped."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction

from configurator.services.errors import ConflictError, DomainError
from production.models import (
    Batch,
    BatchMember,
    Line,
    LinePlan,
    LineSlot,
    ProductionEvent,
    StockItem,
)
from production.selectors import calendars
from production.services import batching, jobs, lines, operations, sequencing
from production.services.batches import perform as perform_batch
from production.services.operations import perform
from production.services.stock import book_move
from tests.factories.steps import (
    NOW,
    baked,
    make_centre,
    make_line,
    make_step,
    make_unit,
    make_work_order,
    report,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def line():
    return make_line()


@pytest.fixture
def oven():
    return make_centre("OVEN-1")


def make_pair(quantity=10, **fields):
    work_order = make_work_order(quantity)
    first = make_step(work_order, 10, make_centre("SAW"), **fields)
    return first, make_step(work_order, 20, make_centre("BENCH"))


def do(operation, action, now=NOW, **fields):
    return perform(
        operation_id=operation.id, action=action, report=report(now, **fields)
    )


def make_branches():
    """Give a cut that jacket and trousers follow side by side, then a fitting."""
    work_order = make_work_order(3)
    bench = make_centre("TAILOR", n_places=4)
    cut = make_step(work_order, 10, bench)
    jacket = make_step(work_order, 20, bench, predecessors=[10])
    trousers = make_step(work_order, 30, bench, predecessors=[10])
    fitting = make_step(work_order, 40, bench, predecessors=[20, 30])
    return cut, jacket, trousers, fitting


def test_branches_become_ready_together_and_the_join_waits_for_both():
    cut, jacket, trousers, fitting = make_branches()
    do(cut, "start")
    do(cut, "finish", LATER)
    do(jacket, "start", LATER)
    do(trousers, "start", LATER)
    do(jacket, "finish", LATER)
    fitting.refresh_from_db()
    assert fitting.state == "WAITING"

    do(trousers, "finish", LATER)

    fitting.refresh_from_db()
    assert fitting.state == "READY"


def test_scrap_in_one_branch_leaves_the_other_as_it_is():
    cut, jacket, trousers, fitting = make_branches()
    do(cut, "start")
    do(cut, "finish", LATER)
    do(jacket, "start", LATER)

    do(jacket, "finish", LATER, good=2, scrap=1)

    trousers.refresh_from_db()
    fitting.refresh_from_db()
    assert (trousers.planned_quantity, fitting.planned_quantity) == (3, 2)


def test_a_nonce_with_other_figures_is_refused_not_swallowed():
    operation, _next = make_pair()
    do(operation, "start")
    do(operation, "scrap", scrap=3, device="d", nonce="n")

    with pytest.raises(ConflictError):
        do(operation, "scrap", scrap=5, device="d", nonce="n")


def test_dropping_the_last_open_step_completes_the_work_order():
    operation, following = make_pair()
    do(operation, "start")
    do(operation, "finish", LATER)

    jobs.drop_operation(
        number=operation.work_order.number, operation_id=following.id, report=report()
    )

    operation.work_order.refresh_from_db()
    assert operation.work_order.state == "COMPLETED"


def sequence(line, now=NOW):
    return sequencing.sequence(line_id=line.id, now=now, cause="test")


def test_two_beats_at_once_advance_once_for_one_takt(line):
    make_unit(line)
    sequence(line)
    Line.objects.filter(id=line.id).update(state="RUNNING", advanced_at=NOW)
    lines.launch(code=line.code, report=report())
    stale = Line.objects.select_related("work_centre").get(id=line.id)
    later = NOW + timedelta(seconds=60)

    calendar = calendars.map_by_id()[stale.work_centre.calendar_id]
    lines._advance_due(stale, calendar, later)
    lines._advance_due(stale, calendar, later)

    assert LineSlot.objects.get().station == 2


def test_a_planner_that_died_before_its_plan_leaves_nothing_out(line):
    make_unit(line)
    sequencing._add_slots(line, NOW)

    sequencing.sequence_all(now=NOW)

    line.refresh_from_db()
    plan = LinePlan.objects.get(line=line, version=line.plan_version)
    assert plan.sequence == [LineSlot.objects.get().id]


def test_a_line_without_stations_does_not_stop_the_others(line):
    broken = make_line("BROKEN")
    make_unit(broken)
    sequence(broken)
    broken.stations.all().delete()
    make_unit(line)
    sequence(line)
    Line.objects.update(state="RUNNING", advanced_at=NOW)

    lines.advance_due(now=NOW + timedelta(minutes=2))

    assert LineSlot.objects.filter(line=line, state="AT_STATION").exists()


def test_a_plan_in_force_never_changes(line):
    make_unit(line)
    sequence(line)
    line.refresh_from_db()

    with pytest.raises(DatabaseError, match="immutable"):
        LinePlan.objects.filter(line=line).update(sequence=[])


def plan(oven, now=NOW):
    batching.plan_work_centre(work_centre_id=oven.id, now=now)
    return list(Batch.objects.exclude(state="DISSOLVED").order_by("id"))


def test_scrap_of_a_member_is_reported_with_its_batch(oven):
    operation = baked(24, oven=oven)
    [batch] = plan(oven)
    perform_batch(number=batch.number, action="freeze", report=report())
    perform_batch(number=batch.number, action="start", report=report())

    with pytest.raises(DomainError) as caught:
        operations.perform(
            operation_id=operation.id, action="scrap", report=report(scrap=3)
        )

    assert (caught.value.status, caught.value.field) == (409, "scrap")


def test_the_database_lets_an_operation_be_active_in_one_batch_only(oven):
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


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "NOTED"},
        {"good": 99},
        {"reason": "somebody else"},
        {"nonce": "another"},
        {"actor": "nobody"},
        {"operation_id": None},
        {"work_order_id": None},
        {"details": {"scrap": 1}},
        {"at": LATER},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_part_of_an_event_can_be_changed(change):
    first, _second = make_pair()
    do(first, "start")
    event = ProductionEvent.objects.get(operation=first)

    with pytest.raises(DatabaseError), transaction.atomic():
        ProductionEvent.objects.filter(pk=event.pk).update(**change)

    assert ProductionEvent.objects.filter(pk=event.pk).values().get() == {
        field.attname: getattr(event, field.attname) for field in event._meta.fields
    }


@pytest.mark.parametrize("table", ["productionevent", "stockmove"])
def test_what_happened_is_never_deleted(table):
    ProductionEvent.objects.create(kind="LOOKED_AT", at=NOW)
    item = StockItem.objects.create(code="FLOUR", kind="MATERIAL", unit="g")
    book_move(item_id=item.id, kind="RECEIPT", quantity=5, reference="a", now=NOW)

    with pytest.raises(DatabaseError, match=r"append-only|immutable"):
        apps.get_model("production", table).objects.all().delete()
