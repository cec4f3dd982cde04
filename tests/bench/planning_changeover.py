"""Round trips through changeovers, and runs with due dates, beside what is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from production.engine.budget import Budget, Meter
from production.engine.formats.machines import read_atsp, read_wtsds
from production.engine.ordering import order_runs
from production.engine.tour import shortest_tour
from tests.bench.planning_files import (
    FULL,
    OPTIMA,
    SEEDS,
    best_known,
    round_trips,
    tardiness,
)
from tests.bench.planning_peers import pyvrp_tour, routing_tardiness, routing_tour
from tests.bench.planning_rows import Row, percent_above
from tests.bench.planning_runs import Outcome, Runners, Stopwatch, longest, worst
from tests.production.engine import validators

BUDGET_S = 5.0
MUST_BE_BEST = ("ftv", "kro124p", "ry48p", "rbg323")
MAY_BE_ABOVE = {"rbg403": 0.5}


def plan_tour(path: Path, cpu_s: float, seed: int) -> Outcome:
    distances = read_atsp(path)
    watch = Stopwatch()
    tour = shortest_tour(
        distances, meter=Meter(Budget(cpu_ms=round(cpu_s * 1000))), seed=seed
    )
    plan = [place + 1 for place in tour.order]
    return Outcome(tuple(validators.atsp(path, plan)), watch(), tour.moves)


def plan_runs(path: Path, cpu_s: float, seed: int) -> Outcome:
    problem = read_wtsds(path)
    watch = Stopwatch()
    found = order_runs(
        problem.runs,
        setup_s=problem.setup_s,
        first_setup_s=problem.first_setup_s,
        start_s=0,
        meter=Meter(Budget(cpu_ms=round(cpu_s * 1000))),
        seed=seed,
    )
    objective = tuple(validators.wtsds(path, list(found.order)))
    return Outcome(objective, watch(), found.moves)


def tours(runners: Runners) -> Iterator[Row]:
    paths = round_trips()
    ours = runners.by_seed(plan_tour, paths, BUDGET_S, seeds=SEEDS)
    pyvrp = runners.run(pyvrp_tour, [(path, BUDGET_S, 1) for path in paths])
    routing = runners.run(routing_tour, [(path, BUDGET_S) for path in paths])
    for path, some, peer in zip(paths, ours, pyvrp, strict=True):
        yield _tour_row(path, some, peer)
    bests = [OPTIMA[path.stem] for path in paths]

    def above(values: list[int]) -> float:
        return mean(map(percent_above, values, bests))

    first = [validators.atsp(path, _as_filed(path))[0] for path in paths]
    figures = {
        "OR-Tools routing 5 s": above([each.objective[0] for each in routing]),
        "PyVRP 5 s": above([each.objective[0] for each in pyvrp]),
        "order of the file": above(first),
    }
    mine = above([worst(some).objective[0] for some in ours])
    for peer_name, value in figures.items():
        name = f"ATSP, all {len(paths)}: above the optimum, mean %"
        yield Row(name, mine, None, None, ok=True, peer=peer_name, peer_value=value)


def _as_filed(path: Path) -> list[int]:
    return [*range(1, len(read_atsp(path)) + 1)]


def _tour_row(path: Path, some: list[Outcome], peer: Outcome) -> Row:
    best = OPTIMA[path.stem]
    ours = worst(some).objective[0]
    must = None
    if path.stem.startswith(MUST_BE_BEST):
        must = "optimum in 5 s"
    if path.stem in MAY_BE_ABOVE:
        must = f"<= {MAY_BE_ABOVE[path.stem]} % above in 5 s"
    most = MAY_BE_ABOVE.get(path.stem, 0.0)
    return Row(
        f"ATSP {path.stem}",
        ours=ours,
        best_known=best,
        peer="PyVRP 5 s",
        peer_value=peer.objective[0],
        cpu_s=longest(some),
        must=must,
        aim="optimum",
        ok=must is None or percent_above(ours, best) <= most,
        reaches=ours <= best,
    )


def late_runs(runners: Runners) -> Iterator[Row]:
    paths, known = tardiness(), best_known()
    ours = runners.by_seed(plan_runs, paths, BUDGET_S, seeds=SEEDS)
    routing = runners.run(routing_tardiness, [(path, BUDGET_S) for path in paths])
    for path, some, peer in zip(paths, ours, routing, strict=True):
        yield Row(
            path.stem,
            ours=worst(some).objective[0],
            best_known=known[path.stem],
            peer="OR-Tools routing 5 s",
            peer_value=peer.objective[0],
            cpu_s=longest(some),
            must=None,
            aim=None,
            ok=True,
        )
    bests = [known[path.stem] for path in paths]

    def above(values: list[int]) -> float:
        return mean(map(percent_above, values, bests))

    mine = above([worst(some).objective[0] for some in ours])
    figures = {
        "OR-Tools routing 5 s": above([each.objective[0] for each in routing]),
        "due-date order": above([validators.wtsds(p, _by_due(p))[0] for p in paths]),
        "order of the file": above([validators.wtsds(p, _as_is(p))[0] for p in paths]),
    }
    extent = "all" if FULL else "a sample of"
    for peer_name, value in figures.items():
        yield Row(
            f"wt_sds, {extent} {len(paths)}: above the known, mean %",
            ours=mine,
            peer=peer_name,
            peer_value=value,
            must="<= 0 %",
            aim="<= -5 %",
            ok=mine <= 0.0,
            reaches=mine <= -5.0,
        )


def _by_due(path: Path) -> list[int]:
    runs = read_wtsds(path).runs
    return sorted(range(len(runs)), key=lambda place: (runs[place].due_s, place))


def _as_is(path: Path) -> list[int]:
    return [*range(len(read_wtsds(path).runs))]
