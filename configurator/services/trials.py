"""Trying a release before it is on sale: one configuration, and all that follows.

Nothing is stored. What is tried is compiled in this process, the latest few are kept.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from configurator.engine.canonical import ChoiceError
from configurator.engine.expression import QUANTITY, Implies
from configurator.engine.manufacture import ManufactureError, resolve
from configurator.engine.model import Characteristic, Definition, DefinitionError, Rule
from configurator.engine.pricing import PriceError, price
from configurator.engine.sentences import sentence
from configurator.models import CatalogueRelease
from configurator.selectors.money import written
from configurator.selectors.words import in_language, whole_number
from configurator.services.catalogue import build_document
from configurator.services.errors import DomainError
from configurator.services.examination import read_definition
from configurator.services.rules import with_rule

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.artefact import Compiled
    from configurator.engine.choices import State

SECONDS = 5.0
MOST_KEPT = 4
MOST_EXPLAINED = 100
MOST_RULES = 200
TRIED = "TRIED"
Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TriedRule:
    """A rule in words, and what it does here: ``AT_FAULT``, ``AT_WORK`` or nothing."""

    code: str
    text: str
    words: str
    reason: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class TriedOption:
    """An option of a question; ``because`` names the rules that leave it out."""

    code: str
    name: str
    is_chosen: bool
    because: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what is answered and, where it has options, what is left."""

    code: str
    name: str
    kind: str
    value: Any
    options: tuple[TriedOption, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """All that follows from one configuration; ``problem`` says why nothing does."""

    problem: str = ""
    questions: tuple[Question, ...] = ()
    rules: tuple[TriedRule, ...] = ()
    n_more_rules: int = 0
    is_valid: bool = False
    is_complete: bool = False
    missing: tuple[str, ...] = ()
    n_products: str = ""
    repairs: tuple[str, ...] = ()
    total: str = ""
    lines: Lines = ()
    routing: Lines = ()
    steps: Lines = ()
    materials: Lines = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried: answers, a quantity and a day, perhaps with one more rule."""

    choices: Mapping[str, Any] = field(default_factory=dict)
    quantity: int = 1
    today: date | None = None
    rule_text: str = ""


def tried_document(release: CatalogueRelease, rule_text: str) -> dict[str, Any]:
    """Give the document that is tried: the release's, with one more rule if told."""
    document = build_document(release=release)
    if not rule_text.strip():
        return document
    return with_rule(document, {"code": TRIED, "text": rule_text})


def try_out(*, release: CatalogueRelease, tried: Tried) -> Trial:
    """Say what a configuration of a release comes to.

    A rule that cannot be read, and an answer that the product does not know, are told
    and left out.
    """
    try:
        return _try(tried_document(release, tried.rule_text), tried)
    except (DomainError, DefinitionError) as error:
        if not tried.rule_text.strip():
            return Trial(_said(error))
        rest = try_out(release=release, tried=replace(tried, rule_text=""))
        return replace(rest, problem=_said(error))


def _said(error: Exception) -> str:
    place = getattr(error, "field", None)
    return f"{place}: {error}" if place else str(error)


def _try(document: Mapping[str, Any], tried: Tried) -> Trial:
    definition = read_definition(document)
    compiled = _compiled(json.dumps(document, sort_keys=True))
    problem = ""
    while True:
        try:
            found = _Trying(definition, compiled, tried).answer()
        except ChoiceError as error:
            problem = str(error)
            tried = _without(tried, error.characteristic, definition)
        else:
            return replace(found, problem=problem)


def _without(tried: Tried, name: str, definition: Definition) -> Tried:
    """Leave out an answer that cannot be one; the quantity becomes the least."""
    if name == QUANTITY:
        return replace(tried, quantity=definition.quantity.minimum)
    rest = {code: value for code, value in tried.choices.items() if code != name}
    return replace(tried, choices=rest)


@lru_cache(maxsize=MOST_KEPT)
def _compiled(text: str) -> "Compiled":
    from configurator.engine import artefact  # noqa: PLC0415 -- slow import

    definition = read_definition(json.loads(text))
    budget = artefact.Budget(seconds=SECONDS)
    return artefact.compile_definition(definition, budget=budget)


class _Trying:
    """One question to the engine, and its answer in words."""

    def __init__(
        self, definition: Definition, compiled: "Compiled", tried: Tried
    ) -> None:
        from configurator.engine import choices  # noqa: PLC0415 -- slow import

        self.definition, self.compiled, self.tried = definition, compiled, tried
        self.state: State = choices.evaluate(
            compiled, tried.choices, quantity=tried.quantity, today=tried.today
        )

    def answer(self) -> Trial:
        state = self.state
        conflict = None if state.valid else self._explain()
        at_fault = {rule.code for rule in conflict.rules} if conflict else set()
        is_whole = state.valid and state.complete
        n = state.n_products
        return Trial(
            questions=tuple(map(self._question, self.definition.characteristics)),
            rules=tuple(self._list_rules(at_fault)),
            n_more_rules=max(len(self._rules_in_force()) - MOST_RULES, 0),
            is_valid=state.valid,
            is_complete=is_whole,
            missing=tuple(self._name(code) for code in state.missing),
            n_products="" if n is None else whole_number(n),
            repairs=tuple(map(self._repair, conflict.repairs if conflict else ())),
            **(self._priced() if is_whole else {"total": self._bounds()}),
            **(self._made() if is_whole else {}),
        )

    def _explain(self) -> Any:
        from configurator.engine.explain import explain  # noqa: PLC0415 -- slow import

        tried = self.tried
        return explain(
            self.compiled, tried.choices, quantity=tried.quantity, today=tried.today
        )

    def _rules_in_force(self) -> Sequence[Rule]:
        rules = self.definition.rules
        return [each for each in rules if each.applies(self.tried.today)]

    def _list_rules(self, at_fault: set[str]) -> Iterator[TriedRule]:
        """Say the first rules; of many those at fault before all others."""
        rules = self._rules_in_force()
        if len(rules) > MOST_RULES:
            rules = sorted(rules, key=lambda rule: rule.code not in at_fault)
        for rule in rules[:MOST_RULES]:
            yield self._rule(rule, at_fault)

    def _rule(self, rule: Rule, at_fault: set[str]) -> TriedRule:
        expression = rule.expression
        is_asked = isinstance(expression, Implies) and expression.left.holds(
            self.state.choices, self.tried.quantity
        )
        part = "AT_FAULT" if rule.code in at_fault else "AT_WORK" if is_asked else ""
        words = sentence(expression, self.definition)
        return TriedRule(rule.code, rule.text, words, in_language(rule.reason), part)

    def _name(self, code: str) -> str:
        each = self.definition.by_code.get(code)
        return code if each is None else in_language(each.name) or code

    def _question(self, each: Characteristic) -> Question:
        states = self.state.domains.get(each.code, {})
        value = self.state.choices.get(each.code, "")
        options = tuple(
            TriedOption(
                option.code,
                in_language(option.name) or option.code,
                states[option.code].selected,
                self._because.get((each.code, option.code), ""),
            )
            for option in each.options
        )
        return Question(each.code, self._name(each.code), each.kind, value, options)

    @cached_property
    def _because(self) -> dict[tuple[str, str], str]:
        """Name for each option that is out the rules that leave it out, or dots.

        Only of the first ones: to name them takes longer than all the rest. Where the
        answers contradict each other everything is out.
        """
        from configurator.engine.explain import (  # noqa: PLC0415 -- slow import
            rules_against,
        )

        if not self.state.valid:
            return {}
        out = [
            (name, option)
            for name, states in self.state.domains.items()
            for option, one in states.items()
            if not one.available
        ]
        tried = self.tried
        found = rules_against(
            self.compiled,
            tried.choices,
            out[:MOST_EXPLAINED],
            quantity=tried.quantity,
            today=tried.today,
        )
        codes = {key: [rule.code for rule in rules] for key, rules in found.items()}
        return {key: ", ".join(codes.get(key, ())) or "…" for key in out}

    def _repair(self, repair: Any) -> str:
        changes = [
            f"{self._name(name)}: {_shown(value)}"
            for name, value in repair.changes.items()
        ]
        delta = self._money(repair.price_delta_minor, signed=True)
        return " · ".join([*changes, *([delta] if delta else [])])

    def _money(self, amount_minor: int | None, *, signed: bool = False) -> str:
        return written(amount_minor, self.definition.currency, signed=signed)

    def _bounds(self) -> str:
        if self.state.lowest_total_minor is None:
            return ""
        low = self._money(self.state.lowest_total_minor)
        high = self._money(self.state.highest_total_minor)
        ends = {"low": low, "high": high}
        return low if low == high else _("%(low)s to %(high)s") % ends

    def _priced(self) -> dict[str, Any]:
        try:
            found = price(
                self.definition, self.state.choices, quantity=self.tried.quantity
            )
        except PriceError as error:
            return {"total": str(error)}
        lines = tuple(
            (in_language(line.label) or line.code, self._money(line.amount_minor))
            for line in found.lines
        )
        return {"total": self._money(found.total_minor), "lines": lines}

    def _made(self) -> dict[str, Any]:
        if not self.definition.routings:
            return {}
        try:
            made = resolve(
                self.definition, self.state.choices, quantity=self.tried.quantity
            )
        except ManufactureError as error:
            return {"routing": ((_("Routing"), str(error)),)}
        routing = [
            (_("Routing"), in_language(made.routing_name) or made.routing_code),
            (_("Method"), made.method),
            (_("Line"), made.line or ""),
            (_("Because"), in_language(made.reason)),
        ]
        return {
            "routing": tuple(pair for pair in routing if pair[1]),
            "steps": tuple(
                (in_language(step.name) or step.code, step.work_centre or "")
                for step in made.steps
            ),
            "materials": tuple(
                (need.material, f"{whole_number(need.total)} {need.unit}")
                for need in made.materials
            ),
        }


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "–"  # noqa: RUF001 -- a dash for none
    return str(value) if value not in (None, "") else "–"  # noqa: RUF001 -- as above
