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
def room(tape):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    return np.empty(tape[0] + 1 + tape[2], np.int64)


@compiled
def least(tape, own, fixed, aside):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    cost = room(tape)
    lay(tape, own, fixed, aside, cost)
    return up(tape, cost)


@compiled
def through(tape, weight, own, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    cost = room(tape)
    cost[: tape[0]] = weight
    best = up(tape, cost)
    down(tape, own, cost, found)
    return best


@compiled
def click(tape, own, fixed, aside, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, D103
    cost = room(tape)
    lay(tape, own, fixed, aside, cost)
    best = up(tape, cost)
    down(tape, own, cost, found)
    return best
