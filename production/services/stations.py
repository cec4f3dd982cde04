"""One takt of a flexible line: every unit one station on, then room is filled.

The caller holds the line's lock. Statements do not grow with the number of units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import check_move, move
from production.models import (
    Line,
    LineSlot,
    Operation,
    Station,
    WorkOrder,
    WorkOrderHold,
)
from production.selectors import line_queue
from production.services import by_products, completion
from production.states import (
    OPERATION_MOVES,
    SLOT_MOVES,
    OperationKind,
    OperationState,
    SlotState,
)

Operations = QuerySet[Operation]
_AT = SlotState.AT_STATION
# Positions are moved out of each other's way before they are set anew.
_ASIDE = 10_000
# What a unit says that its line cannot launch; a delivery lifts it.
WAITS_FOR = "waits for "
_OVER = (OperationState.DONE, OperationState.SKIPPED, OperationState.CANCELLED)
_INSERTED = (OperationKind.REWORK, OperationKind.INSPECT)


def advance(*, line: Line, now: datetime) -> tuple[int, bool]:
    """Move units on from the last station back; tell finished, and if one is stuck."""
    stations = _stations(line)
    at = {
        slot.station or 0: slot
        for slot in LineSlot.objects.filter(line=line, state=_AT)
    }
    by_code = {station.position: station.code for station in stations}
    stuck = _list_stuck(at.values())
    again = _list_again(at, by_code, stuck)
    onward = _decide(stations, at, stuck | {slot.id for slot in again})
    is_blocked = bool(stuck)
    _work_again({slot.work_order_id: by_code[slot.station or 0] for slot in again}, now)
    if not onward:
        return 0, is_blocked
    _end_operations(
        {slot.work_order_id: by_code[slot.station or 0] for slot, _to in onward}, now
    )
    moving = {slot: to for slot, to in onward if to is not None}
    leaving = [slot for slot, to in onward if to is None]
    if leaving:
        _leave(leaving, now)
    if moving:
        _move_on(moving, now)
    return len(leaving), is_blocked


def _stations(line: Line) -> Sequence[Station]:
    stations = list(line.stations.all())
    if not stations:
        raise ConflictError(
            _("Line %(code)s has no stations.") % {"code": line.code},
            extra={"legal_moves": []},
        )
    return stations


def _list_stuck(slots: Iterable[LineSlot]) -> set[int]:
    """Give the slots whose unit is blocked or on hold."""
    slots = list(slots)
    held = set(
        WorkOrderHold.objects.filter(
            work_order_id__in=[slot.work_order_id for slot in slots],
            lifted_at__isnull=True,
        ).values_list("work_order_id", flat=True)
    )
    return {s.id for s in slots if s.blocked_reason or s.work_order_id in held}


def _list_again(
    at: Mapping[int, LineSlot], codes: Mapping[int, str], stuck: Collection[int]
) -> list[LineSlot]:
    """Give the units that stay for one more takt: a step was put in where they are."""
    here = {slot.work_order_id: codes[place] for place, slot in at.items()}
    inserted = set(
        Operation.objects.filter(
            work_order_id__in=here,
            kind__in=_INSERTED,
            state=OperationState.ON_LINE,
        ).values_list("work_order_id", "station")
    )
    return [
        slot
        for slot in at.values()
        if slot.id not in stuck
        and (slot.work_order_id, here[slot.work_order_id]) in inserted
    ]


def _work_again(stations: Mapping[int, str], now: datetime) -> None:
    """End what is in hand at these stations and begin what was put in behind it."""
    if not stations:
        return
    _end_operations(stations, now, states=(OperationState.RUNNING,))
    _begin_operations(stations, now)


def _decide(
    stations: Sequence[Station], at: Mapping[int, LineSlot], stay: Collection[int]
) -> list[tuple[LineSlot, Station | None]]:
    """Say who moves where; a unit that stays stops all that stand close behind it."""
    onward: list[tuple[LineSlot, Station | None]] = []
    taken: set[int] = set()
    following: Station | None = None
    for station in reversed(stations):
        slot = at.get(station.position)
        if slot is not None:
            is_free = following is None or following.position not in taken
            if is_free and slot.id not in stay:
                onward.append((slot, following))
                if following is not None:
                    taken.add(following.position)
            else:
                taken.add(station.position)
        following = station
    return onward


def _end_operations(
    stations: Mapping[int, str],
    now: datetime,
    *,
    states: Sequence[str] = (OperationState.RUNNING, OperationState.ON_LINE),
) -> None:
    """End what was done on these work orders at the station that each leaves."""
    ended = [
        operation
        for operation in Operation.objects.filter(
            work_order_id__in=stations,
            station__in=set(stations.values()),
            state__in=states,
        ).only("work_order_id", "station", "started_at")
        if operation.station == stations[operation.work_order_id]
    ]
    if not ended:
        return
    worked = [
        When(id=o.id, then=Value(max(0, int((now - o.started_at).total_seconds()))))
        for o in ended
        if o.started_at is not None
    ]
    seconds = Case(*worked, default=Value(0), output_field=IntegerField())
    move(
        Operation,
        ids=[o.id for o in ended],
        from_=states,
        to=OperationState.DONE,
        moves=OPERATION_MOVES,
        extra_updates={
            "good": F("planned_quantity") - F("scrap"),
            "finished_at": now,
            "actual_run_s": seconds,
        },
    )


def _move_on(moving: Mapping[LineSlot, Station], now: datetime) -> None:
    check_move(what="slot", from_=_AT, to=_AT, moves=SLOT_MOVES)
    ids = [slot.id for slot in moving]
    slots = LineSlot.objects.filter(id__in=ids, state=_AT)
    slots.update(station=F("station") + _ASIDE)
    positions = [
        When(id=slot.id, then=Value(station.position))
        for slot, station in moving.items()
    ]
    slots.update(station=Case(*positions, output_field=IntegerField()), moved_at=now)
    _begin_operations(
        {slot.work_order_id: station.code for slot, station in moving.items()}, now
    )


def _begin_operations(stations: Mapping[int, str], now: datetime) -> None:
    beginning = [
        key
        for key, work_order_id, station in Operation.objects.filter(
            work_order_id__in=stations,
            station__in=set(stations.values()),
            state=OperationState.ON_LINE,
        ).values_list("id", "work_order_id", "station")
        if station == stations[work_order_id]
    ]
    move(
        Operation,
        ids=beginning,
        from_=OperationState.ON_LINE,
        to=OperationState.RUNNING,
        moves=OPERATION_MOVES,
        extra_updates={"started_at": now, "ready_at": now},
    )


def _leave(slots: Sequence[LineSlot], now: datetime) -> None:
    """Take finished units off the line and let their work orders go on."""
    move(
        LineSlot,
        ids=[slot.id for slot in slots],
        from_=_AT,
        to=SlotState.FINISHED,
        moves=SLOT_MOVES,
        extra_updates={"station": None, "finished_at": now},
    )
    ids = sorted(slot.work_order_id for slot in slots)
    list(WorkOrder.objects.select_for_update().filter(id__in=ids).order_by("id"))
    operations = Operation.objects.filter(work_order_id__in=ids)
    move(
        operations,
        from_=OperationState.ON_LINE,
        to=OperationState.SKIPPED,
        moves=OPERATION_MOVES,
    )
    latest = {
        operation.work_order_id: operation
        for operation in operations.filter(state=OperationState.DONE).order_by(
            "sequence"
        )
    }
    giving = operations.filter(state=OperationState.DONE).exclude(by_products=[])
    by_products.settle(operations=giving.select_related("work_order"), now=now)
    completion.after_finish(operations=list(latest.values()), now=now)


def find_next(*, line: Line, work_order_id: int) -> int | None:
    """Give the station where a begun unit's work goes on; none where it begins."""
    steps = Operation.objects.filter(work_order_id=work_order_id).exclude(station="")
    if not steps.filter(state=OperationState.DONE).exists():
        return None
    places = {station.code: station.position for station in _stations(line)}
    left = steps.exclude(state__in=_OVER).values_list("station", flat=True)
    return min(
        (places[code] for code in left if code in places),
        default=max(places.values()),
    )


