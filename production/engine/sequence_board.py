"""The state of a queue under search as flat arrays, and what it adds up to.

Positions count the frozen past first. A window is named by its end. ``add`` and
``drop`` keep for every position and rule in how many counted windows one more mark
would be too many, and in how many one is too many now: a swap of units that stand
far apart is so priced by two look-ups for each rule in which they differ.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

numba: Any
try:
    numba = import_module("numba")
except ImportError:  # pragma: no cover -- this environment has it
    numba = None

P = ParamSpec("P")
R = TypeVar("R")
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Shorts = npt.NDArray[np.int16]

IS_COMPILED = numba is not None and not numba.config.DISABLE_JIT

MASK = 0xFFFFFFFF
WEYL = 362437
NEVER = 1 << 62
"""Price of a move that is none."""
NO_COLOUR = -1
"""Colour of the places beyond both ends; it differs from none."""

PAST, UNITS, PLACES, RULES, RUN_FROM, HAS_LIMITS, HAS_DUES, WIDEST, OLD = range(9)
CHANGE, OVER, LATE = range(3)
COST, OVER_RUNS, BEST, MOVES, ACCEPTED, MISMATCHES, N_HOT = range(7)
N_FREE, N_LEFT, JOINS_A, JOINS_Z = range(7, 11)
N_FIGURES = 11


def _compile(function: Callable[P, R], **options: bool | str) -> Callable[P, R]:
    """Compile a function of numbers and arrays that makes no array of its own.

    Without counts of who refers to an array the loop is some eight times as fast.
    """
    if numba is None:  # pragma: no cover -- this environment has it
        return function
    compiled: Callable[P, R] = numba.njit(nogil=True, _nrt=False, **options)(function)
    return compiled


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that other kernels call."""
    return _compile(function)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function into each of its callers."""
    return _compile(function, inline="always")


def entry(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that Python calls; keep the machine code where one can."""
    try:
        return _compile(function, cache=True)
    except RuntimeError:  # pragma: no cover -- no folder to keep the code in
        return _compile(function)


class Board(NamedTuple):
    """All arrays of one search; see the module for what positions and windows are.

    ``size`` and ``figures`` are read by the names above. Rules are in order of rank;
    ``gate`` is the price above which the rules after one cannot save a move. Columns
    of ``price``: colour change, unit above a run, late unit.
    """

    size: Longs
    price: Longs
    figures: Longs
    random: Longs
    logs: Longs
    at_most: Longs
    window: Longs
    weight: Longs
    gate: Longs
    first_end: Longs
    last_end: Longs
    limit: Longs
    unit_mask: Longs
    unit_colour: Ints
    unit_due: Ints
    unit_group: Ints
    unit_free: Ints
    unit_firm: Ints
    unit_kind: Ints
    rank: Ints
    old: Ints
    home: Ints
    colour_first: Ints
    colour_units: Ints
    group_first: Ints
    group_units: Ints
    where: Ints
    unit: Ints
    mask: Longs
    colour: Ints
    due: Ints
    mark: Shorts
    inside: Shorts
    add: Shorts
    drop: Shorts
    best: Ints
    hot: Ints
    free: Ints
    free_at: Ints


@inlined
def draw(random: Longs, below: int) -> int:
    """Give a random number from 0 up to, not including, ``below``.

    Xorshift of 32 bits plus a Weyl sequence (Marsaglia 2003), in numbers that never
    leave 63 bits, so that it is the same compiled or not.
    """
    x = random[0]
    x ^= (x << 13) & MASK
    x ^= x >> 17
    x ^= (x << 5) & MASK
    random[0] = x
    y = (random[1] + WEYL) & MASK
    random[1] = y
    return int((((x + y) & MASK) * below) >> 32)


@inlined
def differ(one: int, two: int) -> int:
    """Say whether going from one colour to another is a change."""
    return 1 if one != two and one >= 0 and two >= 0 else 0


@inlined
def excess(count: int, at_most: int) -> int:
    """Give how many marks a window holds too many."""
    return count - at_most if count > at_most else 0


