"""The two passes of a click: least costs from the end up and from the root down.

`Passes` of a diagram gives the cheapest way through every value; costs that forbid
are just large ones, so that one pass answers what is possible and what it costs.
Compiled loops are used once `warm` has run in this process, numpy until then, so
that a web process answers at once.
"""

import importlib
from functools import lru_cache
from math import prod
from types import ModuleType

import numpy as np
import numpy.typing as npt

from configurator.engine.diagram import Diagram

Costs = npt.NDArray[np.int64]

BIG = 1 << 62
ASIDE = 1 << 43
"""Cost of a value that the customer's answer pushes aside: far above any price."""
NEVER = 1 << 54
"""Cost of a value that cannot be had at all."""
POSSIBLE = ASIDE >> 1
"""Least costs below this break no choice and no rule."""
_compiled: list[ModuleType] = []


def warm() -> bool:
    """Compile or load the loops for this process.

    Takes a second or two the first time on a machine, then a fraction; meant for a
    background thread.

    Returns
    -------
    bool
        False where numba is missing or finds no place for its cache; numpy then
        goes on answering.
    """
    if _compiled:
        return True
    try:
        kernels = importlib.import_module("configurator.engine.kernels")
    except (ImportError, RuntimeError):
        return False
    plain = Passes(_sample(), kernels=kernels)
    weight = np.zeros(int(plain.diagram.offset[-1]), np.int64)
    plain.through(weight)
    plain.count(np.ones_like(weight))
    _compiled.append(kernels)
    return True


def is_warm() -> bool:
    """Say whether compiled loops are in use in this process."""
    return bool(_compiled)


def _sample() -> Diagram:
    level, first, value, target, level_first, offset = (
        np.array(each, np.int32)
        for each in ([0], [0, 1], [0], [1], [0, 1, 1], [0, 2, 4])
    )
    return Diagram(level, first, value, target, level_first, offset, void=False)


class Passes:
    """Passes over one diagram; keeps what does not depend on the question.

    Parameters
    ----------
    diagram
        What to pass over.
    n_products
        An upper bound of its number of products; without it, of all combinations.
    kernels
        Compiled loops to use; by default those of `warm`, once it has run.
    """

    def __init__(
        self,
        diagram: Diagram,
        *,
        n_products: int | None = None,
        kernels: ModuleType | None = None,
    ) -> None:
        self.diagram = diagram
        self.n_products = n_products
        self._kernels = kernels
        self.starts = np.asarray(diagram.offset[:-1])
        self.sizes = np.diff(diagram.offset)
        self.level_of_value = np.repeat(np.arange(diagram.n_levels), self.sizes)
        self.n_steps = max(diagram.n_levels, 1).bit_length()
        self._numpy: _NumpyEdges | None = None

    @property
    def kernels(self) -> ModuleType | None:
        """The compiled loops, where there are any yet."""
        return self._kernels or (_compiled[0] if _compiled else None)

    @property
    def edges(self) -> "_NumpyEdges":
        """What the numpy passes need beside the diagram, made on first use."""
        if self._numpy is None:
            self._numpy = _NumpyEdges(self.diagram)
        return self._numpy

    def _sums(self, weight: Costs) -> tuple[Costs, Costs]:
        least = (
            np.minimum.reduceat(weight, self.starts)
            if len(self.starts)
            else np.zeros(0, np.int64)
        )
        sums = np.zeros(len(least) + 1, np.int64)
        np.cumsum(least, out=sums[1:])
        return least, sums

    def up(self, weight: Costs) -> Costs:
        """Return for each node the least cost to the end plus that above it.

        Entry 0 is so the least cost of all. `weight` has one cost per value.
        """
        _, sums = self._sums(weight)
        return self._up(weight, sums)

    def _up(self, weight: Costs, sums: Costs) -> Costs:
        diagram = self.diagram
        if self.kernels is not None:
            g = np.empty(diagram.n_nodes + 1, np.int64)
            self.kernels.bottom_up(
                diagram.level,
                diagram.first,
                diagram.value,
                diagram.target,
                weight,
                sums,
                g,
            )
            return g
        return self.edges.bottom_up(weight, sums)

    def least(self, weight: Costs) -> int:
        """Return the least cost of a complete product."""
        return BIG if self.diagram.void else int(self.up(weight)[0])

    def through(self, weight: Costs, own: Costs | None = None) -> tuple[int, Costs]:
        """Return the least cost, and the least cost through each value.

        Parameters
        ----------
        weight
            One cost per value.
        own
            What a value costs when it is asked for itself, in place of `weight`: a
            value that another choice of the same variable pushed aside is so
            answered as if that choice were open.
        """
        own = weight if own is None else own
        diagram = self.diagram
        if diagram.void:
            return BIG, np.full(len(weight), BIG, np.int64)
        least, sums = self._sums(weight)
        g = self._up(weight, sums)
        through = np.empty(len(weight), np.int64)
        jumps = np.empty((self.n_steps, diagram.n_levels), np.int64)
        if self.kernels is not None:
            self.kernels.top_down(
                diagram.level,
                diagram.first,
                diagram.value,
                diagram.target,
                weight,
                sums,
                g,
                np.empty(diagram.n_nodes + 1, np.int64),
                through,
                jumps,
            )
        else:
            self.edges.top_down(weight, sums, g, through, jumps)
        over = jumps[0] - least
        return int(g[0]), np.minimum(through, over[self.level_of_value]) + own

    def count(self, weight: Costs) -> int:
        """Return the exact number of products.

        `weight` says how many answers each value stands for; 0 forbids it. Answers
        of the deepest level are not told apart: it is the quantity's, and a product
        that can be had in some quantity counts once.
        """
        if self.diagram.void:
            return 0
        totals = np.add.reduceat(weight, self.starts).tolist()
        if 0 in totals:
            return 0
        totals[-1] = 1
        largest = prod(totals) if self.n_products is None else self.n_products
        moduli: list[int] = []
        residues: list[int] = []
        whole = 1
        while whole <= largest:
            moduli.append(_prime(len(moduli)))
            residues.append(self._count(weight, totals, moduli[-1]))
            whole *= moduli[-1]
        return _chinese(residues, moduli)

    def _count(self, weight: Costs, totals: list[int], prime: int) -> int:
        products = [1]
        for total in totals:
            products.append(products[-1] * total % prime)
        inverses = [pow(products[-1], -1, prime)]
        for total in reversed(totals):
            inverses.append(inverses[-1] * total % prime)
        inverses.reverse()
        diagram = self.diagram
        if self.kernels is not None:
            g = np.empty(diagram.n_nodes + 1, np.int64)
            self.kernels.count(
                diagram.level,
                diagram.first,
                diagram.value,
                diagram.target,
                weight,
                np.array(products, np.int64),
                np.array(inverses, np.int64),
                prime,
                g,
            )
            return int(g[0])
        return self.edges.count(weight, products, inverses, prime)


