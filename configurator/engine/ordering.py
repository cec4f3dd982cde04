"""In which order a diagram asks its variables: what decides its size.

FORCE (Aloul, Markov, Sakallah 2003) pulls variables to the centres of gravity of
their constraints; inverse maximum cardinality (Tarjan, Yannakakis 1984, read
backwards) starts from the least connected.
"""

import random
from collections.abc import Sequence

Scope = frozenset[int]

STALE_ROUNDS = 20


def span(order: Sequence[int], scopes: Sequence[Scope]) -> int:
    """Return the sum over scopes of the distance between first and last variable."""
    place = {variable: at for at, variable in enumerate(order)}
    total = 0
    for scope in scopes:
        places = [place[variable] for variable in scope]
        total += max(places) - min(places)
    return total


def force_order(n: int, scopes: Sequence[Scope], *, seed: int) -> list[int]:
    """Order variables 0 to n - 1 by FORCE.

    Parameters
    ----------
    n
        Number of variables.
    scopes
        Sets of variables that belong together; empty ones must be left out.
    seed
        0 starts from the natural order, any other from a shuffled one.

    Returns
    -------
    list[int]
        The order of least span met within 20 rounds without progress.
    """
    order = list(range(n))
    if seed:
        random.Random(seed).shuffle(order)  # noqa: S311 -- a heuristic's start
    members = [list(scope) for scope in scopes]
    around: list[list[int]] = [[] for _ in range(n)]
    for at, scope in enumerate(members):
        for variable in scope:
            around[variable].append(at)
    best, best_span, stale = order, span(order, scopes), 0
    while stale < STALE_ROUNDS:
        order = _pulled(order, members, around)
        reached = span(order, scopes)
        stale += 1
        if reached < best_span:
            best, best_span, stale = order, reached, 0
    return best


def _pulled(
    order: Sequence[int], members: Sequence[list[int]], around: Sequence[list[int]]
) -> list[int]:
    place = [0] * len(order)
    for at, variable in enumerate(order):
        place[variable] = at
    centres = [sum(place[v] for v in scope) / len(scope) for scope in members]
    pull = [
        sum(centres[at] for at in found) / len(found) if found else float(place[v])
        for v, found in enumerate(around)
    ]
    return sorted(range(len(order)), key=lambda v: (pull[v], v))


def best_force_order(n: int, scopes: Sequence[Scope], *, starts: int) -> list[int]:
    """Return the FORCE order of least span over several starts."""
    found = [force_order(n, scopes, seed=seed) for seed in range(starts)]
    return min(found, key=lambda order: span(order, scopes))


def inverse_cardinality_order(n: int, scopes: Sequence[Scope]) -> list[int]:
    """Order variables by maximum cardinality search, read backwards."""
    around: list[list[int]] = [[] for _ in range(n)]
    for at, scope in enumerate(scopes):
        for variable in scope:
            around[variable].append(at)
    ties = [0] * n
    left = set(range(n))
    order: list[int] = []
    while left:
        chosen = max(left, key=lambda v: (ties[v], len(around[v]), -v))
        left.remove(chosen)
        order.append(chosen)
        for at in around[chosen]:
            for variable in scopes[at]:
                ties[variable] += 1
    return order[::-1]
