"""Promises told anew where the works cannot keep the first ones, and their buyer."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from configurator.services.moves import move_one
from orders.models import OrderLine, Promise, Proof
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.states import PROMISE_MOVES, OrderState, PromiseState, ProofState

PROMISES_AT_ONCE = 200
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
    _tell_delay(order.pk, line.pk, key=f"delayed:{promise.pk}", now=now)
    return promise


def note_late_promises(*, now: datetime, limit: int = PROMISES_AT_ONCE) -> int:
    """Put promises at risk whose day to ship has passed, and tell their buyers once.

    A line whose proof waits for its buyer's answer is not late. Tells how many are.
    """
    late = list(_late_promises(now).values_list("pk", "line__order")[:limit])
    n_noted = 0
    for promise_id, order_id in late:
        with transaction.atomic():
            lock_order(order_id=order_id)
            promise = _late_promises(now).filter(pk=promise_id).first()
            if promise is None:
                continue
            _put_at_risk(promise, order_id, now)
            n_noted += 1
    return n_noted


def _put_at_risk(promise: Promise, order_id: int, now: datetime) -> None:
    move_one(promise, to=PromiseState.AT_RISK, moves=PROMISE_MOVES)
    make_event(
        order_id=order_id,
        line_id=promise.line_id,
        kind="PROMISE_AT_RISK",
        from_state=PromiseState.ACCEPTED,
        to_state=PromiseState.AT_RISK,
        details={"delivered_at": promise.delivered_at.isoformat()},
        now=now,
    ).save()
    _tell_delay(order_id, promise.line_id, key=f"late:{promise.pk}", now=now)


def _late_promises(now: datetime) -> QuerySet[Promise]:
    waiting = Proof.objects.filter(order_line=OuterRef("line"), state=ProofState.SENT)
    return Promise.objects.filter(
        ~Exists(waiting),
        state=PromiseState.ACCEPTED,
        shipped_at__lt=now,
        line__cancelled_at=None,
        line__shipments=None,
        line__order__state=OrderState.CONFIRMED,
    ).order_by("pk")


def _tell_delay(order_id: int, line_id: int, *, key: str, now: datetime) -> None:
    outbox.make_message(
        kind=outbox.MAIL,
        key=key,
        order_id=order_id,
        payload={"template": "delayed", "line": line_id},
        now=now,
    ).save()
