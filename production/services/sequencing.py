"""Put a flexible line's queue in order; versioned, swapped by compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from production.engine.budget import Budget, OnProgress, ShouldStop
from production.engine.demand import Demand, Unit
from production.engine.methods import get_method
from production.engine.plan import Plan, Shop
from production.engine.reasons import Reason
from production.engine.sequence_kept import common_order
from production.engine.sequence_search import is_warm, warm
from production.engine.sequencing import SequencePlan, count_in_order, first_come
from production.models import Line, LineKind, LinePlan, LineSlot, WorkOrder
from production.selectors import line_queue, reasons
from production.selectors.line_demands import (
    METHOD,
    list_demands,
    map_due_slots,
    plan_before,
)
from production.selectors.loads import NORMAL_PRIORITY, seconds
from production.services import boards
from production.states import OperationState, SlotState, WorkOrderState

MAX_TRIES = 3
KEPT_PLANS = 20
# A longer queue keeps its order, and newcomers are sequenced behind it.
RESEQUENCE_UP_TO = 1_500
UNCOMPILED_UP_TO = 400
NEWCOMERS_AT_ONCE = 2_000
# A queue that is planned again is to be in force within a tenth of a second.
FIRST_SEARCH = Budget(moves=1_000_000, cpu_ms=400)
NEXT_SEARCH = Budget(moves=300_000, cpu_ms=40)
# So many units that a plan has moved or added are named to the planner.
NAMED = 100
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
    # In a request the queue only closes up: its costs and a better order are still
    # to come.
    rough = LinePlan.objects.filter(
        version=F("line__plan_version"), objective__rough=True
    )
    line_ids = {
        *newcomers.values_list("id", flat=True),
        *unplanned.values_list("id", flat=True),
        *rough.values_list("line_id", flat=True),
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


def close_up(*, line_id: int, now: datetime, cause: str) -> None:
    """Let the queue close up in its order at once, while somebody waits for it.

    A better order, its reasons and what it costs come with the next planned turn.
    """
    for _attempt in range(MAX_TRIES):
        line = Line.objects.get(id=line_id)
        try:
            _swap_in(line, _closed_up(line), now=now, cause=cause)
        except _Overtaken:
            continue
        return


def search(
    *,
    line_id: int,
    now: datetime,
    budget: Budget,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> str:
    """Look for a better order of a whole queue for as long as a planner allows.

    Found while the floor moved on, it is merged: what still waits keeps the order
    found, what has come since gets its place in it. Gives ``BETTER``, ``MERGED``,
    ``KEPT`` where nothing better was found, or ``DROPPED``.
    """
    line = Line.objects.get(id=line_id)
    desk = _desk(line, line_queue.get_queue(line=line).waiting, now)
    plan = desk.ask(budget=budget, on_progress=on_progress, should_stop=should_stop)
    if plan.objective >= desk.ask(desk.before).objective:
        return "KEPT"
    for outcome in ("BETTER", "MERGED"):
        try:
            _swap_in(line, desk.planned(plan), now=now, cause="searched by a planner")
        except _Overtaken:
            line = Line.objects.get(id=line_id)
            desk = _desk(line, line_queue.get_queue(line=line).waiting, now)
            order = [int(task.demand) for task in plan.tasks]
            found = plan_before(order, shop=desk.shop, now_s=desk.now_s, is_rough=True)
            plan = desk.ask(found, budget=NEXT_SEARCH)
            continue
        return outcome
    return "DROPPED"


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
    """The ids of the slots in order, and why: a queue that closed up has no plan."""

    order: list[int]
    changes: dict[str, list[int]]
    figures: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a planner has before him: units that may move, others, the plan before.

    ``units`` are all that may be launched, moving or kept, behind those of ``past``.
    """

    shop: Shop
    now_s: int
    demands: list[Demand]
    before: Plan
    kept: list[int]
    urgent: set[int]
    blocked: list[int]
    units: Mapping[int, Unit]
    past: tuple[Unit, ...]

    def ask(self, previous: Plan | None = None, **how: Any) -> Plan:
        return get_method(METHOD).plan(
            self.demands, shop=self.shop, now_s=self.now_s, previous=previous, **how
        )

    def planned(self, plan: Plan) -> _Planned:
        order = [int(task.demand) for task in plan.tasks]
        if self.kept:
            # What replaces scrap does not wait behind a queue of thousands.
            order = [
                *(key for key in order if key in self.urgent),
                *self.kept,
                *(key for key in order if key not in self.urgent),
            ]
        known = [int(task.demand) for task in self.before.tasks]
        stood = {*known, *self.kept}
        changes = {
            "moved": _moved(known, order)[:NAMED],
            "added": [key for key in order if key not in stood][:NAMED],
            "held": self.blocked[:NAMED],
        }
        asked: dict[str, Any] = {
            "rules": self.shop.line_rules,
            "colour": self.shop.colour,
            "history": self.past,
        }
        counted = count_in_order([self.units[key] for key in order], **asked)
        plain = first_come([*self.units.values()], **asked)
        figures = {**_figures(counted), "first_come": _figures(plain)}
        return _Planned([*order, *self.blocked], changes, figures, plan)


