"""What a catalogue admin should know before a release goes live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any

from configurator.engine.artefact import Compiled
from configurator.engine.bounds import Outset, find_outset
from configurator.engine.expression import And, Expression, Table
from configurator.engine.model import Definition, ProductKind
from configurator.engine.sat import Rules, rules_of

MAX_ROWS = 50_000


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
    """One finding: what, about which thing, in words, with example choices.

    `subject` is an option as ``characteristic=option``, or codes of rules or routings
    joined by commas; empty where the whole release is meant. Among the choices of an
    example stands the ``quantity``.
    """

    kind: FindingKind
    severity: Severity
    subject: str
    message: str
    example: Mapping[str, Any] = field(default_factory=dict)


def lint(definition: Definition, compiled: Compiled) -> tuple[Finding, ...]:
    """Look for what a release should not have.

    Parameters
    ----------
    definition
        The release.
    compiled
        The same, compiled.

    Returns
    -------
    tuple[Finding, ...]
        Errors (void, dead options, configurations without a routing) first. Rules are
        taken as if all were in force. Rules with more than 50,000 rows together are
        not looked through for redundant ones; that is a finding too.
    """
    outset = find_outset(compiled)
    if outset.is_void:
        message = "no configuration satisfies all rules"
        return (Finding(FindingKind.VOID, Severity.ERROR, "", message),)
    found = [
        *_options(definition, outset),
        *_routings(definition, rules_of(compiled)),
        *_redundant(definition, rules_of(compiled)),
    ]
    return tuple(sorted(found, key=lambda each: each.severity is not Severity.ERROR))


def _options(definition: Definition, outset: Outset) -> Iterator[Finding]:
    for name, options in outset.dead.items():
        for option in options:
            yield Finding(
                FindingKind.DEAD_OPTION,
                Severity.ERROR,
                f"{name}={option}",
                f"{option} of {name} can never be picked",
            )
    for name, option in outset.implied.items():
        if len(definition.by_code[name].options) > 1:
            yield Finding(
                FindingKind.FORCED_OPTION,
                Severity.WARNING,
                f"{name}={option}",
                f"nothing but {option} of {name} can ever be picked",
            )


def _redundant(definition: Definition, rules: Rules) -> Iterator[Finding]:
    n_rows = sum(
        len(rule.expression.rows)
        for rule in definition.rules
        if isinstance(rule.expression, Table)
    )
    if n_rows > MAX_ROWS:
        message = f"{n_rows} rows are too many to look for redundant rules"
        yield Finding(FindingKind.NOT_CHECKED, Severity.WARNING, "", message)
        return
    for rule in definition.rules:
        broken = -rules.literal(rule.expression)
        if rules.find([broken], without=(rule.code,)) is None:
            yield Finding(
                FindingKind.REDUNDANT_RULE,
                Severity.WARNING,
                rule.code,
                f"{rule.code} forbids nothing that the other rules allow",
            )


def _routings(definition: Definition, rules: Rules) -> Iterator[Finding]:
    if definition.kind is ProductKind.STANDARD and not definition.routings:
        return
    conditions: dict[str, Expression] = {
        each.code: And(()) if each.when is None else each.when
        for each in definition.routings
    }
    literals = {code: rules.literal(when) for code, when in conditions.items()}
    example = rules.find([-literal for literal in literals.values()])
    if example is not None:
        yield Finding(
            FindingKind.NO_ROUTING,
            Severity.ERROR,
            "",
            "some configurations have no routing",
            example,
        )
    for one, other in combinations(literals, 2):
        example = rules.find([literals[one], literals[other]])
        if example is not None:
            yield Finding(
                FindingKind.SEVERAL_ROUTINGS,
                Severity.WARNING,
                f"{one},{other}",
                f"{one} and {other} both apply to some configurations; {one} is taken",
                example,
            )
