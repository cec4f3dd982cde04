"""The works as customers see them: what goes on under each method, nobody named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from configurator.ports import Glance
from configurator.selectors.releases import find_live_releases
from configurator.selectors.words import in_language
from production.models import Batch, FlowCounter, Line, LineKind, LineSlot, WorkOrder
from production.selectors.line_queue import get_queue
from production.states import (
    ACTIVE_BATCH_STATES,
    LIVE_WORK_ORDER_STATES,
    SlotState,
    WorkOrderState,
)

JOB, BATCH, FLOW, MIXED = "JOB", "BATCH", "FLOW", "MASS_CUSTOMISATION"
KEPT_S = 15
NEXT_SHOWN = 14
MOST_LOADS = 40


def glance(*, now: datetime) -> Mapping[str, Glance]:
    """Look at each method's work; kept for some seconds, whoever asks."""
    key = f"glance:{get_language()}"
    found: Mapping[str, Glance] | None = cache.get(key)
    if found is None:
        looks = (_job(), _batch(), _flow(now), _mixed())
        found = {each.method: each for each in looks if each}
        cache.set(key, found, KEPT_S)
    return found


def _job() -> Glance | None:
    counts = dict(
        WorkOrder.objects.filter(method=JOB, state__in=LIVE_WORK_ORDER_STATES)
        .order_by()
        .values_list("state")
        .annotate(n=Count("id"))
    )
    n_begun = counts.get(WorkOrderState.IN_PROGRESS, 0)
    text = ngettext(
        "%(n)d piece is being worked on by hand.",
        "%(n)d pieces are being worked on by hand.",
        n_begun,
    )
    return Glance(
        JOB,
        text % {"n": n_begun} if n_begun else _("No piece is on a bench right now."),
        figures=(
            (str(n_begun), _("begun")),
            (str(sum(counts.values()) - n_begun), _("waiting")),
        ),
    )


def _batch() -> Glance | None:
    """Tell of the load that most orders share, and of all loads."""
    found = list(
        Batch.objects.filter(state__in=ACTIVE_BATCH_STATES, capacity_milli__gt=0)
        .select_related("work_centre")
        .annotate(n_members=Count("members"))
        .order_by("-n_members", "-load_milli")[:MOST_LOADS]
    )
    if not found:
        return Glance(BATCH, _("No load is being filled right now."))
    first, n_members = found[0], int(found[0].n_members)
    text = ngettext(
        "%(place)s: a load with %(n)d order in it.",
        "%(place)s: a load that %(n)d orders share.",
        n_members,
    )
    share = min(100, first.load_milli * 100 // first.capacity_milli)
    return Glance(
        BATCH,
        text % {"place": in_language(first.work_centre.name), "n": n_members},
        figures=(
            (str(len(found)), ngettext("load", "loads", len(found))),
            (f"{share} %", _("full")),
        ),
        share=share,
    )


def _flow(now: datetime) -> Glance | None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made = FlowCounter.objects.filter(minute_at__gte=midnight).aggregate(n=Sum("good"))
    lines = Line.objects.filter(kind=LineKind.FLOW)
    n_lines = lines.count()
    takt_ms = min(lines.values_list("takt_ms", flat=True), default=0)
    return Glance(
        FLOW,
        _("%(n)d lines, the fastest a bottle every %(takt)s s while it runs.")
        % {"n": n_lines, "takt": f"{takt_ms / 1000:g}"},
        figures=(
            (f"{made['n'] or 0:,}".replace(",", "\u202f"), _("made today")),
            (str(n_lines), _("lines")),
        ),
    )


def _mixed() -> Glance | None:
    """Tell of the fullest flexible line: what stands on it, what comes next."""
    counts = dict(
        LineSlot.objects.filter(state__in=(SlotState.AT_STATION, SlotState.SEQUENCED))
        .order_by()
        .values_list("line_id")
        .annotate(n=Count("id"))
    )
    line_id = max(counts, key=lambda each: counts[each], default=None)
    if line_id is None:
        return Glance(MIXED, _("The lines are empty at the moment."))
    line = Line.objects.select_related("product").get(pk=line_id)
    queue = get_queue(line=line, limit=NEXT_SHOWN)
    on_line = [slot for slot in queue.on_line if slot.station]
    tints = _tints(line)
    colours = [
        str(slot.work_order.line_attributes.get("colour", ""))
        for slot in (*on_line, *queue.waiting)
    ]
    return Glance(
        MIXED,
        _("%(line)s: no two that follow one another need be alike.")
        % {"line": in_language(line.name)},
        figures=(
            (str(len(on_line)), _("on the line")),
            (str(counts[line_id] - len(on_line)), _("waiting")),
        ),
        tints=tuple(tints[each] for each in colours if each in tints)[:NEXT_SHOWN],
    )


def _tints(line: Line) -> dict[str, str]:
    """Give the colours in which a line's units follow one another."""
    slugs = set(
        LineSlot.objects.filter(line=line)
        .values_list("work_order__product__slug", flat=True)
        .distinct()[:3]
    )
    return {
        option.code: option.tint
        for release in find_live_releases(sorted(slugs)).values()
        for each in release.definition.characteristics
        if each.code == line.colour_attribute
        for option in each.options
        if option.tint
    }
