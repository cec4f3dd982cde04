"""Who does which bespoke step: planned by skill, calendar and what is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from production.engine.budget import (
    NO_SEARCH,
    Budget,
    OnProgress,
    Search,
    ShouldStop,
)
from production.engine.demand import Demand, Person, Step
from production.engine.methods import get_method
from production.engine.openings import work_from
from production.engine.plan import Plan, Shop
from production.models import Operation, Operator
from production.selectors.calendars import map_by_id
from production.selectors.loads import seconds
from production.services import boards
from production.states import OperationState

METHOD = "JOB"
PLANNED_AHEAD = timedelta(days=14)
SOON = Search(Budget(moves=40_000, cpu_ms=500))
BY_HAND = "OPERATION_ASSIGN"
SEARCHED_AT_ONCE = 200
_BUSY = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
# A person, and what each can do.
Crew = Sequence[tuple[Operator, set[str]]]


def plan(
    waiting: Sequence[Operation],
    people: Crew,
    *,
    now: datetime,
    search: Search = SOON,
    stays: bool = False,
) -> Plan:
    """Let the method find somebody for each operation, by skill and working time.

    What lies with people already stands before it. With ``stays`` each operation goes
    to the one it lies with: that tells what the order in force costs.
    """
    load = _load(besides={operation.id for operation in waiting})
    known = map_by_id()
    until = now + PLANNED_AHEAD
    crew = []
    for person, skills in people:
        openings = None
        if person.calendar_id is not None:
            stretches = known[person.calendar_id].openings(now, until)
            openings = tuple((seconds(one), seconds(two)) for one, two in stretches)
        busy = work_from(openings, seconds(now), load.get(person.id, 0))
        free_s = seconds(until) if busy is None else busy[1]
        able = frozenset({*skills, _alone(person.id)})
        crew.append(Person(person.code, able, free_s, openings))
    return get_method(METHOD).plan(
        [_demand(operation, stays=stays) for operation in waiting],
        shop=Shop(people=tuple(crew)),
        now_s=seconds(now),
        budget=search.budget,
        on_progress=search.on_progress,
        should_stop=search.should_stop,
    )


def _alone(operator_id: int | None) -> str:
    return f"person {operator_id}"


def _demand(operation: Operation, *, stays: bool) -> Demand:
    skill = _alone(operation.operator_id) if stays else operation.skill
    return Demand(
        key=operation.id,
        family="",
        quantity=1,
        due_s=seconds(operation.due_at),
        steps=(Step("", operation.run_s * 1000, skill=skill),),
    )


def _load(*, besides: Collection[int]) -> dict[int, int]:
    """Give the seconds of work that lie with each person."""
    load: dict[int, int] = {}
    busy = Operation.objects.filter(
        operator__isnull=False, state__in=(*_BUSY, OperationState.READY)
    )
    for key, operator_id, run_s in busy.values_list("id", "operator_id", "run_s"):
        if key not in besides:
            load[operator_id] = load.get(operator_id, 0) + run_s
    return load


def list_present(*, now: datetime) -> list[tuple[Operator, set[str]]]:
    """Give who is here today, and what each can do."""
    day = now.date().isoformat()
    return [
        (person, {skill.code for skill in person.skills.all()})
        for person in Operator.objects.filter(is_active=True).prefetch_related("skills")
        if not any(first <= day <= latest for first, latest in person.absences)
    ]


def list_movable() -> QuerySet[Operation]:
    """List the steps that lie with somebody by plan, not by a planner's hand."""
    return (
        Operation.objects.filter(
            state=OperationState.READY,
            work_order__method=METHOD,
            operator__isnull=False,
        )
        .exclude(skill="")
        .exclude(events__kind=BY_HAND)
        .order_by("due_at", "id")
    )


def search(
    *,
    now: datetime,
    budget: Budget,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> str:
    """Look for a better sharing of bespoke steps, as long as a planner allows.

    Only what nobody has begun, and no planner has given by hand, goes to somebody
    else. Gives ``BETTER``, ``MERGED`` where some had moved on meanwhile and the rest
    took effect, or ``KEPT`` where nothing better was found.
    """
    people = list_present(now=now)
    here = {person.id: person.code for person, _skills in people}
    movable = list_movable().filter(operator_id__in=here)
    waiting = list(
        movable.only("skill", "run_s", "work_centre_id", "due_at", "operator_id")[
            :SEARCHED_AT_ONCE
        ]
    )
    if len(waiting) < 2:
        return "KEPT"
    how = Search(budget, on_progress=on_progress, should_stop=should_stop)
    found = plan(waiting, people, now=now, search=how)
    kept = plan(waiting, people, now=now, search=Search(NO_SEARCH), stays=True)
    if found.objective >= kept.objective:
        return "KEPT"
    before = {operation.id: operation.operator_id or 0 for operation in waiting}
    after = {int(task.demand): str(task.person) for task in found.tasks}
    moved = {key: code for key, code in after.items() if here[before[key]] != code}
    n_moved = _hand_over(moved, before, {code: key for key, code in here.items()})
    boards.touch(work_centre_ids={each.work_centre_id for each in waiting})
    return "BETTER" if n_moved == len(moved) else "MERGED"


def _hand_over(
    moved: dict[int, str], before: dict[int, int], people: dict[str, int]
) -> int:
    """Give each step to its new person unless it has moved on; tells how many went."""
    n_moved = 0
    with transaction.atomic():
        for key, code in sorted(moved.items()):
            still = Operation.objects.filter(
                id=key, state=OperationState.READY, operator_id=before[key]
            )
            n_moved += still.update(operator_id=people[code])
    return n_moved
