"""What methods are compared on: the latest orders of a product, as they are made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.utils.translation import gettext as _

from configurator.models import Product
from configurator.selectors.errors import DomainError
from configurator.selectors.manufacture import StepPlan
from configurator.selectors.releases import release_by_id
from configurator.selectors.words import in_language
from production.engine.case import NO_SETUP, Case, CaseOrder, Equipment
from production.engine.changeover import SetupMatrix
from production.engine.cutoff import Closing
from production.engine.demand import SetupRule
from production.engine.plan import Kind, Profile
from production.engine.values import NEVER_S, Attributes
from production.selectors.latest import MadeLine, list_latest, list_since
from production.selectors.pacing import pace
from production.selectors.plant import Plant, read_plant
from production.selectors.step_work import FIXED, LOAD, SHEET, UNIT, Work

MOST_ORDERS = 1_000
MOST_COMPANIONS = 300
DAY_S = 86_400
WORKED = (LOAD, SHEET, FIXED, UNIT)
USUAL_BATCH = 500
FLOW, ONE_BY_ONE = "FLOW", "MASS_CUSTOMISATION"


class AdviceError(DomainError):
    """There is nothing to compare methods on."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A case, and where it comes from.

    Of ``n_found`` orders ``n_orders`` go over the step that is looked at.
    """

    case: Case
    product: str
    work_centre: str
    step: str
    n_orders: int
    n_others: int = 0
    n_found: int = 0
    matrix: str = ""
    currency: str = ""


def build_demand(*, product: str, n_orders: int, now: datetime) -> Demand:
    """Make a case of a product's latest orders at the step that holds them up most."""
    if not 1 <= n_orders <= MOST_ORDERS:
        raise AdviceError(
            _("Compare 1 to %(most)d orders.") % {"most": MOST_ORDERS}, field="orders"
        )
    lines = list_latest(product=product, n_lines=n_orders)
    if not lines:
        raise AdviceError(
            _("No order of “%(product)s” has been made here yet.")
            % {"product": _name_of(product)},
            field="product",
            status=404,
        )
    others = list_since(
        since=lines[0].arrived_at, besides=product, n_lines=MOST_COMPANIONS
    )
    found = as_repeated(demand_for(lines, others=others, now=now), lines)
    return replace(found, n_found=len(lines))


def as_repeated(found: Demand, lines: Sequence[MadeLine]) -> Demand:
    """Judge what was ordered without any difference as what it is: repeated.

    Only the advice on these orders does: the next one may differ.
    """
    alike = all(not a.personal and a.choices == lines[0].choices for a in lines)
    if not alike or found.n_others or found.case.n_pieces == 1:
        return found
    return replace(found, case=found.case.with_variants(1))


def _name_of(product: str) -> str:
    found = Product.objects.filter(slug=product).first()
    return (found and in_language(found.name)) or product


def demand_for(
    lines: Sequence[MadeLine], *, others: Sequence[MadeLine] = (), now: datetime
) -> Demand:
    """Make a case of order lines in the plant as it stands, in its currency."""
    found = demand_of(lines, others=others, plant=read_plant(), now=now)
    release = release_by_id(lines[-1].release_id)
    return replace(found, currency=release.definition.currency)


def demand_of(
    lines: Sequence[MadeLine],
    *,
    others: Sequence[MadeLine] = (),
    plant: Plant,
    now: datetime,
) -> Demand:
    """Make a case of order lines of one product.

    A line of units is looked at as a whole; elsewhere the step whose run times, in
    whole loads, and set-ups between its kinds add up to most. What else came to that
    machine in the same time is part of the demand: it changes its state.
    """
    asked, companions = _heaviest(lines, others, plant)
    if not asked:
        raise AdviceError(_("No step of these orders has a place that it is made at."))
    rows = [*asked, *companions]
    first = asked[0]
    place = first.step.work_centre or ""
    origin = min(each.line.arrived_at for each in rows)
    equipment, matrix, asks = _read_equipment(rows, plant)
    openings = plant.openings(place, origin=origin, now=now)
    equipment = replace(equipment, openings=openings)
    orders = [
        _order(each, equipment, ask, plant.places[place].zone, origin)
        for each, ask in zip(rows, asks, strict=True)
    ]
    return Demand(
        case=Case(
            orders=tuple(orders),
            equipment=equipment,
            profile=_profile(asked, orders, equipment),
            rates=plant.places[place].priced(plant.waste_milli),
        ).with_mean_change(),
        product=first.line.product,
        work_centre=place,
        step=first.step.code,
        n_orders=len(asked),
        n_others=len(rows) - len(asked),
        matrix=matrix,
    )