def fill_up(*, line: Line, now: datetime) -> int:
    """Launch from the head of the queue while the line has room.

    What returns comes in where a gap has reached it; room is kept for what still waits.
    """
    on_line = list(
        LineSlot.objects.filter(line=line, state__in=line_queue.ON_THE_LINE)
        .order_by("launched_at", "id")
        .only("state", "station", "work_order_id", "blocked_reason")
    )
    returning = _come_in_again(line, on_line, now)
    n_free = line.wip_limit - len(on_line) - len(returning)
    head = line_queue.list_head(line=line, n_units=n_free)
    free = _with_materials(head, now)
    for offset, slot in enumerate(free):
        # Launch times are apart by a microsecond, so that they order the units.
        at = now + timedelta(microseconds=offset)
        move(
            LineSlot,
            ids=[slot.id],
            from_=SlotState.SEQUENCED,
            to=SlotState.LAUNCHED,
            moves=SLOT_MOVES,
            extra_updates={"launched_at": at},
        )
        slot.state = SlotState.LAUNCHED
    _enter_first(line, [*on_line, *free], returning, now)
    return len(free)


def _come_in_again(
    line: Line, on_line: list[LineSlot], now: datetime
) -> list[LineSlot]:
    """Put returning units into the gaps at their stations; give those that wait."""
    returning = line_queue.list_returning(line=line)
    taken = {slot.station for slot in on_line}
    back: dict[int, LineSlot] = {}
    for slot in returning[: max(0, line.wip_limit - len(on_line))]:
        if slot.station not in taken:
            back.setdefault(slot.station or 0, slot)
    if not back:
        return returning
    move(
        LineSlot,
        ids=[slot.id for slot in back.values()],
        from_=SlotState.SEQUENCED,
        to=_AT,
        moves=SLOT_MOVES,
        extra_updates={"moved_at": now, "why": ""},
    )
    codes = {station.position: station.code for station in _stations(line)}
    _begin_operations(
        {slot.work_order_id: codes[place] for place, slot in back.items()}, now
    )
    for slot in back.values():
        slot.state = _AT
    on_line.extend(back.values())
    return [slot for slot in returning if slot.state != _AT]


