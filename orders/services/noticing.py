"""Acting upon what a provider says by itself."""

from datetime import datetime

from orders.models import PaymentIntent
from orders.payments.port import Notice
from orders.services.charging import check_intent
from orders.services.settling import record_answer


def take_notice(*, provider: str, notice: Notice, now: datetime) -> bool:
    """Note what a provider says, then carry on; false where it is none of ours.

    A notice that is repeated, or comes after what followed it, changes nothing.
    """
    rows = PaymentIntent.objects.select_related("order")
    intent = rows.filter(number=notice.key, provider=provider).first()
    if intent is None:
        return False
    intent = record_answer(
        intent=intent, answer=notice.answer, now=now, actor=f"provider {provider}"
    )
    check_intent(intent=intent, now=now, actor=f"provider {provider}")
    return True
