"""Keep what it would cost to put another kind of unit in a place of a crowded queue.

Ratio rules of one level are all that counts. All exchanges of units that share no
window are so priced by two look-ups each, and so are all insertions: the windows
between only move by one place. A move renews the tables around its ends alone.
"""

from typing import NamedTuple

from production.engine.sequence_board import (
    N_HOT,
    PAST,
    PLACES,
    RULES,
    WIDEST,
    Board,
    Ints,
    Longs,
    excess,
    inlined,
    inner,
    recount,
    refresh,
    retable,
)
from production.engine.sequence_deltas import REFLECT, ROTATE, SWAP
from production.engine.sequence_settle import FINE

SAME = 1 << 20
"""Cost of putting a kind where it stands, which is no exchange."""
ALL = -1
"""All rules, as bits."""


class Exchange(NamedTuple):
    """What exchanges cost: columns are kinds of units, told apart by ratio rules alone.

    ``gain`` is what putting a kind in a place would cost, in 1,024ths of a violation,
    ``has`` which rules count a kind. ``want`` is the kind a place wants or -1, ``pull``
    what it costs to take that away, ``one`` is 1 everywhere. ``take`` is what taking a
    unit out would cost by each rule, where the next ones move up, and ``put`` what one
    would cost before it that the rule does not count, and one that it counts.
    """

    gain: Ints
    has: Ints
    kind: Ints
    want: Ints
    pull: Ints
    one: Ints
    take: Ints
    put: Ints
    chance: Longs
    picked: Ints
    upto: Longs
    hot_first: Ints
    hot: Ints
    costs: Ints


@inlined
def regap(b: Board, x: Exchange, r: int, low: int, high: int) -> None:
    """Tell anew what a unit more or less in the places from low to high would cost."""
    q = b.window[r]
    p = b.at_most[r]
    stop = b.last_end[r]
    for t in range(max(low, b.size[PAST]), min(high + 1, b.size[PLACES])):
        own = b.mark[r, t]
        bare = 0
        full = 0
        left = 0
        # Windows end with or behind a newcomer, and hold one of the others less.
        for end in range(max(t, b.first_end[r]), min(t + q, stop + 1)):
            others = b.inside[r, end - 1]
            if end >= q:
                others -= b.mark[r, end - q]
            bare += excess(others, p)
            full += others >= p
            if end < stop:
                over = excess(b.inside[r, end], p)
                left -= over
                if end < t + q - 1:
                    bare -= over
                    if end < stop - 1:
                        left += excess(b.inside[r, end] - own + b.mark[r, end + 1], p)
        x.put[0, r, t] = bare << FINE
        x.put[1, r, t] = (bare + full) << FINE
        x.take[r, t] = left << FINE


@inlined
def renew(b: Board, x: Exchange, low: int, high: int, changed: int) -> None:
    """Tell anew what other kinds would cost in the places from low to high.

    What a unit more or less would cost is told for the rules named by the bits of
    ``changed`` alone.
    """
    n_kinds = x.has.shape[1]
    for t in range(max(low, b.size[PAST]), min(high + 1, b.size[PLACES])):
        own = b.unit_group[b.unit[t]]
        want = x.want[t]
        mask = b.mask[t]
        row = x.gain[t]
        leaving = x.pull[t] if want == own else 0
        for r in range(b.size[RULES]):
            leaving -= (b.drop[t, r] << FINE) if (mask >> r) & 1 else 0
        for k in range(n_kinds):
            row[k] = leaving
        for r in range(b.size[RULES]):
            more = b.drop[t, r] if (mask >> r) & 1 else b.add[t, r]
            if more:
                for k in range(n_kinds):
                    row[k] += more * x.has[r, k]
        if want >= 0:
            row[want] -= x.pull[t]
        row[own] = SAME
        x.kind[t] = own
    for r in range(b.size[RULES]):
        if (changed >> r) & 1:
            regap(b, x, r, low, high)


