"""Round trips, job shops and line balances against models of a solver written apart.

The engines use the solver too, for shops and lines, with intervals or a station for
each task; here a shop is told second by second, and a line is one long band of work
that may not cross the end of a cycle.
"""

import random
from typing import Any

import pytest

from production.engine.balance import balance_line
from production.engine.budget import Budget, Meter
from production.engine.jobshop import JobShop, solve_jobshop
from production.engine.tour import shortest_tour
from tests.production.engine.test_balance import assert_balanced, some_work
from tests.production.engine.test_jobshop import assert_valid
from tests.production.engine.test_tour import length, some_distances


def least(model, goal):
    """Minimise on one thread; the answer is proven."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    model.minimize(goal)
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def shortest_by_circuit(distances):
    """Choose one way out of each place so that all together are one circuit."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    places = range(len(distances))
    ways = [
        (one, two, model.new_bool_var(""))
        for one in places
        for two in places
        if one != two
    ]
    model.add_circuit(ways)
    return least(model, sum(distances[one][two] * way for one, two, way in ways))


def can_be_done(shop, workers, end):
    """Choose for each operation one second to begin in, so that all end in time."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    busy: dict[Any, list[Any]] = {}
    for job in shop.jobs:
        ready = 0
        for machine, duration in job:
            begins = [model.new_bool_var("") for _ in range(end - duration + 1)]
            model.add_exactly_one(begins)
            start = sum(at * begin for at, begin in enumerate(begins))
            model.add(start >= ready)
            ready = start + duration
            for at, begin in enumerate(begins):
                for second in range(at, at + duration):
                    busy.setdefault((machine, second), []).append(begin)
                    busy.setdefault((None, second), []).append(begin)
    for (machine, _), some in busy.items():
        if machine is not None:
            model.add(sum(some) <= 1)
        elif workers is not None:
            model.add(sum(some) <= workers)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    assert status in {cp_model.OPTIMAL, cp_model.INFEASIBLE}
    return status == cp_model.OPTIMAL


def fewest_on_a_band(tasks, cycle):
    """Lay tasks one behind another on a band that is cut at every cycle."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n = len(tasks)
    last = model.new_int_var(0, n - 1, "")
    begins, spans = {}, []
    for task in tasks:
        station = model.new_int_var(0, n - 1, "")
        within = model.new_int_var(0, cycle - task.time, "")
        begins[task.key] = cycle * station + within
        begin = model.new_int_var(0, n * cycle, "")
        model.add(begin == begins[task.key])
        spans.append(model.new_fixed_size_interval_var(begin, task.time, ""))
        model.add(last >= station)
    model.add_no_overlap(spans)
    times = {task.key: task.time for task in tasks}
    for task in tasks:
        for before in task.after:
            model.add(begins[task.key] >= begins[before] + times[before])
    return least(model, last) + 1


def assert_as_by_circuit(seed, size):
    distances = some_distances(seed, size)

    tour = shortest_tour(distances, meter=Meter(Budget(moves=20_000)), seed=1)

    assert tour.length == length(distances, tour.order)
    assert tour.length == shortest_by_circuit(distances)
    assert tour.lower_bound <= tour.length


def some_jobs(seed, n_jobs, n_steps):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    return JobShop(
        tuple(
            tuple((rng.randrange(3), rng.randint(1, 5)) for _ in range(n_steps))
            for _ in range(n_jobs)
        )
    )


def assert_as_by_second(seed, n_jobs, n_steps):
    shop = some_jobs(seed, n_jobs, n_steps)
    workers = (None, None, 2)[seed % 3]

    plan = solve_jobshop(shop, workers=workers, seconds=None, moves=10**7)

    assert_valid(shop, plan, workers)
    assert plan.makespan == plan.lower_bound
    assert can_be_done(shop, workers, plan.makespan)
    assert not can_be_done(shop, workers, plan.makespan - 1)


def assert_as_on_a_band(seed, n):
    tasks = some_work(seed, n)

    balance = balance_line(tasks, cycle=14, seconds=None, moves=10**7)

    assert_balanced(tasks, balance.stations, 14)
    best = fewest_on_a_band(tasks, 14)
    assert (len(balance.stations), balance.lower_bound) == (best, best)


@pytest.mark.parametrize("seed", [1, 2])
def test_twelve_places_are_visited_as_shortly_as_a_solver_does(seed):
    assert_as_by_circuit(seed, 12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3000, 3200))
def test_up_to_twenty_places_are_visited_as_shortly_as_a_solver_does(seed):
    assert_as_by_circuit(seed, 12 + seed % 9)


@pytest.mark.parametrize("seed", range(2))
def test_twelve_operations_take_as_long_as_a_model_by_the_second_says(seed):
    assert_as_by_second(seed, 4, 3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3000, 3200))
def test_up_to_twenty_operations_take_as_long_as_a_model_by_the_second_says(seed):
    assert_as_by_second(seed, 4 + seed % 2, 3 + seed % 3 // 2)


@pytest.mark.parametrize("seed", range(3))
def test_ten_tasks_need_as_many_stations_as_a_band_that_is_cut(seed):
    assert_as_on_a_band(seed, 10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3000, 3200))
def test_up_to_sixteen_tasks_need_as_many_stations_as_a_band_that_is_cut(seed):
    assert_as_on_a_band(seed, 12 + seed % 5)
