"""The order of runs on one machine against every permutation and a plain count."""

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget, Meter
from production.engine.demand import NEVER_S
from production.engine.ordering import Run, order_runs
from production.engine.ordering_search import _Search
from tests.support.processes import print_twice

ONE_PROBLEM = """
import json, random, sys
from production.engine.budget import Budget, Meter
from production.engine.ordering import Run, order_runs
rng = random.Random(5)
rows = [[rng.randrange(40) for _ in range(12)] for _ in range(13)]
def one():
    return Run(*(rng.randint(*span) for span in ((5, 30), (0, 250), (1, 9), (0, 90))))
runs = [one() for _ in range(12)]
found = order_runs(runs, setup_s=rows[:12], first_setup_s=rows[12], start_s=7,
                   meter=Meter(Budget(moves=1500)), seed=3)
print(json.dumps([found.order, found.objective, found.moves]))
"""


def cost(order, runs, setup, first, start=0):
    late = setups = 0
    now, row = start, first
    for place in order:
        run = runs[place]
        setups += row[place]
        now = max(now + row[place], run.ready_s) + run.run_s
        late += run.weight * max(0, now - run.due_s)
        row = setup[place]
    return (late, setups)


def problem(seed, n, *, has_ready=True):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    setup = [[rng.randrange(30) for _ in range(n)] for _ in range(n)]
    first = [rng.randrange(30) for _ in range(n)]
    span = rng.choice([100, 200, 400])
    runs = [
        Run(
            rng.randint(1, 30),
            rng.choice([NEVER_S, *[rng.randrange(span)] * 5]),
            rng.randint(0, 9),
            rng.randrange(60) if has_ready and rng.random() < 0.3 else 0,
        )
        for _ in range(n)
    ]
    return runs, setup, first


def solve(runs, setup, first, *, moves, start=0, seed=1, **more):
    return order_runs(
        runs,
        setup_s=setup,
        first_setup_s=first,
        start_s=start,
        meter=Meter(Budget(moves=moves), **more),
        seed=seed,
    )


def assert_best_of_all(seed, n):
    runs, setup, first = problem(seed, n)

    found = solve(runs, setup, first, moves=30_000)

    best = min(cost(order, runs, setup, first) for order in permutations(range(n)))
    assert found.objective == cost(found.order, runs, setup, first) == best, seed


@pytest.mark.parametrize("seed", range(20))
def test_seven_runs_come_in_the_best_order_of_all(seed):
    assert_best_of_all(seed, 7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_eight_runs_come_in_the_best_order_of_all(seed):
    assert_best_of_all(seed, 8)


def least_by_solver(runs, setup, first):
    """Let CP-SAT find the least lateness and then the least set-up, from intervals."""
    from ortools.sat.python import cp_model

    n = len(runs)
    model = cp_model.CpModel()
    horizon = max(run.ready_s for run in runs) + sum(
        run.run_s + max([*(setup[k][j] for k in range(n)), first[j]])
        for j, run in enumerate(runs)
    )
    ends = [model.new_int_var(0, horizon, "") for _ in runs]
    arcs, setups = [], []
    for j, run in enumerate(runs):
        model.add(ends[j] >= run.ready_s + run.run_s)
        for i in range(-1, n):
            if i == j:
                continue
            literal = model.new_bool_var("")
            arcs.append((i + 1, j + 1, literal))
            gap = first[j] if i < 0 else setup[i][j]
            setups.append(gap * literal)
            before = 0 if i < 0 else ends[i]
            model.add(ends[j] >= before + gap + run.run_s).only_enforce_if(literal)
        arcs.append((j + 1, 0, model.new_bool_var("")))
    model.add_circuit(arcs)
    lates = []
    for j, run in enumerate(runs):
        late = model.new_int_var(0, horizon, "")
        model.add(late >= ends[j] - run.due_s)
        lates.append(run.weight * late)
    found = []
    for objective in (sum(lates), sum(setups)):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        model.minimize(objective)
        assert solver.solve(model) == cp_model.OPTIMAL
        found.append(round(solver.objective_value))
        model.add(objective <= found[-1])
    return tuple(found)


def assert_as_the_solver(seed, n):
    runs, setup, first = problem(seed, n)

    found = solve(runs, setup, first, moves=200_000)

    assert found.objective == cost(found.order, runs, setup, first)
    assert found.objective == least_by_solver(runs, setup, first), seed


@pytest.mark.parametrize("seed", range(3))
def test_nine_runs_come_as_well_as_a_solver_puts_them(seed):
    assert_as_the_solver(seed, 9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2200))
def test_up_to_twelve_runs_come_as_well_as_a_solver_puts_them(seed):
    assert_as_the_solver(seed, 9 + seed % 4)


def audit(n_accepted, *, n=25, chunk=1):
    """Move by move, compare the kernel's figures with a plain count of its order."""
    runs, setup, first = problem(11, n)
    columns = [(run.run_s, run.due_s, run.weight, run.ready_s) for run in runs]
    search = _Search(columns, [*setup, first], 9, list(range(n)), 4)
    mismatches = 0
    modes = ((40.0, 0.0, 1.0, False), (0.0, 20.0, 0.0, True), (400.0, 0.0, 0.3, False))
    step = 0
    while search.figures[4] < n_accepted:
        heat, setup_heat, price, keeps_best = modes[step // 500 % len(modes)]
        step += 1
        search.search(heat, setup_heat, price, chunk, keeps_best=keeps_best)
        present = cost(search.orders[0], runs, setup, first, 9)
        mismatches += present != tuple(search.figures[:2])
    best = cost(search.orders[1], runs, setup, first, 9)
    return mismatches, best == search.objective()


def test_figures_kept_move_by_move_are_those_of_the_order():
    assert audit(1_500) == (0, True)


@pytest.mark.slow
def test_figures_kept_over_a_million_accepted_moves_are_those_of_the_order():
    assert audit(1_000_000, n=12) == (0, True)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 14), st.integers(0, 900))
def test_every_run_comes_once_and_never_later_than_by_due_date(seed, n, moves):
    runs, setup, first = problem(seed, n)

    found = solve(runs, setup, first, moves=moves, start=5)

    assert sorted(found.order) == list(range(n))
    assert found.moves <= moves
    assert found.objective == cost(found.order, runs, setup, first, 5)
    by_due = sorted(range(n), key=lambda place: (runs[place].due_s, place))
    assert found.objective <= cost(by_due, runs, setup, first, 5)


def test_without_a_budget_the_search_ends_where_nothing_near_is_better():
    runs, setup, first = problem(3, 20)

    found = order_runs(
        runs, setup_s=setup, first_setup_s=first, start_s=0, meter=Meter(Budget())
    )

    assert found.objective <= solve(runs, setup, first, moves=0).objective
    assert found.objective == cost(found.order, runs, setup, first)


def test_a_search_is_stopped_at_once_and_keeps_the_best_so_far():
    runs, setup, first = problem(3, 40)
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 5

    found = order_runs(
        runs,
        setup_s=setup,
        first_setup_s=first,
        start_s=0,
        meter=Meter(Budget(cpu_ms=60_000), should_stop=stop),
    )

    assert len(asked) == 6
    assert sorted(found.order) == list(range(40))
    assert found.objective == cost(found.order, runs, setup, first)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"NUMBA_DISABLE_JIT": "1"}])
def test_another_process_finds_the_same_order_compiled_or_not(changes):
    first, second = print_twice(ONE_PROBLEM, changes=changes)

    assert first == second != ""
