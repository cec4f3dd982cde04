"""Checking what a buyer asks for: all that is wrong is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.models import Configuration, User
from configurator.ports import Promise
from configurator.ports import ports as catalogue_ports
from configurator.selectors.roles import is_trade
from configurator.selectors.times import local, written_day
from configurator.selectors.words import in_language
from configurator.services.configurations import (
    PinnedConfiguration,
    PinRequest,
    pin_configurations,
)
from configurator.services.errors import ConflictError, InvalidError, Problem
from configurator.states import ProductKind
from orders.models import Order, OrderLine
from orders.ports import MethodDecision, ports
from orders.selectors.countries import is_country, list_countries, needed_parts
from orders.selectors.deliveries import (
    FREE_OF_BORDERS,
    AllowedDeliveries,
    allowed_deliveries,
    first_common,
)
from orders.services.requests import MAX_LINES, MAX_UNITS, LineRequest, OrderRequest
from orders.states import Delivery


class PriceChangedError(ConflictError):
    """The buyer saw other prices than those of now."""

    code = "PRICE_CHANGED"


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A line that can be made; its total is open while it needs a quotation."""

    request: LineRequest
    configuration: Configuration
    is_bespoke: bool
    currency: str
    total_minor: int | None
    price_lines: tuple[dict[str, Any], ...]
    deliveries: AllowedDeliveries


@dataclass(frozen=True, slots=True)
class LinePlan:
    """How a line will be made, and what is promised for it."""

    decision: MethodDecision
    promise: Promise | None


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    lines: tuple[CheckedLine, ...]
    delivery: str
    currency: str
    total_minor: int | None


def check_order(
    *, request: OrderRequest, user: User | None, language: str, now: datetime
) -> CheckedOrder:
    """Check a request as a whole.

    Raises
    ------
    InvalidError
        With everything that is wrong, each naming its field.
    PriceChangedError
        With the totals of now, where the buyer expected others.
    """
    problems = list(_limits(request, now))
    lines: list[CheckedLine] = []
    if len(request.lines) <= MAX_LINES:
        lines, wrong = check_lines(lines=request.lines, user=user, now=now)
        problems += wrong
    problems += _delivery_problems(request.delivery, lines, language)
    delivery = request.delivery or first_common([each.deliveries for each in lines])
    problems += _address_problems(request, delivery, lines, language)
    if problems:
        raise InvalidError(problems)
    _check_reach(request, delivery, now)
    checked = CheckedOrder(
        lines=tuple(lines),
        delivery=delivery,
        currency=lines[0].currency,
        total_minor=_total(lines),
    )
    expected = request.expected_total_minor
    if expected is not None and expected != checked.total_minor:
        raise _price_changed(checked)
    return checked


def check_one_more(
    *, order: Order, line: LineRequest, others: Sequence[OrderLine], now: datetime
) -> CheckedLine:
    """Check a line that joins others of an order, as that was placed.

    Those of the same design count with it; nothing about them is checked.

    Raises
    ------
    InvalidError
        With everything that is wrong, each naming its field.
    """
    beside = [
        PinRequest(line.product, each.configuration.choices, each.open_quantity)
        for each in others
        if each.product.slug == line.product
    ]
    lines, problems = check_lines(lines=[line], user=order.user, now=now, beside=beside)
    n_units = line.quantity + sum(each.open_quantity for each in others)
    problems += _too_many_units(n_units)
    for found in lines:
        if found.currency != order.currency:
            problems.append(_two_currencies({found.currency, order.currency}))
        if found.deliveries.is_download and others:
            continue  # files go along with others
        problems += _delivery_problems(order.delivery, lines, order.language)
        country = order.shipping_address.get("country", "")
        problems += _country_problems(order.delivery, country, lines, order.language)
    if problems:
        raise InvalidError(problems)
    return lines[0]


def check_lines(
    *,
    lines: Sequence[LineRequest],
    user: User | None,
    now: datetime,
    beside: Sequence[PinRequest] = (),
) -> tuple[list[CheckedLine], list[Problem]]:
    """Check all lines at once; gives the good ones, and what is wrong with others."""
    checked, problems = [], []
    requests = [
        PinRequest(line.product, line.choices, line.quantity, line.release)
        for line in lines
    ]
    outcomes = pin_configurations(requests=requests, now=now, user=user, beside=beside)
    for index, outcome in enumerate(outcomes):
        problems += [each.inside(f"lines.{index}") for each in outcome.problems]
        if outcome.pinned is not None:
            checked.append(_check_line(lines[index], outcome.pinned))
            problems += _account_problems(checked[-1], user, f"lines.{index}.quantity")
    currencies = {each.currency for each in checked}
    if len(currencies) > 1:
        problems.append(_two_currencies(currencies))
    return checked, problems


