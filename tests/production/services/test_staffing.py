"""The sharing of one-off work on a live floor: people, and machines with few places."""

import random

import pytest

from production.engine.bespoke_search import Bench
from production.engine.methods import get_method
from production.models import Batch, BatchMember, Calendar, Operation
from production.selectors.bespoke import get_bench
from production.selectors.loads import seconds
from production.services import jobs, operations, staffing
from tests.factories.floor import (
    at,
    bake,
    make_calendar,
    make_centre,
    make_operator,
    make_work_order,
    operation,
    report,
    step,
)
from tests.factories.production import NOW
from tests.production.engine.test_bespoke_oracles import Everything, judged

pytestmark = pytest.mark.django_db


def saw(**fields):
    """Give a work order with one step at the only saw."""
    return make_work_order(
        step("SAW", "SAW-1", **{"skill": "WOOD", "run_s": 600, **fields})
    )


def planned(*orders, **more):
    """Plan the steps of work orders; give when each begins, in seconds from now."""
    waiting = Operation.objects.filter(work_order__in=orders, state="READY")
    found = staffing.plan(
        list(waiting.select_related("work_centre")),
        staffing.list_present(now=NOW),
        now=NOW,
        **more,
    )
    return [
        (task.start_s - seconds(NOW), task.person)
        for task in sorted(found.tasks, key=lambda one: one.demand)
    ]


@pytest.fixture
def joiners():
    return [make_operator(code, "WOOD") for code in ("W1", "W2")]


@pytest.mark.usefixtures("joiners")
def test_two_people_are_not_planned_at_one_machine_at_once():
    assert [start_s for start_s, _ in planned(saw(), saw())] == [0, 600]


@pytest.mark.usefixtures("joiners")
def test_as_many_pieces_are_planned_at_once_as_a_machine_has_places():
    make_centre("SAW-1", n_places=2)

    starts = [start_s for start_s, _ in planned(saw(), saw(), saw())]

    assert starts == [0, 0, 600]


def test_what_lies_with_somebody_keeps_its_time_at_the_machine(joiners):
    given = saw(due_at=at(5))
    given.operations.update(operator=joiners[0])

    assert [start_s for start_s, _ in planned(saw(due_at=at(30)))] == [600]


def test_what_stays_where_nobody_works_any_more_keeps_only_its_own_person(joiners):
    never = Calendar.objects.create(code="NEVER", zone="UTC")
    make_centre("OLD-1", calendar=never)
    left = make_work_order(step("SAW", "OLD-1", skill="WOOD"))
    left.operations.update(state="RUNNING", operator=joiners[0], ready_at=NOW)

    assert planned(saw()) == [(0, "W2")]


@pytest.mark.usefixtures("joiners")
def test_a_machine_is_free_once_what_runs_there_is_done():
    running, wanted = saw(skill=""), saw()
    operations.perform(
        operation_id=operation(running, "SAW").id,
        action="start",
        report=report(-4),
    )

    assert planned(wanted) == [(360, "W1")]


@pytest.mark.usefixtures("joiners")
def test_a_load_takes_one_place_however_many_are_in_it(running_load):
    order = make_work_order(step("SAW", "OVEN-1", skill="WOOD", run_s=600))

    assert planned(order) == [(840, "W1")]


@pytest.fixture
def running_load():
    """Put three work orders into the only oven."""
    centre = make_centre("OVEN-1")
    batch = Batch.objects.create(
        number="L-1",
        work_centre=centre,
        state="RUNNING",
        batch_key="programme=COOKIE",
        capacity_milli=18_000,
        run_s=840,
        created_at=NOW,
        started_at=NOW,
    )
    for _ in range(3):
        order = make_work_order(bake(state="RUNNING"))
        BatchMember.objects.create(
            batch=batch,
            operation=order.operations.get(),
            quantity=1,
            load_milli=42,
            weight=1,
        )
    return batch


@pytest.mark.usefixtures("joiners")
def test_nobody_is_planned_at_a_machine_that_is_closed():
    hours = make_calendar("LATE")
    hours.always_open = False
    hours.save()
    hours.shifts.create(
        weekday=NOW.weekday(), starts=at(120).time(), ends=at(180).time()
    )
    make_centre("SAW-1", calendar=hours)

    assert [start_s for start_s, _ in planned(saw())] == [7200]


@pytest.mark.parametrize("hours", [None, "ALWAYS"])
def test_who_is_away_from_tomorrow_gets_nothing_that_ends_after_that(hours):
    calendar = hours and make_calendar(hours)
    away = [["2026-03-03", "2026-03-08"]]
    make_operator("W1", "WOOD", absences=away, calendar=calendar)
    make_operator("W2", "WOOD", calendar=calendar)

    found = planned(saw(run_s=16 * 3600), saw(run_s=600, due_at=at(10)))

    assert found == [(600, "W2"), (0, "W1")]


@pytest.mark.parametrize("seed", range(3))
def test_a_live_floor_is_shared_as_well_as_by_trying_everything(seed):
    rng = random.Random(seed)  # noqa: S311 -- seeded floors
    make_centre("SAW-1")
    make_centre("BENCH", n_places=2)
    people = [make_operator(f"W{at}", *has) for at, has in enumerate(["A", "B", "AB"])]
    for number in range(6):
        order = make_work_order(
            step(
                "CUT",
                rng.choice(["SAW-1", "SAW-1", "BENCH"]),
                skill=rng.choice("AB"),
                run_s=rng.randint(2, 9),
                due_at=at(rng.randint(3, 20) / 60),
            )
        )
        if number == 0:
            order.operations.update(operator=people[2])
        if number == 1:
            order.operations.update(state="RUNNING", ready_at=NOW, started_at=NOW)
    waiting = Operation.objects.filter(state="READY", operator=None)
    crew = staffing.list_present(now=NOW)
    read = get_bench(list(waiting), crew, now=NOW, stays=False)
    bench = Bench(
        read.demands,
        read.shop.resources,
        read.shop.people,
        seconds(NOW),
        started=read.begun.tasks,
    )

    found = get_method("JOB").plan(
        read.demands,
        shop=read.shop,
        now_s=seconds(NOW),
        previous=read.begun,
        budget=staffing.SOON.budget,
    )

    assert judged(bench, found) == Everything(bench).best


@pytest.mark.usefixtures("joiners")
def test_assigning_changes_nothing_of_what_lies_with_people():
    first, second = saw(), saw()
    jobs.assign(now=NOW)
    before = [operation(each, "SAW").operator for each in (first, second)]

    n_assigned = jobs.assign(now=at(1))

    assert n_assigned == 0
    assert [operation(each, "SAW").operator for each in (first, second)] == before
