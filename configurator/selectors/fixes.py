"""What would have to change so that an option can be had after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from configurator.selectors.choices import ask
from configurator.selectors.kept import Keyed, key_of_choices
from configurator.selectors.labels import name_answers
from configurator.selectors.reasons import Asked, with_option
from configurator.selectors.releases import LiveRelease

# Each fix is an explanation of its own; beyond so many a click would wait.
MOST_FIXES = 24
MOST_KEPT = 1024

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
    """Find the cheapest way to each option that the other choices rule out.

    What was found is kept: many stand before the same choices, most where all start.
    """
    asked = ask(release, choices, quantity, now=now)
    ruled_out = tuple(one for one in wanted if one not in asked.sold_out)[:MOST_FIXES]
    key = (
        release.definition_sha256,
        key_of_choices(release.definition, asked.choices),
        asked.quantity,
        asked.unavailable,
        asked.today,
        ruled_out,
        get_language(),
    )
    fixes = _find_fixes(Keyed(key, (asked, ruled_out)))
    return Ways(frozenset(asked.sold_out), fixes)


@lru_cache(maxsize=MOST_KEPT)
def _find_fixes(
    question: Keyed[tuple[Asked, tuple[Wanted, ...]]],
) -> Mapping[Wanted, Fix]:
    from configurator.engine.explain import explain  # noqa: PLC0415 -- slow import

    asked, wanted = question.take()
    fixes = {}
    for each in wanted:
        conflict = explain(
            asked.release.compiled,
            asked.choices,
            quantity=asked.quantity,
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
                words=name_answers(asked.release.definition, repair.changes),
                price_delta_minor=repair.price_delta_minor,
            )
    return fixes
