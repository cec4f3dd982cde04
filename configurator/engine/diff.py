"""Two releases compared: products lost and gained, counted exactly, and what changed.

What is compared are answers to the characteristics that both releases have (same
code, same kind). One that only one of them has is left open there: a product counts as
possible where it can be answered somehow. So does the quantity. A text or a file counts
as given or not given. A number whose steps in the two do not fit each other and are too
many to be listed is treated as if each release had one of its own.
"""

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configurator.engine.diagram import Budget, BudgetError, Diagram, collapse
from configurator.engine.encoding import Encoding, encode
from configurator.engine.expression import QUANTITY
from configurator.engine.merging import AFTER, BEFORE, merge
from configurator.engine.model import Characteristic, Definition, DefinitionError
from configurator.engine.ordering import best_force_order
from configurator.engine.symbolic import Translator

if TYPE_CHECKING:
    from oxidd.bdd import BDDFunction

    from configurator.engine.blocks import Blocks

STARTS = 4
PARTS = ("options", "positions")


@dataclass(frozen=True, slots=True)
class Changes:
    """Codes that are new, gone, or mean something else than before."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class ProductCounts:
    """Products over the common characteristics; exact.

    `before` = `kept` + `lost`, `after` = `kept` + `gained`. The examples are choices,
    empty where there is nothing to show.
    """

    before: int
    after: int
    kept: int
    lost: int
    gained: int
    lost_example: Mapping[str, Any] = field(default_factory=dict)
    gained_example: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a release changes against another one.

    Attributes
    ----------
    products
        None where they could not be counted; `uncounted` then says why.
    compared, unmatched
        The characteristics that were compared, and those that both releases have but
        which do not fit each other.
    options
        As ``characteristic=option``, of characteristics that both have.
    prices
        Codes of entries; ``breaks`` and ``currency`` among the changed.
    """

    products: ProductCounts | None
    uncounted: str
    compared: tuple[str, ...]
    unmatched: tuple[str, ...]
    characteristics: Changes
    options: Changes
    rules: Changes
    prices: Changes
    materials: Changes
    routings: Changes


def compare(
    before: Definition,
    after: Definition,
    *,
    today: dt.date | None = None,
    budget: Budget | None = None,
    clock: Callable[[], float] = time.process_time,
) -> Difference:
    """Compare two releases of a product.

    Parameters
    ----------
    before, after
        Any two definitions; what they have in common is found by code.
    today
        Decides which dated rules count; None: all of them.
    budget
        Of the diagram of both; beyond it products are not counted.
    clock
        CPU seconds.
    """
    counts, why = None, ""
    compared: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    try:
        merged = merge(
            before,
            after,
            [rule for rule in before.rules if rule.applies(today)],
            [rule for rule in after.rules if rule.applies(today)],
        )
        compared, unmatched = merged.shared, merged.unmatched
        encoding = encode(merged.definition)
        counts = _Both(encoding, compared, budget or Budget(), clock).counts()
    except (BudgetError, DefinitionError) as error:
        why = str(error)
    return Difference(
        products=counts,
        uncounted=why,
        compared=compared,
        unmatched=unmatched,
        characteristics=_characteristics(before, after),
        options=_options(before, after),
        rules=_by_code(before.rules, after.rules),
        prices=_prices(before, after),
        materials=_changes(_materials(before), _materials(after)),
        routings=_by_code(before.routings, after.routings),
    )


