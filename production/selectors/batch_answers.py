"""Batches for the API and the board: members and near misses with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from configurator.services.errors import NotFoundError
from production.engine.demand import NEVER_S
from production.models import Batch, BatchMember, Operation, ProductionEvent
from production.selectors.loads import ORIGIN
from production.selectors.reasons import say
from production.states import BatchState, MemberState

# Still filling up: members may come and go.
CHANGING = (BatchState.PROPOSED, BatchState.OPEN)


def find_freeze(*, batch: Batch) -> datetime | None:
    """Say when time alone closes it; none where only a person or a full load does."""
    at_s = batch.reasons.get("freeze_at_s")
    is_open = batch.state in CHANGING and not batch.reasons.get("kept_open")
    if not (is_open and at_s) or at_s >= NEVER_S:
        return None
    return ORIGIN + timedelta(seconds=at_s)


def list_batches(*, state: str = "", work_centre: str = "") -> QuerySet[Batch]:
    """Give the batches that fit the filters; empty ones do not count."""
    wanted = {"state": state, "work_centre__code": work_centre}
    return Batch.objects.filter(
        **{name: value for name, value in wanted.items() if value}
    ).select_related("work_centre", "changeover")


def get_batch(*, number: str) -> Batch:
    """Give one batch with its members."""
    members = BatchMember.objects.exclude(state=MemberState.WITHDRAWN).select_related(
        "operation__work_order__configuration",
        "operation__work_order__order_line__order",
        "operation__work_order__product",
    )
    found = (
        list_batches()
        .filter(number=number)
        .prefetch_related(Prefetch("members", members, to_attr="present"), "fed_by")
        .first()
    )
    if found is None:
        raise NotFoundError(_("There is no batch %(number)s.") % {"number": number})
    return found


def list_mergeable(*, batch: Batch) -> list[Batch]:
    """Give the batches of the same kind that fit in as well."""
    if batch.state not in CHANGING:
        return []
    others = list_batches().filter(
        work_centre_id=batch.work_centre_id,
        batch_key=batch.batch_key,
        state__in=CHANGING,
        load_milli__lte=max(0, batch.capacity_milli - batch.load_milli),
    )
    return list(others.exclude(id=batch.id).order_by("id"))


def is_below_minimum(
    *, batch: Batch, members: Iterable[BatchMember], by_hand: str
) -> bool:
    """Say whether somebody still has to say why so small a load may go.

    What a clock has frozen says so itself.
    """
    is_settled = "below_minimum" in batch.reasons or (
        batch.state == BatchState.FROZEN and batch.frozen_because != by_hand
    )
    if is_settled or batch.state not in (*CHANGING, BatchState.FROZEN):
        return False
    least = (int(each.operation.batch_rule.get("min") or 0) for each in members)
    return batch.load_milli < 1000 * max(least, default=0)


def get_starter(*, batch: Batch) -> str:
    """Name who let it run; "" where nobody has."""
    event = (
        ProductionEvent.objects.filter(batch=batch, kind="BATCH_START")
        .select_related("operator")
        .order_by("id")
        .last()
    )
    if event is None:
        return ""
    return event.operator.name if event.operator else event.actor


def batch_row(batch: Batch) -> dict[str, Any]:
    """Give a batch without its members; loads in the measure's own unit."""
    changeover = getattr(batch, "changeover", None)
    is_limited = batch.capacity_milli < 10**11
    return {
        "number": batch.number,
        "work_centre": batch.work_centre.code,
        "state": batch.state,
        "batch_key": batch.batch_key,
        "measure": batch.measure,
        "load": batch.load_milli / 1000,
        "capacity": batch.capacity_milli / 1000 if is_limited else None,
        "run_s": batch.run_s,
        "position": batch.position,
        "frozen_because": batch.frozen_because or None,
        "due_at": batch.due_at,
        "created_at": batch.created_at,
        "changeover": changeover
        and {
            "state": changeover.state,
            "rule": changeover.rule_code,
            "planned_s": changeover.planned_s,
            "actual_s": changeover.actual_s,
            "signature_skill": changeover.signature_skill or None,
        },
    }


def list_near_misses(*, batch: Batch) -> list[tuple[str | None, str]]:
    """Give the work orders that are nearly in a batch, each with the kept reason."""
    misses = batch.reasons.get("near_misses", [])
    ids = [miss["operation"] for miss in misses]
    numbers = dict(
        Operation.objects.filter(id__in=ids).values_list("id", "work_order__number")
    )
    return [(numbers.get(miss["operation"]), miss["reason"]) for miss in misses]


def batch_answer(batch: Batch) -> dict[str, Any]:
    """Give a batch whole, with the reasons in and out."""
    misses = batch.reasons.get("near_misses", [])
    near = list_near_misses(batch=batch)
    return {
        **batch_row(batch),
        "why": say(batch.reasons.get("why")) or None,
        "below_minimum": batch.reasons.get("below_minimum"),
        "fed_by": [fed.number for fed in batch.fed_by.all()],
        "members": [
            {
                "operation": member.operation_id,
                "work_order": member.operation.work_order.number,
                "state": member.state,
                "quantity": member.quantity,
                "reason": say(member.reason, family=batch.batch_key),
                "good": member.good,
                "scrap": member.scrap,
                "share_run_s": member.share_run_s,
            }
            for member in batch.present  # type: ignore[attr-defined]
        ],
        "near_misses": [
            {**miss, "reason": say(reason), "work_order": number}
            for miss, (number, reason) in zip(misses, near, strict=True)
        ],
    }
