"""Calendars as rows, read into the engine's working time.

What a row says wrongly stops nothing: the rest of it is planned with, and the planner
is told (``list_faults``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from production.engine.calendar import (
    Calendar,
    CalendarError,
    Shift,
    always,
    closed_on,
    is_zone,
)
from production.models import Calendar as CalendarRow
from production.models import Shift as ShiftRow
from production.models import Site

WITHIN_A_SHIFT_S = 4 * 3600


def get_calendar(*, calendar_id: int) -> Calendar:
    """Read one calendar."""
    rows = CalendarRow.objects.filter(id=calendar_id)
    return next(iter(_read(list(_with_parts(rows))).values()))


def map_calendars(*, codes: Collection[str]) -> dict[str, Calendar]:
    """Read calendars by code, in three queries; unknown codes are left out."""
    rows = CalendarRow.objects.filter(code__in=set(codes))
    return _read(list(_with_parts(rows)))


@dataclass(frozen=True, slots=True)
class Hours:
    """Whether a calendar is open, and if not when it opens, if it ever does."""

    is_open: bool
    opens_at: datetime | None


def get_hours(*, calendar_id: int, now: datetime) -> Hours:
    """Say whether a calendar is open now, and if not when it opens."""
    return _hours(get_calendar(calendar_id=calendar_id), now)


def map_hours(*, now: datetime) -> dict[int, Hours]:
    """Say the same of every calendar, in three queries."""
    return {key: _hours(calendar, now) for key, calendar in map_by_id().items()}


def _hours(calendar: Calendar, now: datetime) -> Hours:
    return Hours(calendar.is_open(now), closed_until(calendar=calendar, now=now))


def closed_until(*, calendar: Calendar, now: datetime) -> datetime | None:
    """Say when what is closed now opens; none while it is open, or if it never does."""
    return None if calendar.is_open(now) else calendar.find_opening(now)


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


def zone_of(row: CalendarRow) -> str:
    """Give the zone of a calendar, or the site's where it names none that exists."""
    return row.zone if is_zone(row.zone) else _site_zone()


def _site_zone() -> str:
    site = Site.objects.order_by("id").first()
    return site.zone if site and is_zone(site.zone) else settings.SHOP_TIME_ZONE


@dataclass(frozen=True, slots=True)
class Fault:
    """What a calendar says wrongly, and what is planned with until it is mended."""

    calendar_id: int
    text: str


def list_faults() -> list[Fault]:
    """List what is wrong with calendars, in the order of their codes."""
    rows = _with_parts(CalendarRow.objects.order_by("code"))
    return [Fault(row.id, text) for row in rows for text in _faults(row)]


def _faults(row: CalendarRow) -> Iterator[str]:
    if not is_zone(row.zone):
        text = _(
            "Calendar %(calendar)s has no time zone: there is no “%(zone)s”; "
            "until then it goes by %(site)s."
        )
        values = {"calendar": row.code, "zone": row.zone, "site": _site_zone()}
        yield text % values
    for shift in row.shifts.all():
        if fault := fault_in_shift(shift):
            values = {"calendar": row.code, "fault": fault}
            yield _("Calendar %(calendar)s: %(fault)s; until then without breaks.") % (
                values
            )


def fault_in_shift(row: ShiftRow) -> str:
    """Say what is wrong with the breaks of a shift; empty where nothing is."""
    try:
        _shift(row, row.breaks)
    except CalendarError as error:
        return str(error)
    except (TypeError, ValueError):
        return _("breaks are pairs of times, as [[“12:00”, “12:30”]]")
    return ""


def _calendar(row: CalendarRow) -> Calendar:
    zone = zone_of(row)
    shifts = tuple(_shift_or_whole(shift) for shift in row.shifts.all())
    closed = sorted(_dates(row))
    return Calendar(
        zone=zone,
        shifts=always(zone).shifts if row.always_open else shifts,
        exceptions=tuple(closed_on(first, last) for first, last in closed),
    )


def _shift_or_whole(row: ShiftRow) -> Shift:
    try:
        return _shift(row, row.breaks)
    except (TypeError, ValueError):
        return _shift(row, ())


def _shift(row: ShiftRow, breaks: Sequence[Any]) -> Shift:
    return Shift(
        weekday=row.weekday,
        start=row.starts,
        end=row.ends,
        breaks=tuple((_clock(start), _clock(end)) for start, end in breaks),
    )


def _dates(row: CalendarRow) -> list[tuple[date, date]]:
    return [(day.from_date, day.to_date) for day in row.closed_days.all()]


def _clock(text: str) -> time:
    return time.fromisoformat(text)
