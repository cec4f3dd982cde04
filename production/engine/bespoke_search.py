"""Search for a better plan of one-off work than dispatch gives at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from production.engine.bespoke import Assignment, Board, StepId, goes_on, map_steps
from production.engine.budget import Progress, Search, ShouldStop
from production.engine.demand import NEVER_S, Demand, Key, Person, Resource
from production.engine.dispatch import RULES
from production.engine.openings import common
from production.engine.plan import PlannedTask
from production.engine.reasons import Reason

if TYPE_CHECKING:  # they load the solver
    from production.engine.bespoke_exact import Choice, Placed, Window, Work

MOST_AT_ONCE = 40
"""Above so many steps, windows of them are placed one after another."""
EVERY_RULE = 150
"""Up to so many steps every rule of dispatch is tried for a beginning, then one."""
PLACED = Reason("PLACED")

Order = list[tuple[StepId, Key | None]]


@dataclass(frozen=True, slots=True)
class Bench:
    """All that is asked of one plan of one-off work."""

    demands: Sequence[Demand]
    resources: Sequence[Resource]
    people: Sequence[Person]
    now_s: int
    rule: str = "EDD"
    started: Sequence[PlannedTask] = ()

    def board(self, rule: str | None = None) -> Board:
        """Give an empty plan in which only stands what has begun."""
        board = Board(
            self.demands, self.resources, self.people, self.now_s, rule or self.rule
        )
        board.keep(self.started)
        return board

    def dispatched(self, rule: str, should_stop: ShouldStop = goes_on) -> Assignment:
        """Plan at once by a rule."""
        board = self.board(rule)
        board.fill(should_stop)
        return board.assignment()

    def least(self) -> tuple[int, int]:
        """Give a lateness and an end that no plan is below, as if all were alone."""
        board = self.board()
        late = end_s = 0
        for demand in self.demands:
            done = [t.end_s for t in self.started if t.demand == demand.key]
            begin_s = max(self.now_s, demand.arrived_s)
            ways = [
                begin_s + board.remaining_s[(demand.key, step.key)]
                for step in demand.steps
                if (demand.key, step.key) not in board.tasks
            ]
            own_s = max([*done, *ways], default=self.now_s)
            late += demand.weight * max(0, own_s - demand.due_s)
            end_s = max(end_s, own_s - self.now_s)
        return (late, end_s)

    def followed(
        self,
        order: Order,
        reason: Reason | None = None,
        should_stop: ShouldStop = goes_on,
    ) -> Assignment:
        """Plan in an order, then the rest by the rule."""
        board = self.board()
        board.follow(order, reason)
        board.fill(should_stop)
        return board.assignment()

    def order_of(self, tasks: Sequence[PlannedTask]) -> Order:
        """Give the order and the people of tasks that have not begun."""
        begun = {(task.demand, task.step) for task in self.started}
        ranks = {step_id: at for at, step_id in enumerate(map_steps(self.demands))}
        left = [task for task in tasks if (task.demand, task.step) not in begun]
        left = [task for task in left if (task.demand, task.step) in ranks]
        left.sort(key=lambda t: (t.start_s, t.end_s, ranks[(t.demand, t.step)]))
        return [((task.demand, task.step), task.person) for task in left]


def search_operations(
    bench: Bench, *, previous: Sequence[PlannedTask] = (), search: Search
) -> Assignment:
    """Begin at dispatch or at the plan before, and place steps anew by CP-SAT.

    Parameters
    ----------
    previous
        Tasks of the plan before. If nothing has changed since and no rule of dispatch
        does better, that plan is the answer; else it is one of the beginnings.
    search
        Without a limit the answer is that of dispatch. Moves and CPU seconds are
        those of ``jobshop.solve_jobshop``.

    Returns
    -------
    Assignment
        As ``bespoke.assign_operations``, never worse.

    Notes
    -----
    Up to 40 steps are placed together, which is exact where the budget lasts; more
    by windows that overlap by half, and grow once nothing is gained. Own; compared
    with every order and with a time-indexed model in tests.
    """
    budget = search.budget
    if budget is None or budget.is_open_ended or 0 in {budget.moves, budget.cpu_ms}:
        best = bench.dispatched(bench.rule)
        _tell(search, best)
        return best
    should_stop = search.should_stop or goes_on
    best = _begun(bench, should_stop)
    if previous and not should_stop():
        again = bench.followed(bench.order_of(previous), should_stop=should_stop)
        if _cost(again) <= _cost(best):
            best = again
            if _times(best.tasks, bench.now_s) == _times(previous, bench.now_s):
                known = {(task.demand, task.step): task for task in previous}
                tasks = (known.get((t.demand, t.step), t) for t in best.tasks)
                best = replace(best, tasks=tuple(tasks))
                _tell(search, best)
                return best
    _tell(search, best)
    return best if should_stop() else _improved(bench, best, search)


def _begun(bench: Bench, should_stop: ShouldStop) -> Assignment:
    """Begin with the best that rules of dispatch find until it should stop."""
    best = bench.dispatched(bench.rule, should_stop)
    rules = RULES if len(best.tasks) <= EVERY_RULE else ("ATC",)
    for rule in rules:
        if rule != bench.rule and not should_stop():
            best = min(best, bench.dispatched(rule, should_stop), key=_cost)
    return best


def _cost(found: Assignment) -> tuple[int, ...]:
    return (len(found.unplanned), *found.objective)


def _tell(search: Search, best: Assignment, moves: int = 0, cpu_ms: int = 0) -> None:
    if search.on_progress is not None:
        search.on_progress(Progress(moves, cpu_ms, best.objective))


def _times(tasks: Sequence[PlannedTask], now_s: int) -> set[tuple[object, ...]]:
    """Give what a plan says of those not over; equal places are as good as another."""
    return {
        (task.demand, task.step, task.start_s, task.end_s, task.resource, task.person)
        for task in tasks
        if task.end_s > now_s
    }


def _improved(bench: Bench, best: Assignment, search: Search) -> Assignment:
    from production.engine.bespoke_exact import place_works  # noqa: PLC0415 -- slow import
    from production.engine.solving import Limits  # noqa: PLC0415 -- slow import

    budget = search.budget
    if budget is None:
        return best

    def report(progress: Progress) -> None:
        _tell(search, best, progress.moves, progress.cpu_ms)

    seconds = None if budget.cpu_ms is None else budget.cpu_ms / 1000
    limits = Limits(
        seconds, budget.moves, search.seed, report, should_stop=search.should_stop
    )
    least = (0, 0) if best.unplanned else bench.least()
    size = MOST_AT_ONCE
    while best.objective > least and not limits.is_over():
        before = best
        order = bench.order_of(best.tasks)
        size = min(size, len(order))
        firsts = [*range(0, max(1, len(order) - size // 2), max(1, size // 2))]
        for done, first in enumerate(firsts):
            if limits.is_over():
                break
            part = limits.part(len(firsts) - done)
            outlook = _Outlook(bench, best, slice(first, first + size))
            placed = place_works(outlook.window(), part)
            limits.take_off(part, len(firsts) - done)
            if placed is not None:
                found = bench.followed(outlook.order_by(placed), PLACED)
                best = min(best, found, key=_cost)
        if size == len(order):
            break
        if best is before:
            size *= 2
    return best


class _Outlook:
    """A part of a plan that may be placed anew, amid the rest of it."""

    def __init__(self, bench: Bench, best: Assignment, part: slice) -> None:
        self.order = bench.order_of(best.tasks)
        self.part = part
        self.board = bench.board()
        self.board.follow(self.order[: part.start])
        self.ids = [step_id for step_id, _ in self.order[part]]
        self.now_s = bench.now_s
        self.tasks = {(task.demand, task.step): task for task in best.tasks}

    def order_by(self, placed: "Placed") -> Order:
        """Give the whole order with this part as it was placed."""
        times = zip(placed, self.ids, strict=True)
        ranked = sorted(
            (start_s, end_s, rank, step_id, person)
            for rank, ((start_s, end_s, person), step_id) in enumerate(times)
        )
        middle = [(step_id, person) for *_, step_id, person in ranked]
        return [*self.order[: self.part.start], *middle, *self.order[self.part.stop :]]

    def window(self) -> "Window":
        """Give the steps as works, in seconds from now."""
        from production.engine.bespoke_exact import Window  # noqa: PLC0415 -- slow import

        board, now_s = self.board, self.now_s
        keys = dict.fromkeys(step_id[0] for step_id in self.ids)
        ends: dict[Key, int] = {}
        for (demand, _), task in board.tasks.items():
            ends[demand] = max(task.end_s - now_s, ends.get(demand, 0))
        return Window(
            works=tuple(self._work(step_id) for step_id in self.ids),
            free_s={
                code: [max(0, at - now_s) for at in places]
                for code, places in board.free_s.items()
            },
            people={key: max(0, at - now_s) for key, at in board.person_free_s.items()},
            dues={
                key: (demand.due_s - now_s, demand.weight, ends.get(key, 0))
                for key, demand in board.demands.items()
                if key in keys and demand.weight and demand.due_s < NEVER_S
            },
            end_s=max(ends.values(), default=0),
        )

    def _work(self, step_id: StepId) -> "Work":
        from production.engine.bespoke_exact import Work  # noqa: PLC0415 -- slow import

        board, task = self.board, self.tasks[step_id]
        step = board.steps[step_id]
        places = {one: place for place, one in enumerate(self.ids)}
        after = []
        earliest_s = max(self.now_s, board.demands[step_id[0]].arrived_s)
        for key in step.after:
            delay_s = board.steps[(step_id[0], key)].min_delay_s
            done = board.tasks.get((step_id[0], key))
            if done is None:
                after.append((places[(step_id[0], key)], delay_s))
            else:
                earliest_s = max(earliest_s, done.end_s + delay_s)
        return Work(
            demand=step_id[0],
            work_s=board.work_s(step_id),
            earliest_s=earliest_s - self.now_s,
            after=tuple(after),
            resource=step.resource,
            choices=self._choices(step_id),
            tail_s=self._tail_s(step_id),
            hint=(task.start_s - self.now_s, task.end_s - self.now_s, task.person),
        )

    def _choices(self, step_id: StepId) -> "tuple[Choice, ...]":
        from production.engine.bespoke_exact import Choice  # noqa: PLC0415 -- slow import

        step = self.board.steps[step_id]
        machine = self.board.resources.get(step.resource)
        its = None if machine is None else machine.openings
        choices = []
        for one in self.board.able(step):
            openings = its if one is None else common(its, one.openings)
            if openings is not None:
                openings = tuple(
                    (max(0, from_s - self.now_s), to_s - self.now_s)
                    for from_s, to_s in openings
                    if to_s > self.now_s
                )
            choices.append(Choice(None if one is None else one.key, openings))
        return tuple(choices)

    def _tail_s(self, step_id: StepId) -> int:
        """Give what follows a step outside the window, at the least."""
        inside = set(self.ids)
        followers = [
            (step_id[0], step.key)
            for step in self.board.demands[step_id[0]].steps
            if step_id[1] in step.after
        ]
        outside = [one for one in followers if one in self.tasks and one not in inside]
        delay_s = self.board.steps[step_id].min_delay_s
        return max([0, *(delay_s + self.board.remaining_s[one] for one in outside)])
