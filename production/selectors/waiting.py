"""What waits at work centres outside of loads, alike ones as one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, F, Max, Min, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce

from production.engine.demand import Basis
from production.models import Operation
from production.states import OperationKind, OperationState, WorkOrderState

WAITING = (OperationState.WAITING, OperationState.READY, OperationState.BLOCKED)
IN_HAND = (OperationState.SETUP, OperationState.RUNNING, OperationState.PAUSED)
SHARED = (Basis.LOAD, Basis.SHEET, Basis.DELAY)


def but(path: str, line_id: int | None) -> Q:
    """Leave out what is of one line, where there is one to be left out."""
    return ~Q(**{path: line_id}) if line_id is not None else Q()


def list_waiting(*, but_line: int | None) -> Iterable[dict[str, Any]]:
    """Read what waits and what is in hand outside of loads, alike ones as one row.

    ``away_s`` is how long it takes at least until the first of it can be there.
    """
    alike = (
        *("batch_key", "setup_matrix", "setup_family", "basis", "skill"),
        *("load_num", "load_den", "batch_rule__max"),
    )
    in_hand = Q(state__in=IN_HAND, batch_key="")
    rows: Iterable[dict[str, Any]] = (
        Operation.objects.filter(
            Q(state__in=WAITING) | in_hand,
            but("work_order__order_line", but_line),
            work_centre__isnull=False,
            station="",
        )
        .exclude(kind=OperationKind.OUTSIDE)
        .order_by("work_centre__code", "setup_family", "batch_key")
        .values(
            *alike,
            centre=F("work_centre__code"),
            is_planned=Q(work_order__state=WorkOrderState.PLANNED),
        )
        .annotate(
            n_pieces=Sum("planned_quantity"),
            total_s=Sum(F("run_s") + F("setup_s")),
            longest_s=Max(F("run_s") + F("setup_s")),
            latest_release_at=Max("work_order__release_at"),
            away_s=Min(_away_s()),
        )
    )
    return rows


def _away_s() -> Case:
    """Give how long the steps before one take at least that have not begun.

    They are taken as one after the other; nothing of the queues before them counts.
    """
    before = (
        Operation.objects.filter(
            work_order=OuterRef("work_order"),
            sequence__lt=OuterRef("sequence"),
            state__in=(*WAITING, OperationState.IN_BATCH),
        )
        .order_by()
        .values("work_order")
        .annotate(taken_s=Sum(F("setup_s") + F("run_s") + F("min_delay_s")))
        .values("taken_s")
    )
    waits = When(state=OperationState.WAITING, then=Coalesce(Subquery(before), 0))
    return Case(waits, default=0)


def find_work_s(row: Mapping[str, Any]) -> int:
    """Count a load once, whatever shares it; all else adds up."""
    largest = row["batch_rule__max"]
    if not row["batch_key"] or not largest or row["basis"] not in SHARED:
        return int(row["total_s"])
    loads = row["n_pieces"] * row["load_num"]
    n_loads = max(1, -(-loads // (row["load_den"] * int(largest))))
    return int(min(n_loads * row["longest_s"], row["total_s"]))
