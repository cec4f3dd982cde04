"""What goes wrong with pieces of an operation: scrap, rework, doubt, a decision."""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from configurator.services.errors import ConflictError
from configurator.services.moves import move_one
from production.models import Operation
from production.services import handing_on, insertions, lines, nonconformances
from production.services.inspections import MEASURED
from production.services.reports import Report
from production.services.steps import (
    OperationError,
    check_running,
    in_hand,
    slot_of,
)
from production.states import (
    OPEN_OPERATION_STATES,
    OPERATION_MOVES,
    MemberState,
    OperationKind,
    OperationState,
)

_ON_THE_LINE = (OperationState.ON_LINE, OperationState.RUNNING)


def scrap(operation: Operation, report: Report) -> None:
    """Count scrap while the operation goes on."""
    check_scrap(operation)
    left = handing_on.count_left(operation=operation)
    if not 1 <= report.scrap <= left:
        text = ngettext(
            "Only %(left)d piece can be scrapped here.",
            "1 to %(left)d pieces can be scrapped here.",
            left,
        )
        raise OperationError(text % {"left": left}, field="scrap")
    _note(operation, report.scrap, report, "SCRAP")
    slot = slot_of(operation)
    if slot is not None and report.scrap == left:
        lines.scrap_from(slot=slot, report=report)
        return
    Operation.objects.filter(id=operation.id).update(scrap=F("scrap") + report.scrap)


def rework(operation: Operation, report: Report) -> None:
    """Count what has to be done again, and put a step for it behind this one."""
    n_pieces = report.good or 1
    if n_pieces > in_hand(operation):
        raise OperationError(_("More rework than there are pieces."), field="good")
    check_running(operation)
    if operation.kind != OperationKind.REWORK:
        Operation.objects.filter(id=operation.id).update(rework=F("rework") + n_pieces)
    _note(operation, n_pieces, report, "REWORK")
    insertions.insert_rework(failed=operation, n_pieces=n_pieces, now=report.now)


def inspect(operation: Operation, report: Report) -> None:
    """Let somebody look at the pieces before the next step."""
    if operation.state not in OPEN_OPERATION_STATES:
        raise ConflictError(
            _("This step is over."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )
    insertions.insert_inspection(doubted=operation, now=report.now)


def reject(operation: Operation, report: Report) -> None:
    """Set pieces aside until quality has decided; a unit on a line waits with them.

    The step is not finished before that. What was measured is said of all of them.
    """
    check_reject(operation)
    left = handing_on.count_left(operation=operation)
    n_pieces = report.good or (left if report.details.get(MEASURED) else 1)
    if n_pieces > left:
        raise OperationError(
            _("Pieces that can be set aside here: %(left)d.") % {"left": left},
            field="good",
        )
    if not report.reason.strip():
        raise OperationError(_("Say what is wrong with them."), field="reason")
    _note(operation, n_pieces, report, "")
    slot = slot_of(operation)
    if slot is not None and operation.state in _ON_THE_LINE:
        move_one(
            operation,
            to=OperationState.BLOCKED,
            moves=OPERATION_MOVES,
            extra_updates={
                "blocked_from": operation.state,
                "blocked_reason": report.reason[:200],
            },
        )
        lines.block_unit(slot=slot, reason=report.reason)


def check_scrap(operation: Operation) -> None:
    """Refuse where nothing can be scrapped now, however much."""
    check_running(operation)
    _refuse_in_batch(
        operation, _("Scrap in a batch is reported when the batch is finished.")
    )
    _check_pieces_left(operation)


def check_reject(operation: Operation) -> None:
    """Refuse where nothing can be set aside now, however much."""
    check_running(operation)
    _refuse_in_batch(operation, _("Finish the batch, then set them aside."))
    _check_pieces_left(operation)


def _check_pieces_left(operation: Operation) -> None:
    """Refuse where every piece is counted, lost or set aside already."""
    if handing_on.count_left(operation=operation) < 1:
        raise OperationError(
            _("Every piece here is counted, lost or set aside already."), status=409
        )


def _refuse_in_batch(operation: Operation, why: str) -> None:
    if operation.memberships.filter(state=MemberState.ACTIVE).exists():
        legal = {"legal_moves": OPERATION_MOVES.legal(OperationState.IN_BATCH)}
        raise OperationError(why, field="scrap", status=409, extra=legal)


def _note(
    operation: Operation, quantity: int, report: Report, disposition: str
) -> None:
    """Write it down where there is a reason: plain loss is what yields reckon with."""
    if disposition and not report.reason.strip():
        return
    nonconformances.note(
        operation=operation,
        quantity=quantity,
        reason=report.reason,
        disposition=disposition,
        now=report.now,
        reported_by=report.actor,
    )
