"""What a catalogue admin should know before a release goes live, each with a proof.

Options come from the passes over the diagram, rules at fault and examples from the
satisfiability solver. Rules with dates are looked at on one day of each stretch in
which the same rules are in force.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any

from configurator.engine.artefact import Compiled
from configurator.engine.encoding import Role
from configurator.engine.expression import And, Expression, Table
from configurator.engine.model import Definition, Kind, ProductKind, Rule
from configurator.engine.passes import POSSIBLE
from configurator.engine.query import layout_of, make_query, passes_of
from configurator.engine.sat import Rules, rules_of

MAX_ROWS = 50_000
MAX_PROOFS = 200
MAX_DAYS = 200

Progress = Callable[[str, float], None]
Day = dt.date | None


class Severity(StrEnum):
    """Whether a release may go live with it."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class FindingKind(StrEnum):
    """What can be wrong with a release."""

    VOID = "VOID"
    DEAD_OPTION = "DEAD_OPTION"
    FORCED_OPTION = "FORCED_OPTION"
    REDUNDANT_RULE = "REDUNDANT_RULE"
    NO_ROUTING = "NO_ROUTING"
    SEVERAL_ROUTINGS = "SEVERAL_ROUTINGS"
    NOT_CHECKED = "NOT_CHECKED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what, about which thing, in words, with its proof.

    Attributes
    ----------
    subject
        An option as ``characteristic=option``, or codes of rules or routings joined
        by commas; empty where the whole release is meant.
    rules
        The codes of rules that prove it, in the order of the release. Leaving any
        one of them out lifts it: they contradict each other (VOID, and no fewer do
        where there are 300 rules or less), exclude the
        option (DEAD_OPTION), leave nothing else (FORCED_OPTION), or say together
        all that the redundant rule says (REDUNDANT_RULE).
    example
        Choices that show it, the ``quantity`` among them.
    """

    kind: FindingKind
    severity: Severity
    subject: str
    message: str
    rules: tuple[str, ...] = ()
    example: Mapping[str, Any] = field(default_factory=dict)


def lint(
    definition: Definition,
    compiled: Compiled,
    *,
    today: Day = None,
    on_progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Look for what a release should not have.

    Parameters
    ----------
    definition
        The release.
    compiled
        The same, compiled.
    today
        Days before it are not looked at; None: every day is.
    on_progress
        Told ``lint`` and the share of the work that is done, from 0 to 1.

    Returns
    -------
    tuple[Finding, ...]
        Errors (void, dead options, configurations without a routing) first. An option
        is dead or forced where it is so on all days; void or without a routing is
        found on any. Rules with more than 50,000 rows together are not looked through
        for redundant ones, nor are more than 200 stretches of days looked at; both
        are findings too. Of options the first 200 come with their rules.
    """
    days = days_of(definition, today=today)
    found = [*_unchecked_days(days)]
    days = days[:MAX_DAYS]
    states = [_State(compiled, day) for day in days]
    voids = [_void(state) for state in states if state.is_void]
    if voids:
        return tuple(voids[:1])
    rules = rules_of(compiled)
    found += _options(definition, rules, states)
    found += _routings(definition, rules, days)
    found += _redundant(definition, rules, on_progress)
    return tuple(sorted(found, key=lambda each: each.severity is not Severity.ERROR))


def days_of(definition: Definition, *, today: Day = None) -> Sequence[Day]:
    """Return one day of each stretch in which the same rules are in force.

    Without dated rules that is any day: None alone.
    """
    ends = {
        day
        for rule in definition.rules
        for day in (rule.effective_from, rule.effective_to)
        if day is not None
    }
    if not ends:
        return [None]
    first = min(ends) - dt.timedelta(days=1)
    if today is None:
        return sorted({first, *ends})
    return sorted({max(first, today), *(day for day in ends if day > today)})


def _unchecked_days(days: Sequence[Day]) -> Iterator[Finding]:
    if len(days) > MAX_DAYS:
        message = f"rules change on {len(days)} days; {MAX_DAYS} of them are looked at"
        yield Finding(FindingKind.NOT_CHECKED, Severity.WARNING, "", message)


class _State:
    """What is possible on one day, before any choice."""

    def __init__(self, compiled: Compiled, day: Day) -> None:
        self.rules = rules_of(compiled)
        self.day = day
        layout = layout_of(compiled)
        query = make_query(compiled, {}, quantity=None, unavailable=(), today=day)
        least, through = passes_of(compiled).through(query.never)
        self.is_void = bool(least >= POSSIBLE)
        self.dead: dict[tuple[str, str], int] = {}
        self.forced: dict[tuple[str, str], int] = {}
        if self.is_void:
            return
        for at, variable in enumerate(layout.variables):
            start = layout.starts[at]
            alive = [
                bool(through[start + value] < POSSIBLE)
                for value in range(len(variable.values))
            ]
            if variable.role is Role.CHOICE:
                self._choice(variable.name, variable.values, alive)
            elif variable.role is Role.TICK and variable.option is not None:
                self._tick(variable.name, variable.option, alive)

    def _choice(
        self, name: str, values: Sequence[object], alive: Sequence[bool]
    ) -> None:
        for at, value in enumerate(values):
            if value is not None and not alive[at]:
                self.dead[name, str(value)] = self.rules.value((name, None), at)
        if sum(alive) == 1 and len(values) > 1:
            at = alive.index(True)
            if values[at] is not None:
                literal = -self.rules.value((name, None), at)
                self.forced[name, str(values[at])] = literal

    def _tick(self, name: str, option: str, alive: Sequence[bool]) -> None:
        literal = self.rules.value((name, option), 1)
        if not alive[1]:
            self.dead[name, option] = literal
        elif not alive[0]:
            self.forced[name, option] = -literal


