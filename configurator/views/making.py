"""How it is made: four ways side by side, by what is made so here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from configurator.ports import WaysCompared, ports
from configurator.selectors.callers import PageRequest
from configurator.selectors.money import decimal
from configurator.selectors.ways import NAMES, name_of
from configurator.views.seo import summary
from configurator.views.storefront import list_shown, sort_cards
from configurator.views.ways import (
    each_words,
    lead_words,
    side_by_side,
    time_words,
)

Examples = Mapping[str, Sequence[Mapping[str, Any]]]

WAYS = {
    "JOB": (
        gettext_lazy("Job: once, for one customer"),
        gettext_lazy(
            "You say what you need, we quote, you agree, and skilled people make one;"
            " what nobody has to touch, machines make alone. It takes the longest and"
            " can be anything."
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


@require_safe
def how_it_is_made(request: PageRequest) -> HttpResponse:
    """Explain the four ways of making things, each by what is made so here."""
    examples = sort_cards(list_shown())
    glances = ports.works_glance(now=request.now)
    compared = _compare(examples, request.now)
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
        "columns": [
            {"name": name, "of": _name_of(examples[method], compared.get(method))}
            for method, name in NAMES.items()
        ],
        "rows": side_by_side(compared),
        "verdicts": [
            _verdict(examples[method], each) for method, each in compared.items()
        ],
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


def _compare(examples: Examples, now: datetime) -> dict[str, WaysCompared]:
    """Let the advisor judge one product of each way, as far as it has come."""
    found = {}
    for method in NAMES:
        products = [str(card["slug"]) for card in examples[method]]
        compared = ports.ways_comparison(products=products, now=now)
        if compared is not None:
            found[method] = compared
    return found


def _card_of(
    cards: Sequence[Mapping[str, Any]], compared: WaysCompared
) -> Mapping[str, Any]:
    return next(card for card in cards if card["slug"] == compared.product)


def _name_of(cards: Sequence[Mapping[str, Any]], compared: WaysCompared | None) -> str:
    return str(_card_of(cards, compared)["name"]) if compared else ""


def _verdict(
    cards: Sequence[Mapping[str, Any]], compared: WaysCompared
) -> dict[str, Any]:
    card = _card_of(cards, compared)
    return {
        "name": card["name"],
        "url": card["url"],
        "thumbnail_url": card["thumbnail_url"],
        "basis": _basis(compared),
        "best": name_of(compared.best) if compared.best else "",
        "reasons": [capfirst(each) for each in compared.reasons],
        "rows": [
            {
                "name": name_of(row.method),
                "is_best": row.is_best,
                "because": capfirst(row.because),
                "lead": lead_words(row),
                "change": time_words(row.change_s),
                "each": each_words(compared, row),
            }
            for row in compared.rows
        ],
    }


def _basis(compared: WaysCompared) -> str:
    """Say what was judged: "12 orders, 1,204 pieces, judged at Rack oven"."""
    n_orders, n_pieces = compared.n_orders, compared.n_pieces
    if compared.is_expected:
        orders = ngettext("%(n)s expected order", "%(n)s expected orders", n_orders)
    else:
        orders = ngettext("%(n)s order", "%(n)s orders", n_orders)
    pieces = ngettext("%(n)s piece", "%(n)s pieces", n_pieces)
    return _("%(orders)s, %(pieces)s, judged at: %(place)s") % {
        "orders": orders % {"n": decimal(n_orders)},
        "pieces": pieces % {"n": decimal(n_pieces)},
        "place": compared.place,
    }
