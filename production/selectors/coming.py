"""Read what is not at a work centre yet and comes to it next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from production.engine.demand import Demand
from production.models import Operation, WorkCentre
from production.selectors.loads import LoadRule, demand_of, seconds
from production.selectors.needs import list_held, map_short
from production.states import OperationState, WorkOrderState

_OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)


def map_coming(
    *, work_centre: WorkCentre, now: datetime
) -> dict[tuple[LoadRule, str], list[Demand]]:
    """Give by rule and kind what a step before works on, or a delay holds back.

    It comes at the soonest when that is over as planned; a step that takes longer may
    be over at any moment.
    """
    running = Operation.objects.filter(
        work_order=OuterRef("work_order"), state=OperationState.RUNNING
    )
    waiting = list(
        Operation.objects.filter(
            Q(ready_at__gt=now) | Exists(running),
            work_centre=work_centre,
            state=OperationState.WAITING,
            batch_key__gt="",
            work_order__state__in=(WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS),
        )
        .exclude(work_order_id__in=list_held())
        .select_related("work_order")
        .order_by("due_at", "id")
    )
    found: dict[tuple[LoadRule, str], list[Demand]] = defaultdict(list)
    for each, at in _with_times(waiting):
        arrived_s = max(seconds(at), seconds(now) + 1)
        demand = replace(demand_of(each), arrived_s=arrived_s)
        found[LoadRule.read(each.batch_rule), demand.family].append(demand)
    return found


def _with_times(waiting: Sequence[Operation]) -> Iterator[tuple[Operation, datetime]]:
    """Say of each when it can be there; leave out what still waits before."""
    if not waiting:
        return
    ids = {each.work_order_id for each in waiting}
    short = map_short(work_order_ids=ids)
    open_steps: dict[int, list[Operation]] = defaultdict(list)
    for step in Operation.objects.filter(work_order_id__in=ids).exclude(
        state__in=_OVER
    ):
        open_steps[step.work_order_id].append(step)
    for each in waiting:
        steps = open_steps[each.work_order_id]
        before = [step for step in steps if step.sequence in each.predecessors]
        ends = [_over_at(step) for step in before]
        at = max((end for end in ends if end is not None), default=each.ready_at)
        if at is not None and None not in ends and each.work_order_id not in short:
            yield each, at


def _over_at(step: Operation) -> datetime | None:
    """Say when what follows a running step may begin at the soonest."""
    if step.state != OperationState.RUNNING or step.started_at is None:
        return None
    return step.started_at + timedelta(seconds=step.run_s + step.min_delay_s)
