"""Holds on an order: why it may not go on; several at once, a row each."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import illegal
from orders.models import Order, OrderHold
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.states import ORDER_MOVES, OrderState

HOLDABLE = (OrderState.PLACED, OrderState.CONFIRMED)


class HeldError(ConflictError):
    """Somebody holds the order for a reason that stands."""

    code = "HELD"


def hold_order(*, order_id: int, reason: str, actor: str, now: datetime) -> bool:
    """Hold an order, once for each who holds it and why; tell whether it is new."""
    _hold, is_new = OrderHold.objects.get_or_create(
        order_id=order_id,
        reason=reason[:200],
        placed_by=actor,
        lifted_at=None,
        defaults={"since_at": now},
    )
    if is_new:
        details = {"reason": reason[:200]}
        make_event(
            order_id=order_id, kind="HELD", actor=actor, details=details, now=now
        ).save()
    return is_new


def put_on_hold(*, order_id: int, reason: str, actor: str, now: datetime) -> bool:
    """Hold an open order for a reason that somebody gives."""
    if not reason.strip():
        raise DomainError(_("Say why the order is held."), field="reason")
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        if order.state not in HOLDABLE:
            raise illegal(
                what=order.number, from_=order.state, to="HELD", moves=ORDER_MOVES
            )
        return hold_order(order_id=order_id, reason=reason, actor=actor, now=now)


def lift_holds(*, order_id: int, actor: str, now: datetime) -> int:
    """Lift what this one holds an order for; tell how many holds that were."""
    holds = OrderHold.objects.filter(
        order_id=order_id, placed_by=actor, lifted_at__isnull=True
    )
    n_lifted = holds.update(lifted_at=now)
    if n_lifted:
        make_event(order_id=order_id, kind="HOLD_LIFTED", actor=actor, now=now).save()
    return n_lifted


def lift_hold(*, order_id: int, hold_id: int, actor: str, now: datetime) -> None:
    """Lift one hold, whoever placed it; what it rested on may make another."""
    with transaction.atomic():
        hold = OrderHold.objects.filter(order_id=order_id, pk=hold_id).first()
        if hold is None:
            raise NotFoundError(_("This order has no such hold."))
        open_holds = OrderHold.objects.filter(pk=hold_id, lifted_at__isnull=True)
        if not open_holds.update(lifted_at=now):
            raise ConflictError(_("This hold is lifted already."))
        details = {"reason": hold.reason, "placed_by": hold.placed_by}
        make_event(
            order_id=order_id, kind="HOLD_LIFTED", actor=actor, details=details, now=now
        ).save()


def check_not_held(order: Order) -> None:
    """Refuse to go on with an order that is held, with the reasons."""
    holds = OrderHold.objects.filter(order=order, lifted_at__isnull=True)
    reasons = list(holds.order_by("pk").values_list("reason", flat=True))
    if reasons:
        text = _("%(order)s is on hold: %(reasons)s")
        words = {"order": order.number, "reasons": " · ".join(reasons)}
        raise HeldError(text % words, extra={"legal_moves": []})
