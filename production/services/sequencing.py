"""Put a flexible line's queue in order; versioned, swapped by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from production.engine.budget import Budget
from production.engine.demand import Key, Unit
from production.engine.reasons import Reason
from production.engine.sequence_search import is_warm, warm
from production.engine.sequencing import SequencePlan, first_come, sequence_line
from production.models import Line, LineKind, LinePlan, LineSlot, WorkOrder
from production.selectors import line_queue
from production.selectors.loads import NORMAL_PRIORITY
from production.services import boards
from production.services.members import words
from production.states import OperationState, SlotState, WorkOrderState

MAX_TRIES = 3
KEPT_PLANS = 20
# A longer queue keeps its order, and newcomers are sequenced behind it.
RESEQUENCE_UP_TO = 1_500
UNCOMPILED_UP_TO = 400
NEWCOMERS_AT_ONCE = 2_000
# A queue that is planned again is to be in force within a tenth of a second.
FIRST_SEARCH = Budget(moves=1_000_000, cpu_ms=400)
NEXT_SEARCH = Budget(moves=300_000, cpu_ms=50)
# The units to be launched next move only for a rule of the highest level.
N_FIRM = 10


_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)


class _Overtaken(Exception):  # noqa: N818 -- control flow, never shown
    """Another planner swapped in its version first."""


def warm_up() -> None:
    """Load the compiled search for this process; until then queues are only filled."""
    warm()


def sequence_all(*, now: datetime) -> int:
    """Sequence every flexible line that has units without a place."""
    newcomers = Line.objects.filter(
        kind=LineKind.FLEXIBLE,
        workorder__state__in=_ON_FLOOR,
        workorder__slot__isnull=True,
        workorder__operations__state=OperationState.ON_LINE,
    )
    # A slot without a reason is in no plan yet: a planner was cut off in between.
    unplanned = Line.objects.filter(
        slots__state=SlotState.SEQUENCED,
        slots__why="",
        slots__blocked_reason="",
        slots__work_order__state__in=_ON_FLOOR,
    )
    line_ids = {*newcomers.values_list("id", flat=True)} | {
        *unplanned.values_list("id", flat=True)
    }
    return sum(
        sequence(line_id=line_id, now=now, cause="arrivals")
        for line_id in sorted(line_ids)
    )


def sequence(*, line_id: int, now: datetime, cause: str) -> int:
    """Give newcomers a place and re-plan what is not launched; tell how many came.

    The plan is computed outside any lock. It takes effect only if the version it
    was computed from is still in force; else it is computed anew.
    """
    for _attempt in range(MAX_TRIES):
        line = Line.objects.get(id=line_id)
        n_new = _add_slots(line, now)
        queue = line_queue.get_queue(line=line)
        planned = _plan(line, queue.waiting, now)
        try:
            _swap_in(line, planned, now=now, cause=cause)
        except _Overtaken:
            continue
        return n_new
    return 0


def _add_slots(line: Line, now: datetime) -> int:
    """Give newcomers a slot; their rows are locked, so no cancelled one gets any."""
    newcomers = WorkOrder.objects.filter(
        line=line, state__in=_ON_FLOOR, slot__isnull=True
    ).order_by("id")
    ids = list(newcomers.values_list("id", flat=True)[:NEWCOMERS_AT_ONCE])
    if not ids:
        return 0
    with transaction.atomic():
        locked = WorkOrder.objects.select_for_update().filter(
            id__in=ids, state__in=_ON_FLOOR
        )
        slots = [
            LineSlot(line=line, work_order_id=key, created_at=now)
            for key in locked.order_by("id").values_list("id", flat=True)
        ]
        LineSlot.objects.bulk_create(slots, ignore_conflicts=True, batch_size=500)
    return len(slots)


@dataclass(frozen=True, slots=True)
class _Planned:
    """The ids of the slots in order, why, and what first come, first served costs."""

    order: list[int]
    plan: SequencePlan
    first_come: SequencePlan


def _plan(line: Line, waiting: Sequence[LineSlot], now: datetime) -> _Planned:
    """Plan what waits and may be launched; what is blocked stands behind it all."""
    previous = LinePlan.objects.filter(line=line, version=line.plan_version).first()
    known = set(previous.sequence if previous else [])
    limit = RESEQUENCE_UP_TO
    if not is_warm():
        limit = min(limit, UNCOMPILED_UP_TO)
    blocked = [slot.id for slot in waiting if slot.blocked_reason]
    waiting = [slot for slot in waiting if not slot.blocked_reason]
    kept: list[LineSlot] = []
    if len(waiting) > limit:
        kept = [slot for slot in waiting if slot.id in known]
    stays = {slot.id for slot in kept}
    moving = [slot for slot in waiting if slot.id not in stays]
    due_slots = _due_slots(line, moving, len(kept), now)
    units = [line_queue.unit_of(slot, due_slots=due_slots) for slot in moving]
    frozen = [*line_queue.history(line=line), *kept][-line_queue.HISTORY :]
    history = [line_queue.unit_of(slot) for slot in frozen]
    old = [slot.id for slot in moving if slot.id in known]
    plan, plain = _sequence_units(line, units, history, old)
    order = [int(key) for key in plan.order]
    if kept:
        # What replaces scrap does not wait behind a queue of thousands.
        urgent = {s.id for s in moving if s.work_order.priority < NORMAL_PRIORITY}
        order = [
            *(key for key in order if key in urgent),
            *(slot.id for slot in kept),
            *(key for key in order if key not in urgent),
        ]
    return _Planned([*order, *blocked], plan, plain)


def _sequence_units(
    line: Line, units: Sequence[Unit], history: Sequence[Unit], old: Sequence[Key]
) -> tuple[SequencePlan, SequencePlan]:
    """Sequence units, keeping the order of the old ones as far as it pays."""
    rules = line_queue.line_rules(line=line)
    colour = line_queue.colour_rule(line=line)
    budget = NEXT_SEARCH if old else FIRST_SEARCH
    plan = sequence_line(
        units,
        rules=rules,
        colour=colour,
        history=history,
        previous=old if is_warm() else (),
        n_firm=N_FIRM,
        budget=budget if is_warm() else None,
    )
    return plan, first_come(units, rules=rules, colour=colour, history=history)


def _due_slots(
    line: Line, slots: Sequence[LineSlot], n_before: int, now: datetime
) -> dict[int, int]:
    """Positions by which units must be launched, one unit every takt.

    What replaces scrap goes first; nothing that is late is due before it.
    """
    urgent = [s.id for s in slots if s.work_order.priority < NORMAL_PRIORITY]
    due = dict.fromkeys(urgent, len(urgent) - 1)
    for slot in slots:
        if slot.work_order.due_at is not None and slot.id not in due:
            left_s = (slot.work_order.due_at - now).total_seconds()
            n_left = int(left_s * 1000 // line.takt_ms) - n_before
            due[slot.id] = max(len(urgent), n_left)
    return due


def _swap_in(line: Line, planned: _Planned, *, now: datetime, cause: str) -> None:
    with transaction.atomic():
        n_swapped = Line.objects.filter(
            id=line.id, plan_version=line.plan_version
        ).update(plan_version=line.plan_version + 1)
        if n_swapped == 0:
            raise _Overtaken
        LinePlan.objects.create(
            line=line,
            version=line.plan_version + 1,
            sequence=planned.order,
            objective={
                **_figures(planned.plan),
                "first_come": _figures(planned.first_come),
            },
            cause=cause[:80],
            created_at=now,
        )
        LinePlan.objects.filter(
            line=line, version__lte=line.plan_version - KEPT_PLANS
        ).delete()
        _write_reasons(planned.plan)
        boards.touch(work_centre_ids=[line.work_centre_id])


def _figures(plan: SequencePlan) -> dict[str, Any]:
    return {
        "violations": dict(plan.violations),
        "colour_changes": plan.colour_changes,
        "over_runs": plan.over_runs,
        "late": len(plan.late),
    }


def _write_reasons(plan: SequencePlan) -> None:
    """One update for each different reason, not one for each unit."""
    by_text: dict[str, list[int]] = {}
    for key, reason in zip(plan.order, plan.reasons, strict=True):
        if reason.values.get("colour") == "":
            reason = Reason("NEXT_IN_LINE")  # a unit without any colour
        by_text.setdefault(words(reason), []).append(int(key))
    for text, ids in by_text.items():
        for start in range(0, len(ids), 5_000):
            LineSlot.objects.filter(
                id__in=ids[start : start + 5_000], state=SlotState.SEQUENCED
            ).exclude(why=text).update(why=text)