def _moved(before: Sequence[int], order: Sequence[int]) -> list[int]:
    """Give those that no longer stand as before among the others, as few as can be."""
    places = set(order)
    old = [key for key in before if key in places]
    known = set(old)
    new = [key for key in order if key in known]
    stay = {rank for rank, _place in common_order(old, new)}
    return [key for rank, key in enumerate(old) if rank not in stay]


def _plan(line: Line, waiting: Sequence[LineSlot], now: datetime) -> _Planned:
    """Plan what waits and may be launched; what is blocked stands behind it all."""
    desk = _desk(line, waiting, now)
    old = {int(task.demand) for task in desk.before.tasks}
    is_known = any(demand.key in old for demand in desk.demands)
    if not is_warm():
        return desk.planned(desk.ask())
    budget = NEXT_SEARCH if is_known else FIRST_SEARCH
    return desk.planned(desk.ask(desk.before, budget=budget))


def _closed_up(line: Line) -> _Planned:
    """Keep the order in force: what is urgent in front, all else behind what stood."""
    before = LinePlan.objects.filter(line=line, version=line.plan_version)
    known = dict.fromkeys(before.values_list("sequence", flat=True).first() or [])
    waiting = LineSlot.objects.filter(
        line=line, state=SlotState.SEQUENCED, station__isnull=True
    )
    free = waiting.filter(blocked_reason="").order_by("work_order__priority", "id")
    priorities = dict(free.values_list("id", "work_order__priority"))
    blocked = list(waiting.exclude(blocked_reason="").values_list("id", flat=True))
    added = [key for key in priorities if key not in known]
    n_urgent = sum(priorities[key] < NORMAL_PRIORITY for key in added)
    stay = [key for key in known if key in priorities]
    order = [*added[:n_urgent], *stay, *added[n_urgent:], *blocked]
    changes = {"moved": [], "added": added[:NAMED], "held": blocked[:NAMED]}
    return _Planned(order, changes)


def _desk(line: Line, waiting: Sequence[LineSlot], now: datetime) -> _Desk:
    previous = LinePlan.objects.filter(line=line, version=line.plan_version).first()
    sequence = previous.sequence if previous else []
    known = set(sequence)
    limit = RESEQUENCE_UP_TO
    if not is_warm():
        limit = min(limit, UNCOMPILED_UP_TO)
    blocked = [slot.id for slot in waiting if slot.blocked_reason]
    waiting = [slot for slot in waiting if not slot.blocked_reason]
    kept: list[LineSlot] = []
    if len(waiting) > limit:
        kept = [slot for slot in waiting if slot.id in known]
        sequence = []
    stays = {slot.id for slot in kept}
    moving = [slot for slot in waiting if slot.id not in stays]
    past = [line_queue.unit_of(slot) for slot in line_queue.history(line=line)]
    behind = [*past, *(line_queue.unit_of(slot) for slot in kept)]
    shop = Shop(
        line_rules=tuple(line_queue.line_rules(line=line)),
        colour=line_queue.colour_rule(line=line),
        history=tuple(behind[-line_queue.HISTORY :]),
        takt_s=max(1, line.takt_ms // 1000),
        n_firm=N_FIRM,
    )
    now_s = seconds(now)
    due = map_due_slots(line=line, slots=moving, n_before=len(kept), now=now)
    due_all = map_due_slots(line=line, slots=waiting, n_before=0, now=now)
    is_rough = bool(previous and previous.objective.get("rough"))
    return _Desk(
        shop=shop,
        now_s=now_s,
        demands=list_demands(slots=moving, due_slots=due, shop=shop, now_s=now_s),
        before=plan_before(sequence, shop=shop, now_s=now_s, is_rough=is_rough),
        kept=[slot.id for slot in kept],
        urgent={s.id for s in moving if s.work_order.priority < NORMAL_PRIORITY},
        blocked=blocked,
        units={s.id: line_queue.unit_of(s, due_slots=due_all) for s in waiting},
        past=tuple(past),
    )


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
                **planned.figures,
                "changes": planned.changes,
                "moves": planned.plan.moves if planned.plan else 0,
                "rough": planned.plan is None,
            },
            cause=cause[:80],
            created_at=now,
        )
        LinePlan.objects.filter(
            line=line, version__lte=line.plan_version - KEPT_PLANS
        ).delete()
        if planned.plan is not None:
            _write_reasons(planned.plan)
        boards.touch(work_centre_ids=[line.work_centre_id])


def _figures(counted: SequencePlan) -> dict[str, Any]:
    return {
        "violations": dict(counted.violations),
        "colour_changes": counted.colour_changes,
        "over_runs": counted.over_runs,
        "late": len(counted.late),
    }


def _write_reasons(plan: Plan) -> None:
    """One update for each different reason, not one for each unit."""
    by_text: dict[str, list[int]] = {}
    for task in plan.tasks:
        reason = task.reason
        if reason.values.get("colour") == "":
            reason = Reason("NEXT_IN_LINE")  # a unit without any colour
        by_text.setdefault(reasons.keep(reason), []).append(int(task.demand))
    for text, ids in by_text.items():
        for start in range(0, len(ids), 5_000):
            LineSlot.objects.filter(
                id__in=ids[start : start + 5_000], state=SlotState.SEQUENCED
            ).exclude(why=text).update(why=text)
