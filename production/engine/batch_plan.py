"""Form loads over a whole stretch of time, deciding at each moment as a shop would."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from production.engine.demand import Demand, Key, key_order
from production.engine.loads import Lot, cut_to_capacity, load_scale

POOL_LOADS = 4
"""How many loads must wait before one leaves that is not exactly full."""


@dataclass(frozen=True, slots=True)
class TimedBatch:
    """A load, when it was frozen, and because of what.

    ``frozen_because`` is FULL, MAX_WAIT, DUE_DATE, or BELOW_MINIMUM for what was left
    over at the end and never reached the minimum.
    """

    family: str
    members: tuple[tuple[Key, int], ...]
    frozen_because: str
    at_s: int


@dataclass(frozen=True, slots=True)
class TimedPlan:
    """All loads in order of time; ``lower_bound`` counts loads by quantity alone."""

    batches: tuple[TimedBatch, ...]
    lower_bound: int


def plan_over_time(
    demands: Sequence[Demand],
    *,
    capacity: int,
    max_wait_s: int,
    run_s: int,
    minimum: int = 0,
) -> TimedPlan:
    """Let demands arrive one after another and freeze loads as they come due.

    Parameters
    ----------
    demands
        ``n`` demands in any order; nothing is known of one before it arrives.
    capacity, minimum
        Largest and smallest load in units of the measure; a larger demand is cut.
    max_wait_s, run_s
        A load leaves when a member has waited so long, or when ``run_s`` before its
        due time; below the minimum it waits on for more.

    Returns
    -------
    TimedPlan
        Every piece in one load, none before its arrival. ``O(n (log n + k))``.

    Notes
    -----
    A load leaves as soon as waiting lots fill it exactly, or when four loads' worth
    wait. It holds the most pressing lot and the subset of the others that fills it
    best, found by subset sums in bits. Source: own; checked by rules in tests.
    """
    scale = load_scale(demands)
    families: dict[str, list[Lot]] = defaultdict(list)
    for demand in demands:
        families[demand.family] += cut_to_capacity(
            demand, capacity=capacity, scale=scale
        )
    batches: list[TimedBatch] = []
    bound = 0
    for family, lots in families.items():
        pool = _Pool(family, capacity * scale, minimum * scale, max_wait_s, run_s)
        batches += pool.run(lots)
        bound += -(-sum(lot.load for lot in lots) // (capacity * scale))
    batches.sort(key=lambda one: (one.at_s, one.family, key_order(one.members[0][0])))
    return TimedPlan(tuple(batches), bound)


class _Pool:
    """The lots of one family that have arrived and wait."""

    def __init__(
        self, family: str, room: int, minimum: int, max_wait_s: int, run_s: int
    ) -> None:
        self.family = family
        self.room = room
        self.minimum = minimum
        self.max_wait_s = max_wait_s
        self.run_s = run_s
        self.load = 0
        self.waiting: dict[int, Lot] = {}
        self.pressing: list[tuple[int, int]] = []
        self.batches: list[TimedBatch] = []

    def press_s(self, lot: Lot) -> int:
        """Give the moment at which a lot forces its load to leave."""
        demand = lot.demand
        latest_s = max(demand.arrived_s, demand.due_s - self.run_s)
        return min(demand.arrived_s + self.max_wait_s, latest_s)

    def run(self, lots: Sequence[Lot]) -> list[TimedBatch]:
        ranked = sorted(
            lots,
            key=lambda lot: (
                lot.demand.arrived_s,
                lot.demand.due_s,
                key_order(lot.demand.key),
                -lot.quantity,
            ),
        )
        now_s = 0
        for place, lot in enumerate(ranked):
            now_s = lot.demand.arrived_s
            self._leave_before(now_s)
            if self._fills_a_load(lot):
                members = ((lot.demand.key, lot.quantity),)
                self.batches.append(TimedBatch(self.family, members, "FULL", now_s))
                continue
            self.waiting[place] = lot
            self.load += lot.load
            heapq.heappush(self.pressing, (self.press_s(lot), place))
            self._leave_full(now_s)
        self._leave_before(1 << 62)
        while self.waiting:
            at_s = max(now_s, self.press_s(self.waiting[self._most_pressing()]))
            self._freeze(at_s, self._choose(), "BELOW_MINIMUM")
        return self.batches

    def _fills_a_load(self, lot: Lot) -> bool:
        return self.minimum <= lot.load and lot.load + lot.piece > self.room

    def _most_pressing(self) -> int:
        while self.pressing[0][1] not in self.waiting:
            heapq.heappop(self.pressing)
        return self.pressing[0][1]

    def _leave_before(self, now_s: int) -> None:
        """Let loads leave whose time comes before the next arrival."""
        while self.waiting and self.load >= self.minimum:
            lot = self.waiting[self._most_pressing()]
            at_s = max(self.press_s(lot), self._latest_arrival_needed())
            if at_s >= now_s:
                return
            waited = lot.demand.arrived_s + self.max_wait_s <= self.press_s(lot)
            chosen = self._choose()
            if sum(self.waiting[place].load for place in chosen) < self.minimum:
                return
            self._freeze(at_s, chosen, "MAX_WAIT" if waited else "DUE_DATE")

    def _latest_arrival_needed(self) -> int:
        return max(lot.demand.arrived_s for lot in self.waiting.values())

    def _leave_full(self, now_s: int) -> None:
        while self.load >= self.room:
            chosen = self._choose()
            filled = sum(self.waiting[place].load for place in chosen)
            if filled < self.room and self.load < POOL_LOADS * self.room:
                return
            if filled < self.minimum:
                return
            self._freeze(now_s, chosen, "FULL")

    def _choose(self) -> list[int]:
        """Pick the most pressing lot and the others that fill the load best."""
        first = self._most_pressing()
        others = sorted(
            (place for place in self.waiting if place != first),
            key=lambda place: (self.press_s(self.waiting[place]), place),
        )
        room = self.room - self.waiting[first].load
        return [first, *self._fill(others, room)]

    def _fill(self, others: Sequence[int], room: int) -> list[int]:
        """Find the lots that fill a room best, the earlier ones if they can."""
        within = (1 << (room + 1)) - 1
        sums = [1]
        for place in others:
            if sums[-1] >> room & 1:
                break
            load = self.waiting[place].load
            sums.append((sums[-1] | sums[-1] << load) & within)
        best = sums[-1].bit_length() - 1
        chosen = []
        for rank in range(len(sums) - 1, 0, -1):
            if not sums[rank - 1] >> best & 1:
                chosen.append(others[rank - 1])
                best -= self.waiting[others[rank - 1]].load
        return chosen[::-1]

    def _freeze(self, at_s: int, chosen: Sequence[int], because: str) -> None:
        members = []
        for place in chosen:
            lot = self.waiting.pop(place)
            self.load -= lot.load
            members.append((lot.demand.key, lot.quantity))
        self.batches.append(TimedBatch(self.family, tuple(members), because, at_s))
