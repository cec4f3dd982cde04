"""Plain values for the boards' templates: cards, batches, slots, figures."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.words import in_language
from production.models import Batch, LineSlot, Operation, WorkCentre, WorkOrder
from production.selectors.dispatch import DispatchList, why
from production.selectors.faces import face_of
from production.states import OperationState, WorkOrderState

TONES = {
    OperationState.READY: "ready",
    OperationState.RUNNING: "running",
    OperationState.SETUP: "running",
    OperationState.PAUSED: "held",
    OperationState.BLOCKED: "blocked",
}
MAIN_ACTION = {
    OperationState.READY: ("start", _("Start")),
    OperationState.RUNNING: ("finish", _("Done")),
    OperationState.PAUSED: ("resume", _("Go on")),
    OperationState.BLOCKED: ("unblock", _("Unblock")),
}


def new_nonce() -> str:
    """Make a number for a form, so that a double click is one report."""
    return secrets.token_urlsafe(12)


def operation_cards(listed: DispatchList, *, now: datetime) -> list[dict[str, Any]]:
    n_before = 0
    cards = []
    for operation in listed.operations:
        cards.append(operation_card(operation, place=n_before, now=now))
        n_before += operation.state == OperationState.READY
    return cards


def operation_card(
    operation: Operation, *, place: int, now: datetime
) -> dict[str, Any]:
    """Give one operation as a card: what, how many, by when, why next."""
    order = operation.work_order
    face = face_of(order.configuration)
    is_planned = order.state == WorkOrderState.PLANNED
    state = order if is_planned else operation
    return {
        "number": order.number,
        "url": reverse("production:work-order", args=[order.number]),
        "product": f"{face.product} · {face.summary}",
        "quantity": pieces(operation.planned_quantity),
        "thumbnail_url": reverse(
            "catalogue:thumbnail", args=[order.configuration.sha256]
        ),
        "text": "\n".join(text for _name, text in face.personalisation),
        "state": state.state,
        "state_label": state.get_state_display(),
        "tone": "" if is_planned else TONES.get(OperationState(operation.state), ""),
        "due": due_words(operation.due_at, now),
        "due_at": local(operation.due_at),
        "is_late": bool(operation.due_at and operation.due_at < now),
        "step": in_language(operation.name),
        "marks": _marks(operation),
        "why": why(operation, place=place, now=now),
        "release": _release_words(order) if is_planned else "",
        "action": None if is_planned else _action(operation),
        "more": [] if is_planned else _more(operation),
    }


def _release_words(order: WorkOrder) -> str:
    return _("comes to the floor %(at)s") % {"at": local(order.release_at)}


def _marks(operation: Operation) -> list[dict[str, str]]:
    marks = [
        {"label": member.batch.number, "tone": "grouped"}
        for member in getattr(operation, "active_in", [])
    ]
    if operation.operator:
        marks.append({"label": operation.operator.code, "tone": "open"})
    elif operation.skill:
        marks.append({"label": operation.skill, "tone": "open"})
    return marks


def _action(operation: Operation) -> dict[str, str] | None:
    found = MAIN_ACTION.get(OperationState(operation.state))
    is_grouped = operation.state == OperationState.READY and operation.batch_key
    if found is None or is_grouped:
        return None
    action, label = found
    return _form(operation, action, label)


def _more(operation: Operation) -> list[dict[str, str]]:
    url = reverse(
        "production:traveller", kwargs={"number": operation.work_order.number}
    )
    more = [{"label": _("Traveller"), "url": url}]
    report = reverse("production:report", args=[operation.id])
    more.append({"label": _("Report scrap, rework or a block"), "url": report})
    if operation.state == OperationState.RUNNING:
        more.append(_form(operation, "pause", _("Pause")))
        more.append(_form(operation, "undo", _("Undo start")))
    return more


def _form(operation: Operation, action: str, label: str) -> dict[str, str]:
    return {
        "label": label,
        "url": reverse("production:operation-action", args=[operation.id]),
        "name": "action",
        "value": action,
        "nonce": new_nonce(),
    }


def batch_card(batch: Batch, *, now: datetime) -> dict[str, Any]:
    """Give a batch for a list: kind, load, state, changeover before it."""
    is_limited = batch.capacity_milli < 10**11
    load = batch.load_milli / 1000
    changeover = getattr(batch, "changeover", None)
    return {
        "number": batch.number,
        "url": reverse("production:batch", args=[batch.number]),
        "state": batch.state,
        "state_label": batch.get_state_display(),
        "kind": kind_words(batch.batch_key),
        "load": f"{load:g}",
        "capacity": f"{batch.capacity_milli / 1000:g}" if is_limited else "",
        "measure": batch.measure.lower(),
        "fill": batch.load_milli,
        "room": batch.capacity_milli if is_limited else batch.load_milli or 1,
        "why": batch.reasons.get("why", ""),
        "frozen_because": batch.frozen_because.replace("_", " ").lower(),
        "due": due_words(batch.due_at, now),
        "run": duration(batch.run_s),
        "changeover": changeover
        and {
            "rule": changeover.rule_code.replace("_", " ").lower(),
            "planned": duration(changeover.planned_s),
            "actual": duration(changeover.actual_s)
            if changeover.actual_s is not None
            else "",
            "signature": changeover.signature_skill,
            "state": changeover.get_state_display(),
        },
    }


def slot_card(slot: LineSlot, *, position: int, station: str) -> dict[str, Any]:
    """Give a unit in a line's queue."""
    face = face_of(slot.work_order.configuration)
    return {
        "id": slot.id,
        "position": position,
        "number": slot.work_order.number,
        "url": reverse("production:work-order", args=[slot.work_order.number]),
        "thumbnail_url": reverse(
            "catalogue:thumbnail", args=[slot.work_order.configuration.sha256]
        ),
        "summary": face.summary,
        "text": " / ".join(text for _name, text in face.personalisation),
        "state": slot.state,
        "state_label": slot.get_state_display(),
        "station": station,
        "marks": [
            name
            for name, value in slot.work_order.line_attributes.items()
            if value is True or value == 1
        ],
        "why": slot.why,
        "blocked": slot.blocked_reason,
    }


