"""Noting what a provider says of a request for money, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from configurator.services.moves import move_one
from orders.models import Order, OrderEvent, OutboxMessage, Payment, PaymentIntent
from orders.payments.port import Answer, Standing
from orders.ports import ports
from orders.selectors.balances import LIVE_INTENTS, balance_of, next_due
from orders.services import outbox
from orders.services.events import make_event
from orders.services.issuing import ask_invoice, ask_receipt
from orders.services.locking import lock_order
from orders.services.promising import send_off
from orders.services.refunding import give_back, move_payment
from orders.services.renewing import renew_plans
from orders.signals import order_confirmed
from orders.states import (
    INTENT_MOVES,
    ORDER_MOVES,
    PAYMENT_MOVES,
    IntentState,
    OrderState,
    PaymentOutcome,
    PaymentPurpose,
    PaymentState,
    RefundKind,
)

NOT_ASKED_FOR = (IntentState.VOIDED, IntentState.DECLINED)


def record_answer(
    *, intent: PaymentIntent, answer: Answer, now: datetime, actor: str
) -> PaymentIntent:
    """Note an answer or a notice; one that is late, old or repeated changes nothing.

    Money that was taken but is not due (any more) is kept as a surplus and goes back.
    """
    with transaction.atomic():
        order = lock_order(order_id=intent.order_id)
        current = PaymentIntent.objects.get(pk=intent.pk)
        current.order = order
        match answer.standing:
            case Standing.PENDING:
                _wait(current, answer, now)
            case Standing.AUTHORISED:
                _authorise(current, answer, now, actor)
            case Standing.CAPTURED:
                _take(current, answer, now, actor)
            case _:
                _end(current, answer, now, actor)
    return current


def void_intents(*, order: Order, now: datetime, actor: str) -> None:
    """Give up what is asked for a locked order; the provider is told afterwards."""
    for intent in PaymentIntent.objects.filter(order=order, state__in=LIVE_INTENTS):
        intent.order = order
        answer = Answer(Standing.VOIDED, intent.reference, intent.amount_minor)
        _end(intent, answer, now, actor)
        if intent.reference:
            _ask_void(intent, now)


def _wait(intent: PaymentIntent, answer: Answer, now: datetime) -> None:
    if intent.state in NOT_ASKED_FOR:
        _ask_void(intent, now, answer.reference)
    elif intent.state == IntentState.OPEN:
        _move(intent, IntentState.PENDING, answer)


def _authorise(
    intent: PaymentIntent, answer: Answer, now: datetime, actor: str
) -> None:
    if intent.state in NOT_ASKED_FOR:
        _ask_void(intent, now, answer.reference)
    elif intent.state in (IntentState.OPEN, IntentState.PENDING):
        if not _is_due(intent, answer):
            _end(intent, Answer(Standing.VOIDED, answer.reference), now, actor)
            _ask_void(intent, now, answer.reference)
            return
        _move(intent, IntentState.AUTHORISED, answer)
        if intent.order.payment_state == PaymentState.OPEN:
            move_payment(
                order=intent.order,
                to=PaymentState.AUTHORISED,
                kind="AUTHORISED",
                details=_details(intent),
                now=now,
                actor=actor,
            )


def _take(intent: PaymentIntent, answer: Answer, now: datetime, actor: str) -> None:
    """Keep the payment; what is due confirms the order or settles its balance."""
    if intent.state == IntentState.CAPTURED:
        return
    is_due = _is_due(intent, answer)
    purpose = intent.purpose if is_due else PaymentPurpose.SURPLUS
    _move(intent, IntentState.CAPTURED, answer, settled_at=now)
    payment = _keep(intent, answer, PaymentOutcome.SUCCEEDED, purpose, now)
    if not is_due:
        _send_back(payment, now, actor)
    elif purpose == PaymentPurpose.BALANCE:
        if balance_of(intent.order):
            send_off(order=intent.order, now=now, actor=actor)
        move_payment(
            order=intent.order,
            to=PaymentState.PAID,
            kind="PAID",
            details=_details(intent, payment),
            now=now,
            actor=actor,
            paid_minor=intent.order.paid_minor + payment.amount_minor,
        )
        ask_receipt(payment=payment, now=now).save()
    else:
        confirm_order(order=intent.order, payment=payment, now=now, actor=actor)


def _end(intent: PaymentIntent, answer: Answer, now: datetime, actor: str) -> None:
    """Note that no money comes of it; the order can be paid another way."""
    if intent.state not in LIVE_INTENTS:
        return
    is_declined = answer.standing is Standing.DECLINED
    state = IntentState.DECLINED if is_declined else IntentState.VOIDED
    _move(intent, state, answer, settled_at=now)
    details = _details(intent)
    if is_declined:
        outcome = PaymentOutcome.DECLINED
        payment = _keep(intent, answer, outcome, intent.purpose, now)
        details = _details(intent, payment)
    kind = "PAYMENT_DECLINED" if is_declined else "PAYMENT_VOIDED"
    is_set_aside = intent.order.payment_state == PaymentState.AUTHORISED
    if is_set_aside and not intent.order.is_on_invoice:
        move_payment(
            order=intent.order,
            to=PaymentState.OPEN,
            kind=kind,
            details=details,
            now=now,
            actor=actor,
        )
        return
    make_event(
        order_id=intent.order_id, kind=kind, details=details, actor=actor, now=now
    ).save()


def confirm_order(
    *, order: Order, payment: Payment | None, now: datetime, actor: str
) -> None:
    """Confirm a locked order: its state, its stock and its release are one.

    Without a payment it is on invoice: what is due is paid later.
    """
    paid_from = order.payment_state
    to = _paid_by(payment)
    paid_minor = payment.amount_minor if payment else 0
    updates: dict[str, Any] = {
        "confirmed_at": now,
        "paid_minor": order.paid_minor + paid_minor,
    }
    if to not in PAYMENT_MOVES[PaymentState(paid_from)]:
        raise ValueError(f"{order.number} is {paid_from} and cannot become {to}.")
    updates["payment_state"] = to
    move_one(order, to=OrderState.CONFIRMED, moves=ORDER_MOVES, extra_updates=updates)
    OutboxMessage.objects.bulk_create(_messages(order, payment, now))
    details: dict[str, Any] = {"on": "invoice"}
    if payment is not None:
        details = {"reference": payment.reference, "amount_minor": paid_minor}
    paid = make_event(
        order_id=order.pk,
        kind=str(to) if payment else "ON_INVOICE",
        from_state=paid_from,
        to_state=to,
        details=details,
        actor=actor,
        now=now,
    )
    confirmed = make_event(
        order_id=order.pk,
        kind="CONFIRMED",
        from_state=OrderState.PLACED,
        to_state=OrderState.CONFIRMED,
        actor=actor,
        now=now,
    )
    OrderEvent.objects.bulk_create([paid, confirmed])
    renew_plans(order=order, now=now)
    ports.reserve_stock(order_id=order.pk, now=now)
    transaction.on_commit(partial(_tell_confirmed, [order.pk]))


def _paid_by(payment: Payment | None) -> PaymentState:
    if payment is None:
        return PaymentState.AUTHORISED
    is_deposit = payment.purpose == PaymentPurpose.DEPOSIT
    return PaymentState.PART_PAID if is_deposit else PaymentState.PAID


def _is_due(intent: PaymentIntent, answer: Answer) -> bool:
    """Say whether just this money is what the order waits for."""
    due = next_due(intent.order)
    return (
        due is not None
        and due.purpose == intent.purpose
        and due.amount_minor == answer.amount_minor
    )


def _move(intent: PaymentIntent, to: IntentState, answer: Answer, **extra: Any) -> None:
    updates = {"reference": answer.reference or intent.reference, "error": "", **extra}
    if answer.page_url:
        updates["page_url"] = answer.page_url
    move_one(intent, to=to, moves=INTENT_MOVES, extra_updates=updates)


def _keep(
    intent: PaymentIntent,
    answer: Answer,
    outcome: str,
    purpose: str,
    now: datetime,
) -> Payment:
    return Payment.objects.create(
        order=intent.order,
        intent=intent,
        purpose=purpose,
        provider=intent.provider,
        reference=answer.reference or intent.number,
        outcome=outcome,
        amount_minor=answer.amount_minor,
        currency=intent.currency,
        created_at=now,
    )


def _send_back(payment: Payment, now: datetime, actor: str) -> None:
    order = payment.order
    details = {"reference": payment.reference, "amount_minor": payment.amount_minor}
    make_event(
        order_id=order.pk, kind="SURPLUS_PAID", details=details, actor=actor, now=now
    ).save()
    give_back(
        payments=[payment],
        order=order,
        amount_minor=payment.amount_minor,
        kind=RefundKind.SURPLUS,
        now=now,
    )


def _ask_void(intent: PaymentIntent, now: datetime, reference: str = "") -> None:
    """Leave word for the provider once; a second time it is known already."""
    if reference and not intent.reference:
        intent.reference = reference
        intent.save(update_fields=["reference"])
    message = outbox.make_message(
        kind=outbox.VOID,
        key=intent.number,
        order_id=intent.order_id,
        payload={"intent": intent.pk},
        now=now,
    )
    outbox.ask_once(message=message)


def _details(intent: PaymentIntent, payment: Payment | None = None) -> dict[str, Any]:
    if payment is None:
        return {"reference": intent.reference, "amount_minor": intent.amount_minor}
    return {"reference": payment.reference, "amount_minor": payment.amount_minor}


def _messages(
    order: Order, payment: Payment | None, now: datetime
) -> list[OutboxMessage]:
    release = outbox.make_message(
        kind=outbox.RELEASE, key=order.number, order_id=order.pk, now=now
    )
    mail = outbox.make_message(
        kind=outbox.MAIL,
        key=f"paid:{order.number}",
        order_id=order.pk,
        payload={"template": "paid" if payment else "on_invoice"},
        now=now,
    )
    papers = [ask_invoice(order=order, now=now)]
    if payment is not None:
        papers.append(ask_receipt(payment=payment, now=now))
    return [release, mail, *(papers if order.total_minor else [])]


def _tell_confirmed(order_ids: Sequence[int]) -> None:
    order_confirmed.send_robust(sender=Order, order_ids=list(order_ids))
