"""The dates told to a customer: what must be done, behind what waits already.

A quote walks through the routing behind the queues of the works, as they stood a few
seconds ago, and ends with packing, departure and the days on the way. It promises
nothing that it does not rest on, and says what that is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from configurator.models import User
from configurator.ports import Promise
from configurator.selectors.grounds import STEPS, Ground, keep_grounds
from configurator.selectors.manufacture import (
    Manufacture,
    ManufactureError,
    resolve,
)
from configurator.selectors.roles import is_trade
from configurator.selectors.times import local
from orders.ports import DeliveryDates, DeliveryWindow
from orders.selectors.deliveries import allowed_deliveries, first_common
from production.engine.calendar import CalendarError
from production.engine.delivery import Dates, DeliveryError, deliver, list_windows
from production.engine.promise import (
    Outlook,
    Place,
    Task,
    Works,
    look_ahead,
    supplied_at,
)
from production.engine.split import planned_quantity
from production.selectors.claims import Claims
from production.selectors.cutoffs import edit_until
from production.selectors.routes import list_tasks
from production.selectors.shop import Shop, look

LOOK_AGAIN_S = 20  # how old the known queues may be
MOST_REMEMBERED = 2_000
MOST_PLACES = 6
MOST_WINDOWS = 40
FLOW = "FLOW"


@dataclass(frozen=True, slots=True)
class Question:
    """What a date is asked for; choices are canonical."""

    product: str
    release_id: int
    choices: Mapping[str, Any]
    quantity: int
    delivery: str = ""
    country: str = ""
    operations: tuple[Mapping[str, Any], ...] = ()
    instead_of: int | None = None
    for_trade: bool = False

    @property
    def key(self) -> Any:
        """Give what decides the answer while the works stand still."""
        if self.operations:
            return None
        choices = tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in sorted(self.choices.items())
        )
        where = (self.delivery, self.country)
        return (self.release_id, choices, self.quantity, *where, self.for_trade)


@dataclass(frozen=True, slots=True)
class _Ready:
    """When something is made, what that rests on and what it takes.

    ``idle_at`` is when it would be made if nothing else were to be waited for.
    """

    at: datetime
    grounds: tuple[Ground, ...]
    claims: Claims
    idle_at: datetime
    short_of: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A promise with what decides whether another choice would be there earlier."""

    promise: Promise
    idle_delivered_at: datetime
    joins: tuple[str, ...] = ()
    short_of: str = ""


def quote_promise(
    *,
    product: str,
    release_id: int,
    choices: Mapping[str, Any],
    quantity: int,
    now: datetime,
    delivery: str = "",
    country: str = "",
    operations: Sequence[Mapping[str, Any]] = (),
    instead_of: int | None = None,
    buyer_id: int | None = None,
) -> Promise | None:
    """Quote the three dates for a complete configuration; none where none can be.

    Asked again within seconds, the same question has the same answer at no cost.
    Instead of an ordered line, it does not stand behind what waits there for it.
    Trade is not told of goods that it would refuse as too old.
    """
    question = Question(
        product,
        release_id,
        choices,
        quantity,
        delivery,
        country,
        tuple(operations),
        instead_of,
        asks_for_trade(buyer_id, now=now, but_line=instead_of),
    )
    found = get_quoted(question, now=now)
    return found.promise if found else None


def get_quoted(question: Question, *, now: datetime) -> Quoted | None:
    """Quote a question, or remember the answer of a few seconds ago."""
    shop = get_shop(now=now, but_line=question.instead_of)
    if shop is None:
        return None
    key = question.key
    if key is None:
        return _quote(shop, question, now)
    if key in shop.answers:  # nothing leaves it: others read it at the same time
        known: Quoted | None = shop.answers[key]
        return known
    found = _quote(shop, question, now)
    if len(shop.answers) < MOST_REMEMBERED:
        shop.answers[key] = found
    return found


def asks_for_trade(
    buyer_id: int | None, *, now: datetime, but_line: int | None = None
) -> bool:
    """Say whether goods must keep for this buyer, looking it up once for all lines.

    No query where all goods keep.
    """
    if buyer_id is None:
        return False
    shop = get_shop(now=now, but_line=but_line)
    if shop is None or not shop.supplies.is_any_too_old:
        return False
    key = ("trade", buyer_id)
    if key not in shop.answers:
        buyer = User.objects.filter(pk=buyer_id).first()
        shop.answers[key] = is_trade(buyer)
    answer: bool = shop.answers[key]
    return answer


def reaches(*, delivery: str, country: str, now: datetime) -> bool:
    """Say whether a way goes to a country; without works nothing is known."""
    shop = get_shop(now=now)
    return shop is None or shop.terms.reaches(delivery=delivery, country=country)


def find_dates(
    *, product: str, delivery: str, country: str, ready_at: datetime, now: datetime
) -> DeliveryDates | None:
    """Say when what is ready at some time leaves and arrives."""
    shop = get_shop(now=now)
    if shop is None:
        return None
    way = shop.terms.way(delivery=delivery, country=country, product=product)
    try:
        dates = deliver(ready_at, way)
    except DeliveryError:
        return None
    return DeliveryDates(dates.shipped_at, dates.delivered_at, dates.due_at)


def find_windows(
    *, product: str, delivery: str, country: str, ready_at: datetime, now: datetime
) -> tuple[DeliveryWindow, ...]:
    """List the windows in which what is ready at some time can be handed over."""
    shop = get_shop(now=now)
    if shop is None:
        return ()
    way = shop.terms.way(delivery=delivery, country=country, product=product)
    return tuple(
        DeliveryWindow(each.from_at, each.to_at, each.due_at)
        for each in list_windows(max(ready_at, now), way, n=MOST_WINDOWS)
    )


