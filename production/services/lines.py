"""Moves on a flexible line: launch, advance, block, remove, re-insert, scrap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from production.models import Line, LineSlot, Operation, Station, WorkOrder
from production.selectors import line_queue
from production.services import boards, completion, sequencing
from production.services.reports import Report, book_event, is_repeated
from production.states import (
    LINE_MOVES,
    SLOT_MOVES,
    LineState,
    OperationState,
    SlotState,
)

_LEFT_TO_DO = (OperationState.ON_LINE, OperationState.RUNNING, OperationState.READY)


class LineError(DomainError):
    """The report does not fit the line; the message says why."""


def launch(*, code: str, report: Report) -> int:
    """Let units from the head of the queue onto the line, up to its WIP limit."""
    with transaction.atomic():
        line = _locked(code)
        if is_repeated(
            kind="LINE_LAUNCH", report=report, work_centre_id=line.work_centre_id
        ):
            return 0
        n_launched = _fill_up(line, report.now)
        boards.touch(work_centre_ids=[line.work_centre_id])
    return n_launched


def advance(*, code: str, report: Report) -> int:
    """Move every unit one station on, the last one off the line; then fill up.

    A blocked unit stays, and so does everything behind it. Gives how many finished.
    """
    with transaction.atomic():
        line = _locked(code)
        if is_repeated(
            kind="LINE_ADVANCE", report=report, work_centre_id=line.work_centre_id
        ):
            return 0
        n_finished, is_blocked = _advance(line, report.now)
        n_launched = _fill_up(line, report.now)
        _tell_state(line, is_blocked=is_blocked, is_empty=n_launched + n_finished == 0)
        Line.objects.filter(id=line.id).update(advanced_at=report.now)
        boards.touch(work_centre_ids=[line.work_centre_id])
    return n_finished


def advance_due(*, now: datetime) -> int:
    """Advance each running line whose takt is over; one step at the most."""
    due = [
        line.code
        for line in Line.objects.filter(
            kind="FLEXIBLE",
            state__in=(LineState.RUNNING, LineState.STARVED, LineState.BLOCKED),
        )
        if line.advanced_at is None
        or now - line.advanced_at >= timedelta(milliseconds=line.takt_ms)
    ]
    for code in due:
        advance(code=code, report=Report(now=now, actor="takt"))
    return len(due)


def set_running(*, code: str, is_running: bool, report: Report) -> Line:
    """Start or stop the line's takt."""
    with transaction.atomic():
        line = _locked(code)
        wanted = LineState.RUNNING if is_running else LineState.STOPPED
        if line.state != wanted:
            move_one(line, to=wanted, moves=LINE_MOVES)
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
    sequencing.sequence(line_id=line.id, now=report.now, cause="unit removed")
    return slot


def reinsert(*, code: str, slot_id: int, report: Report) -> LineSlot:
    """Put a removed unit back into the queue; what was done on it stays done."""
    with transaction.atomic():
        line, slot = _locked_slot(code, slot_id)
        if is_repeated(kind="SLOT_REINSERT", report=report, slot=slot):
            return slot
        move_one(
            slot,
            to=SlotState.SEQUENCED,
            moves=SLOT_MOVES,
            extra_updates={"station": None, "blocked_reason": "", "launched_at": None},
        )
        boards.touch(work_centre_ids=[line.work_centre_id])
    sequencing.sequence(line_id=line.id, now=report.now, cause="unit re-inserted")
    return slot


def set_blocked(*, code: str, slot_id: int, reason: str, report: Report) -> LineSlot:
    """Block a unit where it stands, or lift the block with an empty reason."""
    with transaction.atomic():
        line, slot = _locked_slot(code, slot_id)
        kind = "SLOT_BLOCK" if reason else "SLOT_UNBLOCK"
        if not is_repeated(kind=kind, report=report, slot=slot):
            LineSlot.objects.filter(id=slot.id).update(blocked_reason=reason[:200])
            slot.blocked_reason = reason[:200]
            boards.touch(work_centre_ids=[line.work_centre_id])
    return slot


def scrap_unit(*, slot_id: int, report: Report) -> None:
    """Scrap a unit on the line: it leaves, and a new one is made, expedited."""
    with transaction.atomic():
        code = LineSlot.objects.values_list("line__code", flat=True).get(id=slot_id)
        _line, slot = _locked_slot(code, slot_id)
        if is_repeated(
            kind="SLOT_SCRAP", report=report, slot=slot, work_order=slot.work_order
        ):
            return
        operation = (
            slot.work_order.operations.filter(state__in=_LEFT_TO_DO)
            .order_by("sequence")
            .first()
        )
        _take_out(slot)
        completion.begin(work_order_id=slot.work_order_id, now=report.now)
        if operation is not None:
            operation.scrap, operation.good = operation.planned_quantity, 0
            operation.state, operation.finished_at = OperationState.DONE, report.now
            operation.save(update_fields=["scrap", "good", "state", "finished_at"])
            completion.after_finish(operation=operation, now=report.now)


