"""What the lines of confirmed orders become: the rows of their work orders.

Everything here is worked out before the first row is written, so that a line that
cannot be made stops its own order and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.making import (
    Key,
    Making,
    MaterialNeed,
    get_conditions,
    map_making,
)
from configurator.services.errors import ConflictError
from configurator.states import MaterialBasis, ProductKind
from production.engine.split import cut_into_lots, planned_quantity, split_exactly
from production.selectors import pipeline
from production.selectors.pipeline import Hours, Places, ReleasableLine
from production.services.blueprints import (
    MASS_CUSTOMISATION,
    Blueprint,
    make_blueprint,
    make_quoted_steps,
)
from production.services.row_forms import RowForm
from production.states import SourceKind, WorkOrderState

FLOW = "FLOW"
COLOUR = "colour"  # under this name the sequencer looks for runs of a colour
PRIORITY = 5
MAX_BLUEPRINTS = 5_000
WORK_ORDER_TABLE = "production_workorder"
WORK_ORDER_COLUMNS = (
    # differ from work order to work order
    "id",
    "number",
    "unit_index",
    # the same for an order line
    "source_key",
    "order_line_id",
    "configuration_id",
    "product_id",
    "release_at",
    "released_at",
    "due_at",
    "state",
    "method",
    "routing",
    "line_id",
    "line_attributes",
    # the same for lots of one size
    "quantity",
    "planned_quantity",
    "materials",
    # the same for all
    "source_kind",
    "revision",
    "good",
    "scrap",
    "priority",
    "created_at",
)


class QuotationMissingError(ConflictError):
    """A bespoke line was confirmed without an accepted quotation."""


@dataclass(frozen=True, slots=True)
class Lot:
    """So many pieces ordered, so many begun, so many such work orders in a row."""

    quantity: int
    planned: int
    n_times: int = 1


@dataclass(slots=True)
class Materials:
    """What a kind of unit needs, with the columns made of it so far."""

    needs: tuple[MaterialNeed, ...]
    _groups: dict[tuple[str, int, int], Any] = field(default_factory=dict)

    def group(self, lot: Lot, pieces_per_unit: int, form: RowForm) -> Any:
        """Give the columns of a lot: ordered, planned, and what that takes."""
        key = (type(form).__name__, lot.quantity, lot.planned)
        found = self._groups.get(key)
        if found is None:
            units = -(-lot.quantity // pieces_per_unit)
            needs = list_needed(needs=self.needs, planned=lot.planned, units=units)
            found = form.group(lot.quantity, lot.planned, needs)
            self._groups[key] = found
        return found


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One order line on its way to its work orders."""

    line: ReleasableLine
    blueprint: Blueprint
    lots: tuple[Lot, ...]
    release_at: datetime
    is_released: bool
    materials: Materials
    line_attributes: Mapping[str, Any]
    hours: Hours

    @property
    def n_work_orders(self) -> int:
        return sum(lot.n_times for lot in self.lots)


@dataclass(slots=True)
class Drafting:
    """The kinds met so far, kept while the factory's places stay as they are."""

    places: Places
    _blueprints: dict[Key, Blueprint] = field(default_factory=dict)
    _materials: dict[Key, Materials] = field(default_factory=dict)

    def blueprint(self, making: Making, line: ReleasableLine) -> Blueprint:
        """Give the blueprint that a line shares with all of its kind."""
        key, manufacture = making.resolve_steps(line.choices, line.quantity)
        full = (making.sha256, line.method, *key)
        found = self._blueprints.get(full)
        if found is None:
            found = make_blueprint(
                manufacture=manufacture,
                method=line.method,
                work_centre_ids=self.places.work_centre_ids(),
                line_ids=self.places.line_ids(),
            )
            if len(self._blueprints) >= MAX_BLUEPRINTS:
                self._blueprints.clear()
            self._blueprints[full] = found
        return found

    def materials(self, making: Making, line: ReleasableLine) -> Materials:
        """Give the materials that a line shares with all that need the same."""
        key, needs = making.list_materials(line.choices, line.quantity)
        full = (making.sha256, *key)
        found = self._materials.get(full)
        if found is None:
            if len(self._materials) >= MAX_BLUEPRINTS:
                self._materials.clear()
            found = self._materials[full] = Materials(needs)
        return found

    def line_attributes(
        self, blueprint: Blueprint, line: ReleasableLine
    ) -> dict[str, Any]:
        """Say what the ratio and colour rules of its line see of a unit."""
        if blueprint.line_id is None:
            return {}
        texts = self.places.conditions().get(blueprint.line_id, ())
        holding = get_conditions(texts=texts).holding(line.choices, line.quantity)
        found: dict[str, Any] = {code: 1 for code, holds in holding.items() if holds}
        colour = self.places.colour_attributes().get(blueprint.line_id)
        if colour:
            found[COLOUR] = _attribute(blueprint, line, colour)
        return found


