"""Read a flexible line's queue: the plan in force and the slots it orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from production.engine.demand import ColourRule, LineRule, Unit
from production.models import Line, LinePlan, LineSlot, WorkOrder
from production.selectors.loads import seconds
from production.selectors.needs import list_held
from production.states import SlotState, WorkOrderState

ON_THE_LINE = (SlotState.LAUNCHED, SlotState.AT_STATION)
ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)
# A unit keeps the value of its line's colour attribute under this one name.
COLOUR = "colour"
# Finished units whose windows and colour runs still reach into the queue.
HISTORY = 60
# The rank of units that come too late, where nothing else is asked for.
DUE_LEVEL = 0


@dataclass(frozen=True, slots=True)
class LineQueue:
    """What stands on the line, in launch order, and what waits, in working order.

    ``returning`` is what waits for a gap to come in again in the middle of the line.
    """

    line: Line
    version: int
    on_line: Sequence[LineSlot]
    waiting: Sequence[LineSlot]
    returning: Sequence[LineSlot] = ()


def get_queue(*, line: Line, limit: int | None = None) -> LineQueue:
    """Give the queue in force; three queries whatever its length."""
    plan = LinePlan.objects.filter(line=line, version=line.plan_version).first()
    rank = {key: place for place, key in enumerate(plan.sequence if plan else [])}
    slots = LineSlot.objects.filter(line=line).select_related("work_order")
    on_line = sorted(
        slots.filter(state__in=ON_THE_LINE),
        key=lambda slot: (-(slot.station or 0), slot.launched_at, slot.id),
    )
    waiting = sorted(
        slots.filter(state=SlotState.SEQUENCED),
        key=lambda slot: (rank.get(slot.id, len(rank)), slot.id),
    )
    fresh = [slot for slot in waiting if slot.station is None]
    returning = [slot for slot in waiting if slot.station is not None]
    return LineQueue(line, line.plan_version, on_line, fresh[:limit], returning)


def list_planned(*, line: Line, limit: int) -> list[WorkOrder]:
    """Give units that their customers may still change, the next to come first."""
    planned = WorkOrder.objects.filter(line=line, state=WorkOrderState.PLANNED)
    return list(
        planned.select_related("configuration").order_by("release_at", "id")[:limit]
    )


def has_work(*, line: Line) -> bool:
    """Say whether anything stands on the line or waits for it."""
    return LineSlot.objects.filter(
        line=line, state__in=(*ON_THE_LINE, SlotState.SEQUENCED)
    ).exists()


def list_with_work(*, lines: QuerySet[Line]) -> QuerySet[Line]:
    """Narrow lines down to those on which something stands or for which it waits."""
    there = LineSlot.objects.filter(
        line=OuterRef("pk"), state__in=(*ON_THE_LINE, SlotState.SEQUENCED)
    )
    return lines.filter(Exists(there))


def list_head(*, line: Line, n_units: int) -> list[LineSlot]:
    """Give the units that may be launched next: not blocked, not on hold."""
    if n_units <= 0:
        return []
    fresh = _list_free(line).filter(station__isnull=True)
    waiting = set(fresh.values_list("id", flat=True))
    plan = LinePlan.objects.filter(line=line, version=line.plan_version).first()
    planned = [key for key in (plan.sequence if plan else []) if key in waiting]
    newcomers = sorted(waiting - set(planned))
    head = [*planned, *newcomers][:n_units]
    found = LineSlot.objects.in_bulk(head)
    return [found[key] for key in head]


def list_returning(*, line: Line) -> list[LineSlot]:
    """Give the units that may come in again as soon as a gap reaches their station."""
    back = _list_free(line).filter(station__isnull=False)
    return list(back.order_by("launched_at", "id"))


def _list_free(line: Line) -> QuerySet[LineSlot]:
    """Narrow what waits down to what is neither blocked nor on hold."""
    return LineSlot.objects.filter(
        line=line,
        state=SlotState.SEQUENCED,
        blocked_reason="",
        work_order__state__in=ON_FLOOR,
    ).exclude(work_order_id__in=list_held())


def line_rules(*, line: Line) -> list[LineRule]:
    """Read the line's ratio rules; a unit carries a rule's code where it counts."""
    return [
        LineRule(
            code=rule.code,
            when={rule.code: frozenset({1})},
            at_most=rule.p,
            window=rule.q,
            level=rule.priority,
        )
        for rule in line.sequence_rules.all()
    ]


def colour_rule(*, line: Line) -> ColourRule | None:
    """Read the line's limit on runs of one colour."""
    if not line.colour_attribute:
        return None
    return ColourRule(attribute=COLOUR, max_run=line.colour_max_run)


def name_ranks(*, line: Line) -> list[str]:
    """Name what each figure of a plan's objective counts, the most important first."""
    names = {-1: {_("runs too long")}, DUE_LEVEL: {_("late")}}
    for rule in line_rules(line=line):
        names.setdefault(rule.level, set()).add(_("over ratio"))
    colour = colour_rule(line=line)
    if colour is not None:
        names.setdefault(colour.level, set()).add(_("colour changes"))
    return [" + ".join(sorted(names[level])) for level in sorted(names)]


def unit_of(slot: LineSlot, *, due_slots: Mapping[int, int] | None = None) -> Unit:
    """Turn a slot into a unit for the sequencing engine."""
    return Unit(
        key=slot.id,
        attributes=slot.work_order.line_attributes,
        due_slot=(due_slots or {}).get(slot.id),
        arrived_s=seconds(slot.created_at),
    )


def history(*, line: Line) -> list[LineSlot]:
    """Give the latest launched units, oldest first: they are never moved."""
    launched = (
        LineSlot.objects.filter(line=line, launched_at__isnull=False)
        .exclude(state=SlotState.REMOVED)
        .select_related("work_order")
        .order_by("-launched_at", "-id")[:HISTORY]
    )
    return list(launched)[::-1]
