"""Two people, a planner and a beat at the same rows: one wins, nothing is torn."""

from __future__ import annotations

import pytest

from configurator.services.errors import ConflictError, DomainError, IllegalMoveError
from production.models import (
    Batch,
    BatchMember,
    Line,
    LinePlan,
    LineSlot,
    Operation,
    ProductionEvent,
    ReplenishmentRun,
    StockItem,
    WorkOrder,
)
from production.selectors import line_queue
from production.services import (
    batches,
    batching,
    flow,
    holds,
    lines,
    operations,
    outcome,
    sequencing,
)
from tests.factories.floor import (
    at,
    bake,
    make_centre,
    make_flow_line,
    make_line,
    make_line_beside,
    make_unit,
    make_work_order,
    operation,
    report,
    step,
)
from tests.factories.production import NOW
from tests.support.invariants import list_problems
from tests.support.racing import n_races, racers

pytestmark = pytest.mark.django_db(transaction=True)


def errors(answers):
    return [answer for answer in answers if isinstance(answer, Exception)]


def only_refusals(answers):
    """Say that whoever lost was told so, and nobody met anything else."""
    return all(isinstance(each, DomainError) for each in errors(answers))


def do(operation_id, action, **fields):
    return lambda: operations.perform(
        operation_id=operation_id, action=action, report=report(**fields)
    )


def move(batch, action, **fields):
    return lambda: batches.perform(
        number=batch.number, action=action, report=report(**fields)
    )


def test_of_two_people_one_starts_an_operation():
    with racers(2) as race:
        for _ in range(n_races()):
            key = operation(make_work_order(step("SAW")), "SAW").id

            answers = race(do(key, "start"), do(key, "start"))

            (lost,) = errors(answers)
            assert isinstance(lost, (ConflictError, IllegalMoveError))
            assert lost.status == 409
            assert Operation.objects.get(id=key).state == "RUNNING"


def test_a_scan_sent_twice_at_once_counts_once():
    with racers(3) as race:
        for place in range(n_races()):
            order = make_work_order(step("SAW", state="RUNNING"), quantity=10)
            key = operation(order, "SAW").id
            scan = {"scrap": 2, "device": "tablet", "nonce": f"n{place}"}

            answers = race(*[do(key, "scrap", **scan) for _ in range(3)])

            assert errors(answers) == []
            assert Operation.objects.get(id=key).scrap == 2
            assert ProductionEvent.objects.filter(nonce=f"n{place}").count() == 1


def test_a_finish_and_a_block_at_once_leave_one_of_them():
    with racers(2) as race:
        for _ in range(n_races()):
            order = make_work_order(step("SAW"), step("SAND"))
            key = operation(order, "SAW").id
            do(key, "start")()

            answers = race(do(key, "finish"), do(key, "block", reason="blade"))

            assert only_refusals(answers)
            states = tuple(
                order.operations.order_by("sequence").values_list("state", flat=True)
            )
            assert states in {("DONE", "READY"), ("BLOCKED", "WAITING")}
    assert list_problems() == []


def test_a_cancellation_and_a_start_at_once_never_both_happen():
    with racers(2) as race:
        for _ in range(n_races()):
            order = make_work_order(step("SAW"), step("SAND"))
            key = operation(order, "SAW").id

            answers = race(
                do(key, "start"),
                lambda order=order: holds.cancel(number=order.number, report=report()),
            )

            assert len(errors(answers)) == 1
            assert only_refusals(answers)
            order.refresh_from_db()
            state = Operation.objects.get(id=key).state
            assert (order.state, state) in {
                ("IN_PROGRESS", "RUNNING"),
                ("CANCELLED", "CANCELLED"),
            }


def cookies(quantity=100):
    return make_work_order(bake(), step("PACK"), quantity=quantity)


def frozen(*orders):
    oven = make_centre("OVEN-1")
    batching.plan_work_centre(work_centre_id=oven.id, now=NOW)
    batch = Batch.objects.get(
        members__operation__work_order=orders[0], members__state="ACTIVE"
    )
    if batch.state == "PROPOSED":
        move(batch, "freeze")()
    return batch


def test_two_planners_of_one_work_centre_put_nobody_into_two_batches():
    oven = make_centre("OVEN-1")
    with racers(3) as race:
        for place in range(n_races()):
            for _ in range(4):
                cookies(60 + place)

            answers = race(
                *[
                    lambda: batching.plan_work_centre(work_centre_id=oven.id, now=NOW)
                    for _ in range(3)
                ]
            )

            assert errors(answers) == []
    active = BatchMember.objects.filter(state="ACTIVE").values_list("operation_id")
    assert (
        len(active) == len(set(active)) == Operation.objects.filter(code="BAKE").count()
    )
    assert list_problems() == []


def test_a_batch_is_started_once():
    with racers(2) as race:
        for _ in range(n_races()):
            batch = frozen(cookies())

            answers = race(move(batch, "start"), move(batch, "start"))

            assert len(errors(answers)) == 1
            assert only_refusals(answers)
            move(batch, "finish")()
    assert list_problems() == []


def test_of_two_batches_one_gets_the_machine():
    with racers(2) as race:
        for _ in range(n_races()):
            first, second = frozen(cookies(430)), frozen(cookies(429))

            answers = race(move(first, "start"), move(second, "start"))

            assert len(errors(answers)) == 1
            assert Batch.objects.filter(state="RUNNING").count() == 1
            (running,) = Batch.objects.filter(state="RUNNING")
            move(running, "finish")()
            (left,) = Batch.objects.filter(state__in=("FROZEN", "RELEASED"))
            move(left, "dissolve")()
            WorkOrder.objects.filter(state="RELEASED").update(state="PLANNED")
            Operation.objects.filter(state="READY", code="BAKE").update(state="WAITING")


