"""Let the same demand run through a plant under one method, and measure what comes."""

import heapq
from collections import defaultdict
from dataclasses import dataclass

from production.engine.case import BP, Case, Plant
from production.engine.changeover import SetupTime
from production.engine.openings import open_seconds, work_from
from production.engine.overload import PacedLine
from production.engine.queue_rules import Pieces, Task, queue_rule
from production.engine.values import NEVER_S, Attributes, Key

HOUR_S = 3600
DAY_S = 86_400
_ARRIVES, _ENDS, _WAKES = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one method makes of a demand.

    Times in seconds from arrival to the last piece; ``wip_pieces`` is the mean number
    of pieces that have arrived and are not done; ``tardy_bp`` the share of orders that
    are late or never done; ``cost_minor`` all labour, machine time, material and waste;
    ``waste_minor`` of that what changes throw away. ``overload_s`` is how long a paced
    line waited for stations that had too much to do.
    """

    method: str
    lead_s: int
    lead_p95_s: int
    change_s: int
    n_changes: int
    run_s: int
    wip_pieces: int
    tardy_bp: int
    unfinished: int
    cost_minor: int
    waste_minor: int
    energy_wh: int
    end_s: int
    overload_s: int = 0


def simulate(case: Case, *, plant: Plant) -> Outcome:
    """Run a demand through a plant, event by event, until all is done.

    Parameters
    ----------
    case
        ``n`` orders in any order of arrival.
    plant
        The method, and the factors of its plant on the case's equipment.

    Returns
    -------
    Outcome
        Figures over all orders. What is not done when the working time ends counts
        as tardy, and with its time up to that end.

    Notes
    -----
    Between two tasks a machine stands for the internal set-up of the matrix, and for
    what of the external one does not fit into the run before. On a paced line a set-up
    is work of its station, and the line waits for what overloads. A line that serves
    one article alone is paid for as long as it is open; people and machines of other
    methods do something else while there is nothing to do. ``O(n (log n + c))`` for
    ``c`` the cost of the method's engine. Deterministic. Source: own; conservation
    and hand-reckoned cases in tests.
    """
    floor = _Floor(case, plant)
    floor.run()
    return floor.outcome()


class _Floor:
    def __init__(self, case: Case, plant: Plant) -> None:
        self.case = case
        self.plant = plant
        self.rule = queue_rule(case, plant)
        self.events: list[tuple[int, int, int]] = []
        self.free = list(range(case.equipment.places))
        self.states: list[Attributes] = [{} for _ in self.free]
        self.overlap_s = [0 for _ in self.free]
        self.ends_s = [-1 for _ in self.free]
        self.busy: dict[int, Task] = {}
        self.owed = {order.key: order.quantity for order in case.orders}
        self.by_key = {order.key: order for order in case.orders}
        self.paced = [PacedLine(case.equipment, plant) for _ in self.free]
        self.waste_milli = self.overload_s = 0
        self.done_s: dict[Key, int] = {}
        self.made: dict[Key, list[tuple[int, int]]] = defaultdict(list)
        self.change_s = self.run_s = self.n_changes = self.end_s = 0

    def run(self) -> None:
        for place, order in enumerate(self.case.orders):
            heapq.heappush(self.events, (order.arrived_s, _ARRIVES, place))
        while self.events:
            now_s = self.events[0][0]
            while self.events and self.events[0][0] == now_s:
                _at, kind, place = heapq.heappop(self.events)
                self._take(kind, place, now_s)
            self._begin(now_s)

    def _take(self, kind: int, place: int, now_s: int) -> None:
        if kind == _ARRIVES:
            served = self.rule.arrive(self.case.orders[place], now_s=now_s)
            self._book(served, now_s)
        elif kind == _ENDS:
            self._book(self.rule.finish(self.busy.pop(place)), now_s)
            heapq.heappush(self.free, place)
            self.end_s = now_s

    def _book(self, pieces: Pieces, now_s: int) -> None:
        for key, quantity in pieces:
            self.owed[key] -= quantity
            self.made[key].append((now_s, quantity))
            if self.owed[key] == 0:
                self.done_s[key] = now_s

    def _begin(self, now_s: int) -> None:
        idle = []
        while self.free:
            place = heapq.heappop(self.free)
            task = self.rule.choose(place=place, state=self.states[place], now_s=now_s)
            if task is None or not self._start(place, task, now_s):
                idle.append(place)
        for place in idle:
            heapq.heappush(self.free, place)
        wake_s = self.rule.wake_s()
        if idle and wake_s is not None and wake_s > now_s:
            heapq.heappush(self.events, (wake_s, _WAKES, 0))

    def _start(self, place: int, task: Task, now_s: int) -> bool:
        """Set up and run; false where the working time ends before it is done."""
        change = self._change(place, task, now_s)
        setup_s = self._standing_s(place, change)
        run_s = -(-task.run_ms * self.plant.run_bp // (1000 * BP))
        waits_s = self._waits_s(place, task, change)
        stands_s = waits_s if self.case.equipment.pacing else setup_s
        openings = self.case.equipment.openings
        times = work_from(openings, now_s, stands_s + run_s)
        if times is None:
            return False
        if self._is_set_up_for(task):
            self.states[place] = task.state
        self.overlap_s[place], self.ends_s[place] = run_s, times[1]
        self.busy[place] = task
        self._count(change, setup_s, waits_s, run_s)
        heapq.heappush(self.events, (times[1], _ENDS, place))
        return True

    def _change(self, place: int, task: Task, now_s: int) -> SetupTime:
        """Give the set-up; a line for one article alone stands ready for it."""
        is_ready = self.plant.method == "FLOW" and not self.states[place]
        if is_ready or not self._is_set_up_for(task):
            return SetupTime(0, 0, "")
        equipment = self.case.equipment
        is_lost = equipment.is_shared and now_s > self.ends_s[place]
        before = {} if is_lost and self.plant.method != "FLOW" else self.states[place]
        return equipment.matrix.setup_between(before, task.state)

    def _is_set_up_for(self, task: Task) -> bool:
        """Say whether a task comes where set-ups are; others leave the state alone."""
        if self.case.equipment.pacing is None:
            return True
        order = self.by_key[task.pieces[0][0]]
        return self.case.equipment.is_set_up_for(order)

    def _standing_s(self, place: int, change: SetupTime) -> int:
        outside_s = max(0, change.external_s - self.overlap_s[place])
        return (change.internal_s + outside_s) * self.plant.setup_bp // BP

    def _waits_s(self, place: int, task: Task, change: SetupTime) -> int:
        """Give how long a paced line waits for its stations during a task."""
        if self.case.equipment.pacing is None:
            return 0
        purge_ms = change.internal_s * 1000 * self.plant.setup_bp // BP
        waits_ms = 0
        for key, quantity in task.pieces:
            station_ms = self.by_key[key].station_ms
            waits_ms += self.paced[place].pass_units(
                station_ms, n_units=quantity, purge_ms=purge_ms
            )
            purge_ms = 0
        return waits_ms * self.plant.run_bp // (1000 * BP)

    def _count(self, change: SetupTime, setup_s: int, waits_s: int, run_s: int) -> None:
        prices = self.case.rates.waste_milli
        self.n_changes += setup_s > 0
        self.change_s += setup_s
        self.overload_s += waits_s
        self.run_s += run_s
        self.waste_milli += sum(
            n * prices.get(name, 0) for name, n in change.waste.items()
        )

    def outcome(self) -> Outcome:
        case, plant = self.case, self.plant
        last_s = self._last_s()
        leads = sorted(
            self.done_s.get(order.key, last_s) - order.arrived_s
            for order in case.orders
        )
        n_orders = len(case.orders)
        n_tardy = sum(
            self.done_s.get(order.key, NEVER_S) > order.due_s for order in case.orders
        )
        n_unfinished = n_orders - len(self.done_s)
        waste_minor = self.n_changes * case.rates.change_waste_minor
        waste_minor += self.waste_milli // 1000
        return Outcome(
            method=plant.method,
            lead_s=sum(leads) // n_orders,
            lead_p95_s=leads[-(-n_orders * 95 // 100) - 1],
            change_s=self.change_s,
            n_changes=self.n_changes,
            run_s=self._ran_s(),
            wip_pieces=self._wip(last_s),
            tardy_bp=max(n_tardy, n_unfinished) * BP // n_orders,
            unfinished=n_unfinished,
            cost_minor=self._cost_minor(last_s) + waste_minor,
            waste_minor=waste_minor,
            energy_wh=self._energy_wh(last_s),
            end_s=self.end_s,
            overload_s=self.overload_s,
        )

    def _last_s(self) -> int:
        openings = self.case.equipment.openings
        closes_s = openings[-1][1] if openings else 0
        arrived_s = max(order.arrived_s for order in self.case.orders)
        if len(self.done_s) == len(self.case.orders):
            return max(self.end_s, arrived_s)
        return max(self.end_s, arrived_s, closes_s)

    def _wip(self, last_s: int) -> int:
        first_s = min(order.arrived_s for order in self.case.orders)
        piece_s = sum(
            order.quantity * (last_s - order.arrived_s)
            - sum(n * (last_s - at_s) for at_s, n in self.made[order.key])
            for order in self.case.orders
        )
        return piece_s // max(1, last_s - first_s)

    def _paid_s(self, last_s: int) -> int:
        """Give the machine seconds that somebody pays for."""
        stands_s = self.overload_s if self.case.equipment.pacing else self.change_s
        busy_s = self._ran_s() + stands_s
        if self.plant.method != "FLOW":
            return busy_s
        return max(busy_s, self._open_s(last_s))

    def _ran_s(self) -> int:
        """Give the run time of what was ordered; flow leaves the stock as it was."""
        if self.plant.method != "FLOW":
            return self.run_s
        run_ms = self.case.equipment.run_time_ms(self.case.n_pieces)
        return -(-run_ms * self.plant.run_bp // (1000 * BP))

    def _open_s(self, last_s: int) -> int:
        """Give the machine seconds of working time.

        What flow makes for stock it makes on working days, whenever orders come.
        """
        equipment = self.case.equipment
        arrivals = [order.arrived_s for order in self.case.orders]
        first_s = min(arrivals)
        if self.plant.method != "FLOW":
            open_s = open_seconds(equipment.openings, first_s, last_s)
            return open_s * equipment.places
        n_days = -(-(max(arrivals) - first_s + 1) // DAY_S)
        day_s = DAY_S if equipment.openings is None else self.case.profile.day_s
        return n_days * day_s * equipment.places

    def _cost_minor(self, last_s: int) -> int:
        rates, crew = self.case.rates, self.case.equipment.crew
        busy_s = self._paid_s(last_s)
        labour = busy_s * crew * rates.labour_minor_per_h * self.plant.crew_bp
        machine = busy_s * rates.machine_minor_per_h * self.plant.machine_bp
        time_minor = (labour + machine) // (HOUR_S * BP)
        return time_minor + self.case.n_pieces * rates.material_minor

    def _energy_wh(self, last_s: int) -> int:
        rates = self.case.rates
        ran_s = self._ran_s()
        idle_s = max(0, self._open_s(last_s) - ran_s)
        return (ran_s * rates.run_w + idle_s * rates.idle_w) // HOUR_S
