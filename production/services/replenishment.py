"""Replenishment runs: planned once for an item, with one work order each."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.services.configurations import pin_configuration
from configurator.services.moves import move
from production.models import (
    Line,
    LineKind,
    ReplenishmentRun,
    StockItem,
    WorkOrder,
)
from production.services import boards
from production.states import WORK_ORDER_MOVES, SourceKind, WorkOrderState


def plan_run(
    *, item: StockItem, quantity: int, now: datetime
) -> ReplenishmentRun | None:
    """Plan the one open run of an item; ``None`` where it has one, or no line.

    Two planners at once: the database lets one through.
    """
    if item.product is None:
        return None
    line = Line.objects.filter(kind=LineKind.FLOW, product=item.product).first()
    if line is None:
        return None
    try:
        with transaction.atomic():
            run = ReplenishmentRun.objects.create(
                number=f"{item.code}-{int(now.timestamp())}"[:32],
                line=line,
                item=item,
                quantity=quantity,
                because=_("stock fell to the reorder point of %(point)d")
                % {"point": item.reorder_point or 0},
                created_at=now,
            )
            _authorise(run, item, line, now)
    except IntegrityError:
        return None
    boards.touch(work_centre_ids=[line.work_centre_id])
    return run


def _authorise(
    run: ReplenishmentRun, item: StockItem, line: Line, now: datetime
) -> None:
    assert item.product is not None  # noqa: S101 -- plan_run has checked it
    pinned = pin_configuration(
        product=item.product.slug, choices={}, quantity=1, now=now
    )
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
        release_at=now,
        released_at=now,
        created_at=now,
    )
    ReplenishmentRun.objects.filter(id=run.id).update(number=f"R-{run.id:06d}")
    run.number = f"R-{run.id:06d}"


def begin(*, run: ReplenishmentRun, now: datetime) -> None:
    """Put the run's work order in progress."""
    move(
        _order_of(run),
        from_=WorkOrderState.RELEASED,
        to=WorkOrderState.IN_PROGRESS,
        moves=WORK_ORDER_MOVES,
        extra_updates={"started_at": now},
    )


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


def _order_of(run: ReplenishmentRun) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(
        source_kind=SourceKind.REPLENISHMENT, source_key=str(run.id)
    )
