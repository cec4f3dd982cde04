"""Form batches from what waits, freeze them in time, put them in order."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from production.engine.batching import form_batches
from production.engine.changeover import Load, SetupTime, order_batches
from production.engine.demand import Attributes, Setup
from production.engine.loads import Proposal
from production.engine.reasons import REASONS, Reason
from production.models import Batch, BatchMember, Changeover, Operation, WorkCentre
from production.selectors import loads
from production.selectors.loads import LoadRule, seconds
from production.services import boards
from production.states import (
    BatchState,
    ChangeoverState,
    MemberState,
    OperationState,
)

_SUMMED = "UNIT"  # piece by piece: a batch of these takes the sum of its members


def plan_all(*, now: datetime) -> int:
    """Plan every work centre where something waits for a batch."""
    centre_ids = set(
        Operation.objects.filter(state=OperationState.READY)
        .exclude(batch_key="")
        .values_list("work_centre_id", flat=True)
    ) | set(
        Batch.objects.filter(
            state__in=(BatchState.PROPOSED, BatchState.OPEN)
        ).values_list("work_centre_id", flat=True)
    )
    return sum(
        plan_work_centre(work_centre_id=key, now=now)
        for key in sorted(key for key in centre_ids if key is not None)
    )


def plan_work_centre(*, work_centre_id: int, now: datetime) -> int:
    """Re-form the proposals of one work centre; give how many batches changed.

    Open batches (they came from the step before) keep their members and are only
    filled up; proposals are grouped anew; frozen ones are never touched.
    """
    with transaction.atomic():
        centre = (
            WorkCentre.objects.select_for_update(of=("self",))
            .select_related("site")
            .get(id=work_centre_id)
        )
        waiting = [
            *loads.list_groupable(work_centre=centre),
            *loads.list_proposed_members(work_centre=centre),
        ]
        waiting = _fill_open(centre, waiting, now)
        n_changed = 0
        for rule, operations in _by_rule(waiting).items():
            n_changed += _propose(centre, rule, operations, now)
        n_changed += _dissolve_empty(centre)
        n_changed += _freeze_open(centre, now)
        if n_changed:
            order_queue(work_centre=centre, now=now)
            boards.touch(work_centre_ids=[centre.id])
    return n_changed


def _by_rule(operations: Iterable[Operation]) -> dict[LoadRule, list[Operation]]:
    groups: dict[LoadRule, list[Operation]] = defaultdict(list)
    for operation in operations:
        groups[LoadRule.read(operation.batch_rule)].append(operation)
    return groups


def _judge(
    centre: WorkCentre, rule: LoadRule, operations: Sequence[Operation], now: datetime
) -> list[Proposal]:
    oldest = min(o.ready_at or now for o in operations)
    return form_batches(
        [loads.demand_of(operation) for operation in operations],
        capacity=rule.capacity,
        minimum=rule.minimum,
        max_wait_s=rule.max_wait_s,
        now_s=seconds(now),
        cutoff_s=rule.cutoff_s(oldest=oldest, zone=centre.site.zone),
        run_s={o.batch_key: o.run_s for o in operations},
    )


def _propose(
    centre: WorkCentre, rule: LoadRule, operations: Sequence[Operation], now: datetime
) -> int:
    by_id = {operation.id: operation for operation in operations}
    free = _open_proposals(centre)
    n_changed = 0
    for proposal in _judge(centre, rule, operations, now):
        members = [by_id[int(member.key)] for member in proposal.members]
        batch = _nearest(free, members) or new_batch(
            centre, rule, members, state=BatchState.PROPOSED, now=now
        )
        free = [other for other in free if other.id != batch.id]
        n_changed += _fill(batch, members, proposal)
        if proposal.freeze:
            freeze(batch=batch, because=proposal.because.code, now=now)
            n_changed += 1
    return n_changed


def _open_proposals(centre: WorkCentre) -> list[Batch]:
    return list(
        Batch.objects.filter(work_centre=centre, state=BatchState.PROPOSED).order_by(
            "id"
        )
    )


def _nearest(free: Sequence[Batch], members: Sequence[Operation]) -> Batch | None:
    """Keep a batch's number while most of its members stay in it."""
    ids = {operation.id for operation in members}
    key = members[0].batch_key
    scored = [
        (len(ids & set(_active_ids(batch))), -batch.id, batch)
        for batch in free
        if batch.batch_key == key
    ]
    best = max(scored, default=None, key=lambda row: row[:2])
    return best[2] if best and best[0] else None


