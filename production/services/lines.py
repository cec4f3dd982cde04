"""Moves on a flexible line: launch, advance, block, remove, re-insert, scrap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move, move_one
from production.engine.calendar import Calendar
from production.models import Line, LineKind, LineSlot, Operation
from production.selectors import calendars, line_queue, reasons
from production.services import (
    boards,
    completion,
    nonconformances,
    sequencing,
    stations,
)
from production.services.reports import Report, book_event, is_repeated
from production.services.steps import check_open, check_up
from production.states import (
    LINE_MOVES,
    OPERATION_MOVES,
    SLOT_MOVES,
    LineState,
    OperationState,
    SlotState,
)

_LEFT_TO_DO = (
    OperationState.ON_LINE,
    OperationState.RUNNING,
    OperationState.READY,
    OperationState.BLOCKED,
)
_MOVING = (LineState.RUNNING, LineState.STARVED, LineState.BLOCKED)
# A clock that runs fast, or a worker that was away: so many takts at one beat.
TAKTS_AT_ONCE = 400

log = structlog.get_logger(__name__)


def launch(*, code: str, report: Report) -> int:
    """Let units from the head of the queue onto the line, up to its WIP limit."""
    with transaction.atomic():
        line = _locked(code)
        if is_repeated(
            kind="LINE_LAUNCH", report=report, work_centre_id=line.work_centre_id
        ):
            return 0
        _check_up(line)
        check_open(_hours(line, report.now), name=line.code, now=report.now)
        n_launched = stations.fill_up(line=line, now=report.now)
        boards.touch(work_centre_ids=[line.work_centre_id])
    return n_launched


def advance(*, code: str, report: Report) -> int:
    """Move every unit one station on, the last one off the line; then fill up.

    A blocked unit stays, and so does everything behind it. Gives how many finished.
    A line that is closed may be run empty, but takes in nothing.
    """
    with transaction.atomic():
        line = _locked(code)
        _check_up(line)
        return _advance(line, report, fills=_hours(line, report.now).is_open)


def _check_up(line: Line) -> None:
    check_up(line.work_centre, legal_moves=LINE_MOVES.legal(line.state))


def _hours(line: Line, now: datetime) -> calendars.Hours:
    return calendars.get_hours(calendar_id=line.work_centre.calendar_id, now=now)


def _advance(line: Line, report: Report, *, fills: bool = True) -> int:
    if is_repeated(
        kind="LINE_ADVANCE", report=report, work_centre_id=line.work_centre_id
    ):
        return 0
    n_finished, is_blocked = stations.advance(line=line, now=report.now)
    if fills:
        stations.fill_up(line=line, now=report.now)
    _tell_state(line, is_blocked=is_blocked)
    Line.objects.filter(id=line.id).update(advanced_at=report.now)
    boards.touch(work_centre_ids=[line.work_centre_id])
    return n_finished


def advance_due(*, now: datetime, known: Mapping[int, Calendar] | None = None) -> int:
    """Advance each running line once for each takt that its working time gave.

    Closed hours do not count; an empty line is not advanced. Gives the units that
    were finished. Who has read the calendars may hand them in.
    """
    running = line_queue.list_with_work(
        lines=Line.objects.filter(
            kind=LineKind.FLEXIBLE, state__in=_MOVING, work_centre__is_up=True
        )
    ).select_related("work_centre")
    n_finished = 0
    due = [line for line in running.order_by("id") if _is_due(line, now)]
    if known is None:
        known = calendars.map_by_id() if due else {}
    for line in due:
        try:
            calendar = known[line.work_centre.calendar_id]
            n_finished += _advance_due(line, calendar, now)
        except DomainError as error:
            # One line that cannot move must not stop the others.
            log.error("line_not_advanced", line=line.code, error=error.message)
    return n_finished


def _is_due(line: Line, now: datetime) -> bool:
    takt = timedelta(milliseconds=line.takt_ms)
    return line.advanced_at is None or line.advanced_at + takt <= now


def _advance_due(line: Line, calendar: Calendar, now: datetime) -> int:
    takt = timedelta(milliseconds=line.takt_ms)
    since = line.advanced_at or now - takt
    worked_s = calendar.working_seconds_between(since, now) + 1  # it counts full ones
    if worked_s * 1000 < line.takt_ms or not line_queue.has_work(line=line):
        return 0
    if not LineSlot.objects.filter(
        line=line, state__in=line_queue.ON_THE_LINE
    ).exists():
        since = now - takt  # an empty line begins anew with what has come
    stretches = calendar.openings(since, now)
    n_finished = 0
    for at in _takts(since, stretches, takt)[-TAKTS_AT_ONCE:]:
        n_finished += _advance_at(line.code, at)
    return n_finished


def _advance_at(code: str, at: datetime) -> int:
    """Advance for one takt unless somebody has advanced for it already."""
    with transaction.atomic():
        line = _locked(code)
        if line.advanced_at is not None and line.advanced_at >= at:
            return 0
        return _advance(line, Report(now=at, actor="takt"))


def _takts(
    since: datetime, stretches: Sequence[tuple[datetime, datetime]], takt: timedelta
) -> list[datetime]:
    """Give the instants at which takts end; one cut off by a break goes on after it."""
    moments = []
    left = takt
    for from_at, to_at in stretches:
        at = max(from_at, since)
        while at + left <= to_at:
            at += left
            moments.append(at)
            left = takt
        left -= to_at - at
    return moments


def set_running(*, code: str, is_running: bool, report: Report) -> Line:
    """Start or stop the line's takt."""
    with transaction.atomic():
        line = _locked(code)
        wanted = LineState.RUNNING if is_running else LineState.STOPPED
        is_moving = line.state in _MOVING
        if is_moving != is_running:
            move_one(
                line,
                to=wanted,
                moves=LINE_MOVES,
                extra_updates={"advanced_at": report.now},
            )
            book_event(
                kind=f"LINE_{wanted}",
                report=report,
                work_centre_id=line.work_centre_id,
            )
        boards.touch(work_centre_ids=[line.work_centre_id])
    return line


