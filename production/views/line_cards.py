"""Plain values for the pages of lines: cards of a line and of the units on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from configurator.selectors.words import in_language
from production.models import Line, LineKind, LineSlot, WorkOrder
from production.selectors import calendars
from production.selectors.reasons import say
from production.states import LineState
from production.views.cards import release_words, unit_card
from production.views.words import local, pieces

MOVING = frozenset({LineState.RUNNING, LineState.STARVED, LineState.BLOCKED})


def slot_card(slot: LineSlot, *, position: int = 0) -> dict[str, Any]:
    """Give a unit on a line or in its queue."""
    return unit_card(slot.work_order) | {
        "id": slot.id,
        "position": position,
        "state": slot.state,
        "state_label": slot.get_state_display(),
        "why": say(slot.why),
        "blocked": slot.blocked_reason,
        "undecided": getattr(slot, "undecided", ""),
    }


def planned_card(order: WorkOrder) -> dict[str, Any]:
    """Give a unit that is to come to a line, with the time when it does."""
    return unit_card(order) | {
        "state": order.state,
        "state_label": order.get_state_display(),
        "quantity": pieces(order.planned_quantity),
        "release": release_words(order),
    }


def line_cards(found: Iterable[Line], *, now: datetime) -> list[dict[str, Any]]:
    """Give lines' own figures; one that rests says until when, whatever its state."""
    hours = calendars.map_hours(now=now)
    return [_line_card(each, hours[each.work_centre.calendar_id]) for each in found]


def line_card(line: Line, *, now: datetime) -> dict[str, Any]:
    """Give one line's own figures."""
    (card,) = line_cards([line], now=now)
    return card


def _line_card(line: Line, hours: calendars.Hours) -> dict[str, Any]:
    closed_until = local(hours.opens_at)
    is_moving = line.state in MOVING
    return {
        "code": line.code,
        "name": in_language(line.name),
        "url": reverse("production:line", args=[line.code]),
        "stream": line.work_centre.code,
        **_state(line, hours, closed_until),
        "is_open": hours.is_open,
        "is_moving": is_moving and hours.is_open,
        "closed_until": closed_until,
        "takt": f"{line.takt_ms / 1000:g} s",
        "wip_limit": line.wip_limit,
        "n_on_line": getattr(line, "n_on_line", 0),
        "n_waiting": getattr(line, "n_waiting", 0),
        "is_stopped": line.state == LineState.STOPPED,
        "is_flow": line.kind == LineKind.FLOW,
    }


def _state(line: Line, hours: calendars.Hours, closed_until: str) -> dict[str, str]:
    """Say how a line stands, in one way: what rests does not run."""
    if hours.is_open or line.state not in MOVING:
        return {"state": line.state, "state_label": line.get_state_display()}
    closed = _("closed until %(at)s") % {"at": closed_until}
    return {"tone": "held", "state_label": closed if closed_until else _("closed")}
