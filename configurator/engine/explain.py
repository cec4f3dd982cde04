"""Why an option is out: the fewest choices and rules at fault, and what would help.

Conflicts by QuickXplain (Junker 2004) with the passes over the diagram as checker;
the rules from a satisfiability solver's core, thinned until none can go.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from configurator.engine.compiled import Compiled
from configurator.engine.conflict import Case, named_rules
from configurator.engine.fault import find_at_fault
from configurator.engine.passes import POSSIBLE
from configurator.engine.query import Unavailable, layout_of, make_query
from configurator.engine.repairs import find_repairs

MAX_REPAIRS = 3


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule at fault and its reason by language."""

    code: str
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Repair:
    """Answers to change, so that the rest can be completed.

    `price_delta_minor` is the lowest total afterwards less the lowest total of the
    choices as they are (less their price, where they conflict but are complete); None
    where one of the two is not known.
    """

    changes: Mapping[str, Any]
    price_delta_minor: int | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Choices and rules that cannot be had together, and repairs, cheapest first.

    Leaving out any one of the choices (or of the rules) lifts the conflict. All are
    empty where there is none. The quantity stands among the choices where it matters.
    """

    choices: Mapping[str, Any]
    rules: tuple[RuleRef, ...]
    repairs: tuple[Repair, ...]


def explain(
    compiled: Compiled,
    choices: Mapping[str, Any],
    *,
    quantity: int | None = None,
    wanted: tuple[str, str] | None = None,
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
    n_repairs: int = MAX_REPAIRS,
) -> Conflict:
    """Explain why choices conflict, or why an option cannot be picked beside them.

    Parameters
    ----------
    compiled
        The release.
    choices
        As for `evaluate`.
    quantity
        Of the order line. A repair changes it only where nothing else helps.
    wanted
        A characteristic and the option that one would like to pick; what is chosen
        for the same characteristic is then left aside (of a MULTI only that tick).
    unavailable
        Pairs of characteristic and option that are sold out.
    today
        Decides which dated rules apply.
    n_repairs
        How many repairs to look for; 0 is much the fastest where only the rules are
        asked for.

    Returns
    -------
    Conflict
        Repairs, applied to the choices with the wanted option, each lead to a state
        that can be completed.

    Raises
    ------
    ChoiceError
        For an answer or a wanted option that the product does not know.
    """
    case = Case(compiled, choices, quantity, wanted, unavailable, today)
    if case.is_possible(case.names):
        return Conflict({}, (), ())
    conflict = case.conflict(case.names) if case.is_possible(()) else ()
    repairs = []
    if conflict and n_repairs:
        repairs = find_repairs(case, conflict, most=n_repairs)
    return Conflict(
        {name: case.shown[name] for name in conflict},
        tuple(RuleRef(rule.code, rule.reason) for rule in case.rules(conflict)),
        tuple(Repair(changes, delta) for changes, delta in repairs),
    )


def rules_against(
    compiled: Compiled,
    choices: Mapping[str, Any],
    wanted: Iterable[tuple[str, str]],
    *,
    quantity: int | None = None,
    unavailable: Unavailable = frozenset(),
    today: dt.date | None = None,
) -> dict[tuple[str, str], tuple[RuleRef, ...]]:
    """Name for several options the rules that forbid them beside the choices.

    None of the rules is needless. Much quicker than to explain each: the choices at
    fault are not looked for.

    Parameters
    ----------
    compiled, choices, quantity, unavailable, today
        As for `explain`; the choices do not conflict.
    wanted
        Characteristics and options that cannot be picked.
    """
    query = make_query(
        compiled, choices, quantity=quantity, unavailable=unavailable, today=today
    )
    layout = layout_of(compiled)
    left = query.never + layout.aside(query.fixed) < POSSIBLE
    found = {}
    for name, option in wanted:
        fault = None
        if name in layout.simple:
            start, at = layout.first(name), layout.simple[name][1][option]
            alone = left.copy()
            alone[start : start + len(layout.variable(name).values)] = False
            alone[start + at] = query.never[start + at] < POSSIBLE
            fault = find_at_fault(compiled, alone)
        if fault is not None and fault.is_thin:
            rules = named_rules(compiled, fault.codes)
            found[name, option] = tuple([RuleRef(r.code, r.reason) for r in rules])
            continue
        found[name, option] = explain(
            compiled,
            choices,
            quantity=quantity,
            wanted=(name, option),
            unavailable=unavailable,
            today=today,
            n_repairs=0,
        ).rules
    return found
