"""The inner loops of the search for the order of runs on one machine."""

import numpy as np
import numpy.typing as npt

from production.engine.compiling import N_LOGS, Words, draw, kernel

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Steps = npt.NDArray[np.float64]

LATE, SETUP, BEST_LATE, BEST_SETUP, ACCEPTED = 0, 1, 2, 3, 4
"""Entries of the array of figures."""
RUN, DUE, WEIGHT, READY = 0, 1, 2, 3
"""Columns of the runs."""
END, LATE_BEFORE, SETUP_UP_TO, WEIGHT_FROM = 0, 1, 2, 3
"""Columns of the clock: the end of each position, lateness of those before it, sum of
set-ups up to it, sum of weights from it on."""
FIRST, ONE, MIDDLE, TWO = 0, 1, 2, 3
"""Entries of a move: first position, lengths of the blocks and of what is between."""
REFUSED = -1
N_SHORT = 12
GUIDED = 4
LONGEST_BLOCK = 8


@kernel
def reckon(
    order: Places,
    at_of: Places,
    runs: Numbers,
    setup: Numbers,
    clock: Numbers,
    start: int,
    first: int,
) -> None:
    """Bring the clock up to date from a position on; row -1 is the machine's state."""
    size = order.shape[0]
    for at in range(first, size):
        job = order[at]
        at_of[job] = at
        before = order[at - 1] if at else size
        now = clock[at - 1, END] if at else start
        spent = clock[at - 1, SETUP_UP_TO] if at else 0
        clock[at, SETUP_UP_TO] = spent + setup[before, job]
        begin = max(now + setup[before, job], runs[job, READY])
        clock[at, END] = begin + runs[job, RUN]
        late = max(0, clock[at, END] - runs[job, DUE]) * runs[job, WEIGHT]
        clock[at + 1, LATE_BEFORE] = clock[at, LATE_BEFORE] + late
    for at in range(size - 1, -1, -1):
        clock[at, WEIGHT_FROM] = clock[at + 1, WEIGHT_FROM] + runs[order[at], WEIGHT]


@kernel
def setup_change(order: Places, setup: Numbers, move: Numbers) -> int:
    """Say how much more set-up there is after a move. ``O(1)``."""
    size = order.shape[0]
    first, one, middle, two = move[FIRST], move[ONE], move[MIDDLE], move[TWO]
    second = first + one
    third = second + middle
    end = third + two
    before = order[first - 1] if first else size
    more = setup[before, order[third]] - setup[before, order[first]]
    last_one, last_two = order[second - 1], order[end - 1]
    if middle:
        last_middle = order[third - 1]
        more += setup[last_two, order[second]] - setup[last_one, order[second]]
        more += setup[last_middle, order[first]] - setup[last_middle, order[third]]
    else:
        more += setup[last_two, order[first]] - setup[last_one, order[third]]
    if end < size:
        more += setup[last_one, order[end]] - setup[last_two, order[end]]
    return int(more)


@kernel
def write(order: Places, move: Numbers, window: Places) -> int:
    """Write the stretch that a move changes as it will be; give its width."""
    first, one, middle, two = move[FIRST], move[ONE], move[MIDDLE], move[TWO]
    second = first + one
    third = second + middle
    for place in range(two):
        window[place] = order[third + place]
    for place in range(middle):
        window[two + place] = order[second + place]
    for place in range(one):
        window[two + middle + place] = order[first + place]
    return int(one + middle + two)


@kernel
def judge(
    order: Places,
    runs: Numbers,
    setup: Numbers,
    clock: Numbers,
    start: int,
    first: int,
    width: int,
    window: Places,
    limit: int,
) -> int:
    """Give the weighted lateness with a stretch replaced; refuse it above a limit."""
    size = order.shape[0]
    before = order[first - 1] if first else size
    now = clock[first - 1, END] if first else start
    late = clock[first, LATE_BEFORE]
    for place in range(width):
        job = window[place]
        now = max(now + setup[before, job], runs[job, READY]) + runs[job, RUN]
        if now > runs[job, DUE]:
            late += (now - runs[job, DUE]) * runs[job, WEIGHT]
            if late > limit:
                return REFUSED
        before = job
    at = first + width
    if at < size:
        job = order[at]
        now = max(now + setup[before, job], runs[job, READY]) + runs[job, RUN]
        late = judge_rest(order, runs, setup, clock, at, now, late, limit)
    return int(late) if late <= limit else REFUSED


