"""Form batches from what waits, and freeze them in time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.core.cache import cache
from django.db import transaction

from configurator.services.moves import move
from production.engine.budget import NO_SEARCH
from production.engine.demand import Resource
from production.engine.methods import get_method
from production.engine.plan import PlannedGroup, Shop
from production.models import Batch, Operation, WorkCentre
from production.selectors import loads, planning, reasons
from production.selectors.batch_answers import CHANGING
from production.selectors.loads import LoadRule, seconds
from production.selectors.planner import BATCH_PLAN, NAMED
from production.services import boards, changeovers
from production.services.members import (
    add_members,
    new_batch,
    release_members,
    weigh,
)
from production.states import BATCH_MOVES, BatchState, MemberState

METHOD = "BATCH"
MAX_TRIES = 3
TOLD_S = 24 * 3600

log = structlog.get_logger(__name__)


def plan_all(*, now: datetime) -> int:
    """Plan every work centre at which something has changed or has waited enough."""
    n_changed = 0
    for centre_id, marks in planning.map_marks().items():
        if planning.is_planned(centre_id=centre_id, marks=marks, now=now):
            continue
        n_here = plan_work_centre(work_centre_id=centre_id, now=now)
        known = None if n_here else marks
        planning.note_planned(centre_id=centre_id, marks=known, now=now)
        n_changed += n_here
    return n_changed


def plan_work_centre(*, work_centre_id: int, now: datetime) -> int:
    """Re-form the proposals of one work centre; give how many batches changed.

    Open batches (they came from the step before) keep their members and are only
    filled up; proposals are grouped anew; frozen ones are never touched. The plan is
    computed outside any lock, and takes one only where it changes something: what has
    come meanwhile waits for the next one, and a plan for work that has gone is dropped
    and made anew.
    """
    for _attempt in range(MAX_TRIES):
        floor = _read(work_centre_id)
        planned = _plan(floor, now)
        if _is_in_force(floor, planned):
            return 0
        try:
            return _put_in_force(floor, planned, now)
        except _Overtaken:
            continue
    log.info("batch_plan_dropped", work_centre=work_centre_id)
    return 0


class _Overtaken(Exception):  # noqa: N818 -- control flow, never shown
    """The floor has moved on since the plan looked at it."""


@dataclass(frozen=True, slots=True)
class _Floor:
    """A work centre as a plan sees it: open batches, proposals, and what may move."""

    centre: WorkCentre
    opened: list[Batch]
    free: list[Batch]
    waiting: list[Operation]

    def marks(self) -> dict[int, tuple[str, int]]:
        return {
            batch.id: (batch.state, batch.version)
            for batch in (*self.opened, *self.free)
        }

    def places(self) -> set[tuple[int, str]]:
        """Say of each operation whether it is free or in a proposal."""
        return {(operation.id, operation.state) for operation in self.waiting}


@dataclass(frozen=True, slots=True)
class _Planned:
    """Who joins which open batch, when each of those freezes, and new loads."""

    joining: list[tuple[Batch, list[Operation]]]
    opened: list[tuple[Batch, Sequence[PlannedGroup]]]
    loads: list[tuple[LoadRule, PlannedGroup, list[Operation]]]


class _Changes:
    """Which operations a plan has added, moved to another batch, or held, and why."""

    def __init__(self) -> None:
        self.told: dict[str, list[tuple[int, str]]] = {}

    def add(self, what: str, batch: Batch, operations: Iterable[Operation]) -> None:
        rows = [(operation.id, batch.number) for operation in operations]
        if rows:
            self.told.setdefault(what, []).extend(rows)


def _read(work_centre_id: int) -> _Floor:
    centre = WorkCentre.objects.select_related("site").get(id=work_centre_id)
    changing = Batch.objects.filter(work_centre=centre, state__in=CHANGING)
    batches = list(changing.order_by("id"))
    waiting = [
        *loads.list_groupable(work_centre=centre),
        *loads.list_proposed_members(work_centre=centre),
    ]
    return _Floor(
        centre,
        opened=[batch for batch in batches if batch.state == BatchState.OPEN],
        free=[batch for batch in batches if batch.state == BatchState.PROPOSED],
        waiting=waiting,
    )


def _plan(floor: _Floor, now: datetime) -> _Planned:
    joining, left = _fill_open(floor.opened, floor.waiting)
    planned = _Planned(joining=joining, opened=[], loads=[])
    came = {batch.id: operations for batch, operations in joining}
    for batch in floor.opened:
        inside = [*_members(batch), *came.get(batch.id, ())]
        if inside:
            rule = LoadRule.read(inside[0].batch_rule)
            planned.opened.append((batch, _judge(floor.centre, rule, inside, now)))
    for rule, operations in loads.group_by_rule(operations=left).items():
        by_id = {operation.id: operation for operation in operations}
        for group in _judge(floor.centre, rule, operations, now):
            # More than a load holds is still one lot here: it stays in one batch.
            keys = dict.fromkeys(int(member.key) for member in group.members)
            members = [by_id.pop(key) for key in keys if key in by_id]
            if members:
                planned.loads.append((rule, group, members))
    return planned


def _members(batch: Batch) -> list[Operation]:
    active = batch.members.filter(state=MemberState.ACTIVE)
    return [
        member.operation for member in active.select_related("operation__work_order")
    ]


def _is_in_force(floor: _Floor, planned: _Planned) -> bool:
    """Say whether the plan is what stands there: the same loads, told the same."""
    if planned.joining or len(planned.opened) < len(floor.opened):
        return False
    groups = [group for _rule, group, _members in planned.loads]
    groups += [group for _batch, inside in planned.opened for group in inside]
    present = loads.map_members(batches=floor.free)
    stands = {frozenset(present.get(one.id, ())): one.reasons for one in floor.free}
    wanted = {
        frozenset(operation.id for operation in members): _summary(rule, members, group)
        for rule, group, members in planned.loads
    }
    is_told = all(
        one.reasons | _news(new) == one.reasons for one, new in planned.opened
    )
    return stands == wanted and is_told and not any(group.freeze for group in groups)


def _put_in_force(floor: _Floor, planned: _Planned, now: datetime) -> int:
    """Let a plan take effect unless what it is made of has changed meanwhile."""
    with transaction.atomic():
        centre = WorkCentre.objects.select_for_update().get(id=floor.centre.id)
        _check_still_there(floor)
        changes = _Changes()
        for batch, operations in planned.joining:
            _join(batch, operations)
            changes.add("added", batch, operations)
        n_changed = _propose(floor, planned, changes, now)
        n_changed += _dissolve_empty(centre)
        n_changed += sum(
            _freeze_in_time(batch, groups, now) for batch, groups in planned.opened
        )
        if changes.told:
            _tell(centre, changes, now)
        if n_changed:
            changeovers.order_queue(work_centre=centre, now=now)
            boards.touch(work_centre_ids=[centre.id])
    return n_changed


def _tell(centre: WorkCentre, changes: _Changes, now: datetime) -> None:
    """Keep for the planner's page what this plan has changed; for a day is enough."""
    told = {
        "at_s": seconds(now),
        "n": {what: len(rows) for what, rows in changes.told.items()},
        "changed": {what: rows[:NAMED] for what, rows in changes.told.items()},
    }
    key = BATCH_PLAN.format(centre_id=centre.id)
    transaction.on_commit(lambda: cache.set(key, told, TOLD_S))


