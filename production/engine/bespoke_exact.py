"""The exact side of one-off work: CP-SAT intervals, one for each person who could."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from production.engine.demand import Key
from production.engine.jobshop_exact import new_solver
from production.engine.openings import Openings
from production.engine.solving import Limits, solve_within


@dataclass(frozen=True, slots=True)
class Choice:
    """Who could do a piece of work, and when both they and its machine are there."""

    person: Key | None
    openings: Openings


@dataclass(frozen=True, slots=True)
class Work:
    """A step that is to be placed; all times in seconds from the moment of planning.

    ``after`` names places of others in the same list, and the delay behind each;
    ``tail_s`` is what its demand still takes, at the least, once it is done.
    """

    demand: Key
    work_s: int
    earliest_s: int
    after: tuple[tuple[int, int], ...]
    resource: str
    choices: tuple[Choice, ...]
    tail_s: int
    hint: tuple[int, int, Key | None]


@dataclass(frozen=True, slots=True)
class Window:
    """Works that are placed together, and what stands around them.

    ``free_s`` gives for each resource from when each of its places is free, ``people``
    the same for each person; ``dues`` for each demand when it is due, its weight, and
    the end of what is already fixed of it; ``end_s`` is the latest of all such ends.
    """

    works: tuple[Work, ...]
    free_s: Mapping[str, Sequence[int]]
    people: Mapping[Key, int]
    dues: Mapping[Key, tuple[int, int, int]]
    end_s: int = 0

    @property
    def horizon_s(self) -> int:
        """A moment by which all could be done one after another."""
        opens = [
            to_s
            for work in self.works
            for choice in work.choices
            for _, to_s in choice.openings or ()
        ]
        ready = [work.earliest_s for work in self.works]
        busy = [at for places in self.free_s.values() for at in places]
        delays = sum(delay for work in self.works for _, delay in work.after)
        last = max([0, self.end_s, *opens, *ready, *busy, *self.people.values()])
        return last + delays + sum(work.work_s for work in self.works)


Placed = list[tuple[int, int, Key | None]]


def place_works(window: Window, limits: Limits) -> Placed | None:
    """Place works for the least weighted lateness, then for the earliest end of all.

    Returns
    -------
    list[tuple[int, int, Key | None]] | None
        Start, end and person of each work, in the order of ``window.works``; ``None``
        if the limits were reached before anything was found.

    Notes
    -----
    A work's interval may span closed time: booleans say in which stretches it begins
    and ends, and the closed time between them is added. After Laborie and others 2018
    (optional intervals for alternative people).
    """
    begun_ns = time.thread_time_ns()
    model = _Model(window)
    if limits.seconds is not None:
        limits.seconds -= (time.thread_time_ns() - begun_ns) / 1e9
    found: Placed | None = None
    for goal in (model.late(), model.end):
        if limits.is_over():
            break
        model.cp.minimize(goal)
        solver = new_solver(seed=limits.seed, moves=limits.moves)
        status = solve_within(limits, model.cp, solver, objective=())
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            break
        found = model.placed(solver)
        model.cp.add(goal <= round(solver.objective_value))
        model.hint(found)
    return found


class _Model:
    def __init__(self, window: Window) -> None:
        self.window = window
        self.cp: Any = cp_model.CpModel()
        self.horizon_s = window.horizon_s
        self.starts: list[Any] = []
        self.ends: list[Any] = []
        self.who: list[dict[Key | None, Any]] = []
        self.on_place: dict[str, list[Any]] = {code: [] for code in window.free_s}
        self.of_person: dict[Key, list[Any]] = {key: [] for key in window.people}
        for work in window.works:
            self._add(work)
        self._share_places()
        for spans in self.of_person.values():
            self.cp.add_no_overlap(spans)
        self.end = self.cp.new_int_var(window.end_s, self.horizon_s, "")
        for end in self.ends:
            self.cp.add(self.end >= end)
        self.hint([work.hint for work in window.works])

    def _add(self, work: Work) -> None:
        cp = self.cp
        start = cp.new_int_var(work.earliest_s, self.horizon_s, "")
        end = cp.new_int_var(work.earliest_s + work.work_s, self.horizon_s, "")
        self.starts.append(start)
        self.ends.append(end)
        for before, delay_s in work.after:
            cp.add(start >= self.ends[before] + delay_s)
        size = cp.new_int_var(work.work_s, self.horizon_s, "")
        span = cp.new_interval_var(start, size, end, "")
        if work.resource:
            self.on_place[work.resource].append(span)
        who = {choice.person: cp.new_bool_var("") for choice in work.choices}
        self.who.append(who)
        cp.add_exactly_one(who.values())
        for openings in dict.fromkeys(choice.openings for choice in work.choices):
            some = [who[c.person] for c in work.choices if c.openings == openings]
            self._keep_openings(work, openings, some)
        for person, chosen in who.items():
            if person is None:
                continue
            cp.add(start >= self.window.people[person]).only_enforce_if(chosen)
            own = cp.new_optional_interval_var(start, size, end, chosen, "")
            self.of_person[person].append(own)

    def _keep_openings(self, work: Work, openings: Openings, some: list[Any]) -> None:
        """Let work go on only where it is open, if one of these people does it."""
        cp, start, end = self.cp, self.starts[-1], self.ends[-1]
        if openings is None or not work.work_s:
            for chosen in some:
                cp.add(end == start + work.work_s).only_enforce_if(chosen)
        if openings is None:
            return
        begins, finishes, gaps = [], [], []
        open_s = 0
        for from_s, to_s in openings:
            closed_s = from_s - open_s
            open_s += to_s - from_s
            if to_s <= work.earliest_s:
                continue
            begin, finish = cp.new_bool_var(""), cp.new_bool_var("")
            cp.add(start >= from_s).only_enforce_if(begin)
            cp.add(start < to_s).only_enforce_if(begin)
            cp.add(end > from_s).only_enforce_if(finish)
            cp.add(end <= to_s).only_enforce_if(finish)
            begins.append(begin)
            finishes.append(finish)
            gaps.append(closed_s * finish - closed_s * begin)
        cp.add(sum(begins) == sum(some))
        if not work.work_s:
            return
        cp.add(sum(finishes) == sum(some))
        for chosen in some:
            length = end - start == work.work_s + sum(gaps)
            cp.add(length).only_enforce_if(chosen)

    def _share_places(self) -> None:
        for code, spans in self.on_place.items():
            places = self.window.free_s[code]
            taken = [
                self.cp.new_fixed_size_interval_var(0, at, "") for at in places if at
            ]
            every = [*spans, *taken]
            if len(places) == 1:
                self.cp.add_no_overlap(every)
            else:
                self.cp.add_cumulative(every, [1] * len(every), len(places))

    def late(self) -> Any:
        """Give the weighted lateness of all demands."""
        costs = []
        for key, (due_s, weight, fixed_s) in self.window.dues.items():
            least = max(0, fixed_s - due_s)
            most = least + 2 * self.horizon_s + max(0, -due_s)
            late = self.cp.new_int_var(least, most, "")
            for work, end in zip(self.window.works, self.ends, strict=True):
                if work.demand == key:
                    self.cp.add(late >= end + work.tail_s - due_s)
            costs.append(weight * late)
        return sum(costs)

    def hint(self, times: Sequence[tuple[int, int, Key | None]]) -> None:
        """Begin at known times; what they do not say follows from them."""
        self.cp.clear_hints()
        for at, (start_s, end_s, person) in enumerate(times):
            self.cp.add_hint(self.starts[at], start_s)
            self.cp.add_hint(self.ends[at], end_s)
            for key, chosen in self.who[at].items():
                self.cp.add_hint(chosen, key == person)

    def placed(self, solver: cp_model.CpSolver) -> Placed:
        return [
            (
                int(solver.value(start)),
                int(solver.value(end)),
                next(key for key, chosen in who.items() if solver.value(chosen)),
            )
            for start, end, who in zip(self.starts, self.ends, self.who, strict=True)
        ]
