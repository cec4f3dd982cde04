"""How one configuration is made: the routing that applies, its steps, materials."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import prod
from typing import Any

from configurator.engine.expression import QUANTITY, Choices
from configurator.engine.model import Definition
from configurator.engine.routing import (
    Attribute,
    BatchRule,
    Load,
    Material,
    MaterialBasis,
    Routing,
    RoutingStep,
    Setup,
    StepKind,
    TimeBasis,
)
from configurator.engine.rules import holds

MM2_PER_M2 = 1_000_000


class ManufactureError(ValueError):
    """No routing makes these choices, or the asked one does not."""


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step that applies, its conditions evaluated and attributes valued.

    `after` names the steps that must deliver first, skipped ones bridged.
    `load_units_per_piece` is (numerator, denominator) in the load's measure.
    `batch_key` is None where the step is never grouped.
    """

    code: str
    name: Mapping[str, str]
    kind: StepKind
    after: tuple[str, ...]
    work_centre: str | None
    station: str | None
    basis: TimeBasis
    run_ms: int
    load: Load | None
    load_units_per_piece: tuple[int, int] | None
    attributes: Mapping[str, str | int]
    setup: Setup | None
    setup_attributes: Mapping[str, str | int]
    batch: BatchRule | None
    batch_key: str | None
    crew: int
    skill: str | None
    attended: bool
    min_delay_s: int
    max_delay_s: int | None
    transfer_quantity: int | None
    decoupling_point: bool
    yield_bp: int | None
    waste: Mapping[str, int]
    by_products: tuple[Mapping[str, Any], ...]
    inspection: Mapping[str, Any] | None
    outside: Mapping[str, Any] | None


_VALUED = ("after", "run_ms", "load_units_per_piece", "attributes", "by_products")
_STEP_FIELDS = {each.name for each in fields(RoutingStep)}
_TAKEN_OVER = tuple(
    each.name
    for each in fields(StepPlan)
    if each.name in _STEP_FIELDS and each.name not in _VALUED
)
"""Fields of a step that its plan has unchanged."""


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """A material that applies: per unit of its basis, and for the whole line.

    `total` includes scrap and is rounded up.
    """

    material: str
    quantity: int
    unit: str
    basis: MaterialBasis
    scrap_bp: int
    total: int


@dataclass(frozen=True, slots=True)
class Manufacture:
    """The answer for one configuration and quantity.

    Where `depends_on_quantity` is false, only `pieces` and the materials' totals
    change with the quantity, and `for_quantity` gives them without resolving again.
    """

    routing_code: str
    routing_name: Mapping[str, str]
    method: str
    line: str | None
    reason: Mapping[str, str]
    yield_bp: int
    edit_window: Mapping[str, Any] | None
    largest_lot: int | None
    pieces: int
    pieces_per_unit: int
    steps: tuple[StepPlan, ...]
    materials: tuple[MaterialNeed, ...]
    depends_on_quantity: bool

    def for_quantity(self, quantity: int) -> "Manufacture":
        """Return the same manufacture for another quantity.

        Only right where `depends_on_quantity` is false.
        """
        pieces = quantity * self.pieces_per_unit
        materials = tuple(
            replace(each, total=_total(each, quantity, pieces))
            for each in self.materials
        )
        return replace(self, pieces=pieces, materials=materials)


def resolve(
    definition: Definition,
    choices: Choices,
    *,
    quantity: int,
    routing: str | None = None,
) -> Manufacture:
    """Say how a complete configuration is made.

    Parameters
    ----------
    definition
        The release.
    choices
        Canonical and complete.
    quantity
        Of the order line, in sold units.
    routing
        Code of the routing to take; by default the first one that applies.

    Raises
    ------
    ManufactureError
        If no routing applies, or the asked one does not.
    """
    chosen = _routing(definition, choices, quantity, routing)
    per_unit = definition.pieces.per_unit(choices)
    return Manufacture(
        routing_code=chosen.code,
        routing_name=chosen.name,
        method=chosen.method,
        line=chosen.line,
        reason=chosen.reason,
        yield_bp=chosen.yield_bp,
        edit_window=chosen.edit_window,
        largest_lot=chosen.largest_lot,
        pieces=quantity * per_unit,
        pieces_per_unit=per_unit,
        steps=_steps(chosen, choices, quantity),
        materials=_materials(definition, choices, quantity, quantity * per_unit),
        depends_on_quantity=QUANTITY in definition.manufacture_names,
    )


