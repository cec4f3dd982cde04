"""Keep a plan stable: which units are bound to their old order, and what may move.

Bound units stand in the order of the earlier plan; the others are free: newcomers,
and old units that have lost their place. A bound unit that a move carries away is
free from then on; a unit that comes to stand where one of its kind is missing from
the old order is bound there, in the name of that one.
"""

from production.engine.sequence_board import (
    JOINS_A,
    JOINS_Z,
    N_FREE,
    N_HOT,
    N_LEFT,
    NEVER,
    OLD,
    PAST,
    PLACES,
    UNITS,
    Board,
    Ints,
    draw,
    inlined,
    inner,
)
from production.engine.sequence_deltas import REFLECT, ROTATE, SWAP

Move = tuple[int, int, int, int]

FINE = 10
"""Bits of the fraction of a price that temperatures and tolls are told in."""
INSERTS, TURNS = 1, 4
"""In how many of 16 moves of bound units one goes elsewhere, or some turn round."""
INSERT_REACH, TURN_REACH = 10, 8
FREE_INSERTS, FREE_SWAPS = 6, 9
"""Bounds of 16 moves of a free unit: it goes elsewhere, or changes with any, or with
another free one."""


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
    if share >= FREE_SWAPS:
        j = int(b.where[b.free[draw(b.random, b.figures[N_FREE])]])
        return SWAP, min(t, j), t, max(t, j)
    if share >= FREE_INSERTS:
        return SWAP, min(t, j), t, max(t, j)
    if share & 2:
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
    share = draw(b.random, 16)
    if share >= INSERTS + TURNS:
        j = any_place(b)
        return SWAP, min(i, j), i, max(i, j)
    if share >= INSERTS:
        j = min(i + 1 + draw(b.random, TURN_REACH), b.size[PLACES] - 1)
        return REFLECT, i, i, j
    j = near(b, i, INSERT_REACH)
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
def rank_before(b: Board, t: int, a: int, z: int) -> int:
    """Give the old rank of the last bound unit up to a place, two places aside."""
    while t >= b.size[PAST]:
        if t != a and t != z and b.unit_free[b.unit[t]] == 0:
            return int(b.rank[b.unit[t]])
        t -= 1
    return -1


@inner
def rank_after(b: Board, t: int, a: int, z: int) -> int:
    """Give the old rank of the first bound unit from a place on, two places aside."""
    while t < b.size[PLACES]:
        if t != a and t != z and b.unit_free[b.unit[t]] == 0:
            return int(b.rank[b.unit[t]])
        t += 1
    return int(b.size[OLD])


@inner
def missing(b: Board, unit: int, low: int, high: int) -> int:
    """Find an old rank between two at which a unit of the same kind stood, or -1."""
    for rank in range(low + 1, high):
        if b.unit_kind[b.old[rank]] == b.unit_kind[unit]:
            return rank
    return -1


@inner
def find_joins(b: Board, kind: int, a: int, m: int, z: int) -> None:
    """Note at which old ranks a move would bind what it carries to ``a`` and ``z``."""
    b.figures[JOINS_A] = -1
    b.figures[JOINS_Z] = -1
    if kind == SWAP:
        low = rank_before(b, a - 1, a, z)
        at_a = missing(b, b.unit[z], low, rank_after(b, a + 1, a, z))
        low = max(at_a, rank_before(b, z - 1, a, z))
        at_z = missing(b, b.unit[a], low, rank_after(b, z + 1, a, z))
        b.figures[JOINS_A] = at_a
        b.figures[JOINS_Z] = at_z
    elif m == a + 1:
        low = rank_before(b, z, a, a)
        b.figures[JOINS_Z] = missing(b, b.unit[a], low, rank_after(b, z + 1, a, a))
    else:
        low = rank_before(b, a - 1, z, z)
        b.figures[JOINS_A] = missing(b, b.unit[z], low, rank_after(b, a, z, z))


@inlined
def carried(kind: int, a: int, m: int, z: int) -> tuple[int, int]:
    """Give the first and last place from which a move takes units out of the order."""
    begin = a if kind != ROTATE or m == a + 1 else z
    return begin, z if kind != ROTATE else begin


