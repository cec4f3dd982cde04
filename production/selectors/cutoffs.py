"""Until when a customer may change or cancel freely."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from production.engine.calendar import Calendar, Cutoff, always
from production.selectors.calendars import map_calendars


def edit_until(*, window: Mapping[str, Any] | None, now: datetime) -> datetime | None:
    """Say when a routing's edit window closes for an order placed now.

    ``{"minutes": n}`` closes after that time; ``{"cutoff": "15:00", "days": "BAKE"}``
    at the next cut-off of that calendar, in its local time.
    """
    if not window:
        return None
    if "minutes" in window:
        return now + timedelta(minutes=int(window["minutes"]))
    code = str(window.get("days", ""))
    calendar = map_calendars(codes=[code]).get(code) or always()
    return next_cutoff(calendar=calendar, at=str(window["cutoff"]), now=now)


def next_cutoff(*, calendar: Calendar, at: str, now: datetime) -> datetime:
    """Give the next time of day after which work begins within a day.

    Where no shift begins later on the same day, the cut-off is for the next morning:
    on Saturday nobody need hurry for a bakery that is closed on Sunday.
    """
    clock = time.fromisoformat(at)
    is_same_day = any(shift.start > clock for shift in calendar.shifts)
    cutoff = Cutoff(at=clock, days_before=0 if is_same_day else 1)
    return calendar.next_cutoff(now, cutoff)
