"""How a product is made, as a template: materials, routings and their steps.

Units are in the names: milliseconds per unit of the basis for run times,
seconds for set-up, delays and waiting, basis points for yield and scrap.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from configurator.engine.expression import Expression, names_of


class StepKind(StrEnum):
    """What kind of step it is."""

    MAKE = "MAKE"
    INSPECT = "INSPECT"
    DELAY = "DELAY"
    OUTSIDE = "OUTSIDE"
    APPROVAL = "APPROVAL"


class TimeBasis(StrEnum):
    """What a step's run time counts for."""

    UNIT = "UNIT"
    LOAD = "LOAD"
    SHEET = "SHEET"
    FIXED = "FIXED"
    DELAY = "DELAY"


class MaterialBasis(StrEnum):
    """What a material's quantity counts for."""

    PIECE = "PIECE"
    UNIT = "UNIT"
    ORDER = "ORDER"
    AREA = "AREA"


@dataclass(frozen=True, slots=True)
class Case:
    """A value that counts where a condition holds."""

    when: Expression
    value: int | str


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a step: fixed, an answer taken over, or the first true case."""

    name: str
    value: str | int | None = None
    of: str | None = None
    cases: tuple[Case, ...] = ()
    otherwise: str | int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How much goes into one load, in a named measure.

    Either `pieces_per` pieces fill one unit of the measure (a tray), or one
    piece takes `per_piece` units of it (grams).
    """

    measure: str
    pieces_per: int | None = None
    per_piece: int | None = None
    pieces_per_cases: tuple[Case, ...] = ()
    per_piece_cases: tuple[Case, ...] = ()
    maximum: int | None = None
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Setup:
    """Set-up of a step: the matrix, the attributes it looks at, its times."""

    matrix: str | None = None
    uses: tuple[str, ...] = ()
    internal_s: int = 0
    external_s: int = 0


@dataclass(frozen=True, slots=True)
class BatchRule:
    """What may share a batch, and when a batch must wait no longer."""

    key: tuple[str, ...]
    max_wait_s: int | None = None
    cutoff: str | None = None
    minimum: int | None = None


@dataclass(frozen=True, slots=True)
class ByProduct:
    """What else comes of a piece at a step, with its condition."""

    material: str
    quantity: int
    unit: str
    when: Expression | None = None


@dataclass(frozen=True, slots=True)
class RoutingStep:
    """One step of a routing, with its condition and its predecessors."""

    code: str
    name: Mapping[str, str] = field(default_factory=dict)
    when: Expression | None = None
    after: tuple[str, ...] | None = None
    kind: StepKind = StepKind.MAKE
    work_centre: str | None = None
    basis: TimeBasis = TimeBasis.UNIT
    run_ms: int = 0
    run_cases: tuple[Case, ...] = ()
    load: Load | None = None
    attributes: tuple[Attribute, ...] = ()
    setup: Setup | None = None
    batch: BatchRule | None = None
    crew: int = 1
    skill: str | None = None
    attended: bool = True
    min_delay_s: int = 0
    max_delay_s: int | None = None
    transfer_quantity: int | None = None
    decoupling_point: bool = False
    yield_bp: int | None = None
    waste: Mapping[str, int] = field(default_factory=dict)
    by_products: tuple[ByProduct, ...] = ()
    inspection: Mapping[str, Any] | None = None
    outside: Mapping[str, Any] | None = None
    station: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """One way to make the product, under one operations method.

    A method is a code: which there are, whoever makes the product knows.
    """

    code: str
    method: str
    steps: tuple[RoutingStep, ...]
    name: Mapping[str, str] = field(default_factory=dict)
    when: Expression | None = None
    line: str | None = None
    reason: Mapping[str, str] = field(default_factory=dict)
    yield_bp: int = 10_000
    edit_window: Mapping[str, Any] | None = None
    largest_lot: int | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """A bill of materials line with its condition.

    `of` names the two lengths in mm of an AREA line, whose quantity is for one
    square metre of each sold unit.
    """

    material: str
    quantity: int
    unit: str
    basis: MaterialBasis = MaterialBasis.PIECE
    when: Expression | None = None
    scrap_bp: int = 0
    of: tuple[str, ...] = ()


def names_in(
    routings: Iterable[Routing], materials: Iterable[Material]
) -> frozenset[str]:
    """Return every name that decides how something is made."""
    found: set[str] = set()
    for material in materials:
        if material.when is not None:
            found |= names_of(material.when)
    for routing in routings:
        for condition in _conditions(routing):
            if condition is not None:
                found |= names_of(condition)
        for step in routing.steps:
            found.update(each.of for each in step.attributes if each.of is not None)
    return frozenset(found)


def _conditions(routing: Routing) -> Iterator[Expression | None]:
    yield routing.when
    for step in routing.steps:
        yield step.when
        cases = list(step.run_cases)
        for attribute in step.attributes:
            cases += attribute.cases
        if step.load is not None:
            cases += step.load.pieces_per_cases + step.load.per_piece_cases
        yield from (case.when for case in cases)
        yield from (each.when for each in step.by_products)
