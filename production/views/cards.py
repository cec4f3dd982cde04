"""Plain values for the boards' templates: cards of work, of batches, of units."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.models import Configuration
from configurator.selectors.money import decimal
from configurator.selectors.words import in_language
from production.models import (
    Batch,
    BatchMember,
    Changeover,
    Operation,
    WorkOrder,
)
from production.permissions import REPORTERS, writers_for
from production.selectors import batch_answers
from production.selectors.changeovers import Learned
from production.selectors.dispatch import why
from production.selectors.faces import face_of
from production.selectors.nonconformances import undecided_words
from production.selectors.reasons import say
from production.selectors.wording import (
    frozen_words,
    inspection_words,
    measure_words,
    skill_asked,
)
from production.services.batches import BY_HAND
from production.states import (
    BatchState,
    OperationKind,
    OperationState,
    WorkOrderState,
)
from production.views.words import (
    batch_due,
    due_facts,
    duration,
    kind_words,
    local,
    pieces,
    plain,
)

TONES = {
    OperationState.READY: "ready",
    OperationState.RUNNING: "running",
    OperationState.SETUP: "running",
    OperationState.PAUSED: "held",
    OperationState.BLOCKED: "blocked",
}
MAIN_ACTION = {
    OperationState.READY: ("start", gettext_lazy("Start")),
    OperationState.RUNNING: ("finish", gettext_lazy("Done")),
    OperationState.PAUSED: ("resume", gettext_lazy("Go on")),
    OperationState.BLOCKED: ("unblock", gettext_lazy("Unblock")),
}
BATCH_TONES = {
    "FROZEN": "ready",
    "RELEASED": "ready",
    "CHANGEOVER": "held",
    "RUNNING": "running",
    "COMPLETING": "running",
}
# What may be done with a batch, the most likely first.
BATCH_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "PROPOSED": ("freeze", "dissolve"),
    "OPEN": ("freeze", "dissolve"),
    "FROZEN": ("start", "unfreeze", "dissolve"),
    "RELEASED": ("start", "dissolve"),
    "CHANGEOVER": ("start", "abort"),
    "RUNNING": ("finish", "abort"),
}
ACTION_WORDS = {
    "freeze": gettext_lazy("Freeze"),
    "unfreeze": gettext_lazy("Unfreeze"),
    "dissolve": gettext_lazy("Dissolve"),
    "abort": gettext_lazy("Abort"),
    "finish": gettext_lazy("Done"),
    "start": gettext_lazy("Start"),
}
NO_LIMIT_MILLI = 10**11


def new_nonce() -> str:
    """Make a number for a form, so that a double click is one report."""
    return secrets.token_urlsafe(12)


def picture(configuration: Configuration) -> str:
    return reverse("catalogue:thumbnail", args=[configuration.sha256])


def unit_card(order: WorkOrder) -> dict[str, Any]:
    """Give what every row and card of a work order shows."""
    face = face_of(order.configuration)
    return {
        "number": order.number,
        "url": reverse("production:work-order", args=[order.number]),
        "thumbnail_url": picture(order.configuration),
        "product": face.product,
        "summary": face.summary,
        "text": "\n".join(text for _name, text in face.personalisation),
    }


def operation_card(
    operation: Operation,
    *,
    place: int,
    now: datetime,
    held: Mapping[int, str],
    may_report: bool,
    skills: Collection[str] | None = None,
    n_undecided: int = 0,
) -> dict[str, Any]:
    """Give one operation as a card: what, how many, by when, why next."""
    order = operation.work_order
    hold = held.get(order.id, "")
    is_planned = order.state == WorkOrderState.PLANNED
    state = order if is_planned else operation
    unit, action = unit_card(order), _action(operation, hold, skills)
    tone = "held" if hold else TONES.get(OperationState(operation.state), "")
    return unit | {
        "product": f"{unit['product']} · {unit['summary']}".rstrip(" ·"),
        "name": unit["product"],
        "quantity": _quantity_words(operation),
        "state": state.state,
        "state_label": state.get_state_display(),
        "tone": "" if is_planned else tone,
        **due_facts(operation.due_at, now),
        "step": _step_words(operation),
        "limits": inspection_words(operation.inspection),
        "marks": _marks(operation, hold),
        "why": hold
        or _with(
            why(operation, place=place, now=now),
            _lacking(operation, skills),
            undecided_words(n_undecided) if n_undecided else "",
        ),
        "release": release_words(order) if is_planned else "",
        "action": action if may_report and not is_planned and not n_undecided else None,
        "way": _to_quality() if n_undecided else None,
        "more": [] if is_planned else _more(operation, may_report),
    }


def _to_quality() -> dict[str, str]:
    return {"label": _("Decide in Quality"), "url": reverse("production:quality")}


def _with(*texts: str) -> str:
    return " · ".join(each for each in texts if each)


def _lacking(operation: Operation, skills: Collection[str] | None) -> str:
    """Say why somebody sees work without its button, if so."""
    is_start = operation.state == OperationState.READY and not operation.batch_key
    if not is_start or is_able(operation.skill, skills):
        return ""
    return _("needs %(skill)s, which you are not qualified for") % {
        "skill": skill_asked(operation)
    }


def _quantity_words(operation: Operation) -> str:
    """Say how many pieces there are; of a rework step, how many of them it is about."""
    if operation.good and operation.state != OperationState.DONE:
        told = {"n": operation.good, "pieces": pieces(operation.planned_quantity)}
        return _("%(n)d of %(pieces)s done") % told
    if operation.kind != OperationKind.REWORK:
        return pieces(operation.planned_quantity)
    return _("%(rework)d of %(pieces)s") % {
        "rework": operation.rework,
        "pieces": pieces(operation.planned_quantity),
    }


def _step_words(operation: Operation) -> str:
    return f"{operation.sequence} · {in_language(operation.name) or operation.code}"


def release_words(order: WorkOrder) -> str:
    return _("comes to the floor %(at)s") % {"at": local(order.release_at)}


def _marks(operation: Operation, hold: str) -> list[dict[str, str]]:
    marks = [{"label": _("on hold"), "tone": "held"}] if hold else []
    if operation.operator:
        marks.append({"label": operation.operator.code, "tone": "open"})
    elif operation.skill:
        marks.append({"label": skill_asked(operation), "tone": "open"})
    return marks


def _action(
    operation: Operation, hold: str, skills: Collection[str] | None
) -> dict[str, Any] | None:
    """Give the main thing to do; no start to somebody who lacks the skill for it."""
    is_start = operation.state == OperationState.READY
    centre = operation.work_centre
    is_down = centre is not None and not centre.is_up
    if is_start and (is_down or not is_able(operation.skill, skills)):
        return None
    found = MAIN_ACTION.get(OperationState(operation.state))
    is_grouped = (is_start and operation.batch_key) or operation.is_carried
    if found is None or is_grouped or hold:
        return None
    action, label = found
    form = _form(operation, action, label)
    form["asks_measured"] = action == "finish" and bool(operation.inspection)
    if is_start and operation.skill and skills is None and not operation.operator:
        # Nobody's badge: whoever plans says who does it.
        form["asks_badge"] = True
    return form


def is_able(skill: str, skills: Collection[str] | None) -> bool:
    """Say whether work that asks for a skill may be begun; ``None`` knows no limits."""
    return not skill or skills is None or skill in skills


def _more(operation: Operation, may_report: bool) -> list[dict[str, Any]]:
    url = reverse(
        "production:traveller", kwargs={"number": operation.work_order.number}
    )
    labels = reverse("production:labels", args=[operation.work_order.number])
    more: list[dict[str, Any]] = [
        {"label": _("Print the traveller"), "url": url},
        {"label": _("Print labels"), "url": labels},
    ]
    if not may_report:
        return more
    report = reverse("production:report", args=[operation.id])
    more.insert(0, {"label": _("Scrap, rework, set aside, block"), "url": report})
    if operation.state == OperationState.RUNNING and not operation.is_carried:
        more.append(_form(operation, "pause", _("Pause")))
        more.append(_form(operation, "undo", _("Undo start")))
    return more


def _form(operation: Operation, action: str, label: Any) -> dict[str, Any]:
    return {
        "label": label,
        "url": reverse("production:operation-action", args=[operation.id]),
        "name": "action",
        "value": action,
        "nonce": new_nonce(),
    }


def batch_card(
    batch: Batch,
    *,
    now: datetime,
    roles: Collection[str] = (),
    members: Sequence[BatchMember] = (),
    skills: Collection[str] | None = None,
    learned: Learned | None = None,
) -> dict[str, Any]:
    """Give a batch for a list: kind, load, state, changeover before it."""
    is_limited = batch.capacity_milli < NO_LIMIT_MILLI
    load, capacity = batch.load_milli / 1000, batch.capacity_milli / 1000
    return {
        "number": batch.number,
        "url": reverse("production:batch", args=[batch.number]),
        "state": batch.state,
        "state_label": batch.get_state_display(),
        "tone": BATCH_TONES.get(batch.state, ""),
        "kind": kind_words(batch, members),
        "load": decimal(load),
        "capacity": decimal(capacity) if is_limited else "",
        "measure": measure_words(batch.measure, capacity if is_limited else load),
        "fill": batch.load_milli,
        "room": batch.capacity_milli if is_limited else batch.load_milli or 1,
        "why": say(batch.reasons.get("why")),
        "frozen_because": frozen_words(batch.frozen_because),
        **batch_due(batch, now),
        "run": duration(batch.run_s),
        "position": batch.position + 1,
        "changeover": _changeover_words(batch, learned or Learned()),
        "members": [
            unit_card(member.operation.work_order)
            | {"quantity": pieces(member.quantity)}
            for member in members
        ],
        "actions": _able_actions(batch, roles, members, skills),
        **_asked(batch, members, skills),
        "nonce": new_nonce(),
    }


def _asked(
    batch: Batch, members: Sequence[BatchMember], skills: Collection[str] | None
) -> dict[str, Any]:
    """Say what a form has to ask for, and why somebody is not offered one."""
    asked = {member.operation.skill for member in members} - {""}
    lacked = sorted(skill for skill in asked if not is_able(skill, skills))
    is_startable = "start" in BATCH_ACTIONS.get(batch.state, ())
    return {
        "limits": inspection_words(next((m.operation.inspection for m in members), {})),
        "lacks": plain(lacked[0]) if lacked and is_startable else "",
        "asks_badge": skills is None and bool(asked),
        "asks_reason": batch_answers.is_below_minimum(
            batch=batch, members=members, by_hand=BY_HAND
        ),
    }


def _changeover_words(batch: Batch, learned: Learned) -> dict[str, str] | None:
    changeover: Changeover | None = getattr(batch, "changeover", None)
    if changeover is None or not changeover.planned_s:
        return None
    return {
        "rule": learned.name or plain(changeover.rule_code),
        "learned": duration(learned.actual_s) if learned.actual_s else "",
        "planned": duration(changeover.planned_s),
        "signature": plain(changeover.signature_skill),
    }


def _able_actions(
    batch: Batch,
    roles: Collection[str],
    members: Sequence[BatchMember],
    skills: Collection[str] | None,
) -> list[dict[str, Any]]:
    """Give what this person may do, without a start that would be refused."""
    can_start = batch.work_centre.is_up and all(
        is_able(member.operation.skill, skills) for member in members
    )
    return [
        action
        for action in batch_actions(batch, roles)
        if can_start or action["code"] != "start"
    ]


def batch_actions(batch: Batch, roles: Collection[str]) -> list[dict[str, Any]]:
    """Give what this person may do with a batch now, the most likely first."""
    return [
        {
            "code": action,
            "label": _("Sign and start")
            if action == "start" and batch.state == BatchState.CHANGEOVER
            else ACTION_WORDS[action],
            "is_danger": action in {"abort", "dissolve"},
        }
        for action in BATCH_ACTIONS.get(batch.state, ())
        if writers_for(action) & REPORTERS & set(roles)
    ]
