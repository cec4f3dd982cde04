"""What a cart comes to today: prices, deliveries, promises, and what is wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from configurator.selectors.callers import PageRequest, buyer_of
from configurator.selectors.labels import name_field
from configurator.selectors.money import written
from configurator.selectors.releases import release_by_id
from configurator.selectors.roles import is_trade
from configurator.selectors.times import local, written_day, written_window
from configurator.selectors.words import in_language
from configurator.services.errors import Problem
from orders.forms import WINDOWS, CheckoutForm
from orders.ports import DeliveryWindow
from orders.selectors.carts import cart_answer
from orders.selectors.deliveries import first_common
from orders.selectors.taxes import show_tax
from orders.services.carts import ask_lines, list_lines
from orders.services.checking import (
    CheckedLine,
    check_lines,
    list_refusing,
    plan_lines,
)
from orders.services.windows import find_arrivals, open_windows
from orders.states import Delivery
from orders.views.carts import show_line
from orders.views.requests import cart_of, language_of

# Beyond so many lines the day is told on the order's page only.
MOST_PROMISED = 60
# So many lines are shown, and up to so many of which something has to be told.
MOST_LINES = 20
MOST_TOLD = 200


@dataclass(slots=True)
class Review:
    """A cart as it would be ordered now; totals are those of the releases on sale."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    n_lines: int = 0
    currency: str = "EUR"
    total_minor: int | None = None
    known_minor: int = 0
    n_quoted: int = 0
    has_problems: bool = False
    has_changes: bool = False
    days: dict[str, date] = field(default_factory=dict)
    checked: list[CheckedLine] = field(default_factory=list)
    tax: dict[str, Any] = field(default_factory=dict)
    windows: dict[str, list[DeliveryWindow]] = field(default_factory=dict)

    @property
    def total(self) -> str:
        return written(self.known_minor, self.currency)

    @property
    def is_all_quoted(self) -> bool:
        return self.n_quoted == self.n_lines

    @property
    def n_more(self) -> int:
        """Count the lines that are not shown; each of them is as it was."""
        return self.n_lines - len(self.lines)

    @property
    def first_delivery(self) -> str:
        return first_common([line.deliveries for line in self.checked])

    def list_deliveries(self, chosen: str | None) -> list[dict[str, Any]]:
        """List the ways to the customer; one that a line forbids says why."""
        is_all_files = all(line.deliveries.is_download for line in self.checked)
        ways = [way for way in Delivery if is_all_files or way != Delivery.DOWNLOAD]
        return [_delivery(self, way, chosen) for way in ways]

    def list_windows(self, form: CheckoutForm) -> list[dict[str, Any]]:
        """List the windows of each way that has some, with the one chosen."""
        return [
            {
                "way": str(way),
                "name": capfirst(Delivery(way).label),
                "field": form[WINDOWS[Delivery(way)]],
                "options": [
                    {
                        "value": each.from_at.isoformat(),
                        "label": written_window(each.from_at, each.to_at),
                    }
                    for each in windows
                ],
            }
            for way, windows in self.windows.items()
        ]


def _delivery(review: Review, way: Delivery, chosen: str | None) -> dict[str, Any]:
    refusing = list_refusing(review.checked, way)
    reasons = [in_language(each.deliveries.reasons.get(way, {})) for each in refusing]
    names = [
        in_language(release_by_id(each.configuration.release_id).definition.name)
        for each in refusing
    ]
    without = _("Not for %(names)s.") % {"names": ", ".join(dict.fromkeys(names))}
    told = " ".join(dict.fromkeys(reason for reason in reasons if reason))
    return {
        "code": str(way),
        "name": capfirst(way.label),
        "note": _tell_day(way, review.days.get(way)),
        "available": not refusing,
        "selected": str(way) == chosen,
        "unavailable_label": without if refusing else "",
        "reason": told,
    }


def _tell_day(way: Delivery, day: date | None) -> str:
    if day is None:
        return ""
    text = _("All of it with you on %(day)s.")
    if way == Delivery.COLLECTION:
        text = _("All of it ready for you on %(day)s.")
    return text % {"day": written_day(day)}


def review_cart(page: PageRequest) -> Review:
    """Check the cart line by line as placing would, and tell all of it."""
    cart = cart_of(page)
    if cart is None:
        return Review()
    answer = cart_answer(cart=cart, language=language_of(), user=buyer_of(page))
    requests = ask_lines(list_lines(cart=cart))
    checked, problems = check_lines(lines=requests, user=buyer_of(page), now=page.now)
    good = {id(each.request): each for each in checked}
    found = [good.get(id(request)) for request in requests]
    review = Review(currency=answer.get("currency", "EUR"), checked=checked)
    wrong = _group(problems)
    for index, (line, each) in enumerate(zip(answer["lines"], found, strict=True)):
        has_changed = each is not None and each.total_minor != line["total_minor"]
        review.has_changes |= has_changed
        most = MOST_TOLD if has_changed or index in wrong else MOST_LINES
        if len(review.lines) < most:
            review.lines.append(_line(line, each, wrong.get(index, ())))
    review.n_lines = len(requests)
    totals = [each.total_minor for each in checked]
    review.known_minor = sum(total or 0 for total in totals)
    review.n_quoted = totals.count(None)
    review.has_problems = bool(problems)
    if not review.n_quoted and not problems:
        review.total_minor = review.known_minor
    review.tax = show_tax(
        review.known_minor, review.currency, is_trade=is_trade(buyer_of(page))
    )
    _promise(review, page)
    return review


def _group(problems: Sequence[Problem]) -> dict[int, list[Problem]]:
    """Group what is wrong by the line that it is about."""
    found: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        match (problem.field or "").split("."):
            case ["lines", index, *_rest] if index.isdecimal():
                found[int(index)].append(problem)
    return found


def _line(
    line: dict[str, Any], checked: CheckedLine | None, problems: Sequence[Problem]
) -> dict[str, Any]:
    """Show a line at today's price, with the one in the cart where it differs."""
    shown = show_line(line)
    definition = release_by_id(line["release_id"]).definition
    shown["problems"] = [_sentence(definition, problem) for problem in problems]
    shown["was"] = ""
    if checked is None:
        return shown
    if checked.total_minor != line["total_minor"]:
        shown["was"] = shown["total"]
    shown["total"] = written(checked.total_minor, checked.currency)
    return shown


def _sentence(definition: Any, problem: Problem) -> str:
    name = name_field(definition, problem.field)
    return f"{name}: {problem.message}" if name else problem.message


def _promise(review: Review, page: PageRequest) -> None:
    """Find the day on which everything will be there, and the windows, by each way."""
    if len(review.checked) > MOST_PROMISED or review.n_quoted:
        return
    country = page.POST.get("country", "")
    plans = plan_lines(
        lines=review.checked, now=page.now, country=country, user=buyer_of(page)
    )
    for way in Delivery:
        if list_refusing(review.checked, way):
            continue
        asked: dict[str, Any] = {
            "delivery": str(way),
            "country": country,
            "now": page.now,
        }
        arriving = find_arrivals(lines=review.checked, plans=plans, **asked)
        if arriving:
            review.days[way] = local(max(arriving)).date()
        if way in WINDOWS and (
            found := open_windows(lines=review.checked, plans=plans, **asked)
        ):
            review.windows[way] = found
