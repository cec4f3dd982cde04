"""Find a short round trip through a matrix of one-way distances."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from production.engine.budget import Meter
from production.engine.demand import DemandError

N_NEAREST = 10
MAX_SEGMENT = 50
KICK_SPAN = 50
SMALL = 7
"""Up to so many places every tour is tried."""


@dataclass(frozen=True, slots=True)
class Tour:
    """Places in order, each once; ``length`` closes the circle."""

    order: tuple[int, ...]
    length: int
    moves: int


def shortest_tour(
    distances: Sequence[Sequence[int]], *, meter: Meter, seed: int = 0
) -> Tour:
    """Shorten a nearest-neighbour tour by moving segments, kicked again and again.

    Parameters
    ----------
    distances
        Square matrix, row to column; the diagonal is ignored.
    meter
        How long to search; open-ended budgets end at the first local optimum.

    Returns
    -------
    Tour
        Never longer than the best nearest-neighbour tour from the first ten places.

    Raises
    ------
    DemandError
        If the matrix is not square.

    Notes
    -----
    Exact up to seven places. Above that Or-3opt without reversal: a segment moves
    behind one of the ten nearest places before its head. Kicks are local
    double bridges; equal tours are accepted.
    Source: own; compared with all permutations in tests.
    """
    size = len(distances)
    if any(len(row) != size for row in distances):
        raise DemandError(f"distances must be square, {size} rows")
    if size <= SMALL:
        return _best_of_all(distances) if size else Tour((), 0, 0)
    walk = _Walk([list(row) for row in distances])
    best = min(
        (walk.nearest_from(first) for first in range(min(size, 10))), key=walk.length
    )
    best_length = walk.length(best)
    best, best_length = walk.descend(best, best_length, set(range(size)), meter)
    rng = random.Random(seed)  # noqa: S311 -- a search, nothing secret
    is_open_ended = meter.budget.is_open_ended
    while not is_open_ended and meter.goes_on((best_length,)):
        kicked, touched = _kick(best, rng)
        found, length = walk.descend(kicked, walk.length(kicked), touched, meter)
        if length <= best_length:
            best, best_length = found, length
    start = best.index(0)
    return Tour(tuple(best[start:] + best[:start]), best_length, meter.moves)


def _best_of_all(distances: Sequence[Sequence[int]]) -> Tour:
    orders = ((0, *rest) for rest in permutations(range(1, len(distances))))
    best = min(orders, key=lambda order: _length(distances, order), default=())
    return Tour(best, _length(distances, best), 0)


def _length(distances: Sequence[Sequence[int]], order: Sequence[int]) -> int:
    if len(order) < 2:
        return 0
    return sum(distances[order[place - 1]][order[place]] for place in range(len(order)))


class _Walk:
    def __init__(self, distances: list[list[int]]) -> None:
        self.distances = distances
        size = len(distances)
        self.before = [
            sorted(
                (one for one in range(size) if one != to),
                key=lambda one, to=to: (distances[one][to], one),  # type: ignore[misc]
            )[:N_NEAREST]
            for to in range(size)
        ]

    def length(self, order: Sequence[int]) -> int:
        return _length(self.distances, order)

    def nearest_from(self, first: int) -> list[int]:
        left = set(range(len(self.distances))) - {first}
        order = [first]
        while left:
            row = self.distances[order[-1]]
            nearest = min(left, key=lambda one: (row[one], one))
            left.remove(nearest)
            order.append(nearest)
        return order

    def descend(
        self, order: list[int], length: int, restless: set[int], meter: Meter
    ) -> tuple[list[int], int]:
        """Improve until no place that changed neighbours finds a better one."""
        queue = sorted(restless)
        waiting = set(queue)
        while queue:
            if not meter.goes_on((length,)):
                break
            head = queue.pop()
            waiting.discard(head)
            found = self._better(order, head)
            if found is None:
                continue
            gain, order, touched = found
            length -= gain
            for place in (head, *touched):
                if place not in waiting:
                    waiting.add(place)
                    queue.append(place)
        return order, length

    def _better(
        self, order: list[int], head: int
    ) -> tuple[int, list[int], tuple[int, ...]] | None:
        """Find a segment that starts at a place and is better off behind another."""
        distances, size = self.distances, len(order)
        at = order.index(head)
        turned = order[at:] + order[:at]
        where = [0] * size
        for place, one in enumerate(turned):
            where[one] = place
        last = turned[-1]
        best: tuple[int, int, int] | None = None
        longest = min(MAX_SEGMENT, size - 2)
        for new_before in self.before[head]:
            cost_in = distances[new_before][head]
            if cost_in >= distances[last][head]:
                break
            behind = where[new_before]
            if behind == size - 1:
                continue
            after = turned[behind + 1]
            for end in range(min(longest, behind)):
                tail = turned[end]
                gain = (
                    distances[last][head]
                    + distances[tail][turned[end + 1]]
                    + distances[new_before][after]
                    - cost_in
                    - distances[tail][after]
                    - distances[last][turned[end + 1]]
                )
                if gain > 0 and (best is None or gain > best[0]):
                    best = (gain, end, behind)
        if best is None:
            return None
        gain, end, behind = best
        moved = turned[: end + 1]
        new = turned[end + 1 : behind + 1] + moved + turned[behind + 1 :]
        touched = (turned[end + 1], turned[end], turned[behind], turned[behind + 1])
        return gain, new, touched


def _kick(order: list[int], rng: random.Random) -> tuple[list[int], set[int]]:
    """Exchange two neighbouring short stretches somewhere on the tour."""
    size = len(order)
    at = rng.randrange(size)
    turned = order[at:] + order[:at]
    span = min(KICK_SPAN, size - 1)
    one, two, three = sorted(rng.sample(range(1, span + 1), 3))
    new = turned[:one] + turned[two:three] + turned[one:two] + turned[three:]
    ends = (one - 1, one, two - 1, two, three - 1, three % size)
    return new, {turned[place] for place in ends}
