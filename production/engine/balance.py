"""Balance a line: give every task to a station within the cycle time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from production.engine.budget import OnProgress, Progress, ShouldStop
from production.engine.demand import DemandError, Key, key_order, require

if TYPE_CHECKING:  # it loads the solver
    from production.engine.solving import Limits


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work on every unit, and the tasks that must be done before it."""

    key: Key
    time: int
    after: tuple[Key, ...] = ()

    def __post_init__(self) -> None:
        require(holds=self.time >= 0, what=f"task {self.key} time", value=self.time)


@dataclass(frozen=True, slots=True)
class LineBalance:
    """Tasks by station, in line order, beside the least number of stations known."""

    stations: tuple[tuple[Key, ...], ...]
    lower_bound: int


def balance_line(
    tasks: Sequence[Task],
    *,
    cycle: int,
    seconds: float | None = 0,
    moves: int | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> LineBalance:
    """Fill station after station by rank, then look for a way with fewer stations.

    Parameters
    ----------
    tasks
        ``n`` tasks in any order.
    cycle
        Longest sum of times at one station, in the unit of the tasks.
    seconds, moves
        CPU time and work for CP-SAT, as in ``jobshop.solve_jobshop``; without any the
        answer is instant.

    Returns
    -------
    LineBalance
        Every task once, never before its predecessors; no tasks, no stations.

    Raises
    ------
    DemandError
        If a task takes longer than the cycle, follows an unknown task, or the
        precedence has a circle.

    Notes
    -----
    Ranked positional weight (Helgeson and Birnie 1961), by the longest task and by
    the number of followers, each from the front and from the back; the fewest
    stations win. ``O(n^2)``. Then one station fewer at a time by CP-SAT, until it is
    proven that there is no such way or the limits are reached. The bound counts times
    and, as Scholl 1999 does, tasks longer than half a cycle or a third.
    """
    require(holds=cycle >= 1, what="cycle must be at least 1", value=cycle)
    for task in tasks:
        require(
            holds=task.time <= cycle,
            what=f"task {task.key} is longer than the cycle of {cycle}",
            value=task.time,
        )
    forward = _Work(tasks)
    backward = _Work(_turned(tasks))
    bound = _bound([task.time for task in tasks], cycle)
    best: list[list[Key]] | None = None
    for work, is_turned in ((forward, False), (backward, True)):
        for rank in work.ranks():
            stations = work.fill(rank, cycle)
            if is_turned:
                stations = [station[::-1] for station in reversed(stations)]
            if best is None or len(stations) < len(best):
                best = stations
    stations = best or []
    if on_progress is not None:
        on_progress(Progress(0, 0, (len(stations),)))
    if len(stations) > bound and moves != 0 and (seconds is None or seconds > 0):
        from production.engine.solving import Limits  # noqa: PLC0415 -- slow import

        limits = Limits(seconds, moves, seed, on_progress, should_stop)
        stations, bound = forward.improve(stations, bound, cycle, limits)
    return LineBalance(tuple(tuple(station) for station in stations), bound)


def _bound(times: Sequence[int], cycle: int) -> int:
    """Give a number of stations that no balance is below."""
    by_time = -(-sum(times) // cycle)
    halves = sum(2 for time in times if 2 * time > cycle)
    halves += sum(1 for time in times if 2 * time == cycle)
    sixths = 0
    for time in times:
        if 3 * time > 2 * cycle:
            sixths += 6
        elif 3 * time == 2 * cycle:
            sixths += 4
        elif 3 * time > cycle:
            sixths += 3
        elif 3 * time == cycle:
            sixths += 2
    return max(by_time, -(-halves // 2), -(-sixths // 6))


Rank = Callable[[Key], int]


class _Work:
    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = {task.key: task for task in tasks}
        if len(self.tasks) != len(tasks):
            raise DemandError("a task is there twice")
        for task in tasks:
            for before in task.after:
                if before not in self.tasks:
                    raise DemandError(f"task {task.key} follows unknown {before}")
        self.followers = self._all_followers()

    def _all_followers(self) -> Mapping[Key, set[Key]]:
        followers: dict[Key, set[Key]] = {key: set() for key in self.tasks}
        for key in reversed(self._in_order()):
            for before in self.tasks[key].after:
                followers[before] |= {key} | followers[key]
        return followers

    def _in_order(self) -> list[Key]:
        done: dict[Key, None] = {}
        left = sorted(self.tasks, key=key_order)
        while left:
            ready = [k for k in left if all(b in done for b in self.tasks[k].after)]
            if not ready:
                raise DemandError(f"tasks follow each other in a circle: {left}")
            done |= dict.fromkeys(ready)
            left = [key for key in left if key not in done]
        return list(done)

    def improve(
        self, stations: list[list[Key]], bound: int, cycle: int, limits: "Limits"
    ) -> tuple[list[list[Key]], int]:
        """Take stations away while there is a way; give the bound that is proven."""
        from production.engine.balance_exact import (  # noqa: PLC0415 -- slow import
            fewer_stations,
            order_within,
        )

        ranked = self._in_order()
        times = {key: self.tasks[key].time for key in ranked}
        befores: dict[Key, set[Key]] = {key: set() for key in ranked}
        for key, behind in self.followers.items():
            for one in behind:
                befores[one].add(key)
        while len(stations) > bound and not limits.is_spent:
            found = fewer_stations(
                times,
                befores,
                self.followers,
                cycle=cycle,
                n_stations=len(stations) - 1,
                limits=limits,
            )
            if found is None or limits.is_stopped:
                break
            if not found:
                return stations, len(stations)
            stations = order_within(found, ranked)
        return stations, bound

    def ranks(self) -> list[Rank]:
        """Give positional weight, longest task and number of followers as ranks."""
        tasks, followers = self.tasks, self.followers
        weights = {
            key: tasks[key].time + sum(tasks[one].time for one in followers[key])
            for key in tasks
        }
        return [
            lambda key: weights[key],
            lambda key: tasks[key].time,
            lambda key: len(followers[key]),
        ]

    def fill(self, rank: Rank, cycle: int) -> list[list[Key]]:
        """Open stations one by one and give each the highest ranked that fit."""
        ranked = sorted(self.tasks, key=lambda key: (-rank(key), key_order(key)))
        stations: list[list[Key]] = []
        done: set[Key] = set()
        free = 0
        while ranked:
            fits = (key for key in ranked if self._may(key, done, free))
            chosen = next(fits, None)
            if chosen is None:
                stations.append([])
                free = cycle
                continue
            stations[-1].append(chosen)
            free -= self.tasks[chosen].time
            done.add(chosen)
            ranked.remove(chosen)
        return stations

    def _may(self, key: Key, done: set[Key], free: int) -> bool:
        task = self.tasks[key]
        return bool(done or free) and task.time <= free and done.issuperset(task.after)


def _turned(tasks: Sequence[Task]) -> list[Task]:
    followers: dict[Key, list[Key]] = {task.key: [] for task in tasks}
    for task in tasks:
        for before in task.after:
            if before in followers:
                followers[before].append(task.key)
    return [Task(task.key, task.time, tuple(followers[task.key])) for task in tasks]
