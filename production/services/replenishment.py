"""Replenishment runs: planned at once for an item, with one work order each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from configurator.selectors.making import map_making
from configurator.services.configurations import pin_configuration
from configurator.services.moves import move
from production.models import (
    Line,
    ReplenishmentRun,
    StockItem,
    WorkOrder,
)
from production.selectors.needs import map_short
from production.selectors.reasons import keep_note
from production.services import boards, by_products, consuming
from production.services.drafts import list_needed
from production.states import WORK_ORDER_MOVES, RunState, SourceKind, WorkOrderState


def plan_runs(
    *, item: StockItem, wanted: Mapping[Line, int], now: datetime
) -> list[ReplenishmentRun]:
    """Plan a run on each of an item's lines; none where it has an open one.

    Two planners at once: the second waits for the item and finds what the first did.
    """
    with transaction.atomic():
        StockItem.objects.select_for_update().get(id=item.pk)
        if item.runs.filter(state__in=(RunState.PLANNED, RunState.RUNNING)).exists():
            return []
        runs = [_plan_run(item, line, n, now) for line, n in wanted.items()]
    boards.touch(work_centre_ids=[line.work_centre_id for line in wanted])
    return runs


def _plan_run(
    item: StockItem, line: Line, quantity: int, now: datetime
) -> ReplenishmentRun:
    run = ReplenishmentRun.objects.create(
        number=f"{line.code}-{int(now.timestamp())}"[:32],
        line=line,
        item=item,
        quantity=quantity,
        because=keep_note("REORDER", point=item.reorder_point or 0),
        created_at=now,
    )
    _authorise(run, item, line, now)
    return run


def _authorise(
    run: ReplenishmentRun, item: StockItem, line: Line, now: datetime
) -> None:
    assert item.product is not None  # noqa: S101 -- its line makes it
    pinned = pin_configuration(
        product=item.product.slug, choices={}, quantity=1, now=now
    )
    making = map_making(release_ids=[pinned.configuration.release_id])
    makes = making[pinned.configuration.release_id]
    choices = pinned.configuration.choices
    per_unit = makes.resolve_steps(choices, 1)[1].pieces_per_unit
    WorkOrder.objects.create(
        number=f"R-{run.id:06d}",
        source_kind=SourceKind.REPLENISHMENT,
        source_key=str(run.id),
        unit_index=0,
        product=item.product,
        configuration=pinned.configuration,
        method="FLOW",
        line=line,
        state=WorkOrderState.RELEASED,
        quantity=run.quantity,
        planned_quantity=run.quantity,
        materials=list_needed(
            needs=makes.list_materials(choices, 1)[1],
            planned=run.quantity,
            units=-(-run.quantity // per_unit),
        ),
        release_at=now,
        released_at=now,
        created_at=now,
    )
    ReplenishmentRun.objects.filter(id=run.id).update(number=f"R-{run.id:06d}")
    run.number = f"R-{run.id:06d}"


def begin(*, run: ReplenishmentRun, now: datetime) -> None:
    """Put the run's work order in progress; what it needs leaves the stock."""
    orders = _order_of(run)
    ids = list(orders.values_list("id", flat=True))
    consuming.consume(work_order_ids=ids, now=now)
    move(
        orders,
        from_=WorkOrderState.RELEASED,
        to=WorkOrderState.IN_PROGRESS,
        moves=WORK_ORDER_MOVES,
        extra_updates={"started_at": now},
    )


def is_short(*, run: ReplenishmentRun) -> bool:
    """Say whether a run has to wait for a material."""
    ids = list(_order_of(run).values_list("id", flat=True))
    return bool(map_short(work_order_ids=ids))


def complete(*, run: ReplenishmentRun, now: datetime) -> None:
    """Close the run's work order with what came out."""
    state = (
        WorkOrderState.COMPLETED
        if run.good + run.scrap >= run.quantity
        else WorkOrderState.SHORT_CLOSED
    )
    move(
        _order_of(run),
        from_=WorkOrderState.IN_PROGRESS,
        to=state,
        moves=WORK_ORDER_MOVES,
        extra_updates={"good": run.good, "scrap": run.scrap, "completed_at": now},
    )
    _settle_by_products(run, now)


def _settle_by_products(run: ReplenishmentRun, now: datetime) -> None:
    """Book what else came of all units of a run, good or not."""
    order = _order_of(run).select_related("configuration").first()
    if order is None:
        return
    configuration = order.configuration
    makes = map_making(release_ids=[configuration.release_id])[configuration.release_id]
    _key, manufacture = makes.resolve_steps(configuration.choices, 1)
    for step in manufacture.steps:
        for row in step.by_products:
            by_products.receive(
                material=row["material"],
                quantity=row["quantity"] * (run.good + run.scrap),
                stem=f"{run.number}/{step.code}",
                now=now,
            )


def _order_of(run: ReplenishmentRun) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(
        source_kind=SourceKind.REPLENISHMENT, source_key=str(run.id)
    )
