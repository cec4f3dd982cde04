"""Figures and times in words, as people on the floor say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.selectors import times
from configurator.selectors.words import in_language
from orders.models import Order
from production.models import Batch, BatchMember, WorkCentre
from production.selectors.faces import configuration_in, kind_of
from production.selectors.wording import duration, plain
from production.states import BatchState

__all__ = [
    "batch_due",
    "centre_words",
    "configuration_in",
    "due_facts",
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


def pieces(n: int) -> str:
    return ngettext("%(n)d piece", "%(n)d pieces", n) % {"n": n}


def batch_due(batch: Batch, now: datetime) -> dict[str, Any]:
    """Give when a load is due; one that was given up is due no more."""
    is_given_up = batch.state in {BatchState.ABORTED, BatchState.DISSOLVED}
    due_at = None if is_given_up else batch.due_at
    return due_facts(due_at, now, done_at=batch.completed_at)


def due_facts(
    due_at: datetime | None, now: datetime, *, done_at: datetime | None = None
) -> dict[str, Any]:
    """Give a due time and how far away it is, or how what is done stood to it."""
    is_late = due_at is not None and due_at < (done_at or now)
    words = due_words(due_at, now)
    if due_at is not None and done_at is not None:
        late = {"time": duration(int((done_at - due_at).total_seconds()))}
        words = _("was late by %(time)s") % late if is_late else _("in time")
    return {"due": words, "due_at": local(due_at), "is_late": is_late}


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
