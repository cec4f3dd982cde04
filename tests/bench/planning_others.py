"""The same quality on instances that are in no file: drawn here, judged here."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean

from production.engine.budget import Budget, Meter
from production.engine.jobshop import solve_jobshop
from production.engine.ordering import order_runs
from production.engine.sequencing import sequence_line
from production.engine.tour import shortest_tour
from tests.bench.planning_families import (
    broken,
    distances,
    job_shop,
    rules,
    satisfiable_cars,
    tardy_runs,
)
from tests.bench.planning_rows import Row, percent_above
from tests.bench.planning_runs import Outcome, Runners, Stopwatch, longest

CARS = [(n, filled) for n in (100, 200, 400) for filled in (0.8, 0.9)]
N_DRAWN = 6


def drawn_cars(n: int, filled: float, seed: int) -> Outcome:
    units = satisfiable_cars(seed, n, filled=filled)
    watch = Stopwatch()
    plan = sequence_line(units, rules=rules(), budget=Budget(cpu_ms=1_000), seed=seed)
    spent_s = watch()
    by_key = {unit.key: unit for unit in units}
    assert sorted(plan.order) == sorted(by_key)
    return Outcome((broken([by_key[key] for key in plan.order]),), spent_s)


def drawn_tour(size: int, seed: int) -> Outcome:
    """Shorten a tour for 5 s; its bound is that of the cheapest assignment."""
    rows = distances(seed, size)
    watch = Stopwatch()
    tour = shortest_tour(rows, meter=Meter(Budget(cpu_ms=5_000)), seed=seed)
    length = sum(
        rows[one][two]
        for one, two in zip(tour.order, [*tour.order[1:], tour.order[0]], strict=True)
    )
    assert sorted(tour.order) == list(range(size))
    return Outcome((length,), watch(), more=tour.lower_bound)


def drawn_runs(cpu_s: float, seed: int) -> Outcome:
    runs, setup, first = tardy_runs(seed)
    watch = Stopwatch()
    found = order_runs(
        runs,
        setup_s=setup,
        first_setup_s=first,
        start_s=0,
        meter=Meter(Budget(cpu_ms=round(cpu_s * 1000))),
        seed=seed,
    )
    late = now_s = 0
    row = first
    for place in found.order:
        now_s += row[place] + runs[place].run_s
        late += runs[place].weight * max(0, now_s - runs[place].due_s)
        row = setup[place]
    assert sorted(found.order) == list(range(len(runs)))
    return Outcome((late,), watch())


def drawn_shop(n_jobs: int, n_machines: int, seed: int) -> Outcome:
    shop = job_shop(seed, n_jobs, n_machines)
    watch = Stopwatch()
    plan = solve_jobshop(shop, seconds=20.0, seed=seed)
    return Outcome((plan.makespan,), watch(), more=plan.lower_bound)


def others(runners: Runners) -> Iterator[Row]:
    yield from _cars(runners)
    for size in (60, 150, 300):
        found = runners.run(drawn_tour, [(size, seed) for seed in range(N_DRAWN // 2)])
        above = mean(percent_above(each.objective[0], each.more) for each in found)
        yield _row(
            f"drawn round trips of {size}: above their bound, mean %", above, found
        )
    seeds = range(N_DRAWN)
    short = runners.run(drawn_runs, [(5.0, seed) for seed in seeds])
    long = runners.run(drawn_runs, [(30.0, seed) for seed in seeds])
    above = mean(
        percent_above(one.objective[0], two.objective[0])
        for one, two in zip(short, long, strict=True)
    )
    yield _row("drawn late runs: 5 s above 30 s, mean %", above, short)
    for n_jobs, n_machines in ((10, 10), (15, 10), (15, 15)):
        calls = [(n_jobs, n_machines, seed) for seed in range(N_DRAWN // 2)]
        found = runners.run(drawn_shop, calls)
        above = mean(percent_above(each.objective[0], each.more) for each in found)
        name = f"drawn shops, {n_jobs} jobs on {n_machines}: above their bound, mean %"
        yield _row(name, above, found)


def _cars(runners: Runners) -> Iterator[Row]:
    for n, filled in CARS:
        calls = [(n, filled, seed) for seed in range(N_DRAWN)]
        found = runners.run(drawn_cars, calls)
        solved = sum(each.objective[0] == 0 for each in found)
        slowest = longest(found)
        yield Row(
            f"drawn satisfiable days of {n}, {filled:.0%} full: most violations",
            ours=max(each.objective[0] for each in found),
            best_known=0,
            must="0 in <= 1 s each",
            aim="<= 0.1 s",
            cpu_s=slowest,
            ok=solved == len(found),
            reaches=slowest <= 0.1,
        )


def _row(name: str, ours: float, found: list[Outcome]) -> Row:
    return Row(name, ours, None, None, ok=True, cpu_s=longest(found))
