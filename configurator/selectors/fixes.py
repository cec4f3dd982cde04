"""What would have to change so that an option can be had after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from configurator.selectors.choices import ask
from configurator.selectors.labels import name_answers
from configurator.selectors.reasons import with_option
from configurator.selectors.releases import LiveRelease

# Each fix is an explanation of its own; beyond so many a click would wait.
MOST_FIXES = 24

Wanted = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fix:
    """Answers to change together with the option itself, and what that costs.

    ``words`` names the changes.
    """

    option: Mapping[str, Any]
    changes: Mapping[str, Any]
    words: str
    price_delta_minor: int | None


@dataclass(frozen=True, slots=True)
class Ways:
    """The options that are sold out, and the ways to those that are not."""

    sold_out: frozenset[Wanted] = frozenset()
    fixes: Mapping[Wanted, Fix] = field(default_factory=dict)


def find_ways(
    *,
    release: LiveRelease,
    choices: Mapping[str, Any],
    quantity: int,
    wanted: Iterable[Wanted],
    now: datetime,
) -> Ways:
    """Find the cheapest way to each option that the other choices rule out."""
    from configurator.engine.explain import explain  # noqa: PLC0415 -- slow import

    asked = ask(release, choices, quantity, now=now)
    fixes = {}
    for each in [one for one in wanted if one not in asked.sold_out][:MOST_FIXES]:
        conflict = explain(
            release.compiled,
            asked.choices,
            quantity=quantity,
            wanted=each,
            unavailable=asked.unavailable,
            today=asked.today,
        )
        if conflict.repairs:
            repair = conflict.repairs[0]
            name, option = each
            fixes[each] = Fix(
                option={name: with_option(asked, name, option)[name]},
                changes=dict(repair.changes),
                words=name_answers(release.definition, repair.changes),
                price_delta_minor=repair.price_delta_minor,
            )
    return Ways(frozenset(asked.sold_out), fixes)
