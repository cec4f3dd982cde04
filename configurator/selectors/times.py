"""Times in words, as the clocks of this shop show them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _


def local(at: datetime) -> datetime:
    """Give an instant as the shop's clocks show it."""
    return at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE))


def written_day(at: datetime | date) -> str:
    """Write a day: "Tuesday, 12 May"."""
    day = local(at).date() if isinstance(at, datetime) else at
    return formats.date_format(day, _("l, j F"))


def written_time(at: datetime, *, now: datetime) -> str:
    """Write a time as people say it: today, tomorrow, else with the day."""
    there, today = local(at), local(now).date()
    clock = formats.date_format(there, "H:i")
    if there.date() == today:
        return _("today at %(clock)s") % {"clock": clock}
    if there.date() == today + timedelta(days=1):
        return _("tomorrow at %(clock)s") % {"clock": clock}
    return _("%(day)s at %(clock)s") % {"day": written_day(at), "clock": clock}


def written_window(from_at: datetime, to_at: datetime) -> str:
    """Write a window of one day: "Tuesday, 12 May, 08:00-10:00"."""
    begins, ends = local(from_at), local(to_at)
    return f"{written_day(from_at)}, {begins:%H:%M}\N{EN DASH}{ends:%H:%M}"
