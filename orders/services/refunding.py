"""Giving money back: noted with its cause, asked of the provider after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import illegal, move_one
from orders.models import Order, OutboxMessage, Payment, Refund
from orders.selectors.balances import balance_of
from orders.services import outbox
from orders.services.events import make_event
from orders.services.issuing import ask_credit
from orders.services.locking import lock_order
from orders.states import (
    PAYMENT_MOVES,
    PaymentOutcome,
    PaymentPurpose,
    PaymentState,
    RefundKind,
)

SETTLED = (PaymentState.PAID, PaymentState.PART_REFUNDED)


class RefundTooLargeError(ConflictError):
    """More would go back than came."""

    code = "REFUND_TOO_LARGE"


def refund_part(
    *, order_id: int, amount_minor: int, now: datetime, actor: str
) -> list[Refund]:
    """Give part of a paid order's money back out of goodwill."""
    if amount_minor < 1:
        raise DomainError(_("The amount must be above zero."), field="amount_minor")
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        if order.payment_state not in SETTLED:
            raise illegal(
                what=order.number,
                from_=order.payment_state,
                to=PaymentState.PART_REFUNDED,
                moves=PAYMENT_MOVES,
            )
        payments = list_payments(order)
        left_minor = sum(_left(payments).values())
        if amount_minor > left_minor:
            raise RefundTooLargeError(
                _("At most %(most)s can go back.") % {"most": left_minor},
                field="amount_minor",
                extra={"most_minor": left_minor},
            )
        refunds = give_back(
            payments=payments,
            order=order,
            amount_minor=amount_minor,
            kind=RefundKind.GOODWILL,
            now=now,
        )
        is_whole = amount_minor == left_minor
        _note(order, refunds, is_whole=is_whole, now=now, actor=actor)
        ask_credit(
            order=order, key=refunds[0].key, amount_minor=amount_minor, now=now
        ).save()
    return refunds


def refund_cancelled(
    *, order: Order, total_minor: int, is_whole: bool, now: datetime, actor: str
) -> list[Refund]:
    """Give back what a locked order was paid beyond its new total.

    Where a deposit covers what is left, nothing more is due; where a change made it
    dearer than what was paid, a balance is.
    """
    payments = list_payments(order)
    beyond = max(0, order.paid_minor - total_minor)
    amount_minor = min(beyond, sum(_left(payments).values()))
    if amount_minor == 0:
        _settle_balance(order, total_minor, now=now, actor=actor)
        return []
    refunds = give_back(
        payments=payments,
        order=order,
        amount_minor=amount_minor,
        kind=RefundKind.CANCELLED,
        now=now,
    )
    order.paid_minor -= beyond
    order.save(update_fields=["paid_minor"])
    _note(order, refunds, is_whole=is_whole, now=now, actor=actor)
    return refunds


def give_back(
    *,
    payments: Sequence[Payment],
    order: Order,
    amount_minor: int,
    kind: RefundKind,
    now: datetime,
) -> list[Refund]:
    """Write refunds out of a locked order's payments, the latest first."""
    n_before = Refund.objects.filter(payment__order=order).count()
    left = _left(payments)
    refunds: list[Refund] = []
    for payment in reversed(payments):
        part_minor = min(amount_minor, left[payment.pk])
        if part_minor == 0:
            continue
        amount_minor -= part_minor
        number = n_before + len(refunds) + 1
        refunds.append(
            Refund(
                payment=payment,
                key=f"{order.number}-R{number}",
                kind=kind,
                amount_minor=part_minor,
                currency=payment.currency,
                created_at=now,
            )
        )
    Refund.objects.bulk_create(refunds)
    OutboxMessage.objects.bulk_create(
        outbox.make_message(
            kind=outbox.REFUND,
            key=refund.key,
            order_id=order.pk,
            payload={"refund": refund.key},
            now=now,
        )
        for refund in refunds
    )
    return refunds


def move_payment(
    *,
    order: Order,
    to: PaymentState,
    kind: str,
    now: datetime,
    actor: str,
    details: Mapping[str, Any] | None = None,
    **updates: Any,
) -> None:
    """Move the payment of a locked order and write the event of it."""
    from_ = order.payment_state
    move_one(
        order,
        to=to,
        moves=PAYMENT_MOVES,
        field="payment_state",
        extra_updates=updates,
    )
    make_event(
        order_id=order.pk,
        kind=kind,
        from_state=from_,
        to_state=to,
        details=details,
        actor=actor,
        now=now,
    ).save()


def list_payments(order: Order) -> list[Payment]:
    """List what was taken towards an order."""
    rows = Payment.objects.filter(order=order, outcome=PaymentOutcome.SUCCEEDED)
    return list(rows.exclude(purpose=PaymentPurpose.SURPLUS).order_by("pk"))


def _left(payments: Sequence[Payment]) -> dict[int, int]:
    """Tell what each payment can still give back."""
    rows = Refund.objects.filter(payment__in=[payment.pk for payment in payments])
    given = dict(rows.values_list("payment").annotate(sum=Sum("amount_minor")))
    return {each.pk: each.amount_minor - given.get(each.pk, 0) for each in payments}


def _settle_balance(
    order: Order, total_minor: int, *, now: datetime, actor: str
) -> None:
    is_part_paid = order.payment_state == PaymentState.PART_PAID
    if is_part_paid and order.paid_minor >= total_minor > 0:
        move_payment(
            order=order, to=PaymentState.PAID, kind="PAID", now=now, actor=actor
        )
    if order.payment_state in SETTLED and order.paid_minor < total_minor:
        to = PaymentState.PART_PAID
        move_payment(order=order, to=to, kind="BALANCE_DUE", now=now, actor=actor)


def _note(
    order: Order,
    refunds: Sequence[Refund],
    *,
    is_whole: bool,
    now: datetime,
    actor: str,
) -> None:
    to = PaymentState.REFUNDED if is_whole else PaymentState.PART_REFUNDED
    details = {
        "refunds": [refund.key for refund in refunds],
        "amount_minor": sum(refund.amount_minor for refund in refunds),
    }
    kind = "REFUND_ASKED_FOR"
    if order.payment_state != to:
        move_payment(
            order=order, to=to, kind=kind, details=details, now=now, actor=actor
        )
        return
    make_event(
        order_id=order.pk,
        kind=kind,
        from_state=to,
        to_state=to,
        details=details,
        actor=actor,
        now=now,
    ).save()


def check_nothing_due(order: Order) -> None:
    """Refuse to go on while the balance of an order is not paid."""
    due_minor = balance_of(order)
    if due_minor:
        raise BalanceDueError(
            _("The balance of %(order)s is to be paid before it is shipped.")
            % {"order": order.number},
            extra={"due_minor": due_minor, "currency": order.currency},
        )


class BalanceDueError(ConflictError):
    """Only the deposit is paid yet."""

    code = "BALANCE_DUE"
