"""Batch production: compatible work shares a load, loads follow each other cheaply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from production.engine.batching import form_batches
from production.engine.budget import Budget, OnProgress, ShouldStop
from production.engine.changeover import (
    Load,
    LoadOrder,
    PlannedLoad,
    SetupMatrix,
    order_batches,
)
from production.engine.demand import (
    Basis,
    Demand,
    DemandError,
    Key,
    Resource,
    Setup,
    SetupRule,
)
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
    groups that are not frozen, and their members are unplanned with the reason.
    ``objective`` is the weighted tardiness, then the seconds of set-up.
    """
    if not shop.resources:
        raise DemandError("a batch plan needs a resource with a capacity")
    if not demands:
        return Plan(CODE, objective=(0, 0))
    work = [with_a_step(demand) for demand in demands]
    floor = _Floor(shop.resources[0], {one.key: one for one in work}, shop)
    proposals = floor.proposals(now_s)
    order = order_batches(
        [floor.load(place, one) for place, one in enumerate(proposals) if one.freeze],
        matrix=floor.matrix(),
        state=floor.resource.state,
        start_s=max(now_s, floor.resource.free_s),
        budget=budget,
        seed=seed,
        previous=_as_before(proposals, previous),
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return floor.timed(proposals, order, now_s)


def _as_before(proposals: Sequence[Proposal], previous: Plan | None) -> list[Key]:
    """Rank loads as their families came in the plan before."""
    if previous is None:
        return []
    ranks: dict[str, int] = {}
    for rank, group in enumerate(previous.groups):
        ranks.setdefault(group.family, rank)
    known = [place for place, one in enumerate(proposals) if one.family in ranks]
    return [*sorted(known, key=lambda place: (ranks[proposals[place].family], place))]


@dataclass(frozen=True, slots=True)
class _Floor:
    resource: Resource
    demands: Mapping[Key, Demand]
    shop: Shop

    def proposals(self, now_s: int) -> list[Proposal]:
        resource = self.resource
        if resource.capacity is None:
            raise DemandError(f"resource {resource.code} says no capacity")
        runs: dict[str, int] = {}
        for demand in self.demands.values():
            run_s = self.run_s([Member(demand.key, demand.quantity, Reason("WAITING"))])
            runs[demand.family] = max(run_s, runs.get(demand.family, 0))
        return form_batches(
            [*self.demands.values()],
            capacity=resource.capacity,
            minimum=resource.minimum,
            max_wait_s=resource.max_wait_s,
            now_s=now_s,
            cutoff_s=resource.cutoff_s,
            run_s=runs,
        )

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

    def setup(self, proposal: Proposal) -> Setup:
        return self.demands[proposal.members[0].key].steps[0].setup

    def matrix(self) -> SetupMatrix:
        names = sorted(
            {demand.steps[0].setup.matrix for demand in self.demands.values()} - {""}
        )
        if not names:
            return NO_MATRIX
        if names[0] not in self.shop.matrices:
            raise DemandError(f"there is no set-up matrix {names[0]}")
        return self.shop.matrices[names[0]]

    def load(self, place: int, proposal: Proposal) -> Load:
        weights = [self.demands[one.key].weight for one in proposal.members]
        return Load(
            key=place,
            run_s=self.run_s(proposal.members),
            setup=self.setup(proposal),
            due_s=proposal.due_s,
            weight=sum(weights),
        )

    def timed(
        self, proposals: Sequence[Proposal], order: LoadOrder, now_s: int
    ) -> Plan:
        groups: list[PlannedGroup] = []
        tasks: list[PlannedTask] = []
        unplanned: list[Unplanned] = []
        clock_s = max(now_s, self.resource.free_s)
        for load in order.loads:
            proposal = proposals[int(load.key)]
            group = self._group(proposal, load, clock_s)
            if group is None:
                unplanned += _left_out(proposal, Reason("NO_TIME"))
                continue
            clock_s = group.end_s
            tasks += self._tasks(group, len(groups))
            groups.append(group)
        for proposal in proposals:
            if not proposal.freeze:
                groups.append(_waiting(proposal, self.resource.code, clock_s))
                unplanned += _left_out(proposal, proposal.because)
        late = late_weight_s([*self.demands.values()], tasks)
        return Plan(
            CODE,
            tuple(tasks),
            tuple(groups),
            tuple(unplanned),
            objective=(late, order.objective[1]),
            moves=order.moves,
        )

    def _group(
        self, proposal: Proposal, load: PlannedLoad, clock_s: int
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
        return PlannedGroup(
            family=proposal.family,
            resource=self.resource.code,
            quantity=sum(member.quantity for member in proposal.members),
            members=proposal.members,
            freeze=True,
            because=proposal.because,
            setup_from_s=setup[0],
            start_s=run[0],
            end_s=run[1],
            setup=load.setup,
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


def _left_out(proposal: Proposal, reason: Reason) -> list[Unplanned]:
    return [Unplanned(one.key, one.quantity, reason) for one in proposal.members]


def _waiting(proposal: Proposal, resource: str, clock_s: int) -> PlannedGroup:
    at_s = max(clock_s, proposal.freeze_at_s)
    return PlannedGroup(
        family=proposal.family,
        resource=resource,
        quantity=sum(member.quantity for member in proposal.members),
        members=proposal.members,
        freeze=False,
        because=proposal.because,
        setup_from_s=at_s,
        start_s=at_s,
        end_s=at_s,
    )


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
