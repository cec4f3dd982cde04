"""Give the operations of one-off work to machines and skilled people, by urgency."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from production.engine.budget import ShouldStop
from production.engine.demand import (
    Demand,
    Key,
    Person,
    Resource,
    Step,
    key_order,
)
from production.engine.dispatch import RULES, ReadyStep, ShopState
from production.engine.openings import Openings, common, work_from
from production.engine.plan import PlannedTask, Unplanned
from production.engine.reasons import Reason

StepId = tuple[Key, Key]


@dataclass(frozen=True, slots=True)
class Assignment:
    """Tasks in order of start, what could not be planned, and the cost.

    ``objective`` is the weighted tardiness in seconds and then the end of all work
    after the moment of planning.
    """

    tasks: tuple[PlannedTask, ...]
    unplanned: tuple[Unplanned, ...]
    objective: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Option:
    """When and by whom a step could be done at the earliest."""

    start_s: int
    end_s: int
    place: int
    person: Key | None
    reason: Reason


def goes_on() -> bool:
    """Say that nobody wants a plan at once."""
    return False


def assign_operations(
    demands: Sequence[Demand],
    *,
    resources: Sequence[Resource],
    people: Sequence[Person],
    now_s: int,
    rule: str = "EDD",
    started: Sequence[PlannedTask] = (),
) -> Assignment:
    """Plan every step as soon as machine and person allow, the most urgent first.

    Parameters
    ----------
    demands
        Work with its steps; parallel branches by ``Step.after``.
    resources, people
        Machines with equal places, and who can do what; work pauses while either is
        closed. A step with ``attended`` false needs no person.
    rule
        A code of ``dispatch.RULES``; it decides between steps that could start at the
        same earliest moment.
    started
        Tasks of an earlier plan that have begun: they stay exactly as they are.

    Returns
    -------
    Assignment
        Each step of each demand once, planned or unplanned with the reason.

    Notes
    -----
    Serial schedule generation without delay: the next step is one that can start
    earliest. Instant, not optimal. ``O(n r p)`` for ``r`` ready steps.
    """
    board = Board(demands, resources, people, now_s, rule)
    board.keep(started)
    board.fill()
    return board.assignment()


def map_steps(demands: Sequence[Demand]) -> dict[StepId, Step]:
    """Give all steps, whatever order the demands are in."""
    return {
        (demand.key, step.key): step
        for demand in sorted(demands, key=lambda one: key_order(one.key))
        for step in demand.steps
    }


class Board:
    """A plan in the making: who and what is free from when, what is left to do."""

    def __init__(
        self,
        demands: Sequence[Demand],
        resources: Sequence[Resource],
        people: Sequence[Person],
        now_s: int,
        rule: str,
    ) -> None:
        self.now_s = now_s
        self.rule = RULES[rule]
        self.demands = {demand.key: demand for demand in demands}
        self.steps = map_steps(demands)
        self.resources = {resource.code: resource for resource in resources}
        self.free_s = {
            resource.code: [max(now_s, resource.free_s)] * resource.places
            for resource in resources
        }
        self.people = sorted(people, key=lambda one: key_order(one.key))
        self.person_free_s = {one.key: max(now_s, one.free_s) for one in people}
        self.tasks: dict[StepId, PlannedTask] = {}
        self.unplanned: dict[StepId, Unplanned] = {}
        self.left = dict.fromkeys(self.steps)
        self.ready: dict[StepId, ReadyStep] = {}
        self.options: dict[StepId, Option] = {}
        self.skilled: dict[str, list[Person | None]] = {}
        self.together: dict[tuple[str, Key], Openings] = {}
        self.remaining_s = self._remaining()
        runs = [self.work_s(one) for one in self.steps]
        self.mean_run_s = sum(runs) // len(runs) if runs else 1

    def work_s(self, step_id: StepId) -> int:
        """Give the seconds of work of a step, set-up included."""
        step = self.steps[step_id]
        quantity = self.demands[step_id[0]].quantity
        return step.setup.internal_s + step.run_s(quantity)

    def _remaining(self) -> dict[StepId, int]:
        """Give the longest way from the start of each step to the end of its demand."""
        remaining: dict[StepId, int] = {}
        for demand in self.demands.values():
            after: dict[Key, int] = {}
            for step in reversed(demand.steps):
                own = self.work_s((demand.key, step.key)) + after.get(step.key, 0)
                remaining[(demand.key, step.key)] = own
                for before in step.after:
                    after[before] = max(after.get(before, 0), own)
        return remaining

    def keep(self, started: Sequence[PlannedTask]) -> None:
        """Leave what has begun as it is."""
        for task in started:
            step_id = (task.demand, task.step)
            if step_id in self.left:
                self._add(step_id, task)

    def follow(
        self, order: Sequence[tuple[StepId, Key | None]], reason: Reason | None = None
    ) -> None:
        """Place steps in a given order with given people, each as early as may be.

        Steps that are not there any more, or cannot be done so, are passed over.
        """
        able = {one.key: one for one in self.people}
        for step_id, key in order:
            if step_id not in self.left:
                continue
            step = self.steps[step_id]
            person = None if key is None else able.get(key)
            is_known = not step.resource or step.resource in self.resources
            is_next = all((step_id[0], one) in self.tasks for one in step.after)
            if not (is_known and is_next) or person not in self.able(step):
                continue
            option = self._option(step_id, person)
            if option is not None:
                kept = option.reason if reason is None else reason
                self.options[step_id] = replace(option, reason=kept)
                self._plan(step_id)

    def fill(self, should_stop: ShouldStop = goes_on) -> None:
        """Plan all that is left, the most urgent of what can start first.

        Once it should stop the rest follows as it is due, whatever could start first.
        """
        while ready := self._list_ready():
            if should_stop():
                self._finish()
                return
            for step_id in ready:
                if step_id not in self.options:
                    self._find_option(step_id)
            able = [step_id for step_id in ready if step_id in self.options]
            if able:
                self._plan(min(able, key=self._urgency))

    def _finish(self) -> None:
        """Plan each step that is left as early as may be, those due first first."""
        self.options.clear()
        for step_id in sorted(self.left, key=lambda one: self.demands[one[0]].due_s):
            if not self._is_blocked(step_id):
                self._find_option(step_id)
                if step_id in self.options:
                    self._plan(step_id)

    def _list_ready(self) -> list[StepId]:
        return [
            step_id
            for step_id in list(self.left)
            if not self._is_blocked(step_id)
            and all(
                (step_id[0], key) in self.tasks for key in self.steps[step_id].after
            )
        ]

    def _is_blocked(self, step_id: StepId) -> bool:
        """Say whether what comes before cannot be done; then neither can this."""
        after = self.steps[step_id].after
        is_blocked = any((step_id[0], key) in self.unplanned for key in after)
        if is_blocked:
            self._give_up(step_id, Reason("BLOCKED"))
        return is_blocked

    def _give_up(self, step_id: StepId, reason: Reason) -> None:
        quantity = self.demands[step_id[0]].quantity
        self.unplanned[step_id] = Unplanned(step_id[0], quantity, reason, step_id[1])
        del self.left[step_id]

    def _ready_step(self, step_id: StepId) -> ReadyStep:
        """Say what the rules ask of a step all of whose predecessors are planned.

        It is ready when it could begin at the earliest, its place and people aside.
        """
        if step_id not in self.ready:
            demand = self.demands[step_id[0]]
            ends = [
                self.tasks[(demand.key, key)].end_s
                + self.steps[(demand.key, key)].min_delay_s
                for key in self.steps[step_id].after
            ]
            self.ready[step_id] = ReadyStep(
                key=demand.key,
                run_s=self.work_s(step_id),
                remaining_s=self.remaining_s[step_id],
                ready_s=max(self.now_s, demand.arrived_s, *ends),
                due_s=demand.due_s,
                weight=demand.weight,
            )
        return self.ready[step_id]

    def _urgency(self, step_id: StepId) -> tuple[object, ...]:
        start_s = self.options[step_id].start_s
        urgency = self.rule(
            self._ready_step(step_id), ShopState(start_s, self.mean_run_s)
        )
        return (start_s, urgency, key_order(step_id[1]))

    def _find_option(self, step_id: StepId) -> None:
        step = self.steps[step_id]
        if step.resource and step.resource not in self.resources:
            values = {"resource": step.resource}
            self._give_up(step_id, Reason("NO_RESOURCE", values))
            return
        able = self.able(step)
        if not able:
            self._give_up(step_id, Reason("NO_SKILL", {"skill": step.skill}))
            return
        options = [self._option(step_id, person) for person in able]
        possible = [
            (option.start_s, option.end_s, place, option)
            for place, option in enumerate(options)
            if option is not None
        ]
        if possible:
            self.options[step_id] = min(possible, key=lambda one: one[:3])[3]
        else:
            self._give_up(step_id, Reason("NO_TIME"))

    def able(self, step: Step) -> list[Person | None]:
        """List who may do a step, those with fewest skills first; or nobody needed."""
        if not step.skill or not step.attended:
            return [None]
        if step.skill not in self.skilled:
            able = [person for person in self.people if step.skill in person.skills]
            able.sort(key=lambda one: (len(one.skills), key_order(one.key)))
            self.skilled[step.skill] = [*able]
        return self.skilled[step.skill]

    def _openings(self, resource: str, person: Person) -> Openings:
        """Say when a machine and a person are both there; each pair is asked once."""
        pair = (resource, person.key)
        if pair not in self.together:
            machine = self.resources.get(resource)
            its = None if machine is None else machine.openings
            self.together[pair] = common(its, person.openings)
        return self.together[pair]

    def _option(self, step_id: StepId, person: Person | None) -> Option | None:
        step = self.steps[step_id]
        ready = self._ready_step(step_id)
        earliest_s = ready.ready_s
        openings, place = None, 0
        if step.resource:
            openings = self.resources[step.resource].openings
            free = self.free_s[step.resource]
            place = min(range(len(free)), key=lambda one: (free[one], one))
            earliest_s = max(earliest_s, free[place])
        if person is not None:
            openings = self._openings(step.resource, person)
            earliest_s = max(earliest_s, self.person_free_s[person.key])
        times = work_from(openings, earliest_s, ready.run_s)
        if times is None:
            return None
        if person is not None:
            values = {"person": person.key, "skill": step.skill}
            reason = Reason("SKILL", values)
        else:
            reason = Reason("FREE", {"resource": step.resource or str(step.key)})
        key = None if person is None else person.key
        return Option(times[0], times[1], place, key, reason)

    def _plan(self, step_id: StepId) -> None:
        option = self.options.pop(step_id)
        task = PlannedTask(
            demand=step_id[0],
            step=step_id[1],
            quantity=self.demands[step_id[0]].quantity,
            start_s=option.start_s,
            end_s=option.end_s,
            reason=option.reason,
            resource=self.steps[step_id].resource,
            place=option.place,
            person=option.person,
        )
        self._add(step_id, task)

    def _add(self, step_id: StepId, task: PlannedTask) -> None:
        """Take machine and person, and forget the options that counted on them.

        All other options stay the best: what competed with them has only got later.
        """
        self.tasks[step_id] = task
        del self.left[step_id]
        free = self.free_s.get(task.resource)
        if free is not None:
            free[task.place] = max(free[task.place], task.end_s)
        if task.person is not None and task.person in self.person_free_s:
            until_s = max(self.person_free_s[task.person], task.end_s)
            self.person_free_s[task.person] = until_s
        for step_id, option in list(self.options.items()):
            resource = self.steps[step_id].resource
            at_place = resource and resource == task.resource
            with_person = option.person is not None and option.person == task.person
            if with_person or (at_place and option.place == task.place):
                del self.options[step_id]

    def assignment(self) -> Assignment:
        """Give what is planned by now, and what it costs."""
        tasks = sorted(
            self.tasks.values(),
            key=lambda one: (one.start_s, key_order(one.demand), key_order(one.step)),
        )
        ends: dict[Key, int] = {}
        for task in tasks:
            ends[task.demand] = max(task.end_s, ends.get(task.demand, task.end_s))
        late = sum(
            self.demands[key].weight * max(0, end_s - self.demands[key].due_s)
            for key, end_s in ends.items()
        )
        end_s = max((task.end_s for task in tasks), default=self.now_s)
        return Assignment(
            tuple(tasks), tuple(self.unplanned.values()), (late, end_s - self.now_s)
        )
