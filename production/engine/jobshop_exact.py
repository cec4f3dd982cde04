"""The exact side of the job shop: CP-SAT intervals, stopped from outside on demand."""

import threading
import time
from collections.abc import Sequence

from ortools.sat.python import cp_model

from production.engine.budget import OnProgress, Progress, ShouldStop

LOOK_EVERY_S = 0.1
LOOKS_PER_PROGRESS = 5

Jobs = Sequence[Sequence[tuple[int, int]]]
Times = list[list[int]]


def solve_exactly(
    jobs: Jobs,
    starts: Times,
    *,
    workers: int | None,
    seconds: float,
    seed: int,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[Times, int]:
    """Shorten a schedule with CP-SAT on one thread, starting from a valid one.

    Parameters
    ----------
    jobs
        Operations of each job in order, as (machine, duration).
    starts
        Start times of a valid schedule: the hint, and the answer if none is better.
    seconds
        Longest time, at least the model's own building.

    Returns
    -------
    tuple[list[list[int]], int]
        Start times, and a bound that no schedule can beat.
    """
    ends = [
        times[-1] + operations[-1][1]
        for times, operations in zip(starts, jobs, strict=True)
        if operations
    ]
    model, begins = _build(jobs, starts, max(ends, default=0), workers)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = seconds
    watch = _Watch(solver, max(ends, default=0), on_progress, should_stop)
    status = watch.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return starts, 0
    found = [[int(solver.value(begin)) for begin in row] for row in begins]
    return found, round(solver.best_objective_bound)


def _build(
    jobs: Jobs, starts: Times, horizon: int, workers: int | None
) -> tuple[cp_model.CpModel, list[list[cp_model.IntVar]]]:
    model = cp_model.CpModel()
    end = model.new_int_var(0, horizon, "makespan")
    on_machine: dict[int, list[cp_model.IntervalVar]] = {}
    begins = []
    for job, operations in enumerate(jobs):
        row: list[cp_model.IntVar] = []
        ready = 0
        for place, (machine, duration) in enumerate(operations):
            begin = model.new_int_var(0, horizon - duration, f"start_{job}_{place}")
            span = model.new_fixed_size_interval_var(begin, duration, f"{job}_{place}")
            on_machine.setdefault(machine, []).append(span)
            model.add_hint(begin, starts[job][place])
            if row:
                model.add(begin >= row[-1] + ready)
            row.append(begin)
            ready = duration
        if row:
            model.add(end >= row[-1] + ready)
        begins.append(row)
    for spans in on_machine.values():
        model.add_no_overlap(spans)
    if workers is not None:
        every = [span for spans in on_machine.values() for span in spans]
        model.add_cumulative(every, [1] * len(every), workers)
    model.minimize(end)
    return model, begins


class _Watch:
    """Runs the solver while a thread asks whether to stop and reports progress."""

    def __init__(
        self,
        solver: cp_model.CpSolver,
        best: int,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self.solver = solver
        self.best = best
        self.on_progress = on_progress
        self.should_stop = should_stop
        self.finished = threading.Event()

    def solve(self, model: cp_model.CpModel) -> object:
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            return self.solver.solve(model, _Note(self))
        finally:
            self.finished.set()
            thread.join()

    def _look(self) -> None:
        looks = 0
        begun_ns = time.monotonic_ns()
        while not self.finished.wait(LOOK_EVERY_S):
            looks += 1
            if self.should_stop is not None and self.should_stop():
                self.solver.stop_search()
            if self.on_progress is not None and looks % LOOKS_PER_PROGRESS == 0:
                spent_ms = (time.monotonic_ns() - begun_ns) // 1_000_000
                self.on_progress(Progress(0, spent_ms, (self.best,)))


class _Note(cp_model.CpSolverSolutionCallback):
    """Notes the makespan of each better schedule."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def on_solution_callback(self) -> None:
        """Take over the makespan that was just found."""
        self._watch.best = int(self.objective_value)
