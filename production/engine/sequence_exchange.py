"""Exchange units of a crowded queue whose rules are all of one level.

Hardly one in a hundred moves drawn at random is taken in such a queue. What it would
cost to put another kind of unit in a place is therefore kept for all places and kinds,
so that all exchanges of one unit are priced by two look-ups each, and one of them is
drawn by what they cost. How far an order is from an earlier one is not counted but
priced in the same table: each place wants the kind that stood in it when the orders
were last compared.
"""

from collections.abc import Callable
from typing import NamedTuple

from production.engine.sequence_board import (
    COST,
    MISMATCHES,
    N_HOT,
    N_LEFT,
    PAST,
    PLACES,
    RULES,
    WIDEST,
    Board,
    Ints,
    Longs,
    cost_of,
    draw,
    entry,
    inlined,
    inner,
    refresh,
)
from production.engine.sequence_deltas import REFLECT, ROTATE, SWAP
from production.engine.sequence_settle import (
    FINE,
    INSERT_REACH,
    TURN_REACH,
    Move,
    any_place,
    near,
)
from production.engine.sequence_walk import (
    ACROSS,
    find_hot,
    keep_best,
    price,
    stamp_of,
)

TURNS, INSERTS, FREE = 6, 2, 6
"""How many of 16 small moves turn some units round, take one elsewhere near, or take
one that no place wants anywhere; the rest swap neighbours."""
SMALL = 6
"""Small moves from one exchange to the next."""
LOOK_EVERY = 255
"""Moves between two looks for hot places, less one; one less than a power of two."""
TRIES = 12
"""Draws of a place before one that has the kind it wants is taken as it is."""
SAME = 1 << 20
"""Cost of putting a kind where it stands, which is no exchange."""
CUT, LOW = 1536, -1024
"""Costs of exchanges between which their chances are told apart, in 1,024ths of a
violation; none is made at or above the first."""
GRAIN = 4
"""Bits of a cost that its chance does not depend on."""
EVEN = 1 << 12
"""Chance of an exchange that costs nothing."""
STAY = EVEN * 3 // 10
"""Chance that none is made."""
MOST = 1 << 13
"""Exchanges to choose from, at most."""


class Exchange(NamedTuple):
    """What exchanges cost: columns are kinds of units, told apart by ratio rules alone.

    ``gain`` is what putting a kind in a place would cost, in 1,024ths of a violation,
    ``has`` which rules count a kind. ``want`` is the kind a place wants or -1, ``pull``
    what it costs to take that away, ``one`` is 1 everywhere.
    """

    gain: Ints
    has: Ints
    kind: Ints
    want: Ints
    pull: Ints
    one: Ints
    chance: Longs
    picked: Ints
    upto: Longs
    hot_first: Ints
    hot: Ints


Exchanging = Callable[[Board, Exchange, int, int, int], int]


@inlined
def renew(b: Board, x: Exchange, low: int, high: int) -> None:
    """Tell anew what other kinds would cost in the places from low to high."""
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
def begin_at(b: Board) -> int:
    """Draw a place, mostly one that breaks something."""
    i = any_place(b)
    if b.figures[N_HOT] and draw(b.random, 8):
        i = int(b.hot[draw(b.random, b.figures[N_HOT])])
    return i


@inlined
def pick_exchange(b: Board, x: Exchange) -> Move:
    """Draw one of all exchanges of a unit with those that share no window with it.

    Only where a unit breaks something can it save by leaving: where putting the kind
    ``k`` in its place costs much, only the hot ones of that kind are looked at.
    """
    i = begin_at(b)
    own = x.kind[i]
    row = x.gain[i]
    width = b.size[WIDEST]
    n = 0
    total = 0
    for k in range(x.has.shape[1]):
        here = row[k]
        is_dear = here >= CUT + x.pull[i]
        low = x.hot_first[k] if is_dear else b.group_first[k]
        high = x.hot_first[k + 1] if is_dear else b.group_first[k + 1]
        if here >= SAME >> 1:
            high = low
        for at in range(low, high):
            j = x.hot[at] if is_dear else b.where[b.group_units[at]]
            cost = here + x.gain[j, own]
            if cost < CUT and abs(j - i) >= width and x.kind[j] == k and n < MOST:
                total += x.chance[(max(cost, LOW) - LOW) >> GRAIN]
                x.picked[n] = j
                x.upto[n] = total
                n += 1
    drawn = draw(b.random, total + STAY)
    j = i
    if drawn < total:
        at = 0
        while x.upto[at] <= drawn:
            at += 1
        j = x.picked[at]
    return SWAP, min(i, j), i, max(i, j)


