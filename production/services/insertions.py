"""Steps that the floor puts in: rework after what failed, a look at what is doubted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.states import TimeBasis
from production.models import Operation
from production.services import boards, readiness
from production.states import OPERATION_MOVES, OperationKind, OperationState

# A look at a lot takes so long where nobody has said otherwise.
INSPECTION_S = 300
LEAST_S = 60
NAMES: Mapping[str, Mapping[str, str]] = {
    OperationKind.REWORK: {"en": "Rework: %s", "de": "Nacharbeit: %s"},
    OperationKind.INSPECT: {"en": "Inspection: %s", "de": "Prüfung: %s"},
}
_NOT_BEGUN = (OperationState.WAITING, OperationState.ON_LINE, OperationState.READY)


def insert_rework(*, failed: Operation, n_pieces: int, now: datetime) -> Operation:
    """Put a rework step behind the one that failed; more pieces join one that waits.

    The whole lot goes through it: ``rework`` of it are worked on, the rest passes.
    """
    waiting = _find_waiting(failed, OperationKind.REWORK)
    if waiting is None:
        return _insert(
            failed,
            OperationKind.REWORK,
            run_s=_rework_s(failed, n_pieces),
            n_pieces=n_pieces,
            now=now,
        )
    waiting.rework = min(waiting.rework + n_pieces, waiting.planned_quantity)
    waiting.run_s = _rework_s(failed, waiting.rework)
    waiting.save(update_fields=["rework", "run_s"])
    return waiting


def insert_inspection(*, doubted: Operation, now: datetime) -> Operation:
    """Put a look at the pieces behind a step; one that waits already is enough."""
    check_inspectable(doubted)
    return _insert(
        doubted, OperationKind.INSPECT, run_s=INSPECTION_S, n_pieces=0, now=now
    )


def check_inspectable(doubted: Operation) -> None:
    """Refuse a look after a look: whoever does the step says what is wrong in it."""
    text = ""
    if doubted.is_check:
        text = _(
            "This step is an inspection itself: report in it what is good, and set "
            "aside what is doubted."
        )
    elif _find_waiting(doubted, OperationKind.INSPECT) is not None:
        text = _("An inspection after this step waits already.")
    if text:
        legal = OPERATION_MOVES.legal(doubted.state, but="inspect")
        raise ConflictError(text, extra={"legal_moves": legal})


def _find_waiting(after: Operation, kind: str) -> Operation | None:
    inserted = Operation.objects.filter(
        work_order_id=after.work_order_id,
        kind=kind,
        code=_code(after, kind),
        state__in=_NOT_BEGUN,
    )
    return inserted.order_by("sequence").first()


def _code(after: Operation, kind: str) -> str:
    return f"{kind}-{after.sequence}"


def _rework_s(failed: Operation, n_pieces: int) -> int:
    """Reckon with as long as the pieces took, a load as long as a load."""
    if failed.basis not in (TimeBasis.UNIT, TimeBasis.SHEET):
        return failed.run_s
    share = -(-failed.run_s * n_pieces // max(1, failed.planned_quantity))
    return max(LEAST_S, share)


def _insert(
    after: Operation, kind: OperationKind, *, run_s: int, n_pieces: int, now: datetime
) -> Operation:
    """Write the step; what followed the one before follows the new one instead."""
    siblings = {
        sibling.sequence: sibling
        for sibling in Operation.objects.filter(work_order_id=after.work_order_id)
    }
    sequence = next(n for n in range(after.sequence + 1, 32_000) if n not in siblings)
    made = Operation.objects.create(
        work_order_id=after.work_order_id,
        sequence=sequence,
        code=_code(after, kind),
        name=_name(after, kind),
        kind=kind,
        basis=TimeBasis.FIXED,
        work_centre_id=after.work_centre_id,
        station=after.station,
        state=OperationState.ON_LINE if after.station else OperationState.WAITING,
        predecessors=[after.sequence],
        planned_quantity=after.planned_quantity,
        rework=n_pieces,
        run_s=run_s,
        skill=after.skill,
        due_at=after.due_at,
        inspection=after.inspection,
    )
    for sibling in siblings.values():
        if after.sequence in sibling.predecessors:
            before = {*sibling.predecessors, sequence} - {after.sequence}
            sibling.predecessors = sorted(before)
            sibling.save(update_fields=["predecessors"])
    readiness.refresh_ready(work_order_ids=[after.work_order_id], now=now)
    boards.touch(work_centre_ids=[after.work_centre_id])
    return made


def _name(after: Operation, kind: str) -> dict[str, str]:
    words = NAMES[kind]
    return {
        language: words.get(language, words["en"]) % text
        for language, text in (after.name or {"en": after.code}).items()
    }
