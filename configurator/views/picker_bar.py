"""What the configurator keeps in view: price and date, and how far one has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel.numbers import format_compact_decimal
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

from configurator.selectors.fields import QUANTITY, write_changes
from configurator.selectors.money import written
from configurator.selectors.releases import LiveRelease
from configurator.selectors.times import written_day
from configurator.views.design import Answer, Design

# Below that it is no wonder.
FEWEST_WAYS = 100


def find_open(
    questions: Sequence[Mapping[str, Any]], design: Design, conflict: Mapping[str, Any]
) -> str:
    """Name the question that stands between the design and the cart."""
    if conflict:
        return str(conflict["at"])
    return next(_unsettled(questions), QUANTITY if QUANTITY in design.problems else "")


def _unsettled(questions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for question in questions:
        if question["problem"] or question["is_missing"] or question["is_needed"]:
            yield question["code"]


def list_steps(
    questions: Sequence[Mapping[str, Any]], conflict: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """List the questions with what is settled, the quantity last."""
    unsettled = {*_unsettled(questions), conflict.get("at")}
    steps = [
        {
            "code": each["code"],
            "name": each["name"],
            "is_open": each["code"] in unsettled,
            "is_done": each["code"] not in unsettled and _is_answered(each),
        }
        for each in questions
    ]
    if not steps:
        return []
    is_open = conflict.get("at") == QUANTITY
    quantity = {"code": QUANTITY, "name": _("Quantity")}
    return [*steps, {**quantity, "is_open": is_open, "is_done": not is_open}]


def _is_answered(question: Mapping[str, Any]) -> bool:
    return bool(question.get("chosen") or question["value"] not in ("", [], None))


def count_ways(release: LiveRelease) -> str:
    """Say how many different ones there are, words and pictures of one's own apart."""
    n_ways = release.compiled.n_products
    if n_ways is None or n_ways < FEWEST_WAYS:
        return ""
    return _in_short(n_ways, to_locale(get_language() or "en"))


@lru_cache(maxsize=256)
def _in_short(number: int, locale: str) -> str:
    return str(format_compact_decimal(number, format_type="long", locale=locale))


def price_bar(answer: Answer, before_minor: int | None) -> dict[str, Any]:
    """Give the total, what the last change did to it, its lines and the date."""
    amounts = answer["amounts"]
    return {
        "total": written(amounts.total_minor, amounts.currency),
        "total_minor": amounts.total_minor,
        "is_from": amounts.is_from,
        "delta": amounts.since(before_minor),
        "lines": amounts.parts(answer["price"]["lines"]),
        "promise": _promise(answer["promise"]),
        "earlier": [_earlier(each) for each in _alternatives(answer["promise"])],
    }


def _promise(promise: Mapping[str, Any] | None) -> str:
    """Say in one sentence when it will be there."""
    if not promise:
        return ""
    return _("With you on %(day)s") % {"day": written_day(promise["delivered_at"])}


def _alternatives(promise: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """List what could be chosen instead to have it earlier, the best first."""
    found: Sequence[Mapping[str, Any]] = (promise or {}).get("alternatives", ())
    return found


def _earlier(found: Mapping[str, Any]) -> dict[str, str]:
    """Say what it would bring to choose something else, and give what would change."""
    days = found["days_earlier"]
    text = ngettext(
        "%(name)s instead: %(n)d day earlier, %(because)s",
        "%(name)s instead: %(n)d days earlier, %(because)s",
        days,
    )
    return {
        "text": text % {"name": found["name"], "n": days, "because": found["because"]},
        "value": write_changes({found["characteristic"]: found["option"]}),
    }
