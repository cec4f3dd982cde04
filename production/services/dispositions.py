"""What becomes of pieces that are wrong: decided by quality, done, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import move_one
from production.models import Line, LineSlot, Nonconformance, Operation, WorkOrder
from production.selectors.crews import has_skill
from production.services import boards, insertions, lines
from production.services.lots import QUALITY
from production.services.reports import Report, is_repeated
from production.states import (
    NONCONFORMANCE_MOVES,
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    Disposition,
    NonconformanceState,
    OperationState,
    SlotState,
)

_ON_THE_LINE = (SlotState.LAUNCHED, SlotState.AT_STATION)


class DispositionError(DomainError):
    """The decision is none of the four, or not this person's to make."""


def dispose(
    *, nonconformance_id: int, disposition: str, report: Report
) -> Nonconformance:
    """Decide what becomes of the pieces, and see to it; once for each report.

    Raises
    ------
    IllegalMoveError
        If it was decided before.
    DispositionError
        If the decision is none of the four, or is not this person's to make.
    """
    if disposition not in Disposition.values:
        raise DispositionError(
            _("It is one of %(known)s.") % {"known": ", ".join(Disposition.values)},
            field="disposition",
        )
    with transaction.atomic():
        found = _locked(nonconformance_id)
        if _is_repeated(found, "NONCONFORMANCE_DECIDED", report, decision=disposition):
            return found
        _check_quality(report)
        move_one(
            found,
            to=NonconformanceState.DISPOSITIONED,
            moves=NONCONFORMANCE_MOVES,
            extra_updates={
                "disposition": disposition,
                "decided_by": report.actor,
                "decision": report.reason.strip()[:200],
                "decided_at": report.now,
            },
        )
        _carry_out(found, disposition, report)
    return found


def close(*, nonconformance_id: int, report: Report) -> Nonconformance:
    """Close it: what was decided has been done; once for each report."""
    with transaction.atomic():
        found = _locked(nonconformance_id)
        if not _is_repeated(found, "NONCONFORMANCE_CLOSED", report):
            _check_quality(report)
            move_one(
                found,
                to=NonconformanceState.CLOSED,
                moves=NONCONFORMANCE_MOVES,
                extra_updates={"closed_at": report.now},
            )
    return found


def _is_repeated(
    found: Nonconformance, kind: str, report: Report, **details: str
) -> bool:
    told = {**report.details, "nonconformance": found.pk, **details}
    return is_repeated(
        kind=kind,
        report=replace(report, details=told),
        work_order=found.work_order,
        operation=found.operation,
    )


def _locked(nonconformance_id: int) -> Nonconformance:
    """Lock its line, its work order, then the row itself: every service's order."""
    rows = Nonconformance.objects.filter(id=nonconformance_id)
    orders = WorkOrder.objects.filter(id__in=rows.values("work_order_id"))
    list(Line.objects.select_for_update().filter(id__in=orders.values("line_id")))
    list(orders.select_for_update())
    found = (
        rows.select_for_update(of=("self",))
        .select_related("work_order", "operation__work_centre")
        .first()
    )
    if found is None:
        raise NotFoundError(_("There is no such nonconformance."))
    return found


def _check_quality(report: Report) -> None:
    if report.may_plan or has_skill(operator_id=report.operator_id, skill=QUALITY):
        return
    raise DispositionError(
        _("Only a planner, or somebody with the skill for quality, decides this."),
        field="operator",
    )


def _carry_out(found: Nonconformance, disposition: str, report: Report) -> None:
    operation = found.operation
    if operation is None or operation.state == OperationState.CANCELLED:
        return
    if operation.state not in OPEN_OPERATION_STATES:
        if disposition != Disposition.USE_AS_IS:
            raise ConflictError(
                _("The pieces have gone on from this step."),
                extra={
                    "legal_moves": ["dispose"],
                    "dispositions": [Disposition.USE_AS_IS],
                },
            )
        return
    _EFFECTS[disposition](operation, found.quantity, report)
    boards.touch(work_centre_ids=[operation.work_centre_id])


def _use(operation: Operation, _n_pieces: int, _report: Report) -> None:
    _free(operation)


def _do_again(operation: Operation, n_pieces: int, report: Report) -> None:
    Operation.objects.filter(id=operation.id).update(rework=F("rework") + n_pieces)
    _free(operation)
    insertions.insert_rework(failed=operation, n_pieces=n_pieces, now=report.now)


def _give_up(operation: Operation, n_pieces: int, report: Report) -> None:
    """Count them as lost; what is missing in the end is made again."""
    slot = _slot(operation)
    if slot is not None:
        lines.scrap_from(slot=slot, report=report)
        return
    Operation.objects.filter(id=operation.id).update(scrap=F("scrap") + n_pieces)


_EFFECTS: dict[str, Callable[[Operation, int, Report], None]] = {
    Disposition.USE_AS_IS: _use,
    Disposition.REWORK: _do_again,
    Disposition.SCRAP: _give_up,
    Disposition.RETURN: _give_up,
}


def _slot(operation: Operation) -> LineSlot | None:
    if not operation.station:
        return None
    return LineSlot.objects.filter(
        work_order_id=operation.work_order_id, state__in=_ON_THE_LINE
    ).first()


def _free(operation: Operation) -> None:
    """Let a unit go on that its line kept back for the decision."""
    slot = _slot(operation)
    if slot is None or operation.state != OperationState.BLOCKED:
        return
    move_one(
        operation,
        to=operation.blocked_from,
        moves=OPERATION_MOVES,
        extra_updates={"blocked_from": "", "blocked_reason": ""},
    )
    lines.unblock_unit(slot=slot)
