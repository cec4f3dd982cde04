"""What could be chosen instead to have it earlier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.ports import Alternative
from configurator.selectors.releases import release_by_id
from configurator.selectors.times import local
from production.selectors.promises import (
    Question,
    Quoted,
    asks_for_trade,
    get_quoted,
)

MOST_TRIED = 24
MOST_TOLD = 3


def list_alternatives(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    options: Sequence[tuple[str, str]],
    now: datetime,
    buyer_id: int | None = None,
) -> tuple[Alternative, ...]:
    """Find which of these options, each chosen alone, would be there earlier.

    Only those that decide how it is made are tried, and none where nothing but the
    work itself takes time. What gains most comes first; of equals the first given.
    """
    trade = asks_for_trade(buyer_id, now=now)
    asked = Question(product, release_id, choices, quantity, for_trade=trade)
    base = get_quoted(asked, now=now)
    if base is None or _day(base.idle_delivered_at) >= _day(base.promise.delivered_at):
        return ()
    names = release_by_id(release_id).loaded.deciding_names
    found = []
    for characteristic, option in [each for each in options if each[0] in names][
        :MOST_TRIED
    ]:
        other = replace(asked, choices={**choices, characteristic: option})
        quoted = get_quoted(other, now=now)
        if quoted is None:
            continue
        gained = _day(base.promise.delivered_at) - _day(quoted.promise.delivered_at)
        if gained.days > 0:
            found.append(
                Alternative(
                    characteristic=characteristic,
                    option=option,
                    delivered_at=quoted.promise.delivered_at,
                    days_earlier=gained.days,
                    because=_because(base, quoted),
                )
            )
    found.sort(key=lambda each: -each.days_earlier)
    return tuple(found[:MOST_TOLD])


def _day(at: datetime) -> date:
    return local(at).date()


def _because(base: Quoted, other: Quoted) -> str:
    """Say what makes the difference."""
    joined = [number for number in other.joins if number not in base.joins]
    if joined:
        return _("it joins batch %(number)s") % {"number": joined[0]}
    if base.short_of and base.short_of != other.short_of:
        return _("nothing has to be bought for it first")
    return _("less waits before it")
