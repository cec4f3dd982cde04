"""What stands at a work centre while it is down, and goes on when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from production.models import Line, WorkCentre
from production.selectors.outages import DOWN, UP, find_told
from production.services import automatic, boards
from production.services.reports import Report, is_repeated


def tell(
    *, work_centre_id: int, is_up: bool, report: Report, back_at: datetime | None = None
) -> None:
    """Say that a work centre is down, and until when if anybody knows, or up again.

    One event for each; what is known already is told in vain.
    """
    with transaction.atomic():
        centre = WorkCentre.objects.select_for_update().get(id=work_centre_id)
        was_up, known = centre.is_up, (centre.is_up, centre.back_at)
        back_at = None if is_up else back_at
        told = replace(
            report, details={"back_at": back_at.isoformat()} if back_at else {}
        )
        kind = UP if is_up else DOWN
        says_nothing = known == (is_up, back_at) and (
            is_up or _is_reason_known(centre, report.reason)
        )
        if says_nothing or is_repeated(kind=kind, report=told, work_centre=centre):
            return
        centre.is_up, centre.back_at = is_up, back_at
        centre.save(update_fields=["is_up", "back_at"])
        if is_up:
            _come_back(work_centre_id=centre.id, now=report.now)
        elif was_up:
            _go_down(work_centre_id=centre.id, now=report.now)
        boards.touch(work_centre_ids=[centre.id])


def _is_reason_known(centre: WorkCentre, reason: str) -> bool:
    told = find_told(work_centre=centre)
    return reason in {"", told.reason if told else ""}


def _go_down(*, work_centre_id: int, now: datetime) -> None:
    """Let what ran there by itself stand still from now on."""
    automatic.stand_still(work_centre_id=work_centre_id, now=now)


def _come_back(*, work_centre_id: int, now: datetime) -> None:
    """Let what stood still go on; its line makes up for no takt."""
    automatic.go_on(work_centre_id=work_centre_id, now=now)
    lines = Line.objects.filter(work_centre_id=work_centre_id)
    lines.exclude(advanced_at=None).update(advanced_at=now)
