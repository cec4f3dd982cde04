"""What else could plan the same: general solvers, given the same CPU seconds.

All run on one thread and are stopped by the CPU time of that thread.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.sat.python import cp_model

from production.engine.demand import Unit
from production.engine.formats.csplib import read_csplib
from production.engine.formats.machines import read_atsp, read_wtsds
from production.engine.formats.roadef import read_roadef
from production.engine.sequencing import sequence_line
from tests.bench.planning_files import SHARED
from tests.bench.planning_runs import Outcome, Stopwatch
from tests.production.engine import validators

WALL_FACTOR = 20
"""Other work on the machine may stretch a CPU second so far."""


def solve_for(
    solver: cp_model.CpSolver, model: cp_model.CpModel, cpu_s: float
) -> float:
    """Solve on this thread for so many CPU seconds; give those it took."""
    clock = time.pthread_getcpuclockid(threading.get_ident())
    begun_s = time.clock_gettime(clock)
    finished = threading.Event()

    def look() -> None:
        while not finished.wait(0.05):
            if time.clock_gettime(clock) - begun_s >= cpu_s:
                solver.stop_search()

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    solver.parameters.num_workers = 1
    solver.solve(model)
    finished.set()
    watcher.join()
    return time.clock_gettime(clock) - begun_s


class Line:
    """A queue as a CP-SAT model: which kind of unit stands at each position."""

    def __init__(self, kinds: Sequence[Any], n_places: int) -> None:
        self.kinds = list(dict.fromkeys(kinds))
        self.model = cp_model.CpModel()
        self.at = [
            {kind: self.model.new_bool_var("") for kind in self.kinds}
            for _ in range(n_places)
        ]
        for here in self.at:
            self.model.add_exactly_one(here.values())
        for kind in self.kinds:
            self.model.add(sum(here[kind] for here in self.at) == kinds.count(kind))

    def marks(self, wanted: set[Any]) -> list[Any]:
        return [sum(here[kind] for kind in wanted) for here in self.at]

    def excess(self, inside: Any, at_most: int, window: int) -> Any:
        over = self.model.new_int_var(0, window, "")
        self.model.add(over >= inside - at_most)
        return over

    def order(self, solver: cp_model.CpSolver) -> list[Any]:
        return [
            next(kind for kind in self.kinds if solver.value(here[kind]))
            for here in self.at
        ]


def solver_cars(path: Path, cpu_s: float) -> Outcome:
    """Let CP-SAT sequence a day of CSPLib; one car too many in a window costs one."""
    problem = read_csplib(path)
    line = Line(list(problem.class_of), len(problem.units))
    flags = dict(zip(problem.class_of, problem.units, strict=True))
    costs = []
    for rule in problem.rules:
        ((name, values),) = rule.when.items()
        wanted = {
            kind for kind, unit in flags.items() if unit.attributes[name] in values
        }
        marks = line.marks(wanted)
        costs += [
            line.excess(sum(marks[at : at + rule.window]), rule.at_most, rule.window)
            for at in range(len(marks) - rule.window + 1)
        ]
    line.model.minimize(sum(costs))
    start = [problem.class_of[int(key)] for key in _filled(problem.units, problem)]
    _hint(line, start)
    solver = cp_model.CpSolver()
    spent_s = solve_for(solver, line.model, cpu_s)
    plan = line.order(solver) if solver.response_proto.solution else start
    return Outcome(tuple(validators.csplib(path, plan)), spent_s)


def _filled(units: Sequence[Unit], problem: Any, **more: Any) -> list[Any]:
    """Give our own first fill, so that a solver begins no worse than we do."""
    return [*sequence_line(units, rules=problem.rules, **more).order]


def _hint(line: Line, plan: Sequence[Any]) -> None:
    for here, chosen in zip(line.at, plan, strict=True):
        for kind, variable in here.items():
            line.model.add_hint(variable, kind == chosen)


def solver_challenge(name: str, cpu_s: float) -> Outcome:
    """Let CP-SAT sequence a day of the challenge, all ranks in one weighted sum."""
    folder = SHARED / "car_roadef2005" / name
    problem = read_roadef(folder)
    colour = problem.colour
    kind_of = {unit.key: _kind(unit, problem) for unit in problem.units}
    line = Line(list(kind_of.values()), len(problem.units))
    costs: dict[int, list[Any]] = defaultdict(list)
    for place, rule in enumerate(problem.rules):
        marks = line.marks({kind for kind in line.kinds if kind[1][place]})
        past = [_kind(unit, problem)[1][place] for unit in problem.history]
        row = [*past, *marks]
        for end in range(len(past), len(row) + rule.window - 1):
            if end - rule.window + 1 >= 0:
                inside = sum(row[end - rule.window + 1 : end + 1])
                costs[rule.level].append(line.excess(inside, rule.at_most, rule.window))
    _colours(line, problem, costs[colour.level])
    n_ranks = max(costs)
    total = sum(
        100_000 ** (n_ranks - rank) * sum(some)
        for rank, some in costs.items()
        if rank <= problem.n_ranks
    )
    line.model.minimize(total)
    start = _filled(
        problem.units,
        problem,
        colour=colour,
        history=problem.history,
        tail=True,
        runs_from_history=False,
    )
    _hint(line, [kind_of[key] for key in start])
    solver = cp_model.CpSolver()
    spent_s = solve_for(solver, line.model, cpu_s)
    if solver.response_proto.solution:
        keys: dict[Any, list[Any]] = defaultdict(list)
        for key, kind in kind_of.items():
            keys[kind].append(key)
        start = [keys[kind].pop() for kind in line.order(solver)]
    return Outcome(tuple(validators.roadef(folder, [*map(str, start)])), spent_s)


def _kind(unit: Unit, problem: Any) -> tuple[Any, tuple[bool, ...]]:
    marks = tuple(
        all(unit.attributes[name] in values for name, values in rule.when.items())
        for rule in problem.rules
    )
    return unit.attributes[problem.colour.attribute], marks


def _colours(line: Line, problem: Any, costs: list[Any]) -> None:
    """Count changes of colour, and keep runs to their longest."""
    paints = {kind[0] for kind in line.kinds}
    history = [_kind(unit, problem)[0] for unit in problem.history[-1:]]
    for paint in paints:
        shown = line.marks({kind for kind in line.kinds if kind[0] == paint})
        before = [int(paint == history[0])] if history else []
        row = [*before, *shown]
        for one, two in pairwise(row):
            begins = line.model.new_bool_var("")
            line.model.add(begins >= two - one)
            costs.append(begins)
        longest = problem.colour.max_run
        for at in range(len(shown) - longest):
            line.model.add(sum(shown[at : at + longest + 1]) <= longest)


def routing_tour(path: Path, cpu_s: float, seed: int = 0) -> Outcome:
    """Let OR-Tools' routing find a round trip by guided local search."""
    del seed  # it has none
    rows = read_atsp(path)
    manager = pywrapcp.RoutingIndexManager(len(rows), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(rows))
    watch = Stopwatch()
    order = _routed(manager, routing, watch, cpu_s)
    plan = [place + 1 for place in order]
    return Outcome(tuple(validators.atsp(path, plan)), watch())


