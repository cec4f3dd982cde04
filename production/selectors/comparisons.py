"""What the advisor found on each product's orders, kept without any language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Sum

from configurator.ports import WayFigures, WaysCompared
from configurator.selectors.kept import shape_of
from configurator.selectors.words import in_language
from orders.models import OrderLine
from production.engine.advice import Advice, Ranked, RuledOut, advise
from production.engine.case import BP, FOUR_PLANTS, Case
from production.engine.reasons import Reason
from production.engine.simulate import Outcome
from production.models import FlowCounter, WorkCentre, WorkOrder
from production.selectors.advice import find_leading, write_reason
from production.selectors.advising import Demand
from production.selectors.latest import WANTED, MadeLine
from production.states import WorkOrderState

BATCH, FLOW = "BATCH", "FLOW"


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a product's orders in four plants, each laid out for its method.

    The orders themselves are not kept: every visitor's page reads this.
    """

    product: str
    n_orders: int
    n_pieces: int
    n_variants: int
    advice: Advice
    leading: tuple[Reason, ...]
    place: str
    place_name: Mapping[str, str]
    n_places: int
    crew: int
    good_percent: float
    is_good_planned: bool
    change_each_s: int
    room_left_percent: int | None
    is_expected: bool


KEY = f"ways:judged:{shape_of(Judged, Advice, Ranked, RuledOut, Outcome, Reason)}"


def compare_ways(*, products: Sequence[str], now: datetime) -> WaysCompared | None:
    """Give the comparison on the product that most was ordered of, if it was made.

    `services.showing` makes them in the background: a visitor never waits for one.
    """
    kept: Mapping[str, Judged] = cache.get(KEY, {})
    found = [kept[product] for product in products if product in kept]
    chosen = max(found, key=_standing, default=None)
    return None if chosen is None else _compared(chosen)


def _standing(judged: Judged) -> tuple[bool, int, int]:
    return (not judged.is_expected, judged.n_orders, judged.n_pieces)


def count_ordered() -> dict[str, int]:
    """Count the order lines of each product that were confirmed and are wanted."""
    wanted = OrderLine.objects.filter(order__state__in=WANTED, cancelled_at=None)
    rows = wanted.order_by().values_list("product__slug")
    return dict(rows.annotate(n=Count("id")))


def judge(demand: Demand, *, lines: Sequence[MadeLine], is_expected: bool) -> Judged:
    """Compare four plants on the demand of these lines, the latest of them last."""
    case = demand.case
    advice = advise(case, plants=FOUR_PLANTS)
    place = WorkCentre.objects.filter(code=demand.work_centre).first()
    good_percent = _good_percent(lines[-1].manufacture.method)
    planned = sum(line.manufacture.yield_bp * line.pieces for line in lines)
    planned_percent = round(planned / sum(line.pieces for line in lines) / 100, 1)
    return Judged(
        product=demand.product,
        n_orders=demand.n_orders,
        n_pieces=case.n_pieces,
        n_variants=case.profile.n_variants,
        advice=advice,
        leading=find_leading(advice, case, FOUR_PLANTS),
        place=demand.work_centre,
        place_name=place.name if place else {},
        n_places=case.equipment.places,
        crew=case.equipment.crew,
        good_percent=planned_percent if good_percent is None else good_percent,
        is_good_planned=good_percent is None,
        change_each_s=case.mean_change_s,
        room_left_percent=_room_left_percent(advice, case),
        is_expected=is_expected,
    )


def _good_percent(method: str) -> float | None:
    """Give how many of a hundred pieces made by a method were good, if any was."""
    done = WorkOrder.objects.filter(method=method, state=WorkOrderState.COMPLETED)
    rows = FlowCounter.objects.all() if method == FLOW else done
    sums = rows.aggregate(good=Sum("good"), scrap=Sum("scrap"))
    good, scrap = sums["good"] or 0, sums["scrap"] or 0
    return round(100 * good / (good + scrap), 1) if good + scrap else None


def _room_left_percent(advice: Advice, case: Case) -> int | None:
    """Give how much of the loads stays empty where orders share them."""
    load = case.equipment.load_pieces
    ran = [row.outcome.run_s for row in advice.ranked if row.method == BATCH]
    if load is None or not ran:
        return None
    each_ms = case.equipment.load_run_ms * FOUR_PLANTS[BATCH].run_bp // BP
    n_loads = max(1, round(ran[0] * 1000 / max(1, each_ms)))
    return max(0, 100 - round(100 * case.n_pieces / (n_loads * load)))


def _compared(judged: Judged) -> WaysCompared:
    """Say what was found in the reader's language."""
    advice = judged.advice
    names = ("lead_s", "change_s", "n_changes", "cost_minor", "waste_minor")
    rows = [
        WayFigures(
            method=row.method,
            is_best=row.method == advice.method,
            **{name: getattr(row.outcome, name) for name in names},
        )
        for row in advice.ranked
    ]
    out = [WayFigures(r.method, write_reason(r.because)) for r in advice.ruled_out]
    reasons = (*advice.reasons, *judged.leading)
    return WaysCompared(
        product=judged.product,
        n_orders=judged.n_orders,
        n_pieces=judged.n_pieces,
        place=in_language(judged.place_name) or judged.place,
        best=advice.method,
        reasons=tuple(write_reason(each) for each in reasons),
        rows=(*rows, *out),
        is_expected=judged.is_expected,
        n_variants=judged.n_variants,
        n_places=judged.n_places,
        crew=judged.crew,
        good_percent=judged.good_percent,
        is_good_planned=judged.is_good_planned,
        change_each_s=judged.change_each_s,
        room_left_percent=judged.room_left_percent,
    )
