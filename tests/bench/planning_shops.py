"""Loads of orders over time, job shops, and whether two processes agree."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from production.engine.batch_plan import plan_over_time
from production.engine.formats.machines import read_jobshop
from production.engine.formats.orders import read_orders
from production.engine.jobshop import dispatch_starts, solve_jobshop
from tests.bench.measuring import ROOT
from tests.bench.planning_files import SEEDS, SHARED, shop_optima
from tests.bench.planning_rows import Row, percent_above
from tests.bench.planning_runs import Outcome, Runners, Stopwatch, longest, worst
from tests.production.engine import instances, validators

N_ORDERS, N_FAMILIES = 100_000, 200
LIMITS = {"capacity": 40, "minimum": 0, "max_wait_s": 14_400, "run_s": 1_800}
SHOPS: dict[str, tuple[float, float, str, str, float]] = {
    # CPU seconds, most percent above, must, aim, most for the aim
    "ft06": (5.0, 0.0, "55 in 5 s", "55 in 5 s", 0.0),
    **{
        f"la0{n}": (5.0, 0.0, "optimum in 5 s", "optimum in 5 s", 0.0)
        for n in range(1, 6)
    },
    "ft10": (10.0, 100 * 10 / 930, "<= 940 in 10 s", "930", 0.0),
    "la21": (60.0, 5.0, "<= +5 % in 60 s", "<= +5 % in 60 s", 5.0),
}
COMMANDS = (
    ("sequence", "csplib", "--format", "csplib", "--moves", "20000"),
    ("sequence", "roadef", "--format", "roadef", "--moves", "20000"),
    ("changeover", "atsp", "--moves", "2000"),
    ("tardiness", "wtsds", "--moves", "2000"),
    ("jobshop", "jobshop", "--moves", "20000"),
    ("jobshop", "jobshop", "--workers", "2", "--moves", "20000"),
    ("batch", "orders"),
    ("balance", "alb", "--cycle", "30", "--moves", "20000"),
)


def write_orders(path: Path, seed: int) -> None:
    """Draw orders that arrive one a second in the mean, in families of any size."""
    rng = random.Random(seed)  # noqa: S311 -- seeded orders
    now_s = 0.0
    rows: list[dict[str, Any]] = [LIMITS]
    for key in range(N_ORDERS):
        now_s += rng.expovariate(1.0)
        arrived_s = int(now_s)
        rows.append(
            {
                "key": key,
                "family": f"F{rng.randrange(N_FAMILIES)}",
                "quantity": rng.randint(1, 12),
                "arrived_s": arrived_s,
                "due_s": arrived_s + rng.randint(18_000, 86_400),
            }
        )
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def plan_loads(path: Path, _cpu_s: float, _seed: int) -> Outcome:
    problem = read_orders(path)
    watch = Stopwatch()
    plan = plan_over_time(
        problem.demands,
        capacity=problem.capacity,
        minimum=problem.minimum,
        max_wait_s=problem.max_wait_s,
        run_s=problem.run_s,
    )
    spent_s = watch()
    rows = [
        {
            "family": batch.family,
            "members": [{"key": key, "quantity": n} for key, n in batch.members],
            "at_s": batch.at_s,
        }
        for batch in plan.batches
    ]
    bound = validators.batch(path, rows)
    assert bound == plan.lower_bound
    return Outcome((len(rows),), spent_s, more=bound)


def loads_in_turn(path: Path, column: str) -> int:
    """Fill loads family by family in the order of a column, waits as they are."""
    limits, *orders = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    n_loads = 0
    filled: dict[str, tuple[int, int]] = {}
    for order in sorted(orders, key=lambda order: (order[column], order["key"])):
        load, oldest_s = filled.get(order["family"], (0, 0))
        too_long = order["arrived_s"] - oldest_s > limits["max_wait_s"]
        if not load or load + order["quantity"] > limits["capacity"] or too_long:
            n_loads += 1
            load, oldest_s = 0, order["arrived_s"]
        filled[order["family"]] = (load + order["quantity"], oldest_s)
    return n_loads


def loads(runners: Runners) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.jsonl"
        write_orders(path, 1)
        (some,) = runners.by_seed(plan_loads, [path], 0.0, seeds=SEEDS)
        found, spent_s = worst(some), longest(some)
        ratio = found.objective[0] / found.more
        for name, column in (("first come", "arrived_s"), ("due-date order", "due_s")):
            yield Row(
                f"{N_ORDERS // 1000} k orders, {N_FAMILIES} families: loads",
                ours=found.objective[0],
                best_known=found.more,
                peer=name,
                peer_value=loads_in_turn(path, column),
                cpu_s=spent_s,
                must="<= 2 s, <= 1.02x the bound",
                aim="<= 0.3 s",
                ok=spent_s <= 2.0 and ratio <= 1.02,
                reaches=spent_s <= 0.3 and ratio <= 1.02,
            )


def plan_shop(name: str, cpu_s: float, seed: int) -> Outcome:
    path = SHARED / "jobshop" / name
    shop = read_jobshop(path)
    watch = Stopwatch()
    plan = solve_jobshop(shop, seconds=cpu_s, seed=seed)
    spent_s = watch()
    rows = [
        {column: getattr(task, column) for column in validators_columns()}
        for task in plan.tasks
    ]
    return Outcome(tuple(validators.jobshop(path, rows, None)), spent_s)


def validators_columns() -> tuple[str, ...]:
    return ("job", "operation", "machine", "worker", "start", "end")


def shops(runners: Runners) -> Iterator[Row]:
    optima = shop_optima()
    names = [name for name in SHOPS if name in optima]
    calls = [(name, SHOPS[name][0], seed) for name in names for seed in SEEDS]
    found = runners.run(plan_shop, calls)
    for at, name in enumerate(names):
        some = found[at * len(SEEDS) : (at + 1) * len(SEEDS)]
        _, most, must, aim, most_for_aim = SHOPS[name]
        ours, best = worst(some).objective[0], optima[name]
        above = percent_above(ours, best)
        yield Row(
            f"job shop {name}",
            ours=ours,
            best_known=best,
            peer="first come, most work left",
            peer_value=dispatched(name),
            cpu_s=longest(some),
            must=must,
            aim=aim,
            ok=above <= most + 1e-9,
            reaches=above <= most_for_aim,
        )


def dispatched(name: str) -> int:
    """Give the makespan of dispatch: who can start first, then most work left."""
    shop = read_jobshop(SHARED / "jobshop" / name)
    starts = dispatch_starts(shop)
    return max(
        start + duration
        for times, job in zip(starts, shop.jobs, strict=True)
        for start, (_, duration) in zip(times, job, strict=True)
    )


def twice(arguments: Sequence[str]) -> list[bytes]:
    """Run a command in two processes; give what each says but for its time."""
    answers = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "production.engine", *arguments],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        answer = json.loads(done.stdout.splitlines()[-1])
        del answer["cpu_s"]
        answers.append(json.dumps(answer).encode())
    return answers


def identical(_runners: Runners) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        paths = instances.write_all(Path(folder))
        commands = [
            (command, str(paths[file]), *more) for command, file, *more in COMMANDS
        ]
        if SHARED.exists():
            days = SHARED / "car_csplib/10_93.txt", SHARED / "atsp/ftv70.atsp"
            commands += [
                ("sequence", str(days[0]), "--format", "csplib", "--moves", "300000"),
                ("changeover", str(days[1]), "--moves", "20000"),
            ]
        differing = 0
        for command in commands:
            one, two = twice(command)
            differing += one != two
    yield Row(
        f"{len(commands)} plans in two processes: differing bytes",
        ours=differing,
        best_known=0,
        must="identical bytes",
        aim=None,
        ok=differing == 0,
    )