def _check_still_there(floor: _Floor) -> None:
    """Newcomers do not matter; a batch or an operation that moved on does."""
    ids = [operation.id for operation in floor.waiting]
    list(Operation.objects.select_for_update().filter(id__in=ids).order_by("id"))
    found = _read(floor.centre.id)
    marks = found.marks()
    if not found.places().issuperset(floor.places()):
        raise _Overtaken
    if any(marks.get(key) != mark for key, mark in floor.marks().items()):
        raise _Overtaken


def _judge(
    centre: WorkCentre, rule: LoadRule, operations: Sequence[Operation], now: datetime
) -> Sequence[PlannedGroup]:
    """Let the method say what shares a load, and whether it is time to freeze it."""
    oldest = min(o.ready_at or now for o in operations)
    place = Resource(
        centre.code,
        capacity=rule.capacity,
        minimum=rule.minimum,
        max_wait_s=rule.max_wait_s,
        cutoff_s=rule.cutoff_s(oldest=oldest, zone=centre.site.zone),
    )
    plan = get_method(METHOD).plan(
        [loads.demand_of(operation) for operation in operations],
        shop=Shop(resources=(place,), run_s={o.batch_key: o.run_s for o in operations}),
        now_s=seconds(now),
        budget=NO_SEARCH,
    )
    return plan.groups


