"""Stock with its lots, and a lot with who got of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from configurator.selectors.words import in_language
from configurator.services.errors import DomainError
from production.models import MaterialLot, StockItem
from production.permissions import CUSTOMER_READERS, REPORTERS
from production.selectors import floor
from production.selectors import lots as found_lots
from production.selectors.needs import unit_of
from production.services import lots
from production.states import LotState
from production.views.access import roles_at
from production.views.actions import attempt, read_report
from production.views.cards import new_nonce
from production.views.frame import frame
from production.views.requests import PageRequest
from production.views.words import local

# What quality may decide about a lot, the most likely first.
ACTIONS: dict[str, tuple[str, ...]] = {
    LotState.QUARANTINE: ("release", "block", "recall"),
    LotState.RELEASED: ("block", "recall"),
    LotState.BLOCKED: ("release", "dispose", "recall"),
    LotState.CONSUMED: ("recall",),
    LotState.EXPIRED: ("recall",),
}


@require_GET
def stock(request: PageRequest) -> HttpResponse:
    """Show levels, and the lots of which something is left."""
    context = frame(request, section="stock") | {
        "title": _("Stock"),
        "items": [_item_row(item) for item in floor.list_stock()],
        "lots": [_lot_row(lot, request.now) for lot in found_lots.list_present()],
    }
    return render(request, "production/stock.html", context)


def _item_row(item: StockItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": in_language(item.name),
        "unit": item.unit,
        "on_hand": item.on_hand,
        "held": item.held,
        "allocated": item.allocated,
        "free": item.free,
        "reorder_point": item.reorder_point,
        "is_low": item.reorder_point is not None and item.free <= item.reorder_point,
    }


def _lot_row(lot: MaterialLot, now: datetime) -> dict[str, Any]:
    return {
        "code": lot.code,
        "url": reverse("production:lot", args=[lot.code]),
        "item": in_language(lot.item.name) or lot.item.code,
        "unit": unit_of(lot.quantity, lot.item.unit),
        "state": lot.state,
        "state_label": lot.get_state_display(),
        "quantity": lot.quantity,
        "remaining": lot.remaining,
        "made_at": local(lot.created_at),
        "best_before": formats.date_format(lot.best_before_date, "j M Y")
        if lot.best_before_date
        else "",
        "hold_until": local(lot.hold_until),
        "reason": lot.reason,
        "recalled_at": local(lot.recalled_at),
    }


@require_GET
def lot(request: PageRequest, code: str) -> HttpResponse:
    """Show a lot: how much is left, and which orders got of it."""
    found = found_lots.get_lot(code=code)
    roles = roles_at(request)
    knows = bool(roles & CUSTOMER_READERS)
    users = [
        found_lots.user_row(move, with_customers=knows)
        for move in found_lots.list_users(lot=found)
    ]
    context = frame(request, section="stock") | {
        "title": found.code,
        "lot": _lot_row(found, request.now),
        "users": [{**row, "shipped": local(row["shipped_at"])} for row in users],
        "n_shipped": sum(row["quantity"] for row in users),
        "n_orders": len({row["order"] for row in users}),
        "knows_customers": knows,
        "actions": _actions(found) if roles & REPORTERS else [],
        "nonce": new_nonce(),
    }
    return render(request, "production/lot.html", context)


def _actions(found: MaterialLot) -> list[dict[str, Any]]:
    words = {
        "release": _("Release"),
        "block": _("Block"),
        "recall": _("Recall"),
        "dispose": _("Dispose of what is left"),
    }
    is_recalled = found.recalled_at is not None
    left_out = {"release", "recall"} if is_recalled else set()
    return [
        {"code": code, "label": words[code], "is_danger": code != "release"}
        for code in ACTIONS[found.state]
        if code not in left_out
    ]


@require_POST
def lot_action(request: PageRequest, code: str) -> HttpResponse:
    """Release, block, recall or dispose of a lot."""
    action = request.POST.get("action", "")
    if action not in lots.ACTIONS:
        raise DomainError(_("There is no such action."), field="action")
    return attempt(
        request,
        lambda: lots.perform(code=code, action=action, report=read_report(request)),
        back=reverse("production:lot", args=[code]),
    )
