"""Complete valid choices pinned to a release: the thing that is ordered and made."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from configurator.engine.canonical import canonical_bytes, configuration_sha256
from configurator.engine.model import Definition, Kind
from configurator.engine.pricing import Price
from configurator.models import Configuration, User
from configurator.selectors import answers
from configurator.selectors.availability import SoldOut, map_sold_out
from configurator.selectors.design_prices import (
    Asked,
    count_by_design,
    price_together,
)
from configurator.selectors.prices import pricing_account
from configurator.selectors.reasons import reason_of
from configurator.selectors.releases import (
    LiveRelease,
    check_on_sale,
    find_live_releases,
)
from configurator.selectors.texts import check_texts
from configurator.selectors.times import local
from configurator.selectors.uploads import map_uploads
from configurator.services.errors import DomainError, InvalidError, Problem
from configurator.states import ProductKind

if TYPE_CHECKING:  # compiling loads numba
    from configurator.engine.choices import State

    States = dict[Hashable, State]

__all__ = ["CheckOutcome", "PinOutcome", "PinRequest", "PinnedConfiguration", "Price"]

# Rules ask of these only whether they are there.
UNSEEN = (Kind.TEXT, Kind.FILE)


@dataclass(frozen=True, slots=True)
class PinRequest:
    """What is asked for: a product, answers, a quantity, maybe a certain release."""

    product: str
    choices: Mapping[str, Any]
    quantity: int
    release: str | None = None


@dataclass(frozen=True, slots=True)
class PinnedConfiguration:
    """A stored configuration with its price for the quantity asked.

    The price of a bespoke product is an estimate: its ``total_minor`` is None.
    """

    configuration: Configuration
    price: Price
    release: LiveRelease
    quantity: int

    @property
    def definition(self) -> Definition:
        return self.release.definition

    @property
    def kind(self) -> str:
        return self.release.kind

    @property
    def currency(self) -> str:
        return self.price.currency

    @property
    def total_minor(self) -> int | None:
        is_bespoke = self.kind == ProductKind.BESPOKE
        return None if is_bespoke else self.price.total_minor


@dataclass(frozen=True, slots=True)
class PinOutcome:
    """Either a pinned configuration or everything that forbids it."""

    pinned: PinnedConfiguration | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a request would come to if it were pinned, or what forbids it."""

    choices: Mapping[str, Any]
    price: Price | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Draft:
    """One request on its way: problems gather until it is priced."""

    request: PinRequest
    release: LiveRelease | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    price: Price | None = None
    sha256: str = ""

    @property
    def live(self) -> LiveRelease:
        """The release of a draft that was read without a problem."""
        if self.release is None:
            raise ValueError("A configuration needs a release.")
        return self.release


def pin_configuration(
    *,
    product: str,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
    release: str | None = None,
    check_quantity: bool = True,
    user: User | None = None,
    beside: Sequence[PinRequest] = (),
) -> PinnedConfiguration:
    """Check, price and store one configuration.

    ``beside`` are the other lines of its cart: those of the same design count for
    its rules and breaks; nothing about them is checked.

    Raises
    ------
    InvalidError
        With every answer that is unknown, missing, impossible or sold out.
    """
    request = PinRequest(product, choices, quantity, release)
    drafts = _check(
        [request], now=now, check_quantity=check_quantity, user=user, beside=beside
    )
    outcome = _outcome(drafts[0], _store(drafts, now=now))
    if outcome.pinned is None:
        raise InvalidError(outcome.problems)
    return outcome.pinned


def pin_configurations(
    *,
    requests: Sequence[PinRequest],
    now: datetime,
    check_quantity: bool = True,
    user: User | None = None,
    beside: Sequence[PinRequest] = (),
) -> list[PinOutcome]:
    """Check, price and store the lines of one order with a handful of queries.

    One outcome for each request, in order; one that is wrong does not stop the rest.
    """
    drafts = _check(
        requests, now=now, check_quantity=check_quantity, user=user, beside=beside
    )
    stored = _store(drafts, now=now)
    return [_outcome(draft, stored) for draft in drafts]