def _read_equipment(
    rows: Sequence[Work], plant: Plant
) -> tuple[Equipment, str, list[tuple[Attributes, Mapping[str, int]]]]:
    """Give the machine, its matrix, and what each order asks of its state and time."""
    made = rows[0].line.manufacture
    line = plant.lines.get(made.line or "")
    if line is None or made.method != ONE_BY_ONE:
        equipment, matrix = _equipment(rows, plant)
        return equipment, matrix, [(_state(each), {}) for each in rows]
    paced = pace([each.line for each in rows], line=line, plant=plant)
    asks = [*zip(paced.states, paced.station_ms, strict=True)]
    return paced.equipment, paced.matrix, asks


def _heaviest(
    lines: Sequence[MadeLine], others: Sequence[MadeLine], plant: Plant
) -> tuple[list[Work], list[Work]]:
    """Give the work at the step that takes most time, and what else goes over it."""
    found = [(rows, _companions(rows[0], others)) for rows in _by_step(lines, plant)]
    return max(
        found,
        key=lambda both: _weight_s([*both[0], *both[1]], plant),
        default=([], []),
    )


def _by_step(lines: Sequence[MadeLine], plant: Plant) -> list[list[Work]]:
    """Part the work of all lines by place and step; a line of units is one place."""
    by_step: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for line in lines:
        steps = [
            step
            for step in line.manufacture.steps
            if step.work_centre in plant.places and step.basis.value in WORKED
        ]
        if steps and line.manufacture.method == ONE_BY_ONE:
            longest = max(steps, key=lambda step: step.run_ms)
            by_step[longest.work_centre or "", ""].append(Work(line, longest))
            continue
        for step in steps:
            by_step[step.work_centre or "", step.code].append(Work(line, step))
    return [*by_step.values()]


def _companions(first: Work, others: Sequence[MadeLine]) -> list[Work]:
    """Give what other products ask of the same machine, at a step that works alike."""
    is_line = first.line.manufacture.method in (FLOW, ONE_BY_ONE)
    if is_line or first.step.setup is None:
        return []
    found = {
        line.key: Work(line, step)
        for line in others
        if line.manufacture.method == first.line.manufacture.method
        for step in line.manufacture.steps
        if step.work_centre == first.step.work_centre
        and step.basis == first.step.basis
        and step.setup == first.step.setup
    }
    return [*found.values()]


def _weight_s(rows: Sequence[Work], plant: Plant) -> int:
    place = plant.places[rows[0].step.work_centre or ""]
    run_s = sum(row.run_ms for row in rows) // 1000
    weight_s = (run_s + _family_changes_s(rows, plant)) // place.n_places
    # Where single orders are below the least load there is less of a choice.
    sizes = sorted(row.pieces for row in rows)
    least = _least(rows[0].step, _load(rows)[0])
    return weight_s // 2 if sizes[len(sizes) // 2] < least else weight_s


def _family_changes_s(rows: Sequence[Work], plant: Plant) -> int:
    """Sum the set-ups if each kind comes once, in the order of their names."""
    kinds = {row.variant: row.step.setup_attributes for row in rows}
    matrix = _matrix_of(rows[0].step, plant)
    states = [kinds[name] for name in sorted(kinds)]
    return sum(matrix.setup_between(*pair).internal_s for pair in pairwise(states))


def _matrix_of(step: StepPlan, plant: Plant) -> SetupMatrix:
    """Give the step's matrix; a fixed set-up of its own is the same for all."""
    if step.setup is None:
        return NO_SETUP
    if step.setup.matrix:
        return plant.matrix(step.setup.matrix)
    own = SetupRule("EACH", step.setup.internal_s, step.setup.external_s)
    return SetupMatrix(step.code, (own,))


def _state(work: Work) -> Attributes:
    if work.line.manufacture.method == FLOW:
        return {"fruit": work.line.product}
    return work.step.setup_attributes


