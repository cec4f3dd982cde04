"""What boards show beside their queues: counts, members, holds, the latest minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Case, Count, F, Q, Value, When

from configurator.models import Configuration
from production.models import (
    Batch,
    BatchMember,
    FlowCounter,
    Line,
    LineSlot,
    Operation,
    Operator,
    ProductionEvent,
    SequenceRule,
    Skill,
    WorkCentre,
    WorkOrder,
    WorkOrderHold,
)
from production.selectors.bespoke import list_methods
from production.states import (
    ACTIVE_BATCH_STATES,
    LIVE_WORK_ORDER_STATES,
    OPEN_OPERATION_STATES,
    LineState,
    MemberState,
    OperationState,
    SlotState,
    WorkOrderState,
)

PLANNED = "PLANNED"
TO_GROUP = "TO_GROUP"


def count_queues(*, work_centre: WorkCentre | None = None) -> dict[int, dict[str, int]]:
    """Count each work centre's open operations by state, in one query.

    What is still planned, and what waits for a batch, have states of their own here.
    """
    found = Operation.objects.filter(
        state__in=OPEN_OPERATION_STATES,
        work_centre__isnull=False,
        work_order__state__in=LIVE_WORK_ORDER_STATES,
    )
    if work_centre is not None:
        found = found.filter(work_centre=work_centre)
    shown_as = Case(
        When(
            state=OperationState.WAITING,
            work_order__state=WorkOrderState.PLANNED,
            predecessors=[],
            then=Value(PLANNED),
        ),
        When(Q(state=OperationState.READY) & ~Q(batch_key=""), then=Value(TO_GROUP)),
        default=F("state"),
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for centre_id, state, n in (
        found.annotate(shown_as=shown_as)
        .order_by()
        .values_list("work_centre_id", "shown_as")
        .annotate(n=Count("id"))
    ):
        counts[int(centre_id or 0)][str(state)] = n
    return counts


def count_late(*, now: datetime) -> int:
    """Count the work orders on the floor whose due time is over."""
    return WorkOrder.objects.filter(
        state__in=(WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS), due_at__lt=now
    ).count()


def count_batches() -> dict[int, int]:
    """Count the batches that each work centre has not finished."""
    return dict(
        Batch.objects.filter(state__in=ACTIVE_BATCH_STATES)
        .order_by()
        .values_list("work_centre_id")
        .annotate(n=Count("id"))
    )


def map_batch_members(
    *, batches: Sequence[Batch]
) -> Mapping[int, Sequence[BatchMember]]:
    """Give who is in each of the batches, in two queries."""
    members: dict[int, list[BatchMember]] = defaultdict(list)
    for member in BatchMember.objects.filter(
        batch__in=batches, state=MemberState.ACTIVE
    ).select_related("operation__work_order__configuration"):
        members[member.batch_id].append(member)
    return members


def list_held(*, work_order_ids: Collection[int]) -> Mapping[int, str]:
    """Give the work orders on hold with the reason of the latest hold."""
    return dict(
        WorkOrderHold.objects.filter(
            work_order_id__in=work_order_ids, lifted_at__isnull=True
        )
        .order_by("id")
        .values_list("work_order_id", "reason")
    )


def find_made_here(*, work_centre: WorkCentre) -> Configuration | None:
    """Give what a work centre was set up for most recently, to name its set-up."""
    if not work_centre.setup_state:
        return None
    begun = work_centre.operations.exclude(started_at=None)
    latest = begun.select_related("work_order__configuration").order_by("-started_at")
    return next((each.work_order.configuration for each in latest[:1]), None)


def find_stop(*, line: Line) -> ProductionEvent | None:
    """Give who stopped a line's takt, and when; none where nobody ever did."""
    told = ProductionEvent.objects.filter(
        work_centre=line.work_centre, kind=f"LINE_{LineState.STOPPED}"
    )
    return told.order_by("-id").first()


def list_removed(*, line: Line) -> Sequence[LineSlot]:
    """Give the units that were taken out of a line's queue and may come back."""
    return list(
        LineSlot.objects.filter(
            line=line,
            state=SlotState.REMOVED,
            work_order__state__in=(
                WorkOrderState.RELEASED,
                WorkOrderState.IN_PROGRESS,
            ),
        )
        .select_related("work_order__configuration")
        .order_by("id")[:60]
    )


def list_rules(*, line: Line) -> Sequence[SequenceRule]:
    return list(line.sequence_rules.all())


def latest_minute(*, line: Line) -> FlowCounter | None:
    """Give a flow line's latest minute: what each station worked on in it."""
    return FlowCounter.objects.filter(line=line).order_by("-minute_at").first()


def list_jobs(*, limit: int) -> Sequence[Operation]:
    """Give the work of people that somebody does or may begin, earliest due first."""
    return list(
        Operation.objects.filter(
            work_order__method__in=list_methods(),
            work_order__state__in=(
                WorkOrderState.RELEASED,
                WorkOrderState.IN_PROGRESS,
            ),
            state__in=(
                OperationState.RUNNING,
                OperationState.PAUSED,
                OperationState.READY,
                OperationState.BLOCKED,
            ),
        )
        .select_related(
            "work_order__product",
            "work_order__configuration",
            "operator",
            "work_centre",
        )
        .prefetch_related("work_order__order_line__proofs")
        .order_by("operator__code", F("due_at").asc(nulls_last=True), "id")[:limit]
    )


def list_skills() -> Sequence[Skill]:
    """Give all skills."""
    return list(Skill.objects.order_by("code"))


def list_people() -> Sequence[Operator]:
    """Give everybody who works here, with what each can do."""
    return list(Operator.objects.filter(is_active=True).prefetch_related("skills"))