def remove(*, code: str, slot_id: int, report: Report) -> LineSlot:
    """Take a unit out of the queue or off the line; the rest is re-planned."""
    with transaction.atomic():
        line, slot = _locked_slot(code, slot_id)
        if is_repeated(kind="SLOT_REMOVE", report=report, slot=slot):
            return slot
        _take_out(slot)
        boards.touch(work_centre_ids=[line.work_centre_id])
    _close_up(line, report, "unit removed")
    return slot


def reinsert(*, code: str, slot_id: int, report: Report) -> LineSlot:
    """Let a removed unit come back; what was done on it stays done.

    One that was begun on comes in again where its work goes on, as soon as a gap gets
    there; any other has its place in the queue.
    """
    with transaction.atomic():
        line, slot = _locked_slot(code, slot_id)
        if is_repeated(kind="SLOT_REINSERT", report=report, slot=slot):
            return slot
        if slot.work_order.state not in line_queue.ON_FLOOR:
            raise ConflictError(
                _("Work order %(number)s is %(state)s and cannot go on the line.")
                % {
                    "number": slot.work_order.number,
                    "state": slot.work_order.get_state_display(),
                },
                extra={"legal_moves": SLOT_MOVES.legal(slot.state, but="reinsert")},
            )
        at = stations.find_next(line=line, work_order_id=slot.work_order_id)
        told: dict[str, Any] = {"launched_at": None}
        if at is not None:
            told = {"why": reasons.keep_note("COMES_BACK", station=at)}
        move_one(
            slot,
            to=SlotState.SEQUENCED,
            moves=SLOT_MOVES,
            extra_updates={"station": at, **told},
        )
        boards.touch(work_centre_ids=[line.work_centre_id])
    _close_up(line, report, "unit re-inserted")
    return slot


def set_blocked(*, code: str, slot_id: int, reason: str, report: Report) -> LineSlot:
    """Block a unit where it stands, or lift the block with an empty reason.

    One that waits in the queue lets all others pass: the rest is re-planned.
    """
    with transaction.atomic():
        line, slot = _locked_slot(code, slot_id)
        kind = "SLOT_BLOCK" if reason else "SLOT_UNBLOCK"
        if not is_repeated(kind=kind, report=report, slot=slot):
            if reason:
                block_unit(slot=slot, reason=reason)
            else:
                blocked = _operations(slot).filter(state=OperationState.BLOCKED)
                ids = list(blocked.values_list("id", flat=True))
                nonconformances.refuse_undecided(operation_ids=ids)
                unblock_unit(slot=slot)
            boards.touch(work_centre_ids=[line.work_centre_id])
    if slot.state == SlotState.SEQUENCED:
        _close_up(line, report, "unit blocked" if reason else "unit free again")
    return slot


