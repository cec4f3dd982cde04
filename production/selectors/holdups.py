"""What a promised line waits for now, or what it waited for until it was made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from configurator.selectors.times import written_time
from configurator.selectors.words import in_language
from production.models import MaterialLot, Operation, StockAllocation, WorkOrder
from production.selectors.board_details import list_held
from production.states import (
    LIVE_WORK_ORDER_STATES,
    AllocationState,
    LotState,
    OperationKind,
    OperationState,
    WorkOrderState,
)

MADE = (WorkOrderState.COMPLETED, WorkOrderState.CLOSED, WorkOrderState.SHORT_CLOSED)
# The first of these that a work order has a step in is what it stands at.
_RANKS = (
    OperationState.BLOCKED,
    OperationState.PAUSED,
    OperationState.RUNNING,
    OperationState.SETUP,
    OperationState.IN_BATCH,
    OperationState.READY,
    OperationState.ON_LINE,
    OperationState.WAITING,
)


@dataclass(slots=True)
class Holdup:
    """The work orders of a line that are still open, and what keeps it now.

    Nothing is said of a line whose goods are there.
    """

    numbers: list[str] = field(default_factory=list)
    words: str = ""
    made_at: datetime | None = None


def map_holdups(*, line_ids: Collection[int], now: datetime) -> dict[int, Holdup]:
    """Say of each line what holds it; five queries, however many there are."""
    found: dict[int, Holdup] = defaultdict(Holdup)
    live: dict[int, list[WorkOrder]] = defaultdict(list)
    rows = WorkOrder.objects.filter(
        order_line__in=line_ids, state__in=(*LIVE_WORK_ORDER_STATES, *MADE)
    ).select_related("slot")
    for order in rows.order_by(F("due_at").asc(nulls_last=True), "id"):
        line_id = order.order_line_id or 0
        if order.state in MADE:
            each = found[line_id]
            moments = [at for at in (each.made_at, order.completed_at) if at]
            each.made_at = max(moments, default=None)
        else:
            live[line_id].append(order)
            found[line_id].numbers.append(order.number)
    held, steps = list_held(work_order_ids=_ids(live)), _map_steps(live)
    for line_id, each in found.items():
        if each.numbers:
            each.words = _holding(live[line_id], held, steps, now)
        elif each.made_at:
            made = written_time(each.made_at, now=now)
            each.words = _("made %(at)s; it waits to leave the works") % {"at": made}
    for line_id, words in _map_goods(line_ids, now).items():
        found[line_id].words = words
    return dict(found)


def _map_goods(line_ids: Collection[int], now: datetime) -> dict[int, str]:
    """Say of each line that waits for goods which ones, and when their lot is free."""
    rows = StockAllocation.objects.filter(
        order_line__in=line_ids, state=AllocationState.BACKORDERED
    ).select_related("item")
    waiting = list(rows.order_by("id"))
    codes = {row.served_by for row in waiting if row.served_by}
    held = MaterialLot.objects.filter(code__in=codes, state=LotState.QUARANTINE)
    until = dict(held.values_list("code", "hold_until"))
    return {
        row.order_line_id: _goods_words(row, until.get(row.served_by), now)
        for row in waiting
    }


def _goods_words(row: StockAllocation, until: datetime | None, now: datetime) -> str:
    values = {"item": in_language(row.item.name), "lot": row.served_by, "at": ""}
    if until is not None:
        values["at"] = written_time(until, now=now)
        return _("%(item)s: lot %(lot)s is in quarantine until %(at)s") % values
    if row.served_by:
        return _("%(item)s: waits for lot %(lot)s") % values
    return _("%(item)s: waits for the next run") % values


def _map_steps(live: Mapping[int, Iterable[WorkOrder]]) -> dict[int, Operation]:
    """Give the step at which each work order stands."""
    steps: dict[int, Operation] = {}
    rows = (
        Operation.objects.filter(work_order__in=_ids(live), state__in=_RANKS)
        .select_related("work_centre")
        .only(
            *("work_order_id", "sequence", "code", "name", "kind", "state"),
            *("blocked_reason", "started_at"),
            *("work_centre__code", "work_centre__is_up"),
        )
        .order_by("work_order_id", "sequence")
    )
    for step in rows:
        known = steps.get(step.work_order_id)
        if known is None or _rank(step) < _rank(known):
            steps[step.work_order_id] = step
    return steps


def _ids(live: Mapping[int, Iterable[WorkOrder]]) -> list[int]:
    return [order.id for orders in live.values() for order in orders]


def _rank(step: Operation) -> int:
    return _RANKS.index(OperationState(step.state))


def _holding(
    orders: Collection[WorkOrder],
    held: Mapping[int, str],
    steps: Mapping[int, Operation],
    now: datetime,
) -> str:
    """Say what is worst of a line: a hold, a block, a machine that is down, a queue.

    Otherwise what is farthest behind: nothing is complete before it.
    """
    for order in orders:
        if order.id in held:
            return _("on hold: %(reason)s") % {"reason": held[order.id]}
        slot = getattr(order, "slot", None)
        if slot is not None and slot.blocked_reason:
            return _("blocked on its line: %(reason)s") % {
                "reason": slot.blocked_reason
            }
    planned = [o.release_at for o in orders if o.state == WorkOrderState.PLANNED]
    begun = [o.id for o in orders if o.state != WorkOrderState.PLANNED]
    standing = [steps[key] for key in begun if key in steps]
    worst = min(standing, key=_severity, default=None)
    if planned and (worst is None or not (_is_blocked(worst) or _is_down(worst))):
        at = written_time(max(planned), now=now)
        return _("comes to the floor %(at)s") % {"at": at}
    return _step_words(worst, now) if worst else ""


def _severity(step: Operation) -> tuple[bool, bool, int, int]:
    """Put first what stands still, then what is farthest behind."""
    return not _is_blocked(step), not _is_down(step), step.sequence, -_rank(step)


def _is_blocked(step: Operation) -> bool:
    return step.state == OperationState.BLOCKED


def _is_down(step: Operation) -> bool:
    return step.work_centre is not None and not step.work_centre.is_up


def _step_words(step: Operation, now: datetime) -> str:
    centre = step.work_centre
    values = {
        "step": in_language(step.name) or step.code,
        "centre": centre.code if centre else "",
        "reason": step.blocked_reason,
        "at": "",
    }
    if _is_blocked(step):
        return _("%(step)s is blocked: %(reason)s") % values
    if _is_down(step):
        return _("%(step)s waits: %(centre)s is down") % values
    if step.kind == OperationKind.OUTSIDE:
        return _("%(step)s, at a supplier") % values
    if step.started_at and step.state in (
        OperationState.RUNNING,
        OperationState.PAUSED,
        OperationState.SETUP,
    ):
        values["at"] = written_time(step.started_at, now=now)
        return _("%(step)s, in hand since %(at)s") % values
    if centre is None:
        return _("waits for %(step)s") % values
    return _("waits for %(step)s at %(centre)s") % values
