"""Standing orders as the order desk sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import Prefetch

from configurator.selectors.times import local
from orders.models import StandingDay, StandingLine, StandingOrder

LOOKED_AHEAD = 14


def list_standing_orders(*, now: datetime) -> list[StandingOrder]:
    """List all with their lines and the days from today on, in three queries."""
    today = local(now).date()
    days = StandingDay.objects.filter(day__gte=today).select_related("order")
    lines = StandingLine.objects.select_related("product")
    return list(
        StandingOrder.objects.prefetch_related(
            Prefetch("days", queryset=days.order_by("day")),
            Prefetch("lines", queryset=lines.order_by("pk")),
        ).order_by("code")
    )


def list_next_days(standing: StandingOrder, *, now: datetime) -> Iterator[date]:
    """List the wanted days of the next two weeks, tomorrow first."""
    today = local(now).date()
    for n_days in range(1, LOOKED_AHEAD + 1):
        day = today + timedelta(days=n_days)
        if is_wanted(standing, day):
            yield day


def is_wanted(standing: StandingOrder, day: date) -> bool:
    """Say whether a day is one of its weekdays, after its first and before its last."""
    return (
        day.weekday() in standing.weekdays
        and (standing.first_date is None or standing.first_date <= day)
        and (standing.last_date is None or day <= standing.last_date)
    )
