"""Asking providers for money: always outside of transactions, safe to repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F

from orders.mail import site_address
from orders.models import PaymentIntent
from orders.payments.port import (
    Answer,
    Charge,
    PaymentProvider,
    ProviderDownError,
    ProviderRefusedError,
    Standing,
)
from orders.payments.registry import provider_of
from orders.selectors.answers import order_path
from orders.selectors.balances import LIVE_INTENTS
from orders.services.settling import record_answer
from orders.states import IntentState

INTENTS_AT_ONCE = 50
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_ERROR = 500

log = structlog.get_logger(__name__)


class InsideTransactionError(RuntimeError):
    """A provider that takes seconds must not be asked while rows are locked."""


def carry_on(*, intent: PaymentIntent, now: datetime, actor: str) -> PaymentIntent:
    """Ask for what comes next until nothing is left that can be done at once.

    Raises what the provider raises; the intent stays and is taken up by the sweep.
    """
    provider = provider_of(intent.provider)
    if intent.state == IntentState.OPEN:
        answer = _ask(provider, intent, _begin)
        intent = record_answer(intent=intent, answer=answer, now=now, actor=actor)
    if intent.state == IntentState.AUTHORISED:
        answer = _ask(provider, intent, _capture)
        intent = record_answer(intent=intent, answer=answer, now=now, actor=actor)
    return intent


def check_intent(
    *, intent: PaymentIntent, now: datetime, actor: str = "sweep"
) -> PaymentIntent:
    """Ask how a request stands that the provider has heard of, then carry on."""
    if intent.state == IntentState.PENDING:
        answer = _ask(provider_of(intent.provider), intent, _look_up)
        intent = record_answer(intent=intent, answer=answer, now=now, actor=actor)
    return carry_on(intent=intent, now=now, actor=actor)


def settle_payments(
    *, now: datetime, real_now: datetime, limit: int = INTENTS_AT_ONCE
) -> int:
    """Take up requests that were left half done; tells how many came to an end.

    A crash between asking and noting, a lost notice, a provider that was down: each
    leaves an intent that has not ended. One that cannot be settled stops no other.
    """
    waiting = PaymentIntent.objects.filter(
        state__in=LIVE_INTENTS, check_at__lte=real_now
    ).order_by("check_at", "pk")
    n_settled = 0
    for intent in waiting.select_related("order")[:limit]:
        if not _claim(intent, real_now):
            continue
        try:
            found = check_intent(intent=intent, now=now)
        except Exception as error:
            log.exception("payment_not_settled", intent=intent.number)
            _note_error(intent, error)
        else:
            n_settled += found.state not in LIVE_INTENTS
    return n_settled


def void_charge(*, intent: PaymentIntent, now: datetime) -> None:
    """Tell the provider that a request was given up; money that came first goes back.

    What the provider refuses to give up is looked at as it stands there.
    """
    answer = _ask(provider_of(intent.provider), intent, _void)
    if answer.standing is Standing.CAPTURED:
        record_answer(intent=intent, answer=answer, now=now, actor="provider")


def _claim(intent: PaymentIntent, real_now: datetime) -> bool:
    """Take an intent for this sweep; another that looks now finds it taken."""
    wait = min(FIRST_WAIT * 2 ** min(intent.n_checks, 12), LONGEST_WAIT)
    rows = PaymentIntent.objects.filter(pk=intent.pk, check_at=intent.check_at)
    return bool(rows.update(check_at=real_now + wait, n_checks=F("n_checks") + 1))


def _note_error(intent: PaymentIntent, error: Exception) -> None:
    text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    PaymentIntent.objects.filter(pk=intent.pk).update(error=text)


Question = Callable[[PaymentProvider, Charge, str], Answer]


def _ask(
    provider: PaymentProvider, intent: PaymentIntent, question: Question
) -> Answer:
    if intent.amount_minor == 0:
        return Answer(Standing.CAPTURED, f"free-{intent.number}")
    if provider.is_remote and connection.in_atomic_block:
        raise InsideTransactionError(f"{intent.provider} was asked in a transaction")
    order = intent.order
    charge = Charge(
        key=intent.number,
        order_number=order.number,
        amount_minor=intent.amount_minor,
        currency=intent.currency,
        language=order.language,
        return_url=site_address() + order_path(order),
        outcome=intent.wanted_outcome,
    )
    return question(provider, charge, intent.reference)


def _begin(provider: PaymentProvider, charge: Charge, _reference: str) -> Answer:
    """Ask for the money; a request that is refused as such will never be paid."""
    try:
        return provider.begin(charge)
    except ProviderRefusedError as error:
        log.warning("payment_refused", charge=charge.key, error=str(error))
        return Answer(Standing.DECLINED, "", charge.amount_minor)


def _capture(provider: PaymentProvider, charge: Charge, reference: str) -> Answer:
    """Take the money; where that is refused, what was set aside may be gone."""
    try:
        return provider.capture(charge, reference=reference)
    except ProviderRefusedError:
        answer = provider.look_up(charge, reference=reference)
        if answer.standing is Standing.AUTHORISED:
            raise
        return answer


def _look_up(provider: PaymentProvider, charge: Charge, reference: str) -> Answer:
    return provider.look_up(charge, reference=reference)


def _void(provider: PaymentProvider, charge: Charge, reference: str) -> Answer:
    try:
        return provider.void(charge, reference=reference)
    except ProviderRefusedError:
        answer = provider.look_up(charge, reference=reference)
        if answer.standing in (Standing.PENDING, Standing.AUTHORISED):
            raise ProviderDownError("It can be given up another time.") from None
        return answer
