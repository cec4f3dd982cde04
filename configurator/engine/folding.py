"""Folds a diagram into choices that do not depend on one another.

What all products below a node of a diagram share is said once, above it; edges that
go on alike become one. What is left is a set of choices, each between a few sets of
values and of further choices, which are made apart from each other. It is a smooth,
deterministic form with decomposable parts (Darwiche 2001), found from the diagram by
moving up what is implied (the idea of Lai, Liu and Wang 2013, "Reduced ordered binary
decision diagram with implied literals", carried to several values and to choices).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from configurator.engine.diagram import Diagram

Tape = npt.NDArray[np.uint32]

HEAD = 5
"""Numbers that stand before the lists on a tape."""


class Parts(NamedTuple):
    """What is had together: values as bits of an integer, and numbers of choices."""

    values: int
    choices: frozenset[int]


NOTHING = Parts(0, frozenset())


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Choices on one tape of uint32, so that a pass is handed one array.

    A symbol below the number of values is a value (numbered over all levels), the
    next one stands for nothing, every later one for a choice. A choice takes one of
    its edges, an edge both of its symbols, which come before it. Each way through,
    from the last choice on, meets every level exactly once.

    The tape: the numbers of values, levels, choices and edges, the symbol of the
    whole; where each level's values begin, one more for the end; where each choice's
    edges begin, one more for the end; one symbol of each edge; the other ones.
    """

    tape: Tape
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
        return int(self.tape[0] + 1 + self.tape[2])

    @property
    def n_edges(self) -> int:
        """How many edges there are."""
        return int(self.tape[3])

    @property
    def root(self) -> int:
        """The symbol of whole products."""
        return int(self.tape[4])

    @property
    def offset(self) -> Tape:
        """Where each level's values begin, one more for the end."""
        return self.tape[HEAD : HEAD + self.n_levels + 1]

    def choices(self) -> list[list[tuple[int, int]]]:
        """Return each choice's edges: the two symbols of each."""
        at = HEAD + self.n_levels + 1
        first = self.tape[at : at + int(self.tape[2]) + 1].tolist()
        symbols = self.tape[at + len(first) :].tolist()
        edges = list(zip(symbols[: self.n_edges], symbols[self.n_edges :], strict=True))
        return [edges[start:end] for start, end in pairwise(first)]

    def size(self) -> tuple[int, int]:
        """Return how many choices there are, and links from them to what they take.

        Counted as if nothing that several of them take were said only once.
        """
        width = [1] * (self.n_values + 1)
        n_choices = n_links = 0
        for edges in self.choices():
            links = sum(width[one] + width[other] for one, other in edges)
            width.append(links if len(edges) == 1 else 1)
            if len(edges) > 1:
                n_choices, n_links = n_choices + 1, n_links + links
        return n_choices, n_links


def fold(diagram: Diagram) -> Folded:
    """Fold a diagram; what comes out follows from the diagram alone."""
    folding = Folding(diagram.offset.tolist())
    jumped = [folding.any_of(at) for at in range(diagram.n_levels)]
    # Whatever is jumped between two levels, by both of them.
    between: dict[tuple[int, int], Parts] = {}

    def free(start: int, end: int) -> Parts:
        if (start, end) not in between:
            between[start, end] = joined(jumped[start:end])
        return between[start, end]

    level = [*diagram.level.tolist(), diagram.n_levels]
    first, target = diagram.first.tolist(), diagram.target.tolist()
    values = diagram.value.tolist()
    below = [NOTHING] * (diagram.n_nodes + 1)
    for node in range(diagram.n_nodes - 1, -1, -1):
        start = level[node] + 1
        edges = []
        for edge in range(first[node], first[node + 1]):
            end = target[edge]
            rest = below[end]
            if level[end] > start:
                rest = joined((rest, free(start, level[end])))
            edges.append((values[edge], rest))
        below[node] = folding.branch(edges)
    if diagram.void:
        return folding.folded(NOTHING, void=True)
    return folding.folded(joined((below[0], free(0, level[0]))))


def joined(parts: Iterable[Parts]) -> Parts:
    """Return parts that are had together."""
    values, choices = 0, frozenset[int]()
    for each in parts:
        values |= each.values
        choices |= each.choices
    return Parts(values, choices)


