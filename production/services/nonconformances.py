"""What went wrong, written down: open until somebody decides what becomes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from configurator.services.errors import ConflictError
from production.models import BatchMember, Nonconformance, Operation
from production.selectors.nonconformances import map_open, undecided_words
from production.states import Disposition, NonconformanceState


def note(
    *,
    operation: Operation,
    quantity: int,
    reason: str,
    disposition: str,
    now: datetime,
    reported_by: str = "",
) -> Nonconformance:
    """Write down pieces that are wrong; open where nobody has decided yet."""
    found = _new(operation, quantity, reason, disposition, now)
    found.reported_by = found.decided_by = reported_by
    if not disposition:
        found.decided_by = ""
    found.save()
    return found


def note_scrap_of_load(
    *, members: Iterable[BatchMember], reason: str, who: str, now: datetime
) -> None:
    """Write down what members of a load have lost for a reason, each its share."""
    if not reason.strip():
        return
    found = [
        _new(member.operation, member.scrap, reason, Disposition.SCRAP, now)
        for member in members
        if member.scrap
    ]
    for each in found:
        each.reported_by = each.decided_by = who
    Nonconformance.objects.bulk_create(found)


def _new(
    operation: Operation, quantity: int, reason: str, disposition: str, now: datetime
) -> Nonconformance:
    decided = NonconformanceState.DISPOSITIONED
    return Nonconformance(
        work_order_id=operation.work_order_id,
        operation=operation,
        quantity=quantity,
        reason=reason.strip()[:200],
        disposition=disposition,
        state=decided if disposition else NonconformanceState.OPEN,
        created_at=now,
        decided_at=now if disposition else None,
    )


def refuse_undecided(*, operation_ids: Collection[int]) -> None:
    """Keep steps from going on while pieces of them wait for a decision."""
    n_pieces = sum(map_open(operation_ids=operation_ids).values())
    if n_pieces:
        raise ConflictError(
            undecided_words(n_pieces), extra={"legal_moves": ["dispose"]}
        )