def _close_up(line: Line, report: Report, cause: str) -> None:
    """Let the queue close up at once; the planner looks for a better order soon."""
    sequencing.close_up(line_id=line.id, now=report.now, cause=cause)


def block_unit(*, slot: LineSlot, reason: str) -> None:
    """Keep a unit where it stands; the caller holds the line's lock."""
    slot.blocked_reason = reason[:200]
    LineSlot.objects.filter(id=slot.id).update(blocked_reason=slot.blocked_reason)
    _move_steps(
        _operations(slot),
        OperationState.RUNNING,
        OperationState.BLOCKED,
        blocked_from=OperationState.RUNNING,
        blocked_reason=slot.blocked_reason,
    )


def unblock_unit(*, slot: LineSlot) -> None:
    """Let a blocked unit go on; the caller holds the line's lock."""
    slot.blocked_reason = ""
    LineSlot.objects.filter(id=slot.id).update(blocked_reason="")
    for state in (OperationState.RUNNING, OperationState.ON_LINE):
        _move_steps(
            _operations(slot).filter(blocked_from=state),
            OperationState.BLOCKED,
            state,
            blocked_from="",
            blocked_reason="",
        )


def _move_steps(
    rows: stations.Operations, from_: str, to: str, **updates: object
) -> None:
    move(rows, from_=from_, to=to, moves=OPERATION_MOVES, extra_updates=updates)


def scrap_unit(*, slot_id: int, report: Report) -> None:
    """Scrap a unit on the line: it leaves, and a new one is made, expedited."""
    with transaction.atomic():
        code = LineSlot.objects.values_list("line__code", flat=True).get(id=slot_id)
        _line, slot = _locked_slot(code, slot_id)
        if is_repeated(
            kind="SLOT_SCRAP", report=report, slot=slot, work_order=slot.work_order
        ):
            return
        scrap_from(slot=slot, report=report)


def scrap_from(*, slot: LineSlot, report: Report) -> None:
    """Scrap the unit in a slot; the caller holds the line's lock."""
    operations = slot.work_order.operations.filter(state__in=_LEFT_TO_DO)
    busy = operations.exclude(state=OperationState.ON_LINE).order_by("sequence")
    operation = busy.first() or operations.order_by("sequence").first()
    _take_out(slot)
    completion.begin_all(
        work_order_ids=[slot.work_order_id], now=report.now, is_forced=True
    )
    if operation is not None:
        operation.refresh_from_db(fields=["state"])
        lost = {"scrap": operation.planned_quantity, "good": 0}
        move_one(
            operation,
            to=OperationState.DONE,
            moves=OPERATION_MOVES,
            extra_updates={**lost, "finished_at": report.now},
        )
        completion.after_finish(operations=[operation], now=report.now)
    boards.touch(work_centre_ids=[operation.work_centre_id if operation else None])


def _operations(slot: LineSlot) -> stations.Operations:
    return Operation.objects.filter(work_order_id=slot.work_order_id).exclude(
        station=""
    )


def _locked(code: str) -> Line:
    line = (
        Line.objects.select_for_update()
        .filter(code=code, kind=LineKind.FLEXIBLE)
        .first()
    )
    if line is None:
        raise NotFoundError(_("There is no flexible line %(code)s.") % {"code": code})
    return line


def _locked_slot(code: str, slot_id: int) -> tuple[Line, LineSlot]:
    line = _locked(code)
    slot = (
        LineSlot.objects.select_for_update(of=("self",))
        .select_related("work_order")
        .filter(id=slot_id, line=line)
        .first()
    )
    if slot is None:
        raise NotFoundError(_("There is no such unit on this line."))
    return line, slot


def _take_out(slot: LineSlot) -> None:
    unblock_unit(slot=slot)
    _move_steps(
        _operations(slot),
        OperationState.RUNNING,
        OperationState.ON_LINE,
        started_at=None,
    )
    move_one(
        slot, to=SlotState.REMOVED, moves=SLOT_MOVES, extra_updates={"station": None}
    )


def _tell_state(line: Line, *, is_blocked: bool) -> None:
    if line.state not in _MOVING:
        return
    is_empty = not LineSlot.objects.filter(
        line=line, state__in=line_queue.ON_THE_LINE
    ).exists()
    state = LineState.STARVED if is_empty else LineState.RUNNING
    if is_blocked:
        state = LineState.BLOCKED
    if state != line.state:
        move_one(line, to=state, moves=LINE_MOVES)
