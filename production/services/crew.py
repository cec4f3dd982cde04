"""Simulated people: they take what is ready, as the dispatch lists say."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from configurator.services.errors import DomainError
from production.models import (
    Batch,
    Changeover,
    Line,
    LineKind,
    LineSlot,
    Operation,
    Operator,
    WorkCentre,
)
from production.selectors import calendars, line_queue
from production.services import batches, lines, operations
from production.services.reports import Report
from production.states import BatchState, LineState, OperationKind, OperationState

SCRAP_PER_MILLE = 8
ADVANCES_AT_ONCE = 400
_ALWAYS_GOES_ON = (OperationKind.DELAY, OperationKind.APPROVAL)


@dataclass(slots=True)
class Crew:
    """The people of a shift with their luck; ``extra_scrap`` waits for its batch."""

    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    extra_scrap: int = 0
    skills: dict[str, list[int]] = field(default_factory=dict)

    def report(self, now: datetime, *, skill: str = "", scrap: int = 0) -> Report:
        people = self.skills.get(skill, [])
        operator_id = self.rng.choice(people) if people else None
        return Report(now=now, actor="shift", operator_id=operator_id, scrap=scrap)


def gather(*, rng: random.Random) -> Crew:
    """Learn who can do what."""
    skills: dict[str, list[int]] = {}
    pairs = Operator.skills.through.objects.filter(operator__is_active=True)
    for operator_id, code in pairs.order_by("operator_id").values_list(
        "operator_id", "skill__code"
    ):
        skills.setdefault(code, []).append(operator_id)
    return Crew(rng=rng, skills=skills)


def open_centres(*, now: datetime) -> dict[int, WorkCentre]:
    """Give the work centres that work at this instant."""
    centres = list(WorkCentre.objects.filter(is_up=True).select_related("calendar"))
    is_open = {
        calendar_id: calendars.get_calendar(calendar_id=calendar_id).is_open(now)
        for calendar_id in {centre.calendar_id for centre in centres}
    }
    return {centre.id: centre for centre in centres if is_open[centre.calendar_id]}


def work(*, crew: Crew, now: datetime) -> None:
    """Finish what is over, start what is next, let the lines move."""
    centres = open_centres(now=now)
    _finish_batches(crew, centres, now)
    _start_batches(crew, centres, now)
    _finish_operations(crew, centres, now)
    _start_operations(crew, centres, now)
    for line in Line.objects.filter(
        kind=LineKind.FLEXIBLE, work_centre_id__in=centres
    ).order_by("id"):
        _run_line(crew, line, now)


def _finish_batches(crew: Crew, centres: Iterable[int], now: datetime) -> None:
    running = Batch.objects.filter(
        state=BatchState.RUNNING, work_centre_id__in=list(centres)
    ).order_by("id")
    for batch in running:
        ends_at = (batch.started_at or now) + timedelta(seconds=batch.run_s)
        if ends_at > now:
            continue
        total = sum(
            batch.members.filter(state="ACTIVE").values_list("quantity", flat=True)
        )
        scrap = _bad_luck(crew, total)
        is_oven = batch.measure == "TRAY"
        if crew.extra_scrap and is_oven and total > crew.extra_scrap:
            scrap, crew.extra_scrap = scrap + crew.extra_scrap, 0
            crew.done["TRAY_DROPPED"] += 1
        _try_batch(crew, batch, "finish", ends_at, scrap=min(scrap, total))


def _bad_luck(crew: Crew, total: int) -> int:
    """Scrap a little now and then; never more than one piece in twenty."""
    if total < 50:  # single pieces are scrapped by disturbances only
        return 0
    return crew.rng.randrange(0, max(1, 2 * total * SCRAP_PER_MILLE // 1000))


def _start_batches(crew: Crew, centres: Iterable[int], now: datetime) -> None:
    waiting = Batch.objects.filter(
        state__in=(BatchState.FROZEN, BatchState.RELEASED, BatchState.CHANGEOVER),
        work_centre_id__in=list(centres),
    ).order_by("work_centre_id", "-state", "position", "id")
    for batch in waiting:
        changeover = Changeover.objects.filter(batch=batch).first()
        if batch.state == BatchState.CHANGEOVER and changeover is not None:
            began = changeover.started_at or now
            if began + timedelta(seconds=changeover.planned_s) > now:
                continue
        skill = changeover.signature_skill if changeover else ""
        _try_batch(crew, batch, "start", now, skill=skill)


def _try_batch(
    crew: Crew,
    batch: Batch,
    action: str,
    now: datetime,
    *,
    skill: str = "",
    scrap: int = 0,
) -> None:
    report = crew.report(now, skill=skill, scrap=scrap)
    try:
        batches.perform(number=batch.number, action=action, report=report)
    except DomainError:
        return  # the machine is taken, or somebody was faster: next time
    crew.done[f"batch {action}"] += 1


def _finish_operations(crew: Crew, centres: Iterable[int], now: datetime) -> None:
    open_ids = set(centres)
    running = (
        Operation.objects.filter(state=OperationState.RUNNING, station="")
        .exclude(kind__in=_ALWAYS_GOES_ON)
        .exclude(memberships__state="ACTIVE")
        .order_by("ready_at", "id")
    )
    for operation in running:
        is_open = (
            operation.work_centre_id is None or operation.work_centre_id in open_ids
        )
        left_s = operation.setup_s + operation.run_s - operation.actual_run_s
        ends_at = (operation.ready_at or now) + timedelta(seconds=max(0, left_s))
        if is_open and ends_at <= now:
            _try_operation(crew, operation, "finish", ends_at)


def _start_operations(
    crew: Crew, centres: dict[int, WorkCentre], now: datetime
) -> None:
    busy = Counter(
        Operation.objects.filter(
            state__in=(OperationState.RUNNING, OperationState.PAUSED)
        ).values_list("work_centre_id", flat=True)
    )
    working = set(
        Operation.objects.filter(
            state=OperationState.RUNNING, work_order__method="JOB", is_attended=True
        ).values_list("operator_id", flat=True)
    ) - {None}
    ready = (
        Operation.objects.filter(state=OperationState.READY, batch_key="")
        .exclude(kind__in=_ALWAYS_GOES_ON)
        .exclude(work_order__holds__lifted_at__isnull=True, work_order__holds__id__gt=0)
        .order_by("work_order__priority", "due_at", "id")
    )
    for operation in ready[:1000]:
        key = operation.work_centre_id
        if key is not None and (
            key not in centres or busy[key] >= centres[key].n_places
        ):
            continue
        if operation.operator_id in working:
            continue
        if _try_operation(crew, operation, "start", now):
            busy[key] += 1
            if operation.operator_id is not None:
                working.add(operation.operator_id)


def _try_operation(
    crew: Crew, operation: Operation, action: str, now: datetime
) -> bool:
    report = crew.report(now, skill=operation.skill)
    if operation.operator_id is not None:
        report = Report(now=now, actor="shift", operator_id=operation.operator_id)
    try:
        operations.perform(operation_id=operation.id, action=action, report=report)
    except DomainError:
        return False
    crew.done[f"operation {action}"] += 1
    return True


def _run_line(crew: Crew, line: Line, now: datetime) -> None:
    """Advance once for each takt that has passed since the line moved last."""
    has_work = LineSlot.objects.filter(
        line=line, state__in=(*line_queue.ON_THE_LINE, "SEQUENCED")
    ).exists()
    if not has_work:
        return
    if line.state == LineState.STOPPED:
        lines.set_running(
            code=line.code, is_running=True, report=crew.report(now, skill="LINE")
        )
        Line.objects.filter(id=line.id).update(advanced_at=now)
        lines.launch(code=line.code, report=crew.report(now, skill="LINE"))
        return
    takt = timedelta(milliseconds=line.takt_ms)
    at = max(line.advanced_at or now, now - takt * ADVANCES_AT_ONCE) + takt
    while at <= now:
        n_finished = lines.advance(code=line.code, report=crew.report(at, skill="LINE"))
        crew.done["units finished"] += n_finished
        at += takt
