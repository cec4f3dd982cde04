"""Folds a diagram: what all products below a node share is said once, above it.

A node's edges all end in the same values of some levels far below, because rules tie
them to what is decided above. Moved up onto the edges that lead there, they make nodes
alike that differed in nothing else; those become one. Own; the idea is that of Lai,
Liu and Wang (2013, "Reduced ordered binary decision diagram with implied literals"),
carried to several values, to free ones and to costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from configurator.engine.diagram import Diagram, Ints

Edges = list[tuple[int, int]]

HEAD = 6
"""Numbers that stand before the lists on a tape."""
NOTHING = -1
"""The symbol of a label without values."""


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A folded diagram on one tape of int32, so that a pass is handed one array.

    A symbol is a value (numbered over all levels), after those "any value of a level"
    by level, after those a pair of two earlier symbols. An edge carries one symbol:
    the values that all products along it have there. Node 0 is the root, the last
    node the end; edges lead to higher nodes. Each path from the root to the end, with
    the root's own symbol, meets every level exactly once.

    The tape: the numbers of values, levels, pairs, nodes (the end not counted) and
    edges, the root's symbol; where each level's values begin, one more for the end;
    left symbols of pairs, right ones; where each node's edges begin, one more for the
    end; symbols of edges; nodes they lead to.
    """

    tape: Ints
    void: bool

    @property
    def n_values(self) -> int:
        """How many values all levels have together."""
        return int(self.tape[0])

    @property
    def n_levels(self) -> int:
        """How many variables there are."""
        return int(self.tape[1])

    @property
    def n_symbols(self) -> int:
        """How many symbols there are."""
        return int(self.tape[0] + self.tape[1] + self.tape[2])

    @property
    def n_nodes(self) -> int:
        """How many nodes there are, the end not counted."""
        return int(self.tape[3])

    @property
    def n_edges(self) -> int:
        """How many edges there are."""
        return int(self.tape[4])

    @property
    def offset(self) -> Ints:
        """Where each level's values begin, one more for the end."""
        return self.tape[HEAD : HEAD + self.n_levels + 1]

    def edges(self, node: int) -> list[tuple[int, int]]:
        """Return the edges of a node: the symbol, and the node it leads to."""
        first = HEAD + self.n_levels + 1 + 2 * int(self.tape[2])
        start, end = self.tape[first + node : first + node + 2].tolist()
        labels = self.tape[first + self.n_nodes + 1 :]
        return list(
            zip(
                labels[start:end].tolist(),
                labels[self.n_edges + start : self.n_edges + end].tolist(),
                strict=True,
            )
        )

    def singles(self, symbol: int) -> list[int]:
        """Return the symbols below the pairs that a symbol stands for."""
        pairs = self.n_values + self.n_levels
        if symbol == NOTHING:
            return []
        if symbol < pairs:
            return [symbol]
        left = HEAD + self.n_levels + 1 + symbol - pairs
        one, other = int(self.tape[left]), int(self.tape[left + int(self.tape[2])])
        return self.singles(one) + self.singles(other)

    @property
    def root(self) -> int:
        """The symbol of what all products have, or `NOTHING`."""
        return int(self.tape[5])


def fold(diagram: Diagram) -> Folded:
    """Fold a diagram; ``O(edges * values / 64)``.

    The order of nodes, edges and symbols follows from the diagram alone.
    """
    shared, nodes = _merged(diagram)
    labels = dict.fromkeys(label for edges in nodes for label, _ in edges)
    symbols = _Symbols(diagram, [*labels, shared])
    symbol = {label: symbols.of(label) for label in labels}
    root = symbols.of(shared) if shared else NOTHING
    counts = [len(edges) for edges in nodes]
    tape = [
        *(symbols.n_values, diagram.n_levels, len(symbols.pairs), len(nodes)),
        *(sum(counts), root),
        *diagram.offset.tolist(),
        *(left for left, _ in symbols.pairs),
        *(right for _, right in symbols.pairs),
        *np.cumsum([0, *counts]).tolist(),
        *(symbol[label] for edges in nodes for label, _ in edges),
        *(target for edges in nodes for _, target in edges),
    ]
    array = np.array(tape, np.int32)
    array.flags.writeable = False
    return Folded(array, diagram.void)


def _merged(diagram: Diagram) -> tuple[int, list[Edges]]:
    """Return what all products share, and the edges of the nodes, root first.

    Labels are sets of symbols below the pairs, as bits of an integer.
    """
    level = [*diagram.level.tolist(), diagram.n_levels]
    first, target = diagram.first.tolist(), diagram.target.tolist()
    values = diagram.value.tolist()
    n_values = int(diagram.offset[-1])
    any_above = [((1 << at) - 1) << n_values for at in range(diagram.n_levels + 1)]
    shared = [0] * (diagram.n_nodes + 1)
    merged = [0] * (diagram.n_nodes + 1)
    known: dict[tuple[tuple[int, int], ...], int] = {}
    for node in range(diagram.n_nodes - 1, -1, -1):
        edges = []
        common = -1
        below = any_above[level[node] + 1]
        for edge in range(first[node], first[node + 1]):
            end = target[edge]
            jumped = any_above[level[end]] ^ below
            label = shared[end] | jumped | 1 << values[edge]
            common &= label
            edges.append((label, merged[end]))
        shared[node] = common
        if len(edges) == 1:
            merged[node] = edges[0][1]
            continue
        key = tuple((label ^ common, end) for label, end in edges)
        merged[node] = known.setdefault(key, len(known) + 1)
    found = shared[0] if diagram.void else shared[0] | any_above[level[0]]
    nodes = list(known)[::-1]
    return found, [[(label, len(nodes) - at) for label, at in key] for key in nodes]


class _Symbols:
    """Makes pairs of symbols so that labels with common parts share them."""

    def __init__(self, diagram: Diagram, labels: Sequence[int]) -> None:
        self.n_values = int(diagram.offset[-1])
        self.pairs: dict[tuple[int, int], int] = {}
        self.n_single = self.n_values + diagram.n_levels
        members = [0] * self.n_single
        for at, label in enumerate(labels):
            for single in _bits(label):
                members[single] |= 1 << at
        # Symbols that go together in many labels come to lie side by side.
        self.order = sorted(range(self.n_single), key=lambda s: (members[s], s))
        self.place = [0] * self.n_single
        for place, single in enumerate(self.order):
            self.place[single] = place
        self.width = 1 << max(self.n_single - 1, 0).bit_length()
        self.known: dict[tuple[int, int], int] = {}

    def of(self, label: int) -> int:
        """Return the symbol of a set that is not empty."""
        placed = 0
        for single in _bits(label):
            placed |= 1 << self.place[single]
        return self._halved(placed, 0, self.width)

    def _halved(self, label: int, start: int, width: int) -> int:
        if label & (label - 1) == 0:
            return self.order[start + label.bit_length() - 1]
        key = (label, start)
        found = self.known.get(key)
        if found is None:
            half = width >> 1
            low, high = label & ((1 << half) - 1), label >> half
            if low and high:
                pair = (
                    self._halved(low, start, half),
                    self._halved(high, start + half, half),
                )
                found = self.pairs.setdefault(pair, self.n_single + len(self.pairs))
            elif low:
                found = self._halved(low, start, half)
            else:
                found = self._halved(high, start + half, half)
            self.known[key] = found
        return found


def _bits(label: int) -> list[int]:
    found = []
    while label:
        lowest = label & -label
        found.append(lowest.bit_length() - 1)
        label ^= lowest
    return found
