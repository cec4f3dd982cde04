import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.bespoke import assign_operations
from production.engine.demand import Basis, Demand, Person, Resource, Setup, Step
from production.engine.dispatch import RULES
from production.engine.openings import open_seconds

HOUR = 3600


def step(key, hours, *, after=(), skill="", resource="", **more):
    return Step(
        key,
        int(hours * HOUR * 1000),
        basis=Basis.FIXED,
        after=after,
        skill=skill,
        resource=resource,
        **more,
    )


SUIT = (
    step("cut", 1, skill="CUT"),
    step("baste", 3, after=("cut",), skill="SEW"),
    step("jacket", 12, after=("baste",), skill="SEW"),
    step("trousers", 4, after=("baste",), skill="SEW"),
    step("finish", 3, after=("jacket", "trousers"), skill="SEW"),
)
TAILORS = (
    Person("W01", frozenset({"CUT", "MEASURE"})),
    Person("W02", frozenset({"SEW"})),
    Person("W03", frozenset({"SEW", "PRESSING"})),
)


def suit(key, due_s, **more):
    return Demand(key, f"suit {key}", 1, due_s=due_s, steps=SUIT, **more)


def plan(demands, *, resources=(), people=TAILORS, **more):
    return assign_operations(
        demands, resources=resources, people=people, **({"now_s": 0} | more)
    )


def test_jacket_and_trousers_are_sewn_side_by_side():
    tasks = {task.step: task for task in plan([suit(1, 90 * HOUR)]).tasks}

    assert tasks["jacket"].start_s == tasks["trousers"].start_s == 4 * HOUR
    assert {tasks["jacket"].person, tasks["trousers"].person} == {"W02", "W03"}
    assert tasks["finish"].start_s == 16 * HOUR


def test_the_suit_that_is_due_first_is_cut_first():
    tasks = plan([suit("a", 90 * HOUR), suit("b", 30 * HOUR)]).tasks

    assert [task.demand for task in tasks if task.step == "cut"] == ["b", "a"]


def test_who_can_do_least_is_asked_first_and_the_reason_says_so():
    (task,) = plan(
        [Demand(1, "f", 1, steps=(step("sew", 1, skill="SEW"),))],
        people=TAILORS[::-1],
    ).tasks

    assert task.person == "W02"
    assert str(task.reason) == "W02 has the skill SEW and is free first"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (step("x", 1, skill="WELD"), "NO_SKILL"),
        (step("x", 1, resource="LASER"), "NO_RESOURCE"),
        (step("x", 99, skill="CUT"), "NO_TIME"),
    ],
)
def test_what_cannot_be_planned_says_why_and_blocks_only_its_followers(wanted, code):
    day = ((0, 8 * HOUR),)
    people = [Person("W01", frozenset({"CUT"}), openings=day)]
    steps = (wanted, step("y", 1, after=("x",)), step("z", 1))

    result = plan([Demand(1, "f", 1, steps=steps)], people=people)

    assert [(one.step, one.reason.code) for one in result.unplanned] == [
        ("x", code),
        ("y", "BLOCKED"),
    ]
    assert [task.step for task in result.tasks] == ["z"]


def test_drying_needs_a_place_but_nobody():
    dry = step("dry", 12, resource="DRY", skill="FINISHER", attended=False)
    demands = [Demand(key, "t", 1, steps=(dry,)) for key in range(3)]

    tasks = plan(demands, resources=[Resource("DRY", places=2)], people=[]).tasks

    assert [(task.start_s, task.place, task.person) for task in tasks] == [
        (0, 0, None),
        (0, 1, None),
        (12 * HOUR, 0, None),
    ]


def test_work_pauses_over_night():
    people = [Person(1, frozenset({"CUT"}), openings=((0, 100), (500, 600)))]
    cut = Step("cut", 1000, skill="CUT", setup=Setup(internal_s=20))

    (task,) = plan([Demand(1, "f", 130, steps=(cut,))], people=people).tasks

    assert (task.start_s, task.end_s) == (0, 550)


