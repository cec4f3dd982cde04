"""Which operation a scanned code means."""

from __future__ import annotations

from django.utils.translation import gettext as _

from production.models import Operation
from production.services.reports import NonceTakenError, find_booked
from production.states import OPEN_OPERATION_STATES, OperationState

# A scanner says the work order; what it can mean depends on what is reported.
_MEANT = {
    "start": (OperationState.READY,),
    "resume": (OperationState.PAUSED,),
    "unblock": (OperationState.BLOCKED,),
    "pause": (OperationState.RUNNING,),
    "finish": (OperationState.RUNNING, OperationState.PAUSED),
    "scrap": (OperationState.RUNNING, OperationState.PAUSED),
}


def find_operation(
    *, code: str, action: str, device: str, nonce: str
) -> Operation | None:
    """Find the operation that a traveller's code means for an action.

    ``W-1-1-1`` is a work order, ``W-1-1-1/20`` one of its operations. A repeated scan
    means what it meant the first time, though the state has moved on since.
    """
    number, _slash, sequence = code.strip().partition("/")
    booked = find_booked(device=device, nonce=nonce)
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
    operations = Operation.objects.filter(work_order__number=number)
    if sequence:
        return (
            operations.filter(sequence=int(sequence)).first()
            if sequence.isascii() and sequence.isdigit() and len(sequence) < 6
            else None
        )
    meant = operations.filter(state__in=_MEANT.get(action, OPEN_OPERATION_STATES))
    found = meant.order_by("sequence").first()
    return found or operations.order_by("-started_at", "sequence").first()
