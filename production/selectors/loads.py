"""Read what waits for a load at a work centre into the planning engine's values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.db.models import Min

from configurator.selectors.manufacture import StepPlan
from production.engine.calendar import Calendar
from production.engine.changeover import MatrixError, SetupMatrix
from production.engine.cutoff import CutoffClock
from production.engine.demand import NEVER_S, Demand, SetupRule
from production.models import Batch, BatchMember, Operation, WorkCentre
from production.models import SetupRule as SetupRuleRow
from production.selectors.needs import list_held, map_short
from production.states import BatchState, MemberState, OperationState, WorkOrderState

# What planning a load looks at; rows of thousands are read often.
_READ = (
    *("state", "basis", "kind", "work_centre_id", "planned_quantity"),
    *("setup_s", "run_s", "attributes", "setup_matrix", "batch_key", "batch_rule"),
    *("load_num", "load_den", "due_at", "ready_at"),
    *("work_order__created_at", "work_order__priority"),
)
ORIGIN = datetime(2020, 1, 1, tzinfo=UTC)
NO_LIMIT = 10**9
NORMAL_PRIORITY = 5
WEIGHT_EXPEDITED = 5
WEIGHT_PERISHABLE = 50


def seconds(at: datetime | None) -> int:
    """Give an instant as whole seconds from the engines' origin."""
    return NEVER_S if at is None else int((at - ORIGIN).total_seconds())


@dataclass(frozen=True, slots=True)
class LoadRule:
    """What decides how full a load may be and how long it may wait.

    The longest wait is for company, and runs by the clock, closed hours among them: a
    load closes at the first working moment at or after it. What would spoil is guarded
    by the longest time to its next step, which makes it due.
    """

    measure: str
    capacity: int
    minimum: int
    max_wait_s: int
    cutoff: str | None

    @classmethod
    def read(cls, rule: dict[str, Any]) -> LoadRule:
        capacity = rule.get("max") or NO_LIMIT
        wait_s = rule.get("max_wait_s")
        return cls(
            measure=rule.get("measure") or "PIECE",
            capacity=capacity,
            minimum=min(rule.get("min") or 0, capacity),
            max_wait_s=NEVER_S if wait_s is None else wait_s,
            cutoff=rule.get("cutoff"),
        )

    def clock(self, *, zone: str, origin: datetime = ORIGIN) -> CutoffClock | None:
        """Give the cut-off as a clock of the place that counts engine seconds."""
        if self.cutoff is None:
            return None
        return CutoffClock(time.fromisoformat(self.cutoff), zone, origin)


def batch_rule_of(plan: StepPlan) -> dict[str, Any]:
    """Say how full a batch may be and how long it may wait, as operations keep it."""
    load, batch = plan.load, plan.batch
    minimum = batch.minimum if batch and batch.minimum else None
    return {
        "key": list(batch.key) if batch else [],
        "max_wait_s": batch.max_wait_s if batch else None,
        "cutoff": batch.cutoff if batch else None,
        "measure": load.measure if load else "PIECE",
        "max": load.maximum if load else None,
        "min": minimum or (load.minimum if load else 0),
        "run_ms": plan.run_ms,
    }


def list_groupable(*, work_centre: WorkCentre) -> Sequence[Operation]:
    """Give what is ready and has its materials, earliest due first."""
    ready = list(
        Operation.objects.filter(
            work_centre=work_centre,
            state=OperationState.READY,
            work_order__state__in=(WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS),
        )
        .exclude(batch_key="")
        .exclude(work_order_id__in=list_held())
        .select_related("work_order")
        .only(*_READ)
        .order_by("due_at", "id")
    )
    short = map_short(work_order_ids={each.work_order_id for each in ready})
    return [each for each in ready if each.work_order_id not in short]


def list_proposed_members(*, work_centre: WorkCentre) -> Sequence[Operation]:
    """Give the operations of proposals, which the planner may group anew."""
    return list(
        Operation.objects.filter(
            memberships__state=MemberState.ACTIVE,
            memberships__batch__work_centre=work_centre,
            memberships__batch__state=BatchState.PROPOSED,
        )
        .select_related("work_order")
        .only(*_READ)
        .order_by("due_at", "id")
    )


def map_members(*, batches: Sequence[Batch]) -> dict[int, set[int]]:
    """Give the operations that are in each of the batches."""
    found: dict[int, set[int]] = defaultdict(set)
    for batch_id, operation_id in BatchMember.objects.filter(
        batch__in=batches, state=MemberState.ACTIVE
    ).values_list("batch_id", "operation_id"):
        found[batch_id].add(operation_id)
    return found


def map_leavers(*, batches: Sequence[Batch]) -> dict[int, set[int]]:
    """Give the operations that were taken out of each of the batches."""
    found: dict[int, set[int]] = defaultdict(set)
    for batch_id, operation_id in BatchMember.objects.filter(
        batch__in=batches, state=MemberState.WITHDRAWN
    ).values_list("batch_id", "operation_id"):
        found[batch_id].add(operation_id)
    return found


