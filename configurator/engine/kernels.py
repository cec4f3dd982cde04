"""The loops compiled; imported only by `passes.warm`.

They keep the interpreter's lock: a pass takes microseconds, and to get the lock back
from a busy thread may take milliseconds.
"""

import numba
import numpy as np

from configurator.engine import loops

compiled = numba.njit(cache=True)
up = compiled(loops.up)
down = compiled(loops.down)
lay = compiled(loops.lay)
count = compiled(loops.count)


@compiled
def least(tape, weight):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    return up(tape, weight, np.empty(tape[0] + 1 + tape[2], np.int64))


@compiled
def through(tape, weight, own, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    cost = np.empty(tape[0] + 1 + tape[2], np.int64)
    best = up(tape, weight, cost)
    down(tape, own, cost, found)
    return best


@compiled
def click(tape, costs, fixed, aside, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    weight = np.empty(tape[0], np.int64)
    lay(tape, costs[1], fixed, aside, weight)
    dearest = up(tape, weight, found)
    lay(tape, costs[0], fixed, aside, weight)
    return through(tape, weight, costs[0], found), dearest


@compiled
def counted(tape, ways):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    return count(tape, ways, np.empty(tape[0] + 1 + tape[2], np.int64))
