"""Calendars as rows, read into the engine's working time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from functools import lru_cache

from django.db.models import QuerySet

from production.engine.calendar import Calendar, Shift, always, closed_on
from production.models import Calendar as CalendarRow

WITHIN_A_SHIFT_S = 4 * 3600


def get_calendar(*, calendar_id: int) -> Calendar:
    """Read one calendar."""
    rows = CalendarRow.objects.filter(id=calendar_id)
    return next(iter(_read(list(_with_parts(rows))).values()))


def map_calendars(*, codes: Collection[str]) -> dict[str, Calendar]:
    """Read calendars by code, in three queries; unknown codes are left out."""
    rows = CalendarRow.objects.filter(code__in=set(codes))
    return _read(list(_with_parts(rows)))


def worked_s(*, calendar_id: int | None, from_at: datetime, to_at: datetime) -> int:
    """Give the seconds worked between two reports: a night between does not count.

    What is short, or was done outside all working time, counts by the clock.
    """
    wall_s = max(0, int((to_at - from_at).total_seconds()))
    if wall_s <= WITHIN_A_SHIFT_S or calendar_id is None:
        return wall_s
    calendar = get_calendar(calendar_id=calendar_id)
    return calendar.working_seconds_between(from_at, to_at) or wall_s


def map_by_id() -> dict[int, Calendar]:
    """Read every calendar, in three queries."""
    return {
        row.id: shared(_calendar(row)) for row in _with_parts(CalendarRow.objects.all())
    }


@lru_cache(maxsize=256)
def shared(calendar: Calendar) -> Calendar:
    """Give the one copy of an equal calendar, which remembers the days it worked out.

    Equal means equal in content, so a changed row never meets an old answer.
    """
    return calendar


def _with_parts(rows: QuerySet[CalendarRow]) -> QuerySet[CalendarRow]:
    return rows.prefetch_related("shifts", "closed_days")


def _read(rows: Sequence[CalendarRow]) -> dict[str, Calendar]:
    return {row.code: shared(_calendar(row)) for row in rows}


def _calendar(row: CalendarRow) -> Calendar:
    shifts = tuple(
        Shift(
            weekday=shift.weekday,
            start=shift.starts,
            end=shift.ends,
            breaks=tuple((_clock(start), _clock(end)) for start, end in shift.breaks),
        )
        for shift in row.shifts.all()
    )
    closed = sorted(_dates(row))
    return Calendar(
        zone=row.zone,
        shifts=always(row.zone).shifts if row.always_open else shifts,
        exceptions=tuple(closed_on(first, last) for first, last in closed),
    )


def _dates(row: CalendarRow) -> list[tuple[date, date]]:
    return [(day.from_date, day.to_date) for day in row.closed_days.all()]


def _clock(text: str) -> time:
    return time.fromisoformat(text)
