"""What went wrong with pieces: what waits for a decision, what was decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from production.models import Nonconformance, Operation
from production.states import NonconformanceState, OperationState


def list_nonconformances(*, state: str = "") -> QuerySet[Nonconformance]:
    """Give what went wrong, oldest first."""
    found = Nonconformance.objects.select_related(
        "work_order__configuration__release",
        "work_order__product",
        "operation__work_centre",
    ).order_by("created_at", "id")
    return found.filter(state=state) if state else found


def list_latest(*, state: str, limit: int) -> Sequence[Nonconformance]:
    """Give the latest of a state, newest first."""
    return list(list_nonconformances(state=state).order_by("-id")[:limit])


def count_by_state() -> Mapping[str, int]:
    """Count what is open, decided and closed; a state without any is 0."""
    counted = dict(
        Nonconformance.objects.values_list("state").annotate(n=Count("id")).order_by()
    )
    return {state: counted.get(state, 0) for state in NonconformanceState.values}


def map_open(*, operation_ids: Collection[int]) -> dict[int, int]:
    """Count by step the pieces that wait for a decision, where there are any."""
    found: dict[int, int] = {}
    rows = Nonconformance.objects.filter(
        operation__in=operation_ids, state=NonconformanceState.OPEN
    )
    for key, quantity in rows.values_list("operation_id", "quantity"):
        found[key or 0] = found.get(key or 0, 0) + quantity
    return found


def map_undecided(*, work_order_ids: Collection[int]) -> dict[int, str]:
    """Say of units that are blocked on a line what has to be decided before."""
    if not work_order_ids:
        return {}
    blocked = Operation.objects.filter(
        work_order__in=work_order_ids, state=OperationState.BLOCKED
    )
    steps = dict(blocked.exclude(station="").values_list("id", "work_order_id"))
    counts = map_open(operation_ids=steps).items()
    return {steps[key]: undecided_words(n_pieces) for key, n_pieces in counts}


def undecided_words(n_pieces: int) -> str:
    """Say what keeps a step from going on, and who can change it."""
    text = _("Pieces that wait for a decision by quality: %(n)d. Decide first.")
    return text % {"n": n_pieces}


def nonconformance_row(found: Nonconformance) -> dict[str, Any]:
    """Give one in the shape of the API."""
    operation = found.operation
    centre = operation.work_centre if operation else None
    return {
        "id": found.pk,
        "work_order": found.work_order.number,
        "operation": operation.pk if operation else None,
        "work_centre": centre.code if centre else None,
        "quantity": found.quantity,
        "reason": found.reason,
        "state": found.state,
        "disposition": found.disposition or None,
        "decision": found.decision,
        "reported_by": found.reported_by,
        "decided_by": found.decided_by,
        "created_at": found.created_at,
        "decided_at": found.decided_at,
        "closed_at": found.closed_at,
    }
