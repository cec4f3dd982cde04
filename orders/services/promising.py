"""Promises at risk, broken or told anew, and what their buyers hear of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from configurator.services.moves import move_one
from orders.models import Order, OrderLine, Promise
from orders.ports import DeliveryDates, ports
from orders.selectors.promises import LIVE, Outlook
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.windows import dates_in, fit_window
from orders.states import PROMISE_MOVES, PromiseState, Stage


def promise_anew(
    *, line_id: int, later_by: timedelta, rests_on: str, now: datetime, actor: str
) -> Promise | None:
    """Move a line's due date and its promise; none where nothing was promised.

    Runs in the transaction that changes the plan; the order's history says why.
    """
    line = OrderLine.objects.select_related("product").get(pk=line_id)
    order = lock_order(order_id=line.order_id)
    promise = move_promise(
        order=order, line=line, later_by=later_by, rests_on=rests_on, now=now
    )
    if promise is None:
        return None
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


def go_on(
    *, order: Order, line: OrderLine, stood_from: datetime, now: datetime, actor: str
) -> Promise | None:
    """Move the promise of a line whose customer was thinking by what that has cost.

    The clock stood still; what is lost is working time, so an answer within one night
    costs nothing. None where nothing moves.
    """
    latest = Promise.objects.filter(line=line).order_by("revision").last()
    ready_at = latest.ready_at if latest is not None else line.due_at or now
    goes_on_at = ports.resumption(
        line_id=line.pk, ready_at=ready_at, from_at=stood_from, to_at=now
    )
    if goes_on_at <= ready_at:
        return None
    return _move_on(order, line, goes_on_at - ready_at, now=now, actor=actor)


def send_off(*, order: Order, now: datetime, actor: str) -> None:
    """Promise anew what was made in time and waited for the rest of its price."""
    lines = ports.order_progress(order_ids=[order.pk])[order.pk].lines
    made = [key for key, line in lines.items() if line.stage == Stage.MADE]
    waiting = Promise.objects.filter(line__in=made, state__in=LIVE, ready_at__lt=now)
    for promise in waiting.select_related("line__product").order_by("line"):
        later_by = now - promise.ready_at
        _move_on(order, promise.line, later_by, now=now, actor=actor)


def _move_on(
    order: Order, line: OrderLine, later_by: timedelta, *, now: datetime, actor: str
) -> Promise | None:
    """Move a promise for what its buyer knows of; the order's history tells it.

    What is made for the line is due as much later.
    """
    due_before = line.due_at
    promise = move_promise(order=order, line=line, later_by=later_by, now=now)
    if due_before and line.due_at and line.due_at != due_before:
        ports.postponement(line_id=line.pk, later_by=line.due_at - due_before)
    if promise is not None:
        make_event(
            order_id=order.pk,
            line_id=line.pk,
            kind="PROMISED_ANEW",
            actor=actor,
            details={"delivered_at": promise.delivered_at.isoformat()},
            now=now,
        ).save()
    return promise


def move_promise(
    *,
    order: Order,
    line: OrderLine,
    later_by: timedelta,
    rests_on: str = "",
    now: datetime,
) -> Promise | None:
    """Promise a line of a locked order so much later; none if nothing was promised.

    It leaves with the first departure after it is ready, and arrives as that goes.
    """
    latest = Promise.objects.filter(line=line).order_by("revision").last()
    if latest is None or latest.state not in LIVE:
        _move_due(line, later_by)
        return None
    ready_at = latest.ready_at + later_by
    dates = _find_dates(order, line, ready_at, now)
    if dates is None or line.due_at is None:
        _move_due(line, later_by)
    else:
        _move_due(line, max(dates.due_at - line.due_at, timedelta(0)))
    move_one(latest, to=PromiseState.RE_PROMISED, moves=PROMISE_MOVES)
    return Promise.objects.create(
        line=line,
        revision=latest.revision + 1,
        ready_at=ready_at,
        shipped_at=dates.shipped_at if dates else latest.shipped_at + later_by,
        delivered_at=dates.delivered_at if dates else latest.delivered_at + later_by,
        rests_on=(rests_on or latest.rests_on)[:300],
        created_at=now,
    )


def _find_dates(
    order: Order, line: OrderLine, ready_at: datetime, now: datetime
) -> DeliveryDates | None:
    """Say when what is ready at some time arrives: in the order's window if it can."""
    product = line.product.slug
    if not line.is_download:
        window = fit_window(order=order, product=product, ready_at=ready_at, now=now)
        if window is not None:
            return dates_in(window)
    return ports.delivery_calendar(
        product=product,
        delivery=order.delivery,
        country=order.shipping_address.get("country", ""),
        ready_at=ready_at,
        now=now,
    )