def planned_card(order: WorkOrder) -> dict[str, Any]:
    """Give a unit that is to come to a line, with the time when it does."""
    face = face_of(order.configuration)
    return {
        "number": order.number,
        "url": reverse("production:work-order", args=[order.number]),
        "thumbnail_url": reverse(
            "catalogue:thumbnail", args=[order.configuration.sha256]
        ),
        "summary": face.summary,
        "text": " / ".join(text for _name, text in face.personalisation),
        "state": order.state,
        "state_label": order.get_state_display(),
        "release": _release_words(order),
    }


def kind_words(batch_key: str) -> str:
    """Write a batch key for people: "vanilla, standard"."""
    values = [part.partition("=")[2] for part in batch_key.split("|")]
    return ", ".join(value.replace("_", " ").lower() for value in values if value)


def pieces(n: int) -> str:
    return ngettext("%(n)d piece", "%(n)d pieces", n) % {"n": n}


def duration(seconds: int) -> str:
    """Write a length of time: "45 s", "12 min", "3 h 20 min", "14 d"."""
    if seconds < 90:
        return _("%(n)d s") % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 120:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(h)d h %(m)02d min") % {"h": minutes // 60, "m": minutes % 60}
    return _("%(n)d d") % {"n": round(minutes / 1440)}


def due_words(due_at: datetime | None, now: datetime) -> str:
    """Say how far away a due time is."""
    if due_at is None:
        return ""
    left = due_at - now
    words = duration(int(abs(left).total_seconds()))
    if left < timedelta(0):
        return _("late by %(time)s") % {"time": words}
    return _("due in %(time)s") % {"time": words}


def local(at: datetime | None) -> str:
    """Write an instant in the site's local time."""
    if at is None:
        return ""
    return formats.date_format(timezone.localtime(at), "D j M, H:i")


def board_name(centre: WorkCentre) -> str:
    return f"{centre.code} · {in_language(centre.name)}"
