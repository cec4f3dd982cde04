"""Paying an order, which confirms it and asks for its release."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import check_move, move_one
from orders.models import Order, OrderEvent, OutboxMessage, Payment
from orders.payments import OUTCOMES, PROVIDERS, SUCCEEDED
from orders.ports import ports
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.signals import order_confirmed
from orders.states import ORDER_MOVES, PAYMENT_MOVES, OrderState, PaymentState


class UnknownProviderError(DomainError):
    """Nobody here takes money by that name."""


class QuotationPendingError(ConflictError):
    """A bespoke line has no agreed price yet."""

    code = "QUOTATION_PENDING"


def record_payment(
    *,
    order_id: int,
    provider: str,
    outcome: str,
    now: datetime,
    actor: str = "customer",
) -> Payment:
    """Charge an order and note how it ended; success confirms the order.

    A declined payment is kept and changes nothing else. An order that is paid
    already gives the payment it was paid with, however often it is asked.
    """
    check_names(provider=provider, outcome=outcome)
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        payments = list(Payment.objects.filter(order=order).order_by("pk"))
        for earlier in payments:
            if earlier.outcome == SUCCEEDED:
                earlier.order = order
                return earlier
        check_payable(order)
        payment = charge_order(
            order=order,
            provider=provider,
            outcome=outcome,
            attempt=len(payments) + 1,
            now=now,
        )
        if payment.outcome == SUCCEEDED:
            confirm_order(order=order, payment=payment, now=now, actor=actor)
        else:
            _event(order, payment, "PAYMENT_DECLINED", now=now, actor=actor).save()
    return payment


def check_names(*, provider: str, outcome: str) -> None:
    """Refuse a provider or an outcome that is not known."""
    if provider not in PROVIDERS:
        raise UnknownProviderError(
            _("There is no payment provider “%(name)s”.") % {"name": provider[:40]},
            field="provider",
        )
    if outcome not in OUTCOMES:
        text = _("A payment ends as one of: %(names)s.")
        raise DomainError(text % {"names": ", ".join(OUTCOMES)}, field="outcome")


def check_payable(order: Order) -> None:
    """Say why an order cannot be paid now, if so."""
    check_move(
        what=order.number,
        from_=order.state,
        to=OrderState.CONFIRMED,
        moves=ORDER_MOVES,
    )
    if order.total_minor is None:
        raise QuotationPendingError(
            _("A quotation of this order has not been accepted yet.")
        )


def charge_order(
    *, order: Order, provider: str, outcome: str, attempt: int, now: datetime
) -> Payment:
    """Ask the provider for the order's total and keep what came of it."""
    amount_minor = order.total_minor or 0
    charge = PROVIDERS[provider].charge(
        order_number=order.number,
        attempt=attempt,
        amount_minor=amount_minor,
        currency=order.currency,
        outcome=outcome,
    )
    return Payment.objects.create(
        order=order,
        provider=provider,
        reference=charge.reference,
        outcome=charge.outcome,
        amount_minor=amount_minor,
        currency=order.currency,
        created_at=now,
    )


def confirm_order(*, order: Order, payment: Payment, now: datetime, actor: str) -> None:
    """Confirm a locked order: its state, its stock and its release are one."""
    check_move(
        what=order.number,
        from_=order.payment_state,
        to=PaymentState.PAID,
        moves=PAYMENT_MOVES,
    )
    paid_from = order.payment_state
    move_one(
        order,
        to=OrderState.CONFIRMED,
        moves=ORDER_MOVES,
        extra_updates={"payment_state": PaymentState.PAID, "confirmed_at": now},
    )
    OutboxMessage.objects.bulk_create(_messages(order, now))
    paid = _event(order, payment, "PAID", now=now, actor=actor)
    paid.from_state, paid.to_state = paid_from, PaymentState.PAID
    confirmed = make_event(
        order_id=order.pk,
        kind="CONFIRMED",
        from_state=OrderState.PLACED,
        to_state=OrderState.CONFIRMED,
        actor=actor,
        now=now,
    )
    OrderEvent.objects.bulk_create([paid, confirmed])
    ports.reserve_stock(order_id=order.pk, now=now)
    transaction.on_commit(partial(_tell_confirmed, [order.pk]))


def _event(
    order: Order, payment: Payment, kind: str, *, now: datetime, actor: str
) -> OrderEvent:
    details = {"reference": payment.reference, "amount_minor": payment.amount_minor}
    return make_event(
        order_id=order.pk, kind=kind, details=details, actor=actor, now=now
    )


def _messages(order: Order, now: datetime) -> list[OutboxMessage]:
    release = outbox.make_message(
        kind=outbox.RELEASE, key=order.number, order_id=order.pk, now=now
    )
    mail = outbox.make_message(
        kind=outbox.MAIL,
        key=f"paid:{order.number}",
        order_id=order.pk,
        payload={"template": "paid"},
        now=now,
    )
    return [release, mail]


def _tell_confirmed(order_ids: Sequence[int]) -> None:
    order_confirmed.send_robust(sender=Order, order_ids=list(order_ids))
