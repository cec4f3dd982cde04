"""Form batches from what waits, and freeze them in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from configurator.services.moves import move
from production.engine.batching import form_batches
from production.engine.loads import Proposal
from production.engine.reasons import Reason
from production.models import Batch, Operation, WorkCentre
from production.selectors import loads, planning
from production.selectors.batch_answers import CHANGING
from production.selectors.loads import LoadRule, seconds
from production.services import boards, changeovers
from production.services.members import (
    add_members,
    new_batch,
    release_members,
    weigh,
    words,
)
from production.states import BATCH_MOVES, BatchState, MemberState


def plan_all(*, now: datetime) -> int:
    """Plan every work centre at which something has changed or has waited enough."""
    n_changed = 0
    for centre_id, marks in planning.map_marks().items():
        if planning.is_planned(centre_id=centre_id, marks=marks, now=now):
            continue
        n_changed += plan_work_centre(work_centre_id=centre_id, now=now)
        planning.note_planned(centre_id=centre_id, now=now)
    return n_changed


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
        batches = list(
            Batch.objects.filter(work_centre=centre, state__in=CHANGING).order_by("id")
        )
        opened = [batch for batch in batches if batch.state == BatchState.OPEN]
        waiting = [
            *loads.list_groupable(work_centre=centre),
            *loads.list_proposed_members(work_centre=centre),
        ]
        waiting = _fill_open(opened, waiting)
        free = [batch for batch in batches if batch.state == BatchState.PROPOSED]
        n_changed = 0
        for rule, operations in _by_rule(waiting).items():
            n_changed += _propose(centre, rule, operations, free, now)
        n_changed += _dissolve_empty(centre)
        n_changed += sum(_freeze_in_time(centre, batch, now) for batch in opened)
        if n_changed:
            changeovers.order_queue(work_centre=centre, now=now)
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
    proposals = form_batches(
        [loads.demand_of(operation) for operation in operations],
        capacity=rule.capacity,
        minimum=rule.minimum,
        max_wait_s=rule.max_wait_s,
        now_s=seconds(now),
        cutoff_s=rule.cutoff_s(oldest=oldest, zone=centre.site.zone),
        run_s={o.batch_key: o.run_s for o in operations},
    )
    by_id = {operation.id: operation for operation in operations}
    return [_unless_starving(each, rule, by_id, now) for each in proposals]


def _unless_starving(
    proposal: Proposal, rule: LoadRule, by_id: dict[int, Operation], now: datetime
) -> Proposal:
    """Let a load below the minimum go once it waited enough: filled up for stock.

    Without this a rare kind would wait for company that never comes.
    """
    if proposal.because.code != "BELOW_MINIMUM":
        return proposal
    members = [by_id[int(member.key)] for member in proposal.members]
    oldest_s = min(seconds(o.ready_at or now) for o in members)
    run_s = max(o.run_s for o in members)
    clocks = {
        "MAX_WAIT": oldest_s + rule.max_wait_s,
        "DUE_DATE": proposal.due_s - run_s,
    }
    over = [code for code, at_s in clocks.items() if at_s <= seconds(now)]
    if not over:
        return replace(proposal, freeze_at_s=min(clocks.values()))
    return replace(proposal, freeze=True, because=Reason(over[0]))


def _propose(
    centre: WorkCentre,
    rule: LoadRule,
    operations: Sequence[Operation],
    free: list[Batch],
    now: datetime,
) -> int:
    by_id = {operation.id: operation for operation in operations}
    present = loads.map_members(batches=free)
    placed: set[int] = set()
    n_changed = 0
    for proposal in _judge(centre, rule, operations, now):
        # More than a load holds is still one lot here: it stays in one batch.
        keys = [int(member.key) for member in proposal.members]
        members = [by_id[key] for key in dict.fromkeys(keys) if key not in placed]
        if not members:
            continue
        placed |= {operation.id for operation in members}
        batch = _nearest(free, present, members)
        if batch is None:
            batch = new_batch(centre, rule, members, state=BatchState.PROPOSED, now=now)
        else:
            free.remove(batch)
        n_changed += _fill(batch, members, present.get(batch.id, set()), rule, proposal)
        if proposal.freeze:
            freeze(batch=batch, because=proposal.because.code, now=now)
            n_changed += 1
    return n_changed


def _nearest(
    free: Sequence[Batch], present: dict[int, set[int]], members: Sequence[Operation]
) -> Batch | None:
    """Keep a batch's number while most of its members stay in it."""
    ids = {operation.id for operation in members}
    key = members[0].batch_key
    scored = [
        (len(ids & present.get(batch.id, set())), -batch.id, batch)
        for batch in free
        if batch.batch_key == key
    ]
    best = max(scored, default=None, key=lambda row: row[:2])
    return best[2] if best and best[0] else None


