"""What a person, a scanner or a machine says happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from production.models import ProductionEvent

_SUBJECTS = ("work_order", "operation", "batch", "slot")


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
    # A planner reports; or nobody does: time, or a simulated shift.
    may_plan: bool = False
    is_automatic: bool = False


class NonceTakenError(ConflictError):
    """A device used one number for two different reports."""

    code = "NONCE_TAKEN"


def is_repeated(*, kind: str, report: Report, **subject: Any) -> bool:
    """Book the report's event; true where the same scan was booked before.

    The event goes in first, in the caller's transaction: of two scans with one
    nonce the database lets one through, whatever happens at the same time.
    """
    if report.nonce is None:
        book_event(kind=kind, report=report, **subject)
        return False
    try:
        with transaction.atomic():
            book_event(kind=kind, report=report, **subject)
    except IntegrityError:
        booked = find_booked(device=report.device, nonce=report.nonce)
        if booked is None:
            raise
        _check_same(booked, kind, subject, report)
        return True
    return False


def _check_same(
    booked: ProductionEvent, kind: str, subject: Mapping[str, Any], report: Report
) -> None:
    """Refuse a number that was used for something else: that report would be lost."""
    named = {
        name.removesuffix("_id"): getattr(value, "pk", value)
        for name, value in subject.items()
        if name.removesuffix("_id") in _SUBJECTS
    }
    said = (report.good or 0, report.scrap, report.reason[:200], dict(report.details))
    is_same = (
        booked.kind == kind
        and (booked.good, booked.scrap, booked.reason, booked.details) == said
        and all(getattr(booked, f"{name}_id") == key for name, key in named.items())
    )
    if not is_same:
        raise NonceTakenError(
            _("This nonce was used for another report: %(kind)s.")
            % {"kind": booked.kind},
            extra={"legal_moves": []},
        )


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


def find_booked(*, device: str, nonce: str) -> ProductionEvent | None:
    """Give the event that a device's number stands for."""
    return ProductionEvent.objects.filter(device=device, nonce=nonce).first()
