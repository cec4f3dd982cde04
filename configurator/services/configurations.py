"""Complete valid choices pinned to a release: the thing that is ordered and made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.engine.canonical import canonical_bytes, configuration_sha256
from configurator.engine.model import Definition
from configurator.engine.pricing import Price, price
from configurator.models import Configuration
from configurator.selectors import answers
from configurator.selectors.availability import SoldOut, map_sold_out
from configurator.selectors.reasons import reason_of
from configurator.selectors.releases import (
    LiveRelease,
    check_on_sale,
    find_live_releases,
)
from configurator.selectors.uploads import map_uploads
from configurator.services.errors import DomainError, InvalidError, Problem
from configurator.states import ProductKind

__all__ = ["PinOutcome", "PinRequest", "PinnedConfiguration", "Price"]


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


@dataclass(slots=True)
class _Draft:
    """One request on its way: problems gather until it is priced."""

    request: PinRequest
    release: LiveRelease | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    price: Price | None = None
    sha256: str = ""


def pin_configuration(
    *,
    product: str,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
    release: str | None = None,
    check_quantity: bool = True,
) -> PinnedConfiguration:
    """Check, price and store one configuration.

    Raises
    ------
    InvalidError
        With every answer that is unknown, missing, impossible or sold out.
    """
    request = PinRequest(product, choices, quantity, release)
    outcome = pin_configurations(
        requests=[request], now=now, check_quantity=check_quantity
    )[0]
    if outcome.pinned is None:
        raise InvalidError(outcome.problems)
    return outcome.pinned


def pin_configurations(
    *, requests: Sequence[PinRequest], now: datetime, check_quantity: bool = True
) -> list[PinOutcome]:
    """Check, price and store many configurations with a handful of queries.

    One outcome for each request, in order; one that is wrong does not stop the rest.
    """
    drafts = [_Draft(request) for request in requests]
    releases = find_live_releases({each.product for each in requests})
    for draft in drafts:
        _read(draft, releases.get(draft.request.product), check_quantity=check_quantity)
    _check_files(drafts)
    sold_out = map_sold_out(
        product_ids={each.product_id for each in releases.values()}, today=now.date()
    )
    for draft in drafts:
        if not draft.problems and draft.release is not None:
            _settle(draft, sold_out.get(draft.release.product_id, {}), now.date())
    stored = _store([draft for draft in drafts if not draft.problems], now=now)
    return [_outcome(draft, stored) for draft in drafts]


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
        draft.problems += answers.check_files(definition, draft.choices, uploads)


def _settle(draft: _Draft, sold_out: SoldOut, today: date) -> None:
    """Check the rules, price the line and name the configuration."""
    from configurator.engine.choices import evaluate  # noqa: PLC0415 -- slow import

    release, quantity = draft.release, draft.request.quantity
    if release is None:
        return
    draft.problems += answers.sold_out_problems(draft.choices, sold_out)
    if draft.problems:
        return
    is_usual = release.definition.quantity.admits(quantity)
    state = evaluate(
        release.compiled,
        draft.choices,
        quantity=quantity if is_usual else None,
        today=today,
        with_prices=False,
    )
    draft.problems += [
        Problem("required", _("Please choose."), f"choices.{name}")
        for name in state.missing
    ]
    if not state.valid:
        draft.problems += _conflicts(release, draft.choices, quantity, today)
    if draft.problems:
        return
    draft.price = price(release.definition, draft.choices, quantity=quantity)
    draft.sha256 = configuration_sha256(
        product=release.product, release=release.number, choices=draft.choices
    )


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
    wanted = {draft.sha256: draft for draft in drafts}
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
    return {row.sha256: row for row in rows}


def _row(draft: _Draft, *, now: datetime) -> Configuration:
    if draft.release is None:
        raise ValueError("A configuration needs a release.")
    canonical = canonical_bytes(
        product=draft.release.product,
        release=draft.release.number,
        choices=draft.choices,
    )
    return Configuration(
        sha256=draft.sha256,
        release_id=draft.release.release_id,
        product_id=draft.release.product_id,
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
