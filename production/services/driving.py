"""What time alone brings about on the floor: a beat calls it, each part can repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, transaction

from configurator.services.errors import DomainError
from configurator.services.moves import check_move
from orders.services import proofing
from orders.states import ProofState
from production.models import Batch, Operation, WorkOrder
from production.services import (
    automatic,
    batches,
    batching,
    completion,
    jobs,
    membership,
    outcome,
    readiness,
    sequencing,
    spoilage,
)
from production.services.reports import Report
from production.states import (
    OPERATION_MOVES,
    BatchState,
    MemberState,
    OperationKind,
    OperationState,
)

log = structlog.get_logger(__name__)
APPROVALS_AT_ONCE = 200
_WAITED_FOR = (OperationState.RUNNING, OperationState.READY)
_PROOF_IS_OUT = (
    ProofState.REQUESTED,
    ProofState.PREPARING,
    ProofState.SENT,
    ProofState.APPROVED,
    ProofState.CHANGES_REQUESTED,  # the next one is somebody's work
)
_STARTABLE = (BatchState.FROZEN, BatchState.RELEASED, BatchState.CHANGEOVER)


@dataclass(frozen=True, slots=True)
class DriveReport:
    """What one drive found to do."""

    n_woken: int = 0
    n_ended: int = 0
    n_batches: int = 0
    n_sequenced: int = 0
    n_assigned: int = 0
    n_spoiled: int = 0

    @property
    def is_idle(self) -> bool:
        return self == DriveReport()


def drive(*, now: datetime) -> DriveReport:
    """Do at once what workers do in two queues: tend the floor, and plan it."""
    tended = tend(now=now)
    planned = plan(now=now)
    return replace(
        tended,
        n_batches=planned.n_batches,
        n_ended=tended.n_ended + _attempt(run_unattended, now),
        n_sequenced=planned.n_sequenced,
        n_assigned=planned.n_assigned,
    )


def tend(*, now: datetime) -> DriveReport:
    """End delays, wake what waited, and let alone what works alone.

    Every part is a transaction of its own and safe to repeat, so a worker that is
    killed in between leaves nothing that the next beat does not find.
    """
    _resume_completions()
    n_ended = _attempt(end_delays, now) + _attempt(take_approvals, now)
    n_ended += _attempt(automatic.run_automatic, now)
    _attempt(ask_for_approvals, now)
    n_woken = _attempt(readiness.wake, now)
    return DriveReport(
        n_woken=n_woken,
        n_ended=n_ended + _attempt(run_unattended, now),
        n_spoiled=_attempt(spoilage.scrap_spoiled, now),
    )


def plan(*, now: datetime) -> DriveReport:
    """Group, sequence and assign what is ready; each part a transaction of its own."""
    return DriveReport(
        n_batches=_attempt(batching.plan_all, now),
        n_sequenced=_attempt(sequencing.sequence_all, now),
        n_assigned=_attempt(jobs.assign, now),
    )


def _attempt(part: Callable[..., int], now: datetime) -> int:
    """Run one part; what is wrong with it must not stop the rest of the factory."""
    try:
        return part(now=now)
    except OperationalError:
        raise
    except Exception:
        log.exception("floor_part_failed", part=part.__name__)
        return 0


def _resume_completions() -> None:
    """Finish batches whose completion was interrupted."""
    for batch_id in Batch.objects.filter(state=BatchState.COMPLETING).values_list(
        "id", flat=True
    ):
        try:
            outcome.complete(batch_id=batch_id)
        except OperationalError:
            raise
        except Exception:
            log.exception("batch_not_completed", batch=batch_id)


def end_delays(*, now: datetime) -> int:
    """End what only had to wait (cooling, drying); the group then moves on together."""
    ended = readiness.list_ended_delays(now=now)
    if ended:
        _end(ended, now)
    return len(ended)


def _end(found: Sequence[Operation], now: datetime) -> None:
    """End operations that needed nobody, and keep together what came together."""
    orders = sorted({operation.work_order_id for operation in found})
    with transaction.atomic():
        list(WorkOrder.objects.select_for_update().filter(id__in=orders).order_by("id"))
        operations = list(
            Operation.objects.filter(
                id__in=[operation.id for operation in found], state__in=_WAITED_FOR
            )
        )
        for operation in operations:
            done = OperationState.DONE
            what, from_ = str(operation), operation.state
            check_move(what=what, from_=from_, to=done, moves=OPERATION_MOVES)
            operation.good = operation.planned_quantity - operation.scrap
            operation.state = done
            is_delay = operation.kind == OperationKind.DELAY
            operation.finished_at = (operation.ready_at if is_delay else None) or now
            operation.actual_run_s = operation.run_s
        Operation.objects.bulk_update(
            operations, ["good", "state", "finished_at", "actual_run_s"]
        )
        completion.after_finish(operations=operations, now=now)
        _carry_on(orders, now)


def _carry_on(work_order_ids: list[int], now: datetime) -> None:
    """Keep together what came from one batch, step after step."""
    latest: dict[int, int] = {}
    ended = frozenset(work_order_ids)
    for batch_id, work_order_id in (
        Batch.objects.filter(
            members__operation__work_order_id__in=work_order_ids,
            members__state=MemberState.DONE,
            state=BatchState.COMPLETED,
        )
        .order_by("completed_at", "id")
        .values_list("id", "members__operation__work_order_id")
    ):
        if work_order_id in ended:
            latest[work_order_id] = batch_id
    groups: dict[int, list[int]] = {}
    for work_order_id, batch_id in sorted(latest.items()):
        groups.setdefault(batch_id, []).append(work_order_id)
    fed_by = {batch.id: batch for batch in Batch.objects.filter(id__in=groups)}
    for batch_id, members in groups.items():
        membership.carry_on(work_order_ids=members, fed_by=fed_by[batch_id], now=now)


def run_unattended(*, now: datetime) -> int:
    """Fill and empty what works alone: provers and tanks need time and a place."""
    alone = list(
        Batch.objects.filter(
            members__state=MemberState.ACTIVE,
            members__operation__kind=OperationKind.DELAY,
            state__in=(BatchState.RUNNING, *_STARTABLE),
        )
        .distinct()
        .order_by("position", "id")
    )
    ended = [
        (ends_at, batch)
        for batch in alone
        if batch.state == BatchState.RUNNING
        and (ends_at := _ends_at(batch, now)) <= now
    ]
    ended.sort(key=lambda row: (row[1].started_at or now, row[1].id))
    n_moved = sum(_try(batch, "finish", ends_at) for ends_at, batch in ended)
    startable = [batch for batch in alone if batch.state in _STARTABLE]
    return n_moved + sum(_try(batch, "start", now) for batch in startable)


def _ends_at(batch: Batch, now: datetime) -> datetime:
    return (batch.started_at or now) + timedelta(seconds=batch.run_s)


def _try(batch: Batch, action: str, now: datetime) -> int:
    try:
        batches.perform(
            number=batch.number, action=action, report=Report(now=now, actor="time")
        )
    except DomainError:
        return 0  # no place is free, or somebody was faster: next time
    return 1


def ask_for_approvals(*, now: datetime) -> int:
    """Send a proof for each step at which the customer has to agree."""
    waiting = Operation.objects.filter(
        kind=OperationKind.APPROVAL,
        state=OperationState.READY,
        work_order__order_line__isnull=False,
    ).exclude(work_order__order_line__proofs__state__in=_PROOF_IS_OUT)
    line_ids = set(
        waiting.values_list("work_order__order_line_id", flat=True)[:APPROVALS_AT_ONCE]
    )
    n_sent = 0
    for line_id in sorted(line_ids):
        try:
            proofing.send_proof(order_line_id=line_id, now=now, actor="prepress")
            n_sent += 1
        except DomainError as error:
            log.warning("proof_not_sent", order_line=line_id, error=str(error))
    return n_sent


def take_approvals(*, now: datetime) -> int:
    """Let work go on whose proof the customer has approved."""
    approved = readiness.list_approved(now=now)
    if approved:
        _end(approved, now)
    return len(approved)
