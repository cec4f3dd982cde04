"""Plans that take effect, are merged or dropped; searches that are watched."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configurator.services.errors import ConflictError, NotFoundError
from production.engine.budget import Progress
from production.models import Batch, Changeover, Line, LinePlan, Operation
from production.selectors import line_queue
from production.services import (
    batching,
    changeovers,
    holds,
    jobs,
    lines,
    planning,
    sequencing,
)
from tests.factories.floor import (
    at,
    bake,
    make_centre,
    make_line,
    make_matrix,
    make_operator,
    make_ratio,
    make_unit,
    make_work_order,
    numbers_in,
    report,
    step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound_floor")]


def waiting(line):
    found = Line.objects.get(id=line.id)
    return [s.work_order.number for s in line_queue.get_queue(line=found).waiting]


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something happen on the floor while a plan is being computed."""

    def arrange(module, name, *happenings):
        compute = getattr(module, name)
        left = list(happenings)

        def computed(*given, **named):
            planned = compute(*given, **named)
            if left:
                left.pop(0)()
            return planned

        monkeypatch.setattr(module, name, computed)

    return arrange


def bread(**fields):
    return make_work_order(bake(), planned_quantity=24, quantity=24, **fields)


def group(minutes=1):
    centre_id = make_centre("OVEN-1").id
    return batching.plan_work_centre(work_centre_id=centre_id, now=at(minutes))


def test_a_batch_plan_that_changes_nothing_locks_nothing():
    bread()
    group()
    stood = list(Batch.objects.values())

    with CaptureQueriesContext(connection) as asked:
        n_changed = group()

    assert {query["sql"].split()[0] for query in asked} == {"SELECT"}
    assert (n_changed, list(Batch.objects.values())) == (0, stood)


def test_a_batch_plan_takes_in_later_what_came_while_it_was_made(meanwhile):
    first = bread()
    late = []
    meanwhile(batching, "plan_floor", lambda: late.append(bread()))

    group()
    (batch,) = Batch.objects.all()
    before = numbers_in(batch)
    group(2)

    assert before == {first.number}
    assert numbers_in(Batch.objects.get()) == {first.number, late[0].number}


def test_a_batch_plan_for_work_that_was_held_meanwhile_is_made_anew(meanwhile):
    stays, goes = bread(), bread()
    meanwhile(
        batching,
        "plan_floor",
        lambda: holds.hold(number=goes.number, report=report(1, reason="shade")),
    )

    group()

    assert numbers_in(Batch.objects.get()) == {stays.number}
    assert Operation.objects.get(work_order=goes).state == "READY"


def test_of_two_batch_planners_the_second_plans_anew(meanwhile):
    for _ in range(3):
        bread()
    meanwhile(batching, "plan_floor", group)

    group()

    (batch,) = Batch.objects.all()
    assert len(numbers_in(batch)) == 3


def test_a_batch_plan_that_is_always_overtaken_is_dropped_and_harms_nothing(
    meanwhile,
):
    orders = [bread() for _ in range(5)]
    holding = [
        lambda order=order: holds.hold(
            number=order.number, report=report(1, reason="shade")
        )
        for order in orders[:3]
    ]
    meanwhile(batching, "plan_floor", *holding)

    n_changed = group()
    dropped = Batch.objects.count()
    group(2)

    assert (n_changed, dropped) == (0, 0)
    assert numbers_in(Batch.objects.get()) == {order.number for order in orders[3:]}


def line_with(n_units):
    line = make_line()
    make_ratio(line, "HEAVY", 1, 2)
    for place in range(n_units):
        make_unit(line, line_attributes={"HEAVY": 1} if place % 2 else {})
    sequencing.sequence(line_id=line.id, now=at(0), cause="test")
    return Line.objects.get(id=line.id)


def scramble(line):
    """Put a bad order into force, as if nobody had planned."""
    plan = LinePlan.objects.get(line=line, version=line.plan_version)
    heavy = set(
        line.slots.filter(work_order__line_attributes__HEAVY=1).values_list(
            "id", flat=True
        )
    )
    bad = sorted(plan.sequence, key=lambda key: (key not in heavy, key))
    LinePlan.objects.create(
        line=line, version=line.plan_version + 1, sequence=bad, created_at=at(0)
    )
    Line.objects.filter(id=line.id).update(plan_version=line.plan_version + 1)


def search(line, clock=lambda: 0.0):
    return planning.search_queue(code=line.code, seconds=1, now=at(1), clock_s=clock)


@pytest.fixture
def warm(monkeypatch):
    monkeypatch.setattr(sequencing, "is_warm", lambda: True)


def test_a_search_that_finds_a_better_order_puts_it_in_force(warm):
    line = line_with(8)
    scramble(line)

    outcome = search(line)

    line.refresh_from_db()
    plan = LinePlan.objects.get(line=line, version=line.plan_version)
    assert (outcome, plan.cause) == ("BETTER", "searched by a planner")
    assert plan.objective["violations"] == {"HEAVY": 0}
    assert plan.objective["changes"]["moved"]
    assert planning.find_search(code=line.code)["state"] == "BETTER"


def test_a_search_that_finds_nothing_better_leaves_the_queue_alone(warm):
    line = line_with(6)

    outcome = search(line)

    assert outcome == "KEPT"
    assert Line.objects.get(id=line.id).plan_version == line.plan_version


