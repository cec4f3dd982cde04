"""Form batches from what waits, and freeze them in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from django.core.cache import cache
from django.db import transaction

from configurator.services.moves import move
from production.engine.calendar import Calendar
from production.engine.plan import PlannedGroup
from production.models import Batch, Operation, WorkCentre
from production.selectors import calendars, loads, planning, reasons
from production.selectors.batch_answers import CHANGING
from production.selectors.loads import LoadRule, seconds
from production.selectors.planner import BATCH_PLAN, NAMED
from production.services import boards, changeovers
from production.services.forming import (
    Floor,
    Planned,
    is_in_force,
    news,
    plan_floor,
    read_floor,
    tell,
)
from production.services.members import (
    add_members,
    new_batch,
    release_members,
    weigh,
)
from production.states import BATCH_MOVES, BatchState, MemberState

MAX_TRIES = 3
TOLD_S = 24 * 3600

log = structlog.get_logger(__name__)


def plan_all(*, now: datetime) -> int:
    """Plan every work centre at which something has changed or has waited enough."""
    n_changed = 0
    hours: Mapping[int, Calendar] = {}
    for centre_id, marks in planning.map_marks().items():
        if planning.is_planned(centre_id=centre_id, marks=marks, now=now):
            continue
        hours = hours or calendars.map_by_id()
        n_here = plan_work_centre(work_centre_id=centre_id, now=now, hours=hours)
        known = None if n_here else marks
        planning.note_planned(centre_id=centre_id, marks=known, now=now)
        n_changed += n_here
    return n_changed


def plan_work_centre(
    *, work_centre_id: int, now: datetime, hours: Mapping[int, Calendar] | None = None
) -> int:
    """Re-form the proposals of one work centre; give how many batches changed.

    Open batches (they came from the step before) keep their members and are only
    filled up; proposals are grouped anew; frozen ones are never touched. The plan is
    computed outside any lock, and takes one only where it changes something: what has
    come meanwhile waits for the next one, and a plan for work that has gone is dropped
    and made anew. ``hours`` are the calendars where they have been read already.
    """
    hours = hours or calendars.map_by_id()
    for _attempt in range(MAX_TRIES):
        floor = read_floor(work_centre_id=work_centre_id)
        calendar = hours[floor.centre.calendar_id]
        planned = plan_floor(floor=floor, hours=calendar, now=now)
        if is_in_force(floor=floor, planned=planned):
            return 0
        try:
            return _put_in_force(floor, planned, now)
        except _Overtaken:
            continue
    log.info("batch_plan_dropped", work_centre=work_centre_id)
    return 0


class _Overtaken(Exception):  # noqa: N818 -- control flow, never shown
    """The floor has moved on since the plan looked at it."""


class _Changes:
    """Which operations a plan has added, moved to another batch, or held, and why."""

    def __init__(self) -> None:
        self.told: dict[str, list[tuple[int, str]]] = {}

    def add(self, what: str, batch: Batch, operations: Iterable[Operation]) -> None:
        rows = [(operation.id, batch.number) for operation in operations]
        if rows:
            self.told.setdefault(what, []).extend(rows)


def _put_in_force(floor: Floor, planned: Planned, now: datetime) -> int:
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


def _check_still_there(floor: Floor) -> None:
    """Newcomers do not matter; a batch or an operation that moved on does."""
    ids = [operation.id for operation in floor.waiting]
    list(Operation.objects.select_for_update().filter(id__in=ids).order_by("id"))
    found = read_floor(work_centre_id=floor.centre.id)
    marks = found.marks()
    if not found.places().issuperset(floor.places()):
        raise _Overtaken
    if any(marks.get(key) != mark for key, mark in floor.marks().items()):
        raise _Overtaken


def _propose(floor: Floor, planned: Planned, changes: _Changes, now: datetime) -> int:
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
    summary = tell(rule, members, proposal)
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


def _join(batch: Batch, operations: Sequence[Operation]) -> None:
    why = reasons.keep_note("TOPPED_UP")
    add_members(
        batch=batch, operations=operations, reasons={o.id: why for o in operations}
    )
    weigh(batch=batch)


def _freeze_in_time(batch: Batch, groups: Sequence[PlannedGroup], now: datetime) -> int:
    """Freeze an open batch whose time has come; tell what it waits for till then."""
    told = batch.reasons | news(groups)
    if told != batch.reasons:
        batch.reasons = told
        Batch.objects.filter(id=batch.id).update(reasons=told)
    due = [group for group in groups if group.freeze]
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
