"""Draw moves that keep a plan stable: what is new goes where it likes, the rest stays.

A unit is free (1), bound to its place among the others (0) or firm (-1). A bound one
is moved only if that saves enough, while there are any left that may be; it is free
from then on.
"""

from production.engine.sequence_board import (
    N_FREE,
    N_HOT,
    N_LEFT,
    NEVER,
    PAST,
    PLACES,
    UNITS,
    Board,
    Ints,
    draw,
    inlined,
    inner,
)
from production.engine.sequence_deltas import ROTATE, SWAP

Move = tuple[int, int, int, int]


@inlined
def any_place(b: Board) -> int:
    """Draw a place that may be moved."""
    return int(b.size[PAST]) + draw(b.random, b.size[UNITS])


@inlined
def near(b: Board, t: int, reach: int) -> int:
    """Draw a place near another."""
    at = t + draw(b.random, 2 * reach + 1) - reach
    return int(min(max(at, b.size[PAST]), b.size[PLACES] - 1))


@inlined
def mate(b: Board, first: Ints, units: Ints, group: int) -> int:
    """Draw the place of a unit of a group."""
    at = first[group]
    return int(b.where[units[at + draw(b.random, first[group + 1] - at)]])


@inner
def pick_free(b: Board) -> Move:
    """Draw another place for a unit that is free to move, beside its like or not."""
    share = draw(b.random, 16)
    t = int(b.where[b.free[draw(b.random, b.figures[N_FREE])]])
    j = any_place(b)
    if share & 1 and b.figures[N_HOT]:
        at = int(b.hot[draw(b.random, b.figures[N_HOT])])
        t = at if b.unit_free[b.unit[at]] > 0 else t
    if share > 8:
        j = int(b.where[b.free[draw(b.random, b.figures[N_FREE])]])
        return SWAP, min(t, j), t, max(t, j)
    if share < 6:
        j = mate(b, b.colour_first, b.colour_units, b.colour[t])
    if t < j:
        return ROTATE, t, t + 1, j
    return ROTATE, j, t, t


@inner
def pick_bound(b: Board) -> Move:
    """Draw a move of a place that breaks something, or of one drawn at random."""
    i = any_place(b)
    if b.figures[N_HOT] and draw(b.random, 8):
        i = int(b.hot[draw(b.random, b.figures[N_HOT])])
    j = any_place(b)
    if draw(b.random, 2):
        return SWAP, min(i, j), i, max(i, j)
    if i < j:
        return ROTATE, i, i + 1, j
    return ROTATE, j, i, i


@inner
def pick_settling(b: Board, bound_share: int) -> Move:
    """Draw a move of a unit that is free to move, or of one bound to its place."""
    if b.figures[N_FREE] == 0 or draw(b.random, 16) < bound_share:
        return pick_bound(b)
    return pick_free(b)


@inner
def toll(b: Board, kind: int, a: int, m: int, z: int, firm_price: int) -> int:
    """Give what a move must save: nothing for free units, more for firm ones.

    ``NEVER`` where it would move more bound units than may still be moved.
    """
    n_bound = 0
    worth = 0
    one = b.unit[a] if kind == SWAP or m == a + 1 else b.unit[z]
    for step in range(2 if kind == SWAP else 1):
        unit = b.unit[z] if step else one
        if b.unit_free[unit] == 0:
            n_bound += 1
            worth = max(worth, 1)
        elif b.unit_free[unit] < 0:
            n_bound += 1
            worth = max(worth, firm_price)
    return worth if n_bound <= b.figures[N_LEFT] else NEVER


@inner
def set_free(b: Board, t: int) -> None:
    """Let a unit that has lost its place move on freely."""
    unit = b.unit[t]
    if b.unit_free[unit] <= 0:
        b.unit_free[unit] = 1
        b.free[b.figures[N_FREE]] = unit
        b.figures[N_FREE] += 1
        b.figures[N_LEFT] -= 1


@inner
def set_moved_free(b: Board, kind: int, a: int, m: int, z: int) -> None:
    """Let what a move has carried away move on freely."""
    if kind == SWAP or m != a + 1:
        set_free(b, a)
    if kind == SWAP or m == a + 1:
        set_free(b, z)