def _fill(
    batch: Batch,
    members: Sequence[Operation],
    present: set[int],
    rule: LoadRule,
    proposal: Proposal,
) -> int:
    """Give the batch exactly these members; 0 where it had them already."""
    wanted = {operation.id: operation for operation in members}
    summary = _summary(rule, members, proposal)
    if present == set(wanted) and batch.reasons == summary:
        return 0
    if present != set(wanted):
        reasons = {int(m.key): words(m.reason) for m in proposal.members}
        release_members(batch=batch, operation_ids=present - set(wanted))
        add_members(
            batch=batch,
            operations=[wanted[key] for key in sorted(set(wanted) - present)],
            reasons=reasons,
        )
    batch.reasons = summary
    weigh(batch=batch)
    return 1


def _summary(
    rule: LoadRule, members: Sequence[Operation], proposal: Proposal
) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "why": words(proposal.because),
        "freeze_at_s": proposal.freeze_at_s,
        "near_misses": [
            {"operation": miss.key, "reason": words(miss.reason)}
            for miss in proposal.near_misses
        ],
    }
    short = rule.minimum - sum(loads.load_milli(o) for o in members) // 1000
    if proposal.freeze and short > 0:
        summary["filled_up"] = short
    return summary


def _fill_open(
    opened: Sequence[Batch], waiting: Sequence[Operation]
) -> list[Operation]:
    """Fill up open batches with what fits; give what is left over."""
    left = list(waiting)
    leavers = loads.map_leavers(batches=opened) if left else {}
    for batch in opened:
        room = batch.capacity_milli - batch.load_milli
        joining = []
        for operation in left:
            load = loads.load_milli(operation)
            is_same_kind = operation.batch_key == batch.batch_key
            has_left = operation.id in leavers.get(batch.id, ())
            if is_same_kind and load <= room and not has_left:
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


def _freeze_in_time(centre: WorkCentre, batch: Batch, now: datetime) -> int:
    """Freeze an open batch whose time has come; tell what it waits for till then."""
    operations = [
        member.operation
        for member in batch.members.filter(state=MemberState.ACTIVE).select_related(
            "operation__work_order"
        )
    ]
    if not operations:
        return 0
    rule = LoadRule.read(operations[0].batch_rule)
    proposals = _judge(centre, rule, operations, now)
    due = [proposal for proposal in proposals if proposal.freeze]
    news = {
        "why": words((due or proposals)[0].because),
        "freeze_at_s": min(proposal.freeze_at_s for proposal in proposals),
    }
    if batch.reasons | news != batch.reasons:
        batch.reasons |= news
        Batch.objects.filter(id=batch.id).update(reasons=batch.reasons)
    if batch.reasons.get("kept_open"):
        return 0  # somebody has unfrozen it: it stays so until it is frozen by hand
    if due:
        freeze(batch=batch, because=due[0].because.code, now=now)
    return len(due[:1])


def _dissolve_empty(centre: WorkCentre) -> int:
    empty = Batch.objects.filter(work_centre=centre, state__in=CHANGING).exclude(
        members__state=MemberState.ACTIVE
    )
    return move(empty, from_=CHANGING, to=BatchState.DISSOLVED, moves=BATCH_MOVES)


def freeze(*, batch: Batch, because: str, now: datetime) -> None:
    """Close a batch for newcomers and put it into its work centre's queue."""
    n_moved = move(
        Batch,
        ids=[batch.id],
        from_=CHANGING,
        to=BatchState.FROZEN,
        moves=BATCH_MOVES,
        extra_updates={"frozen_because": because[:16], "frozen_at": now},
    )
    if n_moved:
        batch.state = BatchState.FROZEN
