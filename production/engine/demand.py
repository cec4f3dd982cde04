"""The value types handed to every planning engine.

All times are integer seconds from an origin that the caller chooses; all quantities
are integers in pieces; loads are exact fractions of a named measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from production.engine.cutoff import CutoffClock
from production.engine.openings import Openings, check_openings
from production.engine.values import (
    NEVER_S,
    Attribute,
    Attributes,
    Condition,
    DemandError,
    Key,
    key_order,
    matches,
    require,
)

__all__ = [
    "NEVER_S",
    "Attribute",
    "Attributes",
    "Basis",
    "ColourRule",
    "Condition",
    "Demand",
    "DemandError",
    "Key",
    "LineRule",
    "Person",
    "Resource",
    "Setup",
    "SetupRule",
    "Step",
    "Unit",
    "key_order",
    "matches",
    "require",
]


class Basis(StrEnum):
    """What the run time of a step is counted by."""

    UNIT = "UNIT"
    LOAD = "LOAD"
    SHEET = "SHEET"
    FIXED = "FIXED"
    DELAY = "DELAY"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a step asks of a machine's state before it may run.

    ``state`` holds the attributes that the set-up matrix looks at; ``internal_s``
    and ``external_s`` are added to whatever the matrix says.
    """

    matrix: str = ""
    state: Attributes = field(default_factory=dict)
    internal_s: int = 0
    external_s: int = 0

    def __post_init__(self) -> None:
        times_s = (self.internal_s, self.external_s)
        require(
            holds=min(times_s) >= 0,
            what="set-up must be at least 0",
            value=times_s,
            unit="s",
        )


