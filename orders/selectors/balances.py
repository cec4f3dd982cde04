"""What of an order is paid, and what is due next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet

from orders.models import Order, PaymentIntent
from orders.states import (
    IntentState,
    OrderState,
    PaymentPurpose,
    PaymentState,
)

LIVE_INTENTS = (IntentState.OPEN, IntentState.PENDING, IntentState.AUTHORISED)


@dataclass(frozen=True, slots=True)
class Due:
    """The next payment that an order waits for."""

    purpose: str
    amount_minor: int


def next_due(order: Order) -> Due | None:
    """Tell the next payment; none where the price is open or nothing is to be paid."""
    if order.total_minor is None:
        return None
    if order.is_on_invoice:
        left_minor = order.total_minor - order.paid_minor
        return Due(PaymentPurpose.BALANCE, left_minor) if left_minor > 0 else None
    if order.state == OrderState.CONFIRMED:
        balance_minor = balance_of(order)
        return Due(PaymentPurpose.BALANCE, balance_minor) if balance_minor else None
    if order.state != OrderState.PLACED:
        return None
    if order.deposit_minor is not None and order.deposit_minor < order.total_minor:
        return Due(PaymentPurpose.DEPOSIT, order.deposit_minor)
    return Due(PaymentPurpose.WHOLE, order.total_minor)


def balance_of(order: Order) -> int:
    """Tell what is left to pay of a confirmed order after its deposit."""
    if order.payment_state != PaymentState.PART_PAID:
        return 0
    return max(0, (order.total_minor or 0) - order.paid_minor)


def part_of(amount_minor: int, percent: int) -> int:
    """Take a percentage, rounded up to a whole minor unit."""
    return -(-amount_minor * percent // 100)


def live_intents() -> QuerySet[PaymentIntent]:
    """Select the requests of an outer query's orders that have not ended."""
    return PaymentIntent.objects.filter(order=OuterRef("pk"), state__in=LIVE_INTENTS)
