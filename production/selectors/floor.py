"""The floor at a glance: work centres, lines, queues and stock for the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from configurator.selectors.words import in_language
from configurator.services.errors import NotFoundError
from production.models import Line, LineSlot, StockItem, WorkCentre
from production.selectors import calendars, line_queue
from production.selectors.reasons import say
from production.states import OperationState, SlotState, WorkOrderState

_ON_FLOOR = (WorkOrderState.RELEASED, WorkOrderState.IN_PROGRESS)


def list_work_centres() -> QuerySet[WorkCentre]:
    """Give all work centres with how much is ready and running there."""

    def n_in(*states: str) -> Count:
        return Count(
            "operations",
            filter=Q(
                operations__state__in=states,
                operations__work_order__state__in=_ON_FLOOR,
            ),
        )

    return WorkCentre.objects.select_related("site", "line").annotate(
        n_ready=n_in(OperationState.READY, OperationState.IN_BATCH),
        n_running=n_in(OperationState.RUNNING, OperationState.PAUSED),
    )


def get_work_centre(*, code: str) -> WorkCentre:
    found = (
        WorkCentre.objects.select_related("site", "line", "calendar", "skill")
        .filter(code=code)
        .first()
    )
    if found is None:
        raise NotFoundError(_("There is no work centre %(code)s.") % {"code": code})
    return found


def work_centre_answer(centre: WorkCentre) -> dict[str, Any]:
    return {
        "code": centre.code,
        "name": in_language(centre.name),
        "site": centre.site.code,
        "mode": centre.mode,
        "is_up": centre.is_up,
        "n_places": centre.n_places,
        "setup_state": centre.setup_state,
        "n_ready": getattr(centre, "n_ready", 0),
        "n_running": getattr(centre, "n_running", 0),
    }


def list_lines() -> QuerySet[Line]:
    """Give all lines with how many units stand on them and wait."""
    return Line.objects.select_related("work_centre__skill").annotate(
        n_on_line=Count("slots", filter=Q(slots__state__in=line_queue.ON_THE_LINE)),
        n_waiting=Count("slots", filter=Q(slots__state=SlotState.SEQUENCED)),
    )


def get_line(*, code: str) -> Line:
    found = list_lines().filter(code=code).first()
    if found is None:
        raise NotFoundError(_("There is no line %(code)s.") % {"code": code})
    return found


def line_answers(found: Sequence[Line], *, now: datetime) -> list[dict[str, Any]]:
    """Give lines as the API tells them, each with when it opens if it is closed."""
    known = calendars.map_by_id()
    return [
        _line_answer(line)
        | {
            "closed_until": calendars.closed_until(
                calendar=known[line.work_centre.calendar_id], now=now
            )
        }
        for line in found
    ]


def _line_answer(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": in_language(line.name),
        "kind": line.kind,
        "state": line.state,
        "takt_ms": line.takt_ms,
        "wip_limit": line.wip_limit,
        "n_on_line": getattr(line, "n_on_line", 0),
        "n_waiting": getattr(line, "n_waiting", 0),
        "plan_version": line.plan_version,
    }


def queue_answer(*, line: Line, limit: int) -> dict[str, Any]:
    """Give the line's queue: what stands on it first, then what waits."""
    queue = line_queue.get_queue(line=line)
    slots = [*queue.on_line, *queue.returning, *queue.waiting]
    stations = {station.position: station.code for station in line.stations.all()}
    return {
        "results": [
            slot_answer(slot, position=position, stations=stations)
            for position, slot in enumerate(slots[:limit], start=1)
        ],
        "total": len(slots),
        "plan_version": queue.version,
    }


def slot_answer(
    slot: LineSlot, *, position: int, stations: dict[int, str]
) -> dict[str, Any]:
    return {
        "position": position,
        "slot": slot.id,
        "work_order": slot.work_order.number,
        "state": slot.state,
        "station": stations.get(slot.station) if slot.station else None,
        "attributes": slot.work_order.line_attributes,
        "why": slot.blocked_reason or say(slot.why),
    }


def list_stock() -> QuerySet[StockItem]:
    return StockItem.objects.order_by("kind", "code")


def get_stock_item(*, code: str) -> StockItem:
    found = StockItem.objects.filter(code=code).first()
    if found is None:
        raise NotFoundError(_("There is no stock item %(code)s.") % {"code": code})
    return found


def stock_answer(item: StockItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": in_language(item.name),
        "kind": item.kind,
        "unit": item.unit,
        "on_hand": item.on_hand,
        "allocated": item.allocated,
        "held": item.held,
        "available": item.free,
        "reorder_point": item.reorder_point,
    }
