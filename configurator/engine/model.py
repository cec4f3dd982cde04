"""What a product is to the engine: questions, answers, rules and prices.

Everything here is a frozen value, checked when it is made: a wrong one raises
`DefinitionError` with the path of the offending value inside the release.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from configurator.engine.expression import QUANTITY, Expression
from configurator.engine.pricelist import PriceEntry, PriceList
from configurator.engine.routing import Material, Routing, names_in

MAX_NAME = 128
MAX_OPTION = 64
MAX_NUMBER = 10**12
MAX_CHARACTERISTICS = 50_000
MAX_OPTIONS = 200_000
MAX_RULES = 100_000
MAX_ENTRIES = 20_000


class DefinitionError(ValueError):
    """A release's definition is wrong; says where.

    Parameters
    ----------
    path
        Place of the value, such as ``characteristics[2].options[0].code``.
    message
        What is wrong, with the value.
    """

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}" if path else message)


class Kind(StrEnum):
    """How a characteristic is answered."""

    CHOICE = "CHOICE"
    MULTI = "MULTI"
    NUMBER = "NUMBER"
    TEXT = "TEXT"
    FILE = "FILE"


class ProductKind(StrEnum):
    """How a product is sold."""

    CONFIGURABLE = "CONFIGURABLE"
    BESPOKE = "BESPOKE"
    STANDARD = "STANDARD"


# The soft hyphen, and the letters that the printing font has no shape for.
NOT_DRAWN = "\u00ad¤ĈĉĔĕĜĝĤĥĬĭĴĵĸĿŀŉŎŏŜŝŢţŦŧſ"
LATIN = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "".join(chr(code) for code in range(0xA1, 0x180) if chr(code) not in NOT_DRAWN)
    + "–—‘’“”„…€•"  # noqa: RUF001 -- the very characters the fonts draw
)
ALPHABETS: Mapping[str, str] = {
    "LATIN": LATIN,
    "ASCII": LATIN[:95],
    "LETTERS": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "CAPITALS": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DIGITS": "0123456789",
}
"""Named alphabets of TEXT characteristics; another name is taken literally."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer to a CHOICE or MULTI characteristic."""

    code: str
    name: Mapping[str, str] = field(default_factory=dict)
    tint: str | None = None
    popularity: int = 0

    def __post_init__(self) -> None:
        if not self.code or len(self.code) > MAX_OPTION or '"' in self.code:
            raise DefinitionError(
                "code",
                f"{self.code!r} is not an option code: 1 to {MAX_OPTION} characters"
                " without double quotes",
            )
        if self.tint is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", self.tint):
            raise DefinitionError("tint", f"{self.tint!r} is not a colour like #c8b89a")


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A question the customer answers.

    `archived` are codes of options that are kept for their history and can no longer
    be had. Of the limits only those of its kind count: `options`, `at_least`, `at_most`
    (CHOICE, MULTI), `minimum`, `maximum`, `step` in `unit` (NUMBER),
    `max_length` in characters and `alphabet` (TEXT).
    """

    code: str
    kind: Kind
    name: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    default: str | int | tuple[str, ...] | None = None
    options: tuple[Option, ...] = ()
    archived: frozenset[str] = frozenset()
    at_least: int = 0
    at_most: int | None = None
    minimum: int = 0
    maximum: int = 0
    step: int = 1
    unit: str = ""
    max_length: int = 0
    alphabet: str = "LATIN"
    font: str | None = None
    min_dpi: int | None = None
    print_width_mm: int | None = None
    positions: Mapping[str, int] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        if not self.code or len(self.code) > MAX_NAME or self.code == QUANTITY:
            raise DefinitionError(
                "code",
                f"{self.code!r} is not a code: 1 to {MAX_NAME} characters"
                f" and not '{QUANTITY}'",
            )
        positions = {option.code: at for at, option in enumerate(self.options)}
        object.__setattr__(self, "positions", positions)
        if self.kind in (Kind.CHOICE, Kind.MULTI):
            self._check_options()
        elif self.options:
            raise DefinitionError("options", f"a {self.kind} has no options")
        if self.kind is Kind.NUMBER:
            self._check_number()
        if self.kind is Kind.TEXT and not 1 <= self.max_length <= 10_000:
            raise DefinitionError(
                "max_length", f"{self.max_length} is not between 1 and 10000 characters"
            )
        self._check_default()

    def _check_options(self) -> None:
        if not self.options:
            raise DefinitionError("options", "at least one option is needed")
        if len(self.positions) != len(self.options):
            raise DefinitionError(
                "options",
                f"{_twice(o.code for o in self.options)!r} stands there twice",
            )
        most = len(self.options) if self.at_most is None else self.at_most
        if self.kind is Kind.MULTI and not 0 <= self.at_least <= most:
            raise DefinitionError(
                "at_least", f"{self.at_least} is not between 0 and {most}"
            )

    def _check_number(self) -> None:
        if self.step < 1:
            raise DefinitionError("step", f"{self.step} {self.unit} is below 1")
        if self.maximum < self.minimum:
            raise DefinitionError(
                "max", f"{self.maximum} is below the minimum {self.minimum} {self.unit}"
            )
        if max(-self.minimum, self.maximum) > MAX_NUMBER:
            most = max(-self.minimum, self.maximum)
            raise DefinitionError("max", f"{most} is more than {MAX_NUMBER}")

    def _check_default(self) -> None:
        nothing = (None, ()) if self.kind is Kind.NUMBER else (None, (), "")
        message = "" if self.default in nothing else self._wrong_default()
        if message:
            raise DefinitionError("default", message)

    def _wrong_default(self) -> str:
        """Say why the default is no answer; empty where it is one."""
        given = self.default
        match self.kind, given:
            case Kind.CHOICE, str():
                return self._wrong_options((given,))
            case Kind.MULTI, tuple():
                if self.at_most is not None and len(given) > self.at_most:
                    return f"{len(given)} options are more than {self.at_most}"
                return self._wrong_options(given)
            case Kind.NUMBER, int():
                return "" if self.admits(given) else f"{given} is not a possible number"
            case Kind.TEXT, str():
                if len(given) > self.max_length:
                    return f"{given!r} is longer than {self.max_length} characters"
                other = next((each for each in given if each not in self.letters), "")
                return f"{other!r} is not in its alphabet" if other else ""
            case Kind.FILE, str():
                return ""
            case _:
                return f"{given!r:.80} is not an answer to a {self.kind}"

    def _wrong_options(self, codes: Iterable[str]) -> str:
        for code in codes:
            if code in self.archived:
                return f"{code!r} is archived"
            if code not in self.positions:
                return f"{code!r} is not an option"
        return ""

    def admits(self, number: object) -> bool:
        """Say whether a NUMBER may be this integer: in range and on a step."""
        return (
            isinstance(number, int)
            and not isinstance(number, bool)
            and self.minimum <= number <= self.maximum
            and (number - self.minimum) % self.step == 0
        )

    @property
    def letters(self) -> str:
        """The characters a TEXT may be made of."""
        return ALPHABETS.get(self.alphabet, self.alphabet)


@dataclass(frozen=True, slots=True)
class QuantityRange:
    """The quantities an order line may have, in sold units.

    Either `values`, or every `step` from `minimum` up to `maximum`.
    """

    minimum: int = 1
    maximum: int = 10_000
    step: int = 1
    values: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.values:
            if list(self.values) != sorted(set(self.values)) or self.values[0] < 1:
                raise DefinitionError("values", "quantities must rise from 1 upwards")
            object.__setattr__(self, "minimum", self.values[0])
            object.__setattr__(self, "maximum", self.values[-1])
        if self.minimum < 1:
            raise DefinitionError("min", f"{self.minimum} is below 1")
        if self.maximum < self.minimum:
            raise DefinitionError("max", f"{self.maximum} is below {self.minimum}")
        if self.step < 1:
            raise DefinitionError("step", f"{self.step} is below 1")

    def admits(self, quantity: int) -> bool:
        """Say whether a line may have this quantity."""
        if self.values:
            return quantity in self.values
        return (
            self.minimum <= quantity <= self.maximum
            and (quantity - self.minimum) % self.step == 0
        )


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many pieces one sold unit holds: fixed, or by the options of one choice."""

    count: int = 1
    of: str | None = None
    values: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.count < 1 or any(n < 1 for n in self.values.values()):
            raise DefinitionError("count", "a sold unit holds at least one piece")

    def per_unit(self, choices: Mapping[str, Any]) -> int:
        """Return the pieces in one sold unit for these choices."""
        answer = None if self.of is None else choices.get(self.of)
        return self.count if answer is None else self.values.get(answer, self.count)


