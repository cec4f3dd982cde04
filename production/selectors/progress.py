"""How far orders have come: stages of lines and units, in a few queries for many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from configurator.selectors.words import in_language
from orders.models import OrderLine
from orders.ports import LineProgress, OrderProgressReport, UnitProgress
from orders.states import OrderState, ProductionState, Stage
from production.models import Operation, StockAllocation, WorkOrder
from production.states import (
    LIVE_WORK_ORDER_STATES,
    AllocationState,
    OperationState,
    WorkOrderState,
)

STAGE_OF_UNIT = {
    WorkOrderState.PLANNED: Stage.PLANNED,
    WorkOrderState.RELEASED: Stage.RELEASED,
    WorkOrderState.IN_PROGRESS: Stage.IN_PROGRESS,
    WorkOrderState.COMPLETED: Stage.MADE,
    WorkOrderState.CLOSED: Stage.MADE,
    WorkOrderState.SHORT_CLOSED: Stage.MADE,
    WorkOrderState.CANCELLED: Stage.CANCELLED,
}
# Others took their place: lots, a make-up or a remake, each a unit of its own.
REPLACED = (WorkOrderState.SPLIT, WorkOrderState.SCRAPPED)
STAGE_OF_ALLOCATION = {
    AllocationState.HELD: Stage.ALLOCATED,
    AllocationState.BACKORDERED: Stage.BACKORDERED,
    AllocationState.ALLOCATED: Stage.ALLOCATED,
    AllocationState.TAKEN: Stage.SHIPPED,
    AllocationState.RETURNED: Stage.CANCELLED,
}
RANK = {stage: place for place, stage in enumerate(Stage)}
OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)
BUSY = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
PAST_PAYMENT = (OrderState.CONFIRMED, OrderState.CLOSED, OrderState.CANCELLED)
IN_STOCK = (Stage.ALLOCATED,)
FLOW = "FLOW"
# Of larger numbers of units nobody reads the single steps.
UNITS_WITH_STEPS = 500


@dataclass(slots=True)
class _Steps:
    """Where one work order stands among its operations."""

    n_steps: int = 0
    n_over: int = 0
    name: str = ""
    is_busy: bool = False


@dataclass(slots=True)
class _Found:
    """What was read for some orders."""

    lines: dict[int, list[tuple[int, str, datetime | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    units: dict[int, list[UnitProgress]] = field(
        default_factory=lambda: defaultdict(list)
    )
    allocations: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))


def map_progress(*, order_ids: Sequence[int]) -> Mapping[int, OrderProgressReport]:
    """Give each order's report; four queries however many orders there are."""
    found = _read(order_ids)
    return {key: _report(found, found.lines.get(key, ())) for key in order_ids}


def _read(order_ids: Collection[int]) -> _Found:
    found = _Found()
    lines = (
        OrderLine.objects.filter(order_id__in=order_ids, order__state__in=PAST_PAYMENT)
        .order_by("position")
        .values_list("order_id", "id", "method", "cancelled_at")
    )
    for order_id, line_id, method, cancelled_at in lines:
        found.lines[order_id].append((line_id, method, cancelled_at))
    units = list(
        WorkOrder.objects.filter(order_line__order_id__in=order_ids)
        .exclude(state__in=REPLACED)
        .order_by("order_line_id", "unit_index", "revision", "id")
        .values_list("id", "order_line_id", "number", "state", "release_at")
    )
    live = [row[0] for row in units if row[3] in LIVE_WORK_ORDER_STATES]
    steps = _read_steps(live[:UNITS_WITH_STEPS])
    for key, line_id, number, state, release_at in units:
        found.units[line_id].append(
            _unit(number, state, release_at, steps.get(key, _Steps()))
        )
    for line_id, state in StockAllocation.objects.filter(
        order_line__order_id__in=order_ids
    ).values_list("order_line_id", "state"):
        found.allocations[line_id].append(state)
    return found


def _read_steps(work_order_ids: Sequence[int]) -> dict[int, _Steps]:
    found: dict[int, _Steps] = defaultdict(_Steps)
    rows = (
        Operation.objects.filter(work_order_id__in=work_order_ids)
        .exclude(state__in=(OperationState.SKIPPED, OperationState.CANCELLED))
        .order_by("work_order_id", "sequence")
        .values_list("work_order_id", "name", "state")
    )
    for key, name, state in rows:
        _count(found[key], name, state)
    return found


def _count(steps: _Steps, name: Any, state: str) -> None:
    """Take the busy step as the present one, else the first that is not over."""
    steps.n_steps += 1
    if state in OVER:
        steps.n_over += 1
        return
    is_busy = state in BUSY
    if not steps.name or (is_busy and not steps.is_busy):
        steps.name, steps.is_busy = in_language(name), is_busy


def _unit(number: str, state: str, release_at: datetime, steps: _Steps) -> UnitProgress:
    stage = STAGE_OF_UNIT[WorkOrderState(state)]
    is_planned = stage == Stage.PLANNED
    return UnitProgress(
        work_order=number,
        stage=str(stage),
        release_at=release_at if is_planned else None,
        step=steps.name,
        step_number=min(steps.n_over + 1, steps.n_steps),
        n_steps=steps.n_steps,
    )


def _report(
    found: _Found, lines: Sequence[tuple[int, str, datetime | None]]
) -> OrderProgressReport:
    progress = {
        line_id: _line(found, line_id, method, is_cancelled=cancelled_at is not None)
        for line_id, method, cancelled_at in lines
    }
    stages = [Stage(each.stage) for each in progress.values()]
    units = [Stage(u.stage) for each in progress.values() for u in each.units]
    is_known = units or any(found.allocations.get(key) for key in progress)
    state = _production_state(stages, units)
    if not is_known and state != ProductionState.CANCELLED:
        state = ProductionState.NOT_STARTED
    return OrderProgressReport(production_state=str(state), lines=progress)


def _line(
    found: _Found, line_id: int, method: str, *, is_cancelled: bool
) -> LineProgress:
    units = tuple(found.units.get(line_id, ()))
    if is_cancelled:
        return LineProgress(stage=str(Stage.CANCELLED), units=units)
    if method == FLOW:
        states = found.allocations.get(line_id, ())
        stages = [STAGE_OF_ALLOCATION[AllocationState(each)] for each in states]
        return LineProgress(stage=str(_least(stages, Stage.BACKORDERED)))
    return LineProgress(
        stage=str(_least([Stage(unit.stage) for unit in units], Stage.PLANNED)),
        units=units,
    )


def _least(stages: Sequence[Stage], none: Stage) -> Stage:
    """Give the least advanced stage; cancelled ones count only where all are."""
    if not stages:
        return none
    living = [stage for stage in stages if stage != Stage.CANCELLED]
    return min(living or stages, key=RANK.__getitem__)


def _production_state(
    lines: Sequence[Stage], units: Sequence[Stage]
) -> ProductionState:
    """Sum an order up: its lines' stages, begun as soon as one unit has."""
    if not lines:
        return ProductionState.NOT_STARTED
    living = [stage for stage in lines if stage != Stage.CANCELLED]
    if not living:
        return ProductionState.CANCELLED
    if all(RANK[each] >= RANK[Stage.MADE] or each in IN_STOCK for each in living):
        return ProductionState.MADE
    begun = {Stage.IN_PROGRESS, Stage.MADE}
    if begun & {*units, *living}:
        return ProductionState.IN_PROGRESS
    if Stage.RELEASED in {*units, *living}:
        return ProductionState.RELEASED
    return ProductionState.PLANNED
