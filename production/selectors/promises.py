"""The dates told to a customer: what must be done, behind what waits already.

A quote walks through the routing behind the queues of the works, as they stood a few
seconds ago, and ends with packing, departure and the days on the way. It promises
nothing that it does not rest on, and says what that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from configurator.ports import Promise
from configurator.selectors.manufacture import (
    Manufacture,
    ManufactureError,
    StepPlan,
    resolve,
)
from configurator.selectors.times import written_day
from orders.selectors.deliveries import allowed_deliveries, first_common
from production.engine.calendar import CalendarError
from production.engine.delivery import Dates, DeliveryError, deliver
from production.engine.demand import Basis, Setup, Step
from production.engine.promise import Outlook, Task, look_ahead, supplied_at
from production.engine.split import planned_quantity
from production.selectors.claims import Claims
from production.selectors.cutoffs import edit_until
from production.selectors.shop import MASS_CUSTOMISATION, Shop, look

LOOK_AGAIN_S = 20  # how old the known queues may be
MOST_REMEMBERED = 2_000
MOST_PLACES = 6
FLOW = "FLOW"
OUTSIDE, APPROVAL, DELAY = "OUTSIDE", "APPROVAL", "DELAY"


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

    @property
    def key(self) -> Any:
        """Give what decides the answer while the works stand still."""
        if self.operations:
            return None
        choices = tuple(
            (name, tuple(value) if isinstance(value, list) else value)
            for name, value in sorted(self.choices.items())
        )
        where = (self.delivery, self.country, get_language())
        return (self.release_id, choices, self.quantity, *where)


@dataclass(frozen=True, slots=True)
class _Ready:
    """When something is made, what that rests on and what it takes."""

    at: datetime
    grounds: tuple[str, ...]
    claims: Claims


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
) -> Promise | None:
    """Quote the three dates for a complete configuration; none where none can be.

    Asked again within seconds, the same question has the same answer at no cost.
    """
    shop = get_shop(now=now)
    if shop is None:
        return None
    question = Question(
        product, release_id, choices, quantity, delivery, country, tuple(operations)
    )
    key = question.key
    if key is None:
        return _quote(shop, question, now)
    if key not in shop.answers:
        if len(shop.answers) >= MOST_REMEMBERED:
            shop.answers.clear()
        shop.answers[key] = _quote(shop, question, now)
    found: Promise | None = shop.answers[key]
    return found


def reaches(*, delivery: str, country: str, now: datetime) -> bool:
    """Say whether a way goes to a country; without works nothing is known."""
    shop = get_shop(now=now)
    return shop is None or shop.terms.reaches(delivery=delivery, country=country)


def get_shop(*, now: datetime) -> Shop | None:
    """Look at calendars and queues, at most every few seconds in one process.

    Kept in memory and nowhere else: a quote must not depend on a cache that is down.
    """
    moment = int(now.timestamp()) // LOOK_AGAIN_S
    if _seen.moment != moment:
        _seen.shop, _seen.moment = look(now=now), moment
    return _seen.shop


def forget_shop() -> None:
    """Look again at the next quote."""
    _seen.moment = None


class _Seen:
    moment: int | None = None
    shop: Shop | None = None


_seen = _Seen()


def _quote(shop: Shop, question: Question, now: datetime) -> Promise | None:
    try:
        manufacture = resolve(
            release_id=question.release_id,
            choices=question.choices,
            quantity=question.quantity,
        )
        if manufacture.method.value == FLOW:
            found = _from_stock(shop, question.product, manufacture, now)
        else:
            found = _made(shop, question, manufacture, now)
        dates = deliver(found.at, _way(shop, question))
    except (ManufactureError, CalendarError, DeliveryError):
        return None
    return _promise(dates, found)


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
        rests_on="; ".join(ready.grounds)[:300],
        due_at=dates.due_at,
        claims=ready.claims.written(),
    )


def _from_stock(
    shop: Shop, product: str, manufacture: Manufacture, now: datetime
) -> _Ready:
    """Let standard goods leave at once if they are there, else after enough runs."""
    needed = shop.supplies.goods_needed(
        product,
        pieces=manufacture.pieces,
        materials=[(each.material, each.total) for each in manufacture.materials],
    )
    dates = [
        (supplied_at(item.supply, quantity, now=now), item.code)
        for item, quantity in needed
    ]
    ready_at, code = max(dates, default=(now, ""))
    claims = Claims(goods={item.code: quantity for item, quantity in needed})
    if ready_at <= now:
        return _Ready(now, (_("goods in stock"),), claims)
    text = _("the next run of %(item)s") % {"item": code}
    return _Ready(ready_at, (text,), claims)


def _made(
    shop: Shop, question: Question, manufacture: Manufacture, now: datetime
) -> _Ready:
    """Make it behind what waits, once the customer may no longer change it."""
    begin_at = edit_until(window=manufacture.edit_window, now=now) or now
    materials_at, material = shop.supplies.materials_at(
        [(each.material, each.total) for each in manufacture.materials], now=begin_at
    )
    quantity = planned_quantity(manufacture.pieces, manufacture.yield_bp)
    tasks = list_tasks(shop, manufacture, question.operations)
    outlook = look_ahead(
        tasks,
        quantity=quantity,
        begin_at=begin_at,
        works=shop.works,
        materials_at=materials_at,
    )
    texts = list(_grounds(tasks, outlook))
    if material:
        text = _("%(item)s comes on %(day)s")
        texts.append(text % {"item": material, "day": written_day(materials_at)})
    claims = Claims(work_s=outlook.work_s, load_milli=outlook.joins)
    return _Ready(outlook.ready_at, tuple(texts), claims)


def _grounds(tasks: Sequence[Task], outlook: Outlook) -> Iterator[str]:
    """Say in words what a date rests on."""
    places = sorted({task.step.resource for task in tasks if task.step.resource})
    text = _("%(steps)d steps at %(places)s and what waits there")
    yield text % {"steps": len(tasks), "places": ", ".join(places[:MOST_PLACES])}
    if outlook.joins:
        text = _("joins %(batches)s")
        yield text % {"batches": ", ".join(outlook.joins)}
    if outlook.slowest:
        text = _("waits longest for %(place)s")
        yield text % {"place": outlook.slowest}


def list_tasks(
    shop: Shop,
    manufacture: Manufacture,
    operations: Sequence[Mapping[str, Any]] = (),
) -> list[Task]:
    """Give the tasks of a work as the promise engine takes them."""
    line = manufacture.line
    if operations:
        return _quoted_tasks(operations)
    if manufacture.method.value == MASS_CUSTOMISATION and line:
        return [_down_the_line(shop, manufacture, line)]
    return [_task(shop, each) for each in manufacture.steps]


def _down_the_line(shop: Shop, manufacture: Manufacture, line: str) -> Task:
    """One unit's way down the line, and a takt for each that comes with it."""
    n_units = manufacture.pieces // manufacture.pieces_per_unit
    own_ms = sum(each.run_ms + each.min_delay_s * 1000 for each in manufacture.steps)
    takts_ms = shop.takt_ms.get(line, 0) * (n_units - 1)
    run_ms = own_ms + takts_ms
    return Task(Step(key=line, run_ms=run_ms, basis=Basis.FIXED, resource=line))


