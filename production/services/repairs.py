"""Units that a line's last check sends back: out, in again, and one step anew."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from production.models import LineSlot, Operation, Site
from production.services import insertions, lines
from production.services.reports import Report
from production.states import OperationKind, OperationState, SlotState

REASON = "failed the check"


@dataclass(frozen=True, slots=True)
class Loop:
    """Of the units at the station ``after``, this share goes back to another."""

    after: str
    re_enters: str
    share_bp: int


def map_loops() -> Mapping[str, Loop]:
    """Give the repair loops of the works by their lines."""
    site = Site.objects.order_by("id").first()
    found = site.figures.get("repair_loops", {}) if site else {}
    return {code: Loop(**loop) for code, loop in found.items()}


def send_back(*, loops: Mapping[str, Loop], now: datetime) -> int:
    """Send back, once each, the units whose bad luck it is; their number decides."""
    n_sent = 0
    for code, loop in loops.items():
        there = LineSlot.objects.filter(
            line__code=code,
            state=SlotState.AT_STATION,
            blocked_reason="",
            work_order__operations__station=loop.after,
            work_order__operations__state=OperationState.RUNNING,
        ).exclude(work_order__operations__kind=OperationKind.REWORK)
        for slot in there.select_related("work_order").order_by("id"):
            if zlib.crc32(slot.work_order.number.encode()) % 10_000 < loop.share_bp:
                n_sent += _send_back(code, slot, loop, now)
    return n_sent


def _send_back(code: str, slot: LineSlot, loop: Loop, now: datetime) -> bool:
    """Take it out and put it in again; what was done stays done but for that step."""
    report = Report(now=now, actor="shift", reason=REASON, is_automatic=True)
    steps = Operation.objects.filter(
        work_order_id=slot.work_order_id, station=loop.re_enters
    )
    anew = steps.order_by("sequence").last()
    if anew is None:
        return False
    with transaction.atomic():
        lines.remove(code=code, slot_id=slot.id, report=report)
        insertions.insert_rework(failed=anew, n_pieces=1, now=now)
        lines.reinsert(code=code, slot_id=slot.id, report=report)
    return True
