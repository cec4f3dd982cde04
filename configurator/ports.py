"""What the catalogue needs of the apps above it, with safe defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from django.core.mail import EmailMultiAlternatives


@dataclass(frozen=True, slots=True)
class Promise:
    """The three dates told to a customer, and what they rest on, as kept.

    ``due_at`` is when the floor must be done for them; ``claims`` is what it takes of
    the works, in words of their own, to be reserved with a quote.
    """

    ready_at: datetime
    shipped_at: datetime
    delivered_at: datetime
    rests_on: str
    due_at: datetime | None = None
    claims: Mapping[str, int] = field(default_factory=dict)


class PromiseQuote(Protocol):
    def __call__(
        self,
        *,
        product: str,
        release_id: int,
        choices: Mapping[str, Any],
        quantity: int,
        now: datetime,
        delivery: str = "",
        country: str = "",
        operations: Sequence[Mapping[str, Any]] = (),
        instead_of: int | None = None,
        buyer_id: int | None = None,
    ) -> Promise | None:
        """Quote the dates; ``operations`` replace those of the routing.

        Without a ``delivery`` it is the first that the product allows, without a
        ``country`` it stays at home. What an ordered line that it would be made
        ``instead_of`` takes of the works is free. Goods may be too old for a
        buyer of trade.
        """


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another option that would be there earlier, and why."""

    characteristic: str
    option: str
    delivered_at: datetime
    days_earlier: int
    because: str


class PromiseAlternatives(Protocol):
    def __call__(
        self,
        *,
        product: str,
        release_id: int,
        choices: Mapping[str, Any],
        quantity: int,
        options: Sequence[tuple[str, str]],
        now: datetime,
        buyer_id: int | None = None,
    ) -> tuple[Alternative, ...]:
        """Find which of these options, each chosen alone, would be there earlier."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is going on under one method now, in the reader's language.

    ``figures`` pair a written value with what it counts; ``share`` is how many percent
    of a load are taken; ``tints`` are the colours of what comes next, in order.
    """

    method: str
    text: str
    figures: tuple[tuple[str, str], ...] = ()
    share: int | None = None
    tints: tuple[str, ...] = ()


class WorksGlance(Protocol):
    def __call__(self, *, now: datetime) -> Mapping[str, Glance]:
        """Look at the works, by method; nothing that tells of a customer."""


@dataclass(frozen=True, slots=True)
class WayFigures:
    """One product's orders under one method; ``because`` says why it is ruled out."""

    method: str
    because: str = ""
    lead_s: int = 0
    change_s: int = 0
    n_changes: int = 0
    cost_minor: int = 0
    waste_minor: int = 0
    is_best: bool = False


@dataclass(frozen=True, slots=True)
class WaysCompared:
    """A product's latest orders under all methods, and what speaks for the best.

    Where there are few yet, ``is_expected``: they are those that may be expected.
    ``n_places`` are side by side at the place, with a ``crew`` each, and a change
    between kinds takes ``change_each_s`` there. Of a hundred pieces made so in these
    works ``good_percent`` were good at once; where none was made ``is_good_planned``.
    Of the room in loads ``room_left_percent`` stays empty, where loads are shared.
    """

    product: str
    n_orders: int
    n_pieces: int
    place: str
    best: str
    reasons: tuple[str, ...]
    rows: tuple[WayFigures, ...]
    is_expected: bool = False
    n_variants: int = 0
    n_places: int = 1
    crew: int = 1
    good_percent: float = 100
    is_good_planned: bool = False
    change_each_s: int = 0
    room_left_percent: int | None = None


class WaysComparison(Protocol):
    def __call__(
        self, *, products: Sequence[str], now: datetime
    ) -> WaysCompared | None:
        """Compare the methods on the one that most was ordered of, if any was."""


