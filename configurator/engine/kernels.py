"""The loops compiled; imported only by `passes.warm`.

Each is compiled as it stands, but calls the others in their compiled form. What numba
keeps on disk of them goes by their own file, so that none outlives a change.

They keep the interpreter's lock: a pass takes microseconds, and to get the lock back
from a busy thread may take milliseconds.
"""

from types import FunctionType
from typing import Any

import numba
import numpy as np

from configurator.engine import fault_loops, loops


def _room(n):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return np.empty(n, np.int64)


def _compiled() -> dict[str, Any]:
    names = {**vars(loops), **vars(fault_loops)}
    names["room"] = numba.njit(cache=True)(_room)
    for name in (*loops.LOOPS, *fault_loops.LOOPS):
        code = names[name].__code__
        names[name] = numba.njit(cache=True)(FunctionType(code, names, name))
    return names


_names = _compiled()
least, through, click = _names["least"], _names["through"], _names["click"]
up, count = _names["up"], _names["count"]
propagate, blame = _names["propagate"], _names["blame"]