def map_weights(*, batches: Sequence[Batch]) -> dict[int, int]:
    """Say how much being late matters: what would spoil or replaces scrap leads."""
    weights = {
        batch_id: WEIGHT_EXPEDITED if priority < NORMAL_PRIORITY else 1
        for batch_id, priority in BatchMember.objects.filter(
            batch__in=batches, state=MemberState.ACTIVE
        )
        .values_list("batch_id")
        .annotate(Min("operation__work_order__priority"))
    }
    limited = Operation.objects.filter(
        max_delay_s__isnull=False,
        state=OperationState.DONE,
        work_order__operations__memberships__batch__in=batches,
        work_order__operations__memberships__state=MemberState.ACTIVE,
    ).values_list("work_order__operations__memberships__batch_id", flat=True)
    return weights | dict.fromkeys(limited, WEIGHT_PERISHABLE)


def group_by_rule(
    *, operations: Iterable[Operation]
) -> dict[LoadRule, list[Operation]]:
    """Keep apart what follows different rules."""
    groups: dict[LoadRule, list[Operation]] = defaultdict(list)
    for operation in operations:
        groups[LoadRule.read(operation.batch_rule)].append(operation)
    return groups


def load_milli(operation: Operation) -> int:
    """Give what an operation takes of a load, in thousandths, rounded up."""
    load = operation.planned_quantity * operation.load_num * 1000
    return -(-load // operation.load_den)


def is_urgent(operation: Operation) -> bool:
    """Say whether it goes before the rest: it replaces scrap, say."""
    return operation.work_order.priority < NORMAL_PRIORITY


def demand_of(operation: Operation, *, hours: Calendar | None = None) -> Demand:
    """Turn an operation into a demand for the batching engine.

    What is urgent is due as it arrives, so it waits for no company. The rest must be
    done while its place is open: with ``hours`` it is due when a run that begins at
    the latest possible moment is over by the clock.
    """
    arrived_s = seconds(operation.ready_at or operation.work_order.created_at)
    due_s = seconds(operation.due_at)
    if hours is not None and operation.due_at is not None:
        begin_at = hours.find_start(operation.due_at, operation.run_s)
        due_s = min(due_s, seconds(begin_at) + operation.run_s)
    if is_urgent(operation):
        due_s = min(due_s, arrived_s)
    return Demand(
        key=operation.id,
        family=operation.batch_key,
        quantity=max(1, operation.planned_quantity),
        arrived_s=arrived_s,
        due_s=due_s,
        attributes=batch_attributes(operation),
        load_num=operation.load_num,
        load_den=operation.load_den,
    )


def batch_attributes(operation: Operation) -> dict[str, str | int]:
    """Give the values behind the batch key, which the reasons quote."""
    pairs = (part.partition("=") for part in operation.batch_key.split("|"))
    return {name: value for name, found, value in pairs if found}


def setup_matrix(code: str) -> SetupMatrix:
    """Read a set-up matrix; an unknown code gives one that never takes time."""
    rows = SetupRuleRow.objects.filter(matrix=code).order_by("sequence")
    return _whole(code, [setup_rule_of(row) for row in rows])


def map_matrices() -> dict[str, SetupMatrix]:
    """Read every set-up matrix by its code."""
    rules: dict[str, list[SetupRule]] = defaultdict(list)
    for row in SetupRuleRow.objects.order_by("matrix", "sequence"):
        rules[row.matrix].append(setup_rule_of(row))
    return {code: _whole(code, each) for code, each in rules.items()}


def _whole(code: str, rules: Sequence[SetupRule]) -> SetupMatrix:
    """Make a matrix that answers every change.

    Where rows leave one without an answer, it takes as long as the longest of them:
    planning goes on, and the planner is told that the matrix is unfinished.
    """
    try:
        return SetupMatrix(code, tuple(rules) or (SetupRule("NO_CHANGE"),))
    except MatrixError:
        deciding = [rule for rule in rules if not (rule.adds or rule.is_catch_all)]
        longest_s = max((rule.internal_s for rule in rules), default=0)
        adding = [rule for rule in rules if rule.adds]
        rest = SetupRule("NO_CATCH_ALL", internal_s=longest_s)
        return SetupMatrix(code, (*deciding, rest, *adding))


def setup_rule_of(row: SetupRuleRow) -> SetupRule:
    """Turn a row of a set-up matrix into the engine's words."""
    return SetupRule(
        code=row.code,
        internal_s=row.internal_s,
        external_s=row.external_s,
        when_from={k: frozenset(v) for k, v in row.when_from.items()},
        when_to={k: frozenset(v) for k, v in row.when_to.items()},
        same=tuple(row.same),
        differ=tuple(row.differ),
        rises=tuple(row.rises),
        falls=tuple(row.falls),
        adds=row.adds,
        signature_skill=row.signature_skill or None,
        waste=row.waste,
    )


def list_queued(*, work_centre: WorkCentre) -> Sequence[Batch]:
    """Give the batches that wait for the machine, in working order."""
    return list(
        Batch.objects.filter(
            work_centre=work_centre,
            state__in=(BatchState.FROZEN, BatchState.RELEASED),
        ).order_by("position", "id")
    )
