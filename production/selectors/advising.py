"""What methods are compared on: the latest orders of a product, as they were made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from configurator.selectors.errors import DomainError
from configurator.states import CharacteristicKind, TimeBasis
from orders.models import OrderLine
from production.engine.case import Case, CaseOrder, Equipment, Rates
from production.engine.plan import Kind, Profile
from production.engine.values import NEVER_S
from production.models import Line, Operation, WorkCentre
from production.selectors.calendars import get_calendar
from production.selectors.line_queue import colour_rule, line_rules
from production.selectors.loads import setup_matrix
from production.selectors.shop import read_setup
from production.states import SourceKind

MOST_ORDERS = 1_000
HORIZON = timedelta(days=120)
DAY_S = 86_400
USUAL_WAGE_MINOR = 3_200
SHARED = (TimeBasis.LOAD, TimeBasis.SHEET)


class AdviceError(DomainError):
    """There is nothing to compare methods on."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A case, and where it comes from."""

    case: Case
    product: str
    work_centre: str
    step: str
    n_orders: int


def build_demand(*, product: str, n_orders: int, now: datetime) -> Demand:
    """Make a case of a product's latest orders at the step that holds them up most.

    That step is the one whose run and set-up times add up to most over all of them.
    """
    if not 1 <= n_orders <= MOST_ORDERS:
        raise AdviceError(
            _("Compare 1 to %(most)d orders.") % {"most": MOST_ORDERS}, field="orders"
        )
    lines = list(
        OrderLine.objects.filter(product__slug=product, work_orders__isnull=False)
        .order_by("-id")
        .distinct()
        .values_list("id", flat=True)[:n_orders]
    )
    operations = list(
        Operation.objects.filter(
            work_order__order_line_id__in=lines,
            work_order__source_kind=SourceKind.ORDER_LINE,
            work_centre__isnull=False,
        )
        .select_related("work_order__order_line__product", "work_centre__site")
        .order_by("work_order_id", "sequence")
    )
    if not operations:
        raise AdviceError(
            _("No order of “%(product)s” has been made here yet.")
            % {"product": product},
            field="product",
            status=404,
        )
    chosen = _heaviest(operations)
    return Demand(
        case=_case(chosen, now=now),
        product=product,
        work_centre=chosen[0].work_centre.code if chosen[0].work_centre else "",
        step=chosen[0].code,
        n_orders=len({each.work_order.order_line_id for each in chosen}),
    )


def _heaviest(operations: Sequence[Operation]) -> list[Operation]:
    by_step: dict[tuple[int, str], list[Operation]] = defaultdict(list)
    for each in operations:
        by_step[each.work_centre_id or 0, each.code].append(each)

    def weight(rows: list[Operation]) -> int:
        setups_s = sum(row.setup_s for row in rows)
        if rows[0].setup_matrix:
            rules = setup_matrix(rows[0].setup_matrix).rules
            setups_s += len(rows) * max(rule.internal_s for rule in rules)
        return setups_s + sum(row.run_s for row in rows)

    return max(by_step.values(), key=weight)


def _case(operations: Sequence[Operation], *, now: datetime) -> Case:
    centre = operations[0].work_centre
    if centre is None:
        raise AdviceError(_("A step without a place holds nothing up."))
    origin = min(each.work_order.created_at for each in operations)
    orders = _orders(operations, origin)
    equipment = _equipment(operations, centre, origin, now)
    return Case(
        orders=tuple(orders),
        equipment=equipment,
        profile=_profile(operations, orders, equipment),
        rates=_rates(centre),
    )


def _orders(operations: Sequence[Operation], origin: datetime) -> list[CaseOrder]:
    by_line: dict[int, list[Operation]] = defaultdict(list)
    for each in operations:
        by_line[each.work_order.order_line_id or 0].append(each)
    found = []
    for line_id, rows in sorted(by_line.items()):
        first = rows[0]
        due_at = first.work_order.due_at
        found.append(
            CaseOrder(
                key=line_id,
                variant=first.setup_family or first.batch_key or first.code,
                quantity=max(1, sum(row.planned_quantity for row in rows)),
                arrived_s=_seconds(origin, first.work_order.created_at),
                due_s=_seconds(origin, due_at) if due_at else NEVER_S,
                state={
                    **read_setup(first.setup_family),
                    **first.work_order.line_attributes,
                },
            )
        )
    return found


