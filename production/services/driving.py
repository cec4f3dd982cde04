"""What time alone brings about on the floor: a beat calls it, each part can repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from configurator.services.errors import DomainError
from orders.services import proofing
from production.models import Batch, Operation, WorkOrder
from production.services import (
    batches,
    batching,
    completion,
    jobs,
    membership,
    readiness,
    sequencing,
)
from production.states import (
    BatchState,
    OperationKind,
    OperationState,
)

log = structlog.get_logger(__name__)
APPROVALS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class DriveReport:
    """What one drive found to do."""

    n_woken: int = 0
    n_ended: int = 0
    n_batches: int = 0
    n_sequenced: int = 0
    n_assigned: int = 0

    @property
    def is_idle(self) -> bool:
        return self == DriveReport()


def drive(*, now: datetime) -> DriveReport:
    """End delays, wake what waited, group, sequence and assign what is ready.

    Every part is a transaction of its own and safe to repeat, so a worker that is
    killed in between leaves nothing that the next beat does not find.
    """
    _resume_completions()
    n_ended = end_delays(now=now) + take_approvals(now=now)
    ask_for_approvals(now=now)
    return DriveReport(
        n_woken=readiness.wake(now=now),
        n_ended=n_ended,
        n_batches=batching.plan_all(now=now),
        n_sequenced=sequencing.sequence_all(now=now),
        n_assigned=jobs.assign(now=now),
    )


def _resume_completions() -> None:
    """Finish batches whose completion was interrupted."""
    for batch_id in Batch.objects.filter(state=BatchState.COMPLETING).values_list(
        "id", flat=True
    ):
        batches.complete(batch_id=batch_id)


def end_delays(*, now: datetime) -> int:
    """End what only had to wait (cooling, drying); the group then moves on together."""
    ended = readiness.list_ended_delays(now=now)
    work_order_ids = [operation.work_order_id for operation in ended]
    for operation in ended:
        _end(operation.id, operation.ready_at or now)
    if work_order_ids:
        with transaction.atomic():
            _carry_on(work_order_ids, now)
    return len(ended)


def _end(operation_id: int, at: datetime) -> None:
    with transaction.atomic():
        found = Operation.objects.get(id=operation_id)
        WorkOrder.objects.select_for_update().get(id=found.work_order_id)
        operation = Operation.objects.select_related("work_order").get(id=operation_id)
        if operation.state not in {OperationState.RUNNING, OperationState.READY}:
            return
        operation.good = operation.planned_quantity - operation.scrap
        operation.state = OperationState.DONE
        operation.finished_at = at
        operation.actual_run_s = operation.run_s
        operation.save(update_fields=["good", "state", "finished_at", "actual_run_s"])
        completion.after_finish(operation=operation, now=at)


def _carry_on(work_order_ids: list[int], now: datetime) -> None:
    """Keep together what came from one batch, step after step."""
    groups: dict[int, list[int]] = {}
    for batch_id, work_order_id in (
        Batch.objects.filter(
            members__operation__work_order_id__in=work_order_ids,
            state=BatchState.COMPLETED,
        )
        .order_by("completed_at")
        .values_list("id", "members__operation__work_order_id")
    ):
        for members in groups.values():
            if work_order_id in members:
                members.remove(work_order_id)
        groups.setdefault(batch_id, []).append(work_order_id)
    fed_by = {batch.id: batch for batch in Batch.objects.filter(id__in=groups)}
    for batch_id, members in groups.items():
        if members:
            membership.carry_on(
                work_order_ids=members, fed_by=fed_by[batch_id], now=now
            )


def ask_for_approvals(*, now: datetime) -> int:
    """Send a proof for each step at which the customer has to agree."""
    waiting = Operation.objects.filter(
        kind=OperationKind.APPROVAL,
        state=OperationState.READY,
        work_order__order_line__isnull=False,
    ).exclude(work_order__order_line__proofs__isnull=False)
    line_ids = set(
        waiting.values_list("work_order__order_line_id", flat=True)[:APPROVALS_AT_ONCE]
    )
    n_sent = 0
    for line_id in sorted(key for key in line_ids if key is not None):
        try:
            proofing.send_proof(order_line_id=line_id, now=now, actor="prepress")
            n_sent += 1
        except DomainError as error:
            log.warning("proof_not_sent", order_line=line_id, error=str(error))
    return n_sent


def take_approvals(*, now: datetime) -> int:
    """Let work go on whose proof the customer has approved."""
    approved = readiness.list_approved(now=now)
    for operation in approved:
        completion.begin(work_order_id=operation.work_order_id, now=now)
        _end(operation.id, now)
    return len(approved)
