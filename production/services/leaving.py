"""Work orders leave the floor: out of batches and queues, what is left is cancelled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from configurator.services.moves import move
from production.models import (
    Batch,
    BatchMember,
    Line,
    LineSlot,
    Operation,
    WorkCentre,
    WorkOrder,
)
from production.services import boards
from production.services.members import release_members, weigh
from production.services.membership import refill
from production.states import (
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    SLOT_MOVES,
    BatchState,
    MemberState,
    OperationState,
    SlotState,
)

LEAVABLE = (
    BatchState.PROPOSED,
    BatchState.OPEN,
    BatchState.FROZEN,
    BatchState.RELEASED,
    BatchState.CHANGEOVER,
)
IN_LINE = (SlotState.SEQUENCED, SlotState.LAUNCHED, SlotState.AT_STATION)
REFILLED = (BatchState.FROZEN, BatchState.RELEASED)


def lock_around(*, work_order_ids: Iterable[int]) -> None:
    """Lock work centres, batches, lines, then the work orders: always in this order."""
    ids = list(work_order_ids)
    member_of = Batch.objects.filter(
        members__operation__work_order_id__in=ids,
        members__state=MemberState.ACTIVE,
        state__in=LEAVABLE,
    )
    centre_ids = set(member_of.values_list("work_centre_id", flat=True))
    batch_ids = set(member_of.values_list("id", flat=True))
    line_ids = set(
        LineSlot.objects.filter(work_order_id__in=ids)
        .exclude(state=SlotState.FINISHED)
        .values_list("line_id", flat=True)
    )
    for rows in (
        WorkCentre.objects.filter(id__in=centre_ids),
        Batch.objects.filter(id__in=batch_ids),
        Line.objects.filter(id__in=line_ids),
        WorkOrder.objects.filter(id__in=ids),
    ):
        list(rows.select_for_update().order_by("id").values_list("id", flat=True))


def leave_floor(*, work_order_ids: Collection[int]) -> None:
    """Take work orders out of batches and queues; cancel what is not begun or done.

    What runs in a load at this moment stays in it and is disposed of when it ends.
    """
    left = _leave_batches(work_order_ids)
    move(
        LineSlot.objects.filter(work_order_id__in=work_order_ids),
        from_=IN_LINE,
        to=SlotState.REMOVED,
        moves=SLOT_MOVES,
        extra_updates={"station": None},
    )
    operations = Operation.objects.filter(
        work_order_id__in=work_order_ids, state__in=OPEN_OPERATION_STATES
    )
    in_a_load = BatchMember.objects.filter(
        state=MemberState.ACTIVE, operation__work_order_id__in=work_order_ids
    ).values("operation_id")
    centre_ids = set(operations.values_list("work_centre_id", flat=True))
    move(
        operations.exclude(id__in=in_a_load),
        from_=OPEN_OPERATION_STATES,
        to=OperationState.CANCELLED,
        moves=OPERATION_MOVES,
        extra_updates={"blocked_from": "", "ready_at": None},
    )
    for batch in left:
        if batch.state in REFILLED:
            refill(batch=batch)
    boards.touch(work_centre_ids=centre_ids)


def _leave_batches(work_order_ids: Collection[int]) -> list[Batch]:
    leaving: dict[int, list[int]] = defaultdict(list)
    for batch_id, operation_id in BatchMember.objects.filter(
        operation__work_order_id__in=work_order_ids, state=MemberState.ACTIVE
    ).values_list("batch_id", "operation_id"):
        leaving[batch_id].append(operation_id)
    batches = list(
        Batch.objects.filter(id__in=leaving, state__in=LEAVABLE)
        .select_related("work_centre")
        .order_by("id")
    )
    for batch in batches:
        release_members(batch=batch, operation_ids=leaving[batch.id])
        weigh(batch=batch)
    return batches