class _Both:
    """The products of both sides as functions over the same variables."""

    def __init__(
        self,
        encoding: Encoding,
        shared: Sequence[str],
        budget: Budget,
        clock: Callable[[], float],
    ) -> None:
        from configurator.engine.blocks import Blocks as Made  # noqa: PLC0415 -- slow import

        self.encoding = encoding
        self.budget = budget
        self.clock = clock
        self.stop_at = clock() + budget.seconds
        n = len(encoding.variables)
        scopes = [scope for tie in encoding.ties if (scope := encoding.scope(tie))]
        self.order = best_force_order(n, scopes, starts=STARTS)
        self.variables = [encoding.variables[at] for at in self.order]
        self.level = {variable: at for at, variable in enumerate(self.order)}
        sizes = [len(each.values) for each in self.variables]
        self.blocks: Blocks = Made(sizes, nodes=budget.nodes)
        self.hidden = [
            at for at, each in enumerate(self.variables) if each.name not in shared
        ]
        self.translator = Translator(encoding, self.level, self.blocks)

    def counts(self) -> ProductCounts:
        """Count what the two have, and what only one of them has.

        Raises
        ------
        BudgetError
            If the diagrams outgrow their budget.
        """
        try:
            before, after = self._side(BEFORE), self._side(AFTER)
            lost, gained = before & ~after, after & ~before
            diagrams = [self._diagram(each) for each in (before, after, lost, gained)]
        except MemoryError as error:
            raise BudgetError(f"more than {self.budget.nodes} nodes") from error
        whole, now, gone, new = map(self._count, diagrams)
        return ProductCounts(
            before=whole,
            after=now,
            kept=whole - gone,
            lost=gone,
            gained=new,
            lost_example=self._example(diagrams[2]),
            gained_example=self._example(diagrams[3]),
        )

    def _side(self, side: str) -> "BDDFunction":
        """Return the answers to the common questions that one release allows."""
        whole = self.blocks.true
        mine = [
            each
            for each in self.encoding.constraints
            if each.rule is not None and each.rule.startswith(f"{side}:")
        ]
        mine.sort(key=lambda each: -min(map(self._at, self.encoding.scope(each))))
        for constraint in mine:
            whole &= self.translator.constraint(constraint)
            if self.clock() > self.stop_at:
                message = f"not compared after {self.budget.seconds:g} CPU seconds"
                raise BudgetError(message)
        bits = self.blocks.true
        for at in self.hidden:
            start = self.blocks.starts[at]
            for bit in range(start, start + self.blocks.bits[at]):
                bits &= self.blocks.variables[bit]
        return whole.exists(bits) if self.hidden else whole

    def _at(self, variable: int) -> int:
        return self.level[variable]

    def _diagram(self, function: "BDDFunction") -> Diagram:
        with tempfile.TemporaryDirectory() as directory:
            nodes = self.blocks.export(function, Path(directory) / "diagram")
        return collapse(nodes, self.blocks)

    def _count(self, diagram: Diagram) -> int:
        """Count the paths; what is hidden is never asked and counts once."""
        if diagram.void:
            return 0
        weights = [
            each.weight(at) for each in self.variables for at in range(len(each.values))
        ]
        totals = [sum(weights[a:b]) for a, b in pairwise(diagram.offset.tolist())]
        for at in self.hidden:
            totals[at] = 1
        level = [*diagram.level.tolist(), len(totals)]
        first, value = diagram.first.tolist(), diagram.value.tolist()
        target = diagram.target.tolist()
        counts = [0] * diagram.n_nodes + [1]
        for node in range(diagram.n_nodes - 1, -1, -1):
            for edge in range(first[node], first[node + 1]):
                ways = weights[value[edge]] * counts[target[edge]]
                for jumped in range(level[node] + 1, level[target[edge]]):
                    ways *= totals[jumped]
                counts[node] += ways
        found = counts[0]
        for jumped in range(level[0]):
            found *= totals[jumped]
        return found

    def _example(self, diagram: Diagram) -> Mapping[str, Any]:
        """Return some product; the last value wherever any would do."""
        if diagram.void:
            return {}
        values = [len(each.values) - 1 for each in self.variables]
        node = 0
        while node < diagram.n_nodes:
            edge = int(diagram.first[node])
            at = int(diagram.level[node])
            values[at] = int(diagram.value[edge]) - int(diagram.offset[at])
            node = int(diagram.target[edge])
        found: dict[str, Any] = {}
        for at, variable in enumerate(self.variables):
            if at in self.hidden or variable.name == QUANTITY:
                continue
            for name, answer in variable.answer(values[at]).items():
                ticked = found.get(name)
                if isinstance(ticked, list) and isinstance(answer, list):
                    answer = sorted(ticked + answer)
                found[name] = answer
        return found


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    return Changes(
        added=tuple(code for code in after if code not in before),
        removed=tuple(code for code in before if code not in after),
        changed=tuple(c for c in after if c in before and before[c] != after[c]),
    )


def _by_code(before: Sequence[Any], after: Sequence[Any]) -> Changes:
    return _changes(
        {each.code: each for each in before}, {each.code: each for each in after}
    )


def _characteristics(before: Definition, after: Definition) -> Changes:
    """Compare questions by everything but their options."""

    def bare(definition: Definition) -> dict[str, Any]:
        names = [f.name for f in fields(Characteristic) if f.name not in PARTS]
        return {
            each.code: [getattr(each, name) for name in names]
            for each in definition.characteristics
        }

    return _changes(bare(before), bare(after))


def _options(before: Definition, after: Definition) -> Changes:
    shared = before.by_code.keys() & after.by_code.keys()

    def listed(definition: Definition) -> dict[str, Any]:
        return {
            f"{each.code}={option.code}": option
            for each in definition.characteristics
            if each.code in shared
            for option in each.options
        }

    return _changes(listed(before), listed(after))


def _prices(before: Definition, after: Definition) -> Changes:
    def listed(definition: Definition) -> dict[str, Any]:
        prices = definition.prices
        return {
            "currency": definition.currency,
            "breaks": prices.breaks,
            **{each.code: each for each in prices.entries},
            **{each.code: each for each in prices.for_accounts},
        }

    return _changes(listed(before), listed(after))


def _materials(definition: Definition) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in definition.materials:
        found[each.material] = (*found.get(each.material, ()), each)
    return found