_drafting: list[Drafting] = []


def get_drafting(*, places: Places) -> Drafting:
    """Give this process's drafting; another factory layout begins a new one."""
    if not _drafting or _drafting[0].places != places:
        _drafting[:] = [Drafting(places)]
    return _drafting[0]


def draft_lines(
    *, lines: Sequence[ReleasableLine], now: datetime
) -> tuple[LineDraft, ...]:
    """Work out the work orders of these lines; standard ones need none."""
    to_make = [line for line in lines if line.method != FLOW]
    if not to_make:
        return ()
    makings = map_making(release_ids={line.release_id for line in to_make})
    quoted = _quoted_operations(to_make)
    drafting = get_drafting(places=pipeline.get_places())
    hours = pipeline.map_hours(places=drafting.places)
    return tuple(
        _draft(
            drafting,
            makings[line.release_id],
            line,
            quoted.get(line.id, ()),
            hours,
            now,
        )
        for line in to_make
    )


def _draft(
    drafting: Drafting,
    making: Making,
    line: ReleasableLine,
    operations: Sequence[Mapping[str, Any]],
    hours: Hours,
    now: datetime,
) -> LineDraft:
    blueprint = drafting.blueprint(making, line)
    if operations:
        blueprint = _quoted(blueprint, operations, drafting.places)
    release_at = line.edit_until or now
    return LineDraft(
        line=line,
        blueprint=blueprint,
        lots=cut(blueprint, line.quantity),
        release_at=release_at,
        is_released=release_at <= now and not line.is_held,
        materials=drafting.materials(making, line),
        line_attributes=drafting.line_attributes(blueprint, line),
        hours=hours,
    )


def cut(blueprint: Blueprint, quantity: int) -> tuple[Lot, ...]:
    """Cut an order line into lots, as even as possible and none above the largest.

    Mass customisation makes each sold unit a work order of its own.
    """
    per_unit = blueprint.pieces_per_unit
    if blueprint.method == MASS_CUSTOMISATION:
        return (Lot(per_unit, per_unit, quantity),)
    pieces = quantity * per_unit
    planned = planned_quantity(pieces, blueprint.yield_bp)
    n_lots = min(pieces, len(cut_into_lots(planned, blueprint.largest_lot)))
    even = [1] * n_lots
    return tuple(
        Lot(ordered, begun)
        for ordered, begun in zip(
            split_exactly(pieces, even), split_exactly(planned, even), strict=True
        )
    )


def _quoted_operations(
    lines: Sequence[ReleasableLine],
) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    bespoke = {
        line.id: line for line in lines if line.product_kind == ProductKind.BESPOKE
    }
    if not bespoke:
        return {}
    accepted = pipeline.map_accepted_operations(line_ids=bespoke)
    for key in sorted(bespoke.keys() - accepted.keys()):
        raise QuotationMissingError(
            _("Line %(position)d of order %(number)s has no accepted quotation.")
            % {
                "position": bespoke[key].position + 1,
                "number": bespoke[key].order_number,
            }
        )
    return accepted


