"""A product's prices as their reader counts: with tax, or for the trade without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from configurator.models import User
from configurator.ports import ports
from configurator.selectors.money import written
from configurator.selectors.roles import is_trade
from configurator.views.design import Answer


@dataclass(frozen=True, slots=True)
class Amounts:
    """Writes differences to a total, so that they lead to the total shown next."""

    currency: str
    total_minor: int | None
    is_from: bool = False
    without_tax: Callable[[int], int] | None = None

    def difference(self, minor: int | None) -> str:
        """Write what would be added; nothing where that is nothing."""
        if not minor:
            return ""
        total = self.total_minor or 0
        return written(
            self._shown(total + minor) - self._shown(total), self.currency, signed=True
        )

    def since(self, before_minor: int | None) -> str:
        """Write by how much the total has changed."""
        if before_minor is None or before_minor == self.total_minor:
            return ""
        if self.total_minor is None:
            return ""
        change = self._shown(self.total_minor) - self._shown(before_minor)
        return written(change, self.currency, signed=True)

    def parts(self, lines: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Write the lines of a total so that what is shown of them adds up to it."""
        parts, before = [], 0
        for line in lines:
            after = before + line["amount_minor"]
            amount = written(self._shown(after) - self._shown(before), self.currency)
            parts.append({"label": line["label"], "amount": amount})
            before = after
        return parts

    def _shown(self, gross_minor: int) -> int:
        return (
            gross_minor if self.without_tax is None else self.without_tax(gross_minor)
        )


def amounts_for(buyer: User | None, answer: Answer) -> Amounts:
    """Give how the buyer of a configure answer counts, and the total it comes to."""
    price = answer["price"]
    total = price.get("estimate_minor", price["total_minor"])
    is_from = total is None
    return Amounts(
        currency=price["currency"],
        total_minor=answer["lowest_total_minor"] if is_from else total,
        is_from=is_from,
        without_tax=ports.without_tax() if is_trade(buyer) else None,
    )