def _with_materials(head: Sequence[LineSlot], now: datetime) -> list[LineSlot]:
    """Begin the units that have their materials; the others wait, and say for what."""
    short = completion.begin_possible(
        work_order_ids=[slot.work_order_id for slot in head], now=now
    )
    for slot in head:
        if slot.work_order_id in short:
            reason = WAITS_FOR + short[slot.work_order_id].item
            LineSlot.objects.filter(id=slot.id).update(blocked_reason=reason)
    return [slot for slot in head if slot.work_order_id not in short]


def _enter_first(
    line: Line,
    slots: Sequence[LineSlot],
    returning: Sequence[LineSlot],
    now: datetime,
) -> None:
    """Put the longest-launched unit to the first station if that is free.

    It stays empty for a takt where no gap is under way yet to a unit that returns.
    """
    stations = _stations(line)
    first = stations[0]
    taken = {slot.station for slot in slots if slot.state == _AT}
    is_kept = first.position in taken or _lacks_gap(stations, taken, returning)
    waiting = [
        s for s in slots if s.state == SlotState.LAUNCHED and not s.blocked_reason
    ]
    if is_kept or not waiting:
        return
    slot = waiting[0]
    n_moved = move(
        LineSlot,
        ids=[slot.id],
        from_=SlotState.LAUNCHED,
        to=_AT,
        moves=SLOT_MOVES,
        extra_updates={"station": first.position, "moved_at": now},
    )
    if n_moved:
        _begin_operations({slot.work_order_id: first.code}, now)


def _lacks_gap(
    stations: Sequence[Station], taken: Collection[int | None], back: Sequence[LineSlot]
) -> bool:
    """Say whether more units return to some station than gaps are under way to it."""
    gaps = [each.position for each in stations[1:] if each.position not in taken]
    places = [slot.station or 0 for slot in back]
    return any(
        sum(gap < place for gap in gaps) < sum(other <= place for other in places)
        for place in places
    )
