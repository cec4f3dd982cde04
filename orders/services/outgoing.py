"""Effects outside the database: mails and refunds, each done at least once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from configurator.services.errors import DomainError
from orders.mail import render_mail
from orders.models import Order, OutboxMessage
from orders.payments import PROVIDERS
from orders.selectors.answers import describe_order
from orders.selectors.facts import OrderFacts, load_facts
from orders.services import outbox

MESSAGES_AT_ONCE = 100
# Longer than a batch takes; a batch whose worker died is taken up again after it.
LEASE = timedelta(minutes=15)
Effect = Callable[[OutboxMessage, OrderFacts], None]


def send_mails(*, now: datetime, limit: int = MESSAGES_AT_ONCE) -> int:
    """Send waiting mails; tells how many left."""
    return _carry_out(kind=outbox.MAIL, effect=_send, now=now, limit=limit)


def pay_refunds(*, now: datetime, limit: int = MESSAGES_AT_ONCE) -> int:
    """Ask the providers for the refunds that were noted; tells how many."""
    return _carry_out(kind=outbox.REFUND, effect=_refund, now=now, limit=limit)


def _carry_out(*, kind: str, effect: Effect, now: datetime, limit: int) -> int:
    messages = outbox.lease(kind=kind, limit=limit, now=now, duration=LEASE)
    facts = _load_orders(messages)
    done = []
    for message in messages:
        try:
            effect(message, facts[message.order_id or 0])
        except (OSError, ValueError, KeyError, DomainError) as error:
            text = f"{type(error).__name__}: {error}"
            outbox.fail(message_id=message.pk, error=text, now=now)
        else:
            done.append(message)
    return outbox.finish(messages=done, now=now)


def _load_orders(messages: Sequence[OutboxMessage]) -> dict[int, OrderFacts]:
    ids = {message.order_id for message in messages if message.order_id is not None}
    orders = list(Order.objects.filter(pk__in=ids).order_by("pk"))
    return {facts.order.pk: facts for facts in load_facts(orders)}


def _send(message: OutboxMessage, facts: OrderFacts) -> None:
    order = facts.order
    mail = render_mail(
        template=message.payload["template"],
        key=message.key,
        order=order,
        answer=describe_order(facts=facts, language=order.language),
    )
    mail.send()


def _refund(message: OutboxMessage, facts: OrderFacts) -> None:
    details = message.payload
    PROVIDERS[details["provider"]].refund(
        reference=details["reference"],
        amount_minor=details["amount_minor"],
        currency=facts.order.currency,
        key=message.key,
    )
