import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.engine.budget import Budget, Meter
from production.engine.demand import DemandError
from production.engine.tour import shortest_tour


def length(distances, order):
    return sum(
        distances[one][two]
        for one, two in zip(order, [*order[1:], *order[:1]], strict=True)
        if one != two
    )


@st.composite
def matrices(draw, least=1, most=7):
    size = draw(st.integers(least, most))
    row = st.lists(st.integers(0, 50), min_size=size, max_size=size)
    return draw(st.lists(row, min_size=size, max_size=size))


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_a_tour_visits_every_place_once_and_its_length_is_as_said(distances):
    tour = shortest_tour(distances, meter=Meter(Budget()))

    assert sorted(tour.order) == list(range(len(distances)))
    assert tour.length == length(distances, tour.order)


@settings(max_examples=30, deadline=None)
@given(matrices(most=6))
def test_up_to_seven_places_the_tour_is_the_best_of_all(distances):
    tour = shortest_tour(distances, meter=Meter(Budget(moves=0)))

    rest = range(1, len(distances))
    assert tour.length == min(length(distances, (0, *p)) for p in permutations(rest))


def test_a_tour_of_eight_places_is_mostly_the_best_of_all():
    excess = []
    for seed in range(15):
        rng = random.Random(seed)  # noqa: S311 -- seeded instances
        distances = [[rng.randrange(60) for _ in range(8)] for _ in range(8)]
        tour = shortest_tour(distances, meter=Meter(Budget(moves=2000)), seed=1)
        best = min(length(distances, (0, *p)) for p in permutations(range(1, 8)))
        excess.append(tour.length - best)

    assert min(excess) == 0
    assert excess.count(0) >= 13


def test_a_matrix_that_is_not_square_is_refused():
    with pytest.raises(DemandError, match="square"):
        shortest_tour([[0, 1], [1, 0, 2]], meter=Meter(Budget()))
