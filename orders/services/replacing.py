"""Parcels that came back or never came, and what is sent instead."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move_one
from orders.models import OrderLine, Shipment
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.parcels import hand_over
from orders.states import SHIPMENT_MOVES, OrderState, ShipmentState

GONE = (ShipmentState.RETURNED, ShipmentState.LOST)
SERVED = (OrderState.CONFIRMED, OrderState.CLOSED)


def give_up_shipment(
    *, shipment_id: int, to: ShipmentState, reason: str, now: datetime, actor: str
) -> Shipment:
    """Note that a parcel came back or is lost; an illegal move is refused."""
    with transaction.atomic():
        order_id = Shipment.objects.values_list("order_id", flat=True).get(
            pk=shipment_id
        )
        lock_order(order_id=order_id)
        shipment = Shipment.objects.get(pk=shipment_id)
        from_state = shipment.state
        move_one(shipment, to=to, moves=SHIPMENT_MOVES)
        make_event(
            order_id=order_id,
            kind=f"SHIPMENT_{to}",
            from_state=from_state,
            to_state=to,
            details={"shipment": shipment.number, "reason": reason},
            actor=actor,
            now=now,
        ).save()
    return shipment


def ship_replacement(*, line_id: int, now: datetime, actor: str) -> Shipment:
    """Send a line once more, free, after its parcel came back or was lost."""
    line = OrderLine.objects.get(pk=line_id)
    with transaction.atomic():
        order = lock_order(order_id=line.order_id)
        latest = line.shipments.order_by("-id").first()
        is_wanted = order.state in SERVED and line.cancelled_at is None
        if not is_wanted or latest is None or latest.state not in GONE:
            raise ConflictError(
                _("Nothing of this line has to be sent again."),
                extra={"legal_moves": []},
            )
        return hand_over(
            order=order,
            line_ids=[line.pk],
            kind="REPLACEMENT_SHIPPED",
            now=now,
            actor=actor,
        )
