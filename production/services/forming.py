"""What loads a work centre's waiting work makes: worked out, and nothing written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from production.engine.budget import NO_SEARCH
from production.engine.calendar import Calendar
from production.engine.demand import Demand, Key, Resource
from production.engine.methods import get_method
from production.engine.near_misses import N_NEAR_MISSES, near_misses_of
from production.engine.plan import PlannedGroup, Shop
from production.engine.reasons import Reason
from production.models import Batch, Operation, WorkCentre
from production.selectors import loads, reasons
from production.selectors.batch_answers import CHANGING
from production.selectors.calendars import closed_until
from production.selectors.coming import map_coming
from production.selectors.loads import LoadRule, seconds
from production.selectors.outages import known_back
from production.states import BatchState, MemberState

METHOD = "BATCH"


@dataclass(frozen=True, slots=True)
class Floor:
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
class Planned:
    """Who joins which open batch, when each of those freezes, and new loads."""

    joining: list[tuple[Batch, list[Operation]]]
    opened: list[tuple[Batch, Sequence[PlannedGroup]]]
    loads: list[tuple[LoadRule, PlannedGroup, list[Operation]]]


def read_floor(*, work_centre_id: int) -> Floor:
    """Read what a plan of one work centre is made of."""
    centre = WorkCentre.objects.select_related("site").get(id=work_centre_id)
    changing = Batch.objects.filter(work_centre=centre, state__in=CHANGING)
    batches = list(changing.order_by("id"))
    waiting = [
        *loads.list_groupable(work_centre=centre),
        *loads.list_proposed_members(work_centre=centre),
    ]
    return Floor(
        centre,
        opened=[batch for batch in batches if batch.state == BatchState.OPEN],
        free=[batch for batch in batches if batch.state == BatchState.PROPOSED],
        waiting=waiting,
    )


def plan_floor(*, floor: Floor, hours: Calendar, now: datetime) -> Planned:
    """Say who joins which open batch, and what loads the others make."""
    leavers = loads.map_leavers(batches=floor.opened) if floor.waiting else {}
    joining, left = _fill_open(floor.opened, floor.waiting, leavers)
    planned = Planned(joining=joining, opened=[], loads=[])
    came = {batch.id: operations for batch, operations in joining}
    rules = loads.group_by_rule(operations=left)
    coming = map_coming(work_centre=floor.centre, now=now)
    for batch in floor.opened:
        inside = [*_members(batch), *came.get(batch.id, ())]
        if inside:
            rule = LoadRule.read(inside[0].batch_rule)
            gone = leavers.get(batch.id, ())
            beside = [each for each in rules.get(rule, ()) if each.id not in gone]
            others = [
                *map(loads.demand_of, beside),
                *coming.get((rule, batch.batch_key), []),
            ]
            groups = [
                _with_missed(replace(each, near_misses=()), rule, inside, others, now)
                for each in _judge(floor.centre, rule, inside, hours, now)
            ]
            planned.opened.append((batch, groups))
    for rule, operations in rules.items():
        by_id = {operation.id: operation for operation in operations}
        for group in _judge(floor.centre, rule, operations, hours, now):
            # More than a load holds is still one lot here: it stays in one batch.
            keys = dict.fromkeys(int(member.key) for member in group.members)
            members = [by_id.pop(key) for key in keys if key in by_id]
            if members:
                others = coming.get((rule, group.family), [])
                told = _with_missed(group, rule, members, others, now)
                planned.loads.append((rule, told, members))
    return planned


def _members(batch: Batch) -> list[Operation]:
    active = batch.members.filter(state=MemberState.ACTIVE)
    return [
        member.operation for member in active.select_related("operation__work_order")
    ]


def _fill_open(
    opened: Sequence[Batch],
    waiting: Sequence[Operation],
    leavers: Mapping[int, Collection[int]],
) -> tuple[list[tuple[Batch, list[Operation]]], list[Operation]]:
    """Fill up open batches with what fits; give what is left over."""
    left = list(waiting)
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


def _with_missed(
    group: PlannedGroup,
    rule: LoadRule,
    inside: Sequence[Operation],
    others: Sequence[Demand],
    now: datetime,
) -> PlannedGroup:
    """Say who else is nearly in a load when it closes, and why outside it."""
    missed = near_misses_of(
        [loads.demand_of(each) for each in inside],
        others=others,
        capacity=rule.capacity,
        now_s=seconds(now),
        freeze_at_s=group.freeze_at_s,
    )
    told = (*missed, *group.near_misses)[:N_NEAR_MISSES]
    return replace(group, near_misses=told)


def _judge(
    centre: WorkCentre,
    rule: LoadRule,
    operations: Sequence[Operation],
    hours: Calendar,
    now: datetime,
) -> Sequence[PlannedGroup]:
    """Let the method say what shares a load, and whether it is time to freeze it."""
    opens_at = closed_until(calendar=hours, now=now)
    place = Resource(
        centre.code,
        capacity=rule.capacity,
        minimum=rule.minimum,
        max_wait_s=rule.max_wait_s,
        cutoff=rule.clock(zone=centre.site.zone),
        opens_s=seconds(opens_at) if opens_at else 0,
    )
    plan = get_method(METHOD).plan(
        [loads.demand_of(each, hours=hours) for each in operations],
        shop=Shop(resources=(place,), run_s={o.batch_key: o.run_s for o in operations}),
        now_s=seconds(now),
        budget=NO_SEARCH,
    )
    urgent = {each.id for each in operations if loads.is_urgent(each)}
    groups = [_hurried(group, urgent) for group in plan.groups]
    if centre.is_up:
        return groups
    back_at = known_back(back_at=centre.back_at, now=now)
    return [_kept_open(group, until_s=seconds(back_at)) for group in groups]


def _kept_open(group: PlannedGroup, *, until_s: int) -> PlannedGroup:
    """Let more come as long as the machine is down: nothing is gained by closing."""
    at_s = max(group.freeze_at_s, until_s)
    return replace(group, freeze=False, because=Reason("DOWN"), freeze_at_s=at_s)


def _hurried(group: PlannedGroup, urgent: Collection[Key]) -> PlannedGroup:
    """Tell what may not wait from what its due date leaves no more time."""
    is_urgent = any(member.key in urgent for member in group.members)
    if is_urgent and group.because.code == "DUE_DATE":
        return replace(group, because=Reason("URGENT"))
    return group


def is_in_force(*, floor: Floor, planned: Planned) -> bool:
    """Say whether the plan is what stands there: the same loads, told the same."""
    if planned.joining or len(planned.opened) < len(floor.opened):
        return False
    groups = [group for _rule, group, _members in planned.loads]
    groups += [group for _batch, inside in planned.opened for group in inside]
    present = loads.map_members(batches=floor.free)
    stands = {frozenset(present.get(one.id, ())): one.reasons for one in floor.free}
    wanted = {
        frozenset(operation.id for operation in members): tell(rule, members, group)
        for rule, group, members in planned.loads
    }
    is_told = all(one.reasons | news(new) == one.reasons for one, new in planned.opened)
    return stands == wanted and is_told and not any(group.freeze for group in groups)


def tell(
    rule: LoadRule, members: Sequence[Operation], proposal: PlannedGroup
) -> dict[str, Any]:
    """Give what a proposal keeps about itself, for the pages and the next plan."""
    told = news([proposal])
    short = rule.minimum - sum(loads.load_milli(o) for o in members) // 1000
    if proposal.freeze and short > 0:
        told["filled_up"] = short
    return told


def news(groups: Sequence[PlannedGroup]) -> dict[str, Any]:
    """Give what a batch waits for, when time alone freezes it, and who is nearly in."""
    if not groups:
        return {}
    first = next((group for group in groups if group.freeze), groups[0])
    return {
        "why": reasons.keep(first.because),
        "freeze_at_s": min(group.freeze_at_s for group in groups),
        "near_misses": [
            {"operation": miss.key, "reason": reasons.keep(miss.reason)}
            for miss in first.near_misses
        ],
    }
