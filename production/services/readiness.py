"""Which operations may begin: predecessors done, delay over, order on the floor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, F
from django.db.models.functions import Cast

from configurator.services.moves import move
from configurator.states import TimeBasis
from orders.states import ProofState
from production.models import Operation
from production.services import boards
from production.states import (
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    OperationKind,
    OperationState,
    WorkOrderState,
)

# What deciding needs; operations carry much that it does not.
_READ = (
    *("work_order_id", "sequence", "state", "predecessors", "kind", "batch_key"),
    *("ready_at", "finished_at", "min_delay_s", "run_s", "work_centre_id"),
    *("max_delay_s", "due_at", "good", "transfer_quantity", "station"),
)
OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)
_AT_WORK = (OperationState.RUNNING, OperationState.PAUSED, OperationState.BLOCKED)
_TAKES_PIECES = (OperationKind.MAKE, OperationKind.INSPECT)
# What has begun on pieces that were handed on learns as well that fewer come.
_STILL_TO_DO = (OperationState.WAITING, OperationState.READY, *_AT_WORK)
_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)
SWEEP_LIMIT = 500


def refresh_ready(*, work_order_ids: Iterable[int], now: datetime) -> int:
    """Make ready what may begin in these work orders; give how many operations.

    An operation whose minimum delay is not over keeps waiting with ``ready_at``
    set, and ``wake`` finds it when the time has come.
    """
    by_order = _read_steps(work_order_ids)
    changed = [
        operation
        for siblings in by_order.values()
        for operation in siblings
        if operation.state == OperationState.WAITING and _may_begin(operation, siblings)
    ]
    for operation in changed:
        siblings = by_order[operation.work_order_id]
        operation.ready_at = _ready_at(operation, siblings, now)
        _hasten(operation, siblings)
    _set_ready(changed, now)
    return len(changed)


def hasten(*, work_order_ids: Iterable[int]) -> None:
    """Bring due dates forward again where waiting as long would spoil the material."""
    for siblings in _read_steps(work_order_ids).values():
        for operation in siblings:
            if operation.state in OPEN_OPERATION_STATES:
                _hasten(operation, siblings)


def _read_steps(work_order_ids: Iterable[int]) -> dict[int, list[Operation]]:
    """Read the steps of those work orders that are on the floor."""
    operations = list(
        Operation.objects.filter(
            work_order_id__in=list(work_order_ids),
            work_order__state__in=_ON_FLOOR,
        )
        .only(*_READ)
        .order_by("work_order_id", "sequence")
    )
    by_order: dict[int, list[Operation]] = {}
    for operation in operations:
        by_order.setdefault(operation.work_order_id, []).append(operation)
    return by_order


def wake(*, now: datetime) -> int:
    """Make ready what waited for a delay that is over, and end what only waits."""
    waiting = list(
        Operation.objects.filter(
            state=OperationState.WAITING,
            ready_at__lte=now,
            work_order__state__in=_ON_FLOOR,
        )
        .only(*_READ)
        .order_by("id")[:SWEEP_LIMIT]
    )
    _set_ready(waiting, now)
    return len(waiting)


def list_ended_delays(*, now: datetime) -> Sequence[Operation]:
    """Give the running delays whose time is over, oldest first; not those in a load."""
    return list(
        Operation.objects.filter(
            kind=OperationKind.DELAY,
            state=OperationState.RUNNING,
            batch_key="",
            ready_at__lte=now,
        )
        .select_related("work_order")
        .order_by("ready_at", "id")[:SWEEP_LIMIT]
    )


def list_approved(*, now: datetime) -> Sequence[Operation]:
    """Give the approval steps whose proof the customer has approved."""
    return list(
        Operation.objects.filter(
            kind=OperationKind.APPROVAL,
            state=OperationState.READY,
            work_order__order_line__proofs__state=ProofState.APPROVED,
            work_order__order_line__proofs__answered_at__lte=now,
        )
        .distinct()
        .order_by("id")[:SWEEP_LIMIT]
    )


def _may_begin(operation: Operation, siblings: Sequence[Operation]) -> bool:
    before = [each for each in siblings if each.sequence in operation.predecessors]
    may_overlap = _may_overlap(operation)
    return all(
        each.state in OVER or (may_overlap and _has_handed_on(each)) for each in before
    )


def _may_overlap(operation: Operation) -> bool:
    """Say whether a step takes pieces one by one: no load, no line, no mere wait."""
    is_grouped = bool(operation.batch_key or operation.station)
    return operation.kind in _TAKES_PIECES and not is_grouped


def _has_handed_on(operation: Operation) -> bool:
    """Say whether a step that goes on has counted what may move on before its end."""
    return (
        operation.transfer_quantity is not None
        and operation.good >= operation.transfer_quantity
        and operation.state in _AT_WORK
        and operation.min_delay_s == 0
    )


def _ready_at(
    operation: Operation, siblings: Sequence[Operation], now: datetime
) -> datetime:
    ends = [
        sibling.finished_at + timedelta(seconds=sibling.min_delay_s)
        for sibling in siblings
        if sibling.sequence in operation.predecessors and sibling.finished_at
    ]
    return max(ends, default=now)


def _hasten(operation: Operation, siblings: Sequence[Operation]) -> None:
    """Bring the due date forward where waiting longer would spoil the material."""
    limits = [
        sibling.finished_at + timedelta(seconds=sibling.max_delay_s)
        for sibling in siblings
        if sibling.sequence in operation.predecessors
        and sibling.finished_at is not None
        and sibling.max_delay_s is not None
    ]
    if not limits:
        return
    latest = min(limits) + timedelta(seconds=operation.run_s)
    if operation.due_at is None or latest < operation.due_at:
        Operation.objects.filter(id=operation.id).update(due_at=latest)


def _set_ready(operations: Sequence[Operation], now: datetime) -> None:
    """Move by conditional updates: a cancellation meanwhile wins."""
    due = [o for o in operations if o.ready_at is None or o.ready_at <= now]
    at_once = [o.id for o in due if not _only_waits(o)]
    waiting = Operation.objects.filter(state=OperationState.WAITING)
    waiting.filter(id__in=at_once, ready_at__isnull=True).update(ready_at=now)
    _begin(at_once, OperationState.READY)
    for operation in operations:
        if operation not in due:
            waiting.filter(id=operation.id).update(ready_at=operation.ready_at)
        elif _only_waits(operation):
            begun = operation.ready_at or now
            ends_at = begun + timedelta(seconds=operation.run_s)
            running = OperationState.RUNNING
            _begin([operation.id], running, started_at=begun, ready_at=ends_at)
    boards.touch(work_centre_ids={o.work_centre_id for o in operations})


def _begin(ids: Sequence[int], to: str, **updates: object) -> None:
    move(
        Operation,
        ids=ids,
        from_=OperationState.WAITING,
        to=to,
        moves=OPERATION_MOVES,
        extra_updates=updates,
    )


def _only_waits(operation: Operation) -> bool:
    """Say whether time alone does it; a delay that holds a place goes by loads."""
    return operation.kind == OperationKind.DELAY and not operation.batch_key


def list_following(*, operation: Operation) -> set[int]:
    """Give the sequences of all steps after one, not those of parallel branches."""
    before = dict(
        Operation.objects.filter(work_order_id=operation.work_order_id).values_list(
            "sequence", "predecessors"
        )
    )
    found: set[int] = set()
    latest = {operation.sequence}
    while latest:
        latest = {s for s, after in before.items() if latest & set(after)} - found
        found |= latest
    return found


def pass_quantity_on(*, operations: Sequence[Operation]) -> None:
    """Let the followers plan with what came out, never with more."""
    for operation in operations:
        if operation.good == operation.planned_quantity:
            continue
        followers = Operation.objects.filter(
            work_order_id=operation.work_order_id,
            sequence__in=list_following(operation=operation),
            state__in=_STILL_TO_DO,
            planned_quantity__gt=operation.good,
        )
        shorter = Cast(F("run_s"), BigIntegerField()) * operation.good
        followers.filter(basis__in=(TimeBasis.UNIT, TimeBasis.SHEET)).update(
            run_s=shorter / F("planned_quantity"), planned_quantity=operation.good
        )
        followers.update(planned_quantity=operation.good)
