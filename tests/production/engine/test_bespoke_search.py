"""One-off work placed anew: kept where nothing changed, stopped, never worse."""

import random
from dataclasses import replace

import pytest

from production.engine import bespoke_search
from production.engine.bespoke_search import Bench, search_operations
from production.engine.budget import Budget, Progress, Search
from production.engine.demand import Basis, Demand, Person, Resource, Step
from tests.production.engine.test_bespoke_oracles import judged, some_shop
from tests.support.cpu import SOON_S, CpuClock
from tests.support.processes import print_twice

ONE_PROBLEM = """
from production.engine.bespoke_search import search_operations
from production.engine.budget import Budget, Search
from tests.production.engine.test_bespoke_oracles import some_shop
found = search_operations(some_shop(4, 20), search=Search(Budget(moves=20_000), seed=3))
print([(t.demand, t.step, t.start_s, t.person) for t in found.tasks])
"""


def search(bench, *, moves=100_000, previous=(), **more):
    asked = Search(Budget(moves=moves), **more)
    return search_operations(bench, previous=previous, search=asked)


def many(n_demands):
    """Draw more work than two people can do in time."""
    rng = random.Random(7)  # noqa: S311 -- a seeded instance
    demands = [
        Demand(
            key,
            "f",
            1,
            due_s=rng.randrange(40 * n_demands),
            weight=rng.randint(1, 5),
            steps=tuple(
                Step(
                    place,
                    rng.randint(1, 30) * 1000,
                    basis=Basis.FIXED,
                    skill="A",
                    resource="M" if rng.random() < 0.3 else "",
                    after=(place - 1,) if place else (),
                )
                for place in range(3)
            ),
        )
        for key in range(n_demands)
    ]
    people = [Person(key, frozenset("A")) for key in range(2)]
    return Bench(demands, [Resource("M")], people, now_s=0)


@pytest.mark.parametrize("seed", range(4))
def test_without_a_change_the_plan_before_stays_to_the_byte(seed):
    bench = some_shop(seed, 12)
    first = search(bench)

    again = search(bench, previous=first.tasks, moves=1, seed=9)

    assert again == first


def test_what_has_begun_stays_where_work_comes_that_is_more_urgent():
    bench = some_shop(2, 10)
    first = search(bench)
    now_s = 6
    begun = [task for task in first.tasks if task.start_s <= now_s]
    urgent = Demand("now", "f", 1, weight=9, due_s=8, steps=bench.demands[0].steps[:1])
    later = replace(bench, demands=[*bench.demands, urgent], now_s=now_s, started=begun)

    again = search(later, previous=first.tasks)

    assert all(task in again.tasks for task in begun)
    assert all(t.start_s >= now_s for t in again.tasks if t not in begun)
    assert {task.demand for task in again.tasks} >= {"now"}


def test_more_than_fits_at_once_is_placed_window_by_window(monkeypatch):
    monkeypatch.setattr(bespoke_search, "MOST_AT_ONCE", 12)
    bench = many(8)

    found = search(bench, moves=3_000)

    assert judged(bench, found) < bench.dispatched("EDD").objective


def test_a_search_tells_how_far_it_is_and_stops_soon_after_it_is_told():
    bench = many(20)
    told: list[Progress] = []
    stopped_s: list[float] = []
    clock = CpuClock()

    def stop():
        if len(told) > 1:
            stopped_s.append(clock.now_s())
        return bool(stopped_s)

    found = search(bench, moves=10**9, on_progress=told.append, should_stop=stop)

    assert clock.now_s() <= stopped_s[0] + SOON_S
    assert judged(bench, found) <= bench.dispatched("EDD").objective


@pytest.mark.parametrize("cpu_s", [0, 0.1])
def test_the_first_plan_is_whole_though_it_is_stopped_as_well(cpu_s):
    bench = many(160)
    clock = CpuClock()

    found = search(bench, should_stop=lambda: clock.now_s() >= cpu_s)

    assert clock.now_s() <= cpu_s + SOON_S
    assert judged(bench, found) == found.objective
    assert len(found.tasks) == 480


def test_no_limit_asks_for_no_search():
    bench = some_shop(3, 10)
    searches = (Search(), Search(Budget()), Search(Budget(moves=0)))

    found = [search_operations(bench, search=one) for one in searches]

    assert found == [bench.dispatched("EDD")] * 3


@pytest.mark.slow
def test_another_process_finds_the_same_plan():
    first, second = print_twice(ONE_PROBLEM, changes={"PYTHONHASHSEED": "1"})

    assert first == second != ""
