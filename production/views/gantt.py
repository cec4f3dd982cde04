"""The planner's Gantt as plain values: lanes, bars, what stands, what is late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from configurator.selectors import times
from configurator.selectors.words import in_language
from production.selectors.lanes import Bar, Lane, Stretch
from production.views.words import centre_words, due_words, local

WIDTH = 1000
LEAST = 4


def ticks(now: datetime, *, hours: int, step: int) -> list[dict[str, Any]]:
    """Mark the time every so many hours."""
    pattern = "D H:i" if hours > 24 else "H:i"
    return [
        {
            "x": WIDTH * at // hours,
            "label": formats.date_format(
                times.local(now + timedelta(hours=at)), pattern
            ),
        }
        for at in range(0, hours, step)
    ]


def lane_row(lane: Lane, *, now: datetime, hours: int) -> dict[str, Any]:
    """Give a work centre's lane: what it does when, when it is closed or down."""
    code = lane.centre.code
    until = now + timedelta(hours=hours)
    line = getattr(lane.centre, "line", None)
    page = ("production:line", line.code) if line else ("production:board", code)
    shown = [bar for bar in lane.bars if bar.begins_at < until and bar.ends_at >= now]
    begun = min((bar.begins_at for bar in shown), default=now)
    openings = lane.calendar.openings(begun, until)
    return {
        "code": code,
        "name": in_language(lane.centre.name),
        "url": reverse(page[0], args=[page[1]]),
        "free_at": local(lane.free_at),
        "n_late": sum(bar.is_overdue(now) for bar in lane.bars),
        "n_at_risk": sum(_is_at_risk(bar, now) for bar in lane.bars),
        "is_down": lane.down_until is not None,
        "is_stopped": lane.is_stopped,
        "n_hidden": lane.n_hidden,
        "bars": [
            _bar(bar, openings, now, hours, is_still=lane.is_still) for bar in shown
        ],
        "closed": [_span(*each, now, hours) for each in lane.closed(now, until)],
        "down": _span(now, lane.down_until, now, hours) if lane.down_until else None,
    }


def _bar(
    bar: Bar, openings: Sequence[Stretch], now: datetime, hours: int, *, is_still: bool
) -> dict[str, Any]:
    """Give a bar as the pieces in which somebody works, and the thread between them."""
    pieces = bar.cut(openings)
    if bar.ends_at > now:
        pieces = [each for each in pieces if each[1] > now]
    return {
        "thread": _span(bar.begins_at, bar.ends_at, now, hours),
        "pieces": [_span(*piece, now, hours) for piece in pieces],
        "kind": _tone(bar, is_still=is_still),
        "url": _url(bar),
        "words": _bar_words(bar, now, is_still=is_still),
    }


def _tone(bar: Bar, *, is_still: bool) -> str:
    """Name how a bar is drawn: what has begun runs, or stands with its place."""
    if bar.is_begun and is_still:
        return "still"
    if bar.is_late:
        return "late"
    return "running" if bar.is_begun else bar.kind.lower()


def _span(
    begins: datetime, ends: datetime, now: datetime, hours: int
) -> dict[str, Any]:
    """Measure a stretch of time; what is very short can still be seen."""
    whole_s = hours * 3600

    def place(at: datetime) -> int:
        share = (at - now).total_seconds() / whole_s
        return round(WIDTH * min(1.0, max(0.0, share)))

    x = min(place(begins), WIDTH - LEAST)
    return {"x": x, "width": max(LEAST, place(ends) - x)}


def _url(bar: Bar) -> str:
    if bar.kind in {"LINE", "FLOW"}:
        return reverse("production:line", args=[bar.what])
    name = "batch" if bar.what.startswith("B-") else "work-order"
    return reverse(f"production:{name}", args=[bar.what])


def _bar_words(bar: Bar, now: datetime, *, is_still: bool) -> str:
    kinds = {
        "RUNNING": _("%(what)s stands") if is_still else _("%(what)s runs"),
        "CHANGEOVER": _("changeover for %(what)s"),
        "QUEUED": _("%(what)s in the queue"),
        "FILLING": _("%(what)s still fills"),
        "READY": _("%(what)s is ready"),
        "LINE": _("%(n)d units on %(what)s")
        if bar.is_begun
        else _("%(n)d units in the queue of %(what)s"),
        "FLOW": _("%(n)d units that %(what)s makes")
        if bar.is_begun
        else _("%(n)d units that %(what)s is to make"),
    }
    what = kinds[bar.kind] % {"what": bar.what, "n": bar.n_units}
    late = _("late") if bar.is_overdue(now) else ""
    late = _("at risk") if _is_at_risk(bar, now) else late
    when = _("%(begins)s to %(ends)s") % {
        "begins": local(bar.begins_at),
        "ends": local(bar.ends_at),
    }
    return ", ".join(part for part in (what, when, late) if part)


def late_rows(
    found: Sequence[Lane], *, now: datetime, but: Collection[str]
) -> list[dict[str, Any]]:
    """Give steps and loads whose own time is over, though their order's is not.

    Those of ``but`` are told already.
    """
    return [
        _row(bar, lane) | {"words": due_words(bar.due_at, now)}
        for bar, lane in _by_due(found)
        if bar.is_overdue(now) and bar.what not in but
    ]


def risk_rows(found: Sequence[Lane], *, now: datetime) -> list[dict[str, Any]]:
    """Give what is not late yet, but would be as it is planned now."""
    text = _("due %(due)s, planned until %(end)s")
    return [
        _row(bar, lane)
        | {"words": text % {"due": local(bar.due_at), "end": local(bar.ends_at)}}
        for bar, lane in _by_due(found)
        if _is_at_risk(bar, now)
    ]


def _is_at_risk(bar: Bar, now: datetime) -> bool:
    return bar.is_late and not bar.is_overdue(now)


def _by_due(found: Sequence[Lane]) -> list[tuple[Bar, Lane]]:
    pairs = [(bar, lane) for lane in found for bar in lane.bars if bar.due_at]
    return sorted(pairs, key=lambda pair: (str(pair[0].due_at), pair[0].what))


def _row(bar: Bar, lane: Lane) -> dict[str, Any]:
    return {"number": bar.what, "url": _url(bar), "what": centre_words(lane.centre)}
