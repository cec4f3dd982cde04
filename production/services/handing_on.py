"""Pieces that go on before their step is over: counted, handed on, taken back."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move
from production.models import Operation, ProductionEvent
from production.selectors.nonconformances import map_open
from production.services import boards, readiness
from production.services.reports import Report
from production.services.steps import OperationError, in_hand, refuse_grouped
from production.states import OPERATION_MOVES, OperationKind, OperationState

COUNT = "COUNT"
_AT_WORK = (OperationState.RUNNING, OperationState.PAUSED)


def count(operation: Operation, report: Report) -> None:
    """Count good pieces while the step goes on; enough of them let the next begin."""
    check_count(operation)
    n_pieces = report.good or 0
    left = count_left(operation=operation)
    if not 1 <= n_pieces <= left:
        raise OperationError(
            _("Good pieces that can be counted here now: 1 to %(left)d.")
            % {"left": left},
            field="good",
        )
    Operation.objects.filter(id=operation.id).update(good=F("good") + n_pieces)
    readiness.refresh_ready(work_order_ids=[operation.work_order_id], now=report.now)


def check_count(operation: Operation) -> None:
    """Refuse where no pieces can be counted now, however many."""
    refuse_grouped(operation, "count")
    if operation.state not in _AT_WORK or operation.kind == OperationKind.REWORK:
        raise ConflictError(
            _("Pieces are counted while a step is worked on."),
            extra={"legal_moves": OPERATION_MOVES.legal(operation.state)},
        )


def count_left(*, operation: Operation) -> int:
    """Count the pieces here that are not good, lost or doubted yet."""
    arrived = in_hand(operation)
    for before in _going_on_before(operation):
        arrived = min(arrived, before.good)
    undecided = map_open(operation_ids=[operation.id]).get(operation.id, 0)
    return arrived - operation.good - operation.scrap - undecided


def refuse_more_to_come(*, operation: Operation) -> None:
    """Keep a step from ending while the one before still hands pieces on."""
    for before in _going_on_before(operation):
        raise ConflictError(
            _("Only %(n)d of %(all)d pieces have arrived: the step before goes on.")
            % {"n": before.good, "all": before.planned_quantity},
            extra={"legal_moves": ["count", "pause"]},
        )


def _going_on_before(operation: Operation) -> list[Operation]:
    if not operation.predecessors:
        return []
    before = Operation.objects.filter(
        work_order_id=operation.work_order_id, sequence__in=operation.predecessors
    )
    return list(before.exclude(state__in=readiness.OVER).order_by("sequence"))


def find_undone(*, operation: Operation) -> ProductionEvent | None:
    """Give what an undo takes back: the latest count, else the latest report."""
    if operation.state != OperationState.RUNNING or operation.good == 0:
        return operation.events.order_by("id").last()
    counts = operation.events.filter(kind=COUNT)
    undone = operation.events.filter(corrects__isnull=False).values("corrects_id")
    return counts.exclude(id__in=undone).order_by("id").last()


def refuse_followed(*, operation: Operation) -> None:
    """Keep a count where something has followed it."""
    waiting = (OperationState.WAITING, OperationState.READY, *readiness.OVER)
    if _followers(operation).exclude(state__in=waiting).exists():
        raise ConflictError(
            _("The next step has begun."), extra={"legal_moves": ["finish", "pause"]}
        )


def take_back(*, operation: Operation, event: ProductionEvent) -> None:
    """Take a count back; the caller has seen that nothing has followed it."""
    followers = _followers(operation)
    left = max(0, operation.good - event.good)
    Operation.objects.filter(id=operation.id).update(good=left)
    if left < (operation.transfer_quantity or 0):
        ready = followers.filter(state=OperationState.READY)
        centres = set(ready.values_list("work_centre_id", flat=True))
        ids = list(ready.values_list("id", flat=True))
        move(
            Operation,
            ids=ids,
            from_=OperationState.READY,
            to=OperationState.WAITING,
            moves=OPERATION_MOVES,
            extra_updates={"ready_at": None},
        )
        boards.touch(work_centre_ids=centres)


def _followers(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(
        work_order_id=operation.work_order_id,
        sequence__in=readiness.list_following(operation=operation),
    )