def get_shop(*, now: datetime, but_line: int | None = None) -> Shop | None:
    """Look at calendars and queues, at most every few seconds in one process.

    Kept in memory and nowhere else: a quote must not depend on a cache that is down.
    Without ``but_line``, which is being changed, they are looked at by themselves.
    """
    moment = int(now.timestamp()) // LOOK_AGAIN_S
    with _seen.lock:
        if _seen.moment != moment:
            _seen.shops, _seen.moment = {}, moment
        if but_line not in _seen.shops:
            _seen.shops[but_line] = look(now=now, but_line=but_line)
        return _seen.shops[but_line]


def forget_shop() -> None:
    """Look again at the next quote."""
    _seen.moment = None


@dataclass(slots=True)
class _Seen:
    """What was seen latest; of those who ask at once one looks, the others wait."""

    moment: int | None = None
    shops: dict[int | None, Shop | None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_seen = _Seen()


def _quote(shop: Shop, question: Question, now: datetime) -> Quoted | None:
    try:
        manufacture = resolve(
            release_id=question.release_id,
            choices=question.choices,
            quantity=question.quantity,
        )
        if manufacture.method == FLOW:
            found = _from_stock(shop, question, manufacture, now)
        else:
            found = _made(shop, question, manufacture, now)
        way = _way(shop, question)
        return Quoted(
            promise=_promise(deliver(found.at, way), found),
            idle_delivered_at=deliver(found.idle_at, way).delivered_at,
            joins=tuple(found.claims.load_milli),
            short_of=found.short_of,
        )
    except (ManufactureError, CalendarError, DeliveryError):
        return None


def _way(shop: Shop, question: Question) -> Any:
    delivery = question.delivery
    if not delivery:
        allowed = allowed_deliveries(
            release_id=question.release_id,
            choices=question.choices,
            quantity=question.quantity,
        )
        delivery = first_common([allowed])
    return shop.terms.way(
        delivery=delivery, country=question.country, product=question.product
    )


def _promise(dates: Dates, ready: _Ready) -> Promise:
    return Promise(
        ready_at=dates.ready_at,
        shipped_at=dates.shipped_at,
        delivered_at=dates.delivered_at,
        rests_on=keep_grounds(ready.grounds),
        due_at=dates.due_at,
        claims=ready.claims.written(),
    )


def _from_stock(
    shop: Shop, question: Question, manufacture: Manufacture, now: datetime
) -> _Ready:
    """Let standard goods leave at once if they are there, else after enough runs."""
    needed = shop.supplies.goods_needed(
        question.product,
        pieces=manufacture.pieces,
        materials=[(each.material, each.total) for each in manufacture.materials],
    )
    dates = []
    for item, quantity in needed:
        supply = item.supply_for(trade=question.for_trade)
        dates.append((supplied_at(supply, quantity, now=now), item.code))
    ready_at, code = max(dates, default=(now, ""))
    claims = Claims(goods={item.code: quantity for item, quantity in needed})
    if ready_at <= now:
        return _Ready(now, (("STOCK", {}),), claims, now)
    return _Ready(ready_at, (("RUN", {"item": code}),), claims, now, code)


def _made(
    shop: Shop, question: Question, manufacture: Manufacture, now: datetime
) -> _Ready:
    """Make it behind what waits, once the customer may no longer change it."""
    begin_at = _begin_at(shop, manufacture, now)
    materials_at, material = shop.supplies.materials_at(
        [(each.material, each.total) for each in manufacture.materials], now=begin_at
    )
    quantity = planned_quantity(manufacture.pieces, manufacture.yield_bp)
    tasks = list_tasks(shop, manufacture, question.operations)
    ask = partial(look_ahead, quantity=quantity, begin_at=begin_at)
    outlook = ask(tasks, works=shop.works, materials_at=materials_at)
    alone = [replace(task, family="") for task in tasks]
    idle = ask(alone, works=_idle(shop, now))
    grounds = list(_grounds(tasks, outlook))
    if material:
        day = local(materials_at).date().isoformat()
        grounds.append(("COMES", {"item": material, "day": day}))
    claims = Claims(work_s=outlook.work_s, load_milli=outlook.joins)
    return _Ready(outlook.ready_at, tuple(grounds), claims, idle.ready_at, material)


def _begin_at(shop: Shop, manufacture: Manufacture, now: datetime) -> datetime:
    """Say when it may no longer be changed, looking it up once for all alike."""
    window = manufacture.edit_window
    if not window:
        return now
    key = ("window", *sorted(window.items()))
    if key not in shop.answers:
        shop.answers[key] = edit_until(window=window, now=now)
    until: datetime = shop.answers[key]
    return until


def _idle(shop: Shop, now: datetime) -> Works:
    """Give the same works with nothing to do."""
    if "idle" not in shop.answers:
        places = {
            code: Place(now, place.calendar)
            for code, place in shop.works.places.items()
        }
        shop.answers["idle"] = Works(places)
    works: Works = shop.answers["idle"]
    return works


def _grounds(tasks: Sequence[Task], outlook: Outlook) -> Iterator[Ground]:
    """Give what a date rests on."""
    places = sorted({task.step.resource for task in tasks if task.step.resource})
    yield STEPS, {"steps": len(tasks), "places": ", ".join(places[:MOST_PLACES])}
    if outlook.slowest:
        yield (
            ("SKILL", {"skill": outlook.slowest})
            if outlook.is_skill
            else ("PLACE", {"place": outlook.slowest})
        )
    if outlook.joins:
        yield "JOINS", {"batches": ", ".join(outlook.joins)}