@lru_cache(maxsize=64)
def _bases(moduli: tuple[int, ...]) -> tuple[int, ...]:
    whole = prod(moduli)
    return tuple(whole // each * pow(whole // each, -1, each) for each in moduli)


@lru_cache(maxsize=4096)
def _prime(at: int) -> int:
    """Return the largest prime below 2**31, the next one, and so on."""
    candidate = (_prime(at - 1) if at else 1 << 31) - 1
    while not _is_prime(candidate):
        candidate -= 1
    return candidate


def _is_prime(n: int) -> bool:
    """Miller-Rabin; exact below 3,215,031,751 with these four bases."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7):
        power = pow(base, odd, n)
        if power in (1, n - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True


def _chinese(residues: list[int], moduli: list[int]) -> int:
    """Return the number below the product of the moduli with these residues."""
    bases = _bases(tuple(moduli))
    total = sum(r * base for r, base in zip(residues, bases, strict=True))
    return total % prod(moduli)


class _NumpyEdges:
    """The same passes level by level in numpy."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.source = np.repeat(np.arange(diagram.n_nodes), np.diff(diagram.first))
        self.end_level = np.append(diagram.level, diagram.n_levels)[diagram.target]
        limits = diagram.level_first
        self.slices = [
            (
                at,
                slice(int(limits[at]), int(limits[at + 1])),
                slice(
                    int(diagram.first[limits[at]]), int(diagram.first[limits[at + 1]])
                ),
            )
            for at in range(diagram.n_levels)
            if limits[at] < limits[at + 1]
        ]

    def bottom_up(self, weight: Costs, sums: Costs) -> Costs:
        diagram = self.diagram
        g = np.empty(diagram.n_nodes + 1, np.int64)
        g[-1] = sums[-1]
        for at, nodes, edges in reversed(self.slices):
            costs = weight[diagram.value[edges]] + g[diagram.target[edges]]
            starts = diagram.first[nodes] - diagram.first[nodes.start]
            g[nodes] = np.minimum.reduceat(costs, starts) + (sums[at] - sums[at + 1])
        return g

    def top_down(
        self, weight: Costs, sums: Costs, g: Costs, through: Costs, jumps: Costs
    ) -> None:
        diagram = self.diagram
        h = np.full(diagram.n_nodes + 1, BIG, np.int64)
        h[0] = 0
        through.fill(BIG)
        jumps.fill(BIG)
        n_levels = diagram.n_levels
        start = int(diagram.level[0]) if diagram.n_nodes else n_levels
        if start:
            self._jump(jumps, np.array([0]), np.array([start]), g[:1])
        for at, _, edges in self.slices:
            value, target = diagram.value[edges], diagram.target[edges]
            cost = h[self.source[edges]] + (sums[at] - sums[at + 1])
            here = cost + weight[value]
            np.minimum.at(h, target, here)
            np.minimum.at(through, value, cost + g[target])
            far = self.end_level[edges] > at + 1
            if far.any():
                ends = self.end_level[edges][far]
                begin = np.full(len(ends), at + 1)
                self._jump(jumps, begin, ends, (here + g[target])[far])
        for step in range(len(jumps) - 1, 0, -1):
            half = 1 << (step - 1)
            np.minimum(jumps[step - 1], jumps[step], out=jumps[step - 1])
            later = jumps[step - 1][half:]
            np.minimum(later, jumps[step][: len(later)], out=later)

    def _jump(
        self,
        jumps: Costs,
        start: "npt.NDArray[np.int64]",
        end: "npt.NDArray[np.int64]",
        cost: Costs,
    ) -> None:
        step = np.frexp((end - start).astype(float))[1] - 1
        np.minimum.at(jumps, (step, start), cost)
        np.minimum.at(jumps, (step, end - (1 << step.astype(np.int64))), cost)

    def count(
        self, weight: Costs, products: list[int], inverses: list[int], prime: int
    ) -> int:
        diagram = self.diagram
        g = np.empty(diagram.n_nodes + 1, np.int64)
        g[-1] = products[-1]
        for at, nodes, edges in reversed(self.slices):
            weights = weight[diagram.value[edges]]
            terms = weights * g[diagram.target[edges]] % prime
            starts = diagram.first[nodes] - diagram.first[nodes.start]
            totals = np.add.reduceat(terms, starts) % prime
            if at == diagram.n_levels - 1:
                found = np.add.reduceat(weights, starts) > 0
                totals = np.where(found, products[-1], 0)
            g[nodes] = totals * inverses[at + 1] % prime * products[at] % prime
        return int(g[0])
