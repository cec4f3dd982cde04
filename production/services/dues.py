"""Dates by which the floor sorts, when the date of an order line moves."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Min, OuterRef, Subquery

from production.models import Batch, BatchMember, Operation, WorkOrder
from production.services import boards, leaving, readiness
from production.states import (
    ACTIVE_BATCH_STATES,
    LIVE_WORK_ORDER_STATES,
    OPEN_OPERATION_STATES,
    MemberState,
    OperationState,
)


def postpone(*, line_id: int, later_by: timedelta) -> None:
    """Let what is made for a line be due so much later, but for what would spoil.

    Loads are due as the first of their members is, and are planned with anew.
    """
    orders = WorkOrder.objects.filter(
        order_line=line_id, state__in=LIVE_WORK_ORDER_STATES, due_at__isnull=False
    )
    ids = list(orders.values_list("id", flat=True))
    if not ids:
        return
    leaving.lock_around(work_order_ids=ids)
    steps = Operation.objects.filter(
        work_order__in=ids, state__in=OPEN_OPERATION_STATES, due_at__isnull=False
    )
    orders.update(due_at=F("due_at") + later_by)
    steps.update(due_at=F("due_at") + later_by)
    spoiling = Operation.objects.filter(
        work_order__in=ids, state=OperationState.DONE, max_delay_s__isnull=False
    )
    readiness.hasten(work_order_ids=set(spoiling.values_list("work_order", flat=True)))
    _tell_loads(ids)
    boards.touch(work_centre_ids=set(steps.values_list("work_centre_id", flat=True)))


def _tell_loads(work_order_ids: list[int]) -> None:
    members = BatchMember.objects.filter(state=MemberState.ACTIVE)
    ours = members.filter(operation__work_order__in=work_order_ids)
    soonest = (
        members.filter(batch=OuterRef("pk"))
        .order_by()
        .values("batch")
        .annotate(due_at=Min("operation__due_at"))
        .values("due_at")
    )
    Batch.objects.filter(
        id__in=ours.values("batch"), state__in=ACTIVE_BATCH_STATES
    ).update(due_at=Subquery(soonest), version=F("version") + 1)
