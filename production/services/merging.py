"""Two batches of one kind become one, as far as the load has room."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move_one
from production.models import Batch
from production.selectors.batch_answers import CHANGING
from production.selectors.reasons import keep_note
from production.services import boards
from production.services.members import (
    active_members,
    add_members,
    release_members,
    weigh,
)
from production.services.membership import BatchMoveError, lock_batch, take_over
from production.services.reports import Report, is_repeated
from production.states import BATCH_MOVES, BatchState


def merge(*, number: str, other: str, report: Report) -> Batch:
    """Let the members of ``other`` join the batch; ``other`` ends as merged."""
    with transaction.atomic():
        batch = lock_batch(number)
        absorbed = _find(batch, other)
        if is_repeated(
            kind="BATCH_MERGE",
            report=report,
            batch=batch,
            work_centre_id=batch.work_centre_id,
        ):
            return batch
        _check_fit(batch, absorbed)
        members = active_members(absorbed)
        operations = [member.operation for member in members]
        ids = [operation.id for operation in operations]
        move_one(absorbed, to=BatchState.MERGED, moves=BATCH_MOVES)
        release_members(batch=absorbed, operation_ids=ids)
        weigh(batch=absorbed)
        take_over(batch)
        reason = keep_note("MERGED", number=absorbed.number)
        add_members(
            batch=batch, operations=operations, reasons=dict.fromkeys(ids, reason)
        )
        batch.fed_by.add(*absorbed.fed_by.all())
        weigh(batch=batch)
        boards.touch(work_centre_ids=[batch.work_centre_id])
    return batch


def _find(batch: Batch, other: str) -> Batch:
    """Lock the other one; the work centre's lock keeps all planners apart."""
    found = (
        Batch.objects.select_for_update(of=("self",))
        .filter(number=other, work_centre_id=batch.work_centre_id)
        .exclude(id=batch.id)
        .first()
    )
    if found is None:
        raise BatchMoveError(
            _("There is no other batch %(number)s at this work centre.")
            % {"number": other},
            field="other",
        )
    return found


def _check_fit(batch: Batch, absorbed: Batch) -> None:
    for each in (batch, absorbed):
        if each.state not in CHANGING:
            raise ConflictError(
                _("Batch %(number)s is %(state)s: only one that still fills up merges.")
                % {"number": each.number, "state": each.get_state_display()},
                extra={"legal_moves": BATCH_MOVES.legal(each.state)},
            )
    if batch.batch_key != absorbed.batch_key:
        raise BatchMoveError(
            _("It is another kind: %(theirs)s, not %(ours)s.")
            % {"theirs": absorbed.batch_key, "ours": batch.batch_key},
            field="other",
        )
    if batch.load_milli + absorbed.load_milli > batch.capacity_milli:
        raise BatchMoveError(_("Together they are more than a load."), field="other")
