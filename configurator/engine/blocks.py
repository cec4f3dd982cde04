"""Multi-valued variables as blocks of adjacent bits in an oxidd BDD."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
from oxidd.bdd import BDDFunction, BDDManager


class Blocks:
    """A manager whose levels are variables of several values.

    Parameters
    ----------
    sizes
        Number of values of each level from the root down, each at least 1.
    nodes
        Largest number of inner BDD nodes; beyond it operations raise
        ``MemoryError``.
    """

    def __init__(self, sizes: Sequence[int], *, nodes: int) -> None:
        self.sizes = list(sizes)
        self.bits = [max(size - 1, 0).bit_length() for size in sizes]
        self.starts = list(accumulate(self.bits, initial=0))
        self.manager = BDDManager(nodes, min(nodes // 4, 1 << 22), 1)
        self.manager.add_vars(self.starts[-1])
        self.variables = [self.manager.var(at) for at in range(self.starts[-1])]
        self.true = self.manager.true()
        self.false = self.manager.false()

    def branch(self, level: int, children: Sequence[BDDFunction]) -> BDDFunction:
        """Return the function that follows one child for each value of a level.

        The children must not ask levels above or at `level`. Codes beyond the last
        value repeat its child.
        """
        missing = (1 << self.bits[level]) - len(children)
        row = [*children, *[children[-1]] * missing]
        bit = self.starts[level] + self.bits[level]
        while len(row) > 1:
            bit -= 1
            asked = self.variables[bit]
            row = [
                low if low is high or low == high else asked.ite(high, low)
                for low, high in zip(row[::2], row[1::2], strict=True)
            ]
        return row[0]

    def among(self, level: int, holds: Sequence[bool]) -> BDDFunction:
        """Return the function that is true for the marked values of a level."""
        return self.branch(level, [self.true if h else self.false for h in holds])

    def export(self, function: BDDFunction, path: Path) -> "npt.NDArray[np.int64]":
        """Return the nodes of a function as rows (bit, low, high).

        Rows 0 and 1 are false and true (their bit lies after the last one), children
        stand before their parents, the last row is the root.
        """
        n_bits = self.starts[-1]
        ends = np.array([[n_bits, 0, 0], [n_bits, 1, 1]], np.int64)
        if function == self.false:
            return ends[:1]
        if function == self.true:
            return ends
        self.manager.export_dddmp(str(path), [function], ascii=True)
        head, _, body = path.read_bytes().partition(b"\n.nodes\n")
        support = next(
            line.split()[1:] for line in head.split(b"\n") if line.startswith(b".ids ")
        )
        lines = body.partition(b"\n.end")[0].split(b"\n", 2)
        if [line.split()[1] for line in lines[:2]] != [b"F", b"T"]:
            raise RuntimeError("the exported diagram does not begin with its two ends")
        rows = np.array(lines[2].split(), np.int64).reshape(-1, 4)
        bits = np.array(support, np.int64)[rows[:, 1]]
        inner = np.stack((bits, rows[:, 3] - 1, rows[:, 2] - 1), axis=1)
        return np.concatenate((ends, inner))
