"""Put a line's queue and the version in force into the words of the engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from production.engine.demand import NEVER_S, Demand
from production.engine.plan import Plan, PlannedTask, Shop
from production.engine.reasons import Reason
from production.models import Line, LineSlot
from production.selectors.loads import NORMAL_PRIORITY, seconds
from production.selectors.outages import up_from

METHOD = "MASS_CUSTOMISATION"


def list_demands(
    *, slots: Sequence[LineSlot], due_slots: Mapping[int, int], shop: Shop, now_s: int
) -> list[Demand]:
    """Give each unit that may move as a demand for one piece."""
    return [_demand(slot, due_slots, shop, now_s) for slot in slots]


def _demand(
    slot: LineSlot, due_slots: Mapping[int, int], shop: Shop, now_s: int
) -> Demand:
    due_s = NEVER_S
    if slot.id in due_slots:
        due_s = now_s + (due_slots[slot.id] + 1) * shop.takt_s
    return Demand(
        key=slot.id,
        family="",
        quantity=1,
        arrived_s=seconds(slot.created_at),
        due_s=due_s,
        attributes=slot.work_order.line_attributes,
    )


def plan_before(
    sequence: Sequence[int], *, shop: Shop, now_s: int, is_rough: bool
) -> Plan:
    """Put the version in force into the engine's words; nothing of it has begun."""
    tasks = [
        PlannedTask(
            demand=key,
            step="",
            quantity=1,
            start_s=now_s + 1 + rank,
            end_s=now_s + 1 + rank + shop.takt_s,
            reason=Reason("NEXT_IN_LINE"),
            slot=rank,
        )
        for rank, key in enumerate(sequence)
    ]
    return Plan(METHOD, tuple(tasks), is_rough=is_rough)


def map_due_slots(
    *, line: Line, slots: Sequence[LineSlot], n_before: int, now: datetime
) -> dict[int, int]:
    """Give positions by which units must be launched, one unit every takt.

    What replaces scrap goes first; nothing that is late is due before it. A line that
    is down launches nothing until it is back.
    """
    centre = line.work_centre
    begins_at = up_from(is_up=centre.is_up, back_at=centre.back_at, now=now)
    urgent = [s.id for s in slots if s.work_order.priority < NORMAL_PRIORITY]
    due = dict.fromkeys(urgent, len(urgent) - 1)
    for slot in slots:
        if slot.work_order.due_at is not None and slot.id not in due:
            left_s = (slot.work_order.due_at - begins_at).total_seconds()
            n_left = int(left_s * 1000 // line.takt_ms) - n_before
            due[slot.id] = max(len(urgent), n_left)
    return due