def test_a_batch_is_completed_once_however_many_complete_it():
    with racers(3) as race:
        for _ in range(n_races()):
            order = cookies()
            batch = frozen(order)
            move(batch, "start")()
            reasons = {"finish": {"scrap": 3, "scrap_by_operation": {}, "run_s": 60}}
            Batch.objects.filter(id=batch.id).update(
                state="COMPLETING", completed_at=at(1), reasons=reasons
            )

            answers = race(*[lambda key=batch.id: outcome.complete(batch_id=key)] * 3)

            assert errors(answers) == []
            assert operation(order, "BAKE").scrap == 3
            assert order.remakes.count() == 1
    assert list_problems() == []


def test_a_cancellation_takes_a_member_out_or_finds_it_begun():
    with racers(3) as race:
        for _ in range(n_races()):
            leaving, staying = cookies(100), cookies(101)
            batch = frozen(leaving, staying)

            answers = race(
                move(batch, "start"),
                lambda number=leaving.number: holds.cancel(
                    number=number, report=report()
                ),
                lambda: batching.plan_all(now=NOW),
            )

            assert only_refusals(answers)
            leaving.refresh_from_db()
            assert leaving.state in {"CANCELLED", "IN_PROGRESS"}
            assert list_problems() == []
            batch.refresh_from_db()
            if batch.state == "FROZEN":
                move(batch, "start")()
            move(batch, "finish")()
    assert list_problems() == []


def test_two_planners_of_a_line_lose_no_unit_and_no_version():
    line = make_line()
    with racers(3) as race:
        for _ in range(n_races()):
            for _ in range(3):
                make_unit(line)

            answers = race(
                *[
                    lambda: sequencing.sequence(line_id=line.id, now=NOW, cause="race")
                    for _ in range(3)
                ]
            )

            assert errors(answers) == []
    line = Line.objects.get()
    waiting = line_queue.get_queue(line=line).waiting
    assert len(waiting) == WorkOrder.objects.count()
    plan = LinePlan.objects.get(version=line.plan_version)
    assert sorted(plan.sequence) == sorted(slot.id for slot in waiting)
    assert LinePlan.objects.count() <= sequencing.KEPT_PLANS + 1
    assert list_problems() == []


def test_takt_planner_and_a_hand_at_one_line_keep_it_whole():
    line = make_line(wip_limit=3)
    with racers(3) as race:
        for place in range(n_races()):
            for _ in range(2):
                make_unit(line)
            sequencing.sequence(line_id=line.id, now=NOW, cause="race")
            lines.launch(code=line.code, report=report(place))
            slot = LineSlot.objects.filter(
                state__in=("SEQUENCED", "LAUNCHED", "AT_STATION")
            ).last()

            answers = race(
                lambda place=place: lines.advance(
                    code=line.code, report=report(place + 1)
                ),
                lambda slot=slot: lines.remove(
                    code=line.code, slot_id=slot.id, report=report()
                ),
                lambda: sequencing.sequence(line_id=line.id, now=NOW, cause="race"),
            )

            assert only_refusals(answers)
            assert list_problems() == []


def test_a_scrap_scan_and_the_takt_at_once_make_one_new_unit():
    line = make_line(wip_limit=1)
    with racers(2) as race:
        for place in range(n_races()):
            unit = make_unit(line)
            sequencing.sequence(line_id=line.id, now=NOW, cause="race")
            for slot in LineSlot.objects.exclude(work_order=unit).filter(
                state__in=("SEQUENCED", "LAUNCHED", "AT_STATION")
            ):
                lines.remove(code=line.code, slot_id=slot.id, report=report())
            lines.launch(code=line.code, report=report())

            answers = race(
                do(operation(unit, "S1").id, "scrap", scrap=1, reason="hole"),
                lambda place=place: lines.advance(
                    code=line.code, report=report(place + 1)
                ),
            )

            assert only_refusals(answers)
            unit.refresh_from_db()
            assert unit.remakes.count() == (1 if unit.state == "SCRAPPED" else 0)
    assert list_problems() == []


def test_a_reorder_point_raises_one_run_on_each_line_however_many_look():
    _release, line, _item = make_flow_line("apple", on_hand=0, reorder_point=1_000)
    make_line_beside(line, "BESIDE")
    with racers(3) as race:
        for _ in range(n_races()):
            answers = race(*[lambda: flow.replenish(now=NOW) for _ in range(3)])

            assert errors(answers) == []
            assert ReplenishmentRun.objects.count() == 2
            assert WorkOrder.objects.filter(source_kind="REPLENISHMENT").count() == 2
            WorkOrder.objects.all().delete()
            ReplenishmentRun.objects.all().delete()
    assert StockItem.objects.get().on_hand == 0


def test_a_line_that_two_workers_run_counts_each_minute_once():
    _release, line, _item = make_flow_line("apple", on_hand=0, run_size=50_000)
    flow.replenish(now=NOW)
    flow.run_line(line_id=line.id, now=NOW)
    with racers(3) as race:
        for minute in range(1, n_races()):
            answers = race(
                *[
                    lambda minute=minute: flow.run_line(line_id=line.id, now=at(minute))
                    for _ in range(3)
                ]
            )

            assert errors(answers) == []
    run = ReplenishmentRun.objects.get()
    filling_ms = sum(station.base_ms for station in line.stations.all())
    ran_ms = (n_races() - 1) * 60_000
    assert run.good == (ran_ms - filling_ms) // line.takt_ms + 1
    assert list_problems() == []