@dataclass(frozen=True, slots=True)
class Rule:
    """What combinations are allowed, and why: the reason is for the customer.

    `is_structural` marks what a feature tree says by itself; such rules are compiled
    first, in the order of the tree.
    """

    code: str
    expression: Expression
    text: str = ""
    reason: Mapping[str, str] = field(default_factory=dict)
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    is_structural: bool = False

    def __post_init__(self) -> None:
        start, end = self.effective_from, self.effective_to
        if start is not None and end is not None and end <= start:
            raise DefinitionError("to", f"{end} is not after {start}")

    def applies(self, today: dt.date | None) -> bool:
        """Say whether the rule is in force; `effective_to` is the first day after."""
        if today is None:
            return True
        return (self.effective_from is None or self.effective_from <= today) and (
            self.effective_to is None or today < self.effective_to
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """One release of one product, whole and checked.

    `document` is the release document it was read from, where it was. `by_code` and
    `manufacture_names` (the names that decide how it is made, so the key under which
    a caller may keep a resolved manufacture) are derived.
    """

    product: str
    release: str
    kind: ProductKind
    characteristics: tuple[Characteristic, ...]
    rules: tuple[Rule, ...] = ()
    name: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    currency: str = "EUR"
    quantity: QuantityRange = field(default_factory=QuantityRange)
    pieces: Pieces = field(default_factory=Pieces)
    prices: PriceList = field(default_factory=PriceList)
    materials: tuple[Material, ...] = ()
    routings: tuple[Routing, ...] = ()
    artwork: str = ""
    document: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)
    by_code: Mapping[str, Characteristic] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    manufacture_names: frozenset[str] = field(
        init=False, repr=False, compare=False, default=frozenset()
    )

    def __post_init__(self) -> None:
        by_code = {each.code: each for each in self.characteristics}
        object.__setattr__(self, "by_code", by_code)
        self._check_numbers()
        names = names_in(self.routings, self.materials)
        object.__setattr__(self, "manufacture_names", names)
        for place, codes in (
            ("characteristics", [each.code for each in self.characteristics]),
            ("rules", [each.code for each in self.rules]),
            ("routings", [each.code for each in self.routings]),
            ("prices.entries", [each.code for each in _priced(self.prices)]),
        ):
            if len(set(codes)) != len(codes):
                raise DefinitionError(place, f"{_twice(codes)!r} stands there twice")

    def _check_numbers(self) -> None:
        """Refuse what would take hours, with how much of it there is."""
        n_options = sum(len(each.options) for each in self.characteristics)
        for place, n, most in (
            ("characteristics", len(self.characteristics), MAX_CHARACTERISTICS),
            ("characteristics.options", n_options, MAX_OPTIONS),
            ("rules", len(self.rules), MAX_RULES),
            ("prices.entries", len(_priced(self.prices)), MAX_ENTRIES),
        ):
            if n > most:
                raise DefinitionError(place, f"{n} are more than {most}")


def _priced(prices: PriceList) -> tuple[PriceEntry, ...]:
    return (*prices.entries, *prices.for_accounts)


def _twice(codes: Iterable[str]) -> str:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            return code
        seen.add(code)
    return ""