def _propose(floor: _Floor, planned: _Planned, changes: _Changes, now: datetime) -> int:
    free = list(floor.free)
    present = loads.map_members(batches=free)
    grouped = {key for ids in present.values() for key in ids}
    n_changed = 0
    for rule, group, members in planned.loads:
        batch = _nearest(free, present, members)
        if batch is None:
            proposed = BatchState.PROPOSED
            batch = new_batch(floor.centre, rule, members, state=proposed, now=now)
        else:
            free.remove(batch)
        inside = present.get(batch.id, set())
        n_changed += _fill(batch, members, inside, rule, group)
        came = [each for each in members if each.id not in inside]
        changes.add("moved", batch, [each for each in came if each.id in grouped])
        changes.add("added", batch, [each for each in came if each.id not in grouped])
        if group.freeze:
            freeze(batch=batch, because=group.because.code, now=now)
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
    proposal: PlannedGroup,
) -> int:
    """Give the batch exactly these members; 0 where it had them already."""
    wanted = {operation.id: operation for operation in members}
    summary = _summary(rule, members, proposal)
    if present == set(wanted) and batch.reasons == summary:
        return 0
    if present != set(wanted):
        why = {
            int(m.key): reasons.keep(m.reason, but="family") for m in proposal.members
        }
        release_members(batch=batch, operation_ids=present - set(wanted))
        add_members(
            batch=batch,
            operations=[wanted[key] for key in sorted(set(wanted) - present)],
            reasons=why,
        )
    batch.reasons = summary
    weigh(batch=batch)
    return 1


def _summary(
    rule: LoadRule, members: Sequence[Operation], proposal: PlannedGroup
) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "why": reasons.keep(proposal.because),
        "freeze_at_s": proposal.freeze_at_s,
        "near_misses": [
            {"operation": miss.key, "reason": reasons.keep(miss.reason)}
            for miss in proposal.near_misses
        ],
    }
    short = rule.minimum - sum(loads.load_milli(o) for o in members) // 1000
    if proposal.freeze and short > 0:
        summary["filled_up"] = short
    return summary


def _fill_open(
    opened: Sequence[Batch], waiting: Sequence[Operation]
) -> tuple[list[tuple[Batch, list[Operation]]], list[Operation]]:
    """Fill up open batches with what fits; give what is left over."""
    left = list(waiting)
    leavers = loads.map_leavers(batches=opened) if left else {}
    filled: list[tuple[Batch, list[Operation]]] = []
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
            filled.append((batch, joining))
            left = [operation for operation in left if operation not in joining]
    return filled, left


def _join(batch: Batch, operations: Sequence[Operation]) -> None:
    why = reasons.keep_note("TOPPED_UP")
    add_members(
        batch=batch, operations=operations, reasons={o.id: why for o in operations}
    )
    weigh(batch=batch)


def _freeze_in_time(batch: Batch, groups: Sequence[PlannedGroup], now: datetime) -> int:
    """Freeze an open batch whose time has come; tell what it waits for till then."""
    told = batch.reasons | _news(groups)
    if told != batch.reasons:
        batch.reasons = told
        Batch.objects.filter(id=batch.id).update(reasons=told)
    due = [group for group in groups if group.freeze]
    if batch.reasons.get("kept_open"):
        return 0  # somebody has unfrozen it: it stays so until it is frozen by hand
    if due:
        freeze(batch=batch, because=due[0].because.code, now=now)
    return len(due[:1])


def _news(groups: Sequence[PlannedGroup]) -> dict[str, Any]:
    if not groups:
        return {}
    first = next((group for group in groups if group.freeze), groups[0])
    freeze_at_s = min(group.freeze_at_s for group in groups)
    return {"why": reasons.keep(first.because), "freeze_at_s": freeze_at_s}


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
