"""Standing orders at the desk: what comes when, with pause and days left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from configurator.selectors.callers import PageRequest
from configurator.selectors.labels import list_labels
from configurator.selectors.releases import LiveRelease, find_live_releases
from configurator.selectors.times import written_day
from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from orders.models import StandingLine, StandingOrder
from orders.selectors.standing import list_next_days, list_standing_orders
from orders.services.standing import set_paused, skip_day
from orders.views.desk import for_sales

DAYS_SHOWN = 5


@require_safe
@for_sales
def standing_list(page: PageRequest) -> HttpResponse:
    """Show every standing order with its next days."""
    found = list_standing_orders(now=page.now)
    slugs = {line.product.slug for each in found for line in each.lines.all()}
    live = find_live_releases(slugs) if slugs else {}
    rows = [_row(each, live, page.now) for each in found]
    context = {"rows": rows, "section": "desk"}
    return render(page, "orders/standing.html", context)


@require_POST
@for_sales
def standing_action(page: PageRequest, code: str) -> HttpResponse:
    """Pause or go on, leave a day out or take it in; sent twice, it is the same."""
    action = page.POST.get("action", "")
    if action in ("pause", "resume"):
        set_paused(code=code, is_paused=action == "pause")
        told = _("Paused: no further order is placed.")
        messages.success(page, told if action == "pause" else _("It goes on."))
    elif action in ("skip", "unskip"):
        day = _read_day(page)
        skip_day(code=code, day=day, is_skipped=action == "skip", now=page.now)
        text = _("%(day)s is left out.") if action == "skip" else _("%(day)s is in.")
        messages.success(page, text % {"day": written_day(day)})
    else:
        raise DomainError(_("There is no such action."), field="action")
    return redirect("orders:standing")


def _read_day(page: PageRequest) -> date:
    try:
        return date.fromisoformat(page.POST.get("day", ""))
    except ValueError as error:
        raise DomainError(_("This is no day."), field="day") from error


def _row(
    standing: StandingOrder, live: Mapping[str, LiveRelease], now: datetime
) -> dict[str, Any]:
    known = {each.day: each for each in standing.days.all()}
    days = []
    for day in list(list_next_days(standing, now=now))[:DAYS_SHOWN]:
        row = known.get(day)
        order = row.order if row else None
        days.append(
            {
                "iso": day.isoformat(),
                "label": written_day(day),
                "order": order.number if order else "",
                "is_skipped": bool(row and row.is_skipped),
                "problem": row.problem if row else "",
            }
        )
    return {
        "code": standing.code,
        "customer": standing.customer_name,
        "email": standing.customer_email,
        "lines": [
            _line(each, live.get(each.product.slug)) for each in standing.lines.all()
        ],
        "weekdays": ", ".join(str(WEEKDAYS_ABBR[each]) for each in standing.weekdays),
        "by": f"{standing.by:%H:%M}" if standing.by else "",
        "until": written_day(standing.last_date) if standing.last_date else "",
        "is_paused": standing.is_paused,
        "days": days,
    }


def _line(line: StandingLine, live: LiveRelease | None) -> dict[str, Any]:
    labels = (
        list_labels(release_id=live.release_id, choices=line.choices) if live else []
    )
    return {
        "quantity": line.quantity,
        "name": in_language(line.product.name),
        "choices": labels,
    }