def _seconds(origin: datetime, at: datetime) -> int:
    return max(0, int((at - origin).total_seconds()))


def _equipment(
    operations: Sequence[Operation],
    centre: WorkCentre,
    origin: datetime,
    now: datetime,
) -> Equipment:
    first = operations[0]
    line = Line.objects.filter(work_centre=centre).first()
    pieces = sum(each.planned_quantity for each in operations)
    run_ms = sum(each.run_s for each in operations) * 1000 // max(1, pieces)
    largest = int(first.batch_rule.get("max") or 0)
    shares = first.basis in SHARED and largest > 0
    per_load = largest * first.load_den // max(1, first.load_num)
    calendar = get_calendar(calendar_id=centre.calendar_id)
    return Equipment(
        run_ms=max(1, first.run_s * 1000 if shares else run_ms),
        places=centre.n_places,
        crew=max(1, first.crew),
        matrix=setup_matrix(first.setup_matrix),
        load_pieces=max(1, per_load) if shares else None,
        load_run_ms=max(1, first.run_s * 1000) if shares else 0,
        max_wait_s=int(first.batch_rule.get("max_wait_s") or 4 * 3600),
        colour=colour_rule(line=line) if line else None,
        line_rules=tuple(line_rules(line=line)) if line else (),
        openings=calendar.openings_s(origin, now + HORIZON),
    )


def _profile(
    operations: Sequence[Operation],
    orders: Sequence[CaseOrder],
    equipment: Equipment,
) -> Profile:
    order_line = operations[0].work_order.order_line
    span_s = max(order.arrived_s for order in orders) + DAY_S
    pieces = sum(order.quantity for order in orders)
    rules = equipment.matrix.rules
    run_ms = equipment.run_ms
    if equipment.load_pieces is not None:
        run_ms = equipment.load_run_ms // equipment.load_pieces
    return Profile(
        kind=Kind(order_line.product.kind) if order_line else Kind.CONFIGURABLE,
        quantity=max(1, pieces // len(orders)),
        run_ms=max(1, run_ms),
        setup_s=max(rule.internal_s for rule in rules),
        is_personalised=_is_personalised(operations),
        per_day=max(1, pieces * DAY_S // span_s),
        n_variants=len({order.variant for order in orders}),
        has_line=any(each.work_order.line_id for each in operations),
        has_batch_key=any(each.batch_key for each in operations),
        run_length=(equipment.colour.max_run or 1) if equipment.colour else 1,
    )


def _is_personalised(operations: Sequence[Operation]) -> bool:
    """Say whether an order carries words or a picture of its own."""
    line = operations[0].work_order.order_line
    if line is None:
        return False
    asked = line.configuration.release.characteristics.filter(
        kind__in=(CharacteristicKind.TEXT, CharacteristicKind.FILE)
    ).values_list("code", flat=True)
    lines = {each.work_order.order_line for each in operations}
    return any(
        each is not None and set(asked) & each.configuration.choices.keys()
        for each in lines
    )


def _rates(centre: WorkCentre) -> Rates:
    """Take the rates of the place, and of the people that its work asks for."""
    rates = centre.rates
    wages = centre.site.figures.get("figures", {}).get("labour_minor_per_h", {})
    return Rates(
        labour_minor_per_h=int(wages.get(rates.get("labour", ""), USUAL_WAGE_MINOR)),
        machine_minor_per_h=int(rates.get("machine_minor_per_h", 0)),
        run_w=int(rates.get("run_wh_per_h", 0)),
        idle_w=int(rates.get("idle_wh_per_h", 0)),
    )
