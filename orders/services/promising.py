"""Promises told anew where the works cannot keep the first ones."""

from datetime import datetime, timedelta

from configurator.services.moves import move_one
from orders.models import OrderLine, Promise
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.states import PROMISE_MOVES, PromiseState

LIVE = (PromiseState.ACCEPTED, PromiseState.AT_RISK)


def promise_anew(
    *, line_id: int, later_by: timedelta, rests_on: str, now: datetime, actor: str
) -> Promise | None:
    """Move a line's due date and its promise; none where nothing was promised.

    Runs in the transaction that changes the plan; the order's history says why.
    """
    line = OrderLine.objects.get(pk=line_id)
    order = lock_order(order_id=line.order_id)
    if line.due_at is not None:
        line.due_at += later_by
        line.save(update_fields=["due_at"])
    latest = Promise.objects.filter(line=line).order_by("revision").last()
    if latest is None or latest.state not in LIVE:
        return None
    move_one(latest, to=PromiseState.RE_PROMISED, moves=PROMISE_MOVES)
    promise = Promise.objects.create(
        line=line,
        revision=latest.revision + 1,
        ready_at=latest.ready_at + later_by,
        shipped_at=latest.shipped_at + later_by,
        delivered_at=latest.delivered_at + later_by,
        rests_on=rests_on[:300],
        created_at=now,
    )
    details = {"delivered_at": promise.delivered_at.isoformat(), "because": rests_on}
    make_event(
        order_id=order.pk,
        line_id=line.pk,
        kind="PROMISED_ANEW",
        actor=actor,
        details=details,
        now=now,
    ).save()
    return promise