def _quoted(
    blueprint: Blueprint, operations: Sequence[Mapping[str, Any]], places: Places
) -> Blueprint:
    """Take over what the routing says but for the operations."""
    return Blueprint(
        method=blueprint.method,
        routing=blueprint.routing,
        line_id=blueprint.line_id,
        yield_bp=blueprint.yield_bp,
        largest_lot=blueprint.largest_lot,
        pieces_per_unit=blueprint.pieces_per_unit,
        steps=make_quoted_steps(
            operations=operations,
            work_centre_ids=places.work_centre_ids(),
            inspections={step.code: step.inspection for step in blueprint.steps},
        ),
    )


def _attribute(blueprint: Blueprint, line: ReleasableLine, name: str) -> str | int:
    for step in blueprint.steps:
        if name in step.attributes:
            return step.attributes[name]
    value = line.choices.get(name)
    return value if isinstance(value, str | int) else ""


def work_order_rows(
    *,
    drafts: Sequence[LineDraft],
    ids: Sequence[int],
    form: RowForm,
    now: datetime,
) -> Iterator[Any]:
    """Give the rows of ``WORK_ORDER_COLUMNS``, one id after the other."""
    common = form.group(SourceKind.ORDER_LINE.value, 0, 0, 0, PRIORITY, now)
    join, taken = form.join, iter(ids)
    for draft in drafts:
        line = draft.line
        stem = f"W-{line.order_number.rpartition('-')[2]}-{line.position + 1}"
        shared = _line_group(draft, form, now)
        index = 0
        for lot in draft.lots:
            of_lot = draft.materials.group(lot, draft.blueprint.pieces_per_unit, form)
            rest = join(shared, of_lot, common)
            for _time in range(lot.n_times):
                index += 1
                own = form.group(next(taken), f"{stem}-{index}", index)
                yield join(own, rest)


def _line_group(draft: LineDraft, form: RowForm, now: datetime) -> Any:
    line, blueprint = draft.line, draft.blueprint
    state = WorkOrderState.RELEASED if draft.is_released else WorkOrderState.PLANNED
    return form.group(
        str(line.id),
        line.id,
        line.configuration_id,
        line.product_id,
        draft.release_at,
        now if draft.is_released else None,
        line.due_at,
        state.value,
        blueprint.method,
        blueprint.routing,
        blueprint.line_id,
        draft.line_attributes,
    )


def list_needed(
    *, needs: Iterable[MaterialNeed], planned: int, units: int
) -> list[dict[str, Any]]:
    """Give what a lot takes of each material, as its work order keeps it."""
    return [
        {
            "material": need.material,
            "quantity": _needed(need, planned=planned, units=units),
            "unit": need.unit,
        }
        for need in needs
    ]


def _needed(need: MaterialNeed, *, planned: int, units: int) -> int:
    if need.basis.value == MaterialBasis.PIECE:
        times = planned
    elif need.basis.value == MaterialBasis.ORDER:
        times = 1
    else:
        times = units
    return -(-need.quantity * times * (10_000 + need.scrap_bp) // 10_000)


def operation_rows(
    *,
    drafts: Sequence[LineDraft],
    ids: Sequence[int],
    form: RowForm,
    now: datetime,
) -> Iterator[Any]:
    """Give the rows of ``OPERATION_COLUMNS`` for the same work orders."""
    join, number, taken = form.join, form.number, iter(ids)
    ready, not_ready = form.moment(now), form.moment(None)
    for draft in drafts:
        due_at = draft.line.due_at
        for lot in draft.lots:
            shared = draft.blueprint.rows(
                form=form, planned=lot.planned, is_released=draft.is_released
            )
            dues = draft.blueprint.due_times(shared, due_at, draft.hours)
            rows = [
                join(
                    form.moment(due),
                    ready if row.is_ready else not_ready,
                    row.group,
                )
                for row, due in zip(shared, dues, strict=True)
            ]
            for _time in range(lot.n_times):
                own = number(next(taken))
                for row in rows:
                    yield join(own, row)


def count_operations(*, drafts: Sequence[LineDraft]) -> int:
    """Count the operations of these drafts without making their rows."""
    return sum(len(draft.blueprint.steps) * draft.n_work_orders for draft in drafts)
