"""What comes upon a simulated shift from outside: supply, quality, clocks, carriers."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from configurator.services.errors import DomainError
from orders.models import Shipment
from orders.services.replacing import give_up_shipment
from orders.states import ShipmentState
from production.models import (
    Calendar,
    MaterialLot,
    MoveKind,
    Operator,
    ProductionEvent,
    StockItem,
)
from production.selectors.calendars import zone_of
from production.selectors.lots import list_users
from production.services import changes, lots, operations, remaking, shortages
from production.services.lots import QUALITY
from production.services.office import attempt
from production.services.people import Crew
from production.services.reports import Report
from production.states import LotState, SourceKind

ACTOR = "shift"
BAKERY = "BAKE"
SHORT_ITEM, SHORT_BP, MOST_STOPPED = "TIMBER-WALNUT", 500, 2
CHANGED = ("t-shirt", "THREAD", "THREAD-NEW", "colour = NAVY")
HELD_ITEM = "JUICE-APPLE"
RECALLED_AFTER = timedelta(hours=3)
SCANS = 40


def catalogue_changes(crew: Crew, now: datetime) -> bool:
    """Replace the thread of navy shirts in mid-day; luck says whom it touches."""
    product, old, new, when = CHANGED
    touches = sorted(changes.STATES)[crew.luck % len(changes.STATES)]
    report = Report(now=now, actor=ACTOR, reason="the mill has another navy")
    try:
        _release, n_changed = changes.replace_material(
            product=product, old=old, new=new, when=when, touches=touches, report=report
        )
    except DomainError:
        return False
    crew.done[f"change touches {touches}"] += 1
    crew.done["work orders changed"] += n_changed
    return True


def clocks_change(crew: Crew, now: datetime) -> bool:
    """Note the bakery's first hour after the clocks were changed in the night."""
    calendar = Calendar.objects.filter(code=BAKERY).first()
    if calendar is None or not crew.is_open(calendar.id, now):
        return False
    zone = ZoneInfo(zone_of(calendar))
    yesterday = now - timedelta(days=1)
    return now.astimezone(zone).utcoffset() != yesterday.astimezone(zone).utcoffset()


def tablet_replays(crew: Crew, now: datetime) -> bool:
    """Let a tablet that was offline send its scans once more: each is known."""
    scans = list(
        ProductionEvent.objects.filter(
            device=crew.tablet, nonce__isnull=False, operation__isnull=False
        ).order_by("-id")[:SCANS]
    )
    if len(scans) < SCANS:
        return False
    n_before = ProductionEvent.objects.count()
    for scan in reversed(scans):
        operations.perform(
            operation_id=scan.operation_id or 0,
            action=scan.kind.lower(),
            report=_same(scan, now),
        )
    crew.done["scans replayed"] += len(scans)
    crew.done["scans doubled"] += ProductionEvent.objects.count() - n_before
    return True


def _same(scan: ProductionEvent, now: datetime) -> Report:
    return Report(
        now=now,
        actor=scan.actor,
        device=scan.device,
        nonce=scan.nonce,
        operator_id=scan.operator_id,
        good=scan.good or None,
        scrap=scan.scrap,
        reason=scan.reason,
        details=scan.details,
    )


def lot_is_recalled(crew: Crew, now: datetime) -> bool:
    """Let quality hold a lot that is partly sold, and recall it some hours later."""
    quality = Operator.objects.filter(skills__code=QUALITY, is_active=True).first()
    if quality is None:
        return False
    report = Report(
        now=now, actor=ACTOR, operator_id=quality.id, reason="a bottle was cloudy"
    )
    held = MaterialLot.objects.filter(
        item__code=HELD_ITEM, state=LotState.BLOCKED, recalled_at__isnull=True
    )
    lot = held.order_by("id").first()
    if lot is None:
        return _hold_lot(report)
    blocked = ProductionEvent.objects.filter(kind="LOT_BLOCK", details__lot=lot.code)
    if blocked.filter(at__gt=now - RECALLED_AFTER).exists():
        return False
    if not attempt(lots.perform, code=lot.code, action="recall", report=report):
        return False
    orders = {move.order_line_id for move in list_users(lot=lot)}
    crew.done["customers of a recalled lot"] += len(orders)
    return True


def _hold_lot(report: Report) -> bool:
    """Hold the lot that most is sold of; it strikes only when it is recalled."""
    sold = MaterialLot.objects.filter(
        item__code=HELD_ITEM,
        state=LotState.RELEASED,
        moves__kind=MoveKind.SHIPPED,
        moves__order_line__isnull=False,
    )
    lot = sold.order_by("id").first()
    if lot is not None:
        attempt(lots.perform, code=lot.code, action="block", report=report)
    return False


def timber_is_short(crew: Crew, now: datetime) -> bool:
    """Find five in a hundred of the walnut missing: two tables are planned anew."""
    item = StockItem.objects.filter(code=SHORT_ITEM).first()
    if item is None:
        return False
    missing = min(item.free, item.on_hand * SHORT_BP // 10_000)
    if missing < 1 or not shortages.list_stoppable(item=SHORT_ITEM):
        return False
    stopped = shortages.note_shortage(
        item=SHORT_ITEM,
        missing=missing,
        most_stopped=MOST_STOPPED,
        report=Report(now=now, actor=ACTOR, reason="boards are split"),
    )
    crew.done["tables planned anew"] += len(stopped)
    return True


def parcel_is_damaged(crew: Crew, now: datetime) -> bool:
    """Bring a parcel back damaged: its first unit is made again, free; only once."""
    found = (
        Shipment.objects.filter(
            state=ShipmentState.HANDED_OVER,
            lines__work_orders__state__in=remaking.MADE,
            lines__work_orders__source_kind=SourceKind.ORDER_LINE,
            lines__work_orders__remakes=None,
        )
        .order_by("id", "lines__work_orders__id")
        .values_list("id", "lines__work_orders__number")
        .first()
    )
    if found is None:
        return False
    parcel_id, unit = found
    give_up_shipment(
        shipment_id=parcel_id,
        to=ShipmentState.RETURNED,
        reason="box crushed",
        now=now,
        actor="carrier",
    )
    report = Report(now=now, actor=ACTOR, reason="box crushed")
    return attempt(remaking.replace_damaged, number=unit, report=report)
