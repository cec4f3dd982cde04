"""From choices to costs per value: what a question costs the passes.

A value that the customer's other answer pushes aside costs `ASIDE`; one that is sold
out, or of a period that is not now, costs `NEVER`. Both are far above any price, so
the least cost says at once what is possible and how many choices stand in the way.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from configurator.engine.artefact import Compiled
from configurator.engine.canonical import ChoiceError, canonical_choices
from configurator.engine.encoding import Interval, Role, Variable
from configurator.engine.expression import QUANTITY
from configurator.engine.model import Kind
from configurator.engine.passes import ASIDE, NEVER, Costs, Passes
from configurator.engine.sat import SolverPasses
from configurator.engine.weights import PriceWeights, price_weights, weight_key

MAX_KEPT = 256

Unavailable = Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Query:
    """A question, checked and laid out over the values of the diagram.

    Attributes
    ----------
    choices
        Canonical.
    aside, never
        Costs of values that an answer excludes, and of values that cannot be had.
    """

    choices: Mapping[str, Any]
    quantity: int | None
    aside: Costs
    never: Costs


def make_query(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None,
    unavailable: Unavailable,
    today: dt.date | None,
) -> Query:
    """Check choices and lay them out.

    Raises
    ------
    ChoiceError
        For an answer, or a quantity, that the product does not know.
    """
    answers = canonical_choices(compiled.definition, choices)
    limits = compiled.definition.quantity
    if quantity is not None and not limits.admits(quantity):
        raise ChoiceError(
            QUANTITY,
            quantity,
            f"{quantity} is not one of {list(limits.values)}"
            if limits.values
            else f"{quantity} is not between {limits.minimum} and {limits.maximum}"
            f" in steps of {limits.step}",
        )
    layout = layout_of(compiled)
    aside = np.zeros(layout.size, np.int64)
    for name, answer in answers.items():
        layout.push_aside(aside, name, answer)
    if quantity is not None:
        layout.push_aside(aside, QUANTITY, quantity)
    return Query(answers, quantity, aside, layout.never(unavailable, today))


def prices_for(compiled: Compiled, query: Query) -> PriceWeights | None:
    """Return the weights of a question's prices.

    None where the length of an area is missing, and where there is no diagram.
    """
    if compiled.passes is None:
        return None
    quantity = query.quantity or compiled.definition.quantity.minimum
    key = ("prices", *weight_key(compiled.definition, query.choices, quantity))
    kept = compiled.kept.get(key)
    if kept is None and key not in compiled.kept:
        kept = price_weights(
            compiled.variables,
            compiled.groups,
            compiled.definition,
            quantity=quantity,
            choices=query.choices,
        )
        _keep(compiled, key, kept)
    found: PriceWeights | None = kept
    return found


def passes_of(compiled: Compiled) -> Passes | SolverPasses:
    """Return what answers questions: passes over the diagram, or the solver."""
    if compiled.passes is not None:
        return compiled.passes
    found: SolverPasses | None = compiled.kept.get("solver")
    if found is None:
        found = compiled.kept["solver"] = SolverPasses(compiled)
    return found


def layout_of(compiled: Compiled) -> "Layout":
    """Return the layout of a compiled release, made once."""
    found: Layout | None = compiled.kept.get("layout")
    if found is None:
        found = compiled.kept["layout"] = Layout(compiled)
    return found


def _keep(compiled: Compiled, key: Any, value: Any) -> None:
    """Keep a value; when there are too many, forget all that depend on questions."""
    if len(compiled.kept) >= MAX_KEPT:
        for old in [each for each in list(compiled.kept) if isinstance(each, tuple)]:
            compiled.kept.pop(old, None)
    compiled.kept[key] = value


class Layout:
    """Where the values of each characteristic stand among all values."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.variables = compiled.variables
        starts = [0]
        for variable in self.variables:
            starts.append(starts[-1] + len(variable.values))
        self.starts = starts
        self.size = starts[-1]
        self.levels: dict[str, list[int]] = {}
        for at, variable in enumerate(self.variables):
            self.levels.setdefault(variable.name, []).append(at)
        self.answers = np.array(
            [
                variable.weight(at)
                for variable in self.variables
                for at in range(len(variable.values))
            ],
            np.int64,
        )
        by_code = compiled.definition.by_code
        self.kinds = {
            name: by_code[name].kind if name in by_code else None
            for name in self.levels
        }

    def first(self, name: str) -> int:
        """Return where the values of a characteristic of one variable begin."""
        return self.starts[self.levels[name][0]]

    def variable(self, name: str) -> Variable:
        """Return the variable of a characteristic of one variable."""
        return self.variables[self.levels[name][0]]

    def position(self, name: str, answer: Any) -> int:
        """Return the number of the value that an answer takes within its variable."""
        variable = self.variable(name)
        if variable.role is Role.CHOICE:
            return self.compiled.definition.by_code[name].positions[answer]
        if variable.role is Role.PRESENCE:
            return 1
        found = variable.position(answer)
        if found is None:
            raise ChoiceError(name, answer, f"{answer} is not possible")
        return found

    def push_aside(
        self, costs: Costs, name: str, answer: Any, *, cost: int = ASIDE
    ) -> None:
        """Make every other value than the answer of a characteristic cost more."""
        if self.kinds[name] is Kind.MULTI:
            short = len(answer) < self.compiled.definition.by_code[name].at_least
            for level in self.levels[name]:
                ticked = self.variables[level].option in answer
                if ticked or not short:
                    costs[self.starts[level] + (not ticked)] += cost
            return
        level = self.levels[name][0]
        start = self.starts[level]
        at = start + self.position(name, answer)
        costs[start : self.starts[level + 1]] += cost
        costs[at] -= cost

    def leave_out(self, costs: Costs, name: str, *, cost: int = ASIDE) -> None:
        """Make every answer to an optional characteristic cost more than none."""
        for level in self.levels[name]:
            start, end = self.starts[level], self.starts[level + 1]
            values = self.variables[level].values
            empty = values.index(False if False in values else None)
            costs[start:end] += cost
            costs[start + empty] -= cost

    def never(self, unavailable: Unavailable, today: dt.date | None) -> Costs:
        """Return the costs of what cannot be had; kept for the latest questions."""
        key = ("never", frozenset(unavailable), today)
        kept: Costs | None = self.compiled.kept.get(key)
        if kept is not None:
            return kept
        costs = np.zeros(self.size, np.int64)
        for level, variable in enumerate(self.variables):
            if variable.role is Role.PERIOD and variable.period is not None:
                start, end = variable.period
                now = today is None or (
                    (start is None or start <= today) and (end is None or today < end)
                )
                costs[self.starts[level] + (not now)] = NEVER
        for name, option in unavailable:
            if self.kinds.get(name) is Kind.CHOICE:
                at = self.compiled.definition.by_code[name].positions.get(option)
                if at is not None:
                    costs[self.first(name) + at] = NEVER
            elif (level_ := self.compiled.index.get((name, option))) is not None:
                costs[self.starts[level_] + 1] = NEVER
        _keep(self.compiled, key, costs)
        return costs


def intervals_of(variable: Variable) -> list[Interval]:
    """Return the intervals of a number's variable, without the value for none."""
    return [value for value in variable.values if isinstance(value, Interval)]
