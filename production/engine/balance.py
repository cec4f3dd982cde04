"""Balance a line: give every task to a station within the cycle time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from production.engine.demand import DemandError, Key, key_order, require


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


def balance_line(tasks: Sequence[Task], *, cycle: int) -> LineBalance:
    """Fill station after station with the tasks of the highest rank that still fit.

    Parameters
    ----------
    tasks
        ``n`` tasks in any order.
    cycle
        Longest sum of times at one station, in the unit of the tasks.

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
    stations win. ``O(n^2)``.
    """
    require(holds=cycle >= 1, what="cycle below 1", value=cycle)
    for task in tasks:
        require(
            holds=task.time <= cycle,
            what=f"task {task.key} is longer than the cycle of {cycle}",
            value=task.time,
        )
    forward = _Work(tasks)
    backward = _Work(_turned(tasks))
    bound = -(-sum(task.time for task in tasks) // cycle)
    best: list[list[Key]] | None = None
    for work, is_turned in ((forward, False), (backward, True)):
        for rank in work.ranks():
            stations = work.fill(rank, cycle)
            if is_turned:
                stations = [station[::-1] for station in reversed(stations)]
            if best is None or len(stations) < len(best):
                best = stations
    return LineBalance(tuple(tuple(station) for station in best or ()), bound)


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
