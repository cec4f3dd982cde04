"""Purchased materials: ordered in time, taken in when they come, told to the shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from configurator.models import Availability
from configurator.services.availability import set_availability
from configurator.services.errors import DomainError
from production.engine.promise import after_working_days
from production.models import (
    LineSlot,
    MoveKind,
    ProductionEvent,
    StockItem,
    StockKind,
    SupplyOrder,
)
from production.selectors.needs import map_demand, map_short
from production.services import boards, stock
from production.services.reports import Report, book_event
from production.services.stations import WAITS_FOR
from production.states import SlotState

ACTOR = "supply"
SOLD_OUT = "OPTION_SOLD_OUT"
BACK = "OPTION_BACK"
# A product, a characteristic, an option.
Offer = tuple[str, str, str]


def supply(*, now: datetime) -> int:
    """Take in what is due, order what runs low, tell the shop; give what moved."""
    n_received = receive_due(now=now)
    n_ordered = reorder(now=now)
    tell_shop(now=now)
    return n_received + n_ordered


def order(
    *, item: StockItem, quantity: int, because: str, due_at: datetime, now: datetime
) -> SupplyOrder:
    """Ask the supplier; the caller holds the item's lock."""
    StockItem.objects.filter(id=item.id).update(expected=F("expected") + quantity)
    return SupplyOrder.objects.create(
        item=item,
        quantity=quantity,
        because=because[:200],
        ordered_at=now,
        due_at=due_at,
    )


def reorder(*, now: datetime) -> int:
    """Order every purchased material of which too little is there or on its way.

    What counts is what is free and expected, less what the work orders that have not
    begun will take: so nothing waits for ever for more than the reorder point.
    """
    demand = map_demand()
    level = Coalesce("reorder_point", 0) + F("held") + F("allocated") - F("expected")
    may_miss = Q(code__in=demand) | Q(on_hand__lte=level)
    purchased = StockItem.objects.exclude(kind=StockKind.GOODS).filter(may_miss)
    wanted = [item.id for item in purchased if _missing(item, demand)]
    n_ordered = 0
    for key in sorted(wanted):
        with transaction.atomic():
            item = StockItem.objects.select_for_update().get(id=key)
            quantity = _missing(item, demand)
            if quantity == 0:
                continue
            order(
                item=item,
                quantity=quantity,
                because=_("free stock fell to the reorder point"),
                due_at=after_working_days(now, item.lead_days),
                now=now,
            )
            n_ordered += 1
    return n_ordered


