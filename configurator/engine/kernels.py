"""The loops compiled; imported only by `passes.warm`.

Each is compiled as it stands, but calls the others of its module in their compiled
form. What numba keeps on disk of them goes by that module's file, so that none outlives
a change.

They keep the interpreter's lock: a pass takes microseconds, and to get the lock back
from a busy thread may take milliseconds.
"""

from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np

from configurator.engine import fault_loops, loops


def _room(n):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return np.empty(n, np.int64)


def _compiled(module: ModuleType) -> dict[str, Any]:
    names = {**vars(module), "room": numba.njit(cache=True)(_room)}
    for name in module.LOOPS:
        code = names[name].__code__
        names[name] = numba.njit(cache=True)(FunctionType(code, names, name))
    return names


_passes, _fault = _compiled(loops), _compiled(fault_loops)
least, through, click = _passes["least"], _passes["through"], _passes["click"]
up, count = _passes["up"], _passes["count"]
propagate, blame = _fault["propagate"], _fault["blame"]
