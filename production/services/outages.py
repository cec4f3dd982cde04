"""What stands at a work centre while it is down, and goes on when it is back."""

from __future__ import annotations

from datetime import datetime

from production.models import Line
from production.services import automatic


def go_down(*, work_centre_id: int, now: datetime) -> None:
    """Let what ran there by itself stand still from now on."""
    automatic.stand_still(work_centre_id=work_centre_id, now=now)


def come_back(*, work_centre_id: int, now: datetime) -> None:
    """Let what stood still go on; its line makes up for no takt."""
    automatic.go_on(work_centre_id=work_centre_id, now=now)
    lines = Line.objects.filter(work_centre_id=work_centre_id)
    lines.exclude(advanced_at=None).update(advanced_at=now)