def check_configurations(
    *,
    requests: Sequence[PinRequest],
    now: datetime,
    user: User | None = None,
    beside: Sequence[PinRequest] = (),
) -> list[CheckOutcome]:
    """Check and price lines beside the others of a cart, and store nothing."""
    drafts = _check(requests, now=now, check_quantity=True, user=user, beside=beside)
    return [
        CheckOutcome(draft.choices, draft.price, tuple(draft.problems))
        for draft in drafts
    ]


def _check(
    requests: Sequence[PinRequest],
    *,
    now: datetime,
    check_quantity: bool,
    user: User | None,
    beside: Sequence[PinRequest] = (),
) -> list[_Draft]:
    drafts = [_Draft(request) for request in requests]
    releases = find_live_releases({each.product for each in requests})
    for draft in drafts:
        _read(draft, releases.get(draft.request.product), check_quantity=check_quantity)
    _check_files(drafts)
    products, today = {each.product_id for each in releases.values()}, local(now).date()
    sold_out = map_sold_out(product_ids=products, today=today)
    account = pricing_account(
        user=user, definitions=[each.definition for each in releases.values()]
    )
    others = [
        _asked(_Draft(each, releases[each.product], dict(each.choices)), account)
        for each in beside
        if each.product in releases
    ]
    good = [draft for draft in drafts if not draft.problems]
    counts = count_by_design([_asked(draft, account) for draft in good] + others)
    states: States = {}
    for draft, count in zip(good, counts[: len(good)], strict=True):
        unavailable = sold_out.get(draft.live.product_id, {})
        _settle(draft, unavailable, today, count=count, states=states)
    good = [draft for draft in good if not draft.problems]
    prices = price_together([_asked(draft, account) for draft in good] + others)
    for draft, found in zip(good, prices[: len(good)], strict=True):
        draft.price = found
    return drafts


def _asked(draft: _Draft, account: str) -> Asked:
    quantity = draft.request.quantity
    return Asked(draft.live.definition, draft.choices, quantity, account)


def _read(draft: _Draft, release: LiveRelease | None, *, check_quantity: bool) -> None:
    request = draft.request
    try:
        draft.release = check_on_sale(request.product, release)
    except DomainError as error:
        draft.problems += error.problems
        return
    if request.release not in (None, draft.release.number):
        text = _("Release %(asked)s is no longer sold; it is %(current)s now.")
        words = {"asked": request.release, "current": draft.release.number}
        draft.problems.append(Problem("release_changed", text % words, "release"))
        return
    definition = draft.release.definition
    draft.choices, draft.problems = answers.read_choices(definition, request.choices)
    draft.problems += check_texts(definition, draft.choices, quantity=request.quantity)
    if check_quantity:
        draft.problems += answers.check_quantity(definition, request.quantity)


def _check_files(drafts: Sequence[_Draft]) -> None:
    """Look at the uploads that any of the drafts refers to, in one query."""
    ready = [
        (draft, draft.release.definition)
        for draft in drafts
        if draft.release is not None and not draft.problems
    ]
    tokens = {
        token
        for draft, definition in ready
        for token in answers.list_files(definition, draft.choices)
    }
    uploads = map_uploads(tokens=tokens)
    for draft, definition in ready:
        draft.problems += answers.check_files(
            definition, draft.choices, uploads, quantity=draft.request.quantity
        )


def _settle(
    draft: _Draft, sold_out: SoldOut, today: date, *, count: int, states: States
) -> None:
    """Check the rules and name the configuration; rules look at ``count``."""
    from configurator.engine.choices import evaluate  # noqa: PLC0415 -- slow import

    release = draft.live
    draft.problems += answers.tell_sold_out(release.definition, draft.choices, sold_out)
    if draft.problems:
        return
    key = _kind_of(draft, count)
    if key not in states:
        is_usual = release.definition.quantity.admits(count)
        states[key] = evaluate(
            release.compiled,
            draft.choices,
            quantity=count if is_usual else None,
            today=today,
            with_prices=False,
        )
    state = states[key]
    draft.problems += [
        Problem("required", _("Please choose."), f"choices.{name}")
        for name in state.missing
    ]
    if not state.valid:
        draft.problems += _conflicts(release, draft.choices, count, today)
    if draft.problems:
        return
    draft.sha256 = configuration_sha256(
        product=release.product, release=release.number, choices=draft.choices
    )


