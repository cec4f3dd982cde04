"""The dates told to a customer: what must be done, behind what waits already.

A quote walks through the routing with each work centre's working time, begins behind
the longest queue among them, and ends with packing, pick-up and transit. It promises
nothing that it does not rest on, and says what that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from configurator.ports import Promise
from configurator.selectors.manufacture import (
    Manufacture,
    ManufactureError,
    StepPlan,
    resolve,
)
from production.engine.calendar import Calendar, CalendarError
from production.engine.demand import Basis, Setup, Step
from production.engine.lead_time import estimate_ready
from production.engine.split import planned_quantity
from production.models import (
    Line,
    Operation,
    Site,
    StockItem,
    StockKind,
    WorkCentre,
    WorkOrder,
)
from production.selectors.calendars import map_calendars, shared
from production.selectors.cutoffs import edit_until
from production.states import OperationState, WorkOrderState

LONGEST_FILL_S = 3_600
LOOK_AGAIN_S = 20  # how old the known queues may be
PACKING = timedelta(minutes=30)
MASS_CUSTOMISATION = "MASS_CUSTOMISATION"
FLOW = "FLOW"
WAITING_STATES = (
    OperationState.WAITING,
    OperationState.READY,
    OperationState.IN_BATCH,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods leave the works."""

    zone: str = "UTC"
    pick_up: str = "17:30"
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    transit_days: int = 1
    packing_s: int = int(PACKING.total_seconds())


@dataclass(frozen=True, slots=True)
class Shop:
    """The works as a quote sees them, by code of work centre or line."""

    calendars: Mapping[str, Calendar]
    queue_s: Mapping[str, int]
    takt_ms: Mapping[str, int]
    terms: Terms


def quote_promise(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
) -> Promise | None:
    """Quote the three dates for a complete configuration; none where none can be."""
    try:
        manufacture = resolve(release_id=release_id, choices=choices, quantity=quantity)
    except ManufactureError:
        return None
    shop = get_shop(now=now)
    if shop is None:
        return None
    if manufacture.method.value == FLOW:
        return _from_stock(shop, product, manufacture, now)
    begin = edit_until(window=manufacture.edit_window, now=now) or now
    ready_at = _ready_at(shop, manufacture, begin)
    if ready_at is None:
        return None
    places = sorted({s.work_centre for s in manufacture.steps if s.work_centre})
    text = _("%(steps)d steps at %(places)s and what waits there, %(pick_up)s pick-up")
    rests_on = text % {
        "steps": len(manufacture.steps),
        "places": ", ".join(places[:6]),
        "pick_up": shop.terms.pick_up,
    }
    return _shipped(shop.terms, ready_at, rests_on)


def ready_by(promise: Promise) -> datetime:
    """Say when the floor must be done, so that goods are packed for the pick-up."""
    return max(promise.ready_at, promise.shipped_at - PACKING)


def get_shop(*, now: datetime) -> Shop | None:
    """Look at calendars and queues, at most every few seconds in one process.

    Kept in memory and nowhere else: a quote must not depend on a cache that is down.
    """
    moment = int(now.timestamp()) // LOOK_AGAIN_S
    if _seen.moment != moment:
        _seen.shop, _seen.moment = _look(), moment
    return _seen.shop


def forget_shop() -> None:
    """Look again at the next quote."""
    _seen.moment = None


class _Seen:
    moment: int | None = None
    shop: Shop | None = None


_seen = _Seen()


