"""A line whose design others share: what of changes and prices falls to it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from configurator.engine.model import QuantityRange
from configurator.selectors.design_prices import (
    Asked,
    count_by_design,
    of_one_design,
    price_together,
)
from configurator.selectors.fields import QUANTITY

Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Together:
    """Lines of one design; the first is the one that is asked about."""

    lines: tuple[Asked, ...]

    @property
    def count(self) -> int:
        """How many units rules and quantity breaks look at."""
        return count_by_design(self.lines)[0]

    def share(self, minor: int | None) -> int | None:
        """Give what of a price for all lines falls to the first."""
        if minor is None:
            return None
        return round(Fraction(minor * self.lines[0].quantity, self.count))

    def mend(self, changes: Changes, minor: int | None) -> tuple[Changes, int | None]:
        """Give changes for all lines as those of the first, and what it costs more.

        Where they change how many there are it is what is charged for the line then,
        since a share of the whole would be that of another quantity.
        """
        if QUANTITY not in changes:
            return changes, self.share(minor)
        line, *others = self.lines
        rest = {code: each for code, each in changes.items() if code != QUANTITY}
        wanted = int(changes[QUANTITY])
        changed = replace(line, choices={**line.choices, **rest}, quantity=wanted)
        beside = of_one_design([changed, *others])[1:]
        wanted -= sum(each.quantity for each in beside)
        changed = replace(changed, quantity=_least(line.definition.quantity, wanted))
        before, after = (
            price_together([each, *others])[0].total_minor for each in (line, changed)
        )
        return {**changes, QUANTITY: changed.quantity}, after - before


def _least(allowed: QuantityRange, wanted: int) -> int:
    """Give the least quantity that a line may have and that is enough."""
    if allowed.values:
        enough = (each for each in allowed.values if each >= wanted)
        return next(enough, allowed.maximum)
    n_steps = -(-max(0, wanted - allowed.minimum) // allowed.step)
    return min(allowed.maximum, allowed.minimum + n_steps * allowed.step)