class LinesBeside(Protocol):
    def __call__(
        self, *, token: str, user_id: int | None, product: str, but: int | None
    ) -> Sequence[tuple[Mapping[str, Any], int]]:
        """List choices and quantities of a product's lines in the visitor's cart."""


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """What was ordered and is being changed; ``beside`` as `LinesBeside` gives it.

    It goes to a ``country`` by a ``delivery``, was promised for a moment, and may be
    ``needed_by`` a day. Its price is that of the order's buyer; of a guest there is no
    id.
    """

    order: str
    product: str
    total_minor: int
    is_paid: bool
    beside: Sequence[tuple[Mapping[str, Any], int]] = ()
    is_gone: bool = False
    delivery: str = ""
    country: str = ""
    promised_at: datetime | None = None
    needed_by: date | None = None
    buyer_id: int | None = None


class FindOrdered(Protocol):
    def __call__(self, *, line_id: int) -> OrderedLine | None:
        """Find a line that its buyer was let change."""


class TaxShown(Protocol):
    def __call__(
        self, total_minor: int | None, currency: str, *, is_trade: bool
    ) -> Mapping[str, Any]:
        """Write a total without its tax, and the tax, in the reader's language."""


class WithoutTax(Protocol):
    def __call__(self) -> Callable[[int], int]:
        """Give what takes the tax out of an amount that includes it."""


class PublishCheck(Protocol):
    def __call__(self, *, definition: Mapping[str, Any]) -> list[str]:
        """Give the findings that must stop a publication, in words."""


class UsedBy(Protocol):
    def __call__(self, *, product: str) -> list[str]: ...


class WarmUp(Protocol):
    def __call__(self) -> object:
        """Load what answers faster once it is loaded; called in the background."""


class MailOut(Protocol):
    def __call__(
        self, *, to: str, subject: str, text: str, html: str, now: datetime
    ) -> None:
        """Keep a mail until a server has taken it over, whatever dies meanwhile."""


def _no_promise(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
    delivery: str = "",
    country: str = "",
    operations: Sequence[Mapping[str, Any]] = (),
    instead_of: int | None = None,
    buyer_id: int | None = None,
) -> Promise | None:
    return None


def _no_alternatives(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    options: Sequence[tuple[str, str]],
    now: datetime,
    buyer_id: int | None = None,
) -> tuple[Alternative, ...]:
    return ()


def _no_glance(*, now: datetime) -> Mapping[str, Glance]:
    return {}


def _no_comparison(*, products: Sequence[str], now: datetime) -> WaysCompared | None:
    return None


def _nothing_beside(
    *, token: str, user_id: int | None, product: str, but: int | None
) -> Sequence[tuple[Mapping[str, Any], int]]:
    return ()


def _nothing_ordered(*, line_id: int) -> OrderedLine | None:
    return None


def _no_tax(
    total_minor: int | None, currency: str, *, is_trade: bool
) -> Mapping[str, Any]:
    return {}


def _no_findings(*, definition: Mapping[str, Any]) -> list[str]:
    return []


def _tax_stays() -> Callable[[int], int]:
    return int


def _used_by_nobody(*, product: str) -> list[str]:
    return []


def _nothing_to_warm() -> None:
    return None


def _send_at_once(
    *, to: str, subject: str, text: str, html: str, now: datetime
) -> None:
    mail = EmailMultiAlternatives(subject=subject, body=text, to=[to])
    mail.attach_alternative(html, "text/html")
    mail.send()


class Ports:
    """The filled ports; ``production.apps`` sets them when Django is ready."""

    promise_quote: PromiseQuote = staticmethod(_no_promise)
    promise_alternatives: PromiseAlternatives = staticmethod(_no_alternatives)
    works_glance: WorksGlance = staticmethod(_no_glance)
    ways_comparison: WaysComparison = staticmethod(_no_comparison)
    lines_beside: LinesBeside = staticmethod(_nothing_beside)
    find_ordered: FindOrdered = staticmethod(_nothing_ordered)
    show_tax: TaxShown = staticmethod(_no_tax)
    without_tax: WithoutTax = staticmethod(_tax_stays)
    publish_check: PublishCheck = staticmethod(_no_findings)
    used_by: UsedBy = staticmethod(_used_by_nobody)
    warm_up: WarmUp = staticmethod(_nothing_to_warm)
    send_mail: MailOut = staticmethod(_send_at_once)


ports = Ports()