def _routing(
    definition: Definition, choices: Choices, quantity: int, code: str | None
) -> Routing:
    for each in definition.routings:
        if code in (None, each.code) and holds(each.when, choices, quantity):
            return each
    wanted = "routing applies" if code is None else f"routing {code!r} applies"
    raise ManufactureError(f"{definition.product}: no {wanted} to {dict(choices)!r}")


def _steps(routing: Routing, choices: Choices, quantity: int) -> tuple[StepPlan, ...]:
    """Keep the steps whose condition holds; bridge those that are skipped."""
    found: list[StepPlan] = []
    stands_for: dict[str, tuple[str, ...]] = {}
    previous: tuple[str, ...] = ()
    for step in routing.steps:
        declared = previous if step.after is None else step.after
        after = tuple(
            dict.fromkeys(code for name in declared for code in stands_for[name])
        )
        if holds(step.when, choices, quantity):
            found.append(_plan(step, after, choices, quantity))
            stands_for[step.code] = (step.code,)
        else:
            stands_for[step.code] = after
        previous = (step.code,)
    return tuple(found)


def _plan(
    step: RoutingStep, after: tuple[str, ...], choices: Choices, quantity: int
) -> StepPlan:
    attributes = {
        each.name: _attribute(each, choices, quantity) for each in step.attributes
    }
    extra_ms = sum(
        int(case.value)
        for case in step.run_cases
        if holds(case.when, choices, quantity)
    )
    same = {name: getattr(step, name) for name in _TAKEN_OVER}
    return StepPlan(
        **same,
        after=after,
        run_ms=step.run_ms + extra_ms,
        load_units_per_piece=_load_units(step.load, choices, quantity),
        attributes=attributes,
        setup_attributes={
            name: attributes[name] for name in (step.setup.uses if step.setup else ())
        },
        batch_key=None if step.batch is None else _key(step.batch, attributes),
        by_products=tuple(
            {"material": each.material, "quantity": each.quantity, "unit": each.unit}
            for each in step.by_products
            if holds(each.when, choices, quantity)
        ),
    )


def _key(batch: BatchRule, attributes: Mapping[str, str | int]) -> str:
    return "|".join(f"{name}={attributes[name]}" for name in batch.key)


def _attribute(attribute: Attribute, choices: Choices, quantity: int) -> str | int:
    for case in attribute.cases:
        if holds(case.when, choices, quantity):
            return case.value
    value = attribute.value
    if attribute.of is not None:
        answer = quantity if attribute.of == QUANTITY else choices.get(attribute.of)
        value = "+".join(answer) if isinstance(answer, list | tuple) else answer  # type: ignore[assignment]
    if value is None:
        value = attribute.otherwise
    return "" if value is None else value


def _load_units(
    load: Load | None, choices: Choices, quantity: int
) -> tuple[int, int] | None:
    if load is None:
        return None
    for case in load.pieces_per_cases:
        if holds(case.when, choices, quantity):
            return 1, int(case.value)
    for case in load.per_piece_cases:
        if holds(case.when, choices, quantity):
            return int(case.value), 1
    if load.pieces_per is not None:
        return 1, load.pieces_per
    return load.per_piece or 0, 1


def _materials(
    definition: Definition, choices: Choices, quantity: int, pieces: int
) -> tuple[MaterialNeed, ...]:
    found = []
    for each in definition.materials:
        if holds(each.when, choices, quantity):
            each_quantity, basis = _measured(each, choices)
            need = MaterialNeed(
                each.material, each_quantity, each.unit, basis, each.scrap_bp, 0
            )
            found.append(replace(need, total=_total(need, quantity, pieces)))
    return tuple(found)


def _measured(material: Material, choices: Choices) -> tuple[int, MaterialBasis]:
    """Give a line's quantity and basis; an AREA becomes a quantity a sold unit."""
    if material.basis is not MaterialBasis.AREA:
        return material.quantity, material.basis
    lengths = [length for n in material.of if isinstance(length := choices.get(n), int)]
    return -(-material.quantity * prod(lengths) // MM2_PER_M2), MaterialBasis.UNIT


def _total(need: MaterialNeed, quantity: int, pieces: int) -> int:
    count = {
        MaterialBasis.PIECE: pieces,
        MaterialBasis.UNIT: quantity,
        MaterialBasis.ORDER: 1,
    }[need.basis]
    return -(-need.quantity * count * (10_000 + need.scrap_bp) // 10_000)
