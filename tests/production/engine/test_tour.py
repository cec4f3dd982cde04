import random
import time
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget, Meter, Progress
from production.engine.demand import DemandError
from production.engine.tour import _Search, shortest_tour
from tests.support.cpu import SOON_S
from tests.support.processes import print_twice

ONE_PROBLEM = """
import json, random
from production.engine.budget import Budget, Meter
from production.engine.tour import shortest_tour
rng = random.Random(5)
rows = [[rng.randrange(400) for _ in range(40)] for _ in range(40)]
found = shortest_tour(rows, meter=Meter(Budget(moves=400)), seed=3)
print(json.dumps([found.order, found.length, found.moves, found.lower_bound]))
"""


def length(distances, order):
    return sum(
        distances[one][two]
        for one, two in zip(order, [*order[1:], *order[:1]], strict=True)
        if one != two
    )


def some_distances(seed, size, *, kind=None):
    """Make rows that are unrelated, in a plane with winds, or full of ties."""
    rng = random.Random(seed)  # noqa: S311 -- seeded instances
    kind = seed % 3 if kind is None else kind
    if kind == 0:
        return [[rng.randrange(1000) for _ in range(size)] for _ in range(size)]
    if kind == 1:
        return [[rng.randrange(4) for _ in range(size)] for _ in range(size)]
    spots = [(rng.randrange(300), rng.randrange(300)) for _ in range(size)]
    return [
        [abs(a - c) + abs(b - d) + max(0, a - c) + max(0, d - b) for c, d in spots]
        for a, b in spots
    ]


@st.composite
def matrices(draw, least=1, most=7):
    size = draw(st.integers(least, most))
    row = st.lists(st.integers(0, 50), min_size=size, max_size=size)
    return draw(st.lists(row, min_size=size, max_size=size))


@settings(max_examples=60, deadline=None)
@given(matrices(most=12), st.sampled_from([None, 0, 1, 30]))
def test_a_tour_visits_every_place_once_and_its_length_is_as_said(distances, moves):
    tour = shortest_tour(distances, meter=Meter(Budget(moves=moves)))

    assert sorted(tour.order) == list(range(len(distances)))
    assert tour.order[0] == 0
    assert tour.length == length(distances, tour.order)
    assert tour.lower_bound <= tour.length
    assert moves is None or tour.moves <= moves


@settings(max_examples=30, deadline=None)
@given(matrices(most=6))
def test_up_to_seven_places_the_tour_is_the_best_of_all(distances):
    tour = shortest_tour(distances, meter=Meter(Budget(moves=0)))

    rest = range(1, len(distances))
    assert tour.length == min(length(distances, (0, *p)) for p in permutations(rest))


def shortest_by_subsets(distances):
    """Give the least length, place by place over all subsets (Held and Karp 1962)."""
    size = len(distances)
    best = {(1 << place, place): distances[0][place] for place in range(1, size)}
    for n in range(2, size):
        longer: dict[tuple[int, int], int] = {}
        for (seen, at), so_far in best.items():
            for to in range(1, size):
                if seen >> to & 1:
                    continue
                key = (seen | 1 << to, to)
                found = so_far + distances[at][to]
                if found < longer.get(key, found + 1):
                    longer[key] = found
        best = longer
        assert all(seen.bit_count() == n for seen, _ in best)
    return min(so_far + distances[at][0] for (_, at), so_far in best.items())


def assert_shortest(seed, size):
    distances = some_distances(seed, size)

    tour = shortest_tour(distances, meter=Meter(Budget(moves=4_000)), seed=1)

    assert (
        tour.length == length(distances, tour.order) == shortest_by_subsets(distances)
    )


@pytest.mark.parametrize("seed", range(12))
def test_eight_places_are_visited_on_the_shortest_tour(seed):
    assert_shortest(seed, 8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_up_to_twelve_places_are_visited_on_the_shortest_tour(seed):
    assert_shortest(seed, 8 + seed % 5)


def test_a_bound_that_is_reached_ends_the_search():
    ring = [[0 if to == (at + 1) % 60 else 5 for to in range(60)] for at in range(60)]

    tour = shortest_tour(ring, meter=Meter(Budget(cpu_ms=60_000)))

    assert (tour.length, tour.lower_bound) == (0, 0)


def audit(n_accepted, *, size=20):
    """Kick by kick, compare the kernel's lengths with those of its tours."""
    distances = some_distances(5, size, kind=0)
    search = _Search(distances, 3)
    search.descend(Meter(Budget()))
    mismatches = 0
    while search.figures[2] < n_accepted:
        search.kick(1, 150.0)
        for row, said in ((0, 0), (2, 1)):
            order = search.tours[row].tolist()
            mismatches += length(distances, order) != search.figures[said]
        mismatches += any(
            search.ats[0][place] != at for at, place in enumerate(search.tours[0])
        )
    return mismatches


def test_lengths_kept_kick_by_kick_are_those_of_the_tours():
    assert audit(500) == 0


@pytest.mark.slow
def test_lengths_kept_over_a_million_kicks_are_those_of_the_tours():
    assert audit(1_000_000, size=9) == 0


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"NUMBA_DISABLE_JIT": "1"}])
def test_another_process_finds_the_same_tour_compiled_or_not(changes):
    first, second = print_twice(ONE_PROBLEM, changes=changes)

    assert first == second != ""


def test_a_search_in_slices_reports_and_stops_with_the_best_so_far():
    distances = some_distances(1, 120, kind=0)
    told: list[Progress] = []
    begun = time.thread_time()

    tour = shortest_tour(
        distances,
        meter=Meter(
            Budget(cpu_ms=60_000),
            on_progress=told.append,
            should_stop=lambda: time.thread_time() - begun > 0.7,
        ),
    )

    assert time.thread_time() - begun < 0.7 + SOON_S
    assert told
    assert tour.length == length(distances, tour.order) <= told[-1].objective[0]


def test_a_matrix_that_is_not_square_or_too_large_is_refused():
    with pytest.raises(DemandError, match="square"):
        shortest_tour([[0, 1], [1, 0, 2]], meter=Meter(Budget()))
    with pytest.raises(DemandError, match="distance from 0 to 1"):
        shortest_tour([[0, 2**50], [1, 0]], meter=Meter(Budget()))
