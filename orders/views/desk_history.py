"""What happened to an order, as the desk reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.text import capfirst

from configurator.selectors.labels import list_labels
from configurator.selectors.money import written
from configurator.selectors.times import written_time
from configurator.selectors.words import in_language
from orders.models import OrderEvent, OrderLine
from orders.selectors.facts import OrderFacts

ARROW = " \N{RIGHTWARDS ARROW} "
TIMES = "\N{MULTIPLICATION SIGN}"
NOTHING = "\N{EN DASH}"
TOLD = ("reason", "quotation", "shipment")


def show_history(
    events: Sequence[OrderEvent], facts: OrderFacts, now: datetime
) -> list[dict[str, str]]:
    """Write each event in one row; of a change, what it was and what it became."""
    lines = {each.line.pk: each.line for each in facts.lines}
    return [
        {
            "what": capfirst(event.kind.replace("_", " ").lower()),
            "about": _about(event, lines, facts.order.currency),
            "by": event.actor,
            "at": written_time(event.at, now=now),
        }
        for event in events
    ]


def _about(event: OrderEvent, lines: Mapping[int, OrderLine], currency: str) -> str:
    details = event.details if isinstance(event.details, dict) else {}
    sides = [details.get(side) for side in ("from", "to")]
    found = [lines.get(each["line"]) for each in sides if isinstance(each, dict)]
    if event.kind == "LINE_CHANGED" and len(found) == len(sides) and all(found):
        return _tell_change(sides, found, currency)
    return ", ".join(str(details[name]) for name in TOLD if details.get(name))


def _tell_change(
    sides: Sequence[Any], lines: Sequence[OrderLine | None], currency: str
) -> str:
    """Say what a line was and became: how many, at what price, and which answers."""
    heads, answers = [], []
    for side, line in zip(sides, lines, strict=True):
        if line is None:
            return ""
        name, total = in_language(line.product.name), side["total_minor"]
        heads.append(f"{side['quantity']} {TIMES} {name}, {written(total, currency)}")
        configuration = line.configuration
        labels = list_labels(
            release_id=configuration.release_id, choices=configuration.choices
        )
        answers.append({each.code: each for each in labels})
    before, after = answers
    parts = [ARROW.join(heads)]
    for code in dict.fromkeys([*before, *after]):
        was, now_is = before.get(code), after.get(code)
        values = [each.value if each else NOTHING for each in (was, now_is)]
        named = was or now_is
        if named is not None and values[0] != values[1]:
            parts.append(f"{named.name}: {ARROW.join(values)}")
    return "; ".join(parts)
