"""What else could answer a click: a solver, asked in two ways, and a bare scan."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numba
import numpy as np
from pysat.solvers import Solver

from configurator.engine.cnf import Clauses
from configurator.engine.encoding import encode
from configurator.engine.folding import Folded
from configurator.engine.model import Definition
from tests.bench.configure_sat import Peer, valid_of

__all__ = ["Backbone", "Peer", "scan_twice", "valid_of"]

Valid = dict[str, list[str]]


class Backbone:
    """A second engine: another solver, asked for ever other products.

    Each product shows many options at once; what no product shows any more is out.
    """

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        encoding = encode(definition)
        clauses = Clauses(encoding)
        self.literals = {
            (variable.name, value): clauses.literals[at][n]
            for at, variable in enumerate(encoding.variables)
            for n, value in enumerate(variable.values)
        }
        self.solver = Solver(name="minisat22", bootstrap_with=clauses.clauses)
        for selector in clauses.selectors.values():
            self.solver.add_clause([selector])
        self.true = clauses.true

    def click(self, choices: Mapping[str, str]) -> Valid:
        """Return the options of all open characteristics that some product has."""
        chosen = [self.literals[pair] for pair in choices.items()]
        asked = {
            (each.code, code): self.literals[each.code, code]
            for each in self.definition.characteristics
            if each.code not in choices
            for code in each.positions
        }
        seen = {self.true}
        gate = self.solver.nof_vars()
        while True:
            unseen = sorted({*asked.values()} - seen)
            gate += 1
            self.solver.add_clause([-gate, *unseen])
            if not self.solver.solve(assumptions=[*chosen, gate]):
                break
            seen.update(self.solver.get_model())
        found: Valid = {name: [] for name, _ in asked}
        for (name, code), literal in asked.items():
            if literal in seen:
                found[name].append(code)
        return found


def scan_twice(folded: Folded, *, rounds: int = 1_000) -> list[float]:
    """Add up what all edges lead to, twice; CPU microseconds.

    It is what a pass up and one down have to do at the least. The edges are those
    that ``inspect`` counts: what several of them share is read once for each.
    """
    symbols = np.array(_links(folded), np.int32)
    cost = np.arange(folded.n_symbols, dtype=np.int64)
    scan: Callable[..., Any] = numba.njit(_scan)
    scan(symbols, cost)
    found = []
    for _ in range(rounds):
        began = time.process_time_ns()
        scan(symbols, cost)
        scan(symbols, cost)
        found.append((time.process_time_ns() - began) / 1_000)
    return found


def _links(folded: Folded) -> list[int]:
    """List what each edge of each choice leads to, shared parts written out."""
    parts = [[symbol] for symbol in range(folded.n_values + 1)]
    found = []
    for edges in folded.choices():
        both = [symbol for pair in edges for end in pair for symbol in parts[end]]
        if len(edges) == 1:
            parts.append(both)
        else:
            parts.append([len(parts)])
            found += both
    return found


def _scan(symbols: Any, cost: Any) -> int:
    total = 0
    for link in range(len(symbols)):
        total += cost[symbols[link]]
    return total
