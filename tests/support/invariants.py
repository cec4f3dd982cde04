"""What must hold on the shop floor at any moment, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import Count, F, Model, Q, Sum

from production.models import (
    Batch,
    BatchMember,
    FlowCounter,
    Line,
    LinePlan,
    LineSlot,
    Operation,
    ReplenishmentRun,
    StockItem,
    StockMove,
    WorkOrder,
)
from production.states import (
    ACTIVE_BATCH_STATES,
    LIVE_WORK_ORDER_STATES,
    OPEN_OPERATION_STATES,
)

OVER = ("DONE", "SKIPPED", "CANCELLED")
AT_THE_MACHINE = ("CHANGEOVER", "RUNNING", "COMPLETING")


def list_problems() -> list[str]:
    """Look at every row of the floor; an empty list is a sound floor.

    What needs no look, as there is nothing of its kind, is found out with one query.
    """
    there = _list_tables_with_rows()
    return [
        problem
        for model, look in LOOKS
        if model._meta.db_table in there
        for problem in look()
    ]


def _list_tables_with_rows() -> set[str]:
    tables = {model._meta.db_table for model, _look in LOOKS}
    questions = (
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})"  # noqa: S608
        for table in sorted(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(questions))
        return {table for (table,) in cursor.fetchall()}


def _memberships() -> Iterator[str]:
    active = BatchMember.objects.filter(state="ACTIVE")
    twice = (
        active.values("operation_id").annotate(n=Count("id")).filter(n__gt=1).order_by()
    )
    for row in twice:
        yield f"operation {row['operation_id']} is in {row['n']} batches"
    for member in active.exclude(batch__state__in=ACTIVE_BATCH_STATES):
        yield f"{member} is active in a batch that is over"
    for member in active.filter(operation__state__in=(*OVER, "READY", "WAITING")):
        yield f"{member} is active, its operation is {member.operation.state}"


def _grouped() -> Iterator[str]:
    grouped = Operation.objects.filter(state="IN_BATCH").exclude(
        memberships__state="ACTIVE"
    )
    for operation in grouped:
        yield f"{operation} is in no batch, though it says so"


def _shares() -> Iterator[str]:
    """Time and scrap of a batch come back to its members to the last second."""
    for batch in Batch.objects.filter(state="COMPLETED").prefetch_related("members"):
        members = [each for each in batch.members.all() if each.state == "DONE"]
        finished = batch.reasons["finish"]
        if sum(each.share_run_s for each in members) != finished["run_s"]:
            yield f"{batch}: the seconds of its members do not add up"
        if sum(each.scrap for each in members) != finished["scrap"]:
            yield f"{batch}: the scrap of its members does not add up"
        if any(each.good + each.scrap > each.quantity for each in members):
            yield f"{batch}: more came out of a member than went in"


def _loads() -> Iterator[str]:
    for batch in Batch.objects.filter(state__in=ACTIVE_BATCH_STATES).annotate(
        n=Count("members", filter=Q(members__state="ACTIVE")),
        load=Sum("members__load_milli", filter=Q(members__state="ACTIVE")),
    ):
        if batch.n > 1 and batch.load > batch.capacity_milli:
            yield f"{batch} holds more than its load"
        if (batch.load or 0) != batch.load_milli:
            yield f"{batch} does not weigh what its members do"
        if batch.n == 0:
            yield f"{batch} is {batch.state} without members"
    busy = (
        Batch.objects.filter(state__in=AT_THE_MACHINE)
        .values("work_centre__code", "work_centre__n_places")
        .annotate(n=Count("id"))
        .filter(n__gt=F("work_centre__n_places"))
        .order_by()
    )
    for row in busy:
        yield f"{row['work_centre__code']} runs {row['n']} batches at once"


def _orders() -> Iterator[str]:
    live = WorkOrder.objects.filter(state__in=LIVE_WORK_ORDER_STATES)
    dead = Q(order_line__order__state="CANCELLED") | Q(
        order_line__cancelled_at__isnull=False
    )
    for work_order in live.filter(dead):
        yield f"{work_order} lives on a cancelled order"
    ended = Operation.objects.filter(state__in=OPEN_OPERATION_STATES).exclude(
        Q(work_order__state__in=LIVE_WORK_ORDER_STATES) | Q(memberships__state="ACTIVE")
    )
    for operation in ended:
        yield f"{operation} is {operation.state}, its work order is over"
    made = WorkOrder.objects.filter(state__in=("COMPLETED", "SCRAPPED")).exclude(
        source_kind="REPLENISHMENT"
    )
    for work_order in made:
        again = work_order.remakes.exclude(state="CANCELLED")
        replaced = sum(again.values_list("quantity", flat=True))
        if work_order.good + replaced < work_order.quantity:
            yield f"{work_order}: {work_order.good} good, {replaced} made again"
        if replaced > work_order.quantity:
            yield f"{work_order}: more made again than was ordered"


def _steps() -> Iterator[str]:
    """Nothing begins before what comes before it is over, or has handed pieces on."""
    begun = Operation.objects.filter(
        state__in=("READY", "IN_BATCH", "RUNNING", "PAUSED", "DONE"), station=""
    ).exclude(work_order__state="SCRAPPED")
    going_on: dict[int, dict[int, Operation]] = {}
    for each in Operation.objects.exclude(state__in=OVER):
        going_on.setdefault(each.work_order_id, {})[each.sequence] = each
    for operation in begun:
        still = going_on.get(operation.work_order_id, {})
        before = [still[s] for s in operation.predecessors if s in still]
        early = [each for each in before if not _may_hand_on(each, operation)]
        if early:
            yield f"{operation} is {operation.state} before {early}"


def _may_hand_on(before: Operation, operation: Operation) -> bool:
    """Say whether so much is counted that the next step may have begun on it."""
    used = operation.good + operation.scrap
    return (
        before.transfer_quantity is not None
        and before.good >= max(before.transfer_quantity, used)
        and operation.state != "DONE"
        and not operation.batch_key
    )


def _lines() -> Iterator[str]:
    for line in Line.objects.filter(kind="FLEXIBLE"):
        on_line = LineSlot.objects.filter(
            line=line, state__in=("LAUNCHED", "AT_STATION")
        )
        n_units = on_line.count()
        if n_units > line.wip_limit:
            yield f"{line} holds {n_units} units, {line.wip_limit} may be on it"
        stations = [slot.station for slot in on_line.filter(state="AT_STATION")]
        if len(stations) != len(set(stations)):
            yield f"{line} has two units at a station"
        known = LinePlan.objects.filter(line=line, version=line.plan_version).exists()
        if line.plan_version and not known:
            yield f"{line} has lost its plan {line.plan_version}"


def _slots() -> Iterator[str]:
    for slot in LineSlot.objects.exclude(
        state__in=("FINISHED", "REMOVED")
    ).select_related("work_order"):
        if slot.work_order.state not in ("RELEASED", "IN_PROGRESS"):
            yield f"{slot.work_order} is {slot.work_order.state} but {slot.state}"


def _stock() -> Iterator[str]:
    moved = dict(
        StockMove.objects.order_by()
        .values_list("item_id")
        .annotate(n=Sum("quantity"))
        .values_list("item_id", "n")
    )
    for item in StockItem.objects.all():
        if item.free < 0:
            yield f"{item}: {item.allocated} allocated of {item.on_hand}"
        if item.id in moved and moved[item.id] != item.on_hand:
            yield f"{item}: {item.on_hand} on hand, the ledger says {moved[item.id]}"


def _lots() -> Iterator[str]:
    """What lots say is left and held is what their items say."""
    for item in StockItem.objects.prefetch_related("lots"):
        lots = list(item.lots.all())
        left = sum(lot.remaining for lot in lots)
        held = sum(
            lot.remaining for lot in lots if lot.state in ("QUARANTINE", "BLOCKED")
        )
        if left > item.on_hand:
            yield f"{item}: {left} left in lots, {item.on_hand} on hand"
        if held != item.held:
            yield f"{item}: {item.held} held, its lots say {held}"


def _counters() -> Iterator[str]:
    """Minutes belong to the line: two runs may share the one between them."""
    for line in Line.objects.filter(kind="FLOW"):
        counted = FlowCounter.objects.filter(line=line).aggregate(n=Sum("good"))
        made = ReplenishmentRun.objects.filter(line=line).aggregate(n=Sum("good"))
        if (counted["n"] or 0) != (made["n"] or 0):
            yield f"{line}: {made['n']} made, {counted['n']} counted"


# What is looked at, where there is any of the first.
LOOKS: tuple[tuple[type[Model], Callable[[], Iterator[str]]], ...] = (
    (BatchMember, _memberships),
    (Operation, _grouped),
    (Batch, _shares),
    (Batch, _loads),
    (WorkOrder, _orders),
    (Operation, _steps),
    (Line, _lines),
    (LineSlot, _slots),
    (StockItem, _stock),
    (StockItem, _lots),
    (Line, _counters),
)