def _equipment(rows: Sequence[Work], plant: Plant) -> tuple[Equipment, str]:
    first = rows[0]
    place = plant.places[first.step.work_centre or ""]
    pieces = sum(row.pieces for row in rows)
    matrix = _matrix_of(first.step, plant)
    is_flow = first.line.manufacture.method == FLOW
    if is_flow:
        matrix = plant.matrix(place.klass)
    load_pieces, load_run_ms = _load(rows)
    return Equipment(
        run_ms=max(1, sum(row.run_ms for row in rows) // pieces),
        places=place.n_places,
        crew=max(1, place.crew if is_flow else first.step.crew),
        matrix=matrix,
        load_pieces=load_pieces,
        load_run_ms=load_run_ms,
        least_pieces=_least(first.step, load_pieces),
        batch_pieces=plant.run_sizes.get(first.line.product) or USUAL_BATCH,
        is_shared=is_flow,
    ), matrix.code


def _closing(work: Work, equipment: Equipment, zone: str, origin: datetime) -> Closing:
    """Give the rules of an order's own step; what is made to stock waits a day."""
    if equipment.is_shared:
        return Closing(max_wait_s=DAY_S)
    return work.closing(load_pieces=equipment.load_pieces, zone=zone, origin=origin)


def _load(rows: Sequence[Work]) -> tuple[int | None, int]:
    """Give the pieces of a whole load in the middle of all, and how long it takes."""
    shared = [row for row in rows if row.is_shared]
    if len(shared) < len(rows):
        return None, 0
    whole = sorted(row.pieces * 1_000_000 // row.load_share_ppm for row in rows)
    runs = [row.step.run_ms for row in rows]
    setup = rows[0].step.setup
    each_s = setup.internal_s if setup and setup.matrix else 0
    run_ms = sum(runs) // len(runs) + each_s * 1000
    return max(1, whole[len(whole) // 2]), max(1, run_ms)


def _least(step: StepPlan, load_pieces: int | None) -> int:
    """Give the least pieces that fill a machine enough; a tray begun is a tray."""
    if load_pieces is None or step.load is None or not step.load.maximum:
        return 0
    begun = max(0, step.load.minimum - 1)
    return load_pieces * begun // step.load.maximum


def _order(
    work: Work,
    equipment: Equipment,
    ask: tuple[Attributes, Mapping[str, int]],
    zone: str,
    origin: datetime,
) -> CaseOrder:
    """Count an order in pieces; in a load, in pieces of the usual size."""
    pieces = work.pieces
    if equipment.load_pieces is not None:
        pieces = (work.load_share_ppm * equipment.load_pieces + 500_000) // 1_000_000
    due_at = work.line.due_at
    return CaseOrder(
        key=work.line.key,
        variant=work.line.product if equipment.is_shared else work.variant,
        quantity=max(1, pieces),
        arrived_s=_seconds(origin, work.line.arrived_at),
        due_s=_seconds(origin, due_at) if due_at else NEVER_S,
        state=ask[0],
        station_ms=ask[1],
        closing=_closing(work, equipment, zone, origin),
    )


def _seconds(origin: datetime, at: datetime) -> int:
    return max(0, int((at - origin).total_seconds()))


def _profile(
    rows: Sequence[Work], orders: Sequence[CaseOrder], equipment: Equipment
) -> Profile:
    span_s = max(order.arrived_s for order in orders) + DAY_S
    pieces = sum(order.quantity for order in orders)
    run_ms = equipment.run_ms
    if equipment.load_pieces is not None:
        run_ms = equipment.load_run_ms // equipment.load_pieces
    return Profile(
        kind=Kind(rows[0].line.kind),
        quantity=max(1, pieces // len(orders)),
        run_ms=max(1, run_ms),
        is_personalised=any(row.line.personal for row in rows),
        per_day=max(1, pieces * DAY_S // span_s),
        n_variants=len({order.variant for order in orders}),
        day_s=_day_s(equipment),
        run_length=(equipment.colour.max_run or 1) if equipment.colour else 1,
        has_line=equipment.pacing is not None,
        has_batch_key=any(row.step.batch_key for row in rows) or equipment.is_shared,
    )


def _day_s(equipment: Equipment) -> int:
    """Give the working time of a day that has any, on average over two weeks."""
    by_day: dict[int, int] = defaultdict(int)
    for from_s, to_s in equipment.openings or ():
        if from_s < 14 * DAY_S:
            by_day[from_s // DAY_S] += to_s - from_s
    return max(1, sum(by_day.values()) // len(by_day)) if by_day else DAY_S
