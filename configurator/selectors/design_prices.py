"""What the lines of one cart or order cost together.

A product may say which answers do not make another design of it, such as its size:
``{"extra": {"one_design": {"beside": ["size", "name"]}}}``. Then the quantity that
rules and breaks speak of is that of all lines of one design, and what is paid once
for an order is paid once for the design.
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from configurator.engine.model import Definition, QuantityRange
from configurator.engine.pricelist import DISCOUNTED, PriceBasis, PriceEntry
from configurator.engine.pricing import (
    DISCOUNT_CODE,
    DISCOUNT_LABEL,
    Price,
    PriceLine,
    entry_amount,
    price,
)

__all__ = [
    "Asked",
    "Price",
    "count_by_design",
    "counts_together",
    "of_one_design",
    "price_together",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Complete choices of a release, how many sold units, and for which account."""

    definition: Definition
    choices: Mapping[str, Any]
    quantity: int
    account: str = ""


def count_by_design(lines: Sequence[Asked]) -> list[int]:
    """Give for each line the quantity that its rules and its breaks look at."""
    keys = [_design(line) for line in lines]
    totals: dict[Hashable, int] = {}
    for key, line in zip(keys, lines, strict=True):
        totals[key] = totals.get(key, 0) + line.quantity
    return [
        line.quantity if key is None else _usual(line, totals[key])
        for key, line in zip(keys, lines, strict=True)
    ]


def of_one_design(lines: Sequence[Asked]) -> list[Asked]:
    """Give the first line and the others of its design, which count with it."""
    first = _design(lines[0])
    if first is None:
        return [lines[0]]
    return [line for line in lines if _design(line) == first]


def price_together(lines: Sequence[Asked]) -> list[Price]:
    """Price the lines of one cart or order; gives a price for each, in their order.

    The lines of a price add up to it exactly, and so do the shares of what is paid
    once for a design: they are cut by quantity, the largest remainders rounded up.
    """
    counts = count_by_design(lines)
    groups: dict[Hashable, list[int]] = {}
    for at, line in enumerate(lines):
        key = _design(line)
        groups.setdefault(("alone", at) if key is None else key, []).append(at)
    prices: dict[int, Price] = {}
    for members in groups.values():
        together = [lines[at] for at in members]
        if len(members) == 1:
            found = [_price_alone(together[0])]
        else:
            found = _price_design(together, max(counts[at] for at in members))
        prices.update(zip(members, found, strict=True))
    return [prices[at] for at in range(len(lines))]


def _price_alone(line: Asked) -> Price:
    return price(
        line.definition, line.choices, quantity=line.quantity, account=line.account
    )


def _price_design(lines: Sequence[Asked], count: int) -> list[Price]:
    definition = lines[0].definition
    parts: list[list[PriceLine]] = [[] for _line in lines]
    discounts = [0] * len(lines)
    discount_bp = definition.prices.discount_bp(count)
    for entry in definition.prices.entries_for(lines[0].account):
        for at, amount in enumerate(_amounts(entry, lines, count)):
            if entry.basis in DISCOUNTED:
                discounts[at] += amount * discount_bp // 10_000
            if amount:
                parts[at].append(PriceLine(entry.code, entry.label, amount))
    for at, discount in enumerate(discounts):
        if discount:
            parts[at].append(PriceLine(DISCOUNT_CODE, DISCOUNT_LABEL, -discount))
    return [
        Price(definition.currency, sum(each.amount_minor for each in part), tuple(part))
        for part in parts
    ]


def _amounts(entry: PriceEntry, lines: Sequence[Asked], count: int) -> list[int]:
    """Give what an entry adds to each line, before any discount."""
    if entry.basis is PriceBasis.ORDER:
        once = [
            entry_amount(line.definition, entry, line.choices, quantity=count)
            for line in lines
        ]
        paying = [at for at, amount in enumerate(once) if amount]
        weights = [lines[at].quantity for at in paying]
        shares = _cut(max(once, key=abs), weights)
        found = [0] * len(lines)
        for at, share in zip(paying, shares, strict=True):
            found[at] = share
        return found
    # Each of these is an amount for one sold unit, times the quantity.
    return [
        entry_amount(line.definition, entry, line.choices, quantity=count)
        // count
        * line.quantity
        for line in lines
    ]


def _cut(amount: int, weights: Sequence[int]) -> list[int]:
    """Cut an amount by weights; the parts add up to it exactly."""
    total = sum(weights)
    if not total:
        return []
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda at: (-(amount * weights[at] % total), at)
    )
    for at in by_remainder[: amount - sum(shares)]:
        shares[at] += 1
    return shares


def _design(line: Asked) -> Hashable:
    """Name the design that a line is of; None where each line counts by itself."""
    beside = _beside(line.definition)
    if beside is None:
        return None
    answers = {
        code: value for code, value in line.choices.items() if code not in beside
    }
    key = json.dumps(answers, sort_keys=True)
    return (line.definition.product, line.definition.release, key)


def counts_together(definition: Definition) -> bool:
    """Say whether several lines of a product may be of one design."""
    return _beside(definition) is not None


def _beside(definition: Definition) -> Iterable[str] | None:
    extra = definition.document.get("extra") if definition.document else None
    found = extra.get("one_design") if isinstance(extra, Mapping) else None
    beside = found.get("beside") if isinstance(found, Mapping) else None
    return beside if isinstance(beside, list) else None


def _usual(line: Asked, count: int) -> int:
    """Give the largest quantity up to ``count`` that the product is sold in."""
    allowed: QuantityRange = line.definition.quantity
    if allowed.values:
        return max((each for each in allowed.values if each <= count), default=count)
    steps = (min(count, allowed.maximum) - allowed.minimum) // allowed.step
    return allowed.minimum + steps * allowed.step if steps >= 0 else line.quantity
