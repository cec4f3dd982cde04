"""Simulated people at work: they take what is ready, as the dispatch lists say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Max, Min, Q, Sum

from configurator.services.errors import DomainError
from production.models import (
    Batch,
    Changeover,
    Operation,
    WorkCentre,
    WorkCentreMode,
)
from production.selectors.needs import list_held
from production.selectors.spoilage import would_spoil
from production.services import batches, lines, operations, people, repairs
from production.services.people import Crew
from production.states import (
    BatchState,
    ChangeoverState,
    MemberState,
    OperationKind,
    OperationState,
)

OVERTIME = timedelta(minutes=30)
FIRST_HOUR = timedelta(hours=1)
READY_AT_ONCE = 300
_ALWAYS_GOES_ON = (OperationKind.DELAY, OperationKind.APPROVAL)
_AT_REST = (BatchState.FROZEN, BatchState.RELEASED)
_BUSY = (BatchState.CHANGEOVER, BatchState.RUNNING, BatchState.COMPLETING)
_ACTIVE = Q(members__state=MemberState.ACTIVE)

Centres = Mapping[int, WorkCentre]


def open_centres(*, crew: Crew, now: datetime) -> Centres:
    """Give the work centres that work at this instant."""
    centres = WorkCentre.objects.filter(is_up=True)
    return {
        centre.id: centre for centre in centres if crew.is_open(centre.calendar_id, now)
    }


def work(*, crew: Crew, now: datetime) -> None:
    """Finish what is over, start what is next, let the lines move."""
    centres = open_centres(crew=crew, now=now)
    finish_batches(crew, now)
    finish_operations(crew, now)
    crew.come_to_work(now)
    start_batches(crew, centres, now)
    start_operations(crew, centres, now)
    # Who stops a line wants it to stand: nobody here sets it going again.
    crew.done["units finished"] += lines.advance_due(now=now, known=crew.calendars)
    crew.done["units sent back"] += repairs.send_back(loops=crew.repair_loops, now=now)


def finish_batches(crew: Crew, now: datetime) -> None:
    running = (
        Batch.objects.filter(state=BatchState.RUNNING)
        .select_related("work_centre")
        .annotate(
            n_pieces=Sum("members__quantity", filter=_ACTIVE),
            kind=Min("members__operation__kind", filter=_ACTIVE),
        )
        .order_by("started_at", "id")
    )
    for batch in running:
        ends_at = _ends_at(crew, batch)
        if ends_at is None or ends_at > now or batch.kind == OperationKind.DELAY:
            continue
        scrap = _bad_luck(crew, batch)
        is_oven = batch.measure == "TRAY"
        if crew.extra_scrap and is_oven and (batch.n_pieces or 0) > crew.extra_scrap:
            scrap, crew.extra_scrap = crew.extra_scrap, 0
            crew.done["trays dropped"] += 1
        _try_batch(crew, batch, "finish", ends_at, scrap=scrap)


def _ends_at(crew: Crew, batch: Batch) -> datetime | None:
    """Let a load run through breaks; piece by piece stops with the shift."""
    began = batch.started_at or batch.created_at
    if batch.work_centre.mode == WorkCentreMode.LOAD:
        return began + timedelta(seconds=batch.run_s)
    calendar = crew.calendars[batch.work_centre.calendar_id]
    return calendar.find_end(began, batch.run_s)


def _bad_luck(crew: Crew, batch: Batch) -> int:
    """Scrap a little, within the surplus that the yield of its members plans for."""
    spare = [
        max(0, planned - ordered) // 2
        for planned, ordered in batch.members.filter(
            state=MemberState.ACTIVE
        ).values_list("quantity", "operation__work_order__quantity")
    ]
    return crew.rng.randint(0, min(spare, default=0) * len(spare))


def start_batches(crew: Crew, centres: Centres, now: datetime) -> None:
    """Go on with changeovers, then start what is next where a place is free."""
    waiting = list(
        Batch.objects.filter(
            state__in=(*_AT_REST, *_BUSY), work_centre_id__in=list(centres)
        )
        .annotate(
            kind=Min("members__operation__kind", filter=_ACTIVE),
            skill=Max("members__operation__skill", filter=_ACTIVE),
        )
        .select_related("changeover")
        .order_by("work_centre_id", "position", "id")
    )
    taken = Counter(b.work_centre_id for b in waiting if b.state in _BUSY)
    attended = [batch for batch in waiting if batch.kind not in _ALWAYS_GOES_ON]
    for batch in attended:
        if batch.state == BatchState.CHANGEOVER:
            _end_changeover(crew, batch, now)
    for batch in attended:
        if batch.state in _AT_REST:
            centre = centres[batch.work_centre_id]
            is_free = taken[centre.id] < centre.n_places
            if is_free and _start(crew, batch, centre, now):
                taken[centre.id] += 1


def _end_changeover(crew: Crew, batch: Batch, now: datetime) -> None:
    changeover: Changeover = batch.changeover
    began = changeover.started_at or now
    if began + timedelta(seconds=changeover.planned_s) > now:
        return
    is_signed = changeover.state == ChangeoverState.SIGNED
    vouching = "" if is_signed else changeover.signature_skill
    if vouching and not _begin_as(crew, batch, vouching, now):
        return
    # Signing takes moments: who vouched is free again for the work, if able to do it.
    if not vouching or Batch.objects.get(pk=batch.pk).state == BatchState.CHANGEOVER:
        _begin_as(crew, batch, batch.skill or "", now)  # type: ignore[attr-defined]


def _begin_as(crew: Crew, batch: Batch, skill: str, now: datetime) -> bool:
    """Let somebody with a skill sign or begin what waits in its changeover."""
    operator_id = crew.find(skill) if skill else None
    if operator_id is None and skill:
        return False
    if not _try_batch(crew, batch, "start", now, operator_id=operator_id):
        return False
    if Batch.objects.get(pk=batch.pk).state == BatchState.RUNNING:
        crew.free.discard(operator_id or 0)
    return True


def _start(crew: Crew, batch: Batch, centre: WorkCentre, now: datetime) -> bool:
    skill = batch.skill or ""  # type: ignore[attr-defined]
    operator_id = crew.find(skill) if skill else None
    if skill and operator_id is None and crew.has_anybody(skill):
        return False
    if not _fits_today(crew, batch, centre, now):
        return False
    if would_spoil(batch=batch, calendars=crew.calendars, now=now):
        return False
    is_started = _try_batch(crew, batch, "start", now, operator_id=operator_id)
    if is_started and operator_id is not None:
        crew.free.discard(operator_id)
    return is_started


def _fits_today(crew: Crew, batch: Batch, centre: WorkCentre, now: datetime) -> bool:
    """Start no load that would still be in the machine long after closing.

    One that is longer than any shift begins in the first hour of one.
    """
    if centre.mode != WorkCentreMode.LOAD:
        return True
    calendar = crew.calendars[centre.calendar_id]
    changeover = Changeover.objects.filter(batch=batch).first()
    setup_s = changeover.planned_s if changeover else 0
    ends_at = now + timedelta(seconds=setup_s + batch.run_s)
    horizon = now + timedelta(hours=12)
    stretches = calendar.openings(now, horizon)
    closes_at = stretches[-1][1] if stretches else now
    has_just_opened = not calendar.openings(now - 3 * FIRST_HOUR, now - FIRST_HOUR)
    return ends_at <= closes_at + OVERTIME or closes_at >= horizon or has_just_opened


def _try_batch(
    crew: Crew,
    batch: Batch,
    action: str,
    now: datetime,
    *,
    operator_id: int | None = None,
    scrap: int = 0,
) -> bool:
    report = people.report(now, operator_id=operator_id, scrap=scrap)
    try:
        batches.perform(number=batch.number, action=action, report=report)
    except DomainError:
        return False  # the machine is taken, or somebody was faster: next time
    crew.done[f"batch {action}"] += 1
    return True


def finish_operations(crew: Crew, now: datetime) -> None:
    running = (
        Operation.objects.filter(state=OperationState.RUNNING, station="")
        .exclude(kind__in=_ALWAYS_GOES_ON)
        .exclude(memberships__state=MemberState.ACTIVE)
        .select_related("work_centre")
        .order_by("ready_at", "id")
    )
    for operation in running:
        left_s = operation.setup_s + operation.run_s - operation.actual_run_s
        began = operation.ready_at or now
        ends_at: datetime | None = began + timedelta(seconds=max(0, left_s))
        centre = operation.work_centre
        if centre is not None and operation.kind != OperationKind.OUTSIDE:
            calendar = crew.calendars[centre.calendar_id]
            ends_at = calendar.find_end(began, left_s)
        if ends_at is not None and ends_at <= now:
            _try_operation(crew, operation, "finish", ends_at)


def start_operations(crew: Crew, centres: Centres, now: datetime) -> None:
    """Start single operations where a place and a person are free."""
    busy = Counter(
        Operation.objects.filter(
            state__in=(OperationState.RUNNING, OperationState.PAUSED),
            work_centre_id__in=list(centres),
        ).values_list("work_centre_id", flat=True)
    )
    free = [key for key, each in centres.items() if busy[key] < each.n_places]
    ready = (
        Operation.objects.filter(
            state=OperationState.READY, batch_key="", work_centre_id__in=free
        )
        .exclude(kind__in=_ALWAYS_GOES_ON)
        .exclude(work_order_id__in=list_held())
        .order_by("work_order__priority", "due_at", "id")
    )
    for operation in ready[:READY_AT_ONCE]:
        key = operation.work_centre_id or 0
        if busy[key] >= centres[key].n_places:
            continue
        is_able, operator_id = _choose(crew, operation)
        if not is_able:
            continue
        if _try_operation(crew, operation, "start", now, operator_id=operator_id):
            busy[key] += 1
            if operator_id is not None and operation.is_attended:
                crew.free.discard(operator_id)


def _choose(crew: Crew, operation: Operation) -> tuple[bool, int | None]:
    """Say whether somebody can do it now, and who: the one assigned comes first."""
    if operation.operator_id is not None:
        return operation.operator_id in crew.free, operation.operator_id
    if not operation.skill or not crew.has_anybody(operation.skill):
        return True, None
    operator_id = crew.find(operation.skill)
    return operator_id is not None, operator_id


def _try_operation(
    crew: Crew,
    operation: Operation,
    action: str,
    now: datetime,
    *,
    operator_id: int | None = None,
) -> bool:
    report = people.report(
        now, operator_id=operator_id, device=crew.tablet, nonce=crew.next_nonce()
    )
    try:
        operations.perform(operation_id=operation.id, action=action, report=report)
    except DomainError:
        return False
    crew.done[f"operation {action}"] += 1
    return True
