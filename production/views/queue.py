"""A work centre's queue in sections: in hand, ready, grouped, stuck, to come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from production.models import Batch, Operation
from production.permissions import REPORTERS
from production.selectors import board_details, nonconformances
from production.selectors.changeovers import map_learned
from production.states import BatchState, OperationState, WorkOrderState
from production.views.cards import batch_card, operation_card

IN_HAND = "in-hand"
AT_THE_MACHINE = (BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING)
FILLING = (BatchState.PROPOSED, BatchState.OPEN)
# Sections in the order of the board, with the states that are counted in each.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    IN_HAND: ("RUNNING", "SETUP", "PAUSED"),
    "ready": ("READY",),
    "batches": ("IN_BATCH",),
    "to-group": (board_details.TO_GROUP,),
    "on-line": ("ON_LINE",),
    "blocked": ("BLOCKED",),
    "planned": (board_details.PLANNED,),
}


def section_of(operation: Operation) -> str:
    """Say in which section of the board an operation stands; "" = in its batch."""
    if operation.work_order.state == WorkOrderState.PLANNED:
        return "planned"
    if getattr(operation, "active_in", None):
        return ""
    if operation.state == OperationState.READY:
        return "to-group" if operation.batch_key else "ready"
    for code, states in SECTIONS.items():
        if operation.state in states:
            return code
    return ""


def list_sections(
    *,
    operations: Sequence[Operation],
    batches: Sequence[Batch],
    counts: Mapping[str, int],
    roles: Collection[str],
    skills: Collection[str] | None = None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Give the sections that have something in them."""
    cards = _cards(operations, roles, skills, now)
    loads = _loads(batches, roles, skills, now)
    sections = []
    for code, title in _titles().items():
        shown = cards.get(code, [])
        of_batches = loads.get(code, [])
        n_listed = sum(counts.get(state, 0) for state in SECTIONS[code])
        # Members of a batch in hand are counted with their batch.
        n = len(shown) + len(of_batches) if of_batches else max(n_listed, len(shown))
        if not shown and not of_batches:
            continue
        sections.append(
            {
                "code": code,
                "title": title,
                "n": n,
                "n_hidden": 0 if of_batches else n - len(shown),
                "why": _say_once(shown, code),
                "batches": of_batches,
                "cards": shown,
                "is_dense": code in {"planned", "to-group", "on-line"},
            }
        )
    return sections


def _loads(
    batches: Sequence[Batch],
    roles: Collection[str],
    skills: Collection[str] | None,
    now: datetime,
) -> dict[str, list[dict[str, Any]]]:
    """Give the cards of batches; what may be started before what still fills up."""
    members = board_details.map_batch_members(batches=batches)
    learned = map_learned(batches=batches)
    loads: dict[str, list[dict[str, Any]]] = {IN_HAND: [], "batches": []}
    for batch in sorted(batches, key=lambda each: each.state in FILLING):
        code = IN_HAND if batch.state in AT_THE_MACHINE else "batches"
        card = batch_card(
            batch,
            now=now,
            roles=roles,
            members=members.get(batch.id, ()),
            skills=skills,
            learned=learned.get(batch.pk),
        )
        loads[code].append(card)
    return loads


def _titles() -> dict[str, str]:
    return {
        IN_HAND: _("In hand"),
        "ready": _("Ready"),
        "batches": _("In batches"),
        "to-group": _("Ready, to be grouped"),
        "on-line": _("On the line"),
        "blocked": _("Blocked"),
        "planned": _("Planned"),
    }


def _cards(
    operations: Sequence[Operation],
    roles: Collection[str],
    skills: Collection[str] | None,
    now: datetime,
) -> dict[str, list[dict[str, Any]]]:
    held = board_details.list_held(
        work_order_ids={operation.work_order_id for operation in operations}
    )
    undecided = nonconformances.map_open(
        operation_ids=[each.id for each in operations if _is_stuck_on_line(each)]
    )
    cards: dict[str, list[dict[str, Any]]] = {}
    n_before = 0
    for operation in operations:
        card = operation_card(
            operation,
            place=n_before,
            now=now,
            held=held,
            may_report=bool(REPORTERS & set(roles)),
            skills=skills,
            n_undecided=undecided.get(operation.id, 0),
        )
        n_before += operation.state == OperationState.READY
        cards.setdefault(section_of(operation), []).append(card)
    return cards


def _is_stuck_on_line(operation: Operation) -> bool:
    """Say whether it goes on only when quality has decided on its pieces."""
    return operation.state == OperationState.BLOCKED and bool(operation.station)


def _say_once(cards: list[dict[str, Any]], code: str) -> str:
    """Lift a reason that all cards share into the section's head."""
    reasons = {card["why"] for card in cards}
    is_shared = len(cards) > 1 and len(reasons) == 1
    if code != "planned" and not is_shared:
        return ""
    for card in cards:
        card["why"] = ""
    # "In hand" stands in its head already.
    return str(reasons.pop()) if reasons and code != IN_HAND else ""