def _move_due(line: OrderLine, later_by: timedelta) -> None:
    if line.due_at is not None and later_by:
        line.due_at += later_by
        line.save(update_fields=["due_at"])


def take_outlooks(*, outlooks: Sequence[Outlook], now: datetime) -> int:
    """Note which promises are at risk, hold again or are broken; tells how many moved.

    Buyers are told once of each promise that is at risk, and once if it is broken.
    """
    current = {
        promise.pk: promise
        for promise in Promise.objects.filter(
            pk__in=[each.promise_id for each in outlooks], state__in=LIVE
        )
    }
    n_moved = 0
    for outlook in outlooks:
        promise = current.get(outlook.promise_id)
        if promise is None or _state_now(promise, outlook, now) == promise.state:
            continue
        with transaction.atomic():
            lock_order(order_id=outlook.order_id)
            latest = Promise.objects.filter(pk=promise.pk, state__in=LIVE).first()
            if latest is not None:
                n_moved += _follow(latest, outlook, now)
    return n_moved


def _state_now(promise: Promise, outlook: Outlook, now: datetime) -> PromiseState:
    if promise.delivered_at < now:
        return PromiseState.BROKEN
    return PromiseState.AT_RISK if outlook.is_late else PromiseState.ACCEPTED


def _follow(promise: Promise, outlook: Outlook, now: datetime) -> int:
    """Move a promise whose order is locked; tells whether there was anything to do."""
    to = _state_now(promise, outlook, now)
    if to == promise.state:
        return 0
    expected = outlook.delivered_at.isoformat() if outlook.delivered_at else ""
    if to == PromiseState.ACCEPTED:
        _move(promise, outlook.order_id, to, "PROMISE_HOLDS", expected, now)
        return 1
    kind = "PROMISE_BROKEN" if to == PromiseState.BROKEN else "PROMISE_AT_RISK"
    _move(promise, outlook.order_id, to, kind, expected, now)
    name = "broken" if to == PromiseState.BROKEN else "late"
    key = f"{name}:{promise.pk}"
    _tell_delay(outlook.order_id, promise.line_id, key=key, now=now, expected=expected)
    return 1


def _move(
    promise: Promise,
    order_id: int,
    to: PromiseState,
    kind: str,
    expected: str,
    now: datetime,
) -> None:
    from_state = promise.state
    move_one(promise, to=to, moves=PROMISE_MOVES)
    details = {"delivered_at": promise.delivered_at.isoformat()}
    if expected:
        details["expected_at"] = expected
    make_event(
        order_id=order_id,
        line_id=promise.line_id,
        kind=kind,
        from_state=from_state,
        to_state=to,
        details=details,
        now=now,
    ).save()


def _tell_delay(
    order_id: int, line_id: int, *, key: str, now: datetime, expected: str = ""
) -> None:
    """Write to the buyer once under this key, with the day expected where known."""
    payload: dict[str, Any] = {"template": "delayed", "line": line_id}
    if expected:
        payload["expected"] = expected
    message = outbox.make_message(
        kind=outbox.MAIL, key=key, order_id=order_id, payload=payload, now=now
    )
    outbox.ask_once(message=message)
