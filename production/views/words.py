"""Figures and times in words, as people on the floor say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.models import Configuration
from configurator.selectors import times
from configurator.selectors.words import in_language
from orders.models import Order
from production.models import Batch, BatchMember, WorkCentre
from production.selectors.faces import kind_of
from production.selectors.wording import duration, plain

__all__ = [
    "centre_words",
    "configuration_in",
    "due_words",
    "duration",
    "kind_words",
    "local",
    "needed_words",
    "pieces",
    "plain",
]


def kind_words(batch: Batch, members: Sequence[BatchMember]) -> str:
    """Write what a load has in common: "Dough: Vanilla · Diet: standard"."""
    facts = kind_of(batch.batch_key, configuration_in(members))
    return " · ".join(f"{name}: {value}" for name, value in facts)


def configuration_in(members: Sequence[BatchMember]) -> Configuration | None:
    """Give what one of the members is, which tells the names for all of them."""
    return next((each.operation.work_order.configuration for each in members), None)


def pieces(n: int) -> str:
    return ngettext("%(n)d piece", "%(n)d pieces", n) % {"n": n}


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