@inlined
def pick_small(b: Board, x: Exchange) -> Move:
    """Draw a move of near units, or of one that no place wants."""
    i = begin_at(b)
    share = draw(b.random, 16)
    if share < TURNS:
        return (
            REFLECT,
            i,
            i,
            min(i + 1 + draw(b.random, TURN_REACH), b.size[PLACES] - 1),
        )
    j = near(b, i, INSERT_REACH)
    if share >= 16 - FREE:
        i = any_place(b)
        for _ in range(TRIES):
            if x.want[i] != x.kind[i]:
                break
            i = any_place(b)
        j = any_place(b)
    elif share >= TURNS + INSERTS:
        return SWAP, min(i, j), i, max(i, j)
    if i < j:
        return ROTATE, i, i + 1, j
    return ROTATE, j, i, i


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
def shift(b: Board, x: Exchange, begin: int, end: int, step: int) -> None:
    """Take the unit at the begin to the end; the places between keep their wish."""
    unit = b.unit[begin]
    for t in range(begin, end, step):
        b.unit[t] = b.unit[t + step]
        x.want[t] = x.want[t + step]
        x.pull[t] = x.pull[t + step]
    b.unit[end] = unit
    x.want[end] = -1


@inlined
def move(b: Board, x: Exchange, kind: int, a: int, m: int, z: int) -> None:
    """Carry out a move and renew the tables."""
    if kind == ROTATE and m == a + 1:
        shift(b, x, a, z, 1)
    elif kind == ROTATE:
        shift(b, x, z, a, -1)
    else:
        for t in range(a, a + 1 if kind == SWAP else (a + z + 1) // 2):
            unit = b.unit[t]
            b.unit[t] = b.unit[a + z - t]
            b.unit[a + z - t] = unit
    beyond = b.size[WIDEST] - 1
    low = a
    high = a if kind == SWAP else z
    for _ in range(2 if kind == SWAP else 1):
        refresh(b, low, high)
        renew(b, x, low - beyond, high + beyond)
        low = z
        high = z


def _make(stamp: str) -> Exchanging:
    """Make the loop that Python calls; numba keys its machine code by the stamp."""

    @entry
    def exchange(b: Board, x: Exchange, heat: int, n_moves: int, audit: int) -> int:
        weight = b.weight[0]
        renew(b, x, 0, b.size[PLACES])
        for done in range(n_moves):
            if done & LOOK_EVERY == 0:
                find_hot(b, b.size[RULES])
                sort_hot(b, x)
            if done % (SMALL + 1) == 0:
                kind, a, m, z = pick_exchange(b, x)
                loose = CUT
            else:
                kind, a, m, z = pick_small(b, x)
                loose = (heat * b.logs[draw(b.random, 1 << ACROSS)]) >> ACROSS
            spare = ((loose + CUT) >> FINE) * weight
            delta = price(b, kind, a, m, z, spare)
            if delta > spare:
                continue
            n_lost = lost_by(x, kind, a, m, z, x.one)
            cost = ((delta // weight) << FINE) + lost_by(x, kind, a, m, z, x.pull)
            if cost > loose or n_lost > max(0, b.figures[N_LEFT]):
                continue
            if delta > 0:
                keep_best(b)
            move(b, x, kind, a, m, z)
            b.figures[COST] += delta
            b.figures[N_LEFT] -= n_lost
            if audit and cost_of(b) != b.figures[COST]:
                b.figures[MISMATCHES] += 1
            if b.figures[COST] < weight:
                return done + 1
        return n_moves * (len(stamp) > 0)

    return exchange


exchange = _make(stamp_of("board", "deltas", "settle", "walk", "exchange"))
