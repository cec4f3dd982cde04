"""The cheapest assignment of successors: it bounds every round trip from below."""

import numpy as np
import numpy.typing as npt

from production.engine.compiling import kernel

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BIG = 1 << 60


@kernel
def augment(
    costs: Numbers,
    rows: Numbers,
    columns: Numbers,
    row_of: Numbers,
    way: Numbers,
    slack: Numbers,
    done: Flags,
    row: int,
) -> None:
    """Give one more row a column along the cheapest alternating path.

    ``rows`` and ``columns`` are the prices; column ``size`` stands for none.
    """
    size = costs.shape[0]
    slack[:] = BIG
    done[:] = False
    row_of[size] = row
    at = size
    while row_of[at] >= 0:
        done[at] = True
        here = row_of[at]
        least = BIG
        to = -1
        for column in range(size):
            if done[column]:
                continue
            reduced = costs[here, column] - rows[here] - columns[column]
            if reduced < slack[column]:
                slack[column] = reduced
                way[column] = at
            if slack[column] < least:
                least = slack[column]
                to = column
        for column in range(size + 1):
            if done[column]:
                rows[row_of[column]] += least
                columns[column] -= least
            else:
                slack[column] -= least
        at = to
    while at != size:
        row_of[at] = row_of[way[at]]
        at = way[at]


@kernel
def assign(costs: Numbers, rows: Numbers, columns: Numbers) -> None:
    """Price rows and columns so that their sum is the cheapest assignment's cost.

    No cost is then below the sum of its row's and its column's price. ``columns`` has
    one entry more. Hungarian method by shortest paths, ``O(n^3)``.
    """
    size = costs.shape[0]
    row_of = np.full(size + 1, -1, np.int64)
    way = np.zeros(size + 1, np.int64)
    slack = np.zeros(size + 1, np.int64)
    done = np.zeros(size + 1, np.bool_)
    rows[:] = 0
    columns[:] = 0
    for row in range(size):
        augment(costs, rows, columns, row_of, way, slack, done, row)
