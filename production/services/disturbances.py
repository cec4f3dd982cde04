"""What goes wrong in a simulated shift; each happens once, as soon as it can."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from configurator.selectors.releases import live_release
from configurator.selectors.times import local
from configurator.services.availability import set_availability
from orders.services.cancelling import cancel_order
from orders.states import Shipping
from production.models import (
    Batch,
    BatchMember,
    LineSlot,
    Operation,
    Operator,
    WorkOrder,
)
from production.services import batches, lines, operations, outside, people, trade
from production.services.office import attempt
from production.services.people import Crew
from production.services.reports import Report
from production.services.samples import Demand, draw_line
from production.services.shortages import NO_BLANK
from production.states import (
    BatchState,
    MemberState,
    OperationKind,
    OperationState,
    SlotState,
    WorkOrderState,
)

TRAY = 12
ILL_DAYS = 4
BLOCKED_STATION = 4
PRINTER = "DTG"
REPRINTED = 3
MIXED = ("t-shirt", "cookies", "juice-apple")
MIXED_BUYER = ("Family Berg", "berg@example.org", "Seeweg 9", "78462", "Konstanz")

Disturbance = Callable[[Crew, datetime], bool]


def tray_dropped(crew: Crew, now: datetime) -> bool:
    """Drop a tray of the next oven load."""
    crew.extra_scrap = TRAY
    return True


def oven_trips(crew: Crew, now: datetime) -> bool:
    """Lose a load in mid-bake: all its members are made again."""
    batch = (
        Batch.objects.filter(
            state=BatchState.RUNNING,
            measure="TRAY",
            members__operation__kind=OperationKind.MAKE,
        )
        .order_by("id")
        .first()
    )
    if batch is None:
        return False
    report = Report(now=now, actor="shift", reason="oven tripped")
    return attempt(batches.perform, number=batch.number, action="abort", report=report)


def member_cancelled(crew: Crew, now: datetime) -> bool:
    """Let a customer cancel whose order lies in a frozen batch."""
    member = (
        BatchMember.objects.filter(
            state=MemberState.ACTIVE, batch__state=BatchState.FROZEN
        )
        .filter(
            operation__work_order__order_line__isnull=False,
            operation__work_order__state=WorkOrderState.RELEASED,
        )
        .select_related("operation__work_order__order_line")
        .order_by("id")
        .first()
    )
    if member is None or member.operation.work_order.order_line is None:
        return False
    order_id = member.operation.work_order.order_line.order_id
    return attempt(cancel_order, order_id=order_id, now=now, actor="customer")


def blank_runs_out(crew: Crew, now: datetime) -> bool:
    """Sell navy out until Tuesday and block the open navy shirts of size M."""
    back_on = (now + timedelta(days=(1 - now.weekday()) % 7 or 7)).date()
    is_known = attempt(
        set_availability,
        product="t-shirt",
        option="NAVY",
        characteristic="colour",
        available=False,
        back_on=back_on,
        now=now,
    )
    slots = LineSlot.objects.filter(
        state=SlotState.SEQUENCED,
        work_order__configuration__choices__colour="NAVY",
        work_order__configuration__choices__size="M",
    )
    slots.update(blocked_reason=NO_BLANK)
    return is_known


def head_clogs(crew: Crew, now: datetime) -> bool:
    """Clog a print head: three units are printed again as they come, one is lost."""
    printing = (
        Operation.objects.filter(
            station=PRINTER,
            kind=OperationKind.MAKE,
            state=OperationState.RUNNING,
            work_order__slot__state=SlotState.AT_STATION,
        )
        .exclude(work_order_id__in=crew.reprinted)
        .order_by("id")
        .first()
    )
    if printing is None:
        return False
    is_lost = len(crew.reprinted) == REPRINTED
    report = Report(
        now=now, actor="shift", reason="print head clogged", scrap=int(is_lost)
    )
    has_struck = attempt(
        operations.perform,
        operation_id=printing.id,
        action="scrap" if is_lost else "rework",
        report=report,
    )
    if has_struck:
        crew.reprinted.add(printing.work_order_id)
    return is_lost and has_struck


def person_falls_ill(crew: Crew, now: datetime) -> bool:
    """Keep the only brewer at home for some days."""
    brewer = Operator.objects.filter(skills__code="BREW", is_active=True).first()
    if brewer is None:
        return False
    first = local(now).date()
    latest = first + timedelta(days=ILL_DAYS)
    brewer.absences = [*brewer.absences, [first.isoformat(), latest.isoformat()]]
    brewer.save(update_fields=["absences"])
    crew.people = people.list_people()
    return True


def unit_is_blocked(crew: Crew, now: datetime) -> bool:
    """Block a car at the fourth station."""
    slot = (
        LineSlot.objects.filter(
            state=SlotState.AT_STATION,
            station=BLOCKED_STATION,
            work_order__product__slug="car",
            blocked_reason="",
        )
        .select_related("line")
        .first()
    )
    if slot is None:
        return False
    report = Report(now=now, actor="shift", reason="part missing")
    return attempt(
        lines.set_blocked,
        code=slot.line.code,
        slot_id=slot.id,
        reason="part missing",
        report=report,
    )


def basket_is_mixed(crew: Crew, now: datetime) -> bool:
    """Let a customer order what is made in three ways, each sent as it is ready."""
    rng = random.Random(crew.luck)  # noqa: S311 -- a simulation, nothing secret
    return attempt(_order_mixed, rng=rng, now=now)


def _order_mixed(*, rng: random.Random, now: datetime) -> None:
    lines = [
        draw_line(rng, live_release(slug), Demand(slug, 1, 1), now) for slug in MIXED
    ]
    order = trade.place(
        buyer=MIXED_BUYER, lines=tuple(lines), shipping=Shipping.AS_READY, now=now
    )
    trade.pay(order=order, now=now)


def lift_blocks(*, now: datetime) -> int:
    """Mend, after half an hour, what is blocked at a station."""
    stuck = list(
        LineSlot.objects.filter(
            state=SlotState.AT_STATION, moved_at__lte=now - timedelta(minutes=30)
        )
        .exclude(blocked_reason="")
        .select_related("line")
    )
    report = Report(now=now, actor="shift")
    for slot in stuck:
        lines.set_blocked(
            code=slot.line.code, slot_id=slot.id, reason="", report=report
        )
    return len(stuck)


def n_open() -> int:
    """Count the work orders that are not finished."""
    return WorkOrder.objects.filter(
        state__in=(
            WorkOrderState.PLANNED,
            WorkOrderState.RELEASED,
            WorkOrderState.IN_PROGRESS,
        )
    ).count()


# These need an occasion, so they wait for theirs from early on.
OCCASIONAL = frozenset(
    {
        *("OVEN_TRIP", "MEMBER_CANCELLED", "HEAD_CLOG", "UNIT_BLOCKED"),
        *("STOCK_SHORT", "LOT_HELD", "OFFLINE_SCANS", "PARCEL_DAMAGED", "DST_NIGHT"),
        "THREE_PRODUCTS",
    }
)
DISTURBANCES: dict[str, Disturbance] = {
    "TRAY_DROPPED": tray_dropped,
    "OVEN_TRIP": oven_trips,
    "MEMBER_CANCELLED": member_cancelled,
    "BLANK_OUT": blank_runs_out,
    "HEAD_CLOG": head_clogs,
    "PERSON_ILL": person_falls_ill,
    "UNIT_BLOCKED": unit_is_blocked,
    "STOCK_SHORT": outside.timber_is_short,
    "CATALOGUE_CHANGE": outside.catalogue_changes,
    "DST_NIGHT": outside.clocks_change,
    "OFFLINE_SCANS": outside.tablet_replays,
    "LOT_HELD": outside.lot_is_recalled,
    "PARCEL_DAMAGED": outside.parcel_is_damaged,
    "THREE_PRODUCTS": basket_is_mixed,
}