def _assumed(rules: Rules, day: Day) -> list[int]:
    """Return literals that put rules with dates in force, or not, as on a day."""
    if day is None:
        return []
    found = []
    for variable in rules.encoding.variables:
        if variable.role is Role.PERIOD and variable.period is not None:
            start, end = variable.period
            now = (start is None or start <= day) and (end is None or day < end)
            found.append(rules.value(variable.key, int(now)))
    return found


def _void(state: _State) -> Finding:
    assumed = _assumed(state.rules, state.day)
    proof = state.rules.conflicting(assumed, fewest=True)
    when = "" if state.day is None else f" on {state.day}"
    message = f"no configuration satisfies all rules{when}"
    if proof:
        message += f": {', '.join(proof)} contradict each other"
    return Finding(FindingKind.VOID, Severity.ERROR, "", message, proof)


def _options(
    definition: Definition, rules: Rules, states: Sequence[_State]
) -> Iterator[Finding]:
    first = states[0]
    assumed = _assumed(rules, first.day)
    n_proofs = 0
    for kind, severity, picked, words in (
        (
            FindingKind.DEAD_OPTION,
            Severity.ERROR,
            [state.dead for state in states],
            "{option} of {name} can never be picked",
        ),
        (
            FindingKind.FORCED_OPTION,
            Severity.WARNING,
            [state.forced for state in states],
            "nothing but {option} of {name} can ever be picked",
        ),
    ):
        for (name, option), literal in picked[0].items():
            if not all((name, option) in others for others in picked[1:]):
                continue
            if _is_only_one(definition, name, kind):
                continue
            n_proofs += 1
            proof: tuple[str, ...] = ()
            if n_proofs <= MAX_PROOFS:
                proof = rules.conflicting([literal, *assumed])
            message = words.format(name=name, option=option)
            yield Finding(kind, severity, f"{name}={option}", message, proof)


def _is_only_one(definition: Definition, name: str, kind: FindingKind) -> bool:
    """Say whether a question leaves no choice by itself, with no rule at work."""
    each = definition.by_code[name]
    return (
        kind is FindingKind.FORCED_OPTION
        and each.kind is Kind.CHOICE
        and each.required
        and len(each.options) == 1
    )


def _redundant(
    definition: Definition, rules: Rules, on_progress: Progress | None
) -> Iterator[Finding]:
    n_rows = sum(
        len(rule.expression.rows)
        for rule in definition.rules
        if isinstance(rule.expression, Table)
    )
    if n_rows > MAX_ROWS:
        message = f"{n_rows} rows are too many to look for redundant rules"
        yield Finding(FindingKind.NOT_CHECKED, Severity.WARNING, "", message)
        return
    written = [rule for rule in definition.rules if not rule.is_structural]
    for at, rule in enumerate(written):
        proof = _implying(rules, rule)
        if proof is not None:
            yield Finding(
                FindingKind.REDUNDANT_RULE,
                Severity.WARNING,
                rule.code,
                f"{rule.code} forbids nothing that the other rules allow"
                + (f"; it follows from {', '.join(proof)}" if proof else ""),
                proof,
            )
        if on_progress is not None:
            on_progress("lint", (at + 1) / len(written))


def _implying(rules: Rules, rule: Rule) -> tuple[str, ...] | None:
    """Return a least set of other rules from which a rule follows; None: it does not.

    Least in that none of them can be left out. A rule with dates is taken while it is
    in force; others with dates count only where they share its dates.
    """
    assumptions = [-rules.literal(rule.expression)]
    if rule.effective_from is not None or rule.effective_to is not None:
        period = f"period:{rule.effective_from}..{rule.effective_to}"
        assumptions.append(rules.value((period, None), 1))
    others = [code for code in rules.selectors if code != rule.code]
    with rules.lock:
        if rules.solver.solve([*assumptions, *_chosen(rules, others)]):
            return None
        core = set(rules.solver.get_core() or ())
        needed = [code for code in others if rules.selectors[code] in core]
        for code in tuple(needed):
            fewer = [each for each in needed if each != code]
            if not rules.solver.solve([*assumptions, *_chosen(rules, fewer)]):
                needed = fewer
    return tuple(needed)


def _chosen(rules: Rules, codes: Sequence[str]) -> list[int]:
    return [rules.selectors[code] for code in codes]


def _routings(
    definition: Definition, rules: Rules, days: Sequence[Day]
) -> Iterator[Finding]:
    if definition.kind is ProductKind.STANDARD and not definition.routings:
        return
    conditions: dict[str, Expression] = {
        each.code: And(()) if each.when is None else each.when
        for each in definition.routings
    }
    literals = {code: rules.literal(when) for code, when in conditions.items()}
    example = _example(rules, [-literal for literal in literals.values()], days)
    if example is not None:
        yield Finding(
            FindingKind.NO_ROUTING,
            Severity.ERROR,
            "",
            "some configurations have no routing",
            example=example,
        )
    for one, other in combinations(literals, 2):
        example = _example(rules, [literals[one], literals[other]], days)
        if example is not None:
            yield Finding(
                FindingKind.SEVERAL_ROUTINGS,
                Severity.WARNING,
                f"{one},{other}",
                f"{one} and {other} both apply to some configurations; {one} is taken",
                example=example,
            )


def _example(
    rules: Rules, literals: Sequence[int], days: Sequence[Day]
) -> Mapping[str, Any] | None:
    for day in days:
        found = rules.find([*literals, *_assumed(rules, day)])
        if found is not None:
            return found
    return None
