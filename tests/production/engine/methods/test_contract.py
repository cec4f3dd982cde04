"""What every operations method must keep, whatever it does: one run for each."""

import hashlib
import pickle
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget
from production.engine.demand import (
    ColourRule,
    Demand,
    LineRule,
    Person,
    Resource,
    Setup,
    Step,
)
from production.engine.flow import Station, StockLevel
from production.engine.methods import METHODS, MethodError, get_method
from production.engine.plan import Shop
from production.engine.reasons import REASONS
from tests.production.engine.test_changeover import OVEN, STATES
from tests.support.cpu import SOON_S, CpuClock

every_method = pytest.mark.parametrize("code", METHODS)

SHOP = Shop(
    resources=(
        Resource("OVEN", capacity=40, minimum=2, max_wait_s=600, state=STATES[0]),
        Resource("JL-A"),
    ),
    people=(Person("W1", frozenset({"BAKE"})), Person("W2", frozenset({"PACK"}))),
    matrices={"OVEN": OVEN},
    stations={"JL-A": (Station("PRESS", 2400), Station("FILL", 2700))},
    makes={"JL-A": "A"},
    stock=(StockLevel("A", 30, 20, 50, 200), StockLevel("B", 5, 0, 50, 200)),
    line_rules=(LineRule("R", {"colour": frozenset({"X"})}, 1, 2),),
    colour=ColourRule("colour", max_run=3),
    takt_s=60,
)


def bake(state):
    return Step(
        "bake",
        1500,
        resource="OVEN",
        skill="BAKE",
        setup=Setup("OVEN", state),
    )


@st.composite
def demands(draw):
    def one(key):
        family = draw(st.sampled_from("ABC"))
        return Demand(
            key=key,
            family=family,
            quantity=draw(st.integers(1, 50)),
            arrived_s=draw(st.integers(0, 1000)),
            due_s=draw(st.integers(0, 20_000)),
            weight=draw(st.integers(0, 3)),
            attributes={"colour": draw(st.sampled_from("XYZ"))},
            steps=draw(st.sampled_from([(), (bake(STATES["ABC".index(family)]),)])),
        )

    return [one(key) for key in range(draw(st.integers(0, 6)))]


def plan(code, some, **more):
    asked: dict[str, Any] = {
        "shop": SHOP,
        "now_s": 1000,
        "budget": Budget(moves=30),
        "seed": 1,
    }
    return get_method(code).plan(some, **(asked | more))


@every_method
def test_no_demand_gives_an_empty_plan(code):
    empty = plan(code, [])

    assert (empty.method, empty.tasks, empty.unplanned) == (code, (), ())


@every_method
@settings(max_examples=25, deadline=None)
@given(some=demands())
def test_every_piece_is_planned_once_or_told_why_not(code, some):
    found = plan(code, some)

    counted = dict.fromkeys((demand.key for demand in some), 0)
    for task in found.tasks:
        assert 1000 <= task.start_s <= task.end_s
        assert task.quantity >= 1
        counted[task.demand] += task.quantity
    for left in found.unplanned:
        assert left.reason.code in REASONS
        counted[left.demand] += left.quantity
    assert counted == {demand.key: demand.quantity for demand in some}