def _active_ids(batch: Batch) -> list[int]:
    return list(
        batch.members.filter(state=MemberState.ACTIVE).values_list(
            "operation_id", flat=True
        )
    )


def new_batch(
    centre: WorkCentre,
    rule: LoadRule,
    members: Sequence[Operation],
    *,
    state: str,
    now: datetime,
) -> Batch:
    """Create an empty batch that fits the given operations."""
    first = members[0]
    batch = Batch.objects.create(
        number=uuid.uuid4().hex,
        work_centre=centre,
        state=state,
        batch_key=first.batch_key,
        attributes=first.attributes,
        setup_matrix=first.setup_matrix,
        capacity_milli=rule.capacity * 1000,
        measure=rule.measure,
        created_at=now,
    )
    batch.number = f"B-{batch.id:05d}"
    batch.save(update_fields=["number"])
    return batch


def _fill(batch: Batch, members: Sequence[Operation], proposal: Proposal) -> int:
    """Give the batch exactly these members; 0 where it had them already."""
    wanted = {operation.id: operation for operation in members}
    present = set(_active_ids(batch))
    reasons = {int(m.key): words(m.reason) for m in proposal.members}
    if present != set(wanted):
        release_members(batch=batch, operation_ids=present - set(wanted))
        add_members(
            batch=batch,
            operations=[wanted[key] for key in sorted(set(wanted) - present)],
            reasons=reasons,
        )
    summary = {
        "why": words(proposal.because),
        "freeze_at_s": proposal.freeze_at_s,
        "near_misses": [
            {"operation": miss.key, "reason": words(miss.reason)}
            for miss in proposal.near_misses
        ],
    }
    is_same = present == set(wanted) and batch.reasons == summary
    if not is_same:
        batch.reasons = summary
        weigh(batch=batch)
    return int(not is_same)


def words(reason: Reason) -> str:
    """Put an engine's reason into words."""
    return (REASONS[reason.code] % reason.values)[:200]


