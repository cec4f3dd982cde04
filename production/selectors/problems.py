"""What keeps work from being planned: named, so that a planner can mend it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors.times import local
from configurator.selectors.words import in_language
from configurator.states import TimeBasis
from production.engine.changeover import MatrixError, SetupMatrix
from production.models import (
    Calendar,
    Operation,
    Operator,
    SetupRule,
    Skill,
    WorkCentre,
    WorkOrder,
)
from production.selectors.by_hand import list_taken_back
from production.selectors.calendars import list_faults, map_by_id
from production.selectors.loads import setup_rule_of
from production.selectors.outages import known_back
from production.states import (
    LIVE_WORK_ORDER_STATES,
    OPEN_OPERATION_STATES,
    OperationState,
    WorkOrderState,
)

LOOKED_AT = 200
A_WEEK = timedelta(days=7)
_TO_COME = (OperationState.WAITING, OperationState.READY)
_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, in words that name it, and where it is looked at."""

    code: str
    text: str
    work_order: str = ""
    work_centre: str = ""
    calendar_id: int = 0
    matrix: str = ""
    skill: str = ""
    skill_id: int = 0


def list_problems(*, now: datetime) -> list[Problem]:
    """List what is wrong with places, matrices, skills and open work."""
    return [
        *_down(now),
        *_faulty_calendars(),
        *_without_working_time(),
        *list_unfinished_matrices(),
        *_missing_skills(),
        *_too_large(now),
        *_circles(),
        *_taken_back(),
    ]


def _down(now: datetime) -> Iterator[Problem]:
    """Find work centres that are down, and say until when none plans with them."""
    for centre in WorkCentre.objects.filter(is_up=False).order_by("code"):
        text = _("%(centre)s is down; nobody knows until when.")
        values = {"centre": centre.code}
        if back_at := known_back(back_at=centre.back_at, now=now):
            text = _("%(centre)s is down until %(back)s.")
            values["back"] = f"{local(back_at):%Y-%m-%d %H:%M}"
        yield Problem("DOWN", text % values, work_centre=centre.code)


def _faulty_calendars() -> Iterator[Problem]:
    """Find calendars that say what no clock can follow."""
    for fault in list_faults():
        yield Problem("FAULTY_CALENDAR", fault.text, calendar_id=fault.calendar_id)


def _without_working_time() -> Iterator[Problem]:
    """Find work centres whose calendar never opens."""
    closed = Calendar.objects.filter(always_open=False, shifts=None)
    rows = closed.filter(workcentre__isnull=False).values_list(
        "id", "code", "workcentre__code"
    )
    for calendar_id, calendar, centre in rows.order_by("workcentre__code"):
        yield Problem(
            "NO_CALENDAR",
            _("%(centre)s has no working time: calendar %(calendar)s has no shift.")
            % {"centre": centre, "calendar": calendar},
            work_centre=centre,
            calendar_id=calendar_id,
        )


def list_unfinished_matrices() -> Iterator[Problem]:
    """Find set-up matrices that leave a change without an answer."""
    rules: dict[str, list[SetupRule]] = defaultdict(list)
    for row in SetupRule.objects.order_by("matrix", "sequence"):
        rules[row.matrix].append(row)
    for code, rows in rules.items():
        try:
            SetupMatrix(code, tuple(setup_rule_of(row) for row in rows))
        except MatrixError as error:
            longest = _("until then such a change is planned as long as the longest")
            yield Problem("NO_CATCH_ALL", f"{error}; {longest}.", matrix=code)


def _missing_skills() -> Iterator[Problem]:
    """Find skills that open work asks for and nobody here has."""
    people = Operator.objects.filter(is_active=True, skills__isnull=False)
    known = set(people.values_list("skills__code", flat=True))
    asked = (
        Operation.objects.filter(
            state__in=_TO_COME, work_order__state__in=LIVE_WORK_ORDER_STATES
        )
        .exclude(skill="")
        .order_by()
        .values_list("skill")
        .annotate(n=Count("id"), first=Min("work_order__number"))
    )
    skills = dict(Skill.objects.values_list("code", "id"))
    for skill, n_steps, number in sorted(asked):
        if skill not in known:
            values = {"skill": skill, "n": n_steps, "number": number}
            text = ngettext(
                "Nobody here has the skill %(skill)s: "
                "%(n)d step waits for it, in %(number)s.",
                "Nobody here has the skill %(skill)s: "
                "%(n)d steps wait for it, the first in %(number)s.",
                n_steps,
            )
            yield Problem(
                "NO_SKILL",
                text % values,
                work_order=number,
                skill=skill,
                skill_id=skills.get(skill, 0),
            )