@kernel
def judge_rest(
    order: Places,
    runs: Numbers,
    setup: Numbers,
    clock: Numbers,
    at: int,
    now: int,
    late: int,
    limit: int,
) -> int:
    """Add the lateness from a position on that now ends at another time; or refuse."""
    size = order.shape[0]
    usual = clock[size, LATE_BEFORE] - clock[at, LATE_BEFORE]
    shift = now - clock[at, END]
    gained = 0 if shift >= 0 else -shift * clock[at, WEIGHT_FROM]
    if late + max(0, usual - gained) > limit:
        return REFUSED
    while shift != 0:
        job = order[at]
        late += max(0, now - runs[job, DUE]) * runs[job, WEIGHT]
        at += 1
        if at == size:
            break
        now = max(now + setup[job, order[at]], runs[order[at], READY])
        now += runs[order[at], RUN]
        shift = now - clock[at, END]
    return int(late + clock[size, LATE_BEFORE] - clock[at, LATE_BEFORE])


@kernel
def propose(
    order: Places, at: Places, near: Places, words: Words, move: Numbers
) -> None:
    """Choose at random two blocks that change places, and what lies between them.

    Half of the moves bring a run right behind one after which it needs little set-up;
    the others exchange two runs or two neighbouring blocks, often near each other.
    """
    size = order.shape[0]
    kind = draw(words, 8)
    if kind < GUIDED:
        propose_pair(order, at, near, words, move)
        return
    reach = size if kind & 1 else min(size, N_SHORT)
    width = 2 + draw(words, reach - 1)
    move[FIRST] = draw(words, size - width + 1)
    if kind & 2:
        move[ONE] = 1
        move[TWO] = 1
        move[MIDDLE] = width - 2
        return
    cut = 1 + draw(words, min(LONGEST_BLOCK, width - 1))
    if draw(words, 2):
        cut = width - cut
    move[ONE] = cut
    move[MIDDLE] = 0
    move[TWO] = width - cut


@kernel
def propose_pair(
    order: Places, at: Places, near: Places, words: Words, move: Numbers
) -> None:
    """Bring a run right behind one after which it needs little set-up.

    Gives an empty block where they follow each other already.
    """
    size = order.shape[0]
    before = draw(words, size + 1)
    behind = near[before, draw(words, near.shape[1])]
    here = at[before] if before < size else -1
    there = at[behind]
    block = 1 + draw(words, LONGEST_BLOCK)
    moves_behind = draw(words, 2) == 1 or before == size
    move[MIDDLE] = 0
    if there > here:
        one = there - here - 1 if moves_behind else min(block, here + 1)
        move[FIRST] = here + 1 if moves_behind else here + 1 - one
        move[ONE] = one
        move[TWO] = min(block, size - there) if moves_behind else there - here - 1
    else:
        block = min(block, here - there)
        one = block if moves_behind else here + 1 - there - block
        move[FIRST] = there
        move[ONE] = one
        move[TWO] = here + 1 - there - one


@kernel
def search(
    orders: Places,
    at: Places,
    near: Places,
    runs: Numbers,
    setup: Numbers,
    clock: Numbers,
    start: int,
    figures: Numbers,
    words: Words,
    window: Places,
    move: Numbers,
    steps: Steps,
    late_heat: float,
    setup_heat: float,
    price: float,
    most_more: float,
    keeps_best: bool,
    n_moves: int,
) -> None:
    """Anneal: change the order at random and accept what is not much worse.

    Row 0 of ``orders`` is the present order, row 1 the best. Equal lateness is decided
    by set-ups; with ``keeps_best`` lateness may never exceed the best and set-ups
    decide all else.
    """
    order = orders[0]
    for _ in range(n_moves):
        propose(order, at, near, words, move)
        chance = steps[draw(words, N_LOGS)]
        if move[ONE] == 0 or move[TWO] == 0:
            continue
        more = setup_change(order, setup, move)
        if more > most_more or (keeps_best and more > setup_heat * chance):
            continue
        limit = figures[BEST_LATE]
        if not keeps_best:
            limit = figures[LATE] + int(late_heat * chance - price * more)
        first = move[FIRST]
        if limit < clock[first, LATE_BEFORE]:
            continue
        width = write(order, move, window)
        late = judge(order, runs, setup, clock, start, first, width, window, limit)
        if late != REFUSED:
            take(orders, window, first, width, late, more, figures)
            reckon(order, at, runs, setup, clock, start, first)


@kernel
def take(
    orders: Places,
    window: Places,
    first: int,
    width: int,
    late: int,
    more: int,
    figures: Numbers,
) -> None:
    """Put a changed stretch into the present order."""
    figures[ACCEPTED] += 1
    orders[0, first : first + width] = window[:width]
    figures[LATE] = late
    figures[SETUP] += more
    note_best(orders, figures)


@kernel
def note_best(orders: Places, figures: Numbers) -> None:
    """Keep the present order if it is the best so far."""
    if figures[LATE] < figures[BEST_LATE] or (
        figures[LATE] == figures[BEST_LATE] and figures[SETUP] < figures[BEST_SETUP]
    ):
        figures[BEST_LATE] = figures[LATE]
        figures[BEST_SETUP] = figures[SETUP]
        orders[1] = orders[0]
