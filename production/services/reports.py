"""What a person, a scanner or a machine says happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from production.models import ProductionEvent


@dataclass(frozen=True, slots=True)
class Report:
    """One report from the floor; quantities in pieces."""

    now: datetime
    actor: str = ""
    device: str = ""
    nonce: str | None = None
    operator_id: int | None = None
    good: int | None = None
    scrap: int = 0
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def is_repeated(*, kind: str, report: Report, **subject: Any) -> bool:
    """Book the report's event; true where the same scan was booked before.

    The event goes in first, in the caller's transaction: of two scans with one
    nonce the database lets one through, whatever happens at the same time.
    """
    try:
        with transaction.atomic():
            book_event(kind=kind, report=report, **subject)
    except IntegrityError:
        if report.nonce is None or not _is_booked(report):
            raise
        return True
    return False


def book_event(*, kind: str, report: Report, **subject: Any) -> ProductionEvent:
    """Append one event; ``subject`` names its work order, operation, batch, slot."""
    return ProductionEvent.objects.create(
        kind=kind,
        actor=report.actor,
        device=report.device,
        nonce=report.nonce,
        operator_id=report.operator_id,
        good=report.good or 0,
        scrap=report.scrap,
        reason=report.reason[:200],
        details=dict(report.details),
        at=report.now,
        **subject,
    )


def _is_booked(report: Report) -> bool:
    return ProductionEvent.objects.filter(
        device=report.device, nonce=report.nonce
    ).exists()
