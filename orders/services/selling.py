"""What only staff may do with an order's money: take it at the counter, or wait."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.selectors.roles import is_trade
from configurator.services.errors import ConflictError
from orders.models import Order, Payment
from orders.services.locking import lock_order
from orders.services.paying import PaymentPendingError, charge, check_payable
from orders.services.settling import confirm_order, void_intents
from orders.states import OrderState

COUNTER = "counter"


class NoAccountError(ConflictError):
    """Only trade accounts pay on invoice."""

    code = "NO_ACCOUNT"


def take_payment(*, order_id: int, now: datetime, actor: str) -> Payment:
    """Note money that staff have in hand for what is due next."""
    charged = charge(
        order_id=order_id, provider=COUNTER, outcome="SUCCEEDED", now=now, actor=actor
    )
    if charged.payment is None:
        raise PaymentPendingError(_("The payment is not finished yet."))
    return charged.payment


def confirm_on_invoice(*, order_id: int, now: datetime, actor: str) -> Order:
    """Begin the work for a trade account before it has paid; sent twice, once."""
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        if order.is_on_invoice:
            return order
        if not is_trade(order.user):
            raise NoAccountError(
                _("Only trade accounts pay on invoice."), extra={"legal_moves": []}
            )
        check_payable(order)
        if order.state != OrderState.PLACED:
            raise ConflictError(_("It is confirmed already."))
        void_intents(order=order, now=now, actor=actor)
        order.refresh_from_db()
        confirm_order(order=order, payment=None, now=now, actor=actor)
    return order
