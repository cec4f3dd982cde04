"""What a work centre does next, in working order, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    F,
    IntegerField,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.words import in_language
from production.models import BatchMember, Operation, ProductionEvent, WorkCentre
from production.selectors.faces import personal_texts
from production.selectors.needs import map_short
from production.selectors.reasons import say
from production.selectors.wording import SKILL_NAME
from production.states import (
    LIVE_WORK_ORDER_STATES,
    MemberState,
    OperationState,
    WorkOrderState,
)

# What is in hand first, then what may begin, then what is grouped, stuck or to come.
_RANKS = (
    (OperationState.RUNNING, 0),
    (OperationState.SETUP, 0),
    (OperationState.PAUSED, 1),
    (OperationState.READY, 2),
    (OperationState.IN_BATCH, 3),
    (OperationState.ON_LINE, 3),
    (OperationState.BLOCKED, 4),
    (OperationState.WAITING, 5),
)
DEFAULT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class DispatchList:
    """One page of a work centre's queue and how long the whole is."""

    work_centre: WorkCentre
    operations: Sequence[Operation]
    total: int
    plan_version: int


def get_dispatch_list(
    *, work_centre: WorkCentre, limit: int = DEFAULT_LIMIT
) -> DispatchList:
    """Give the queue: in hand, ready by priority and due date, then what comes."""
    operations = _at(work_centre)
    latest = (
        ProductionEvent.objects.filter(work_centre=work_centre)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )
    listed = list(operations[:limit])
    ready = [each for each in listed if each.state == OperationState.READY]
    short = map_short(work_order_ids=[each.work_order_id for each in ready])
    for each in listed:
        each.short_of = short.get(each.work_order_id)  # type: ignore[attr-defined]
    return DispatchList(work_centre, listed, operations.count(), latest or 0)


def _rank() -> Case:
    return Case(
        *(When(state=state, then=Value(rank)) for state, rank in _RANKS),
        default=Value(9),
        output_field=IntegerField(),
    )


def _at(work_centre: WorkCentre) -> QuerySet[Operation]:
    # A waiting step is shown once the step before it is in hand, or while planned.
    is_near = ~Q(state=OperationState.WAITING) | Q(
        work_order__state=WorkOrderState.PLANNED, predecessors=[]
    )
    active = BatchMember.objects.filter(state=MemberState.ACTIVE).select_related(
        "batch"
    )
    return (
        Operation.objects.filter(
            is_near,
            work_centre=work_centre,
            state__in=[state for state, _rank in _RANKS],
            work_order__state__in=LIVE_WORK_ORDER_STATES,
        )
        .select_related(
            "work_order__configuration",
            "work_order__product",
            "work_order__order_line__order",
            "operator",
            "work_centre",
        )
        .prefetch_related(Prefetch("memberships", active, to_attr="active_in"))
        .annotate(
            rank=_rank(),
            skill_name=SKILL_NAME,
            planned_at=Case(
                When(
                    work_order__state=WorkOrderState.PLANNED,
                    then=F("work_order__release_at"),
                ),
                default=None,
                output_field=DateTimeField(null=True),
            ),
        )
        .order_by(
            "rank", "work_order__priority", F("due_at").asc(nulls_last=True), "id"
        )
    )


def why(operation: Operation, *, place: int, now: datetime) -> str:
    """Say in one sentence why an operation stands where it stands."""
    order = operation.work_order
    if order.state == WorkOrderState.PLANNED:
        return _("planned: comes to the floor when the customer's time to change ends")
    members = getattr(operation, "active_in", [])
    if members:
        return _("in batch %(number)s: %(reason)s") % {
            "number": members[0].batch.number,
            "reason": say(members[0].reason, family=_("kind")) or _("same kind"),
        }
    texts = {
        OperationState.RUNNING: _("in hand; moves with its line")
        if operation.is_carried
        else _("in hand"),
        OperationState.SETUP: _("being set up"),
        OperationState.PAUSED: _("paused: goes on first"),
        OperationState.ON_LINE: _("moves with its line"),
        OperationState.BLOCKED: operation.blocked_reason,
        OperationState.WAITING: _("waits for the step before"),
    }
    if operation.state in texts:
        return texts[OperationState(operation.state)]
    return _why_ready(operation, place=place, now=now)


def _why_ready(operation: Operation, *, place: int, now: datetime) -> str:
    short = getattr(operation, "short_of", None)
    if short is not None:
        return str(short)
    if operation.batch_key:
        return _("waits for a batch of its kind")
    if operation.work_order.priority < 5:
        return _("expedited: it replaces what was scrapped")
    if operation.due_at and operation.due_at < now:
        return _("late: due before all others")
    if place == 0:
        return _("ready, and due first")
    text = ngettext("ready; %(n)d is due before", "ready; %(n)d are due before", place)
    return text % {"n": place}


def dispatch_answer(listed: DispatchList, *, now: datetime) -> dict[str, Any]:
    """Give a dispatch list in the shape of the API."""
    n_before = 0
    rows = []
    for operation in listed.operations:
        rows.append(
            {
                "operation": operation.id,
                "work_order": operation.work_order.number,
                "name": in_language(operation.name),
                "state": operation.state,
                "ready": operation.state == OperationState.READY
                and operation.short_of is None,  # type: ignore[attr-defined]
                "why": why(operation, place=n_before, now=now),
                "setup_family": operation.setup_family,
                "due_at": operation.due_at,
                "planned_release_at": operation.planned_at,  # type: ignore[attr-defined]
                "quantity": operation.planned_quantity,
                "batch": next((m.batch.number for m in operation.active_in), None),  # type: ignore[attr-defined]
                "personalisation": personal_texts(operation.work_order.configuration),
            }
        )
        n_before += operation.state == OperationState.READY
    return {
        "results": rows,
        "total": listed.total,
        "plan_version": listed.plan_version,
    }
