"""One-off work as its engine sees it: steps, people, machines, what is in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from production.engine.calendar import Calendar
from production.engine.demand import Demand, Key, Person, Resource, Step
from production.engine.methods import METHODS
from production.engine.openings import Openings
from production.engine.plan import Plan, PlannedTask, Shop
from production.engine.reasons import Reason
from production.models import Batch, BatchMember, Operation, Operator, WorkCentre
from production.selectors.calendars import map_by_id
from production.selectors.crews import hours_of
from production.selectors.loads import seconds
from production.selectors.outages import up_from
from production.states import BatchState, MemberState, OperationState

METHOD = "JOB"
_PLANNED_ELSEWHERE = frozenset({"BATCH", "FLOW", "MASS_CUSTOMISATION"})
PLANNED_AHEAD = timedelta(days=14)
MOST_GIVEN = 200
"""So many steps that lie with people, the first due first, stand beside new ones."""
READ = (
    *("skill", "setup_s", "run_s", "work_centre_id", "due_at", "operator_id"),
    "work_centre__code",
)
_IN_HAND = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
_LOADED = (BatchState.CHANGEOVER, BatchState.RUNNING)
# A person, and what each can do.
Crew = Sequence[tuple[Operator, set[str]]]


@dataclass(frozen=True, slots=True)
class Bench:
    """What is to be shared, with whom and where; ``begun`` is in hand already."""

    demands: Sequence[Demand]
    shop: Shop
    begun: Plan


def list_methods() -> list[str]:
    """List the methods whose steps go to people; loads, stock and lines do not."""
    return [code for code in METHODS if code not in _PLANNED_ELSEWHERE]


def get_bench(
    waiting: Sequence[Operation], people: Crew, *, now: datetime, stays: bool
) -> Bench:
    """Read what else lies with people, their hours, and the machines of all of it.

    What lies with somebody stays there and only finds its time; with ``stays`` that
    goes for what is asked for as well.
    """
    calendars = map_by_id()
    here = {person.id for person, _skills in people}
    given = _list_given(here, besides={each.id for each in waiting})
    machines = WorkCentre.objects.in_bulk(
        {each.work_centre_id for each in (*waiting, *given) if each.work_centre_id}
    )
    begun = _Begun(calendars, {p.id: p.code for p, _skills in people}, machines, now)
    begun.add_steps()
    begun.add_loads()
    return Bench(
        demands=[
            *(_demand(each, stays=stays) for each in waiting),
            *(_demand(each, stays=True) for each in given),
            *(Demand(t.demand, "", 1, steps=(Step("", 0),)) for t in begun.tasks),
        ],
        shop=Shop(
            resources=tuple(
                Resource(
                    each.code,
                    each.n_places,
                    openings=_hours(
                        calendars[each.calendar_id], now, from_at=_up_from(each, now)
                    ),
                )
                for each in machines.values()
            ),
            people=tuple(_people(people, calendars, now)),
        ),
        begun=Plan(METHOD, tasks=tuple(begun.tasks)),
    )


def _list_given(here: Collection[int], *, besides: Collection[int]) -> list[Operation]:
    """List what lies with people who are here, and that nobody has begun."""
    return list(
        Operation.objects.filter(state=OperationState.READY, operator_id__in=here)
        .exclude(id__in=besides)
        .select_related("work_centre")
        .only(*READ)
        .order_by("due_at", "id")[:MOST_GIVEN]
    )


def _people(
    people: Crew, calendars: Mapping[int, Calendar], now: datetime
) -> Iterable[Person]:
    for person, skills in people:
        hours = hours_of(person, calendars, now=now)
        openings = None if hours is None else _hours(hours, now, from_at=now)
        able = frozenset({*skills, _alone(person.id)})
        yield Person(person.code, able, openings=openings)


def _up_from(centre: WorkCentre, now: datetime) -> datetime:
    return up_from(is_up=centre.is_up, back_at=centre.back_at, now=now)


def _hours(calendar: Calendar, now: datetime, *, from_at: datetime) -> Openings:
    stretches = calendar.openings(from_at, now + PLANNED_AHEAD)
    return tuple((seconds(one), seconds(two)) for one, two in stretches)


def _alone(operator_id: int | None) -> str:
    return f"person {operator_id}"


def _demand(operation: Operation, *, stays: bool) -> Demand:
    centre = operation.work_centre
    step = Step(
        "",
        (operation.setup_s + operation.run_s) * 1000,
        resource="" if centre is None else centre.code,
        skill=_alone(operation.operator_id) if stays else operation.skill,
    )
    return Demand(operation.id, "", 1, due_s=seconds(operation.due_at), steps=(step,))


@dataclass(slots=True)
class _Begun:
    """What occupies machines and people at this moment, and until when."""

    calendars: Mapping[int, Calendar]
    codes: Mapping[int, str]
    machines: Mapping[int, WorkCentre]
    now: datetime
    tasks: list[PlannedTask] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)

    def add_steps(self) -> None:
        """Add single steps; the place of a member of a load is the load's."""
        member = BatchMember.objects.filter(
            operation=OuterRef("pk"), state=MemberState.ACTIVE
        )
        for each in (
            Operation.objects.filter(
                Q(work_centre_id__in=self.machines) | Q(operator_id__in=self.codes),
                state__in=_IN_HAND,
            )
            .annotate(is_member=Exists(member))
            .select_related("work_centre")
            .order_by("id")
        ):
            left_s = each.setup_s + each.run_s - each.actual_run_s
            self._add(
                each.id,
                each.work_centre,
                person=self.codes.get(each.operator_id or 0),
                until=self._until(each.work_centre, each.ready_at, left_s),
                takes_place=not each.is_member,
            )

    def add_loads(self) -> None:
        """Add the loads, each of which takes a place."""
        for each in (
            Batch.objects.filter(work_centre_id__in=self.machines, state__in=_LOADED)
            .select_related("work_centre")
            .order_by("id")
        ):
            until = self._until(each.work_centre, each.started_at, each.run_s)
            self._add(f"load {each.pk}", each.work_centre, person=None, until=until)

    def _until(
        self, centre: WorkCentre | None, since: datetime | None, left_s: int
    ) -> int:
        """Say when it will be over, in working time; what takes too long, is by now.

        What lies where nobody works any more, stays there as long as is planned.
        """
        since = since or self.now
        until: datetime | None = since + timedelta(seconds=max(0, left_s))
        if centre is not None:
            if not centre.is_up:
                since = max(since, _up_from(centre, self.now))
            until = self.calendars[centre.calendar_id].find_end(since, left_s)
        if until is None:
            until = self.now + PLANNED_AHEAD
        return seconds(max(until, self.now))

    def _add(
        self,
        key: Key,
        centre: WorkCentre | None,
        *,
        person: str | None,
        until: int,
        takes_place: bool = True,
    ) -> None:
        place, resource = 0, ""
        if takes_place and centre is not None and centre.id in self.machines:
            resource = centre.code
            place = self.taken[resource] % centre.n_places
            self.taken[resource] += 1
        self.tasks.append(
            PlannedTask(
                demand=key,
                step="",
                quantity=1,
                start_s=seconds(self.now),
                end_s=until,
                reason=Reason("STARTED"),
                resource=resource,
                place=place,
                person=person,
            )
        )