@inner
def sort_hot(b: Board, x: Exchange) -> None:
    """Sort the hot places by the kind that stands there."""
    n_kinds = x.has.shape[1]
    x.hot_first[:] = 0
    for at in range(b.figures[N_HOT]):
        x.hot_first[x.kind[b.hot[at]]] += 1
    begin = 0
    for k in range(n_kinds + 1):
        begin += x.hot_first[k]
        x.hot_first[k] = begin
    for at in range(b.figures[N_HOT]):
        k = x.kind[b.hot[at]]
        x.hot_first[k] -= 1
        x.hot[x.hot_first[k]] = b.hot[at]


@inlined
def lost(x: Exchange, t: int, kind: int, prices: Ints) -> int:
    """Price what a place that wants a kind loses or gains by another unit."""
    want = x.want[t]
    if want < 0:
        return 0
    return int(((x.kind[t] == want) - (kind == want)) * prices[t])


@inlined
def lost_by(x: Exchange, kind: int, a: int, m: int, z: int, prices: Ints) -> int:
    """Price what places that want a kind lose by a move."""
    if kind == ROTATE:
        t = a if m == a + 1 else z
        return int(prices[t] * (x.want[t] == x.kind[t]))
    total = 0
    for t in range(a, z + 1, z - a if kind == SWAP else 1):
        total += lost(x, t, x.kind[a + z - t], prices)
    return total


@inlined
def slide(row: Ints, begin: int, end: int) -> None:
    """Move all from the end to the begin by one place; the end stays as it is."""
    if begin < end:
        for t in range(end - begin):
            row[begin + t] = row[begin + t + 1]
    else:
        for t in range(begin - end):
            row[begin - t] = row[begin - t - 1]


@inlined
def shift(b: Board, x: Exchange, begin: int, end: int, step: int) -> None:
    """Take the unit at the begin to the end; those between take along what is known."""
    unit = b.unit[begin]
    n_kinds = x.has.shape[1]
    for t in range(begin, end, step):
        b.unit[t] = b.unit[t + step]
        b.where[b.unit[t]] = t
        b.mask[t] = b.mask[t + step]
        x.want[t] = x.want[t + step]
        x.pull[t] = x.pull[t + step]
        x.kind[t] = x.kind[t + step]
        one = x.gain[t]
        two = x.gain[t + step]
        for k in range(n_kinds):
            one[k] = two[k]
        for r in range(b.size[RULES]):
            b.add[t, r] = b.add[t + step, r]
            b.drop[t, r] = b.drop[t + step, r]
    b.unit[end] = unit
    b.where[unit] = end
    b.mask[end] = b.unit_mask[unit]
    x.want[end] = -1
    for r in range(b.size[RULES]):
        slide(b.mark[r], begin, end)
        slide(b.inside[r], begin, end)
        slide(x.put[0, r], begin, end)
        slide(x.put[1, r], begin, end)
        slide(x.take[r], begin, end)
        b.mark[r, end] = (b.mask[end] >> r) & 1
        for t in (begin, end):
            recount(b, r, t, t)
            retable(b, r, t, t)


@inlined
def swap_units(b: Board, a: int, z: int) -> None:
    """Let the units of two places change theirs, tables aside."""
    unit = b.unit[a]
    b.unit[a] = b.unit[z]
    b.unit[z] = unit


@inlined
def move(b: Board, x: Exchange, kind: int, a: int, m: int, z: int) -> None:
    """Carry out a move and renew the tables."""
    beyond = b.size[WIDEST] - 1
    if kind == REFLECT:
        for t in range(a, (a + z + 1) // 2):
            swap_units(b, t, a + z - t)
        refresh(b, a, z)
        renew(b, x, a - beyond, z + beyond, ALL)
        return
    changed = ALL
    if kind == SWAP:
        changed = b.mask[a] ^ b.mask[z]
        swap_units(b, a, z)
        for t in (a, z):
            refresh(b, t, t)
    elif m == a + 1:
        shift(b, x, a, z, 1)
    else:
        shift(b, x, z, a, -1)
    for t in (a, z):
        renew(b, x, t - beyond, t + beyond, changed)