def _locked(code: str) -> Line:
    line = Line.objects.select_for_update().filter(code=code, kind="FLEXIBLE").first()
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
    Operation.objects.filter(
        work_order_id=slot.work_order_id, state=OperationState.RUNNING
    ).exclude(station="").update(state=OperationState.ON_LINE, started_at=None)
    move_one(
        slot, to=SlotState.REMOVED, moves=SLOT_MOVES, extra_updates={"station": None}
    )


def _fill_up(line: Line, now: datetime) -> int:
    """Launch from the head of the queue while the line has room."""
    n_on_line = LineSlot.objects.filter(
        line=line, state__in=line_queue.ON_THE_LINE
    ).count()
    room = line.wip_limit - n_on_line
    if room <= 0:
        return 0
    waiting = line_queue.get_queue(line=line).waiting
    free = [slot for slot in waiting if not slot.blocked_reason][:room]
    for offset, slot in enumerate(free):
        # Launch times are apart by a microsecond, so that they order the units.
        move_one(
            slot,
            to=SlotState.LAUNCHED,
            moves=SLOT_MOVES,
            extra_updates={"launched_at": now + timedelta(microseconds=offset)},
        )
    completion.begin_all(work_order_ids=[s.work_order_id for s in free], now=now)
    _enter_first(line, now)
    return len(free)


def _enter_first(line: Line, now: datetime) -> None:
    """Put the longest-launched unit to the first station if that is free."""
    stations = list(line.stations.all())
    if not stations:
        raise ConflictError(_("Line %(code)s has no stations.") % {"code": line.code})
    first = stations[0]
    is_taken = LineSlot.objects.filter(
        line=line, state=SlotState.AT_STATION, station=first.position
    ).exists()
    slot = (
        LineSlot.objects.filter(line=line, state=SlotState.LAUNCHED, blocked_reason="")
        .order_by("launched_at", "id")
        .first()
    )
    if slot is not None and not is_taken:
        _place(slot, first, now)


def _place(slot: LineSlot, station: Station, now: datetime) -> None:
    move_one(
        slot,
        to=SlotState.AT_STATION,
        moves=SLOT_MOVES,
        extra_updates={"station": station.position, "moved_at": now},
    )
    Operation.objects.filter(
        work_order_id=slot.work_order_id,
        station=station.code,
        state=OperationState.ON_LINE,
    ).update(state=OperationState.RUNNING, started_at=now, ready_at=now)


def _advance(line: Line, now: datetime) -> tuple[int, bool]:
    stations: Sequence[Station] = list(line.stations.all())
    at = {
        slot.station: slot
        for slot in LineSlot.objects.filter(
            line=line, state=SlotState.AT_STATION
        ).select_related("work_order")
    }
    n_finished, is_blocked = 0, False
    for index in range(len(stations) - 1, -1, -1):
        slot = at.get(stations[index].position)
        if slot is None:
            continue
        onward = stations[index + 1] if index + 1 < len(stations) else None
        if slot.blocked_reason or (onward and onward.position in at):
            is_blocked = is_blocked or bool(slot.blocked_reason)
            continue
        _end_station(slot, stations[index], now)
        if onward is None:
            _leave(slot, now)
            n_finished += 1
        else:
            _place(slot, onward, now)
            at[onward.position] = slot
        del at[stations[index].position]
    return n_finished, is_blocked


def _end_station(slot: LineSlot, station: Station, now: datetime) -> None:
    for operation in Operation.objects.filter(
        work_order_id=slot.work_order_id,
        station=station.code,
        state__in=(OperationState.RUNNING, OperationState.ON_LINE),
    ):
        began = operation.started_at or now
        Operation.objects.filter(id=operation.id).update(
            state=OperationState.DONE,
            good=operation.planned_quantity - operation.scrap,
            finished_at=now,
            actual_run_s=max(0, int((now - began).total_seconds())),
        )


def _leave(slot: LineSlot, now: datetime) -> None:
    """Take a finished unit off the line and let its work order go on."""
    move_one(
        slot,
        to=SlotState.FINISHED,
        moves=SLOT_MOVES,
        extra_updates={"station": None, "finished_at": now},
    )
    WorkOrder.objects.select_for_update().get(id=slot.work_order_id)
    Operation.objects.filter(
        work_order_id=slot.work_order_id, state=OperationState.ON_LINE
    ).update(state=OperationState.SKIPPED)
    finished = (
        Operation.objects.filter(
            work_order_id=slot.work_order_id, state=OperationState.DONE
        )
        .order_by("-sequence")
        .first()
    )
    if finished is not None:
        completion.after_finish(operation=finished, now=now)


def _tell_state(line: Line, *, is_blocked: bool, is_empty: bool) -> None:
    if line.state == LineState.STOPPED:
        return
    n_on_line = LineSlot.objects.filter(
        line=line, state__in=line_queue.ON_THE_LINE
    ).count()
    state = LineState.RUNNING
    if is_blocked:
        state = LineState.BLOCKED
    elif is_empty and n_on_line == 0:
        state = LineState.STARVED
    if state != line.state:
        move_one(line, to=state, moves=LINE_MOVES)
