"""Effects at payment providers: refunds, and what is given up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import transaction

from configurator.services.moves import move_one
from orders.models import OutboxMessage, PaymentIntent, Refund
from orders.payments.registry import provider_of
from orders.services import outbox
from orders.services.charging import void_charge
from orders.services.events import make_event
from orders.states import REFUND_MOVES, RefundState

MESSAGES_AT_ONCE = 100
Effect = Callable[[OutboxMessage, datetime], None]

log = structlog.get_logger(__name__)


def pay_refunds(
    *, now: datetime, real_now: datetime, limit: int = MESSAGES_AT_ONCE
) -> int:
    """Ask the providers for the refunds that were noted; tells how many."""
    return _carry_out(
        kind=outbox.REFUND, effect=_refund, now=now, real_now=real_now, limit=limit
    )


def void_charges(
    *, now: datetime, real_now: datetime, limit: int = MESSAGES_AT_ONCE
) -> int:
    """Tell the providers which requests were given up; tells how many."""
    return _carry_out(
        kind=outbox.VOID, effect=_void, now=now, real_now=real_now, limit=limit
    )


def _carry_out(
    *, kind: str, effect: Effect, now: datetime, real_now: datetime, limit: int
) -> int:
    """Carry out one message after the other; each is finished right after its effect.

    Whatever one of them raises is noted at it and stops no other. Leases and retries
    have real time: the factory's clock may be moved meanwhile.
    """
    messages = outbox.lease(kind=kind, limit=limit, now=real_now, duration=outbox.LEASE)
    n_done = 0
    for message in messages:
        try:
            effect(message, now)
        except Exception as error:
            log.exception("message_failed", kind=kind, key=message.key)
            text = f"{type(error).__name__}: {error}"
            outbox.fail(message_id=message.pk, error=text, now=real_now)
        else:
            n_done += outbox.finish(messages=[message], now=now)
    return n_done


def _refund(message: OutboxMessage, now: datetime) -> None:
    """Pay a refund back; asked again under its key, no second time."""
    rows = Refund.objects.select_related("payment")
    refund = rows.get(key=message.payload["refund"])
    payment = refund.payment
    reference = provider_of(payment.provider).refund(
        reference=payment.reference,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        key=refund.key,
    )
    if refund.state == RefundState.PAID:
        return
    with transaction.atomic():
        move_one(
            refund,
            to=RefundState.PAID,
            moves=REFUND_MOVES,
            extra_updates={"reference": reference, "settled_at": now},
        )
        make_event(
            order_id=payment.order_id,
            kind="REFUND_PAID",
            from_state=RefundState.ASKED,
            to_state=RefundState.PAID,
            details={"refund": refund.key, "amount_minor": refund.amount_minor},
            now=now,
        ).save()


def _void(message: OutboxMessage, now: datetime) -> None:
    rows = PaymentIntent.objects.select_related("order")
    void_charge(intent=rows.get(pk=message.payload["intent"]), now=now)