@every_method
@settings(max_examples=15, deadline=None)
@given(some=demands(), rng=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(code, some, rng):
    shuffled = some.copy()
    rng.shuffle(shuffled)

    assert plan(code, shuffled) == plan(code, some)


def work_of(found):
    """Leave out what only tells people how near others came."""
    groups = [replace(group, near_misses=()) for group in found.groups]
    return found.tasks, groups, found.unplanned


@every_method
@settings(max_examples=25, deadline=None)
@given(some=demands())
def test_where_nothing_has_changed_planning_again_changes_nothing(code, some):
    first = plan(code, some)

    again = plan(code, some, previous=first)

    assert work_of(again) == work_of(first)


@every_method
@settings(max_examples=20, deadline=None)
@given(some=demands(), later_s=st.integers(0, 3000), data=st.data())
def test_what_has_begun_stays_to_the_byte_and_every_piece_is_planned_again(
    code, some, later_s, data
):
    first = plan(code, some)
    stays = [demand for demand in some if data.draw(st.booleans())]
    fresh = [replace(demand, key=f"new {demand.key}") for demand in stays[:2]]
    now_s = 1000 + later_s

    again = plan(code, [*stays, *fresh], previous=first, now_s=now_s)

    keys = {demand.key for demand in stays}
    begun = [t for t in first.tasks if t.start_s <= now_s < t.end_s]
    if code == "BATCH":  # a load that has lost a member is formed anew
        lost = {t.group for t in first.tasks if t.demand not in keys}
        begun = [t for t in begun if t.group not in lost]
    kept = {pickle.dumps(replace(t, group=None)) for t in again.tasks}
    for task in begun:
        assert (
            task.demand not in keys or pickle.dumps(replace(task, group=None)) in kept
        )
    counted = dict.fromkeys((demand.key for demand in [*stays, *fresh]), 0)
    for one in (*again.tasks, *again.unplanned):
        counted[one.demand] += one.quantity
    assert counted == {demand.key: demand.quantity for demand in [*stays, *fresh]}


@every_method
@settings(max_examples=25, deadline=None)
@given(some=demands())
def test_no_place_does_two_things_at_once_and_no_load_is_too_large(code, some):
    found = plan(code, some)

    busy: dict[Any, list[tuple[int, int]]] = {}
    for group in found.groups:
        if group.freeze:
            assert code == "FLOW" or group.quantity <= SHOP.resources[0].capacity
            busy.setdefault(group.resource, []).append((group.start_s, group.end_s))
    for task in found.tasks:
        if task.group is None and task.slot is None and task.end_s > task.start_s:
            times = (task.start_s, task.end_s)
            for place in {(task.resource, task.place)} if task.resource else ():
                busy.setdefault(place, []).append(times)
            if task.person is not None:
                busy.setdefault(task.person, []).append(times)
    for stretches in busy.values():
        ranked = sorted(stretches)
        assert all(one[1] <= two[0] for one, two in pairwise(ranked))
    slots = [task.slot for task in found.tasks if task.slot is not None]
    assert slots == sorted(set(slots))


@every_method
@settings(max_examples=25, deadline=None)
@given(some=demands(), later_s=st.integers(0, 5000))
def test_nothing_waits_past_its_limit(code, some, later_s):
    """Whatever is left out at a moment has not yet waited as long as it may."""
    now_s = 1000 + later_s

    found = plan(code, some, now_s=now_s)

    arrived_s = {demand.key: demand.arrived_s for demand in some}
    limit_s = SHOP.resources[0].max_wait_s
    for left in found.unplanned:
        if left.reason.code in {"WAITING", "BELOW_MINIMUM"}:
            assert now_s < arrived_s[left.demand] + limit_s


@every_method
def test_one_seed_and_budget_give_the_same_bytes_in_another_process(code):
    script = (
        "import hashlib, sys;"
        "from tests.production.engine.methods.test_contract import same_bytes;"
        "sys.stdout.write(same_bytes(sys.argv[1]))"
    )

    there = subprocess.run(
        [sys.executable, "-c", script, code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": "."},
    )

    assert there.stdout == same_bytes(code)


def same_bytes(code):
    some = [
        Demand(
            key,
            "ABC"[key % 3],
            1 + 7 * key % 30,
            arrived_s=key * 31 % 400,
            due_s=900 * (key % 5) + 3000,
            attributes={"colour": "XYZ"[key * 5 % 3]},
            steps=(bake(STATES[key % 3]),),
        )
        for key in range(14)
    ]
    return hashlib.sha256(repr(plan(code, some)).encode()).hexdigest()


@every_method
@pytest.mark.parametrize("cpu_s", [0, 0.1])
def test_a_search_that_is_stopped_ends_at_once(code, cpu_s):
    """A stop is wanted before it begins, or in its midst."""
    some = [
        Demand(
            key,
            "ABC"[key % 3],
            3,
            due_s=key * 977 % 9000,
            attributes={"colour": "XYZ"[key * 5 % 3]},
            steps=(bake(STATES[key % 3]),),
        )
        for key in range(240)
    ]
    plan(code, some[:60])  # whatever is loaded or compiled once
    clock = CpuClock()

    stopped = plan(
        code,
        some,
        budget=Budget(cpu_ms=60_000),
        should_stop=lambda: clock.now_s() >= cpu_s,
    )

    assert clock.now_s() <= cpu_s + SOON_S
    pieces = sum(one.quantity for one in (*stopped.tasks, *stopped.unplanned))
    assert pieces == 720


@every_method
def test_a_demand_that_cannot_be_met_is_named_and_the_rest_is_planned(code):
    """A place, a skill, an article that nobody has; a piece larger than any load."""
    nowhere = Step("nowhere", 1000, resource="MOON", skill="MAGIC")
    some = [
        Demand("odd", "NOTHING", 2, load_num=99, load_den=1, steps=(nowhere,)),
        Demand("even", "A", 40, steps=(bake(STATES[0]),)),
    ]

    found = plan(code, some)

    assert {task.demand for task in found.tasks} >= {"even"}
    if code != "MASS_CUSTOMISATION":  # a line has stations, not places or articles
        (odd,) = [left for left in found.unplanned if left.demand == "odd"]
        assert (odd.quantity, bool(str(odd.reason))) == (2, True)
        assert any(word in str(odd.reason) for word in ("MOON", "NOTHING", "99"))


@every_method
@settings(max_examples=10, deadline=None)
@given(some=demands())
def test_a_stopped_plan_is_whole(code, some):
    stopped = plan(code, some, budget=Budget(cpu_ms=60_000), should_stop=lambda: True)

    pieces = sum(one.quantity for one in (*stopped.tasks, *stopped.unplanned))
    assert pieces == sum(demand.quantity for demand in some)


@every_method
def test_a_plan_travels_between_processes_with_its_reasons_as_text(code):
    some = [
        Demand(1, "A", 40, attributes={"colour": "X"}, steps=(bake(STATES[0]),)),
        Demand(2, "B", 9, attributes={"colour": "Y"}, steps=(bake(STATES[1]),)),
    ]
    found = plan(code, some)

    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 -- our own bytes
    for one in (*found.tasks, *found.unplanned):
        assert "%(" not in str(one.reason)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(MethodError, match="JOB, BATCH"):
        get_method("KANBAN")


def test_the_registry_and_all_methods_load_neither_numba_nor_ortools_nor_django():
    script = (
        "import sys; from production.engine.methods import METHODS, get_method;"
        "[get_method(code) for code in METHODS];"
        "heavy = {'numba', 'ortools', 'django', 'celery'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or None)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
