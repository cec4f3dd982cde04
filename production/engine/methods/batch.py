"""Batch production: compatible work shares a load, loads follow each other cheaply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from production.engine.batching import propose_loads
from production.engine.budget import Budget, OnProgress, Search, ShouldStop
from production.engine.changeover import (
    Load,
    LoadOrder,
    PlannedLoad,
    SetupMatrix,
    order_batches,
    time_in_order,
)
from production.engine.demand import (
    NEVER_S,
    Attributes,
    Basis,
    Demand,
    DemandError,
    Key,
    Resource,
    Setup,
    SetupRule,
    key_order,
)
from production.engine.kept_loads import as_before, n_frozen, still_asked_for
from production.engine.loads import Member, Proposal
from production.engine.openings import work_from
from production.engine.plan import (
    Fit,
    Kind,
    Plan,
    PlannedGroup,
    PlannedTask,
    Profile,
    Shop,
    Unplanned,
    late_weight_s,
    with_a_step,
)
from production.engine.reasons import Reason

CODE = "BATCH"
NO_MATRIX = SetupMatrix("none", (SetupRule("NONE"),))


def plan(
    demands: Sequence[Demand],
    *,
    shop: Shop,
    now_s: int,
    previous: Plan | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plan:
    """Form loads for the first resource of the shop and order those to be frozen.

    Each demand is one operation there: its first step gives run time and set-up
    state, its family what it may share a load with. Loads that may still wait become
    groups that are not frozen, and their members are unplanned with the reason. What
    the previous plan froze stays together as long as all of it is asked for; what it
    has begun stays to the byte. Nothing new to freeze leaves the order as it was.
    ``objective`` is the weighted tardiness, then the seconds of set-up.
    """
    if not shop.resources:
        raise DemandError("a batch plan needs a resource with a capacity")
    if not demands:
        return Plan(CODE, objective=(0, 0))
    work = {one.key: one for one in map(with_a_step, demands)}
    floor = _Floor(shop.resources[0], work, shop)
    begun, kept = still_asked_for(work, previous, now_s)
    new, too_large = floor.propose(now_s, [*begun, *kept])
    to_do = [*kept, *(group for group in new if group.freeze)]
    is_as_before = len(to_do) == len(kept) == n_frozen(previous) - len(begun)
    if previous is not None and previous.is_rough:
        is_as_before = False
    search = Search(budget, seed, on_progress, should_stop)
    order = floor.order(
        to_do,
        begun,
        now_s,
        as_before(to_do, len(kept), previous),
        None if is_as_before and kept else search,
    )
    _, start_s = floor.after(begun, now_s)
    timed, late = floor.timed(to_do, order, start_s)
    waiting = [group for group in new if not group.freeze]
    left = [_at(group, max(now_s, group.freeze_at_s)) for group in waiting]
    return floor.plan([*begun, *timed], [*left, *late], too_large, order.moves)


@dataclass(frozen=True, slots=True)
class _Floor:
    resource: Resource
    demands: Mapping[Key, Demand]
    shop: Shop

    def propose(
        self, now_s: int, fixed: Sequence[PlannedGroup]
    ) -> tuple[list[PlannedGroup], list[Unplanned]]:
        """Group what is in no load yet; tell what fits into none."""
        resource = self.resource
        fitting, too_large = self._fitting(fixed, resource.capacity or NEVER_S)
        runs: dict[str, int] = {}
        for demand in self.demands.values():
            run_s = self.run_s([Member(demand.key, demand.quantity, Reason("WAITING"))])
            runs[demand.family] = max(run_s, runs.get(demand.family, 0))
        proposals = propose_loads(fitting, place=resource, now_s=now_s, run_s=runs)
        groups = [_untimed(one, self._members(one), resource) for one in proposals]
        return groups, too_large

    def _members(self, proposal: Proposal) -> tuple[Member, ...]:
        """Call a rest a lot even where the other lots have been loaded before."""
        return tuple(
            member
            if member.quantity == self.demands[member.key].quantity
            else replace(member, reason=Reason("LOT", {"quantity": member.quantity}))
            for member in proposal.members
        )

    def _fitting(
        self, fixed: Sequence[PlannedGroup], capacity: int
    ) -> tuple[list[Demand], list[Unplanned]]:
        left = {key: demand.quantity for key, demand in self.demands.items()}
        for group in fixed:
            for member in group.members:
                left[member.key] -= member.quantity
        fitting: list[Demand] = []
        too_large: list[Unplanned] = []
        for key, quantity in sorted(left.items(), key=lambda one: key_order(one[0])):
            demand = self.demands[key]
            piece = Fraction(demand.load_num, demand.load_den)
            if quantity and piece > capacity:
                size = Reason("TOO_LARGE", {"load": str(piece), "capacity": capacity})
                too_large.append(Unplanned(key, quantity, size))
            elif quantity == demand.quantity:
                fitting.append(demand)
            elif quantity:
                fitting.append(replace(demand, quantity=quantity))
        return fitting, too_large

    def run_s(self, members: Sequence[Member]) -> int:
        """Give the run time of a load by the basis of its members' step.

        A load runs once whatever its size; units add up; fixed times come once for
        each member; sheets run as long as the largest member.
        """
        first = self.demands[members[0].key]
        given = self.shop.run_s
        if not isinstance(given, int):
            if first.family in given:
                return given[first.family]
        elif given:
            return given
        steps = [(self.demands[one.key].steps[0], one.quantity) for one in members]
        basis = steps[0][0].basis
        if basis is Basis.UNIT:
            run_ms = sum(step.run_ms * quantity for step, quantity in steps)
        elif basis is Basis.SHEET:
            run_ms = max(step.run_ms * quantity for step, quantity in steps)
        elif basis is Basis.FIXED:
            run_ms = sum(step.run_ms for step, _ in steps)
        else:
            run_ms = max(step.run_ms for step, _ in steps)
        return -(-run_ms // 1000)

    def setup(self, group: PlannedGroup) -> Setup:
        return self.demands[group.members[0].key].steps[0].setup

    def matrix(self) -> SetupMatrix:
        names = sorted(
            {demand.steps[0].setup.matrix for demand in self.demands.values()} - {""}
        )
        if not names:
            return NO_MATRIX
        if names[0] not in self.shop.matrices:
            raise DemandError(f"there is no set-up matrix {names[0]}")
        return self.shop.matrices[names[0]]

    def after(
        self, begun: Sequence[PlannedGroup], now_s: int
    ) -> tuple[Attributes, int]:
        """Give how the machine is set up once it is free, and when that is."""
        free_s = max(now_s, self.resource.free_s, *(one.end_s for one in begun))
        latest = max(begun, key=lambda one: one.end_s, default=None)
        state = self.resource.state if latest is None else self.setup(latest).state
        return state, free_s

    def order(
        self,
        groups: Sequence[PlannedGroup],
        begun: Sequence[PlannedGroup],
        now_s: int,
        before: Sequence[Key],
        search: Search | None,
    ) -> LoadOrder:
        """Order loads; without a search they keep the order that they stand in."""
        state, start_s = self.after(begun, now_s)
        loads = [self.load(place, group) for place, group in enumerate(groups)]
        moves = 0
        if search is not None:
            found = order_batches(
                loads,
                matrix=self.matrix(),
                state=state,
                start_s=start_s,
                budget=search.budget,
                seed=search.seed,
                previous=before,
                on_progress=search.on_progress,
                should_stop=search.should_stop,
            )
            loads, moves = [loads[int(one.key)] for one in found.loads], found.moves
        runs_s = [one.end_s - one.start_s for one in begun[-1:]]
        timed = time_in_order(
            loads,
            matrix=self.matrix(),
            state=state,
            start_s=start_s,
            overlap_s=sum(runs_s),
        )
        return replace(timed, moves=moves)

    def load(self, place: int, group: PlannedGroup) -> Load:
        weights = [self.demands[one.key].weight for one in group.members]
        return Load(
            key=place,
            run_s=self.run_s(group.members),
            setup=self.setup(group),
            due_s=group.due_s,
            weight=sum(weights),
        )

    def timed(
        self, groups: Sequence[PlannedGroup], order: LoadOrder, clock_s: int
    ) -> tuple[list[PlannedGroup], list[PlannedGroup]]:
        """Give loads their times; those for which there is no time come apart."""
        timed: list[PlannedGroup] = []
        late: list[PlannedGroup] = []
        for load in order.loads:
            group = groups[int(load.key)]
            placed = self._placed(group, load, clock_s)
            if placed is None:
                late.append(replace(group, freeze=False, because=Reason("NO_TIME")))
                continue
            clock_s = placed.end_s
            timed.append(placed)
        return timed, late

    def _placed(
        self, group: PlannedGroup, load: PlannedLoad, clock_s: int
    ) -> PlannedGroup | None:
        """Give set-up and run their place in the working time of the resource."""
        openings = self.resource.openings
        standing_s = load.start_s - load.setup_from_s
        setup = work_from(openings, clock_s, standing_s)
        run = (
            work_from(openings, setup[1], load.end_s - load.start_s) if setup else None
        )
        if setup is None or run is None:
            return None
        return replace(
            group,
            setup_from_s=setup[0],
            start_s=run[0],
            end_s=run[1],
            setup=load.setup,
        )

    def plan(
        self,
        timed: Sequence[PlannedGroup],
        left: Sequence[PlannedGroup],
        too_large: Sequence[Unplanned],
        moves: int,
    ) -> Plan:
        tasks = [
            task
            for place, group in enumerate(timed)
            for task in self._tasks(group, place)
        ]
        waiting = [group for group in left if group.because.code != "NO_TIME"]
        unplanned = [
            Unplanned(member.key, member.quantity, group.because)
            for group in left
            for member in group.members
        ]
        late = late_weight_s([*self.demands.values()], tasks)
        standing_s = sum(group.start_s - group.setup_from_s for group in timed)
        return Plan(
            CODE,
            tuple(tasks),
            (*timed, *waiting),
            (*unplanned, *too_large),
            objective=(late, standing_s),
            moves=moves,
        )

    def _tasks(self, group: PlannedGroup, place: int) -> list[PlannedTask]:
        return [
            PlannedTask(
                demand=member.key,
                step=self.demands[member.key].steps[0].key,
                quantity=member.quantity,
                start_s=group.start_s,
                end_s=group.end_s,
                reason=member.reason,
                resource=self.resource.code,
                group=place,
            )
            for member in group.members
        ]


def _untimed(
    proposal: Proposal, members: tuple[Member, ...], resource: Resource
) -> PlannedGroup:
    return PlannedGroup(
        family=proposal.family,
        resource=resource.code,
        quantity=sum(member.quantity for member in members),
        members=members,
        freeze=proposal.freeze,
        because=proposal.because,
        setup_from_s=0,
        start_s=0,
        end_s=0,
        freeze_at_s=proposal.freeze_at_s,
        due_s=proposal.due_s,
        near_misses=proposal.near_misses,
    )


def _at(group: PlannedGroup, at_s: int) -> PlannedGroup:
    return replace(group, setup_from_s=at_s, start_s=at_s, end_s=at_s)


def fit(profile: Profile) -> Fit:
    """Fit where a change costs more than the pieces of one order are worth."""
    if profile.kind is Kind.BESPOKE:
        return Fit(CODE, False, 0, (Reason("OUT_BESPOKE"),))
    if not profile.has_batch_key:
        return Fit(CODE, False, 0, (Reason("OUT_NO_KEY"),))
    worth = profile.setup_s * 1000 // profile.run_ms
    # What shares the set-up without a batch does not speak for one: a run on a
    # flexible line, or a day's demand for an article made to stock.
    pieces = max(profile.quantity, profile.run_length if profile.has_line else 1)
    if profile.kind is Kind.STANDARD:
        pieces = max(pieces, profile.per_day)
    score = profile.setup_percent(pieces)
    reason = Reason("FIT_SETUP", {"pieces": worth})
    if not worth:
        reason = Reason("FIT_NO_SETUP")
    return Fit(CODE, True, score, (reason,))
