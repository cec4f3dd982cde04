"""Loads of waiting lots against every cut of their order, and against a solver."""

import random
from itertools import combinations, pairwise

import pytest

from production.engine.batching import partition
from production.engine.demand import Demand
from production.engine.loads import Lot

ROOM, RUN_S = 20, 100


def some_lots(seed, n):
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    lots = []
    for key in range(n):
        size = rng.randint(1, ROOM if rng.random() < 0.2 else 9)
        demand = Demand(
            key=key,
            family="A",
            quantity=size,
            due_s=rng.randrange(60 * n),
            weight=rng.randint(0, 3),
        )
        lots.append(Lot(demand, size, size))
    return sorted(lots, key=lambda lot: lot.order)


def cost(loads):
    """Count loads, then weighted lateness, then how uneven they are."""
    late = sum(
        lot.demand.weight * max(0, place * RUN_S - lot.demand.due_s)
        for place, load in enumerate(loads, start=1)
        for lot in load
    )
    return (
        len(loads),
        late,
        -sum(sum(lot.load for lot in load) ** 2 for load in loads),
    )


def every_cut(lots):
    """Cut an order at every choice of places."""
    for n_cuts in range(len(lots)):
        for cuts in combinations(range(1, len(lots)), n_cuts):
            ends = (0, *cuts, len(lots))
            loads = [lots[a:b] for a, b in pairwise(ends)]
            if all(sum(lot.load for lot in load) <= ROOM for load in loads):
                yield loads


def assert_best_of_all(seed, n):
    lots = some_lots(seed, n)

    found = partition(lots, room=ROOM, start_s=0, run_s=RUN_S)

    assert [lot for load in found for lot in load] == lots
    assert cost(found) == min(map(cost, every_cut(lots)))


def least_by_solver(lots):
    """Let CP-SAT number the loads along the order: fewest, then least late."""
    from ortools.sat.python import cp_model

    n = len(lots)
    model = cp_model.CpModel()
    opens = [model.new_bool_var("") for _ in lots]
    number = [model.new_int_var(1, n, "") for _ in lots]
    filled = [model.new_int_var(0, ROOM, "") for _ in lots]
    model.add(opens[0] == 1)
    lates = []
    for at, lot in enumerate(lots):
        before = number[at - 1] if at else 0
        model.add(number[at] == before + opens[at])
        model.add(filled[at] >= lot.load)
        if at:
            together = filled[at - 1] + lot.load
            model.add(filled[at] >= together).only_enforce_if(~opens[at])
        late = model.new_int_var(0, n * RUN_S, "")
        model.add(late >= RUN_S * number[at] - lot.demand.due_s)
        lates.append(lot.demand.weight * late)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    found = []
    for objective in (number[-1], sum(lates)):
        model.minimize(objective)
        assert solver.solve(model) == cp_model.OPTIMAL
        found.append(round(solver.objective_value))
        model.add(objective <= found[-1])
    return tuple(found)


def assert_as_the_solver(seed, n):
    lots = some_lots(seed, n)

    found = partition(lots, room=ROOM, start_s=0, run_s=RUN_S)

    assert cost(found)[:2] == least_by_solver(lots)


@pytest.mark.parametrize("seed", range(20))
def test_eight_lots_are_cut_at_the_best_places_of_all(seed):
    assert_best_of_all(seed, 8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_up_to_twelve_lots_are_cut_at_the_best_places_of_all(seed):
    assert_best_of_all(seed, 8 + seed % 5)


@pytest.mark.parametrize("seed", range(2))
def test_twelve_lots_are_cut_as_well_as_a_solver_does(seed):
    assert_as_the_solver(seed, 12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2200))
def test_up_to_twenty_lots_are_cut_as_well_as_a_solver_does(seed):
    assert_as_the_solver(seed, 12 + seed % 9)
