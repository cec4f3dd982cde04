"""What a scanned code means, and doing what is scanned after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from configurator.services.errors import NotFoundError
from production.models import Batch, Operation
from production.services import batches, operations
from production.services.reports import NonceTakenError, Report, find_booked
from production.states import (
    OPEN_OPERATION_STATES,
    SCAN_COMMANDS,
    BatchState,
    OperationState,
)

# A scanner says the work order; what it can mean depends on what is reported.
_MEANT = {
    "start": (OperationState.READY,),
    "resume": (OperationState.PAUSED,),
    "unblock": (OperationState.BLOCKED,),
    "pause": (OperationState.RUNNING,),
    "finish": (OperationState.RUNNING, OperationState.PAUSED),
    "scrap": (OperationState.RUNNING, OperationState.PAUSED),
}
_BATCH_OVER = (
    BatchState.COMPLETED,
    BatchState.DISSOLVED,
    BatchState.ABORTED,
    BatchState.MERGED,
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a code means where it is scanned: a step, or a batch."""

    number: str
    work_centre_id: int | None
    operation: Operation | None = None
    batch: Batch | None = None


def locate(
    *, code: str, command: str, report: Report, work_centre_id: int | None = None
) -> Target:
    """Find what a code means; of several steps one at the given work centre.

    Raises
    ------
    NotFoundError
        If the code names neither a batch nor a work order with steps.
    """
    batch = Batch.objects.filter(number=code.strip()).first()
    if batch is not None:
        return Target(batch.number, batch.work_centre_id, batch=batch)
    operation = find_operation(
        code=code,
        action=SCAN_COMMANDS.get(command, ""),
        device=report.device,
        nonce=report.nonce or "",
        work_centre_id=work_centre_id,
    )
    if operation is None:
        raise NotFoundError(
            _("The code %(code)s names nothing that is worked on.") % {"code": code},
            field="code",
        )
    return Target(
        operation.work_order.number, operation.work_centre_id, operation=operation
    )


def carry_out(*, target: Target, command: str, report: Report) -> None:
    """Do to a step or a batch what one of ``SCAN_COMMANDS`` says."""
    action = SCAN_COMMANDS[command]
    if target.batch is not None:
        if action not in batches.ACTIONS:
            raise NotFoundError(
                _("A batch knows START and DONE; scrap is told when it is done."),
                field="code",
            )
        batches.perform(number=target.number, action=action, report=report)
        return
    operation = target.operation
    if operation is None:
        return
    if action == "start" and operation.state == OperationState.PAUSED:
        action = "resume"
    if action == "scrap":
        report = replace(report, scrap=report.scrap or 1)
    operations.perform(operation_id=operation.id, action=action, report=report)


def is_over(*, target: Target) -> bool:
    """Say whether nothing is left to report on it."""
    if target.batch is not None:
        return target.batch.state in _BATCH_OVER
    state = target.operation.state if target.operation else ""
    return state not in OPEN_OPERATION_STATES


def find_operation(
    *,
    code: str,
    action: str,
    device: str,
    nonce: str,
    work_centre_id: int | None = None,
) -> Operation | None:
    """Find the operation that a traveller's code means for an action.

    ``W-1-1-1`` is a work order, ``W-1-1-1/20`` one of its operations. A repeated scan
    means what it meant the first time, though the state has moved on since. Of several
    that are meant alike, one at the given work centre.
    """
    number, _slash, sequence = code.strip().partition("/")
    booked = find_booked(device=device, nonce=nonce) if nonce else None
    if booked is not None and booked.operation is not None:
        known = booked.operation
        told = known.work_order.number
        if number != told or sequence not in ("", str(known.sequence)):
            raise NonceTakenError(
                _("This nonce was used for a scan of %(number)s.") % {"number": told},
                field="nonce",
                extra={"legal_moves": []},
            )
        return known
    rows = Operation.objects.filter(work_order__number=number)
    found = rows.select_related("work_order")
    if sequence:
        return (
            found.filter(sequence=int(sequence)).first()
            if sequence.isascii() and sequence.isdigit() and len(sequence) < 6
            else None
        )
    meant = found.filter(state__in=_MEANT.get(action, OPEN_OPERATION_STATES))
    here = meant.filter(work_centre_id=work_centre_id).order_by("sequence").first()
    return (
        (here if work_centre_id else None)
        or meant.order_by("sequence").first()
        or found.order_by("-started_at", "sequence").first()
    )
