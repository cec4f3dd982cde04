"""Exchange units of a crowded queue whose rules are all of one level.

Hardly one in a hundred moves drawn at random is taken in such a queue. All exchanges
and all insertions of one unit are therefore priced from tables, and one of them is
drawn by what they cost. How far an order is from an earlier one is not counted but
priced in the same tables: each place wants the kind that stood in it when the orders
were last compared.
"""

from collections.abc import Callable

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
    cost_of,
    draw,
    entry,
    inlined,
)
from production.engine.sequence_deltas import NOTHING, REFLECT, ROTATE, SWAP
from production.engine.sequence_prices import (
    ALL,
    SAME,
    Exchange,
    lost_by,
    move,
    renew,
    sort_hot,
)
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

TURNS, INSERTS = 8, 2
"""How many of 16 small moves turn some units round, or take one elsewhere near; the
rest swap neighbours."""
SMALL = 7
"""Small moves from one exchange and one insertion to the next."""
LOOK_EVERY = 255
"""Moves between two looks for hot places, less one; one less than a power of two."""
TRIES = 12
"""Draws of a place before one that has the kind it wants is taken as it is."""
CUT, LOW = 1536, -1024
"""Costs of exchanges between which their chances are told apart, in 1,024ths of a
violation; none is made at or above the first."""
INSERT_CUT = 1100
"""The same of insertions."""
GRAIN = 4
"""Bits of a cost that its chance does not depend on."""
EVEN = 1 << 12
"""Chance of an exchange that costs nothing."""
STAY = EVEN * 3 // 10
"""Chance that none is made."""
MOST = 1 << 13
"""Moves to choose from, at most."""

Exchanging = Callable[[Board, Exchange, int, int, int], int]


@inlined
def begin_at(b: Board) -> int:
    """Draw a place, mostly one that breaks something."""
    i = any_place(b)
    if b.figures[N_HOT] and draw(b.random, 8):
        i = int(b.hot[draw(b.random, b.figures[N_HOT])])
    return i


@inlined
def draw_picked(b: Board, x: Exchange, total: int) -> int:
    """Draw one of the places picked by their chances, or -1."""
    drawn = draw(b.random, total + STAY)
    if drawn >= total:
        return -1
    at = 0
    while x.upto[at] <= drawn:
        at += 1
    return int(x.picked[at])


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
    j = draw_picked(b, x, total)
    if j < 0:
        return NOTHING, i, i, i
    return SWAP, min(i, j), i, max(i, j)


@inlined
def any_unwanted(b: Board, x: Exchange) -> int:
    """Draw a place, most likely one that has not the kind it wants."""
    i = any_place(b)
    for _ in range(TRIES):
        if x.want[i] != x.kind[i]:
            break
        i = any_place(b)
    return i


@inlined
def add_up(b: Board, x: Exchange, i: int) -> None:
    """Add up what taking a unit to each place would cost."""
    costs = x.costs
    here = x.pull[i] if x.want[i] == x.kind[i] else 0
    for r in range(b.size[RULES]):
        here += x.take[r, i]
    # From 0 on, the past included: so a processor adds several at once.
    for t in range(len(costs)):
        costs[t] = here
    for r in range(b.size[RULES]):
        put = x.put[(b.mask[i] >> r) & 1, r]
        for t in range(len(costs)):
            costs[t] += put[t]


@inlined
def pick_insert(b: Board, x: Exchange) -> Move:
    """Draw one of all insertions, out of reach of its windows, of an unwanted unit."""
    i = any_unwanted(b, x)
    add_up(b, x, i)
    width = b.size[WIDEST]
    n = 0
    total = 0
    for is_behind in range(2):
        low = i + width + 1 if is_behind else b.size[PAST]
        high = b.size[PLACES] if is_behind else i - width + 1
        for t in range(low, high):
            cost = x.costs[t]
            if cost < INSERT_CUT and n < MOST:
                total += x.chance[(max(cost, LOW) - LOW) >> GRAIN]
                x.picked[n] = t
                x.upto[n] = total
                n += 1
    j = draw_picked(b, x, total)
    if j < 0:
        return NOTHING, i, i, i
    if i < j:
        return ROTATE, i, i + 1, j - 1
    return ROTATE, j, i, i


@inlined
def pick_small(b: Board) -> Move:
    """Draw a move of near units."""
    i = begin_at(b)
    share = draw(b.random, 16)
    if share < TURNS:
        j = min(i + 1 + draw(b.random, TURN_REACH), b.size[PLACES] - 1)
        return REFLECT, i, i, j
    j = near(b, i, INSERT_REACH)
    if share >= TURNS + INSERTS:
        return SWAP, min(i, j), i, max(i, j)
    if i < j:
        return ROTATE, i, i + 1, j
    return ROTATE, j, i, i


@inlined
def pick(b: Board, x: Exchange, turn: int) -> Move:
    """Draw an exchange, an insertion, or, most of the turns, a small move."""
    if turn == 0:
        return pick_exchange(b, x)
    if turn == 1:
        return pick_insert(b, x)
    return pick_small(b)


def _make(stamp: str) -> Exchanging:
    """Make the loop that Python calls; numba keys its machine code by the stamp."""

    @entry
    def exchange(b: Board, x: Exchange, heat: int, n_moves: int, audit: int) -> int:
        weight = b.weight[0]
        renew(b, x, 0, b.size[PLACES], ALL)
        for done in range(n_moves):
            if done & LOOK_EVERY == 0:
                find_hot(b, b.size[RULES])
                sort_hot(b, x)
            turn = done % (SMALL + 2)
            kind, a, m, z = pick(b, x, turn)
            loose = CUT
            if turn > 1:
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


exchange = _make(stamp_of("board", "deltas", "settle", "walk", "prices", "exchange"))
