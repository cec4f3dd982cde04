"""People by what they can do, and when each of them works."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings

from configurator.selectors.times import local
from production.engine.calendar import Calendar, always, closed_on
from production.models import Operator
from production.selectors.calendars import map_by_id, shared


def map_people(*, now: datetime) -> dict[str, list[Calendar]]:
    """Give the hours of everybody who has a skill; who has no calendar is left out."""
    calendars = map_by_id()
    found: dict[str, list[Calendar]] = defaultdict(list)
    for person in Operator.objects.filter(
        is_active=True, calendar__isnull=False
    ).prefetch_related("skills"):
        hours = hours_of(person, calendars, now=now)
        for skill in person.skills.all():
            if hours is not None:
                found[skill.code].append(hours)
    return found


def hours_of(
    person: Operator, calendars: Mapping[int, Calendar], *, now: datetime
) -> Calendar | None:
    """Give when somebody works, absences taken out; nothing where that is always.

    Absences that are over make no difference.
    """
    today = local(now).date().isoformat()
    calendar = calendars.get(person.calendar_id or 0)
    away = tuple(
        closed_on(date.fromisoformat(first), date.fromisoformat(latest))
        for first, latest in person.absences
        if latest >= today
    )
    if not away:
        return calendar
    calendar = calendar or always(settings.SHOP_TIME_ZONE)
    return shared(replace(calendar, exceptions=(*calendar.exceptions, *away)))


def works_again_at(
    person: Operator, calendars: Mapping[int, Calendar], *, now: datetime
) -> datetime | None:
    """Say when somebody works at the soonest; nothing where they never will."""
    if not person.is_active:
        return None
    hours = hours_of(person, calendars, now=now)
    return now if hours is None else hours.find_opening(now)


def has_skill(*, operator_id: int | None, skill: str) -> bool:
    """Say whether somebody is here, and can do it."""
    people = Operator.objects.filter(id=operator_id or 0, is_active=True)
    return people.filter(skills__code=skill).exists()