def test_an_order_found_while_the_floor_moved_on_is_merged(warm, meanwhile):
    line = line_with(8)
    scramble(line)
    gone = line.slots.order_by("id").first()
    late = []

    def moves_on():
        lines.remove(code=line.code, slot_id=gone.id, report=report(1))
        late.append(make_unit(line))
        sequencing.sequence(line_id=line.id, now=at(1), cause="test")

    meanwhile(sequencing._Desk, "planned", moves_on)

    outcome = search(line)

    queue = waiting(line)
    assert outcome == "MERGED"
    assert late[0].number in queue
    assert gone.work_order.number not in queue
    assert len(queue) == 8


def test_a_request_only_closes_the_queue_up_and_the_planner_searches_soon(warm):
    line = line_with(6)
    before = waiting(line)
    slot = line.slots.get(work_order__number=before[2])

    lines.remove(code=line.code, slot_id=slot.id, report=report(1))
    closed_up = waiting(line)
    rough = LinePlan.objects.latest("version").objective["rough"]
    sequencing.sequence_all(now=at(2))

    assert closed_up == [number for number in before if number != before[2]]
    assert rough
    assert not LinePlan.objects.latest("version").objective["rough"]


def test_one_search_at_a_time_is_begun_told_and_stopped():
    line = make_line()
    planning.claim_search(code=line.code, seconds=999)

    with pytest.raises(ConflictError, match="already"):
        planning.claim_search(code=line.code, seconds=5)
    with pytest.raises(NotFoundError, match="NOWHERE"):
        planning.claim_search(code="NOWHERE", seconds=5)
    asked = planning.find_search(code=line.code)
    ticks = iter([0.0, 0.05, 0.2])
    place = planning._place(line.code)
    watch = planning._Watch(place, 5, lambda: next(ticks), looked_s=0.0)
    before = watch.should_stop()
    planning.stop_search(code=line.code)
    watch.tell(planning.SEARCHING, Progress(500, 2_000, (3, 1)))

    assert (asked["state"], asked["seconds"]) == ("WAITING", planning.LONGEST_S)
    assert (before, watch.should_stop(), watch.should_stop()) == (False, False, True)
    told = planning.find_search(code=line.code)
    assert (told["moves"], told["searched_s"], told["objective"]) == (500, 2, [3, 1])


def test_bespoke_steps_are_shared_better_but_for_those_given_by_hand():
    joiners = [make_operator(code, "WOOD") for code in ("W1", "W2")]
    make_centre("BENCH", n_places=2)
    by_hand, *others = [
        make_work_order(
            step("SAW", run_s=3600, skill="WOOD"), method="JOB", due_at=at(125)
        )
        for _ in range(4)
    ]
    ready = Operation.objects.filter(state="READY")
    ready.update(operator=joiners[0], due_at=at(125))
    (given,) = by_hand.operations.all()
    jobs.assign_by_hand(
        number=by_hand.number,
        operation_id=given.id,
        operator_code="W1",
        report=report(1, nonce="1"),
    )

    outcome = planning.search_queue(
        code=planning.PEOPLE, seconds=1, now=at(1), clock_s=lambda: 0.0
    )

    lies_with = [each.operations.get().operator for each in (by_hand, *others)]
    assert outcome == "BETTER"
    assert lies_with[0] == joiners[0]
    assert lies_with.count(joiners[1]) == 2
    assert (
        planning.search_queue(
            code=planning.PEOPLE, seconds=1, now=at(1), clock_s=lambda: 0.0
        )
        == "KEPT"
    )


@pytest.fixture
def press():
    """Six loads of three colours that wait for a press, due at one time."""
    make_matrix(
        "INK",
        {"code": "SAME", "same": ["ink"], "internal_s": 0},
        {"code": "WASH", "internal_s": 1800},
    )
    for ink in ("RED", "BLUE", "RED", "GREEN", "BLUE", "GREEN"):
        order = bread(due_at=at(600))
        order.operations.update(
            batch_key=f"ink={ink}|order={order.pk}",
            attributes={"ink": ink},
            setup_matrix="INK",
        )
    group(100)
    centre = make_centre("OVEN-1")
    batches = Batch.objects.order_by("members__operation_id")
    for batch in batches:
        batching.freeze(batch=batch, because="BY_HAND", now=at(100))
    changeovers.order_queue(work_centre=centre, now=at(100))
    for place, batch in enumerate(batches):
        Batch.objects.filter(id=batch.id).update(position=place)
    return centre


def change_s():
    return sum(each.planned_s for each in Changeover.objects.all())


def search_loads(centre):
    clock = itertools.count().__next__
    return planning.search_queue(
        code=centre.code, seconds=1, now=at(101), clock_s=lambda: clock() / 100
    )


def test_the_loads_before_a_machine_are_searched_for_fewer_changeovers(press):
    outcome = search_loads(press)

    assert outcome == "BETTER"
    assert change_s() <= 3 * 1800
    assert planning.find_search(code=press.code)["state"] == "BETTER"
    assert search_loads(press) == "KEPT"


def test_an_order_of_loads_is_dropped_if_one_has_gone_meanwhile(press, meanwhile):
    gone = Batch.objects.earliest("id")

    def goes():
        Batch.objects.filter(id=gone.id).update(state="ABORTED")
        gone.members.update(state="WITHDRAWN")
        Operation.objects.filter(memberships__batch=gone).update(state="READY")

    meanwhile(changeovers, "_plan", goes)

    outcome = search_loads(press)

    assert outcome == "DROPPED"
