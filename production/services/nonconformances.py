"""What went wrong: noted, decided what becomes of it, closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.services.errors import DomainError, NotFoundError
from configurator.services.moves import move_one
from production.models import BatchMember, Nonconformance, Operation, WorkOrder
from production.services.reports import Report, is_repeated
from production.states import NONCONFORMANCE_MOVES, NonconformanceState


class Disposition(TextChoices):
    USE_AS_IS = "USE_AS_IS", gettext_lazy("use as it is")
    REWORK = "REWORK", gettext_lazy("do again")
    SCRAP = "SCRAP", gettext_lazy("scrap")
    RETURN = "RETURN", gettext_lazy("send back")


class DispositionError(DomainError):
    """What should become of it is none of the four."""


def note(
    *,
    operation: Operation,
    quantity: int,
    reason: str,
    disposition: str,
    now: datetime,
) -> Nonconformance:
    """Write down pieces that are wrong; open where nobody has decided yet."""
    found = _new(operation, quantity, reason, disposition, now)
    found.save()
    return found


def note_scrap_of_load(
    *, members: Iterable[BatchMember], reason: str, now: datetime
) -> None:
    """Write down what members of a load have lost, each its own share."""
    Nonconformance.objects.bulk_create(
        _new(member.operation, member.scrap, reason, Disposition.SCRAP, now)
        for member in members
        if member.scrap
    )


def _new(
    operation: Operation, quantity: int, reason: str, disposition: str, now: datetime
) -> Nonconformance:
    decided = NonconformanceState.DISPOSITIONED
    return Nonconformance(
        work_order_id=operation.work_order_id,
        operation=operation,
        quantity=quantity,
        reason=reason.strip()[:200] or _("no reason given"),
        disposition=disposition,
        state=decided if disposition else NonconformanceState.OPEN,
        created_at=now,
    )


def dispose(
    *, nonconformance_id: int, disposition: str, report: Report
) -> Nonconformance:
    """Decide what becomes of the pieces; once for each report."""
    if disposition not in Disposition.values:
        raise DispositionError(
            _("It is one of %(known)s.") % {"known": ", ".join(Disposition.values)},
            field="disposition",
        )
    with transaction.atomic():
        found = _locked(nonconformance_id)
        if not _is_repeated(found, "NONCONFORMANCE_DECIDED", report):
            move_one(
                found,
                to=NonconformanceState.DISPOSITIONED,
                moves=NONCONFORMANCE_MOVES,
                extra_updates={"disposition": disposition},
            )
    return found


def close(*, nonconformance_id: int, report: Report) -> Nonconformance:
    """Close it: what was decided has been done; once for each report."""
    with transaction.atomic():
        found = _locked(nonconformance_id)
        if not _is_repeated(found, "NONCONFORMANCE_CLOSED", report):
            move_one(found, to=NonconformanceState.CLOSED, moves=NONCONFORMANCE_MOVES)
    return found


def _is_repeated(found: Nonconformance, kind: str, report: Report) -> bool:
    return is_repeated(
        kind=kind,
        report=report,
        work_order=found.work_order,
        operation=found.operation,
    )


def _locked(nonconformance_id: int) -> Nonconformance:
    """Lock its work order, then the row itself."""
    rows = Nonconformance.objects.filter(id=nonconformance_id)
    orders = WorkOrder.objects.filter(nonconformances__in=rows)
    list(orders.select_for_update(of=("self",)))
    found = rows.select_for_update(of=("self",)).select_related("work_order").first()
    if found is None:
        raise NotFoundError(_("There is no such nonconformance."))
    return found
