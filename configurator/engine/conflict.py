"""A question about choices that conflict: each choice apart, so that it can go."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from configurator.engine.canonical import ChoiceError
from configurator.engine.compiled import Compiled
from configurator.engine.diagram import Ints
from configurator.engine.expression import QUANTITY
from configurator.engine.fault import find_at_fault
from configurator.engine.model import Kind, Rule
from configurator.engine.passes import ASIDE, NEVER, POSSIBLE, Costs
from configurator.engine.query import (
    Pins,
    Unavailable,
    fix,
    layout_of,
    least_of,
    make_query,
    passes_of,
)
from configurator.engine.sat import rules_of


class Case:
    """One question: costs of each choice apart, so that they can be left out."""

    def __init__(
        self,
        compiled: Compiled,
        choices: Mapping[str, Any],
        quantity: int | None,
        wanted: tuple[str, str] | None,
        unavailable: Unavailable,
        today: dt.date | None,
    ) -> None:
        self.compiled = compiled
        self.layout = layout_of(compiled)
        self.passes = passes_of(compiled)
        self.query = make_query(
            compiled, choices, quantity=quantity, unavailable=unavailable, today=today
        )
        self.pins: dict[str, Pins] = {}
        self.shown: dict[str, Any] = dict(self.query.choices)
        if quantity is not None:
            self.shown[QUANTITY] = quantity
        for name, answer in self.shown.items():
            self.pins[name] = self.layout.pins(name, answer)
        self.wanted: Pins = [] if wanted is None else self._want(*wanted)
        self.names = tuple(self.pins)

    @cached_property
    def base(self) -> Costs:
        """What each value costs before any choice, all but the wanted forbidden."""
        return self.query.never + self.layout.costs(self.wanted, cost=NEVER)

    def _want(self, name: str, option: str) -> Pins:
        """Return what the wanted option fixes; make room for it among the choices."""
        known = self.compiled.definition.by_code.get(name)
        if known is None or option not in known.positions:
            raise ChoiceError(name, option, f"{option!r:.80} is not an option of it")
        if known.kind is Kind.CHOICE:
            self.pins.pop(name, None)
            return self.layout.pins(name, option)
        ticked = self.compiled.index[name, option]
        if name not in self.pins and known.at_least <= 1:
            self.pins[name] = self.layout.open_pins(name)
            self.shown[name] = []
        if name in self.pins:
            kept = [(level, at) for level, at in self.pins[name] if level != ticked]
            self.pins[name] = kept
            self.shown[name] = [each for each in self.shown[name] if each != option]
        return [(ticked, 1)]

    def costs(self, names: Iterable[str], *, cost: int = ASIDE) -> Costs:
        """Return what it costs to leave some of the choices."""
        pins = [pin for name in names for pin in self.pins[name]]
        return self.layout.costs(pins, cost=cost)

    def is_possible(self, names: Iterable[str]) -> bool:
        """Say whether these choices can be completed."""
        fixed = self._fixed(names)
        return least_of(self.compiled, self.query.never, fixed) < POSSIBLE

    def _fixed(self, names: Iterable[str]) -> Ints:
        fixed = self.layout.nothing.copy()
        fix(fixed, self.wanted)
        for name in names:
            fix(fixed, self.pins[name])
        return fixed

    def conflict(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return a minimal set among choices that conflict.

        Finds the last of the set by halving, then the one before it, and so on
        (Hemery, Lecoutre, Sais, Boussemart 2006): ``c log n`` passes for ``c`` of
        ``n`` choices.
        """
        found: list[str] = []
        left = list(names)
        while left and self.is_possible(found):
            low, high = 1, len(left)
            while low < high:
                middle = (low + high) // 2
                if self.is_possible([*found, *left[:middle]]):
                    low = middle + 1
                else:
                    high = middle
            found.append(left[low - 1])
            left = left[: low - 1]
        return tuple(name for name in names if name in found)

    def _literals(self, costs: Costs) -> list[int]:
        """Return what a solver must assume so that costly values are left out."""
        rules = rules_of(self.compiled)
        literals = self.compiled.kept.get("literals")
        if literals is None:
            index = rules.encoding.index
            literals = self.compiled.kept["literals"] = [
                rules.value(variable.key, at) if variable.key in index else 0
                for variable in self.layout.variables
                for at in range(len(variable.values))
            ]
        return [
            -literals[at] for at in np.nonzero(costs >= POSSIBLE)[0] if literals[at]
        ]

    def rules(self, names: Sequence[str]) -> tuple[Rule, ...]:
        """Return the rules that contradict these choices, none of them needless."""
        costs = self.query.never + self.layout.aside(self._fixed(names))
        found = find_at_fault(self.compiled, costs < POSSIBLE)
        codes: Sequence[str] = () if found is None else found.codes
        if found is None or not found.is_thin:
            solver = rules_of(self.compiled)
            codes = solver.conflicting(self._literals(costs), among=codes or None)
        return named_rules(self.compiled, codes)


def named_rules(compiled: Compiled, codes: Iterable[str]) -> tuple[Rule, ...]:
    """Return rules by their codes."""
    by_code = compiled.kept.get("rules by code")
    if by_code is None:
        by_code = {rule.code: rule for rule in compiled.definition.rules}
        compiled.kept["rules by code"] = by_code
    return tuple(by_code[code] for code in codes)
