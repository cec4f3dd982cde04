"""Other instances of the same families, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from production.engine.demand import ColourRule, LineRule, Unit
from production.engine.jobshop import JobShop
from production.engine.ordering import Run

RATIOS = ((1, 2), (2, 3), (1, 3), (2, 5), (1, 5))
COLOUR = ColourRule("colour", max_run=15)


def rules(ratios: Sequence[tuple[int, int]] = RATIOS) -> list[LineRule]:
    return [
        LineRule(f"R{place}", {f"r{place}": frozenset({1})}, p, q)
        for place, (p, q) in enumerate(ratios)
    ]


def satisfiable_cars(
    seed: int,
    n: int,
    *,
    filled: float = 0.85,
    ratios: Sequence[tuple[int, int]] = RATIOS,
) -> list[Unit]:
    """Draw a queue that breaks no rule, and shuffle it.

    Each option is given where its windows still allow it, until the wanted share of
    the most that could have it does.
    """
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    columns = [_marks(rng, n, p, q, filled) for p, q in ratios]
    cars = [tuple(column[at] for column in columns) for at in range(n)]
    rng.shuffle(cars)
    return _units(rng, cars)


def crowded_cars(
    seed: int, n: int, *, filled: float, ratios: Sequence[tuple[int, int]] = RATIOS
) -> list[Unit]:
    """Draw each option on its own, more often than its rule has room for."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    cars = [
        tuple(int(rng.random() < filled * p / q) for p, q in ratios) for _ in range(n)
    ]
    return _units(rng, cars)


def _units(rng: random.Random, cars: Sequence[tuple[int, ...]]) -> list[Unit]:
    return [
        Unit(
            key,
            {
                **{f"r{place}": mark for place, mark in enumerate(marks)},
                "colour": f"C{min(rng.randrange(14), rng.randrange(14))}",
            },
        )
        for key, marks in enumerate(cars)
    ]


def _marks(rng: random.Random, n: int, p: int, q: int, filled: float) -> list[int]:
    marks = [0] * n
    wanted = round(filled * n * p / q)
    for at in rng.sample(range(n), n):
        if not wanted:
            break
        marks[at] = 1
        windows = range(max(0, at - q + 1), min(at, n - q) + 1)
        if any(sum(marks[begin : begin + q]) > p for begin in windows):
            marks[at] = 0
        wanted -= marks[at]
    return marks


def distances(seed: int, size: int) -> list[list[int]]:
    """Draw one-way changeovers: kinds of states, with a way back that costs more."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    spots = [(rng.randrange(1000), rng.randrange(1000)) for _ in range(size)]
    return [
        [
            abs(a - c) + abs(b - d) + max(0, a - c) // 2 + rng.randrange(60)
            for c, d in spots
        ]
        for a, b in spots
    ]


def tardy_runs(
    seed: int, size: int = 60
) -> tuple[list[Run], list[list[int]], list[int]]:
    """Draw runs after Lee, Bhaskaran and Pinedo, as wt_sds was: tightness, spread."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    tightness = (0.3, 0.6, 0.9)[seed % 3]
    spread = (0.25, 0.75)[seed // 3 % 2]
    set_up = (0.25, 0.75)[seed // 6 % 2]
    times = [rng.randint(50, 150) for _ in range(size)]
    most_setup = round(2 * set_up * 100)
    setup = [[rng.randint(0, most_setup) for _ in range(size)] for _ in range(size)]
    first = [rng.randint(0, most_setup) for _ in range(size)]
    end = size * (100 + 0.6 * set_up * 100)
    middle = end * (1 - tightness)
    runs = [
        Run(
            run_s,
            round(max(0.0, rng.uniform(middle - spread * end, middle + spread * end))),
            rng.randint(0, 10),
        )
        for run_s in times
    ]
    return runs, setup, first


def job_shop(seed: int, n_jobs: int, n_machines: int) -> JobShop:
    """Draw a shop after Taillard: each job on each machine once, 1 to 99 long."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    return JobShop(
        tuple(
            tuple(
                (machine, rng.randint(1, 99))
                for machine in rng.sample(range(n_machines), n_machines)
            )
            for _ in range(n_jobs)
        )
    )


def families_of(order: Sequence[Unit]) -> list[tuple[int, ...]]:
    """Give the marks of units in order, for a judge."""
    return [
        tuple(int(unit.attributes[f"r{place}"]) for place in range(len(RATIOS)))
        for unit in order
    ]


def broken(order: Sequence[Unit]) -> int:
    """Count what a queue breaks of the ratios above, from their wording alone."""
    marks = families_of(order)
    return sum(
        max(0, sum(one[place] for one in marks[begin : begin + q]) - p)
        for place, (p, q) in enumerate(RATIOS)
        for begin in range(len(marks) - q + 1)
    )