def _task(shop: Shop, plan: StepPlan) -> Task:
    load_num, load_den = plan.load_units_per_piece or (1, 1)
    step = Step(
        key=plan.code,
        run_ms=plan.run_ms,
        basis=Basis(plan.basis.value),
        resource=plan.work_centre or "",
        after=plan.after,
        setup=Setup(internal_s=_setup_s(shop, plan)),
        skill=plan.skill or "",
        attended=plan.attended,
        min_delay_s=plan.min_delay_s,
        load_num=max(1, load_num),
        load_den=load_den,
        load_max=plan.load.maximum if plan.load else None,
    )
    batch = plan.batch
    outside = plan.outside if plan.kind.value == OUTSIDE else None
    return Task(
        step=step,
        family=plan.batch_key or "",
        max_wait_s=batch.max_wait_s if batch else None,
        cutoff=time.fromisoformat(batch.cutoff) if batch and batch.cutoff else None,
        lead_days=int((outside or {}).get("lead_days", 0)),
        is_customers=plan.kind.value == APPROVAL,
    )


def _setup_s(shop: Shop, plan: StepPlan) -> int:
    """Give the changeover from the state in which a machine will be by then."""
    if plan.setup is None:
        return 0
    matrix = shop.matrices.get(plan.setup.matrix or "")
    if matrix is None:
        return plan.setup.internal_s
    state = shop.states.get(plan.work_centre or "", {})
    change = matrix.setup_between(state, plan.setup_attributes)
    return plan.setup.internal_s + change.internal_s


def _quoted_tasks(operations: Sequence[Mapping[str, Any]]) -> list[Task]:
    """Read the operations that staff quoted; they follow one another."""
    found: list[Task] = []
    for place, entry in enumerate(operations, start=1):
        kind = str(entry.get("kind") or "")
        before = (found[-1].step.key,) if found else ()
        after = entry.get("after")
        step = Step(
            key=str(entry.get("code") or f"STEP_{place}"),
            run_ms=int(entry.get("run_s") or 0) * 1000,
            basis=Basis.DELAY if kind in (DELAY, OUTSIDE) else Basis.FIXED,
            resource=str(entry.get("work_centre") or ""),
            after=before if after is None else tuple(after),
            skill=str(entry.get("skill") or ""),
            min_delay_s=int(entry.get("min_delay_s") or 0),
        )
        found.append(Task(step, is_customers=kind == APPROVAL))
    return found
