"""Which rules are at fault: each rule as a small diagram, looked at one by one.

From what choices leave, rules take values away until one of them leaves nothing; the
rules that this rests on are then thinned out until none can go. That needs neither
the diagram of the whole nor a solver, and a few microseconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from configurator.engine import fault_loops
from configurator.engine.compiled import Compiled
from configurator.engine.diagram import Diagram
from configurator.engine.encoding import Constraint, Encoding, encode
from configurator.engine.folding import fold
from configurator.engine.functions import Functions, as_translated
from configurator.engine.passes import compiled_loops
from configurator.engine.symbolic import Translator

Numbers = npt.NDArray[np.int64]

MAX_NODES = 20_000
"""A rule of more is not looked at alone."""


@dataclass(frozen=True, slots=True)
class AtFault:
    """Rules by code that contradict; where it is thin, none of them is needless."""

    codes: tuple[str, ...]
    is_thin: bool


class RuleTapes:
    """A release's rules one by one, in the form that `fault_loops.blame` reads.

    Parameters
    ----------
    compiled
        The release.
    """

    def __init__(self, compiled: Compiled) -> None:
        encoding = encode(compiled.definition)
        level = {variable.key: at for at, variable in enumerate(compiled.variables)}
        levels = [level[variable.key] for variable in encoding.variables]
        constraints = [each for each in encoding.constraints if encoding.scope(each)]
        scopes = [sorted(encoding.scope(each)) for each in constraints]
        tapes = [
            fold(_diagram(encoding, each, scope)).tape
            for each, scope in zip(constraints, scopes, strict=True)
        ]
        self.codes = [each.rule for each in constraints]
        self.named = np.array([code is not None for code in self.codes], np.int64)
        sizes = [len(variable.values) for variable in compiled.variables]
        around: list[list[int]] = [[] for _ in sizes]
        for rule, scope in enumerate(scopes):
            for variable in scope:
                around[levels[variable]].append(rule)
        self.rules = (
            np.concatenate([*tapes, np.zeros(0, np.uint32)]),
            _ends(map(len, tapes)),
            _ends(map(len, scopes)),
            np.array([levels[each] for scope in scopes for each in scope], np.int64),
            _ends(sizes),
            _ends(map(len, around)),
            np.array([rule for rules in around for rule in rules], np.int64),
        )
        self.base = self._base(sum(sizes))

    def _base(self, n_values: int) -> tuple[Numbers, ...]:
        """Let rules take what no product has, before any choice."""
        n_rules = len(self.codes)
        queue = np.ones(2 + 2 * n_rules, np.int64)
        queue[:2] = 0, n_rules
        queue[2 : 2 + n_rules] = np.arange(n_rules)
        found = (
            np.ones(n_values, np.int64),
            np.full(n_values, -1, np.int64),
            np.zeros(n_values + 2, np.int64),
        )
        enabled = np.ones(n_rules, np.int64)
        self._run("propagate", self.rules, *found, enabled, queue)
        return found

    def _run(self, name: str, *given: Any) -> int:
        """Run a loop over arrays, or over lists where it is not compiled."""
        compiled = compiled_loops()
        if compiled is not None:
            run: Callable[..., int] = getattr(compiled, name)
            return run(*given)
        lists = [_listed(each) for each in given]
        plain: Callable[..., int] = getattr(fault_loops, name)
        found = plain(*lists)
        for array, values in zip(given, lists, strict=True):
            if isinstance(array, np.ndarray):
                array[:] = values
        return found

    def at_fault(self, left: "npt.NDArray[np.bool_]") -> AtFault | None:
        """Find rules that contradict the values that are left.

        None where looking at one rule at a time shows no contradiction.
        """
        if not np.logical_or.reduceat(left, self.rules[4][:-1]).all():
            return AtFault((), is_thin=True)
        needed = np.empty(len(self.codes), np.int64)
        start = left.astype(np.int64)
        found = self._run("blame", self.rules, self.base, start, self.named, needed)
        if not found:
            return None
        codes = [self.codes[at] for at in np.flatnonzero(needed)]
        named = dict.fromkeys(code for code in codes if code is not None)
        return AtFault(tuple(named), is_thin=found == 1)


def _listed(given: Any) -> Any:
    if isinstance(given, tuple):
        return tuple(map(_listed, given))
    return given.tolist()


def _ends(sizes: Iterable[int]) -> Numbers:
    return np.array(list(accumulate(sizes, initial=0)), np.int64)


def _diagram(
    encoding: Encoding, constraint: Constraint, scope: Sequence[int]
) -> Diagram:
    """Compile one rule over the variables that it looks at.

    Raises
    ------
    MemoryError, RecursionError
        If it is too large.
    """
    sizes = [len(encoding.variables[at].values) for at in scope]
    functions = Functions(sizes, nodes=MAX_NODES)
    level = {variable: at for at, variable in enumerate(scope)}
    translator = Translator(encoding, level, as_translated(functions))
    root: int = translator.constraint(constraint).at  # type: ignore[attr-defined]
    order, waiting = {root}, [root]
    while waiting:
        fresh = {each for each in functions.children[waiting.pop()] if each > 1}
        waiting += fresh - order
        order |= fresh
    nodes = sorted(order - {0, 1}, key=lambda node: (functions.level[node], node))
    number = {node: at for at, node in enumerate(nodes)} | {1: len(nodes)}
    offset = list(accumulate(sizes, initial=0))
    edges = [
        [
            (offset[functions.level[node]] + at, number[child])
            for at, child in enumerate(functions.children[node])
            if child != 0
        ]
        for node in nodes
    ]
    levels = [functions.level[node] for node in nodes]
    return Diagram(
        level=np.array(levels, np.int32),
        first=np.array([*accumulate(map(len, edges), initial=0)], np.int32),
        value=np.array([value for each in edges for value, _ in each], np.int32),
        target=np.array([end for each in edges for _, end in each], np.int32),
        level_first=np.searchsorted(levels, range(len(sizes) + 1)).astype(np.int32),
        offset=np.array(offset, np.int32),
        void=root == 0,
    )


def find_at_fault(compiled: Compiled, left: "npt.NDArray[np.bool_]") -> AtFault | None:
    """Return what `RuleTapes.at_fault` does; None too where rules are too large."""
    tapes = compiled.kept.get("rule tapes", compiled)
    if tapes is compiled:
        try:
            tapes = RuleTapes(compiled)
        except (MemoryError, RecursionError):
            tapes = None
        compiled.kept["rule tapes"] = tapes
    found: AtFault | None = None if tapes is None else tapes.at_fault(left)
    return found
