"""What was promised and may not be kept: where a planner looks first."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from configurator.selectors.grounds import say_grounds
from configurator.selectors.times import written_time
from configurator.selectors.words import in_language
from orders.models import Promise
from orders.selectors.promises import Endangered, list_endangered
from orders.states import PaymentState, PromiseState
from production.selectors.holdups import Holdup, map_holdups
from production.views.frame import ALL, frame, show_live
from production.views.requests import PageRequest
from production.views.words import needed_words

MOST_WORK_ORDERS = 3


@require_GET
def promises(request: PageRequest) -> HttpResponse:
    """Show the promises at risk and broken, with the work that they wait for."""
    found = list_endangered()
    lines = {each.promise.line_id for each in found}
    holdups = map_holdups(line_ids=lines, now=request.now)
    rows = [
        _row(request, each, holdups.get(each.promise.line_id, Holdup()))
        for each in found
    ]
    context = frame(request, section="promises") | {
        "title": _("Promises"),
        "rows": rows,
        "stream": ALL,
    }
    return show_live(request, "_promises.html", context)


def _row(
    request: PageRequest, endangered: Endangered, holdup: Holdup
) -> dict[str, Any]:
    promise = endangered.promise
    expected_at = endangered.expected_at
    return {
        "order": promise.line.order.number,
        "needed": needed_words(promise.line.order),
        "product": in_language(promise.line.product.name),
        "quantity": promise.line.quantity,
        "state": promise.state,
        "label": capfirst(PromiseState(promise.state).label),
        "promised": written_time(promise.delivered_at, now=request.now),
        "expected": written_time(expected_at, now=request.now) if expected_at else "",
        "holds": _holding(promise, holdup),
        "work_orders": [
            {"number": number, "url": reverse("production:work-order", args=[number])}
            for number in holdup.numbers[:MOST_WORK_ORDERS]
        ],
        "n_more": max(0, len(holdup.numbers) - MOST_WORK_ORDERS),
    }


def _holding(promise: Promise, holdup: Holdup) -> str:
    """Say what holds it now; what it was promised on, only where it is goods."""
    is_owed = promise.line.order.payment_state == PaymentState.PART_PAID
    if not holdup.numbers and holdup.made_at and is_owed:
        return _("made; it waits for the rest of its price")
    return holdup.words or say_grounds(promise.rests_on)