def test_a_minimum_delay_keeps_the_next_step_away():
    steps = (step("glue", 1, min_delay_s=500), step("plane", 1, after=("glue",)))

    glue, plane = plan([Demand(1, "f", 1, steps=steps)]).tasks

    assert plane.start_s == glue.end_s + 500


def test_what_has_started_stays_as_it_is():
    before = plan([suit(1, 90 * HOUR)]).tasks
    started = [task for task in before if task.step == "cut"]

    after = plan([suit(1, 90 * HOUR), suit(0, HOUR)], now_s=600, started=started)

    assert started[0] in after.tasks
    other = next(t for t in after.tasks if t.demand == 0 and t.step == "cut")
    assert other.start_s == started[0].end_s


@st.composite
def shops(draw):
    opening = st.none() | st.just(((0, 400), (600, 5000)))
    resources = [
        Resource(code, places=draw(st.integers(1, 2)), openings=draw(opening))
        for code in "MN"
    ]
    people = [
        Person(key, frozenset(draw(st.sets(st.sampled_from("AB")))), 0, draw(opening))
        for key in range(draw(st.integers(0, 3)))
    ]
    demands = []
    for key in range(draw(st.integers(0, 5))):
        n = draw(st.integers(1, 4))
        steps = tuple(
            Step(
                place,
                draw(st.integers(0, 200)) * 1000,
                basis=Basis.FIXED,
                resource=draw(st.sampled_from(["", "M", "N"])),
                skill=draw(st.sampled_from(["", "A", "B"])),
                attended=draw(st.booleans()),
                after=tuple(
                    draw(st.sets(st.integers(0, place - 1), max_size=2))
                    if place
                    else ()
                ),
            )
            for place in range(n)
        )
        demands.append(
            Demand(
                key,
                "f",
                1,
                arrived_s=draw(st.integers(0, 300)),
                due_s=draw(st.integers(0, 2000)),
                steps=steps,
            )
        )
    return demands, resources, people


def assert_nobody_twice(tasks):
    for one in tasks:
        for two in tasks:
            if one is two or one.end_s <= two.start_s or two.end_s <= one.start_s:
                continue
            assert one.person is None or one.person != two.person
            assert not one.resource or (one.resource, one.place) != (
                two.resource,
                two.place,
            )


@settings(max_examples=80, deadline=None)
@given(shops(), st.sampled_from(sorted(RULES)))
def test_every_step_is_planned_once_in_order_by_somebody_able(shop, rule):
    demands, resources, people = shop
    result = plan(demands, resources=resources, people=people, rule=rule)

    ids = [(t.demand, t.step) for t in result.tasks]
    ids += [(one.demand, one.step) for one in result.unplanned]
    assert sorted(ids) == sorted((d.key, s.key) for d in demands for s in d.steps)
    assert_nobody_twice([t for t in result.tasks if t.end_s > t.start_s])
    ends = {(t.demand, t.step): t.end_s for t in result.tasks}
    by_key = {demand.key: demand for demand in demands}
    for task in result.tasks:
        demand = by_key[task.demand]
        step = demand.steps[task.step]
        assert task.start_s >= demand.arrived_s
        assert all(task.start_s >= ends[(demand.key, key)] for key in step.after)
        person = next((one for one in people if one.key == task.person), None)
        assert (person is not None) == bool(step.skill and step.attended)
        assert person is None or step.skill in person.skills
        if person is not None and person.openings is not None:
            work = open_seconds(person.openings, task.start_s, task.end_s)
            assert work >= step.run_s(1)


@settings(max_examples=30, deadline=None)
@given(shops(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(shop, rng):
    demands, resources, people = shop
    mixed = [demands.copy(), resources.copy(), people.copy()]
    for some in mixed:
        rng.shuffle(some)

    again = plan(mixed[0], resources=mixed[1], people=mixed[2])

    assert again == plan(demands, resources=resources, people=people)
