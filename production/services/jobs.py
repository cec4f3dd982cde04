"""Bespoke work: a planner shapes the operations, people get them by skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from configurator.states import TimeBasis
from production.engine.calendar import Calendar
from production.models import Operation, Operator, Skill, WorkCentre, WorkOrder
from production.selectors import by_hand
from production.selectors.bespoke import READ, Crew, list_methods
from production.selectors.calendars import map_by_id
from production.selectors.crews import works_again_at
from production.services import boards, completion, readiness, staffing
from production.services.reports import Report, book_event, is_repeated
from production.states import (
    LIVE_WORK_ORDER_STATES,
    OPERATION_MOVES,
    OperationState,
)

_NOT_BEGUN = (OperationState.WAITING, OperationState.READY)
ASSIGNED_AT_ONCE = 500
_CHANGEABLE = frozenset({"name", "run_s", "skill", "work_centre", "predecessors"})


class JobError(DomainError):
    """The change does not fit the work order; the message says why."""


@dataclass(frozen=True, slots=True)
class NewOperation:
    """A step that a planner adds; ``after`` are sequences that must be done before."""

    name: str
    work_centre: str
    run_s: int
    skill: str = ""
    after: Sequence[int] | None = None


def add_operation(*, number: str, operation: NewOperation, report: Report) -> Operation:
    """Add a step to a work order that is not finished; by default it comes last."""
    with transaction.atomic():
        work_order = _locked(number)
        if is_repeated(kind="OPERATION_ADD", report=report, work_order=work_order):
            latest = work_order.operations.order_by("-sequence").first()
            if latest is not None:
                return latest
        centre, skill = _place(operation.work_centre, operation.skill)
        sequences = list(work_order.operations.values_list("sequence", flat=True))
        after = sequences[-1:] if operation.after is None else list(operation.after)
        _check_predecessors(sequences, after)
        latest_sequence = max(sequences, default=0)
        made = Operation.objects.create(
            work_order=work_order,
            sequence=latest_sequence + 10,
            code=f"ADDED-{latest_sequence + 10}",
            name={"en": operation.name},
            basis=TimeBasis.FIXED,
            work_centre=centre,
            skill=skill,
            run_s=operation.run_s,
            predecessors=after,
            planned_quantity=work_order.planned_quantity,
            due_at=work_order.due_at,
        )
        readiness.refresh_ready(work_order_ids=[work_order.id], now=report.now)
        boards.touch(work_centre_ids=[centre.id])
        made.refresh_from_db()
    return made


def drop_operation(*, number: str, operation_id: int, report: Report) -> None:
    """Skip a step that has not begun; what followed it follows its predecessors."""
    with transaction.atomic():
        work_order = _locked(number)
        operation = _not_begun(work_order, operation_id)
        if is_repeated(
            kind="OPERATION_DROP",
            report=report,
            work_order=work_order,
            operation=operation,
        ):
            return
        for follower in work_order.operations.all():
            if operation.sequence in follower.predecessors:
                rest = set(follower.predecessors) - {operation.sequence}
                follower.predecessors = sorted(rest | set(operation.predecessors))
                follower.save(update_fields=["predecessors"])
        move_one(operation, to=OperationState.SKIPPED, moves=OPERATION_MOVES)
        completion.go_on([work_order.id], report.now)
        boards.touch(work_centre_ids=[operation.work_centre_id])


def change_operation(
    *, number: str, operation_id: int, changes: Mapping[str, Any], report: Report
) -> Operation:
    """Change name, time, skill, place or predecessors of a step not yet begun."""
    unknown = sorted(set(changes) - _CHANGEABLE)
    if unknown:
        raise JobError(
            _("Only %(names)s can be changed.")
            % {"names": ", ".join(sorted(_CHANGEABLE))},
            field=unknown[0],
        )
    with transaction.atomic():
        work_order = _locked(number)
        operation = _not_begun(work_order, operation_id)
        if is_repeated(
            kind="OPERATION_CHANGE",
            report=report,
            work_order=work_order,
            operation=operation,
        ):
            return operation
        _apply(work_order, operation, changes)
        operation.save()
        readiness.refresh_ready(work_order_ids=[work_order.id], now=report.now)
        boards.touch(work_centre_ids=[operation.work_centre_id])
        operation.refresh_from_db()
    return operation


def _apply(
    work_order: WorkOrder, operation: Operation, changes: Mapping[str, Any]
) -> None:
    if "name" in changes:
        operation.name = {"en": changes["name"]}
    if "run_s" in changes:
        operation.run_s = changes["run_s"]
    if "skill" in changes or "work_centre" in changes:
        current = operation.work_centre.code if operation.work_centre else ""
        centre, skill = _place(
            changes.get("work_centre", current), changes.get("skill", operation.skill)
        )
        operation.work_centre, operation.skill = centre, skill
    if "predecessors" in changes:
        others = work_order.operations.exclude(id=operation.id)
        sequences = list(others.values_list("sequence", flat=True))
        after = sorted(set(changes["predecessors"]))
        _check_predecessors(sequences, after)
        operation.predecessors = after
        _refuse_cycle(work_order, operation)
        operation.state, operation.ready_at = OperationState.WAITING, None


def _refuse_cycle(work_order: WorkOrder, changed: Operation) -> None:
    after = {o.sequence: set(o.predecessors) for o in work_order.operations.all()}
    after[changed.sequence] = set(changed.predecessors)
    reached: set[int] = set()
    todo = set(changed.predecessors)
    while todo:
        sequence = todo.pop()
        reached.add(sequence)
        todo |= after.get(sequence, set()) - reached
    if changed.sequence in reached:
        raise JobError(
            _("The steps would wait for each other in a circle."), field="predecessors"
        )


def assign(*, now: datetime) -> int:
    """Give each ready operation that asks for a skill to the least busy person.

    Only people with the skill who are active and here today, as soon as they and the
    machine are free in their working time; ties go to whoever has fewest other skills,
    then to the lower code. What a planner has assigned by hand stays, unless that
    person is away beyond the time it is due.
    """
    people = staffing.list_present(now=now)
    return sum(_assign(method, people, now) for method in list_methods())


def _assign(method: str, people: Crew, now: datetime) -> int:
    ready = Operation.objects.filter(
        state=OperationState.READY, work_order__method=method
    ).exclude(skill="")
    waiting = list(
        ready.filter(operator=None)
        .select_related("work_centre")
        .order_by("due_at", "id")
        .only(*READ)[:ASSIGNED_AT_ONCE]
    )
    here = {person.id for person, _skills in people}
    away = ready.exclude(operator=None).exclude(operator_id__in=here)
    taken = _take_back(away, now)
    waiting += taken
    if not waiting:
        return 0
    ids = {person.code: person.id for person, _skills in people}
    assigned = {
        task.demand
        for task in staffing.plan(waiting, people, now=now, method=method).tasks
        if Operation.objects.filter(
            id=task.demand, operator=None, state=OperationState.READY
        ).update(operator=ids[str(task.person)])
    }
    # What nobody can do waits at every look; boards are told of changes alone.
    changed = [*taken, *(each for each in waiting if each.id in assigned)]
    boards.touch(work_centre_ids={each.work_centre_id for each in changed})
    return len(assigned)


def _take_back(away: QuerySet[Operation], now: datetime) -> list[Operation]:
    """Free what lies with people who are not here; somebody else gets it.

    What a planner has given stays if they work again before it is due; else an event
    tells that it was taken back.
    """
    marked = away.annotate(hand=by_hand.latest_hand())
    found = list(marked.select_related("work_centre", "operator"))
    given = [each for each in found if each.hand == by_hand.GIVEN]
    calendars = map_by_id() if given else {}
    stays = {each.id for each in given if _is_back_in_time(each, calendars, now)}
    taken: list[Operation] = [each for each in found if each.id not in stays]
    with transaction.atomic():
        away.filter(id__in=[each.id for each in taken]).update(operator=None)
        for each in given:
            if each.id not in stays:
                book_event(
                    kind=by_hand.TAKEN_BACK,
                    report=Report(now=now, operator_id=each.operator_id),
                    work_order_id=each.work_order_id,
                    operation=each,
                )
    return taken


def _is_back_in_time(
    operation: Operation, calendars: Mapping[int, Calendar], now: datetime
) -> bool:
    if operation.operator is None:
        return False
    back_at = works_again_at(operation.operator, calendars, now=now)
    due_at = operation.due_at
    return back_at is not None and (due_at is None or back_at < due_at)


def assign_by_hand(
    *, number: str, operation_id: int, operator_code: str, report: Report
) -> Operation:
    """Let a planner say who does it; refused where the skill is missing."""
    with transaction.atomic():
        work_order = _locked(number)
        operation = _not_begun(work_order, operation_id)
        if is_repeated(
            kind=by_hand.GIVEN,
            report=report,
            work_order=work_order,
            operation=operation,
        ):
            return operation
        operator = Operator.objects.filter(code=operator_code, is_active=True).first()
        if operator is None:
            raise JobError(_("There is no such operator."), field="operator")
        is_qualified = operator.skills.filter(code=operation.skill).exists()
        if operation.skill and not is_qualified:
            raise JobError(
                _("%(operator)s is not qualified for %(skill)s.")
                % {"operator": operator.code, "skill": operation.skill},
                field="operator",
            )
        Operation.objects.filter(id=operation.id).update(operator=operator)
        boards.touch(work_centre_ids=[operation.work_centre_id])
        operation.refresh_from_db()
    return operation


def _locked(number: str) -> WorkOrder:
    work_order = WorkOrder.objects.select_for_update().filter(number=number).first()
    if work_order is None:
        raise NotFoundError(
            _("There is no work order %(number)s.") % {"number": number}
        )
    if work_order.state not in LIVE_WORK_ORDER_STATES:
        raise ConflictError(
            _("Work order %(number)s is %(state)s and cannot be changed.")
            % {"number": number, "state": work_order.get_state_display()},
            extra={"legal_moves": []},
        )
    return work_order


def _not_begun(work_order: WorkOrder, operation_id: int) -> Operation:
    operation = (
        Operation.objects.select_for_update(of=("self",))
        .filter(id=operation_id, work_order=work_order)
        .first()
    )
    if operation is None:
        raise NotFoundError(_("There is no such operation in this work order."))
    if operation.state not in _NOT_BEGUN:
        raise ConflictError(
            _("This operation has begun; only a waiting or ready one can change."),
            extra={"legal_moves": []},
        )
    return operation


def _place(work_centre: str, skill: str) -> tuple[WorkCentre, str]:
    centre = WorkCentre.objects.filter(code=work_centre).first()
    if centre is None:
        raise JobError(
            _("There is no work centre %(code)s.") % {"code": work_centre},
            field="work_centre",
        )
    if skill and not Skill.objects.filter(code=skill).exists():
        raise JobError(
            _("There is no skill %(code)s.") % {"code": skill}, field="skill"
        )
    return centre, skill


def _check_predecessors(sequences: Sequence[int], after: Sequence[int]) -> None:
    missing = sorted(set(after) - set(sequences))
    if missing:
        raise JobError(
            _("There is no step %(sequence)d in this work order.")
            % {"sequence": missing[0]},
            field="predecessors",
        )
