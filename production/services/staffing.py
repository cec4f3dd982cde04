"""Who does which step of people's work: planned by skill, calendar and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

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
from production.selectors.bespoke import METHOD, READ, Crew, get_bench, list_methods
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
        state=OperationState.READY,
        work_order__method__in=list_methods(),
        operator__isnull=False,
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
    """Look for a better sharing of people's steps, as long as a planner allows.

    Only what nobody has begun, and no planner has given by hand, goes to somebody
    else, as the method that it is made by says. Gives ``BETTER``, ``MERGED`` where
    some had moved on meanwhile and the rest took effect, or ``KEPT`` where nothing
    better was found.
    """
    people = list_present(now=now)
    movable = list_movable().filter(operator_id__in=[each.id for each, _ in people])
    shown = movable.select_related("work_centre").only(*READ)
    waiting = {
        method: list(shown.filter(work_order__method=method)[:SEARCHED_AT_ONCE])
        for method in list_methods()
    }
    waiting = {method: steps for method, steps in waiting.items() if len(steps) > 1}
    if budget.cpu_ms is not None and waiting:
        budget = replace(budget, cpu_ms=budget.cpu_ms // len(waiting))
    how = Search(budget, on_progress=on_progress, should_stop=should_stop)
    found = {
        _share_anew(steps, people, method, how=how, now=now)
        for method, steps in waiting.items()
    }
    return next((each for each in ("MERGED", "BETTER") if each in found), "KEPT")


def _share_anew(
    waiting: Sequence[Operation],
    people: Crew,
    method: str,
    *,
    how: Search,
    now: datetime,
) -> str:
    """Let one method search, and hand over what it finds better elsewhere."""
    ask = partial(plan, waiting, people, now=now, method=method)
    # Before the search: once that is stopped, little may follow.
    kept = ask(search=Search(NO_SEARCH), stays=True)
    found = ask(search=how)
    if found.objective >= kept.objective:
        return "KEPT"
    here = {person.id: person.code for person, _skills in people}
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
