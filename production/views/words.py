"""Figures and times in words, as people on the floor say them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors import times
from configurator.selectors.words import in_language
from orders.models import Order
from production.models import WorkCentre


def kind_words(batch_key: str) -> str:
    """Write a batch key for people: "vanilla, standard"."""
    values = [part.partition("=")[2] for part in batch_key.split("|")]
    return ", ".join(plain(value) for value in values if value)


def plain(code: str) -> str:
    """Write a code as words: "FULL_CLEAN" as "full clean"."""
    return code.replace("_", " ").lower()


def pieces(n: int) -> str:
    return ngettext("%(n)d piece", "%(n)d pieces", n) % {"n": n}


def duration(seconds: int) -> str:
    """Write a length of time: "45 s", "12 min", "3 h 20 min", "14 d"."""
    if seconds < 90:
        return _("%(n)d s") % {"n": seconds}
    minutes = round(seconds / 60)
    if minutes < 120:
        return _("%(n)d min") % {"n": minutes}
    if minutes < 48 * 60:
        return _("%(h)d h %(m)02d min") % {"h": minutes // 60, "m": minutes % 60}
    return _("%(n)d d") % {"n": round(minutes / 1440)}


def due_words(due_at: datetime | None, now: datetime) -> str:
    """Say how far away a due time is."""
    if due_at is None:
        return ""
    left = due_at - now
    words = duration(int(abs(left).total_seconds()))
    if left < timedelta(0):
        return _("late by %(time)s") % {"time": words}
    return _("due in %(time)s") % {"time": words}


def local(at: datetime | None) -> str:
    """Write an instant in the site's local time."""
    if at is None:
        return ""
    return formats.date_format(times.local(at), "D j M, H:i")


def centre_words(centre: WorkCentre) -> str:
    name = in_language(centre.name)
    return f"{centre.code} · {name}" if name else centre.code


def needed_words(order: Order) -> str:
    """Say when the customer needs it, or is there for it; mostly nothing."""
    if order.window_from and order.window_to:
        return times.written_window(order.window_from, order.window_to)
    return times.written_day(order.needed_by) if order.needed_by else ""
