"""What buyer and staff write to each other about an order."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError
from orders.models import Order, OrderMessage
from orders.services import outbox
from orders.services.locking import lock_order

LONGEST_MESSAGE = 2_000
MOST_MESSAGES = 200


def write_message(
    *, order_id: int, text: str, is_from_staff: bool, now: datetime, actor: str
) -> OrderMessage:
    """Keep a message; the buyer reads one of staff by mail as well."""
    if not text.strip():
        raise DomainError(_("Please write something."), field="text")
    if len(text) > LONGEST_MESSAGE:
        words = {"most": LONGEST_MESSAGE}
        raise DomainError(_("At most %(most)s characters.") % words, field="text")
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        _check_open(order)
        message = OrderMessage.objects.create(
            order=order,
            is_from_staff=is_from_staff,
            text=text,
            actor=actor,
            created_at=now,
        )
        if is_from_staff:
            outbox.make_message(
                kind=outbox.MAIL,
                key=f"message:{message.pk}",
                order_id=order.pk,
                payload={"template": "message", "message": message.pk},
                now=now,
            ).save()
    return message


def _check_open(order: Order) -> None:
    if order.erased_at is not None:
        raise ConflictError(_("The data of this order was erased."))
    if OrderMessage.objects.filter(order=order).count() >= MOST_MESSAGES:
        text = _("This conversation has %(most)s messages; please call us.")
        raise ConflictError(text % {"most": MOST_MESSAGES})