def _two_currencies(currencies: Iterable[str]) -> Problem:
    text = _("One order has one currency; these lines have %(names)s.")
    names = {"names": ", ".join(sorted(currencies))}
    return Problem("currency", text % names, "lines")


def plan_lines(
    *,
    lines: Sequence[CheckedLine],
    now: datetime,
    delivery: str = "",
    country: str = "",
    user: User | None = None,
) -> list[LinePlan]:
    """Ask how lines of one order will be made and when they arrive, equal ones once.

    What is yet to be quoted has no date: it depends on what is agreed upon.
    """
    units = Counter[str]()
    for line in lines:
        units[line.request.product] += line.request.quantity
    buyer_id = user.pk if user else None
    asked = {"delivery": delivery, "country": country, "buyer_id": buyer_id}
    known: dict[tuple[int, int], LinePlan] = {}
    plans = []
    for line in lines:
        key = (line.configuration.pk, line.request.quantity)
        if key not in known:
            beside = units[line.request.product] - line.request.quantity
            known[key] = _plan_line(line, beside, now=now, **asked)
        plans.append(known[key])
    return plans


def _plan_line(
    line: CheckedLine, beside: int, *, now: datetime, **asked: Any
) -> LinePlan:
    question: dict[str, Any] = {
        "product": line.request.product,
        "release_id": line.configuration.release_id,
        "choices": line.configuration.choices,
        "quantity": line.request.quantity,
        "now": now,
    }
    promise = None
    if not line.is_bespoke:
        promise = quote_beside(beside=beside, **question, **asked)
    return LinePlan(decision=ports.method_choice(**question), promise=promise)


def quote_beside(*, beside: int, quantity: int, **question: Any) -> Promise | None:
    """Promise a line for when so many more of its product are made along with it.

    By itself each line of a team would be promised as if the others were not to be
    made. It takes up no more of the works than its own.
    """
    alone = catalogue_ports.promise_quote(**question, quantity=quantity)
    if alone is None or not beside:
        return alone
    all_of_it = catalogue_ports.promise_quote(**question, quantity=quantity + beside)
    if all_of_it is None or all_of_it.delivered_at < alone.delivered_at:
        return alone
    return replace(all_of_it, claims=alone.claims)


def check_needed_by(*, needed_by: date | None, promises: Iterable[Promise]) -> None:
    """Refuse a day before all that is promised can be there, naming the first."""
    days = [local(each.delivered_at).date() for each in promises]
    if needed_by is None or not days or max(days) <= needed_by:
        return
    text = _("The first day that we can promise is %(day)s; you need it by %(needed)s.")
    words = {
        "day": f"{written_day(max(days))} ({max(days)})",
        "needed": written_day(needed_by),
    }
    raise InvalidError([Problem("late", text % words, "needed_by")])


def _check_line(line: LineRequest, pinned: PinnedConfiguration) -> CheckedLine:
    configuration = pinned.configuration
    return CheckedLine(
        request=line,
        configuration=configuration,
        is_bespoke=pinned.kind == ProductKind.BESPOKE,
        currency=pinned.currency,
        total_minor=pinned.total_minor,
        price_lines=tuple(
            {
                "code": each.code,
                "label": dict(each.label),
                "amount_minor": each.amount_minor,
            }
            for each in pinned.price.lines
        ),
        deliveries=allowed_deliveries(
            release_id=configuration.release_id,
            choices=configuration.choices,
            quantity=line.quantity,
        ),
    )


def _account_problems(
    line: CheckedLine, user: User | None, place: str
) -> Iterator[Problem]:
    """Refuse what only trade accounts may order, with the reason."""
    reason = line.deliveries.for_trade
    if reason is not None and not is_trade(user):
        text = _("So much is for trade accounts only. %(reason)s")
        text %= {"reason": in_language(reason)}
        yield Problem("account", text.strip(), place)


