"""Changing what was ordered while it is free: taken back, changed, ordered anew."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from orders.models import Cart, CartLine, Order, OrderLine
from orders.services.cancelling import AlreadyBegunError, cancel_line
from orders.services.carts import add_line
from orders.services.locking import lock_order
from orders.states import OrderState


class TooLateError(ConflictError):
    """The time in which a line may be changed is over."""

    code = "TOO_LATE"


def take_back(
    *, order_id: int, line_id: int, cart: Cart, now: datetime, actor: str
) -> CartLine:
    """Cancel a line free of charge and put it into the cart, to be changed there.

    Both happen or neither: what cannot be made today stays ordered as it is.
    """
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        lines = OrderLine.objects.select_related("product", "configuration")
        line = lines.filter(order=order, pk=line_id).first()
        if line is None:
            raise NotFoundError(_("This order has no such line."))
        if not may_change(order=order, line=line, now=now):
            text = _("This can no longer be changed; see what can still be cancelled.")
            raise TooLateError(text, extra={"legal_moves": []})
        fresh = add_line(
            cart=cart,
            product=line.product.slug,
            choices=line.configuration.choices,
            quantity=line.open_quantity,
            now=now,
        )
        report = cancel_line(order_id=order_id, line_id=line_id, now=now, actor=actor)
        if report.started_units:
            raise AlreadyBegunError(_("A part of it has begun to be made."))
    return fresh


def may_change(*, order: Order, line: OrderLine, now: datetime) -> bool:
    """Say whether a line may be changed freely: unpaid, or not on the floor yet."""
    if line.cancelled_at is not None or line.replaces_id is not None:
        return False
    if order.state == OrderState.PLACED:
        return True
    is_free = line.edit_until is not None and line.edit_until > now
    return order.state == OrderState.CONFIRMED and is_free
