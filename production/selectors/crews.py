"""People by what they can do, and when each of them works."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime

from configurator.selectors.times import local
from production.engine.calendar import Calendar, closed_on
from production.models import Operator
from production.selectors.calendars import map_by_id, shared


def map_people(*, now: datetime) -> dict[str, list[Calendar]]:
    """Give the calendars of everybody who has a skill, absences taken out.

    Absences that are over make no difference; who has no calendar is left out.
    """
    today = local(now).date().isoformat()
    calendars = map_by_id()
    found: dict[str, list[Calendar]] = defaultdict(list)
    for person in Operator.objects.filter(
        is_active=True, calendar__isnull=False
    ).prefetch_related("skills"):
        calendar = calendars[person.calendar_id or 0]
        away = tuple(
            closed_on(date.fromisoformat(first), date.fromisoformat(latest))
            for first, latest in person.absences
            if latest >= today
        )
        if away:
            exceptions = (*calendar.exceptions, *away)
            calendar = shared(replace(calendar, exceptions=exceptions))
        for skill in person.skills.all():
            found[skill.code].append(calendar)
    return found


def has_skill(*, operator_id: int | None, skill: str) -> bool:
    """Say whether somebody is here, and can do it."""
    people = Operator.objects.filter(id=operator_id or 0, is_active=True)
    return people.filter(skills__code=skill).exists()
