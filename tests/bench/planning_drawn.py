"""Crowded queues, round trips and one-off work, drawn by a seed."""

from __future__ import annotations

import random
from itertools import pairwise

from production.engine.demand import Basis, Demand, Person, Resource, Step, Unit
from tests.bench.planning_families import RATIOS

HOUR, DAY = 3_600, 86_400


def ring_roads(seed: int, size: int) -> list[list[int]]:
    """Draw a town of one-way streets, and give the shortest ways through it."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    spots = [(rng.randrange(100), rng.randrange(100)) for _ in range(size)]
    far = 10**6
    ways = [[0 if a == b else far for b in range(size)] for a in range(size)]
    ring = rng.sample(range(size), size)
    near = [
        (one, two)
        for one in range(size)
        for _, two in sorted((_apart(spots, one, to), to) for to in range(size))[1:5]
        if rng.random() < 0.7
    ]
    for one, two in [*pairwise(ring), (ring[-1], ring[0]), *near]:
        ways[one][two] = min(ways[one][two], _apart(spots, one, two))
    for by in range(size):
        for row in ways:
            if row[by] < far:
                row[:] = [
                    min(known, row[by] + more)
                    for known, more in zip(row, ways[by], strict=True)
                ]
    return ways


def _apart(spots: list[tuple[int, int]], one: int, two: int) -> int:
    return sum(abs(a - b) for a, b in zip(spots[one], spots[two], strict=True))


def line_jobs(seed: int, size: int) -> list[list[int]]:
    """Draw jobs of a crane: how far from where one ends to where the next begins."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    jobs = [(rng.randrange(30), rng.randrange(30)) for _ in range(size)]
    return [[abs(end - begin) for begin, _ in jobs] for _, end in jobs]


def _people(rng: random.Random) -> list[Person]:
    days = tuple(
        (day * DAY + begin * HOUR, day * DAY + end * HOUR)
        for day in range(60)
        for begin, end in ((6, 12), (13, 17))
    )
    able = [rng.sample("ABC", rng.randint(1, 2)) for _ in range(3)]
    return [
        Person(key, frozenset(skills), openings=days)
        for key, skills in enumerate([*able, "A", "B", "C"])
    ]


def one_off_work(
    seed: int, n_steps: int
) -> tuple[list[Demand], list[Resource], list[Person]]:
    """Draw steps in chains of one to five for six people of three skills."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    people = _people(rng)
    demands: list[Demand] = []
    left = n_steps
    while left:
        size = min(left, rng.randint(1, 5))
        left -= size
        steps = tuple(
            Step(
                place,
                rng.randint(1, 24) * HOUR // 2 * 1_000,
                basis=Basis.FIXED,
                skill=rng.choice("ABC"),
                resource=rng.choice(("", "", "SAW", "OVEN")),
                after=(place - 1,) if place else (),
            )
            for place in range(size)
        )
        due_s = rng.randint(1, 2 + n_steps // 8) * DAY
        demands.append(
            Demand(
                len(demands),
                "f",
                1,
                due_s=due_s,
                weight=rng.randint(1, 5),
                steps=steps,
            )
        )
    return demands, [Resource("SAW"), Resource("OVEN", places=2)], people


def planted_marks(
    rng: random.Random, n: int, p: int, q: int, slack: float
) -> list[int]:
    """Mark ``p`` of each ``q`` in a row, now and then one place later than may be."""
    marks: list[int] = [0] * rng.randrange(q)
    while len(marks) < n:
        is_next = sum(marks[max(0, len(marks) - q + 1) :]) < p
        marks.append(int(is_next and rng.random() >= slack))
    return marks[:n]


def planted_cars(seed: int, n: int, *, filled: float) -> list[Unit]:
    """Draw a queue that breaks no rule and leaves hardly any room, and shuffle it."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    columns = [planted_marks(rng, n, p, q, 1 - filled) for p, q in RATIOS]
    cars = list(zip(*columns, strict=True))
    rng.shuffle(cars)
    return [
        Unit(key, {f"r{place}": mark for place, mark in enumerate(marks)})
        for key, marks in enumerate(cars)
    ]