def _too_large(now: datetime) -> Iterator[Problem]:
    """Find what no load takes, and what fills more loads than a day has.

    Where not even one load is done in a day, as in a tank, days do not count.
    """
    waiting = (
        Operation.objects.filter(
            state__in=(*_TO_COME, OperationState.IN_BATCH),
            work_order__state__in=LIVE_WORK_ORDER_STATES,
            basis=TimeBasis.LOAD,
            batch_rule__max__gte=1,
            work_centre__isnull=False,
        )
        .order_by("-planned_quantity", "id")
        .select_related("work_order", "work_centre")[:LOOKED_AT]
    )
    n_loads = _map_loads_a_day(waiting, now)
    for operation in waiting:
        size = operation.batch_rule["max"] * operation.load_den
        values = {
            "number": operation.work_order.number,
            "centre": operation.work_centre.code if operation.work_centre else "",
        }
        needed = -(-operation.planned_quantity * operation.load_num // size)
        most = n_loads[operation.id]
        if operation.load_num > size:
            text = _("One piece of %(number)s is larger than a load of %(centre)s.")
            yield _work_problem("TOO_LARGE", text, values)
        elif 0 < most < needed:
            text = _(
                "%(number)s needs %(needed)d loads of %(centre)s, "
                "which makes at most %(most)d on a day."
            )
            counts = {"needed": needed, "most": most}
            yield _work_problem("MORE_THAN_A_DAY", text, values | counts)


def _work_problem(code: str, text: str, values: Mapping[str, object]) -> Problem:
    number, centre = str(values["number"]), str(values["centre"])
    return Problem(code, text % values, work_order=number, work_centre=centre)


def _map_loads_a_day(operations: Iterable[Operation], now: datetime) -> dict[int, int]:
    """Count for each operation how many loads like it the longest day holds."""
    calendars = map_by_id()
    longest_s: dict[int, int] = {}
    found = {}
    for operation in operations:
        centre = operation.work_centre
        if centre is None:
            continue
        if centre.calendar_id not in longest_s:
            days: dict[object, int] = defaultdict(int)
            openings = calendars[centre.calendar_id].openings(now, now + A_WEEK)
            for begins, ends in openings:
                for from_at, to_at in _by_day(begins, ends):
                    days[from_at.date()] += int((to_at - from_at).total_seconds())
            longest_s[centre.calendar_id] = max(days.values(), default=0)
        day_s = longest_s[centre.calendar_id] * centre.n_places
        found[operation.id] = day_s // max(1, operation.run_s)
    return found


def _by_day(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    while begins < ends:
        midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
        until = min(ends, midnight + timedelta(days=1))
        yield begins, until
        begins = until


def _circles() -> Iterator[Problem]:
    """Find work of which nothing can go on because its steps wait for each other."""
    of_order = Operation.objects.filter(work_order=OuterRef("pk"))
    goes_on = Q(state__in=OPEN_OPERATION_STATES) & ~Q(state=OperationState.WAITING)
    stuck = WorkOrder.objects.filter(
        Exists(of_order.filter(state=OperationState.WAITING)),
        ~Exists(of_order.filter(goes_on)),
        state__in=_ON_FLOOR,
    ).order_by(F("due_at").asc(nulls_last=True), "id")
    steps: dict[str, dict[int, set[int]]] = defaultdict(dict)
    for number, sequence, predecessors in Operation.objects.filter(
        work_order__in=list(stuck.values_list("id", flat=True)[:LOOKED_AT]),
        state=OperationState.WAITING,
    ).values_list("work_order__number", "sequence", "predecessors"):
        steps[number][sequence] = set(predecessors)
    for number, waits_for in sorted(steps.items()):
        circle = _circle(waits_for)
        if circle:
            text = _("The steps %(steps)s of %(number)s wait for each other.") % {
                "steps": ", ".join(str(step) for step in circle),
                "number": number,
            }
            yield Problem("CIRCLE", text, work_order=number)


def _circle(waits_for: Mapping[int, set[int]]) -> Sequence[int]:
    """Give the steps that are left when whatever may begin has been taken away."""
    left = {step: before & waits_for.keys() for step, before in waits_for.items()}
    while free := [step for step, before in left.items() if not before & left.keys()]:
        for step in free:
            del left[step]
    return sorted(left)


def _taken_back() -> Iterator[Problem]:
    """Find steps that did not stay with whom a planner gave them to."""
    for event in list_taken_back():
        step, order, person = event.operation, event.work_order, event.operator
        if step is None or order is None or person is None:
            continue
        text = _(
            "%(person)s, to whom %(step)s of %(number)s was given by hand, is away "
            "beyond the time it is due."
        )
        values = {
            "person": person.code,
            "step": in_language(step.name) or step.code,
            "number": order.number,
        }
        if step.operator is not None:
            text += " " + _("It went to %(other)s.")
            values["other"] = step.operator.code
        yield Problem("TAKEN_BACK", text % values, work_order=order.number)
