"""What a complete product costs, line by line, in whole minor units.

Every entry is rounded once, half up, before it is multiplied by the quantity;
a quantity break takes its discount from each line, rounded down. So the total is
a sum over entries that each look at few choices, which is what makes exact
bounds over all completions possible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from configurator.engine.expression import QUANTITY, Choices
from configurator.engine.model import Definition, DefinitionError, Kind
from configurator.engine.pricelist import DISCOUNTED, PriceBasis, PriceEntry
from configurator.engine.rules import holds

DISCOUNT_CODE = "DISCOUNT"
DISCOUNT_LABEL = {"en": "Quantity discount", "de": "Mengenrabatt"}
MM2_PER_M2 = 1_000_000
MAX_TOTAL = 1 << 40
MAX_TOTAL_WITH_TEXT = 1 << 35
"""The most that all lines together may come to, in minor units: beyond it a price
could no longer be told from the cost of a choice that stands in the way."""


class PriceError(ValueError):
    """A price cannot be computed from these choices; says which entry lacks what."""


class Released(Protocol):
    """Anything made from a release, such as its compiled form."""

    @property
    def definition(self) -> Definition:
        """The release."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price, in minor units; a discount is negative."""

    code: str
    label: Mapping[str, str]
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Price:
    """The price of an order line; `lines` add up to `total_minor` exactly."""

    currency: str
    total_minor: int
    lines: tuple[PriceLine, ...]


def price(
    release: Definition | Released,
    choices: Choices,
    *,
    quantity: int,
    account: str = "",
) -> Price:
    """Price complete choices.

    Parameters
    ----------
    release
        The release or its compiled form.
    choices
        Canonical and complete.
    quantity
        Of the order line, in sold units.
    account
        The kind of account that buys; none is anybody.

    Returns
    -------
    Price
        Lines that are zero are left out; the discount of a quantity break is one
        line, the exact sum of what it takes from the others.

    Raises
    ------
    PriceError
        If an entry needs an answer that is not there.
    """
    definition = release if isinstance(release, Definition) else release.definition
    lines = []
    discount = 0
    for entry in definition.prices.entries_for(account):
        amount = entry_amount(definition, entry, choices, quantity=quantity)
        discount += _discount(definition, entry, amount, quantity)
        if amount:
            lines.append(PriceLine(entry.code, entry.label, amount))
    if discount:
        lines.append(PriceLine(DISCOUNT_CODE, DISCOUNT_LABEL, -discount))
    total = sum(line.amount_minor for line in lines)
    return Price(definition.currency, total, tuple(lines))


def entry_amount(
    definition: Definition, entry: PriceEntry, choices: Choices, *, quantity: int
) -> int:
    """Return what one entry adds for the whole line, before any discount."""
    if not holds(entry.when, choices, quantity):
        return 0
    amount = _base(entry, choices, quantity)
    divisor = 1
    if entry.basis is PriceBasis.AREA:
        for name in entry.of:
            amount *= _length(definition, entry, choices, name)
        divisor = MM2_PER_M2
    for factor in entry.factors:
        if holds(factor.when, choices, quantity):
            amount *= factor.basis_points
            divisor *= 10_000
    rounded = (2 * amount + divisor) // (2 * divisor)
    return rounded * _count(definition, entry, choices, quantity)


def entry_net(
    definition: Definition, entry: PriceEntry, choices: Choices, *, quantity: int
) -> int:
    """Return what one entry adds to the total, its share of the discount taken off."""
    amount = entry_amount(definition, entry, choices, quantity=quantity)
    return amount - _discount(definition, entry, amount, quantity)


def _discount(
    definition: Definition, entry: PriceEntry, amount: int, quantity: int
) -> int:
    if entry.basis not in DISCOUNTED:
        return 0
    return amount * definition.prices.discount_bp(quantity) // 10_000


def _base(entry: PriceEntry, choices: Choices, quantity: int) -> int:
    table = entry.table
    if table is None:
        return entry.amount_minor
    answers: list[str | int] = []
    for name in table.of:
        answer = quantity if name == QUANTITY else choices.get(name)
        if answer is None:
            return 0
        answers.append(answer if isinstance(answer, int) else str(answer))
    found = table.amount(answers)
    if found is None:
        named = ", ".join(f"{n}={v}" for n, v in zip(table.of, answers, strict=True))
        raise PriceError(f"price {entry.code!r} has no row for {named}")
    return found


def _length(
    definition: Definition, entry: PriceEntry, choices: Choices, name: str
) -> int:
    """Return a length; 0 where it need not be given, and is not."""
    value = choices.get(name)
    if isinstance(value, int):
        return value
    if definition.by_code[name].required:
        raise PriceError(f"price {entry.code!r} needs {name!r}, which is not given")
    return 0


def _count(
    definition: Definition, entry: PriceEntry, choices: Choices, quantity: int
) -> int:
    match entry.basis:
        case PriceBasis.ORDER:
            return 1
        case PriceBasis.PIECE:
            return quantity * definition.pieces.per_unit(choices)
        case PriceBasis.CHARACTER:
            text = choices.get(entry.of[0])
            n = len(text) if isinstance(text, str) else 0
            pieces = definition.pieces.per_unit(choices) if entry.each_piece else 1
            return n * quantity * pieces
        case _:
            return quantity


def check_amounts(definition: Definition) -> None:
    """Refuse prices that could grow beyond what is reckoned with.

    Every entry is taken at its greatest amount, at the greatest quantity, with all of
    its factors and the longest text, whatever rules say.

    Raises
    ------
    DefinitionError
        Naming the entry at which the sum grows too large.
    """
    texts = (Kind.TEXT, Kind.FILE)
    has_text = any(each.kind in texts for each in definition.characteristics)
    most = MAX_TOTAL_WITH_TEXT if has_text else MAX_TOTAL
    total = 0
    prices = definition.prices
    for at, entry in enumerate((*prices.entries, *prices.for_accounts)):
        alone = _greatest(definition, entry)
        total += alone
        if total > most:
            n = definition.quantity.maximum
            what = "comes" if alone > most else "and those before it come"
            raise DefinitionError(
                f"prices.entries[{at}]",
                f"{entry.code!r} {what} to {total} {definition.currency} minor units"
                f" at the quantity {n}; at most {most} can be reckoned with",
            )


def _greatest(definition: Definition, entry: PriceEntry) -> int:
    amounts = [entry.amount_minor, *(entry.table.rows.values() if entry.table else ())]
    found: int = max(map(abs, amounts))
    for factor in entry.factors:
        found = -(-found * max(factor.basis_points, 10_000) // 10_000)
    by_code, pieces = definition.by_code, definition.pieces
    for name in entry.of:
        each = by_code[name]
        found *= each.max_length or max(abs(each.minimum), abs(each.maximum))
    if entry.basis is PriceBasis.AREA:
        found = -(-found // MM2_PER_M2)
    if entry.basis is PriceBasis.ORDER:
        return found
    if entry.basis is PriceBasis.PIECE or entry.each_piece:
        found *= max((pieces.count, *pieces.values.values()))
    return found * definition.quantity.maximum