@inlined
def refresh(b: Board, low: int, high: int) -> None:
    """Renew all that follows from the units at the places from low to high."""
    for t in range(low, high + 1):
        u = b.unit[t]
        b.where[u] = t
        b.mask[t] = b.unit_mask[u]
        b.colour[t] = b.unit_colour[u]
        b.due[t] = b.unit_due[u]
    for r in range(b.size[RULES]):
        first = high + 1
        last = low - 1
        for t in range(low, high + 1):
            marked = (b.mask[t] >> r) & 1
            if marked != b.mark[r, t]:
                b.mark[r, t] = marked
                first = min(first, t)
                last = t
        if first <= last:
            recount(b, r, first, last)
            retable(b, r, first, last)


@inlined
def recount(b: Board, r: int, first: int, last: int) -> None:
    """Count the windows of a rule anew that hold a place from first to last."""
    q = b.window[r]
    inside = 0
    for t in range(max(0, first - q), first):
        inside += b.mark[r, t]
    for end in range(first, last + q):
        inside += b.mark[r, end]
        if end >= q:
            inside -= b.mark[r, end - q]
        b.inside[r, end] = inside


@inlined
def retable(b: Board, r: int, first: int, last: int) -> None:
    """Renew what a mark more or less costs around the places from first to last."""
    q = b.window[r]
    p = b.at_most[r]
    begin = b.first_end[r]
    stop = b.last_end[r]
    low = max(first - q + 1, 0)
    full = 0
    over = 0
    for end in range(max(low, begin), min(low + q - 1, stop)):
        full += b.inside[r, end] >= p
        over += b.inside[r, end] > p
    for t in range(low, min(last + q, b.size[PLACES])):
        end = t + q - 1
        if begin <= end < stop:
            full += b.inside[r, end] >= p
            over += b.inside[r, end] > p
        b.add[t, r] = full
        b.drop[t, r] = over
        if begin <= t < stop:
            full -= b.inside[r, t] >= p
            over -= b.inside[r, t] > p


@inner
def rebuild(b: Board, low: int, high: int) -> None:
    """Refresh in a function of its own."""
    refresh(b, low, high)


@inner
def cost_of_rules(b: Board) -> int:
    """Add up what the order breaks of the ratio rules, from the units alone."""
    cost = 0
    for r in range(b.size[RULES]):
        q = b.window[r]
        inside = 0
        for end in range(b.last_end[r]):
            if end < b.size[PLACES]:
                inside += (b.unit_mask[b.unit[end]] >> r) & 1
            if end >= q:
                inside -= (b.unit_mask[b.unit[end - q]] >> r) & 1
            if end >= b.first_end[r]:
                cost += excess(inside, b.at_most[r]) * b.weight[r]
    return cost


@inner
def cost_of_colours(b: Board) -> int:
    """Add up changes and units above a run, from the units alone; keeps the latter."""
    changes = 0
    over = 0
    run = 0
    before = NO_COLOUR - 1
    for t in range(b.size[PLACES]):
        now = b.unit_colour[b.unit[t]]
        run = run + 1 if now == before and t != b.size[RUN_FROM] else 1
        if t >= b.size[PAST]:
            changes += differ(before, now)
            if b.size[HAS_LIMITS] and run > b.limit[now]:
                over += 1
        before = now
    b.figures[OVER_RUNS] = over
    return int(changes * b.price[CHANGE] + over * b.price[OVER])


@inner
def cost_of_dues(b: Board) -> int:
    """Add up the late units, from the units alone."""
    late = 0
    past = b.size[PAST]
    for t in range(past, b.size[PLACES]):
        late += t - past > b.unit_due[b.unit[t]]
    return int(late * b.price[LATE])


@inner
def cost_of(b: Board) -> int:
    """Count the whole cost plainly; trusts no table."""
    return cost_of_rules(b) + cost_of_colours(b) + cost_of_dues(b)


@entry
def start(b: Board) -> int:
    """Fill all tables from the order of the units, and count its cost."""
    b.mark[:, :] = 0
    b.inside[:, :] = 0
    b.add[:, :] = 0
    b.drop[:, :] = 0
    rebuild(b, 0, b.size[PLACES] - 1)
    b.figures[COST] = cost_of(b)
    b.figures[BEST] = NEVER
    return int(b.figures[COST])
