"""Which work centres have something new to plan, in six queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.admin.models import LogEntry
from django.db.models import Count, Exists, Max, OuterRef, Sum

from production.models import Batch, Operation, WorkCentre, WorkOrderHold
from production.selectors.loads import seconds
from production.states import BatchState, OperationState

Marks = tuple[tuple[int, ...], ...]
# What was left out waits for a material, say; what is in a load waits for its time.
AT_LEAST_EVERY = {True: timedelta(minutes=10), False: timedelta(minutes=30)}
FILLING = (BatchState.PROPOSED, BatchState.OPEN)
_READY, _BATCHES, _HOLDS, _FIGURES, _COMING, _DOWN = range(6)

# What this process has planned: the marks seen, and when time alone asks for more.
_planned: dict[int, tuple[Marks, datetime, int]] = {}


def map_marks(*, centre_id: int | None = None) -> dict[int, Marks]:
    """Give, for each work centre with something to group, what tells a change."""
    where = {} if centre_id is None else {"work_centre_id": centre_id}
    found: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    ready = (
        Operation.objects.filter(
            state=OperationState.READY,
            work_centre__isnull=False,
            batch_key__gt="",
            **where,
        )
        .order_by()
        .values_list("work_centre_id")
        .annotate(Count("id"), Sum("id"), Sum("planned_quantity"))
    )
    batches = (
        Batch.objects.filter(state__in=FILLING, **where)
        .order_by()
        .values_list("work_centre_id")
        .annotate(Count("id"), Max("id"), Sum("version"))
    )
    for kind, rows in ((_READY, ready), (_BATCHES, batches)):
        for key, *marks in rows:
            found[int(key or 0)].append((kind, *marks))
    if found:
        for key, mark in _map_coming(found).items():
            found[key].append(mark)
        n_holds = WorkOrderHold.objects.filter(lifted_at__isnull=True).count()
        common = ((_HOLDS, n_holds), (_FIGURES, _latest_change()), *_down())
        for each in found.values():
            each.extend(common)
    return {key: tuple(marks) for key, marks in sorted(found.items())}


def _map_coming(centre_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Give what tells that a step before was begun or ended, in early or late.

    It counts where a load of the same kind still fills: elsewhere it changes nothing.
    """
    filling = Batch.objects.filter(
        work_centre=OuterRef("work_centre"),
        batch_key=OuterRef("batch_key"),
        state__in=FILLING,
    )
    rows = Operation.objects.filter(
        Exists(filling),
        state=OperationState.WAITING,
        work_centre_id__in=centre_ids,
        work_order__operations__state=OperationState.RUNNING,
    ).values_list(
        "work_centre_id",
        "id",
        "predecessors",
        "work_order__operations__sequence",
        "work_order__operations__id",
    )
    found: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for centre_id, key, predecessors, sequence, before in rows.order_by():
        if sequence in predecessors:
            found[centre_id or 0].add((key, before))
    return {key: (_COMING, hash(frozenset(each))) for key, each in found.items()}


def _down() -> list[tuple[int, ...]]:
    """Name what is down, and until when: the floor tells it without the admin."""
    rows = WorkCentre.objects.filter(is_up=False).order_by("id")
    return [
        (_DOWN, key, seconds(back_at) if back_at else 0)
        for key, back_at in rows.values_list("id", "back_at")
    ]


def _latest_change() -> int:
    """Name the latest change of the works' figures, which only the admin makes."""
    changes = LogEntry.objects.filter(content_type__app_label="production")
    return changes.aggregate(latest=Max("id"))["latest"] or 0


def is_planned(*, centre_id: int, marks: Marks, now: datetime) -> bool:
    """Say whether nothing has changed and no batch's time has come since."""
    known = _planned.get(centre_id)
    if known is None:
        return False
    seen, planned_at, freeze_at_s = known
    is_left_out = any(kind == _READY for kind, *_figures in seen)
    is_recent = planned_at <= now < planned_at + AT_LEAST_EVERY[is_left_out]
    return seen == marks and is_recent and seconds(now) < freeze_at_s


def note_planned(*, centre_id: int, marks: Marks | None, now: datetime) -> None:
    """Remember what stands there after planning, and when the next freeze is due.

    Without ``marks`` they are read: those from before stand where nothing changed.
    """
    times = [
        int(reasons.get("freeze_at_s", 0))
        for reasons in Batch.objects.filter(
            work_centre_id=centre_id, state__in=FILLING
        ).values_list("reasons", flat=True)
    ]
    if marks is None:
        marks = map_marks(centre_id=centre_id).get(centre_id, ())
    _planned[centre_id] = (marks, now, min(times, default=0))


def forget() -> None:
    """Forget what was planned; tests begin with an empty factory."""
    _planned.clear()