def add_members(
    *, batch: Batch, operations: Sequence[Operation], reasons: dict[int, str]
) -> None:
    """Make ready operations active members; one that is elsewhere is refused."""
    ids = [operation.id for operation in operations]
    # A proposal that re-forms may hand an operation from one batch to another.
    BatchMember.objects.filter(
        operation_id__in=ids,
        state=MemberState.ACTIVE,
        batch__state=BatchState.PROPOSED,
    ).exclude(batch=batch).update(state=MemberState.WITHDRAWN)
    for operation in operations:
        load = operation.planned_quantity * operation.load_num * 1000
        BatchMember.objects.update_or_create(
            batch=batch,
            operation=operation,
            defaults={
                "state": MemberState.ACTIVE,
                "quantity": operation.planned_quantity,
                "load_milli": -(-load // operation.load_den),
                "weight": max(1, operation.planned_quantity),
                "reason": reasons.get(operation.id, ""),
            },
        )
    Operation.objects.filter(id__in=ids, state=OperationState.READY).update(
        state=OperationState.IN_BATCH
    )


def release_members(*, batch: Batch, operation_ids: Iterable[int]) -> None:
    """Let members go back to the queue as ready operations."""
    ids = list(operation_ids)
    BatchMember.objects.filter(
        batch=batch, operation_id__in=ids, state=MemberState.ACTIVE
    ).update(state=MemberState.WITHDRAWN)
    Operation.objects.filter(id__in=ids, state=OperationState.IN_BATCH).update(
        state=OperationState.READY
    )


def weigh(*, batch: Batch) -> None:
    """Bring a batch's load, run time and due date up to its members."""
    members = list(
        batch.members.filter(state=MemberState.ACTIVE).select_related("operation")
    )
    runs = [member.operation.run_s for member in members]
    is_summed = any(member.operation.basis == _SUMMED for member in members)
    batch.load_milli = sum(member.load_milli for member in members)
    batch.run_s = sum(runs) if is_summed else max(runs, default=0)
    batch.due_at = min(
        (m.operation.due_at for m in members if m.operation.due_at), default=None
    )
    batch.version += 1
    batch.save(update_fields=["reasons", "load_milli", "run_s", "due_at", "version"])


def _fill_open(
    centre: WorkCentre, waiting: Sequence[Operation], now: datetime
) -> list[Operation]:
    """Fill up open batches with what fits; give what is left over."""
    left = list(waiting)
    for batch in Batch.objects.filter(work_centre=centre, state=BatchState.OPEN):
        room = batch.capacity_milli - batch.load_milli
        joining = []
        for operation in left:
            load = -(
                -operation.planned_quantity
                * operation.load_num
                * 1000
                // operation.load_den
            )
            if operation.batch_key == batch.batch_key and load <= room:
                joining.append(operation)
                room -= load
        if joining:
            reason = words(Reason("TOPPED_UP", {"family": batch.batch_key}))
            add_members(
                batch=batch,
                operations=joining,
                reasons={operation.id: reason for operation in joining},
            )
            weigh(batch=batch)
            left = [operation for operation in left if operation not in joining]
    return left


def _freeze_open(centre: WorkCentre, now: datetime) -> int:
    """Freeze open batches whose time has come."""
    n_frozen = 0
    for batch in Batch.objects.filter(work_centre=centre, state=BatchState.OPEN):
        operations = [
            member.operation
            for member in batch.members.filter(state=MemberState.ACTIVE).select_related(
                "operation__work_order"
            )
        ]
        if not operations:
            continue
        rule = LoadRule.read(operations[0].batch_rule)
        proposals = _judge(centre, rule, operations, now)
        if len(proposals) == 1 and proposals[0].freeze:
            freeze(batch=batch, because=proposals[0].because.code, now=now)
            n_frozen += 1
    return n_frozen


def _dissolve_empty(centre: WorkCentre) -> int:
    empty = Batch.objects.filter(
        work_centre=centre, state__in=(BatchState.PROPOSED, BatchState.OPEN)
    ).exclude(members__state=MemberState.ACTIVE)
    return empty.update(state=BatchState.DISSOLVED)


def freeze(*, batch: Batch, because: str, now: datetime) -> None:
    """Close a batch for newcomers and put it into its work centre's queue."""
    n_moved = Batch.objects.filter(
        id=batch.id, state__in=(BatchState.PROPOSED, BatchState.OPEN)
    ).update(state=BatchState.FROZEN, frozen_because=because[:16], frozen_at=now)
    if n_moved:
        batch.state = BatchState.FROZEN


def order_queue(*, work_centre: WorkCentre, now: datetime) -> None:
    """Order the waiting batches by changeover and due date; plan each changeover."""
    queued = loads.list_queued(work_centre=work_centre)
    if not queued:
        return
    matrix = loads.setup_matrix(queued[0].setup_matrix)
    running = Batch.objects.filter(
        work_centre=work_centre,
        state__in=(BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING),
    ).first()
    state = running.attributes if running else work_centre.setup_state
    by_id = {batch.id: batch for batch in queued}
    plan = order_batches(
        [
            Load(
                key=batch.id,
                run_s=batch.run_s,
                setup=Setup(state=batch.attributes),
                due_s=seconds(batch.due_at),
            )
            for batch in queued
        ],
        matrix=matrix,
        state=state,
        start_s=seconds(now),
        previous=[batch.id for batch in queued],
    )
    for position, planned in enumerate(plan.loads):
        batch = by_id[int(planned.key)]
        _plan_changeover(batch, position, planned.setup, state, now)
        state = batch.attributes


def _plan_changeover(
    batch: Batch, position: int, setup: SetupTime, from_state: Attributes, now: datetime
) -> None:
    if batch.position != position:
        Batch.objects.filter(id=batch.id).update(position=position)
    planned = {
        "work_centre_id": batch.work_centre_id,
        "rule_code": setup.rule_code,
        "from_state": dict(from_state),
        "to_state": batch.attributes,
        "planned_s": setup.internal_s,
        "external_s": setup.external_s,
        "signature_skill": setup.signature_skill or "",
        "waste": dict(setup.waste),
        "state": ChangeoverState.PLANNED,
    }
    Changeover.objects.update_or_create(
        batch=batch, defaults=planned, create_defaults=planned | {"created_at": now}
    )
