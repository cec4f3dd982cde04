"""Schedule a job shop for the shortest makespan: instant dispatch, then CP-SAT."""

from collections.abc import Sequence
from dataclasses import dataclass

from production.engine.budget import OnProgress, Progress, ShouldStop
from production.engine.demand import DemandError, require

Times = list[list[int]]


@dataclass(frozen=True, slots=True)
class JobShop:
    """For each job, its operations in order as (machine, duration) pairs."""

    jobs: tuple[tuple[tuple[int, int], ...], ...]

    def __post_init__(self) -> None:
        for job, operations in enumerate(self.jobs):
            for machine, duration in operations:
                require(
                    holds=machine >= 0 and duration >= 0,
                    what=f"operation of job {job}",
                    value=(machine, duration),
                )

    @property
    def horizon(self) -> int:
        """All durations one after another."""
        return sum(duration for job in self.jobs for _, duration in job)


@dataclass(frozen=True, slots=True)
class ShopTask:
    """One operation at its time, everything counted from 0."""

    job: int
    operation: int
    machine: int
    worker: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """A schedule, its makespan, and a bound that no schedule can beat."""

    tasks: tuple[ShopTask, ...]
    makespan: int
    lower_bound: int


def solve_jobshop(
    shop: JobShop,
    *,
    workers: int | None = None,
    seconds: float | None = 0,
    moves: int | None = None,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> ShopPlan:
    """Find a short schedule.

    Parameters
    ----------
    workers
        Number of people, each able to serve every machine, one at a time; ``None``
        means that machines need nobody.
    seconds
        CPU time for CP-SAT on this thread; 0 gives the dispatch answer at once, and
        ``None`` leaves the limit to ``moves``.
    moves
        Work for CP-SAT by its own count; with it alone (``seconds`` ``None``) the same
        seed gives the same schedule on every machine.
    should_stop
        Asked twenty times a second; the best schedule so far is returned.

    Returns
    -------
    ShopPlan
        Every operation once. The dispatch answer if the solver found nothing better.

    Raises
    ------
    DemandError
        If there is work but no worker.
    """
    require(
        holds=workers is None or workers >= 1 or not any(shop.jobs),
        what="work without a worker",
        value=workers,
    )
    starts = dispatch_starts(shop, workers=workers)
    bound = _simple_bound(shop, workers)
    best = _makespan(shop, starts)
    if on_progress is not None:
        on_progress(Progress(0, 0, (best,)))
    require(
        holds=seconds is not None or moves is not None,
        what="a job shop without a limit in seconds or moves",
        value=(seconds, moves),
    )
    if best > bound and moves != 0 and (seconds is None or seconds > 0):
        from production.engine.jobshop_exact import solve_exactly  # noqa: PLC0415 -- slow import

        starts, proven = solve_exactly(
            shop.jobs,
            starts,
            workers=workers,
            seconds=seconds,
            moves=moves,
            seed=seed,
            on_progress=on_progress,
            should_stop=should_stop,
        )
        bound = max(bound, proven)
    return _finish(shop, starts, workers, bound)


def dispatch_starts(shop: JobShop, *, workers: int | None = None) -> Times:
    """Give start times by dispatch: of the operations that can start, most work left.

    Parallel to time, without delay; the better of most work left and longest
    operation first. ``O(n r)``.
    """
    by_work = _dispatch(shop, workers, by_work_left=True)
    by_length = _dispatch(shop, workers, by_work_left=False)
    return min(by_work, by_length, key=lambda starts: _makespan(shop, starts))


def _dispatch(shop: JobShop, workers: int | None, *, by_work_left: bool) -> Times:
    n_machines = 1 + max((m for job in shop.jobs for m, _ in job), default=-1)
    machine_free = [0] * n_machines
    people_free = [0] * (workers if workers is not None else 0)
    job_free = [0] * len(shop.jobs)
    left = [sum(duration for _, duration in job) for job in shop.jobs]
    starts: Times = [[] for _ in shop.jobs]
    open_jobs = [job for job, operations in enumerate(shop.jobs) if operations]
    while open_jobs:
        person_at = min(people_free, default=0)
        ranked = []
        for job in open_jobs:
            machine, duration = shop.jobs[job][len(starts[job])]
            at = max(job_free[job], machine_free[machine], person_at)
            ranked.append((at, -(left[job] if by_work_left else duration), job))
        at, _, job = min(ranked)
        machine, duration = shop.jobs[job][len(starts[job])]
        starts[job].append(at)
        job_free[job] = machine_free[machine] = at + duration
        left[job] -= duration
        if people_free:
            people_free[people_free.index(person_at)] = at + duration
        if len(starts[job]) == len(shop.jobs[job]):
            open_jobs.remove(job)
    return starts


def _makespan(shop: JobShop, starts: Times) -> int:
    return max(
        (
            start + duration
            for job, times in enumerate(starts)
            for start, (_, duration) in zip(times, shop.jobs[job], strict=True)
        ),
        default=0,
    )


def _simple_bound(shop: JobShop, workers: int | None) -> int:
    load: dict[int, int] = {}
    for job in shop.jobs:
        for machine, duration in job:
            load[machine] = load.get(machine, 0) + duration
    by_job = max((sum(d for _, d in job) for job in shop.jobs), default=0)
    by_people = -(-shop.horizon // workers) if workers else 0
    return max(by_job, by_people, *load.values(), 0)


def _finish(shop: JobShop, starts: Times, workers: int | None, bound: int) -> ShopPlan:
    tasks = [
        ShopTask(job, place, machine, None, start, start + duration)
        for job, operations in enumerate(shop.jobs)
        for place, (start, (machine, duration)) in enumerate(
            zip(starts[job], operations, strict=True)
        )
    ]
    tasks.sort(key=lambda task: (task.start, task.end, task.job, task.operation))
    if workers is not None:
        tasks = _with_workers(tasks, workers)
    return ShopPlan(tuple(tasks), _makespan(shop, starts), bound)


def _with_workers(tasks: Sequence[ShopTask], workers: int) -> list[ShopTask]:
    """Give each task the first person who is free; enough are, by construction."""
    free = [0] * workers
    staffed = []
    for task in tasks:
        takes_time = task.end > task.start
        worker = next(
            (one for one, at in enumerate(free) if at <= task.start or not takes_time),
            None,
        )
        if worker is None:
            raise DemandError(f"nobody is free for job {task.job} at {task.start}")
        free[worker] = max(free[worker], task.end)
        staffed.append(
            ShopTask(
                task.job, task.operation, task.machine, worker, task.start, task.end
            )
        )
    return staffed
