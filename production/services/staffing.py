"""Who does which bespoke step: planned by skill, calendar and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from configurator.selectors.times import local
from production.engine.budget import (
    NO_SEARCH,
    Budget,
    OnProgress,
    Search,
    ShouldStop,
)
from production.engine.methods import get_method
from production.engine.plan import Plan
from production.models import Operation, Operator
from production.selectors import by_hand
from production.selectors.bespoke import METHOD, READ, Crew, get_bench
from production.selectors.loads import seconds
from production.services import boards
from production.states import OperationState

SOON = Search(Budget(moves=40_000, cpu_ms=500))
SEARCHED_AT_ONCE = 200


def plan(
    waiting: Sequence[Operation],
    people: Crew,
    *,
    now: datetime,
    method: str = METHOD,
    search: Search = SOON,
    stays: bool = False,
) -> Plan:
    """Let the method find somebody for each operation: by skill, hours and machines.

    What lies with people, or is in hand, is planned with it and changes no hands. With
    ``stays`` each operation goes to the one it lies with: that tells what the order in
    force costs.
    """
    bench = get_bench(waiting, people, now=now, stays=stays)
    found = get_method(method).plan(
        bench.demands,
        shop=bench.shop,
        now_s=seconds(now),
        previous=bench.begun,
        budget=search.budget,
        on_progress=search.on_progress,
        should_stop=search.should_stop,
    )
    asked = {operation.id for operation in waiting}
    return replace(found, tasks=tuple(t for t in found.tasks if t.demand in asked))


def list_present(*, now: datetime) -> list[tuple[Operator, set[str]]]:
    """Give who is here today, and what each can do."""
    day = local(now).date().isoformat()
    return [
        (person, {skill.code for skill in person.skills.all()})
        for person in Operator.objects.filter(is_active=True).prefetch_related("skills")
        if not any(first <= day <= latest for first, latest in person.absences)
    ]


def list_movable() -> QuerySet[Operation]:
    """List the steps that lie with somebody by plan, not by a planner's hand."""
    lying = Operation.objects.filter(
        state=OperationState.READY, work_order__method=METHOD, operator__isnull=False
    ).exclude(skill="")
    marked = lying.annotate(hand=by_hand.latest_hand())
    return marked.exclude(hand=by_hand.GIVEN).order_by("due_at", "id")


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
    shown = movable.select_related("work_centre").only(*READ)
    waiting = list(shown[:SEARCHED_AT_ONCE])
    if len(waiting) < 2:
        return "KEPT"
    how = Search(budget, on_progress=on_progress, should_stop=should_stop)
    # Before the search: once that is stopped, little may follow.
    kept = plan(waiting, people, now=now, search=Search(NO_SEARCH), stays=True)
    found = plan(waiting, people, now=now, search=how)
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
