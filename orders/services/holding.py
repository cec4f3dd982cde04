"""Holds on an order: why it may not go on; several at once, a row each."""

from datetime import datetime

from orders.models import OrderHold
from orders.services.events import make_event


def hold_order(*, order_id: int, reason: str, actor: str, now: datetime) -> bool:
    """Hold an order, once for each who holds it and why; tell whether it is new."""
    _hold, is_new = OrderHold.objects.get_or_create(
        order_id=order_id,
        reason=reason[:200],
        placed_by=actor[:120],
        lifted_at=None,
        defaults={"since_at": now},
    )
    if is_new:
        details = {"reason": reason[:200]}
        make_event(
            order_id=order_id, kind="HELD", actor=actor, details=details, now=now
        ).save()
    return is_new


def lift_holds(*, order_id: int, actor: str, now: datetime) -> int:
    """Lift what this one holds an order for; tell how many holds that were."""
    holds = OrderHold.objects.filter(
        order_id=order_id, placed_by=actor[:120], lifted_at__isnull=True
    )
    n_lifted = holds.update(lifted_at=now)
    if n_lifted:
        make_event(order_id=order_id, kind="HOLD_LIFTED", actor=actor, now=now).save()
    return n_lifted
