"""The inner loops of the search: choose a move, price it, carry it out or not."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np

from production.engine.sequence_board import (
    ACCEPTED,
    BEST,
    COST,
    MISMATCHES,
    MOVES,
    N_HOT,
    NEVER,
    OVER,
    OVER_RUNS,
    PAST,
    PLACES,
    UNITS,
    Board,
    Longs,
    cost_of,
    differ,
    draw,
    entry,
    inlined,
    inner,
)
from production.engine.sequence_deltas import (
    NOTHING,
    REFLECT,
    ROTATE,
    SWAP,
    carry_out,
    over_delta,
    reflect_delta,
    rotate_delta,
    swap_delta,
)
from production.engine.sequence_settle import (
    FINE,
    Move,
    any_place,
    mate,
    near,
    pick_settling,
    rebind,
    spare_far,
    spare_of,
)

Walk = Callable[[Board, Longs, int, Longs, int], int]

HEAT, HOT_RULES, AUDIT, SETTLING, BOUND_SHARE, TOLL, FIRM_PRICE, FAR = range(8)
"""What a walk is told: temperature, how many rules make a place hot, whether to count
the cost of every accepted move anew; whether only free units move freely, in how many
of 16 moves one that is bound is tried, what a unit that loses its place must save,
in 1,024ths, and what a firm one must; the price of each place between a unit and its
home, in 1,024ths of 1,024ths."""

(
    SWAP_ANY,
    SWAP_NEAR,
    SWAP_HOT,
    SWAP_COLOUR,
    SWAP_ALIKE,
    INSERT_NEAR,
    INSERT_COLOUR,
    REFLECT_NEAR,
    REFLECT_COLOUR,
    REFLECT_RUNS,
    MOVE_RUN,
    EXCHANGE,
) = range(12)
KINDS = (
    *("SWAP_ANY", "SWAP_NEAR", "SWAP_HOT", "SWAP_COLOUR", "SWAP_ALIKE"),
    *("INSERT_NEAR", "INSERT_COLOUR", "REFLECT_NEAR", "REFLECT_COLOUR"),
    *("REFLECT_RUNS", "MOVE_RUN", "EXCHANGE"),
)
N_KINDS = 12
"""Kinds of moves: ``COLOUR`` joins or swaps units of one colour, ``ALIKE`` swaps those
that the ratio rules do not tell apart, ``HOT`` begins where a rule is broken; the last
three turn round or move whole colour blocks."""
LOOK_EVERY = 1023
"""Moves between two looks for hot places, less one; one less than a power of two."""
ACROSS = 10
"""Bits of the table of logarithms, and of the fraction of a temperature."""


@inner
def is_hot(b: Board, t: int, n_rules: int) -> bool:
    """Say whether the unit at a place breaks one of the first rules, or is late."""
    marks = b.mask[t]
    for r in range(n_rules):
        if (marks >> r) & 1 and b.drop[t, r]:
            return True
    return bool(t - b.size[PAST] > b.due[t])


@inner
def find_hot(b: Board, n_rules: int) -> None:
    """List the places that break something, or, where none does, colour changes."""
    n_hot = 0
    for t in range(b.size[PAST], b.size[PLACES]):
        if is_hot(b, t, n_rules):
            b.hot[n_hot] = t
            n_hot += 1
    if n_hot == 0:
        for t in range(b.size[PAST], b.size[PLACES]):
            if differ(b.colour[t - 1], b.colour[t]):
                b.hot[n_hot] = t
                n_hot += 1
    b.figures[N_HOT] = n_hot


@inlined
def run_begin(b: Board, t: int) -> int:
    """Find the first place of a colour run that may be moved."""
    while t > b.size[PAST] and b.colour[t - 1] == b.colour[t]:
        t -= 1
    return t


@inlined
def run_end(b: Board, t: int) -> int:
    """Find the last place of a colour run."""
    while t + 1 < b.size[PLACES] and b.colour[t + 1] == b.colour[t]:
        t += 1
    return t


@inlined
def pick_swap(b: Board, kind: int, i: int, reach: int) -> Move:
    """Draw a swap."""
    j = any_place(b)
    if kind == SWAP_NEAR:
        j = near(b, i, reach)
    elif kind == SWAP_HOT:
        if b.figures[N_HOT]:
            i = int(b.hot[draw(b.random, b.figures[N_HOT])])
    elif kind == SWAP_COLOUR:
        j = mate(b, b.colour_first, b.colour_units, b.colour[i])
    elif kind == SWAP_ALIKE:
        j = mate(b, b.group_first, b.group_units, b.unit_group[b.unit[i]])
        if b.colour[i] == b.colour[j]:
            j = i
    return SWAP, min(i, j), i, max(i, j)


@inlined
def pick_insert(b: Board, kind: int, i: int, reach: int) -> Move:
    """Draw an insertion, near or beside a unit of the same colour."""
    if kind == INSERT_NEAR:
        j = near(b, i, reach)
    else:
        j = mate(b, b.colour_first, b.colour_units, b.colour[i])
        if abs(j - i) < 3:
            j = i
        elif draw(b.random, 2):
            j += 1 if j < i else -1
    if i < j:
        return ROTATE, i, i + 1, j
    return ROTATE, j, i, i


@inlined
def pick_reflect(b: Board, kind: int, i: int, reach: int) -> Move:
    """Draw a reflection: short, one that joins a colour, or one of whole runs."""
    if kind == REFLECT_NEAR:
        j = min(i + 1 + draw(b.random, reach), b.size[PLACES] - 1)
    elif kind == REFLECT_COLOUR:
        j = mate(b, b.colour_first, b.colour_units, b.colour[i])
        if j < i:
            i, j = j, i
        if j - i < 2:
            j = i
        elif draw(b.random, 2):
            i += 1
        else:
            j -= 1
    else:
        j = run_end(b, any_place(b))
        i = min(run_begin(b, i), j)
    return REFLECT, i, i, j


@inlined
def pick_blocks(b: Board, kind: int, i: int, reach: int) -> Move:
    """Draw two neighbouring stretches, or a colour run and where to put it."""
    if kind == EXCHANGE:
        m = min(i + 1 + draw(b.random, reach), b.size[PLACES] - 1)
        return ROTATE, min(i, m - 1), m, near(b, m + reach, reach)
    first = run_begin(b, i)
    last = run_end(b, i)
    j = run_end(b, any_place(b))
    if j > last:
        return ROTATE, first, last + 1, j
    j = run_begin(b, j)
    if j < first:
        return ROTATE, j, first, last
    return NOTHING, i, i, i


@inlined
def pick(b: Board, mix: Longs, reach: int) -> Move:
    """Draw a move; the mix names each kind as often as its share says."""
    kind = mix[draw(b.random, len(mix))]
    i = any_place(b)
    if kind <= SWAP_ALIKE:
        return pick_swap(b, kind, i, reach)
    if kind <= INSERT_COLOUR:
        return pick_insert(b, kind, i, reach)
    if kind <= REFLECT_RUNS:
        return pick_reflect(b, kind, i, reach)
    return pick_blocks(b, kind, i, reach)


@inlined
def price(b: Board, kind: int, a: int, m: int, z: int, spare: int) -> int:
    """Price a move, runs above their maximum aside."""
    if a >= z:
        return NEVER
    if kind == SWAP:
        return swap_delta(b, a, z, spare)
    if kind == REFLECT:
        return reflect_delta(b, a, z, spare)
    return rotate_delta(b, a, m, z, spare)


@inner
def keep_best(b: Board) -> None:
    """Remember the present order if it is the best so far."""
    if b.figures[COST] < b.figures[BEST]:
        b.figures[BEST] = b.figures[COST]
        past = b.size[PAST]
        for t in range(past, b.size[PLACES]):
            b.best[t - past] = b.unit[t]


@inner
def accept(
    b: Board, kind: int, a: int, m: int, z: int, delta: int, spare: int, audit: int
) -> bool:
    """Carry out a priced move unless a run would cost too much."""
    over = over_delta(b, kind, a, m, z)
    delta += over * b.price[OVER]
    if delta > spare:
        return False
    if delta > 0:
        keep_best(b)
    carry_out(b, kind, a, m, z)
    b.figures[OVER_RUNS] += over
    b.figures[COST] += delta
    b.figures[ACCEPTED] += 1
    if audit:
        tracked = b.figures[COST]
        runs = b.figures[OVER_RUNS]
        if cost_of(b) != tracked or b.figures[OVER_RUNS] != runs:
            b.figures[MISMATCHES] += 1
    return True


@inlined
def spare_told(b: Board, move: Move, spare: int, loose: int, rules: Longs) -> int:
    """Give what a move may cost where units are bound, at home somewhere or firm."""
    kind, a, m, z = move
    firm_price = rules[FIRM_PRICE]
    if rules[SETTLING]:
        return spare_of(b, kind, a, m, z, loose, rules[TOLL], firm_price)
    if rules[FAR] or firm_price:
        return spare_far(b, kind, a, m, z, loose, rules[FAR], firm_price)
    return spare


def sum_shares(shares: Mapping[str, int]) -> Longs:
    """Name each kind of moves as often as its share says."""
    unknown = set(shares) - set(KINDS)
    if unknown:
        raise ValueError(f"unknown kinds of moves: {', '.join(sorted(unknown))}")
    n_times = [shares.get(kind, 0) for kind in KINDS]
    return np.repeat(np.arange(N_KINDS), n_times).astype(np.int64)


def tell(
    *,
    heat: int = 0,
    hot_rules: int = 0,
    audit: bool = False,
    bound_share: int | None = None,
    toll: int = 0,
    firm_price: int = 0,
    far: int = 0,
) -> Longs:
    """Put together what a walk is told; a ``bound_share`` makes it a settling one."""
    settles = bound_share is not None
    share = bound_share or 0
    return np.array(
        [heat, hot_rules, audit, settles, share, toll, firm_price, far], np.int64
    )


def stamp_of(*names: str) -> str:
    """Change with any source of a kernel, so that kept machine code is dropped."""
    folder = Path(__file__).parent
    texts = [(folder / f"sequence_{name}.py").read_bytes() for name in names]
    return sha256(b"".join(texts)).hexdigest()


def _make(stamp: str) -> Walk:
    """Make the loop that Python calls; numba keys its machine code by the stamp."""

    @entry
    def walk(b: Board, mix: Longs, reach: int, rules: Longs, n_moves: int) -> int:
        heat = rules[HEAT]
        settles = rules[SETTLING]
        audit = rules[AUDIT]
        toll = rules[TOLL]
        far = rules[FAR]
        most = (2 * far * b.size[UNITS]) >> FINE
        begun = b.figures[MOVES]
        for move in range(n_moves):
            if (begun + move) & LOOK_EVERY == 0:
                find_hot(b, rules[HOT_RULES])
            loose = 0
            if heat:
                loose = (heat * b.logs[draw(b.random, 1 << ACROSS)]) >> ACROSS
            if settles:
                kind, a, m, z = pick_settling(b, rules[BOUND_SHARE])
                spare = (loose + 2 * toll) >> FINE
            else:
                kind, a, m, z = pick(b, mix, reach)
                spare = (loose + most) >> FINE
            delta = price(b, kind, a, m, z, spare)
            if delta <= spare:
                spare = spare_told(b, (kind, a, m, z), spare, loose, rules)
            if delta <= spare and accept(b, kind, a, m, z, delta, spare, audit):
                if settles:
                    rebind(b, kind, a, m, z)
                if b.figures[COST] == 0 and not far:
                    n_moves = move + 1
                    break
        b.figures[MOVES] = begun + n_moves * (len(stamp) > 0)
        return n_moves

    return walk


walk = _make(stamp_of("board", "deltas", "settle", "walk"))
