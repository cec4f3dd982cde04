"""Compiles constraints into choices that do not depend on one another, by parts.

An AND/OR decision diagram (Mateescu, Dechter, Marinescu 2008): parts of a product that
do not meet are decided apart, so that a model of thousands of features stays small
where one diagram over all of them cannot. Variables are taken out in blocks
(`elimination`); what a block leaves to the rest is a diagram over its neighbours whose
ends are the nodes of the block.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate
from math import inf, log2
from typing import Any

from configurator.engine.diagram import Budget, BudgetError, Progress
from configurator.engine.elimination import elimination_blocks
from configurator.engine.encoding import Constraint, Encoding, Relation
from configurator.engine.expression import And, Expression, Implies, Not, Or
from configurator.engine.folding import NOTHING, Folded, Folding, joined
from configurator.engine.functions import Functions, as_translated
from configurator.engine.symbolic import Translator

Node = tuple[int, tuple[tuple[int, tuple[int, ...]], ...]]
"""A variable and its edges: the value, and the nodes below, one for each part."""
LATE = "not compiled within the budget of CPU seconds"


def compile_tree(
    encoding: Encoding,
    *,
    budget: Budget,
    clock: Callable[[], float],
    widest: float = inf,
    on_progress: Progress | None = None,
) -> Folded:
    """Compile constraints.

    Parameters
    ----------
    encoding
        Variables and constraints; the quantity's variable is the last one.
    budget
        Where to give up; its nodes are those of functions and tree together.
    clock
        CPU seconds.
    widest
        Give up at once where a block ties more neighbours together than so many
        bits can tell apart; their number says how hard compiling may be.
    on_progress
        Told a phase and the share of it that is done, from 0 to 1.

    Raises
    ------
    BudgetError
        If the tree outgrows its budget.
    """
    offset = list(accumulate((len(v.values) for v in encoding.variables), initial=0))
    ties = conjuncts_of(encoding)
    last = len(encoding.variables) - 1
    scopes = [scope for scope in map(encoding.scope, ties) if scope]
    quantity = [last] if any(last in scope for scope in scopes) else []
    stop_at = clock() + budget.seconds
    bits = [log2(len(variable.values)) for variable in encoding.variables]

    def check(near: Collection[int]) -> None:
        if sum(bits[each] for each in near) > widest:
            raise BudgetError(f"a part is wider than {widest:g} bits")
        if clock() > stop_at:
            raise BudgetError(LATE)

    try:
        blocks = elimination_blocks(last + 1, scopes, first=quantity, on_block=check)
        builder = _Builder(encoding, blocks, budget, lambda: clock() > stop_at)
        for tie in ties:
            builder.add(tie)
        roots = builder.run(on_progress)
    except (MemoryError, RecursionError) as error:
        raise BudgetError(f"more than {budget.nodes} nodes") from error
    return _folded([] if roots is None else builder.nodes, roots, offset)


def _folded(
    nodes: Sequence[Node], roots: Sequence[int] | None, offset: Sequence[int]
) -> Folded:
    """Fold the nodes that a root leads to; without roots there is no product."""
    folding = Folding(offset)
    if roots is None:
        return folding.folded(NOTHING, void=True)
    reached = [False] * len(nodes)
    for root in roots:
        reached[root] = True
    for at in range(len(nodes) - 1, -1, -1):
        for _, below in nodes[at][1] if reached[at] else ():
            for each in below:
                reached[each] = True
    parts = [NOTHING] * len(nodes)
    for at, (variable, edges) in enumerate(nodes):
        if reached[at]:
            parts[at] = folding.branch(
                (offset[variable] + value, joined(parts[each] for each in below))
                for value, below in edges
            )
    return folding.folded(joined(parts[root] for root in roots))


def conjuncts_of(encoding: Encoding) -> list[Constraint | Relation]:
    """Return what ties variables together, in as small pieces as can be."""
    ties: dict[Constraint | Relation, None] = dict.fromkeys(encoding.relations)
    for constraint in encoding.constraints:
        for part in _conjuncts(constraint.expression):
            ties[Constraint(part, None, constraint.period)] = None
    return list(ties)


def _conjuncts(expression: Expression) -> Iterator[Expression]:
    match expression:
        case And(parts):
            for part in parts:
                yield from _conjuncts(part)
        case Not(Or(parts)):
            for part in parts:
                yield from _conjuncts(Not(part))
        case Not(Not(part)):
            yield from _conjuncts(part)
        case Implies(left, And(parts)):
            for part in parts:
                yield from _conjuncts(Implies(left, part))
        case _:
            yield expression


class _Builder:
    """Takes out block after block.

    A node is its level and its edges: the value and the nodes below, one for each
    part that is left then.
    """

    def __init__(
        self,
        encoding: Encoding,
        blocks: Sequence[Sequence[int]],
        budget: Budget,
        is_late: Callable[[], bool],
    ) -> None:
        order = [variable for block in reversed(blocks) for variable in block]
        level = {variable: at for at, variable in enumerate(order)}
        sizes = [len(encoding.variables[at].values) for at in order]
        self.variables = order
        self.levels = [[level[at] for at in block] for block in blocks]
        self.block_of = [0] * len(order)
        for at, block in enumerate(self.levels):
            for each in block:
                self.block_of[each] = at
        self.functions = Functions(sizes, nodes=budget.nodes)
        self.translator = Translator(encoding, level, as_translated(self.functions))
        self.waiting: list[set[int]] = [set() for _ in blocks]
        self.nodes: list[Node] = []
        self.most = budget.nodes
        self.is_late = is_late
        self.is_void = False
        self._unique: dict[Node, int] = {}
        self._steps = 0

    def add(self, tie: Constraint | Relation) -> None:
        """Let the block that is taken out first of all it looks at wait for a tie."""
        function: Any = self.translator.constraint(tie)
        self._wait(function.at)
        self.tick()

    def _wait(self, function: int) -> None:
        if function == 0:
            self.is_void = True
        elif function != 1:
            self.waiting[self.block_of[self.functions.bottom[function]]].add(function)

    def run(self, on_progress: Progress | None) -> list[int] | None:
        """Take all blocks out; return the roots, or None where nothing is left."""
        self.functions.forget()
        roots = []
        for at, levels in enumerate(self.levels):
            if self.is_void:
                return None
            if self.is_late():
                raise BudgetError(LATE)
            block = _Block(self, levels)
            found = block.above(tuple(sorted(self.waiting[at])))
            if found < 0:
                roots.append(-found - 1)
            else:
                self._wait(found)
            self.waiting[at] = set()
            if on_progress is not None:
                on_progress("decide", (at + 1) / len(self.levels))
        return None if self.is_void else roots

    def tick(self) -> None:
        """Look at the clock now and then.

        Raises
        ------
        BudgetError
            When it is late.
        """
        self._steps += 1
        if self._steps % 1024 == 0 and self.is_late():
            raise BudgetError(LATE)

    def node(self, level: int, edges: tuple[tuple[int, tuple[int, ...]], ...]) -> int:
        """Return the number of a node."""
        key = (level, edges)
        found = self._unique.get(key)
        if found is None:
            found = self._unique[key] = len(self.nodes)
            if found > self.most:
                raise MemoryError("too many nodes")
            self.nodes.append((self.variables[level], edges))
        return found


class _Block:
    """One block: first what its neighbours decide, then its own variables."""

    def __init__(self, builder: _Builder, levels: Sequence[int]) -> None:
        self.builder = builder
        self.functions = builder.functions
        self.levels = levels
        self._above: dict[tuple[int, ...], int] = {}
        self._below: dict[tuple[int, tuple[int, ...]], int] = {}

    def above(self, together: tuple[int, ...]) -> int:
        """Return the function of the neighbours that ends in the block's nodes."""
        found = self._above.get(together)
        if found is not None:
            return found
        self.builder.tick()
        functions = self.functions
        level = min(map(functions.level_of, together), default=functions.end)
        if level >= self.levels[0]:
            found = -self.below(0, together) - 1
        else:
            found = functions.make(
                level,
                tuple(
                    0 if rest is None else self.above(rest)
                    for rest in self._split(together, level)
                ),
            )
        self._above[together] = found
        return found

    def _split(
        self, together: tuple[int, ...], level: int
    ) -> list[tuple[int, ...] | None]:
        """Return what is left for each value of a level; None where that is false."""
        functions = self.functions
        asking = [f for f in together if f > 0 and functions.level[f] == level]
        others = [f for f in together if f < 0 or functions.level[f] != level]
        found: list[tuple[int, ...] | None] = []
        for parts in zip(*map(functions.children.__getitem__, asking), strict=True):
            left = {*parts, *others}
            left.discard(1)
            found.append(None if 0 in left else tuple(sorted(left)))
        return found or [together] * functions.sizes[level]

    def below(self, at: int, together: tuple[int, ...]) -> int:
        """Return the node for the rest of the block from one variable on, or -1."""
        key = (at, together)
        found = self._below.get(key)
        if found is not None:
            return found
        self.builder.tick()
        edges = []
        for value, rest in enumerate(self._split(together, self.levels[at])):
            if rest is None:
                continue
            nodes = [-each - 1 for each in rest if each < 0]
            if at + 1 < len(self.levels):
                node = self.below(at + 1, tuple(each for each in rest if each > 0))
                if node < 0:
                    continue
                nodes.append(node)
            edges.append((value, tuple(sorted(nodes))))
        found = self.builder.node(self.levels[at], tuple(edges)) if edges else -1
        self._below[key] = found
        return found