def _kind_of(draft: _Draft, count: int) -> Hashable:
    """Name what rules see of a draft: of texts and pictures that they are there."""
    by_code = draft.live.definition.by_code
    seen = tuple(
        (code, bool(value) if by_code[code].kind in UNSEEN else str(value))
        for code, value in sorted(draft.choices.items())
    )
    return (draft.live.release_id, count, seen)


def _conflicts(
    release: LiveRelease, choices: Mapping[str, Any], quantity: int, today: date
) -> list[Problem]:
    """Name the characteristics of the smallest conflict, with the rules' reasons."""
    from configurator.engine.explain import explain  # noqa: PLC0415 -- slow import

    conflict = explain(
        release.compiled,
        choices,
        quantity=quantity,
        wanted=None,
        unavailable=frozenset(),
        today=today,
        n_repairs=0,
    )
    reasons = [reason_of(rule) for rule in conflict.rules]
    text = " ".join(dict.fromkeys(reasons)) or _("These choices exclude one another.")
    fields = [f"choices.{name}" for name in conflict.choices if name != "quantity"]
    return [Problem("conflict", text, name) for name in fields or ["quantity"]]


def _store(drafts: Sequence[_Draft], *, now: datetime) -> dict[str, Configuration]:
    """Give the row of each configuration, making those that do not exist yet."""
    wanted = {draft.sha256: draft for draft in drafts if not draft.problems}
    if not wanted:
        return {}
    found = _find(wanted)
    missing = [
        _row(draft, now=now) for sha256, draft in wanted.items() if sha256 not in found
    ]
    if missing:
        # Another may store the same at the same time; either row serves both.
        Configuration.objects.bulk_create(missing, ignore_conflicts=True)
        found |= _find({row.sha256 for row in missing})
    for sha256, row in found.items():
        if row.erased_at is not None:  # somebody chooses anew what another had erased
            fresh = _row(wanted[sha256], now=now)
            row.choices, row.canonical = fresh.choices, fresh.canonical
            _restore(row)
    return found


def keep_texts(*, configurations: Iterable[Configuration]) -> None:
    """Give back the texts that were erased since these configurations were pinned.

    For the end of a transaction that has just written rows that refer to them: from
    then on nobody erases them.
    """
    known = {row.pk: row for row in configurations}
    erased = Configuration.objects.filter(pk__in=known, erased_at__isnull=False)
    for pk in erased.values_list("pk", flat=True):
        _restore(known[pk])


def _restore(row: Configuration) -> None:
    row.erased_at = None
    row.save(update_fields=["choices", "canonical", "erased_at"])


def _find(hashes: Any) -> dict[str, Configuration]:
    rows = Configuration.objects.filter(sha256__in=list(hashes))
    rows = rows.select_related("product")
    return {row.sha256: row for row in rows}


def _row(draft: _Draft, *, now: datetime) -> Configuration:
    release = draft.live
    canonical = canonical_bytes(
        product=release.product, release=release.number, choices=draft.choices
    )
    return Configuration(
        sha256=draft.sha256,
        release_id=release.release_id,
        product_id=release.product_id,
        choices=draft.choices,
        canonical=canonical.decode(),
        created_at=now,
    )


def _outcome(draft: _Draft, stored: Mapping[str, Configuration]) -> PinOutcome:
    if draft.problems or draft.release is None or draft.price is None:
        return PinOutcome(problems=tuple(draft.problems))
    pinned = PinnedConfiguration(
        configuration=stored[draft.sha256],
        price=draft.price,
        release=draft.release,
        quantity=draft.request.quantity,
    )
    return PinOutcome(pinned=pinned)
