"""Who is next on a free machine, under each operations method.

Each rule asks the engine that the live floor asks: the dispatching rule for job, the
batching and changeover engines for batch, the sequencer for units one by one, the
replenishment of stock for flow.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from production.engine.batching import propose_loads
from production.engine.budget import Budget
from production.engine.case import Case, CaseOrder, Plant
from production.engine.changeover import Load, order_batches
from production.engine.cutoff import Closing
from production.engine.demand import Demand, Resource, Setup, Unit
from production.engine.dispatch import RULES, ReadyStep, ShopState
from production.engine.flow import StockLevel, reorder
from production.engine.loads import Proposal
from production.engine.openings import due_while_open, opens_at
from production.engine.sequencing import sequence_line
from production.engine.values import NEVER_S, Attribute, Attributes, Key

MOST_UNITS = 2_000
"""Above so many, pieces of an order go together: a simulation need not tell them
apart to see queues and changes."""
FROZEN_UNITS = 12
"""Units of a line's queue that keep their places when others arrive."""
ORDERING = Budget(moves=300)
USUAL_RULE = RULES["EDD"]
DAY_S = 86_400
MOST_ORDERED = 40
"""Frozen batches, the most urgent, whose order is weighed at a time."""

Pieces = tuple[tuple[Key, int], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """What a machine does next: pieces of orders, in one state of the machine.

    What is made to stock is like the pieces of the order that it names.
    """

    variant: str
    state: Attributes
    pieces: Pieces
    n_pieces: int
    run_ms: int


class QueueRule(Protocol):
    """How one method chooses; it is told of arrivals and of what is finished."""

    def arrive(self, order: CaseOrder, *, now_s: int) -> Pieces:
        """Take an order in; give what is served at once."""

    def choose(self, *, place: int, state: Attributes, now_s: int) -> Task | None:
        """Give what a free machine begins now, or nothing."""

    def finish(self, task: Task) -> Pieces:
        """Give what is done for orders when a task ends."""

    def wake_s(self) -> int | None:
        """Give when to ask again though nothing arrives; ``None`` for never."""


class _OrderByOrder:
    """Job: the most urgent order as a whole, whatever the machine was set up for."""

    def __init__(self, case: Case, plant: Plant) -> None:
        self.case = case
        self.waiting: dict[ReadyStep, CaseOrder] = {}

    def arrive(self, order: CaseOrder, *, now_s: int) -> Pieces:
        run_s = self.case.equipment.run_time_ms(order.quantity) // 1000
        step = ReadyStep(order.key, run_s, run_s, ready_s=now_s, due_s=order.due_s)
        self.waiting[step] = order
        return ()

    def choose(self, *, place: int, state: Attributes, now_s: int) -> Task | None:
        if not self.waiting:
            return None
        shop = ShopState(now_s)
        first = min(self.waiting, key=lambda step: USUAL_RULE(step, shop))
        order = self.waiting.pop(first)
        return task_of(self.case, order, order.quantity)

    def finish(self, task: Task) -> Pieces:
        return task.pieces

    def wake_s(self) -> int | None:
        return None


class _InBatches:
    """Batch: one kind together, frozen as the batching engine says, then ordered.

    A family is one variant under one set of rules, as the floor keeps them apart.
    """

    def __init__(self, case: Case, plant: Plant) -> None:
        self.case = case
        self.colour = case.equipment.colour
        self.rules: dict[Closing, int] = {}
        self.places: dict[str, Resource] = {}
        self.ran: tuple[Attribute | None, int] = (None, 0)
        self.waiting: dict[str, dict[Key, Demand]] = {}
        self.formed: dict[str, list[Proposal]] = {}
        self.states: dict[str, Attributes] = {}
        self.next_freeze_s: int | None = None

    def arrive(self, order: CaseOrder, *, now_s: int) -> Pieces:
        family = self._family(order)
        run_s = self._run_s(order.quantity, family)
        self.states[family] = order.state
        self._put(
            Demand(
                order.key,
                family,
                order.quantity,
                arrived_s=order.arrived_s,
                due_s=due_while_open(self.case.equipment.openings, order.due_s, run_s),
            )
        )
        return ()

    def _family(self, order: CaseOrder) -> str:
        rules = self.rules.setdefault(order.closing, len(self.rules))
        family = f"{order.variant}#{rules}"
        if family not in self.places:
            self.places[family] = self._place(order.closing)
        return family

    def _place(self, closing: Closing) -> Resource:
        equipment = self.case.equipment
        holds = closing.capacity or equipment.load_pieces or equipment.batch_pieces
        longest = self.colour.max_run if self.colour else None
        capacity = min(holds, longest or holds)
        return Resource(
            "",
            capacity=capacity,
            minimum=min(closing.minimum, capacity),
            max_wait_s=closing.max_wait_s,
            cutoff=closing.cutoff,
        )

    def _put(self, demand: Demand) -> None:
        self.waiting.setdefault(demand.family, {})[demand.key] = demand
        self.formed.pop(demand.family, None)

    def choose(self, *, place: int, state: Attributes, now_s: int) -> Task | None:
        proposals = self._proposals(now_s)
        frozen = self._within_run([each for each in proposals if each.freeze])
        frozen.sort(key=lambda each: (each.due_s, each.family))
        frozen = frozen[:MOST_ORDERED]
        later = [each.freeze_at_s for each in proposals if not each.freeze]
        self.next_freeze_s = min((s for s in later if s < NEVER_S), default=None)
        if not frozen:
            return None
        chosen = frozen[self._first(frozen, state, now_s)]
        for member in chosen.members:
            self._take(chosen.family, member.key, member.quantity)
        pieces = tuple((member.key, member.quantity) for member in chosen.members)
        n_pieces = sum(quantity for _key, quantity in pieces)
        self._note_run(self.states[chosen.family], n_pieces)
        run_ms = self.case.equipment.run_time_ms(n_pieces)
        return Task(chosen.family, self.states[chosen.family], pieces, n_pieces, run_ms)

    def _within_run(self, frozen: Sequence[Proposal]) -> list[Proposal]:
        """Leave out what would make a run of a colour too long, while others wait."""
        if self.colour is None:
            return [*frozen]
        name, (colour, length) = self.colour.attribute, self.ran
        longest = self.colour.limit_of(colour) or NEVER_S
        fitting = [
            each
            for each in frozen
            if self.states[each.family].get(name) != colour
            or length + _size(each) <= longest
        ]
        return fitting or [*frozen]

    def _note_run(self, state: Attributes, n_pieces: int) -> None:
        if self.colour is not None:
            colour, length = state.get(self.colour.attribute), self.ran[1]
            goes_on = colour == self.ran[0]
            self.ran = (colour, length + n_pieces if goes_on else n_pieces)

    def _proposals(self, now_s: int) -> list[Proposal]:
        """Ask what the floor asks of its work, of the families whose time has come."""
        opens_s = opens_at(self.case.equipment.openings, now_s)
        for family, waiting in self.waiting.items():
            formed = self.formed.get(family)
            if formed and all(one.freeze_at_s > now_s for one in formed):
                continue
            place = replace(self.places[family], opens_s=opens_s)
            demands = [*waiting.values()]
            run_s = max(self._run_s(each.quantity, family) for each in demands)
            self.formed[family] = propose_loads(
                demands, place=place, now_s=now_s, run_s=run_s, near_misses=False
            )
        return [one for formed in self.formed.values() for one in formed]

    def _run_s(self, quantity: int, family: str) -> int:
        pieces = min(quantity, self.places[family].capacity or quantity)
        return -(-self.case.equipment.run_time_ms(pieces) // 1000)

    def _first(self, frozen: Sequence[Proposal], state: Attributes, now_s: int) -> int:
        found = order_batches(
            [
                Load(
                    place,
                    self._run_s(_size(each), each.family),
                    Setup(state=self.states[each.family]),
                    due_s=each.due_s,
                )
                for place, each in enumerate(frozen)
            ],
            matrix=self.case.equipment.matrix,
            state=state,
            start_s=now_s,
            budget=ORDERING,
        )
        return int(found.loads[0].key)

    def _take(self, family: str, key: Key, quantity: int) -> None:
        demand = self.waiting[family].pop(key)
        self.formed.pop(family, None)
        if demand.quantity > quantity:
            self._put(replace(demand, quantity=demand.quantity - quantity))
        if not self.waiting[family]:
            del self.waiting[family]

    def finish(self, task: Task) -> Pieces:
        return task.pieces

    def wake_s(self) -> int | None:
        return self.next_freeze_s


class _OneByOne:
    """Mass customisation: each unit on its own, in the sequencer's order.

    Where pieces share a load, what one customer wants goes into it as one unit.
    """

    def __init__(self, case: Case, plant: Plant) -> None:
        self.case = case
        load = case.equipment.load_pieces
        self.together = load or -(-case.n_pieces // MOST_UNITS)
        self.orders: dict[int, CaseOrder] = {}
        self.sizes: list[int] = []
        self.queue: deque[int] = deque()
        self.fed: deque[int] = deque(maxlen=60)
        self.arrived: list[int] = []

    def arrive(self, order: CaseOrder, *, now_s: int) -> Pieces:
        for begun in range(0, order.quantity, self.together):
            unit = len(self.orders)
            self.orders[unit] = order
            self.sizes.append(min(self.together, order.quantity - begun))
            self.arrived.append(unit)
        return ()

    def choose(self, *, place: int, state: Attributes, now_s: int) -> Task | None:
        if self.arrived:
            self._sequence(now_s)
        if not self.queue:
            return None
        unit = self.queue.popleft()
        self.fed.append(unit)
        return task_of(self.case, self.orders[unit], self.sizes[unit])

    def _sequence(self, now_s: int) -> None:
        kept = [self.queue.popleft() for _ in range(min(FROZEN_UNITS, len(self.queue)))]
        equipment = self.case.equipment
        run_ms = equipment.run_time_ms(self.together)
        takt_s = max(1, run_ms // (1000 * equipment.places))
        found = sequence_line(
            [self._unit(each, now_s, takt_s) for each in (*self.queue, *self.arrived)],
            rules=equipment.line_rules,
            colour=equipment.colour,
            history=[self._unit(each, now_s, takt_s) for each in (*self.fed, *kept)],
        )
        self.queue = deque([*kept, *(int(key) for key in found.order)])
        self.arrived.clear()

    def _unit(self, unit: int, now_s: int, takt_s: int) -> Unit:
        order = self.orders[unit]
        slot = None if order.due_s >= NEVER_S else (order.due_s - now_s) // takt_s
        return Unit(unit, order.state, due_slot=slot, arrived_s=order.arrived_s)

    def finish(self, task: Task) -> Pieces:
        return task.pieces

    def wake_s(self) -> int | None:
        return None


class _FromStock:
    """Flow: each article to stock by whole runs, on a line of its own if there is one.

    Stock begins full, at a day and a half of demand; a run makes a day's. What stock
    cannot serve waits for the runs, first come first served.
    """

    def __init__(self, case: Case, plant: Plant) -> None:
        self.case = case
        self.sample: dict[str, CaseOrder] = {}
        per_article: dict[str, int] = {}
        for order in case.orders:
            self.sample.setdefault(order.variant, order)
            wanted = per_article.get(order.variant, 0) + order.quantity
            per_article[order.variant] = wanted
        last_s = max(order.arrived_s for order in case.orders)
        days = max(1, -(-last_s // DAY_S))
        self.run = {name: -(-n // days) for name, n in per_article.items()}
        self.stock = {name: n + n // 2 for name, n in self.run.items()}
        self.coming = dict.fromkeys(self.run, 0)
        self.short: dict[str, deque[tuple[Key, int]]] = {n: deque() for n in self.run}

    def arrive(self, order: CaseOrder, *, now_s: int) -> Pieces:
        taken = min(order.quantity, self.stock[order.variant])
        self.stock[order.variant] -= taken
        if taken < order.quantity:
            self.short[order.variant].append((order.key, order.quantity - taken))
        return ((order.key, taken),) if taken else ()

    def choose(self, *, place: int, state: Attributes, now_s: int) -> Task | None:
        levels = [self._level(name) for name in self._articles_of(place)]
        wanted = reorder(levels)
        if not wanted:
            return None
        short = {one.code: -one.available * 1000 // one.run_size for one in levels}
        name = max(wanted, key=lambda one: (short[one], one))
        self.coming[name] += self.run[name]
        return task_of(self.case, self.sample[name], self.run[name])

    def _level(self, name: str) -> StockLevel:
        run = self.run[name]
        return StockLevel(
            name,
            self.stock[name],
            reorder_point=run // 2,
            run_size=run,
            maximum=run + run // 2,
            allocated=sum(quantity for _key, quantity in self.short[name]),
            expected=self.coming[name],
        )

    def _articles_of(self, place: int) -> list[str]:
        names = sorted(self.run)
        n_places = self.case.equipment.places
        if len(names) > n_places:
            return names
        return [name for at, name in enumerate(names) if at == place]

    def finish(self, task: Task) -> Pieces:
        self.coming[task.variant] -= task.n_pieces
        self.stock[task.variant] += task.n_pieces
        served = []
        waiting = self.short[task.variant]
        while waiting and self.stock[task.variant]:
            key, owed = waiting.popleft()
            taken = min(owed, self.stock[task.variant])
            self.stock[task.variant] -= taken
            served.append((key, taken))
            if taken < owed:
                waiting.appendleft((key, owed - taken))
        return tuple(served)

    def wake_s(self) -> int | None:
        return None


def task_of(case: Case, order: CaseOrder, n_pieces: int) -> Task:
    """Give the task that makes some pieces of one order."""
    run_ms = case.equipment.run_time_ms(n_pieces)
    pieces = ((order.key, n_pieces),)
    return Task(order.variant, order.state, pieces, n_pieces, run_ms)


def _size(proposal: Proposal) -> int:
    return sum(member.quantity for member in proposal.members)


_RULES: Mapping[str, type] = {
    "BATCH": _InBatches,
    "MASS_CUSTOMISATION": _OneByOne,
    "FLOW": _FromStock,
}


def queue_rule(case: Case, plant: Plant) -> QueueRule:
    """Give the rule of a plant's method, with an empty queue; else order by order."""
    rule: QueueRule = _RULES.get(plant.method, _OrderByOrder)(case, plant)
    return rule
