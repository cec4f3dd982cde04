"""Group waiting demands into loads, and say for each whether to freeze it now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from production.engine.cutoff import CutoffClock
from production.engine.demand import (
    NEVER_S,
    Demand,
    DemandError,
    Key,
    Resource,
    require,
)
from production.engine.loads import (
    BatchError,
    Lot,
    Member,
    Proposal,
    cut_to_capacity,
    load_scale,
)
from production.engine.near_misses import with_near_misses
from production.engine.reasons import Reason


@dataclass(frozen=True, slots=True)
class _Limits:
    capacity: int
    minimum: int
    max_wait_s: int
    now_s: int
    cutoff: CutoffClock | None
    setup_s: int
    opens_s: int
    scale: int

    @property
    def room(self) -> int:
        return self.capacity * self.scale


def form_batches(
    demands: Sequence[Demand],
    *,
    capacity: int,
    now_s: int,
    run_s: int | Mapping[str, int],
    max_wait_s: int = NEVER_S,
    minimum: int = 0,
    cutoff: CutoffClock | None = None,
    setup_s: int = 0,
    opens_s: int = 0,
    near_misses: bool = True,
) -> list[Proposal]:
    """Group demands family by family, earliest due date first, and judge each load.

    Parameters
    ----------
    demands
        ``n`` waiting demands in any order. One whose ``arrived_s`` lies after
        ``now_s`` is expected: it gets a proposal of its own kind, never frozen.
    capacity
        Largest load in whole units of the measure, at least 1. A larger demand is
        cut into full loads and a rest.
    now_s
        The moment of the decision.
    run_s
        Seconds that a load runs, whatever its size; or that for each family.
    max_wait_s
        Longest wait of a demand before its load is frozen.
    minimum
        Smallest load in units; a smaller one waits, whatever else presses.
    cutoff
        A clock that freezes a load at the first such time since its oldest came.
    setup_s
        Expected set-up before a load, in seconds.
    opens_s
        Until then nobody works, and no load is frozen for its wait alone.
    near_misses
        Say of each load also who is nearly in, which takes longest of all.

    Returns
    -------
    list[Proposal]
        Every piece of every demand in exactly one proposal; earliest due first.
        Empty input gives an empty list. ``O(n (k + b))`` for ``k`` demands in a load
        and ``b`` loads in a family.

    Raises
    ------
    BatchError
        If one piece alone is larger than the capacity.

    Notes
    -----
    Within a family a dynamic programme cuts the due-date order into the fewest
    contiguous loads and, among these, the least weighted lateness and then the
    fullest loads; later members are then moved up into the room left.
    Source: own; compared with enumerated partitions in tests.
    """
    require(
        holds=capacity >= 1,
        what="capacity must be at least 1",
        value=capacity,
        unit="units",
    )
    require(holds=0 <= minimum <= capacity, what="minimum load", value=minimum)
    scale = load_scale(demands)
    limits = _Limits(
        capacity, minimum, max_wait_s, now_s, cutoff, setup_s, opens_s, scale
    )
    drafts: list[tuple[Proposal, list[Lot]]] = []
    for family, lots in _by_family(demands, capacity, scale).items():
        family_run_s = run_s if isinstance(run_s, int) else run_s[family]
        drafts += _family_drafts(family, lots, limits, family_run_s)
    drafts.sort(key=lambda draft: (draft[0].due_s, draft[0].family, draft[1][0].order))
    if not near_misses:
        return [proposal for proposal, _lots in drafts]
    return with_near_misses(drafts, scale=scale)


def propose_loads(
    demands: Sequence[Demand],
    *,
    place: Resource,
    now_s: int,
    run_s: int | Mapping[str, int],
    near_misses: bool = True,
) -> list[Proposal]:
    """Form what waits at a place into loads, each frozen by the place's rules.

    The floor asks this of its work, and a forecast of the work that it imagines.
    A load below the minimum goes once it waited enough, filled up for stock: a rare
    kind would else wait for company that never comes.
    """
    if place.capacity is None:
        raise DemandError(f"resource {place.code} says no capacity")
    proposals = form_batches(
        demands,
        capacity=place.capacity,
        minimum=place.minimum,
        max_wait_s=place.max_wait_s,
        now_s=now_s,
        cutoff=place.cutoff,
        run_s=run_s,
        opens_s=place.opens_s,
        near_misses=near_misses,
    )
    arrived_s = {each.key: each.arrived_s for each in demands}
    return [
        one
        if one.because.code != "BELOW_MINIMUM"
        else _unless_starving(one, arrived_s, place, now_s, run_s)
        for one in proposals
    ]


def _unless_starving(
    proposal: Proposal,
    arrived_s: Mapping[Key, int],
    place: Resource,
    now_s: int,
    run_s: int | Mapping[str, int],
) -> Proposal:
    """Let a load below the minimum go once its wait is over or it must be done."""
    oldest_s = min(arrived_s[one.key] for one in proposal.members)
    family_run_s = run_s if isinstance(run_s, int) else run_s[proposal.family]
    clocks = {
        "MAX_WAIT": max(oldest_s + place.max_wait_s, place.opens_s),
        "DUE_DATE": proposal.due_s - family_run_s,
    }
    over = [code for code, at_s in clocks.items() if at_s <= now_s]
    if not over:
        return replace(proposal, freeze_at_s=min(NEVER_S, *clocks.values()))
    return replace(proposal, freeze=True, because=Reason(over[0]))


def _by_family(
    demands: Sequence[Demand], capacity: int, scale: int
) -> dict[str, list[Lot]]:
    families: dict[str, list[Lot]] = defaultdict(list)
    for demand in demands:
        families[demand.family] += cut_to_capacity(
            demand, capacity=capacity, scale=scale
        )
    for lots in families.values():
        lots.sort(key=lambda lot: (lot.order, -lot.quantity))
    return dict(sorted(families.items()))


def _family_drafts(
    family: str, lots: list[Lot], limits: _Limits, run_s: int
) -> list[tuple[Proposal, list[Lot]]]:
    here = [lot for lot in lots if lot.demand.arrived_s <= limits.now_s]
    expected = [lot for lot in lots if lot.demand.arrived_s > limits.now_s]
    drafts = []
    for group, is_here in ((here, True), (expected, False)):
        start_s = limits.now_s + limits.setup_s
        loads = partition(group, room=limits.room, start_s=start_s, run_s=run_s)
        moved = top_up(loads, room=limits.room)
        for place, load in enumerate(loads):
            proposal = _judge(family, load, moved, limits, run_s)
            if not is_here:
                because = Reason("EXPECTED")
                proposal = replace(proposal, freeze=False, because=because)
            elif place < len(loads) - 1:
                proposal = _full_unless_too_small(proposal, limits)
            drafts.append((proposal, load))
    return drafts


def partition(
    lots: Sequence[Lot], *, room: int, start_s: int, run_s: int
) -> list[list[Lot]]:
    """Cut an order of lots into the fewest contiguous loads, then the least late.

    The loads run one after another from ``start_s``, each ``run_s`` long. Ties go
    to the fuller loads (largest sum of squares), then to the longer last load.
    """
    counts = _fewest_loads(lots, room)
    if counts[-1] == 1:
        return [list(lots)]
    best: list[tuple[int, int]] = [(0, 0)]
    back = [0]
    for end in range(1, len(lots) + 1):
        finish_s = start_s + counts[end] * run_s
        load = late = 0
        chosen: tuple[int, int, int] | None = None
        for begin in range(end - 1, -1, -1):
            lot = lots[begin]
            load += lot.load
            if load > room:
                break
            late += lot.demand.weight * max(0, finish_s - lot.demand.due_s)
            if counts[begin] != counts[end] - 1:
                continue
            late_before, fill_before = best[begin]
            found = (late_before + late, fill_before - load * load, begin)
            chosen = found if chosen is None else min(chosen, found)
        if chosen is None:
            raise BatchError(f"lot of {lots[end - 1].demand.key} fits no load")
        best.append(chosen[:2])
        back.append(chosen[2])
    return _follow_back(lots, back)


def _fewest_loads(lots: Sequence[Lot], room: int) -> list[int]:
    counts = [0]
    free = 0
    for lot in lots:
        opens = lot.load > free or len(counts) == 1
        free = (room if opens else free) - lot.load
        counts.append(counts[-1] + opens)
    return counts


def _follow_back(lots: Sequence[Lot], back: list[int]) -> list[list[Lot]]:
    loads = []
    end = len(lots)
    while end:
        loads.append(list(lots[back[end] : end]))
        end = back[end]
    return loads[::-1]


def top_up(loads: list[list[Lot]], *, room: int) -> set[tuple[Key, int]]:
    """Move later lots up into the room left in earlier loads, in place.

    Nothing gets later by it. Returns the key and quantity of each lot moved; loads
    that became empty are gone.
    """
    moved: set[tuple[Key, int]] = set()
    for place, load in enumerate(loads):
        free = room - sum(lot.load for lot in load)
        for later in loads[place + 1 :]:
            for lot in list(later) if free else []:
                if lot.load <= free:
                    later.remove(lot)
                    load.append(lot)
                    moved.add((lot.demand.key, lot.quantity))
                    free -= lot.load
    loads[:] = [load for load in loads if load]
    return moved


def _judge(
    family: str,
    load: list[Lot],
    moved: set[tuple[Key, int]],
    limits: _Limits,
    run_s: int,
) -> Proposal:
    units = Fraction(sum(lot.load for lot in load), limits.scale)
    oldest_s = min(lot.demand.arrived_s for lot in load)
    due_s = min(lot.demand.due_s for lot in load)
    latest_start_s = due_s - run_s - limits.setup_s
    clock = limits.cutoff
    clocks = {
        "MAX_WAIT": max(oldest_s + limits.max_wait_s, limits.opens_s),
        "DUE_DATE": latest_start_s,
        "CUT_OFF": NEVER_S if clock is None else clock.first_s(oldest_s),
    }
    proposal = Proposal(
        family=family,
        members=tuple(_member(lot, family, moved) for lot in load),
        load=units,
        capacity=limits.capacity,
        freeze=False,
        because=Reason("WAITING"),
        freeze_at_s=min(NEVER_S, *clocks.values()),
        due_s=due_s,
    )
    if units >= limits.capacity:
        return _full_unless_too_small(proposal, limits)
    over = [code for code, at_s in clocks.items() if at_s <= limits.now_s]
    if units < limits.minimum:
        small = Reason("BELOW_MINIMUM", {"minimum": limits.minimum, "load": str(units)})
        return replace(proposal, because=small)
    if over:
        return replace(proposal, freeze=True, because=Reason(over[0]))
    return proposal


def _full_unless_too_small(proposal: Proposal, limits: _Limits) -> Proposal:
    if proposal.load < limits.minimum:
        return proposal
    full = Reason("FULL", {"load": str(proposal.load), "capacity": limits.capacity})
    return replace(proposal, freeze=True, because=full)


def _member(lot: Lot, family: str, moved: set[tuple[Key, int]]) -> Member:
    if lot.quantity < lot.demand.quantity:
        reason = Reason("LOT", {"quantity": lot.quantity})
    elif (lot.demand.key, lot.quantity) in moved:
        reason = Reason("TOPPED_UP", {"family": family})
    else:
        reason = Reason("MEMBER", {"family": family})
    return Member(lot.demand.key, lot.quantity, reason)
