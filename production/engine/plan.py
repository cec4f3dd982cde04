"""What every operations method is given and hands back: shop, plan, profile, fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from production.engine.changeover import SetupMatrix, SetupTime
from production.engine.demand import (
    NEVER_S,
    ColourRule,
    Demand,
    Key,
    LineRule,
    Person,
    Resource,
    Step,
    Unit,
    require,
)
from production.engine.flow import Breakdowns, Station, StockLevel
from production.engine.loads import Member, NearMiss
from production.engine.reasons import Reason


@dataclass(frozen=True, slots=True)
class Shop:
    """The part of the works that one plan is made for.

    Job uses ``resources``, ``people`` and ``rule``; batch the first resource, its
    capacity and ``matrices``, with ``run_s`` for each family; flow ``stations`` by
    line, ``stock`` and ``makes`` (line to article); mass customisation
    ``line_rules``, ``colour``, ``history`` and ``takt_s``; of the units that an
    earlier plan put first, ``n_firm`` move only for a rule of the highest level.
    """

    resources: tuple[Resource, ...] = ()
    people: tuple[Person, ...] = ()
    rule: str = "EDD"
    matrices: Mapping[str, SetupMatrix] = field(default_factory=dict)
    run_s: int | Mapping[str, int] = 0
    stations: Mapping[str, tuple[Station, ...]] = field(default_factory=dict)
    makes: Mapping[str, str] = field(default_factory=dict)
    stock: tuple[StockLevel, ...] = ()
    breakdowns: Breakdowns | None = None
    line_rules: tuple[LineRule, ...] = ()
    colour: ColourRule | None = None
    history: tuple[Unit, ...] = ()
    takt_s: int = 60
    n_firm: int = 0

    def __post_init__(self) -> None:
        require(
            holds=self.takt_s >= 1,
            what="takt must be at least 1",
            value=self.takt_s,
            unit="s",
        )
        codes = [resource.code for resource in self.resources]
        require(holds=len(set(codes)) == len(codes), what="resource twice", value=codes)


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A step of a demand at its place and time, and why there.

    ``place`` counts the equal places of a resource from 0; ``group`` is the place of
    the ``PlannedGroup`` it belongs to, ``slot`` its position in a line's queue.
    """

    demand: Key
    step: Key
    quantity: int
    start_s: int
    end_s: int
    reason: Reason
    resource: str = ""
    place: int = 0
    person: Key | None = None
    group: int | None = None
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Work that is done together: a load, or a replenishment run.

    ``quantity`` is in pieces. A group that is not frozen may still change; at
    ``freeze_at_s`` time alone freezes it. ``key`` names a group that was there
    before this plan.
    """

    family: str
    resource: str
    quantity: int
    members: tuple[Member, ...]
    freeze: bool
    because: Reason
    setup_from_s: int
    start_s: int
    end_s: int
    setup: SetupTime | None = None
    key: Key | None = None
    freeze_at_s: int = NEVER_S
    due_s: int = NEVER_S
    near_misses: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A part of a demand that this plan leaves out, and why."""

    demand: Key
    quantity: int
    reason: Reason
    step: Key | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in order of time. ``objective`` is in rank order, 0 is perfect.

    For each step of each demand, the planned quantities and the unplanned ones add
    up to the quantity asked for. ``figures`` are counts for people to read;
    ``displaced`` are demands that lost the place they had in the plan before. A
    rough plan has seen no search yet: the next one is to look for a better order.
    """

    method: str
    tasks: tuple[PlannedTask, ...] = ()
    groups: tuple[PlannedGroup, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()
    objective: tuple[int, ...] = ()
    violations: Mapping[str, int] = field(default_factory=dict)
    moves: int = 0
    figures: Mapping[str, int] = field(default_factory=dict)
    displaced: tuple[Key, ...] = ()
    is_rough: bool = False


class Kind(StrEnum):
    """How a product is sold."""

    BESPOKE = "BESPOKE"
    CONFIGURABLE = "CONFIGURABLE"
    STANDARD = "STANDARD"


@dataclass(frozen=True, slots=True)
class Profile:
    """What the choice of a method looks at: one order line amid its demand.

    ``setup_s`` is what a change to another variant costs at the work centre that
    matters, ``run_ms`` what a piece takes there; ``run_length`` how many pieces in a
    row may share a set-up on the flexible line.
    """

    kind: Kind
    quantity: int
    run_ms: int
    setup_s: int = 0
    is_personalised: bool = False
    per_day: int = 1
    n_variants: int = 1
    day_s: int = 8 * 3600
    run_length: int = 1
    has_line: bool = True
    has_batch_key: bool = True

    def __post_init__(self) -> None:
        counts = [self.quantity, self.run_ms, self.per_day, self.n_variants]
        counts += [self.day_s, self.run_length]
        require(holds=min(counts) >= 1, what="a profile counts from 1", value=counts)
        require(holds=self.setup_s >= 0, what="set-up", value=self.setup_s, unit="s")

    def setup_percent(self, pieces: int) -> int:
        """Give the share of set-up when so many pieces share one."""
        setup_ms = self.setup_s * 1000
        return setup_ms * 100 // (setup_ms + pieces * self.run_ms)


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a method can make it at all, how well (0 to 100), and why."""

    method: str
    is_admissible: bool
    score: int
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        require(holds=0 <= self.score <= 100, what="score", value=self.score)
        require(
            holds=self.is_admissible or self.score == 0,
            what="what is ruled out is not ranked",
            value=self.score,
        )
        require(holds=bool(self.reasons), what="a fit needs reasons", value=self.method)


def begun_by(previous: Plan | None, now_s: int) -> tuple[PlannedTask, ...]:
    """Give the tasks of a plan that have begun: the next plan leaves them alone."""
    tasks = () if previous is None else previous.tasks
    return tuple(task for task in tasks if task.start_s <= now_s)


def with_a_step(demand: Demand) -> Demand:
    """Give a demand without steps one nameless step, so that all are planned alike."""
    return demand if demand.steps else replace(demand, steps=(Step("", 0),))


def late_weight_s(demands: Sequence[Demand], tasks: Sequence[PlannedTask]) -> int:
    """Sum weight times seconds late over the demands that are planned."""
    ends: dict[Key, int] = {}
    for task in tasks:
        ends[task.demand] = max(task.end_s, ends.get(task.demand, task.end_s))
    return sum(
        demand.weight * max(0, ends[demand.key] - demand.due_s)
        for demand in demands
        if demand.key in ends
    )
