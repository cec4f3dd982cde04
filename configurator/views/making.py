"""How it is made: four ways side by side, by what is made so here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.units import format_unit
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from configurator.ports import WaysCompared, ports
from configurator.selectors.callers import PageRequest
from configurator.selectors.money import written
from configurator.views.seo import summary
from configurator.views.storefront import list_shown, sort_cards

WAYS = {
    "JOB": (
        gettext_lazy("Job: once, by hand"),
        gettext_lazy(
            "You say what you need, we quote, you agree, and skilled people make one."
            " It takes the longest and can be anything."
        ),
        gettext_lazy("For what nobody has made before."),
    ),
    "BATCH": (
        gettext_lazy("Batch: together, step by step"),
        gettext_lazy(
            "Orders that need the same dough, ink or brew share a load of the oven, the"
            " press or the kettle. Between two loads we clean and set up anew, so we"
            " group what fits."
        ),
        gettext_lazy("For many orders that are alike at the machine."),
    ),
    "FLOW": (
        gettext_lazy("Flow: all day, always the same"),
        gettext_lazy(
            "Three lines run at once, every station busy with the next bottle. There is"
            " nothing to choose, so it is there already when you order."
        ),
        gettext_lazy("For what everybody wants just so."),
    ),
    "MASS_CUSTOMISATION": (
        gettext_lazy("Mass customisation: yours, one by one"),
        gettext_lazy(
            "Every unit is its own order, fed one by one into a line that changes with"
            " each piece, in an order that keeps every station in step."
        ),
        gettext_lazy("For many, and no two alike."),
    ),
}
NAMES = {
    "JOB": gettext_lazy("Job"),
    "BATCH": gettext_lazy("Batch"),
    "FLOW": gettext_lazy("Flow"),
    "MASS_CUSTOMISATION": gettext_lazy("Mass customisation"),
}
GOALS = {
    "lead": gettext_lazy("lead time"),
    "cost": gettext_lazy("cost"),
    "tardiness": gettext_lazy("lateness"),
    "waste": gettext_lazy("waste"),
    "energy": gettext_lazy("energy"),
}
GOAL = re.compile(rf"^({'|'.join(GOALS)})\b")
# What each way means, one row for each question that a maker has to answer.
SIDE_BY_SIDE = (
    (
        gettext_lazy("What you choose"),
        gettext_lazy("Anything: we draw it with you"),
        gettext_lazy("From a range; words of your own where they come last"),
        gettext_lazy("Nothing: it is right as it is"),
        gettext_lazy("From a wide range, each piece by itself"),
    ),
    (
        gettext_lazy("How many"),
        gettext_lazy("One, or a few"),
        gettext_lazy("Hundreds a day, in loads"),
        gettext_lazy("Thousands a day, all alike"),
        gettext_lazy("Hundreds a day, all different"),
    ),
    (
        gettext_lazy("Equipment"),
        gettext_lazy("General tools and benches"),
        gettext_lazy("Large machines that many orders share"),
        gettext_lazy("A line built for one thing"),
        gettext_lazy("A line that changes with each piece"),
    ),
    (
        gettext_lazy("People"),
        gettext_lazy("Masters of a craft, from start to end"),
        gettext_lazy("Operators who set up and clean"),
        gettext_lazy("Few, who watch and keep it running"),
        gettext_lazy("A team in step, each at a station"),
    ),
    (
        gettext_lazy("Flexibility"),
        gettext_lazy("Greatest: the plan follows the piece"),
        gettext_lazy("Between two loads"),
        gettext_lazy("None while it runs"),
        gettext_lazy("Great, within what the line knows"),
    ),
    (
        gettext_lazy("Quality"),
        gettext_lazy("Fittings, drawings, and your approval"),
        gettext_lazy("Each load is checked; a bad one is made again"),
        gettext_lazy("Samples of each lot, which can be called back"),
        gettext_lazy("Each piece is checked at its last station"),
    ),
    (
        gettext_lazy("Waiting time"),
        gettext_lazy("Weeks"),
        gettext_lazy("Until the next load is full or its time has come"),
        gettext_lazy("None: it is in stock"),
        gettext_lazy("A day or two, most of it in the queue"),
    ),
    (
        gettext_lazy("Cost of one"),
        gettext_lazy("Highest: all work is for this one"),
        gettext_lazy("Low, shared by the load"),
        gettext_lazy("Lowest, once the line is paid for"),
        gettext_lazy("Moderate: no set-up, but a costly line"),
    ),
    (
        gettext_lazy("Waste"),
        gettext_lazy("Offcuts, kept for the next piece"),
        gettext_lazy("What a change of load cleans away, and what fills it up"),
        gettext_lazy("Little; but what nobody buys was made in vain"),
        gettext_lazy("Paint at a change of colour; nothing is made unsold"),
    ),
)


@require_safe
def how_it_is_made(request: PageRequest) -> HttpResponse:
    """Explain the four ways of making things, each by what is made so here."""
    examples = sort_cards(list_shown())
    glances = ports.works_glance(now=request.now)
    ways = [
        {
            "method": method,
            "name": name,
            "text": text,
            "when": when,
            "cards": examples[method],
            "glance": glances.get(method),
        }
        for method, (name, text, when) in WAYS.items()
    ]
    context = {
        "section": "how",
        "ways": ways,
        "names": list(NAMES.values()),
        "rows": SIDE_BY_SIDE,
        "verdicts": _verdicts(examples, request.now),
        "seo": summary(
            request,
            title=_("Four ways to make a thing"),
            description=_(
                "Job, batch, flow and mass customisation side by side, with what goes"
                " on in our works right now."
            ),
        ),
    }
    return render(request, "configurator/how-it-is-made.html", context)


def _verdicts(
    examples: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime
) -> list[dict[str, Any]]:
    """Let the advisor judge one product of each way, where it has been ordered."""
    found = []
    for method in NAMES:
        cards = {str(card["slug"]): card for card in examples[method]}
        if not cards:
            continue
        compared = ports.ways_comparison(products=list(cards), now=now)
        if compared is not None:
            found.append(_verdict(cards[compared.product], compared))
        elif method == "FLOW":
            found.append({**next(iter(cards.values())), "best": NAMES[method]})
    return found if any("rows" in each for each in found) else []


def _verdict(card: Mapping[str, Any], compared: WaysCompared) -> dict[str, Any]:
    return {
        "name": card["name"],
        "url": card["url"],
        "thumbnail_url": card["thumbnail_url"],
        "n_orders": compared.n_orders,
        "n_pieces": compared.n_pieces,
        "place": compared.place,
        "best": NAMES.get(compared.best, ""),
        "reasons": [in_words(each) for each in compared.reasons],
        "rows": [
            {
                "name": NAMES[row.method],
                "is_best": row.is_best,
                "because": in_words(row.because),
                "lead": time_words(row.lead_s),
                "change": time_words(row.change_s),
                "cost": written(row.cost_minor, "EUR"),
                "each": written(row.cost_minor // max(1, compared.n_pieces), "EUR"),
            }
            for row in compared.rows
            if row.method in NAMES
        ],
    }


def in_words(reason: str) -> str:
    """Let a reason name methods and goals as the page does."""
    reason = GOAL.sub(lambda found: str(GOALS[found[1]]), reason)
    for code in sorted(NAMES, key=len, reverse=True):
        reason = reason.replace(code, str(NAMES[code]))
    return reason[:1].upper() + reason[1:]


def time_words(seconds: int) -> str:
    """Write a length of time in the unit that suits it: "45 min", "31 h", "6 days"."""
    if seconds == 0:
        return _("no time")
    for unit, size_s in (("day", 172_800), ("hour", 7_200), ("minute", 60)):
        if seconds >= size_s:
            divisor = {"day": 86_400, "hour": 3_600, "minute": 60}[unit]
            return _unit(round(seconds / divisor), unit)
    return _unit(seconds, "second")


def _unit(number: int, unit: str) -> str:
    locale = to_locale(get_language() or "en")
    return str(format_unit(number, f"duration-{unit}", "short", locale=locale))
