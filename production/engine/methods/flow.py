"""Flow production: standard articles from stock, replenished by lines at takt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from production.engine.budget import Budget, OnProgress, Progress, ShouldStop
from production.engine.demand import Demand, Key, key_order
from production.engine.flow import Station, bottleneck, reorder
from production.engine.loads import Member
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
    begun_by,
    late_weight_s,
    with_a_step,
)
from production.engine.reasons import Reason

CODE = "FLOW"
Short = list[tuple[Demand, int]]


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
    """Serve demands from stock, the earliest due first, and replenish by whole runs.

    A demand's family is its article. What stock cannot serve is a backorder that the
    runs serve in the same order. Lines run side by side. What the previous plan has
    begun stays, and counts against a stock that does not show it yet. ``objective``
    is the weighted tardiness, then the pieces on backorder.
    """
    board = _Board(shop, now_s)
    board.keep(demands, previous)
    ranked = sorted(
        (with_a_step(demand) for demand in demands),
        key=lambda one: (one.due_s, one.arrived_s, key_order(one.key)),
    )
    short = board.serve_from_stock(ranked)
    for article, quantity in board.wanted(short).items():
        board.make(article, quantity, short.get(article, []))
    for waiting in short.values():
        board.leave_out(waiting)
    n_short = sum(n for waiting in board.backordered.values() for n in waiting)
    objective = (late_weight_s(ranked, board.tasks), n_short)
    if on_progress is not None:
        on_progress(Progress(0, 0, objective))
    tasks, groups = _in_order_of_time(board.tasks, board.groups)
    return Plan(CODE, tasks, groups, tuple(board.unplanned), objective=objective)


def _in_order_of_time(
    tasks: Sequence[PlannedTask], groups: Sequence[PlannedGroup]
) -> tuple[tuple[PlannedTask, ...], tuple[PlannedGroup, ...]]:
    ranked = sorted(
        range(len(groups)), key=lambda n: (groups[n].start_s, groups[n].resource)
    )
    place = {old: new for new, old in enumerate(ranked)}
    moved = [
        task if task.group is None else replace(task, group=place[task.group])
        for task in tasks
    ]
    moved.sort(key=lambda one: (one.start_s, -1 if one.group is None else one.group))
    return tuple(moved), tuple(groups[n] for n in ranked)


class _Board:
    def __init__(self, shop: Shop, now_s: int) -> None:
        self.shop = shop
        self.now_s = now_s
        self.stock = {level.code: level for level in shop.stock}
        self.resources = {resource.code: resource for resource in shop.resources}
        self.free_s = {
            line: max(now_s, self.resources[line].free_s)
            if line in self.resources
            else now_s
            for line in shop.stations
        }
        self.tasks: list[PlannedTask] = []
        self.groups: list[PlannedGroup] = []
        self.unplanned: list[Unplanned] = []
        self.backordered: dict[str, list[int]] = {}
        self.kept: dict[Key, int] = {}

    def keep(self, demands: Sequence[Demand], previous: Plan | None) -> None:
        """Take over what an earlier plan has begun and is still asked for."""
        asked = {demand.key: demand for demand in demands}
        begun = begun_by(previous, self.now_s)
        places: dict[int, int] = {}
        for place, group in enumerate(previous.groups if previous is not None else ()):
            if group.start_s <= self.now_s < group.end_s:
                places[place] = len(self.groups)
                self.groups.append(group)
                self.free_s[group.resource] = group.end_s
                self._reserve(group.family, expected=group.quantity)
        for task in begun:
            demand = asked.get(task.demand)
            is_over = task.group is not None and task.group not in places
            taken = self.kept.get(task.demand, 0) + task.quantity
            if demand is None or is_over or taken > demand.quantity:
                continue
            self.kept[task.demand] = taken
            self._reserve(demand.family, allocated=task.quantity)
            if task.group is not None:
                self.backordered.setdefault(demand.family, []).append(task.quantity)
                task = replace(task, group=places[task.group])
            self.tasks.append(task)

    def _reserve(self, article: str, *, expected: int = 0, allocated: int = 0) -> None:
        if article in self.stock:
            level = self.stock[article]
            self.stock[article] = replace(
                level,
                expected=level.expected + expected,
                allocated=level.allocated + allocated,
            )

    def serve_from_stock(self, ranked: Sequence[Demand]) -> dict[str, Short]:
        free = {
            code: max(0, level.on_hand - level.allocated)
            for code, level in self.stock.items()
        }
        short: dict[str, Short] = {}
        for demand in ranked:
            open_quantity = demand.quantity - self.kept.get(demand.key, 0)
            taken = min(open_quantity, free.get(demand.family, 0))
            if taken:
                free[demand.family] -= taken
                reason = Reason("FROM_STOCK")
                self._task(demand, taken, (self.now_s, self.now_s), reason)
            if taken < open_quantity:
                missing = open_quantity - taken
                short.setdefault(demand.family, []).append((demand, missing))
                self.backordered.setdefault(demand.family, []).append(missing)
            self._reserve(demand.family, allocated=open_quantity)
        return short

    def _task(
        self,
        demand: Demand,
        quantity: int,
        times: tuple[int, int],
        reason: Reason,
        resource: str = "",
        group: int | None = None,
    ) -> None:
        step = demand.steps[0].key
        self.tasks.append(
            PlannedTask(
                demand.key,
                step,
                quantity,
                *times,
                reason=reason,
                resource=resource,
                group=group,
            )
        )

    def wanted(self, short: Mapping[str, Short]) -> dict[str, int]:
        """Give what to make of each article, the earliest backorder first."""
        levels = sorted(
            self.stock.values(),
            key=lambda one: (
                min(
                    (demand.due_s for demand, _ in short.get(one.code, [])),
                    default=1 << 62,
                ),
                one.code,
            ),
        )
        return reorder(levels)

    def make(self, article: str, quantity: int, waiting: Short) -> None:
        """Plan runs of one article on its lines until the quantity is reached."""
        lines = sorted(
            line
            for line, made in self.shop.makes.items()
            if made == article and line in self.shop.stations
        )
        left = quantity
        while left > 0 and lines:
            line = min(lines, key=lambda one: (self.free_s[one], one))
            size = min(left, self.stock[article].run_size)
            if not self._run(line, article, size, waiting):
                lines.remove(line)
                continue
            left -= size

    def _run(self, line: str, article: str, size: int, waiting: Short) -> bool:
        resource = self.resources.get(line)
        openings = resource.openings if resource is not None else None
        stations = self.shop.stations[line]
        times = work_from(openings, self.free_s[line], run_time_s(stations, size))
        if times is None:
            return False
        members: list[Member] = []
        reason = Reason("BACKORDER", {"line": line})
        left = size
        while waiting and left:
            demand, missing = waiting.pop(0)
            served = min(missing, left)
            left -= served
            members.append(Member(demand.key, served, reason))
            self._task(demand, served, times, reason, line, len(self.groups))
            if served < missing:
                waiting.insert(0, (demand, missing - served))
        because = Reason("REPLENISH", {"line": line})
        self.groups.append(
            PlannedGroup(
                article, line, size, tuple(members), True, because, times[0], *times
            )
        )
        self.free_s[line] = times[1]
        return True

    def leave_out(self, waiting: Short) -> None:
        made = set(self.shop.makes.values())
        for demand, missing in waiting:
            has_line = demand.family in made and demand.family in self.stock
            reason = Reason("NO_RESOURCE", {"resource": demand.family})
            if has_line:
                reason = Reason("NO_TIME")
            self.unplanned.append(Unplanned(demand.key, missing, reason))


def run_time_s(stations: Sequence[Station], quantity: int) -> int:
    """Give the seconds from an empty line to its last unit, rounded up."""
    fill_ms = sum(station.cycle_ms for station in stations)
    return -(-(fill_ms + (quantity - 1) * bottleneck(stations).cycle_ms) // 1000)


def fit(profile: Profile) -> Fit:
    """Fit steady demand for standard articles; rule out what is made for a person."""
    if profile.is_personalised:
        return Fit(CODE, False, 0, (Reason("OUT_PERSONAL"),))
    if profile.kind is not Kind.STANDARD:
        return Fit(CODE, False, 0, (Reason("OUT_NOT_STANDARD"),))
    percent = profile.per_day * profile.run_ms // (profile.day_s * 10)
    reason = Reason("FIT_TAKT", {"percent": percent})
    return Fit(CODE, True, min(100, 10 + percent), (reason,))
