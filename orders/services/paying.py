"""Paying an order: a row first, then the provider, then what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from configurator.services.moves import check_move
from orders.models import Order, Payment, PaymentIntent
from orders.payments.port import ProviderDownError
from orders.payments.registry import find_provider
from orders.selectors.balances import LIVE_INTENTS, Due, next_due
from orders.services.charging import carry_on
from orders.services.locking import lock_order
from orders.services.outbox import AT_ONCE
from orders.services.settling import void_intents
from orders.states import ORDER_MOVES, OrderState, PaymentOutcome, PaymentPurpose


class UnknownProviderError(DomainError):
    """Nobody here takes money by that name."""


class QuotationPendingError(ConflictError):
    """A bespoke line has no agreed price yet."""

    code = "QUOTATION_PENDING"


class PaymentPendingError(ConflictError):
    """The provider has not said yet how it ends."""

    code = "PAYMENT_PENDING"


class ProviderSilentError(ConflictError):
    """The provider gives no answer; what was begun is gone on with by itself."""

    code = "PROVIDER_SILENT"


class NotDueError(ConflictError):
    """The order changed while it was being paid."""

    code = "NOT_DUE"


@dataclass(frozen=True, slots=True)
class Charged:
    """What came of a wish to pay; without a payment the provider has to say more."""

    order: Order
    payment: Payment | None
    intent: PaymentIntent | None = None


def pay_order(
    *,
    order_id: int,
    provider: str,
    outcome: str = "",
    purpose: str | None = None,
    request_key: str = "",
    now: datetime,
    actor: str = "customer",
) -> Charged:
    """Pay what is due next, or what ``purpose`` names; success confirms the order.

    A declined payment is kept and changes nothing else. What is paid already gives
    the payment it was paid with, however often it is asked. With the same
    ``request_key`` it is the same request.
    """
    check_names(provider=provider, outcome=outcome)
    return charge(
        order_id=order_id,
        provider=provider,
        outcome=outcome,
        purpose=purpose,
        request_key=request_key,
        now=now,
        actor=actor,
    )


def charge(
    *,
    order_id: int,
    provider: str,
    outcome: str = "",
    purpose: str | None = None,
    request_key: str = "",
    now: datetime,
    actor: str,
) -> Charged:
    """Charge by any provider, those that only staff use among them."""
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        begun = _begin(order, provider, outcome, purpose, request_key, now, actor)
    if isinstance(begun, Payment):
        begun.order = order
        return Charged(order, begun, begun.intent)
    try:
        intent = carry_on(intent=begun, now=now, actor=actor)
    except ProviderDownError as error:
        raise ProviderSilentError(
            _("The payment provider does not answer; please try again in a minute.")
        ) from error
    payment = Payment.objects.filter(intent=intent).order_by("pk").last()
    if payment is not None:
        payment.order, payment.intent = intent.order, intent
    if payment is not None and payment.purpose == PaymentPurpose.SURPLUS:
        raise NotDueError(
            _("The order changed meanwhile; what you paid comes back to you.")
        )
    return Charged(intent.order, payment, intent)


def record_payment(
    *,
    order_id: int,
    provider: str,
    outcome: str,
    now: datetime,
    actor: str = "customer",
    purpose: str | None = None,
) -> Payment:
    """Pay by a provider that answers at once; gives the payment, declined or not."""
    charged = pay_order(
        order_id=order_id,
        provider=provider,
        outcome=outcome,
        purpose=purpose,
        now=now,
        actor=actor,
    )
    if charged.payment is None:
        raise PaymentPendingError(_("The payment is not finished yet."))
    return charged.payment


def check_names(*, provider: str, outcome: str) -> None:
    """Refuse a provider or an outcome that is not known."""
    found = find_provider(provider)
    if found is None:
        raise UnknownProviderError(
            _("There is no payment provider “%(name)s”.") % {"name": provider[:40]},
            field="provider",
        )
    if found.outcomes and outcome not in found.outcomes:
        text = _("A payment ends as one of: %(names)s.")
        names = {"names": ", ".join(PaymentOutcome.values)}
        raise DomainError(text % names, field="outcome")


def _begin(
    order: Order,
    provider: str,
    outcome: str,
    purpose: str | None,
    request_key: str,
    now: datetime,
    actor: str,
) -> PaymentIntent | Payment:
    """Find the request that this call means, or write it; or what was paid already."""
    intents = list(PaymentIntent.objects.filter(order=order).order_by("pk"))
    for intent in intents:
        intent.order = order
        if request_key and intent.request_key == request_key:
            return intent
    payments = list(Payment.objects.filter(order=order).order_by("pk"))
    paid = _find_paid(payments, purpose)
    due = next_due(order)
    if paid is not None and (due is None or due.purpose != purpose):
        return paid
    due = check_payable(order, purpose)
    live = next((each for each in intents if each.state in LIVE_INTENTS), None)
    if live is not None:
        asked = (live.provider, live.purpose, live.amount_minor)
        if asked == (provider, due.purpose, due.amount_minor):
            return live
        void_intents(order=order, now=now, actor=actor)
    n_before = len(intents) + sum(payment.intent_id is None for payment in payments)
    return PaymentIntent.objects.create(
        order=order,
        number=f"{order.number}-{n_before + 1}",
        request_key=request_key,
        provider=provider,
        purpose=due.purpose,
        amount_minor=due.amount_minor,
        currency=order.currency,
        wanted_outcome=outcome,
        check_at=AT_ONCE,
        created_at=now,
    )


def _find_paid(payments: list[Payment], purpose: str | None) -> Payment | None:
    """Find what was paid for this purpose; of an unnamed one, what confirmed it."""
    for payment in payments:
        is_for_it = payment.purpose == purpose or (
            purpose is None and payment.purpose != PaymentPurpose.SURPLUS
        )
        if payment.outcome == PaymentOutcome.SUCCEEDED and is_for_it:
            return payment
    return None


def check_payable(order: Order, purpose: str | None = None) -> Due:
    """Give what is due of an order, or say why nothing is."""
    due = next_due(order)
    if due is not None and purpose in (None, due.purpose):
        return due
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
    raise NotDueError(_("Nothing of this kind is to be paid."), field="purpose")