class Folding:
    """Collects choices, each made of earlier ones.

    Parameters
    ----------
    offset
        Where each level's values begin, one more for the end.
    """

    def __init__(self, offset: Sequence[int]) -> None:
        self.offset = offset
        self._known: dict[tuple[Parts, ...], int] = {}

    def choice(self, alternatives: Sequence[Parts]) -> Parts:
        """Return the choice between alternatives that meet the same levels."""
        if len(alternatives) == 1:
            return alternatives[0]
        number = self._known.setdefault(tuple(alternatives), len(self._known))
        return Parts(0, frozenset((number,)))

    def any_of(self, level: int) -> Parts:
        """Return the choice between all values of a level."""
        values = range(self.offset[level], self.offset[level + 1])
        return self.choice([Parts(1 << value, NOTHING.choices) for value in values])

    def branch(self, edges: Iterable[tuple[int, Parts]]) -> Parts:
        """Return the choice between values of one level, each with what comes after.

        Values that go on alike are chosen between apart from the rest, and what all
        edges share is no part of the choice.
        """
        alike: dict[Parts, list[Parts]] = {}
        for value, rest in edges:
            alike.setdefault(rest, []).append(Parts(1 << value, NOTHING.choices))
        if len(alike) == 1:
            ((rest, values),) = alike.items()
            return joined((rest, self.choice(values)))
        shared_values, shared = -1, None
        for rest in alike:
            shared_values &= rest.values
            shared = rest.choices if shared is None else shared & rest.choices
        common = Parts(shared_values, shared or NOTHING.choices)
        alternatives = []
        for rest, values in alike.items():
            left = Parts(rest.values ^ common.values, rest.choices - common.choices)
            alternatives.append(joined((left, self.choice(values))))
        return joined((common, self.choice(alternatives)))

    def folded(self, whole: Parts, *, void: bool = False) -> Folded:
        """Write everything that `whole` needs on a tape; a void one has no edge."""
        if void:
            n_values = self.offset[-1]
            head = [n_values, len(self.offset) - 1, 1, 0, n_values + 1]
            return _folded([*head, *self.offset, 0, 0], void=True)
        return _Tape(self.offset, list(self._known), whole).folded()


class _Tape:
    """Gives symbols to choices, and to pairs so that edges with common parts share."""

    def __init__(
        self,
        offset: Sequence[int],
        choices: Sequence[tuple[Parts, ...]],
        whole: Parts,
    ) -> None:
        self.offset = offset
        self.n_values = offset[-1]
        self.edges: list[list[tuple[int, int]]] = []
        needed = set(whole.choices)
        for number in range(len(choices) - 1, -1, -1):
            if number in needed:
                needed.update(c for parts in choices[number] for c in parts.choices)
        self.symbol = {value: value for value in range(self.n_values)}
        self.known: dict[tuple[int, ...], int] = {}
        self._place(choices, whole, needed)
        for number in sorted(needed):
            edges = [self._edge(parts) for parts in choices[number]]
            self.symbol[self.n_values + number] = self._new(edges)
        one, other = self._edge(whole)
        self.root = one
        if other != self.n_values:
            self.root = self._new([(one, other)])

    def _place(
        self, choices: Sequence[tuple[Parts, ...]], whole: Parts, needed: set[int]
    ) -> None:
        """Let what is often had together lie side by side."""
        members: dict[int, list[int]] = {}
        everything = dict.fromkeys(
            [whole, *(parts for at in sorted(needed) for parts in choices[at])]
        )
        for at, parts in enumerate(everything):
            for element in self._elements(parts):
                members.setdefault(element, []).append(at)
        order = sorted(members, key=lambda element: (members[element], element))
        self.place = {element: at for at, element in enumerate(order)}
        self.order = order

    def _elements(self, parts: Parts) -> list[int]:
        found = [self.n_values + number for number in parts.choices]
        values = parts.values
        while values:
            lowest = values & -values
            found.append(lowest.bit_length() - 1)
            values ^= lowest
        return found

    def _new(self, edges: list[tuple[int, int]]) -> int:
        self.edges.append(edges)
        return self.n_values + len(self.edges)

    def _edge(self, parts: Parts) -> tuple[int, int]:
        places = tuple(sorted(self.place[each] for each in self._elements(parts)))
        if len(places) < 2:
            one = self.symbol[self.order[places[0]]] if places else self.n_values
            return one, self.n_values
        return self._halves(places)

    def _halves(self, places: tuple[int, ...]) -> tuple[int, int]:
        """Cut where numbers differ in the highest bit, so that others cut alike."""
        high = (places[0] ^ places[-1]).bit_length() - 1
        cut = bisect_left(places, places[-1] >> high << high)
        return self._together(places[:cut]), self._together(places[cut:])

    def _together(self, places: tuple[int, ...]) -> int:
        if len(places) == 1:
            return self.symbol[self.order[places[0]]]
        found = self.known.get(places)
        if found is None:
            found = self.known[places] = self._new([self._halves(places)])
        return found

    def folded(self) -> Folded:
        counts = [len(edges) for edges in self.edges]
        tape = [
            *(self.n_values, len(self.offset) - 1, len(counts), sum(counts)),
            self.root,
            *self.offset,
            *np.cumsum([0, *counts]).tolist(),
            *(one for edges in self.edges for one, _ in edges),
            *(other for edges in self.edges for _, other in edges),
        ]
        return _folded(tape, void=False)


def _folded(numbers: list[int], *, void: bool) -> Folded:
    tape = np.array(numbers, np.uint32)
    tape.flags.writeable = False
    return Folded(tape, void)
