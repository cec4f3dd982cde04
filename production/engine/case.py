"""What methods are compared on: a demand, the equipment that meets it, its rates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from production.engine.changeover import SetupMatrix
from production.engine.cutoff import USUAL_CLOSING, Closing
from production.engine.demand import ColourRule, LineRule, SetupRule
from production.engine.methods import METHODS
from production.engine.openings import Openings, check_openings, counted_from
from production.engine.plan import Kind, Profile
from production.engine.values import NEVER_S, Attributes, Key, require

BP = 10_000
"""Basis points of one: a factor of 0.6 is 6,000."""
REPEATED = {Kind.CONFIGURABLE: Kind.STANDARD, Kind.BESPOKE: Kind.CONFIGURABLE}
NO_SETUP = SetupMatrix("none", (SetupRule("none"),))


@dataclass(frozen=True, slots=True)
class CaseOrder:
    """One order of the demand: pieces of one variant, wanted by a time.

    ``state`` is what the machine must be set up for; orders of one ``variant`` need
    the same. Times are seconds from the origin of the case. ``station_ms`` is what a
    piece takes at each station of a paced line, ``closing`` when its loads close.
    """

    key: Key
    variant: str
    quantity: int
    arrived_s: int = 0
    due_s: int = NEVER_S
    state: Attributes = field(default_factory=dict)
    station_ms: Mapping[str, int] = field(default_factory=dict)
    closing: Closing = USUAL_CLOSING

    def __post_init__(self) -> None:
        name = f"order {self.key}"
        require(holds=self.quantity >= 1, what=f"{name} pieces", value=self.quantity)
        require(
            holds=self.arrived_s >= 0,
            what=f"{name} arrives",
            value=self.arrived_s,
            unit="s",
        )


@dataclass(frozen=True, slots=True)
class Pacing:
    """A line that moves every takt: what its stations can make good.

    ``slack_ms`` is how far a station may fall behind before the line must wait for
    it. Set-ups happen at ``purged`` and are work of that station.
    """

    slack_ms: Mapping[str, int]
    purged: str = ""

    def __post_init__(self) -> None:
        slack = self.slack_ms.values()
        require(
            holds=all(each >= 0 for each in slack),
            what="slack of a station below 0",
            value=dict(self.slack_ms),
            unit="ms",
        )


@dataclass(frozen=True, slots=True)
class Equipment:
    """The machines of the step that matters, and how orders may share them.

    A piece takes ``run_ms`` where ``load_pieces`` is ``None``; else up to
    ``load_pieces`` together take ``load_run_ms``, however few they are; orders that
    mostly hold fewer than ``least_pieces`` cannot be made each by itself. A batch
    holds ``batch_pieces`` unless its own rules say otherwise. ``colour`` and
    ``line_rules`` are kept where units are fed one by one. With a ``pacing`` a piece
    leaves every ``run_ms``, and later where a station overloads. Where the machine
    ``is_shared``, other articles run between two tasks unless it serves one alone.
    """

    run_ms: int
    places: int = 1
    crew: int = 1
    matrix: SetupMatrix = NO_SETUP
    load_pieces: int | None = None
    load_run_ms: int = 0
    least_pieces: int = 0
    batch_pieces: int = 500
    colour: ColourRule | None = None
    line_rules: tuple[LineRule, ...] = ()
    openings: Openings = None
    pacing: Pacing | None = None
    is_shared: bool = False

    def __post_init__(self) -> None:
        counts = (self.run_ms, self.places, self.crew, self.batch_pieces)
        require(holds=min(counts) >= 1, what="equipment counts from 1", value=counts)
        require(
            holds=self.load_pieces is None
            or min(self.load_pieces, self.load_run_ms) > 0,
            what="a load holds pieces and takes time",
            value=(self.load_pieces, self.load_run_ms),
        )
        check_openings(self.openings, of="the equipment")

    def is_set_up_for(self, order: CaseOrder) -> bool:
        """Say whether an order comes where set-ups are: some stations it may skip."""
        purged = self.pacing.purged if self.pacing else ""
        return not purged or order.station_ms.get(purged, 0) > 0

    def run_time_ms(self, pieces: int) -> int:
        """Give the run time of pieces that are made together, without set-up."""
        if self.load_pieces is None:
            return pieces * self.run_ms
        return -(-pieces // self.load_pieces) * self.load_run_ms


@dataclass(frozen=True, slots=True)
class Rates:
    """What time, material, changes and energy cost; money in minor units.

    A change wastes ``change_waste_minor``, and what its rule of the matrix throws
    away at the prices of ``waste_milli``: thousandths of a minor unit by material.
    """

    labour_minor_per_h: int = 3200
    machine_minor_per_h: int = 1000
    material_minor: int = 0
    change_waste_minor: int = 0
    run_w: int = 0
    idle_w: int = 0
    waste_milli: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rates = [self.labour_minor_per_h, self.machine_minor_per_h]
        rates += [self.material_minor, self.change_waste_minor]
        rates += [self.run_w, self.idle_w, *self.waste_milli.values()]
        require(holds=min(rates) >= 0, what="a rate below 0", value=rates)


@dataclass(frozen=True, slots=True)
class Plant:
    """A plant laid out for one method, by factors on the same equipment.

    In basis points: people, machine rate, run time and set-up time.
    """

    method: str
    crew_bp: int = BP
    machine_bp: int = BP
    run_bp: int = BP
    setup_bp: int = BP

    def __post_init__(self) -> None:
        factors = (self.crew_bp, self.machine_bp, self.run_bp, self.setup_bp)
        require(holds=min(factors) >= 0, what="a factor below 0", value=factors)


@dataclass(frozen=True, slots=True)
class Case:
    """A demand, what meets it, and how it is sold (``profile``)."""

    orders: tuple[CaseOrder, ...]
    equipment: Equipment
    profile: Profile
    rates: Rates = Rates()

    def __post_init__(self) -> None:
        require(holds=bool(self.orders), what="a case needs orders", value=0)
        keys = {order.key for order in self.orders}
        require(
            holds=len(keys) == len(self.orders),
            what="an order stands twice in the case",
            value=len(self.orders) - len(keys),
        )

    @property
    def n_pieces(self) -> int:
        """All pieces that are wanted."""
        return sum(order.quantity for order in self.orders)

    def with_latest(self, most: int) -> "Case":
        """Give the case of at most so many orders: those that arrived latest.

        Its times count from the first of them.
        """
        if len(self.orders) <= most:
            return self
        ranked = sorted(self.orders, key=lambda order: order.arrived_s)[-most:]
        n_variants = len({order.variant for order in ranked})
        profile = replace(self.profile, n_variants=n_variants)
        latest = replace(self, orders=tuple(ranked), profile=profile)
        return latest.counted_from(ranked[0].arrived_s)

    def counted_from(self, at_s: int) -> "Case":
        """Give the same case with another origin, before any of its orders."""
        orders = tuple(
            replace(
                each,
                arrived_s=each.arrived_s - at_s,
                due_s=each.due_s if each.due_s >= NEVER_S else each.due_s - at_s,
                closing=each.closing.counted_from(at_s),
            )
            for each in self.orders
        )
        openings = counted_from(self.equipment.openings, at_s)
        equipment = replace(self.equipment, openings=openings)
        return replace(self, orders=orders, equipment=equipment)

    @property
    def mean_change_s(self) -> int:
        """What a change takes on average if orders are made as they come.

        Orders that need no set-up after the one before do not count.
        """
        if self.equipment.is_shared:
            state = self.orders[0].state
            return self.equipment.matrix.setup_between({}, state).internal_s
        visits = filter(self.equipment.is_set_up_for, self.orders)
        ranked = sorted(visits, key=lambda order: order.arrived_s)
        matrix = self.equipment.matrix
        changes = [
            matrix.setup_between(one.state, two.state).internal_s
            for one, two in pairwise(ranked)
        ]
        paid = [change_s for change_s in changes if change_s]
        return sum(paid) // len(paid) if paid else 0

    def with_mean_change(self) -> "Case":
        """Give the case whose profile says what a change takes on average."""
        profile = replace(self.profile, setup_s=self.mean_change_s)
        return replace(self, profile=profile)

    def with_setup(self, factor_bp: int) -> "Case":
        """Give the same case with every set-up scaled."""
        matrix = scaled_matrix(self.equipment.matrix, factor_bp)
        profile = replace(self.profile, setup_s=self.profile.setup_s * factor_bp // BP)
        equipment = replace(self.equipment, matrix=matrix)
        return replace(self, equipment=equipment, profile=profile)

    def with_volume(self, factor_bp: int) -> "Case":
        """Give the same orders, each for more or fewer pieces, at least one."""

        def scaled(n: int) -> int:
            return max(1, n * factor_bp // BP)

        orders = tuple(
            replace(each, quantity=scaled(each.quantity)) for each in self.orders
        )
        profile = replace(
            self.profile,
            quantity=scaled(self.profile.quantity),
            per_day=scaled(self.profile.per_day),
        )
        return replace(self, orders=orders, profile=profile)

    def with_density(self, factor_bp: int) -> "Case":
        """Give the same orders with more or fewer of them a day, each as urgent."""

        def moved(order: CaseOrder) -> CaseOrder:
            arrived_s = order.arrived_s * BP // factor_bp
            due_s = min(NEVER_S, order.due_s - order.arrived_s + arrived_s)
            return replace(order, arrived_s=arrived_s, due_s=due_s)

        per_day = max(1, self.profile.per_day * factor_bp // BP)
        return replace(
            self,
            orders=tuple(map(moved, self.orders)),
            profile=replace(self.profile, per_day=per_day),
        )

    def with_variants(self, most: int) -> "Case":
        """Give the same orders in at most so many variants: the first ones seen.

        More than there are come of parting them: what no longer shares a load asks
        for the same state of the machine as before. With one variant there is nothing
        left to configure or to write for anybody; what is drawn once and made again is
        not bespoke any more.
        """
        if most > len({order.variant for order in self.orders}):
            return self._parted(most)
        kept: dict[str, CaseOrder] = {}
        for order in self.orders:
            if len(kept) < most:
                kept.setdefault(order.variant, order)
        samples = tuple(kept.values())
        orders = tuple(
            order if order.variant in kept else _as_variant(order, samples, place)
            for place, order in enumerate(self.orders)
        )
        profile = replace(self.profile, n_variants=len(kept))
        if len(kept) == 1:
            orders = tuple(_as_variant(order, samples, 0) for order in orders)
            kind = REPEATED.get(profile.kind, profile.kind)
            profile = replace(profile, kind=kind, is_personalised=False)
        return replace(self, orders=orders, profile=profile)

    def _parted(self, most: int) -> "Case":
        """Part the variant of most orders, again and again, down to single orders."""
        groups: dict[str, list[int]] = {}
        for place, order in enumerate(self.orders):
            groups.setdefault(order.variant, []).append(place)
        names = {place: name for name in groups for place in groups[name]}
        while len(groups) < min(most, len(self.orders)):
            largest = max(groups, key=lambda name: len(groups[name]))
            moved = groups[largest][1::2]
            groups[largest] = groups[largest][::2]
            name = f"{largest}+{len(groups)}"
            groups[name] = moved
            names |= dict.fromkeys(moved, name)
        orders = tuple(
            replace(order, variant=names[place])
            for place, order in enumerate(self.orders)
        )
        profile = replace(self.profile, n_variants=len(groups))
        return replace(self, orders=orders, profile=profile)


def _as_variant(
    order: CaseOrder, samples: tuple[CaseOrder, ...], place: int
) -> CaseOrder:
    like = samples[place % len(samples)]
    return replace(
        order,
        variant=like.variant,
        state=like.state,
        station_ms=like.station_ms,
        closing=like.closing,
    )


def scaled_matrix(matrix: SetupMatrix, factor_bp: int) -> SetupMatrix:
    """Scale every time of a set-up matrix, rounded down to seconds."""
    if factor_bp == BP:
        return matrix
    rules = tuple(
        replace(
            rule,
            internal_s=rule.internal_s * factor_bp // BP,
            external_s=rule.external_s * factor_bp // BP,
        )
        for rule in matrix.rules
    )
    return replace(matrix, rules=rules)


class _Plants(Mapping[str, Plant]):
    """A plant for each method there is; the equipment as it is where none is given."""

    def __init__(self, *built: Plant) -> None:
        self._built = {plant.method: plant for plant in built}

    def __getitem__(self, code: str) -> Plant:
        if code not in METHODS:
            raise KeyError(code)
        return self._built.get(code, Plant(code))

    def __iter__(self) -> Iterator[str]:
        return iter(METHODS)

    def __len__(self) -> int:
        return len(METHODS)


SAME_EQUIPMENT: Mapping[str, Plant] = _Plants()
"""One plant under four queue rules: only the order of the work differs."""

FOUR_PLANTS: Mapping[str, Plant] = _Plants(
    Plant("BATCH", crew_bp=8_000, machine_bp=13_000, run_bp=6_000),
    Plant(
        "MASS_CUSTOMISATION",
        crew_bp=7_000,
        machine_bp=18_000,
        run_bp=5_000,
        setup_bp=1_000,
    ),
    Plant("FLOW", crew_bp=4_000, machine_bp=30_000, run_bp=2_500, setup_bp=40_000),
)
"""A plant built for each method: crew, machine rate, run and set-up factors."""