@dataclass(frozen=True, slots=True)
class SetupRule:
    """One row of a set-up matrix: when it applies, and what the change costs.

    All stated conditions must hold. ``when_from`` and ``when_to`` name allowed
    values; ``same`` and ``differ`` compare the two states; ``rises`` and ``falls``
    compare numbers. A row with ``adds`` is added to the row that matches first.
    A row without any condition is the catch-all.
    """

    code: str
    internal_s: int = 0
    external_s: int = 0
    when_from: Condition = field(default_factory=dict)
    when_to: Condition = field(default_factory=dict)
    same: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    rises: tuple[str, ...] = ()
    falls: tuple[str, ...] = ()
    adds: bool = False
    signature_skill: str | None = None
    waste: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        times_s = (self.internal_s, self.external_s)
        require(
            holds=min(times_s) >= 0,
            what=f"set-up rule {self.code} takes less than no time",
            value=times_s,
            unit="s",
        )
        require(
            holds=all(amount >= 0 for amount in self.waste.values()),
            what=f"set-up rule {self.code} wastes less than nothing",
            value=dict(self.waste),
        )

    @property
    def is_catch_all(self) -> bool:
        """Whether this row applies to every change."""
        stated = (self.when_from, self.when_to, self.same, self.differ)
        return not (self.adds or any(stated) or self.rises or self.falls)


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: how long, where, after what, and who may do it.

    ``load_num / load_den`` is the load of one piece in the measure of the resource,
    ``load_max`` the largest load. An empty ``resource`` needs no machine, an empty
    ``skill`` no person. Predecessors are steps of the same demand.
    """

    key: Key
    run_ms: int
    basis: Basis = Basis.UNIT
    resource: str = ""
    after: tuple[Key, ...] = ()
    setup: Setup = Setup()
    skill: str = ""
    crew: int = 1
    attended: bool = True
    min_delay_s: int = 0
    max_delay_s: int | None = None
    load_num: int = 1
    load_den: int = 1
    load_max: int | None = None

    def __post_init__(self) -> None:
        name = f"step {self.key}"
        require(
            holds=self.run_ms >= 0, what=f"{name} run", value=self.run_ms, unit="ms"
        )
        require(holds=self.crew >= 0, what=f"{name} crew", value=self.crew)
        require(
            holds=self.load_num >= 0 and self.load_den >= 1,
            what=f"{name} load per piece",
            value=f"{self.load_num}/{self.load_den}",
        )
        require(
            holds=self.load_max is None or self.load_max >= 1,
            what=f"{name} largest load",
            value=self.load_max,
        )
        require(
            holds=self.min_delay_s >= 0
            and (self.max_delay_s is None or self.max_delay_s >= self.min_delay_s),
            what=f"{name} delay to the next step",
            value=(self.min_delay_s, self.max_delay_s),
            unit="s",
        )
        require(
            holds=self.key not in self.after, what=f"{name} follows", value=self.after
        )

    def n_loads(self, quantity: int) -> int:
        """Count the loads or sheets that a quantity fills; at least 1 for any piece."""
        if self.load_max is None or quantity == 0:
            return min(quantity, 1)
        whole = self.load_den * self.load_max
        return max(1, -(-quantity * self.load_num // whole))

    def run_s(self, quantity: int) -> int:
        """Give the run time of a quantity in seconds, rounded up, without set-up."""
        if self.basis is Basis.UNIT:
            times = quantity
        elif self.basis in {Basis.LOAD, Basis.SHEET}:
            times = self.n_loads(quantity)
        else:
            times = 1
        return -(-self.run_ms * times // 1000)


@dataclass(frozen=True, slots=True)
class Demand:
    """Something to be made: a work order, or one operation of one.

    ``family`` names what may be made together; ``attributes`` are the values behind
    it, which the reasons quote. ``due_s`` is ``NEVER_S`` where nobody waits.
    """

    key: Key
    family: str
    quantity: int
    arrived_s: int = 0
    due_s: int = NEVER_S
    weight: int = 1
    attributes: Attributes = field(default_factory=dict)
    load_num: int = 1
    load_den: int = 1
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        name = f"demand {self.key}"
        require(
            holds=self.quantity >= 1,
            what=f"{name} quantity must be at least 1",
            value=self.quantity,
            unit="pieces",
        )
        require(holds=self.weight >= 0, what=f"{name} weight", value=self.weight)
        require(
            holds=self.load_num >= 0 and self.load_den >= 1,
            what=f"{name} load per piece",
            value=f"{self.load_num}/{self.load_den}",
        )
        keys = [step.key for step in self.steps]
        require(
            holds=len(set(keys)) == len(keys), what=f"{name} step twice", value=keys
        )
        known: set[Key] = set()
        for step in self.steps:
            require(
                holds=known.issuperset(step.after),
                what=f"{name} step {step.key} follows a step that is not before it",
                value=step.after,
            )
            known.add(step.key)

    @property
    def load(self) -> Fraction:
        """The load of the whole quantity in the measure of the resource."""
        return Fraction(self.quantity * self.load_num, self.load_den)


@dataclass(frozen=True, slots=True)
class Resource:
    """A machine, place or line: ``places`` equal ones that answer to one code.

    Where it is closed just now, ``opens_s`` says when it opens again.
    """

    code: str
    places: int = 1
    free_s: int = 0
    state: Attributes = field(default_factory=dict)
    capacity: int | None = None
    minimum: int = 0
    max_wait_s: int = NEVER_S
    cutoff: CutoffClock | None = None
    opens_s: int = 0
    openings: Openings = None

    def __post_init__(self) -> None:
        name = f"resource {self.code}"
        check_openings(self.openings, of=name)
        require(holds=self.places >= 1, what=f"{name} places", value=self.places)
        require(
            holds=self.capacity is None or self.capacity >= 1,
            what=f"{name} capacity",
            value=self.capacity,
        )
        require(
            holds=0 <= self.minimum <= (self.capacity or self.minimum),
            what=f"{name} minimum load",
            value=self.minimum,
        )
        require(
            holds=self.max_wait_s >= 0,
            what=f"{name} maximum wait",
            value=self.max_wait_s,
            unit="s",
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can do what their skills say, from ``free_s`` on."""

    key: Key
    skills: frozenset[str]
    free_s: int = 0
    openings: Openings = None

    def __post_init__(self) -> None:
        check_openings(self.openings, of=f"person {self.key}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece in the queue of a flexible line.

    ``due_slot`` is the latest position that is in time, counted from 0 at the first
    position after the frozen part; ``None`` means any.
    """

    key: Key
    attributes: Attributes = field(default_factory=dict)
    due_slot: int | None = None
    arrived_s: int = 0


@dataclass(frozen=True, slots=True)
class LineRule:
    """At most ``at_most`` of any ``window`` units in a row may match ``when``.

    Lower ``level`` numbers matter more.
    """

    code: str
    when: Condition
    at_most: int
    window: int
    level: int = 1

    def __post_init__(self) -> None:
        require(
            holds=1 <= self.at_most < self.window,
            what=f"line rule {self.code} must allow p of q with 1 <= p < q",
            value=f"{self.at_most} of {self.window}",
        )


@dataclass(frozen=True, slots=True)
class ColourRule:
    """Runs of one value of an attribute are wanted, but none above its maximum.

    ``limits`` gives single values their own maximum; ``max_run`` holds for all
    others and ``None`` sets no limit.
    """

    attribute: str
    max_run: int | None = None
    limits: Mapping[Attribute, int] = field(default_factory=dict)
    level: int = 2

    def __post_init__(self) -> None:
        runs = [
            *self.limits.values(),
            *([] if self.max_run is None else [self.max_run]),
        ]
        require(
            holds=all(run >= 1 for run in runs),
            what=f"longest run of {self.attribute} must be at least 1",
            value=runs,
            unit="units",
        )

    def limit_of(self, colour: Attribute | None) -> int | None:
        """Give the longest run of one colour, or ``None`` where there is no limit."""
        if colour is None:
            return self.max_run
        return self.limits.get(colour, self.max_run)