def _limits(request: OrderRequest, now: datetime) -> Iterator[Problem]:
    n_lines = len(request.lines)
    n_units = sum(max(line.quantity, 0) for line in request.lines)
    if not n_lines:
        yield Problem("empty", _("An order has at least one line."), "lines")
    if n_lines > MAX_LINES:
        text = _("An order has at most %(most)s lines, not %(n)s.")
        yield Problem("limit", text % {"most": MAX_LINES, "n": n_lines}, "lines")
    yield from _too_many_units(n_units)
    if request.needed_by is not None and request.needed_by < local(now).date():
        yield Problem("past", _("This day has passed."), "needed_by")
    if not is_country(request.shipping_address.get("country")):
        text = _("A country is named by its code of ISO 3166, such as DE.")
        yield Problem("invalid_choice", text, "shipping_address.country")
    if request.delivery is not None and request.delivery not in Delivery.values:
        text = _("Deliveries are: %(names)s.")
        names = {"names": ", ".join(Delivery.values)}
        yield Problem("invalid_choice", text % names, "delivery")


def _too_many_units(n_units: int) -> Iterator[Problem]:
    if n_units > MAX_UNITS:
        text = _("An order has at most %(most)s units, not %(n)s.")
        yield Problem("limit", text % {"most": MAX_UNITS, "n": n_units}, "lines")


def _check_reach(request: OrderRequest, delivery: str, now: datetime) -> None:
    """Refuse a way that does not go so far, such as our own van abroad."""
    country = request.shipping_address.get("country", "")
    if ports.delivery_reach(delivery=delivery, country=country, now=now):
        return
    text = _("We do not deliver to %(country)s by %(way)s.")
    names = dict(list_countries())
    words = {"country": names[country], "way": Delivery(delivery).label}
    raise InvalidError([Problem("reach", text % words, "delivery")])


def _delivery_problems(
    delivery: str | None, lines: Sequence[CheckedLine], language: str
) -> Iterator[Problem]:
    """Name each product that the wanted delivery does not suit, with the reason."""
    if delivery is None or delivery not in Delivery.values:
        return
    told: set[str] = set()
    for line in list_refusing(lines, delivery):
        slug = line.request.product
        if slug in told:
            continue
        told.add(slug)
        text = _("“%(product)s” does not go by %(way)s. %(reason)s") % {
            "product": slug,
            "way": Delivery(delivery).label,
            "reason": in_language(line.deliveries.reasons.get(delivery, {}), language),
        }
        yield Problem("delivery", text.strip(), "delivery")


def list_refusing(lines: Sequence[CheckedLine], way: str) -> list[CheckedLine]:
    """List the lines that a delivery does not suit; files go along with others."""
    shipped = [line for line in lines if not line.deliveries.is_download]
    return [line for line in shipped or lines if way not in line.deliveries.allowed]


def _address_problems(
    request: OrderRequest,
    delivery: str,
    lines: Sequence[CheckedLine],
    language: str,
) -> Iterator[Problem]:
    """Ask for a whole address unless nothing is sent, and for one that may be sent to.

    The country is needed always: taxes depend on it.
    """
    if delivery != Delivery.DOWNLOAD:
        needed = needed_parts(request.shipping_address.get("country", ""))
        for part in needed:
            if not request.shipping_address.get(part):
                text = _("This field is required.")
                yield Problem("required", text, f"shipping_address.{part}")
    country = request.shipping_address.get("country", "")
    yield from _country_problems(delivery, country, lines, language)


def _country_problems(
    delivery: str, country: str, lines: Sequence[CheckedLine], language: str
) -> Iterator[Problem]:
    """Name each product that is not sent to the country, with the reason."""
    if delivery in FREE_OF_BORDERS:
        return
    refusing = {
        line.request.product: line.deliveries.not_to[country]
        for line in lines
        if country in line.deliveries.not_to
    }
    for slug, reason in refusing.items():
        text = _("We do not send “%(product)s” to %(country)s. %(reason)s") % {
            "product": slug,
            "country": dict(list_countries()).get(country, country),
            "reason": in_language(reason, language),
        }
        yield Problem("country", text.strip(), "shipping_address.country")


def _total(lines: Sequence[CheckedLine]) -> int | None:
    totals = [line.total_minor for line in lines]
    known = [total for total in totals if total is not None]
    return sum(known) if len(known) == len(totals) else None


def _price_changed(checked: CheckedOrder) -> PriceChangedError:
    text = _("Prices have changed since you saw them; please look at the new total.")
    return PriceChangedError(
        text,
        field="expected_total_minor",
        extra={
            "currency": checked.currency,
            "total_minor": checked.total_minor,
            "lines": [{"total_minor": line.total_minor} for line in checked.lines],
        },
    )