def _look() -> Shop | None:
    site = Site.objects.order_by("id").first()
    if site is None:
        return None
    centres = list(WorkCentre.objects.values_list("code", "calendar__code", "n_places"))
    calendars = map_calendars(codes={calendar for _code, calendar, _n in centres})
    waiting = dict(
        Operation.objects.filter(
            state__in=WAITING_STATES, work_centre__isnull=False, station=""
        )
        .order_by()
        .values_list("work_centre__code")
        .annotate(total=Sum("run_s"))
    )
    queue_s = {code: waiting.get(code, 0) // n for code, _calendar, n in centres}
    takt_ms = dict(Line.objects.values_list("code", "takt_ms"))
    for code, n_units in _line_queues():
        queue_s[code] = n_units * takt_ms[code] // 1000
    return Shop(
        calendars={code: calendars[calendar] for code, calendar, _n in centres},
        queue_s=queue_s,
        takt_ms=takt_ms,
        terms=_terms(site),
    )


def _line_queues() -> list[tuple[str, int]]:
    return list(
        WorkOrder.objects.filter(
            line__isnull=False,
            method=MASS_CUSTOMISATION,
            state__in=(WorkOrderState.PLANNED, WorkOrderState.RELEASED),
        )
        .order_by()
        .values_list("line__code")
        .annotate(n=Count("id"))
    )


def _terms(site: Site) -> Terms:
    delivery = site.figures.get("delivery", {})
    carrier = delivery.get("carrier", {})
    return Terms(
        zone=site.zone,
        pick_up=carrier.get("pick_up", "17:30"),
        weekdays=tuple(carrier.get("weekdays", (0, 1, 2, 3, 4))),
        transit_days=carrier.get("transit_working_days", {}).get("home", 1),
        packing_s=delivery.get("packing_s", int(PACKING.total_seconds())),
    )


def _ready_at(shop: Shop, manufacture: Manufacture, begin: datetime) -> datetime | None:
    """Do the steps behind the longest of the queues that they meet."""
    line = manufacture.line
    waits_s: dict[str | int, int] = {}
    if manufacture.method.value == MASS_CUSTOMISATION and line:
        steps = [_down_the_line(shop, manufacture, line)]
    else:
        steps = [_step(each) for each in manufacture.steps]
        waits_s = {each.code: _fill_s(each) for each in manufacture.steps}
    places = {step.resource for step in steps}
    longest = max(places, key=lambda code: shop.queue_s.get(code, 0), default="")
    try:
        return estimate_ready(
            steps,
            quantity=planned_quantity(manufacture.pieces, manufacture.yield_bp),
            released_at=begin,
            calendars={code: shared(each) for code, each in shop.calendars.items()},
            queue_s={longest: shop.queue_s.get(longest, 0)},
            wait_s=waits_s,
        )
    except CalendarError:
        return None


def _down_the_line(shop: Shop, manufacture: Manufacture, line: str) -> Step:
    """One unit's way down the line, and a takt for each that comes with it."""
    n_units = manufacture.pieces // manufacture.pieces_per_unit
    own_ms = sum(each.run_ms + each.min_delay_s * 1000 for each in manufacture.steps)
    takts_ms = shop.takt_ms.get(line, 0) * (n_units - 1)
    return Step(key=line, run_ms=own_ms + takts_ms, basis=Basis.FIXED, resource=line)


def _step(plan: StepPlan) -> Step:
    load_num, load_den = plan.load_units_per_piece or (1, 1)
    return Step(
        key=plan.code,
        run_ms=plan.run_ms,
        basis=Basis(plan.basis.value),
        resource="" if plan.basis.value == "DELAY" else plan.work_centre or "",
        after=plan.after,
        setup=Setup(internal_s=plan.setup.internal_s if plan.setup else 0),
        min_delay_s=plan.min_delay_s,
        load_num=max(1, load_num),
        load_den=load_den,
        load_max=plan.load.maximum if plan.load else None,
    )


def _fill_s(plan: StepPlan) -> int:
    """Expect half the longest time that a load may wait to fill, an hour at most."""
    if plan.batch is None or plan.batch.max_wait_s is None:
        return 0
    return min(plan.batch.max_wait_s // 2, LONGEST_FILL_S)


def _from_stock(
    shop: Shop, product: str, manufacture: Manufacture, now: datetime
) -> Promise:
    """Let standard goods leave at once if they are there, else after the next run."""
    item = StockItem.objects.filter(product__slug=product, kind=StockKind.GOODS).first()
    free = item.free if item else manufacture.pieces
    if item is None or free >= manufacture.pieces:
        return _shipped(shop.terms, now, _("goods in stock"))
    text = _("the next run of %(item)s") % {"item": item.code}
    ready_at = now + timedelta(days=max(1, item.lead_days))
    return _shipped(shop.terms, ready_at, text)


def _shipped(terms: Terms, ready_at: datetime, rests_on: str) -> Promise:
    zone = ZoneInfo(terms.zone)
    packed = ready_at + timedelta(seconds=terms.packing_s)
    shipped_at = _next_pick_up(terms, zone, packed)
    day = shipped_at.astimezone(zone).date()
    left = terms.transit_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() in terms.weekdays
    delivered = datetime.combine(day, time(18), tzinfo=zone)
    return Promise(
        ready_at=ready_at,
        shipped_at=shipped_at,
        delivered_at=delivered.astimezone(UTC),
        rests_on=rests_on[:300],
    )


def _next_pick_up(terms: Terms, zone: ZoneInfo, packed: datetime) -> datetime:
    day = packed.astimezone(zone).date()
    weekdays: Sequence[int] = terms.weekdays or tuple(range(7))
    while True:
        at = datetime.combine(day, time.fromisoformat(terms.pick_up), tzinfo=zone)
        if day.weekday() in weekdays and at >= packed:
            return at.astimezone(UTC)
        day += timedelta(days=1)
