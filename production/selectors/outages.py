"""When work centres that are down can be counted on again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce

from production.models import ProductionEvent, WorkCentre

# The kinds of events that tell of it.
DOWN, UP = "DOWN", "UP"
# Where nobody knows when it is back, or that time is over: so long, over and over.
UNTOLD = timedelta(days=1)
# "31 December 9999" is how some write never: no clock counts on from there.
FARTHEST = timedelta(days=3_650)


def known_back(*, back_at: datetime | None, now: datetime) -> datetime | None:
    """Give when something is back; none where nobody knows, or that is over."""
    return back_at if back_at and back_at > now else None


def up_from(*, is_up: bool, back_at: datetime | None, now: datetime) -> datetime:
    """Give from when a plan may count on a work centre: now, where it is up."""
    if is_up:
        return now
    known = known_back(back_at=back_at, now=now)
    return min(known, now + FARTHEST) if known else now + UNTOLD


def find_told(*, work_centre: WorkCentre) -> ProductionEvent | None:
    """Give the latest report of why a work centre is down, if somebody told it.

    Who tells only until when it is down leaves the reason as it was.
    """
    return _list_downs(work_centre).exclude(reason="").order_by("-id").first()


def find_since(*, work_centre: WorkCentre) -> datetime | None:
    """Give when a work centre went down, if somebody told it."""
    first = _list_downs(work_centre).order_by("id").first()
    return first.at if first else None


def _list_downs(work_centre: WorkCentre) -> QuerySet[ProductionEvent]:
    told = ProductionEvent.objects.filter(work_centre=work_centre)
    ups = told.filter(kind=UP).order_by("-id").values("id")[:1]
    return told.filter(kind=DOWN, id__gt=Coalesce(Subquery(ups), 0))
