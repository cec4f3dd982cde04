"""The inner loops of the search for short round trips."""

import numpy as np
import numpy.typing as npt

from production.engine.compiling import MASK, N_LOGS, Words, draw, kernel

Matrix = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Steps = npt.NDArray[np.float64]

LENGTH, BEST, ACCEPTED = 0, 1, 2
"""Entries of the array of figures: present length, best length, accepted kicks."""
KICK_SPAN = 50
"""Longest of the three stretches that a kick exchanges."""


@kernel
def exchange(
    tour: Places, at: Places, first: int, one: int, two: int, spare: Places
) -> None:
    """Exchange two neighbouring stretches, ``one`` and ``two`` places long."""
    size = tour.shape[0]
    for step in range(one + two):
        source = first + (step + one if step < two else step - two)
        if source >= size:
            source -= size
        spare[step] = tour[source]
    for step in range(one + two):
        place = first + step
        if place >= size:
            place -= size
        tour[place] = spare[step]
        at[spare[step]] = place


@kernel
def exchange_shorter(
    tour: Places, at: Places, first: int, one: int, two: int, spare: Places
) -> None:
    """Exchange two stretches, or an equivalent pair that is shorter.

    On a round trip of three stretches any two may change places.
    """
    size = tour.shape[0]
    rest = size - one - two
    if rest >= one and rest >= two:
        exchange(tour, at, first, one, two, spare)
    elif one >= two:
        exchange(tour, at, (first + one) % size, two, rest, spare)
    else:
        exchange(tour, at, (first + one + two) % size, rest, one, spare)


@kernel
def better(
    distances: Matrix, near: Places, tour: Places, at: Places, a: int, found: Matrix
) -> int:
    """Find the best exchange of three edges that begins by leaving ``a`` otherwise.

    The tour ``a a1 .. b b1 .. c c1 ..`` becomes ``a b1 .. c a1 .. b c1 ..``. Gives the
    gain, 0 for none; ``found`` holds first place and both lengths.
    """
    size = tour.shape[0]
    start = at[a] + 1
    if start == size:
        start = 0
    a1 = tour[start]
    best = 0
    for b1 in near[a]:
        gain_b = distances[a, a1] - distances[a, b1]
        if gain_b <= 0:
            break
        to_b1 = at[b1] - start
        if to_b1 < 0:
            to_b1 += size
        b = tour[at[b1] - 1]
        gain_b += distances[b, b1]
        for c1 in near[b]:
            gain_c = gain_b - distances[b, c1]
            if gain_c <= 0:
                break
            to_c1 = at[c1] - start
            if to_c1 < 0:
                to_c1 += size
            if to_c1 <= to_b1:
                continue
            c = tour[at[c1] - 1]
            gain = gain_c + distances[c, c1] - distances[c, a1]
            if gain > best:
                best = gain
                found[0] = start
                found[1] = to_b1
                found[2] = to_c1 - to_b1
    return best


@kernel
def ask_again(place: int, queue: Places, waits: Flags, n_waiting: int) -> int:
    """Put a place among those to look at, unless it is there."""
    if waits[place]:
        return n_waiting
    waits[place] = True
    queue[n_waiting] = place
    return n_waiting + 1


@kernel
def descend(
    distances: Matrix,
    near: Places,
    tour: Places,
    at: Places,
    queue: Places,
    waits: Flags,
    n_waiting: int,
    n_looks: int,
    figures: Matrix,
    found: Matrix,
    spare: Places,
) -> int:
    """Shorten the tour around the places that wait; give how many still wait."""
    size = tour.shape[0]
    while n_waiting and n_looks:
        n_looks -= 1
        n_waiting -= 1
        a = queue[n_waiting]
        waits[a] = False
        gain = better(distances, near, tour, at, a, found)
        if gain <= 0:
            continue
        first, one, two = found[0], found[1], found[2]
        figures[LENGTH] -= gain
        for step in (-1, 0, one - 1, one, one + two - 1, one + two):
            place = tour[(first + step) % size]
            n_waiting = ask_again(place, queue, waits, n_waiting)
        exchange_shorter(tour, at, first, one, two, spare)
    return n_waiting


@kernel
def kick(
    distances: Matrix,
    tour: Places,
    at: Places,
    queue: Places,
    waits: Flags,
    figures: Matrix,
    words: Words,
    spare: Places,
) -> int:
    """Turn the order of three short stretches around; give how many places wait."""
    size = tour.shape[0]
    span = max(1, min(KICK_SPAN, (size - 2) // 3))
    first = draw(words, size)
    one = 1 + draw(words, span)
    two = 1 + draw(words, span)
    three = 1 + draw(words, span)
    ends = (
        tour[first - 1],
        tour[first],
        tour[(first + one - 1) % size],
        tour[(first + one) % size],
        tour[(first + one + two - 1) % size],
        tour[(first + one + two) % size],
        tour[(first + one + two + three - 1) % size],
        tour[(first + one + two + three) % size],
    )
    for here, then, was in ((0, 5, 1), (6, 3, 7), (4, 1, 5), (2, 7, 3)):
        figures[LENGTH] += distances[ends[here], ends[then]]
        figures[LENGTH] -= distances[ends[here], ends[was]]
    exchange(tour, at, first, one, two + three, spare)
    exchange(tour, at, first, two, three, spare)
    n_waiting = 0
    for place in ends:
        n_waiting = ask_again(place, queue, waits, n_waiting)
    return n_waiting


@kernel
def search(
    distances: Matrix,
    near: Places,
    tours: Places,
    ats: Places,
    queue: Places,
    waits: Flags,
    figures: Matrix,
    words: Words,
    found: Matrix,
    spare: Places,
    steps: Steps,
    heat: float,
    n_kicks: int,
) -> None:
    """Kick and descend again and again from the tour that was accepted before.

    Row 0 of ``tours`` is the present tour, row 1 the accepted, row 2 the best.
    """
    tour, at = tours[0], ats[0]
    kept = figures[LENGTH]
    for _ in range(n_kicks):
        n_waiting = kick(distances, tour, at, queue, waits, figures, words, spare)
        descend(
            distances,
            near,
            tour,
            at,
            queue,
            waits,
            n_waiting,
            MASK,
            figures,
            found,
            spare,
        )
        limit = kept + int(heat * steps[draw(words, N_LOGS)])
        kept = settle(tours, ats, figures, kept, limit)


@kernel
def settle(tours: Places, ats: Places, figures: Matrix, kept: int, limit: int) -> int:
    """Accept the present tour, or go back to the accepted one; give its length."""
    if figures[LENGTH] > limit:
        figures[LENGTH] = kept
        tours[0] = tours[1]
        ats[0] = ats[1]
        return kept
    figures[ACCEPTED] += 1
    tours[1] = tours[0]
    ats[1] = ats[0]
    if figures[LENGTH] < figures[BEST]:
        figures[BEST] = figures[LENGTH]
        tours[2] = tours[0]
    return int(figures[LENGTH])