@inner
def spare_of(
    b: Board, kind: int, a: int, m: int, z: int, spare: int, toll: int, firm_price: int
) -> int:
    """Give what a move may cost: less for each unit that loses its place.

    ``spare`` and ``toll`` are in fractions of a price. ``-NEVER`` where more units
    would lose their place than may.
    """
    n_lost = 0
    n_firm = 0
    begin, end = carried(kind, a, m, z)
    for t in range(begin, end + 1, z - a if kind == SWAP else 1):
        if b.unit_free[b.unit[t]] == 0:
            n_lost += 1
            n_firm += b.unit_firm[b.unit[t]]
    if kind == REFLECT:
        n_lost -= n_lost > 0
    else:
        find_joins(b, kind, a, m, z)
        n_lost -= (b.figures[JOINS_A] >= 0) + (b.figures[JOINS_Z] >= 0)
    if n_lost > 0 and n_lost > b.figures[N_LEFT]:
        return -NEVER
    spare = (spare - toll * n_lost) >> FINE
    return min(spare, -firm_price) if n_firm else spare


@inlined
def away(b: Board, t: int, to: int) -> int:
    """Give by how many places further from home a unit would stand elsewhere."""
    home = b.home[b.unit[t]]
    return int(abs(home - to) - abs(home - t)) if home >= 0 else 0


@inner
def drift(b: Board, kind: int, a: int, m: int, z: int) -> int:
    """Add up by how many places further from home a move takes units."""
    total = 0
    if kind == ROTATE:
        for t in range(a, m):
            total += away(b, t, t + z - m + 1)
        for t in range(m, z + 1):
            total += away(b, t, t - m + a)
        return total
    for t in range(a, z + 1, z - a if kind == SWAP else 1):
        total += away(b, t, a + z - t)
    return total


@inner
def spare_far(
    b: Board, kind: int, a: int, m: int, z: int, spare: int, far: int, firm_price: int
) -> int:
    """Give what a move may cost: less the further from home it takes units.

    ``spare`` is in fractions of a price, ``far`` in fractions of such a fraction.
    """
    spare = (spare - ((far * drift(b, kind, a, m, z)) >> FINE)) >> FINE
    begin, end = carried(kind, a, m, z)
    for t in range(begin, end + 1, z - a if kind == SWAP else 1):
        if b.unit_firm[b.unit[t]]:
            spare = min(spare, -firm_price)
    return spare


@inner
def set_free(b: Board, unit: int) -> None:
    """Let a unit that has lost its place move on freely."""
    if b.unit_free[unit] == 0:
        b.unit_free[unit] = 1
        b.free_at[unit] = b.figures[N_FREE]
        b.free[b.figures[N_FREE]] = unit
        b.figures[N_FREE] += 1
        b.figures[N_LEFT] -= 1


@inner
def bind(b: Board, t: int, rank: int) -> None:
    """Bind what stands at a place as the old unit of a rank, which is of its kind."""
    unit = b.unit[t]
    named = b.old[rank]
    at = b.where[named]
    b.unit[t] = named
    b.unit[at] = unit
    b.where[unit] = at
    b.where[named] = t
    b.figures[N_FREE] -= 1
    b.figures[N_LEFT] += 1
    moved = b.free[b.figures[N_FREE]]
    b.free[b.free_at[named]] = moved
    b.free_at[moved] = b.free_at[named]
    b.unit_free[named] = 0


@inner
def rebind_turned(b: Board, a: int, z: int) -> None:
    """Free a stretch that was turned round, and bind in it what fits again."""
    for t in range(a, z + 1):
        set_free(b, b.unit[t])
    low = rank_before(b, a - 1, a, z)
    high = rank_after(b, z + 1, a, z)
    for t in range(a, z + 1):
        rank = missing(b, b.unit[t], low, high)
        if rank >= 0:
            bind(b, t, rank)
            low = rank


@inner
def rebind(b: Board, kind: int, a: int, m: int, z: int) -> None:
    """Free what a move has carried away, and bind it where its kind was missing."""
    if kind == REFLECT:
        rebind_turned(b, a, z)
        return
    if kind == SWAP or m != a + 1:
        set_free(b, b.unit[a])
    if kind == SWAP or m == a + 1:
        set_free(b, b.unit[z])
    if b.figures[JOINS_A] >= 0:
        bind(b, a, b.figures[JOINS_A])
    if b.figures[JOINS_Z] >= 0:
        bind(b, z, b.figures[JOINS_Z])