def routing_tardiness(path: Path, cpu_s: float, seed: int = 0) -> Outcome:
    """Let OR-Tools' routing order runs, weighted lateness as soft due dates."""
    del seed
    problem = read_wtsds(path)
    runs = problem.runs
    gaps = [[0, *problem.first_setup_s]]
    gaps += [
        [0, *(run.run_s + setup for setup in row)]
        for run, row in zip(runs, problem.setup_s, strict=True)
    ]
    manager = pywrapcp.RoutingIndexManager(len(gaps), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    transit = routing.RegisterTransitMatrix(gaps)
    routing.AddDimension(transit, 0, sum(map(max, gaps)), True, "time")
    clock = routing.GetDimensionOrDie("time")
    for place, run in enumerate(runs):
        index = manager.NodeToIndex(place + 1)
        latest = run.due_s - run.run_s
        clock.SetCumulVarSoftUpperBound(index, max(0, latest), run.weight)
    watch = Stopwatch()
    order = _routed(manager, routing, watch, cpu_s)
    plan = [place - 1 for place in order if place]
    return Outcome(tuple(validators.wtsds(path, plan)), watch())


def _routed(manager: Any, routing: Any, watch: Stopwatch, cpu_s: float) -> list[int]:
    limit = routing.solver().CustomLimit(lambda: watch() >= cpu_s)
    routing.AddSearchMonitor(limit)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    strategies = routing_enums_pb2.FirstSolutionStrategy
    asked.first_solution_strategy = strategies.PATH_CHEAPEST_ARC
    heuristics = routing_enums_pb2.LocalSearchMetaheuristic
    asked.local_search_metaheuristic = heuristics.GUIDED_LOCAL_SEARCH
    asked.time_limit.seconds = round(cpu_s * WALL_FACTOR)
    found = routing.SolveWithParameters(asked)
    order, at = [], routing.Start(0)
    while not routing.IsEnd(at):
        order.append(manager.IndexToNode(at))
        at = found.Value(routing.NextVar(at))
    return order


def proven_tour(
    rows: Sequence[Sequence[int]], order: Sequence[int], cpu_s: float
) -> tuple[int, int]:
    """Let CP-SAT look for a shorter round trip; give its bound and the shortest."""
    model = cp_model.CpModel()
    places = range(len(rows))
    ways = {
        (one, two): model.new_bool_var("")
        for one in places
        for two in places
        if one != two
    }
    model.add_circuit([(one, two, way) for (one, two), way in ways.items()])
    model.minimize(sum(rows[one][two] * way for (one, two), way in ways.items()))
    taken = {*pairwise([*order, order[0]])}
    for pair, way in ways.items():
        model.add_hint(way, pair in taken)
    solver = cp_model.CpSolver()
    solve_for(solver, model, cpu_s)
    known = sum(rows[one][two] for one, two in taken)
    if solver.response_proto.solution:
        known = min(known, round(solver.objective_value))
    return max(0, round(solver.best_objective_bound)), known


def pyvrp_tour(path: Path, cpu_s: float, seed: int) -> Outcome:
    """Let PyVRP find a round trip: one vehicle, everybody a client."""
    import numpy as np
    from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve

    matrix: Any = np.array(read_atsp(path))
    np.fill_diagonal(matrix, 0)
    size = len(matrix)
    data = ProblemData(
        locations=[Location(0, 0) for _ in range(size)],
        clients=[Client(place) for place in range(1, size)],
        depots=[Depot(0)],
        vehicle_types=[VehicleType(1)],
        distance_matrices=[matrix],
        duration_matrices=[np.zeros_like(matrix)],
    )
    watch = Stopwatch()
    found = solve(data, lambda _best: watch() >= cpu_s, seed=seed, collect_stats=False)
    (route,) = found.best.routes()
    plan = [1, *(visit.idx + 2 for visit in route if visit.is_client())]
    return Outcome(tuple(validators.atsp(path, plan)), watch())
