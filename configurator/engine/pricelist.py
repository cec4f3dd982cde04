"""A release's prices as values: entries, their tables and factors, breaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from configurator.engine.expression import Expression


class PriceBasis(StrEnum):
    """What an entry's amount is multiplied by."""

    UNIT = "UNIT"
    PIECE = "PIECE"
    ORDER = "ORDER"
    CHARACTER = "CHARACTER"
    AREA = "AREA"


DISCOUNTED = frozenset(
    (PriceBasis.UNIT, PriceBasis.PIECE, PriceBasis.CHARACTER, PriceBasis.AREA)
)
"""The bases that a quantity break takes its discount from."""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Base amounts in minor units by the options of some characteristics.

    Rows of a number (a NUMBER or ``quantity``) count from that number on, up to
    the next listed one. Where an optional choice is not answered the base is 0.
    """

    of: tuple[str, ...]
    rows: Mapping[tuple[str, ...], int]
    starts: tuple[Mapping[int, str], ...] = field(
        init=False, repr=False, compare=False, default=()
    )

    def __post_init__(self) -> None:
        columns = (sorted({row[at] for row in self.rows}) for at in range(len(self.of)))
        starts = tuple({int(n): n for n in each if _is_number(n)} for each in columns)
        object.__setattr__(self, "starts", starts)

    def amount(self, answers: Sequence[str | int]) -> int | None:
        """Return the amount for an answer to each of `of`; None without a row.

        Of a number that is not listed the next smaller one counts, in ``O(n)`` for
        ``n`` listed ones.
        """
        key = []
        for starts, answer in zip(self.starts, answers, strict=True):
            if isinstance(answer, int):
                listed = answer if answer in starts else None
                if listed is None:
                    listed = max((n for n in starts if n <= answer), default=None)
                if listed is None:
                    return None
                key.append(starts[listed])
            else:
                key.append(answer)
        return self.rows.get(tuple(key))


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdigit() and text.isascii()


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor in basis points (10,000 is one) that counts where `when` holds."""

    basis_points: int
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """One line of a price list; amounts in minor units of the currency.

    `of` names the text of a CHARACTER entry or the lengths in mm of an AREA
    entry, whose amount is for one square metre. With an `account` it counts for
    buyers with an account of that kind alone, beside what everybody pays.
    """

    code: str
    basis: PriceBasis
    amount_minor: int = 0
    label: Mapping[str, str] = field(default_factory=dict)
    when: Expression | None = None
    table: PriceTable | None = None
    factors: tuple[Factor, ...] = ()
    of: tuple[str, ...] = ()
    each_piece: bool = False
    account: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A discount in basis points from a quantity on."""

    from_quantity: int
    discount_bp: int


@dataclass(frozen=True, slots=True)
class PriceList:
    """All entries of a release and its quantity breaks, rising by quantity.

    `entries` are what everybody pays, `for_accounts` what some accounts pay besides.
    `measured` names the texts and lengths that prices measure.
    """

    entries: tuple[PriceEntry, ...] = ()
    breaks: tuple[Break, ...] = ()
    for_accounts: tuple[PriceEntry, ...] = ()
    measured: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = dict.fromkeys(name for entry in self.entries for name in entry.of)
        object.__setattr__(self, "measured", tuple(names))

    def entries_for(self, account: str) -> tuple[PriceEntry, ...]:
        """Return the entries that count for an account; for none those of everybody."""
        if not account:
            return self.entries
        own = tuple(each for each in self.for_accounts if each.account == account)
        return (*self.entries, *own)

    def discount_bp(self, quantity: int) -> int:
        """Return the discount in basis points that a quantity earns."""
        earned = 0
        for each in self.breaks:
            if quantity >= each.from_quantity:
                earned = each.discount_bp
        return earned
