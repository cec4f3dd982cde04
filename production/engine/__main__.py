"""The planning engines from the command line: read an instance, plan it, print JSON."""

import argparse
import json
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from production.engine.balance import balance_line
from production.engine.batch_plan import plan_over_time
from production.engine.budget import Budget, Meter
from production.engine.changeover import warm
from production.engine.demand import DemandError
from production.engine.formats.assembly import read_alb
from production.engine.formats.csplib import read_csplib
from production.engine.formats.machines import read_atsp, read_jobshop, read_wtsds
from production.engine.formats.orders import read_orders
from production.engine.formats.plans import read_plan
from production.engine.formats.roadef import read_roadef
from production.engine.formats.text import FormatError
from production.engine.jobshop import solve_jobshop
from production.engine.loads import BatchError
from production.engine.ordering import order_runs
from production.engine.sequence_search import warm as warm_sequencing
from production.engine.sequencing import sequence_line
from production.engine.tour import shortest_tour

DEFAULT_CPU_S = 10.0
LEAST = {"cpu_seconds": 0, "moves": 0, "workers": 1, "cycle": 1}
Answer = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Run one command and print one JSON object; 2 where the input is at fault."""
    asked = _parser().parse_args(arguments)
    _begin(asked)
    try:
        _check(asked)
        with _ends_early(asked):
            answer = COMMANDS[asked.command](asked)
    except (FormatError, DemandError, BatchError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    answer["cpu_s"] = round((time.process_time_ns() - asked.begun_ns) / 1e9, 3)
    text = json.dumps(answer, separators=(",", ":")) + "\n"
    sys.stdout.write(text)
    return 0 if asked.out is None else _write(asked.out, text)


def _check(asked: argparse.Namespace) -> None:
    """Refuse figures that no engine can use, by the words they were given with."""
    for name, least in LEAST.items():
        value = getattr(asked, name, None)
        if value is not None and not least <= value < math.inf:
            words = name.replace("_", "-")
            raise DemandError(f"--{words} must be a number from {least}, got {value:g}")


def _write(out: Path, text: str) -> int:
    """Write the answer to a file as well; what cannot be written is not lost."""
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{out}: {error.strerror}\n")
        return 2
    return 0


@contextmanager
def _ends_early(asked: argparse.Namespace) -> Iterator[None]:
    """Let the first Ctrl-C ask for the best so far; a second one ends at once."""
    stop = threading.Event()
    asked.should_stop = stop.is_set
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(*_signal: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(asked: argparse.Namespace) -> None:
    """Count CPU seconds from here: what was read or compiled before is no planning."""
    asked.begun_ns = time.process_time_ns()


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("file", type=Path, help="the instance")
    shared.add_argument("--cpu-seconds", type=float, help="how long to search")
    shared.add_argument("--moves", type=int, help="how many moves to try")
    shared.add_argument("--seed", type=int, default=0)
    shared.add_argument("--out", type=Path, help="also write the JSON to this file")
    parser = argparse.ArgumentParser(prog="python -m production.engine")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in PURPOSES.items():
        command = commands.add_parser(name, parents=[shared], help=purpose)
        if name == "sequence":
            command.add_argument(
                "--format", choices=("csplib", "roadef"), required=True
            )
            command.add_argument(
                "--previous", type=Path, help="the JSON of a plan to keep the order of"
            )
        if name == "jobshop":
            command.add_argument("--workers", type=int)
        if name == "balance":
            command.add_argument("--cycle", type=int, required=True)
    return parser


def _budget(asked: argparse.Namespace) -> Budget:
    cpu_s = asked.cpu_seconds
    if cpu_s is None and asked.moves is None:
        cpu_s = DEFAULT_CPU_S
    return Budget(
        moves=asked.moves, cpu_ms=None if cpu_s is None else round(cpu_s * 1000)
    )


def _meter(asked: argparse.Namespace) -> Meter:
    return Meter(_budget(asked), should_stop=asked.should_stop)


def _seconds(asked: argparse.Namespace) -> float | None:
    if asked.cpu_seconds is None and asked.moves is None:
        return DEFAULT_CPU_S
    return float(asked.cpu_seconds) if asked.cpu_seconds is not None else None


def _sequence(asked: argparse.Namespace) -> Answer:
    return (_csplib if asked.format == "csplib" else _roadef)(asked)


def _csplib(asked: argparse.Namespace) -> Answer:
    problem = read_csplib(asked.file)
    previous = problem.keys_of(read_plan(asked.previous)) if asked.previous else ()
    warm_sequencing()
    _begin(asked)
    plan = sequence_line(
        problem.units,
        rules=problem.rules,
        budget=_budget(asked),
        seed=asked.seed,
        previous=previous,
        should_stop=asked.should_stop,
    )
    return {
        "objective": [sum(plan.violations.values())],
        "plan": [problem.class_of[int(key)] for key in plan.order],
        "moves": plan.moves,
    }


def _roadef(asked: argparse.Namespace) -> Answer:
    problem = read_roadef(asked.file)
    previous = read_plan(asked.previous) if asked.previous else ()
    warm_sequencing()
    _begin(asked)
    plan = sequence_line(
        problem.units,
        rules=problem.rules,
        colour=problem.colour,
        history=problem.history,
        budget=_budget(asked),
        seed=asked.seed,
        tail=True,
        runs_from_history=False,
        previous=previous,
        should_stop=asked.should_stop,
    )
    sums = dict.fromkeys(range(1, problem.n_ranks + 1), 0)
    for rule in problem.rules:
        sums[rule.level] += plan.violations[rule.code]
    if problem.counts_colour:
        sums[problem.colour.level] += plan.colour_changes
    return {
        "objective": list(sums.values()),
        "plan": [str(key) for key in plan.order],
        "over_batch_limit": plan.over_runs,
        "moves": plan.moves,
    }


def _changeover(asked: argparse.Namespace) -> Answer:
    distances = read_atsp(asked.file)
    warm()
    _begin(asked)
    tour = shortest_tour(distances, meter=_meter(asked), seed=asked.seed)
    return {
        "objective": [tour.length],
        "plan": [place + 1 for place in tour.order],
        "moves": tour.moves,
        "lower_bound": tour.lower_bound,
    }


def _tardiness(asked: argparse.Namespace) -> Answer:
    problem = read_wtsds(asked.file)
    warm()
    _begin(asked)
    found = order_runs(
        problem.runs,
        setup_s=problem.setup_s,
        first_setup_s=problem.first_setup_s,
        start_s=0,
        meter=_meter(asked),
        seed=asked.seed,
    )
    return {
        "objective": [found.objective[0]],
        "plan": list(found.order),
        "moves": found.moves,
    }


def _jobshop(asked: argparse.Namespace) -> Answer:
    shop = read_jobshop(asked.file)
    _begin(asked)
    plan = solve_jobshop(
        shop,
        workers=asked.workers,
        seconds=_seconds(asked),
        moves=asked.moves,
        seed=asked.seed,
        should_stop=asked.should_stop,
    )
    rows = [
        {
            "job": task.job,
            "operation": task.operation,
            "machine": task.machine,
            "worker": task.worker,
            "start": task.start,
            "end": task.end,
        }
        for task in plan.tasks
    ]
    return {
        "objective": [plan.makespan],
        "plan": rows,
        "lower_bound": plan.lower_bound,
    }


def _batch(asked: argparse.Namespace) -> Answer:
    problem = read_orders(asked.file)
    _begin(asked)
    plan = plan_over_time(
        problem.demands,
        capacity=problem.capacity,
        minimum=problem.minimum,
        max_wait_s=problem.max_wait_s,
        run_s=problem.run_s,
    )
    rows = [
        {
            "family": batch.family,
            "members": [{"key": key, "quantity": n} for key, n in batch.members],
            "frozen_because": batch.frozen_because,
            "at_s": batch.at_s,
        }
        for batch in plan.batches
    ]
    return {
        "objective": [len(plan.batches)],
        "plan": rows,
        "lower_bound": plan.lower_bound,
    }


def _balance(asked: argparse.Namespace) -> Answer:
    tasks = read_alb(asked.file)
    _begin(asked)
    balance = balance_line(
        tasks,
        cycle=asked.cycle,
        seconds=_seconds(asked),
        moves=asked.moves,
        seed=asked.seed,
        should_stop=asked.should_stop,
    )
    return {
        "objective": [len(balance.stations)],
        "plan": [list(station) for station in balance.stations],
        "lower_bound": balance.lower_bound,
    }


PURPOSES: Mapping[str, str] = {
    "sequence": "the queue of a flexible line",
    "changeover": "a round trip with the least changeover",
    "tardiness": "one machine with set-up times, due dates and weights",
    "jobshop": "a job shop, with or without workers",
    "batch": "orders into loads over time",
    "balance": "tasks to the stations of a line",
}
COMMANDS: Mapping[str, Callable[[argparse.Namespace], Answer]] = {
    "sequence": _sequence,
    "changeover": _changeover,
    "tardiness": _tardiness,
    "jobshop": _jobshop,
    "batch": _batch,
    "balance": _balance,
}

if __name__ == "__main__":
    sys.exit(main())