def _missing(item: StockItem, demand: Mapping[str, int]) -> int:
    """Say how much to order: whole runs, until it is above the reorder point."""
    point = item.reorder_point or 0
    level = item.free + item.expected - demand.get(item.code, 0)
    is_low = level < 0 or (point > 0 and level <= point)
    if not is_low:
        return 0
    if not item.run_size:
        # Above the point, not at it: else the next look would order one more.
        return point - level + (point > 0)
    return item.run_size * ((point - level) // item.run_size + 1)


def receive_due(*, now: datetime) -> int:
    """Book what suppliers bring by now, each delivery once; let go what waited."""
    due = SupplyOrder.objects.filter(received_at__isnull=True, due_at__lte=now)
    n_received = 0
    for key in due.order_by("item_id", "id").values_list("id", flat=True):
        with transaction.atomic():
            n_received += _receive(key, now)
    if n_received:
        let_go()
    return n_received


def _receive(supply_order_id: int, now: datetime) -> int:
    rows = SupplyOrder.objects.filter(id=supply_order_id, received_at__isnull=True)
    if rows.update(received_at=now) == 0:
        return 0
    found = SupplyOrder.objects.get(id=supply_order_id)
    stock.book_move(
        item_id=found.item_id,
        kind=MoveKind.RECEIPT,
        quantity=found.quantity,
        reference=f"supply order {found.id}",
        actor=ACTOR,
        now=now,
    )
    items = StockItem.objects.filter(id=found.item_id, expected__gte=found.quantity)
    items.update(expected=F("expected") - found.quantity)
    return 1


def let_go() -> int:
    """Let the units of lines go on that no longer wait for a material."""
    waiting = LineSlot.objects.filter(
        state=SlotState.SEQUENCED, blocked_reason__startswith=WAITS_FOR
    )
    orders = dict(waiting.values_list("id", "work_order_id"))
    if not orders:
        return 0
    short = map_short(work_order_ids=orders.values())
    ids = [key for key, order_id in orders.items() if order_id not in short]
    freed = waiting.filter(id__in=ids)
    centres = list(freed.values_list("line__work_centre_id", flat=True))
    n_freed = freed.update(blocked_reason="")
    boards.touch(work_centre_ids=centres)
    return n_freed


def tell_shop(*, now: datetime) -> int:
    """Sell options out of which nothing is left, and sell them again when it came.

    Where a material stands for one option, its lack is enough. Where it stands for a
    combination (a blank of a colour and size), an option is sold out when all its
    combinations are. What people have sold out by hand stays theirs.
    """
    ours = _sold_out_by_us()
    gone = StockItem.objects.filter(on_hand__lte=F("held") + F("allocated"))
    if not ours and not gone.exclude(sells={}).exists():
        return 0
    offers = _map_offers()
    comes = _map_arrivals()
    n_changed = 0
    for offer, items in sorted(offers.items()):
        is_out = _is_out(items)
        if is_out and offer not in ours:
            n_changed += _tell(offer, False, _back_on(items, comes), now)
        elif not is_out and offer in ours:
            n_changed += _tell(offer, True, None, now)
    return n_changed


def _map_offers() -> dict[Offer, list[StockItem]]:
    offers: dict[Offer, list[StockItem]] = defaultdict(list)
    rows = StockItem.objects.filter(product__isnull=False).select_related("product")
    for item in rows.exclude(sells={}):
        assert item.product is not None  # noqa: S101 -- asked for
        for characteristic, option in item.sells.items():
            offers[item.product.slug, characteristic, str(option)].append(item)
    return offers


def _is_out(items: Iterable[StockItem]) -> bool:
    alone = [item for item in items if len(item.sells) == 1]
    combined = [item for item in items if len(item.sells) > 1]
    all_gone = bool(combined) and all(item.free <= 0 for item in combined)
    return all_gone or any(item.free <= 0 for item in alone)


def _map_arrivals() -> dict[int, datetime]:
    under_way = SupplyOrder.objects.filter(received_at__isnull=True).order_by()
    return dict(under_way.values_list("item_id").annotate(Min("due_at")))


def _back_on(items: Iterable[StockItem], comes: Mapping[int, datetime]) -> date | None:
    days = [comes[item.id].date() for item in items if item.id in comes]
    return min(days, default=None)


def _sold_out_by_us() -> set[Offer]:
    """Read from the events what was sold out here and is so still."""
    events = ProductionEvent.objects.filter(kind__in=(SOLD_OUT, BACK)).order_by("id")
    latest = {
        (each["product"], each["characteristic"], each["option"]): kind
        for kind, each in events.values_list("kind", "details")
    }
    return {offer for offer, kind in latest.items() if kind == SOLD_OUT} & set(
        _list_sold_out()
    )


def _list_sold_out() -> Iterator[Offer]:
    yield from Availability.objects.filter(is_available=False).values_list(
        "product__slug", "characteristic", "option"
    )


def _tell(offer: Offer, available: bool, back_on: date | None, now: datetime) -> int:
    product, characteristic, option = offer
    if not available and offer in set(_list_sold_out()):
        return 0
    details = {"product": product, "characteristic": characteristic, "option": option}
    try:
        with transaction.atomic():
            set_availability(
                product=product,
                characteristic=characteristic,
                option=option,
                available=available,
                back_on=back_on,
                now=now,
            )
            book_event(
                kind=BACK if available else SOLD_OUT,
                report=Report(now=now, actor=ACTOR, details=details),
            )
    except DomainError:
        return 0  # not on sale, or no longer with this option
    return 1
