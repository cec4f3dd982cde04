"""Compiles constraints into a multi-valued decision diagram in flat arrays.

Each variable is written in adjacent bits of an oxidd BDD; codes beyond the last
value repeat it, so that a variable that does not matter is not asked. The blocks of
bits are then collapsed to one node per variable.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from configurator.engine.encoding import Constraint, Encoding, Relation
from configurator.engine.symbolic import Translator

if TYPE_CHECKING:
    from configurator.engine.blocks import Blocks

Ints = npt.NDArray[np.int32]
Progress = Callable[[str, float], None]


ARRAYS = ("level", "first", "value", "target", "level_first", "offset")
"""The arrays of a diagram by name, in the order of its fields."""


class BudgetError(RuntimeError):
    """A model does not compile within its budget of nodes or seconds."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How large a diagram may grow while it is built, and for how long.

    Parameters
    ----------
    nodes
        Inner BDD nodes alive at one time.
    seconds
        Of CPU, looked at between two steps.
    """

    nodes: int = 1 << 24
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.nodes < 1 << 10:
            raise ValueError(f"{self.nodes} nodes are too few to begin with")


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """A multi-valued decision diagram, nodes in the order of their levels.

    Node 0 is the root, node ``len(level)`` the end that is always true. The edges of
    node ``n`` are ``first[n]`` to ``first[n + 1]``; an edge takes the value
    ``value`` (numbered over all levels, `offset` says where a level's begin) to the
    node ``target``. Levels that an edge jumps may have any value. A void diagram
    has no nodes and `void` true.

    Attributes
    ----------
    level, first, value, target
        int32, of lengths n, n + 1, e, e.
    level_first
        int32: where each level's nodes begin, one more for the end.
    offset
        int32: where each level's values begin, one more for the end.
    """

    level: Ints
    first: Ints
    value: Ints
    target: Ints
    level_first: Ints
    offset: Ints
    void: bool

    def __post_init__(self) -> None:
        for name in ARRAYS:
            array = np.asarray(np.ascontiguousarray(getattr(self, name), np.int32))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_levels(self) -> int:
        """How many variables there are."""
        return len(self.offset) - 1

    @property
    def n_nodes(self) -> int:
        """How many nodes there are, the end not counted."""
        return len(self.level)

    @property
    def n_edges(self) -> int:
        """How many edges there are."""
        return len(self.value)


def compile_diagram(
    encoding: Encoding,
    order: Sequence[int],
    *,
    budget: Budget,
    clock: Callable[[], float],
    on_progress: Progress | None = None,
) -> Diagram:
    """Compile constraints in a given order of variables.

    Parameters
    ----------
    encoding
        Variables and constraints.
    order
        The variables from the root down.
    budget
        Where to give up.
    clock
        CPU seconds.
    on_progress
        Told a phase and the share of it that is done, from 0 to 1.

    Raises
    ------
    BudgetError
        If the diagram outgrows its budget.
    """
    from configurator.engine.blocks import Blocks  # noqa: PLC0415 -- slow import

    sizes = [len(encoding.variables[at].values) for at in order]
    blocks = Blocks(sizes, nodes=budget.nodes)
    level = {variable: at for at, variable in enumerate(order)}
    translator = Translator(encoding, level, blocks)
    stop_at = clock() + budget.seconds

    def spans(constraint: Constraint | Relation) -> tuple[bool, int, int]:
        levels = [level[at] for at in encoding.scope(constraint)] or [0]
        later = isinstance(constraint, Relation) or not constraint.is_structural
        return later, -min(levels), max(levels)

    ordered = sorted(encoding.ties, key=spans)
    try:
        whole = blocks.true
        for at, constraint in enumerate(ordered):
            whole &= translator.constraint(constraint)
            if clock() > stop_at:
                raise BudgetError(f"not compiled after {budget.seconds:g} CPU seconds")
            if on_progress is not None:
                on_progress("conjoin", (at + 1) / len(ordered))
    except MemoryError as error:
        raise BudgetError(f"more than {budget.nodes} nodes") from error
    with tempfile.TemporaryDirectory() as directory:
        nodes = blocks.export(whole, Path(directory) / "diagram")
    return collapse(nodes, blocks)


def collapse(nodes: "npt.NDArray[np.int64]", blocks: "Blocks") -> Diagram:
    """Turn blocks of bits into nodes with one edge per value.

    `nodes` has one row (bit, low, high) per BDD node; rows 0 and 1 are false and
    true, the last one is the root.
    """
    n_levels = len(blocks.sizes)
    offset = np.array(list(accumulate(blocks.sizes, initial=0)), np.int32)
    bit, low, high = nodes[:, 0], nodes[:, 1], nodes[:, 2]
    block_of = np.append(np.repeat(np.arange(n_levels), blocks.bits), n_levels)
    block = block_of[bit]
    root = len(nodes) - 1
    entered = np.zeros(len(nodes), bool)
    entered[root] = True
    members: list[npt.NDArray[np.int64]] = []
    targets: list[npt.NDArray[np.int64]] = []
    by_block = np.argsort(block, kind="stable")
    limits = np.searchsorted(block[by_block], np.arange(n_levels + 1))
    for at in range(n_levels):
        candidates = by_block[limits[at] : limits[at + 1]]
        here = candidates[entered[candidates]]
        reached = here[:, None]
        for each in range(blocks.starts[at], blocks.starts[at] + blocks.bits[at]):
            asked = bit[reached] == each
            lower = np.where(asked, low[reached], reached)
            upper = np.where(asked, high[reached], reached)
            width = 2 * reached.shape[1]
            reached = np.stack((lower, upper), axis=2).reshape(len(here), width)
        reached = reached[:, : blocks.sizes[at]]
        members.append(here)
        targets.append(reached)
        entered[reached.ravel()] = True
    return _flatten(members, targets, offset, void=root == 0, n=len(nodes))


def _flatten(
    members: Sequence["npt.NDArray[np.int64]"],
    targets: Sequence["npt.NDArray[np.int64]"],
    offset: Ints,
    *,
    void: bool,
    n: int,
) -> Diagram:
    counts = [len(each) for each in members]
    level_first = np.array(list(accumulate(counts, initial=0)), np.int32)
    n_nodes = int(level_first[-1])
    number = np.full(max(n, 2), -1, np.int64)
    number[1] = n_nodes
    degrees, values, ends = [], [], []
    for at, here in enumerate(members):
        number[here] = np.arange(level_first[at], level_first[at + 1])
    for at, reached in enumerate(targets):
        taken = reached != 0
        degrees.append(taken.sum(axis=1))
        values.append(np.nonzero(taken)[1] + offset[at])
        ends.append(number[reached[taken]])
    first = np.zeros(n_nodes + 1, np.int32)
    first[1:] = np.cumsum(np.concatenate([*degrees, np.zeros(0, np.int64)]))
    level = np.repeat(np.arange(len(counts)), counts)
    return Diagram(
        level=level.astype(np.int32),
        first=first,
        value=np.concatenate([*values, np.zeros(0, np.int64)]).astype(np.int32),
        target=np.concatenate([*ends, np.zeros(0, np.int64)]).astype(np.int32),
        level_first=level_first,
        offset=offset,
        void=void,
    )
