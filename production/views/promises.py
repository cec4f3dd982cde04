"""What was promised and may not be kept: where a planner looks first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from configurator.selectors.grounds import say_grounds
from configurator.selectors.times import written_time
from configurator.selectors.words import in_language
from orders.selectors.promises import Endangered, list_endangered
from orders.states import PromiseState
from production.models import WorkOrder
from production.states import LIVE_WORK_ORDER_STATES
from production.views.frame import ALL, frame, show_live
from production.views.requests import PageRequest
from production.views.words import needed_words

MOST_WORK_ORDERS = 3


@require_GET
def promises(request: PageRequest) -> HttpResponse:
    """Show the promises at risk and broken, with the work that they wait for."""
    found = list_endangered()
    numbers = _open_work_orders({each.promise.line_id for each in found})
    rows = [_row(request, each, numbers[each.promise.line_id]) for each in found]
    context = frame(request, section="promises") | {
        "title": _("Promises"),
        "rows": rows,
        "stream": ALL,
    }
    return show_live(request, "_promises.html", context)


def _open_work_orders(line_ids: Collection[int]) -> dict[int, list[str]]:
    """Give the numbers of what is still to be made, by order line."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = WorkOrder.objects.filter(
        order_line__in=line_ids, state__in=LIVE_WORK_ORDER_STATES
    ).order_by("due_at", "id")
    for line_id, number in rows.values_list("order_line_id", "number"):
        found[line_id or 0].append(number)
    return found


def _row(
    request: PageRequest, endangered: Endangered, numbers: list[str]
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
        "rests_on": say_grounds(promise.rests_on),
        "work_orders": [
            {"number": number, "url": reverse("production:work-order", args=[number])}
            for number in numbers[:MOST_WORK_ORDERS]
        ],
        "n_more": max(0, len(numbers) - MOST_WORK_ORDERS),
    }
