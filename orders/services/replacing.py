"""Parcels that came back or never came, and what is sent instead."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError
from configurator.services.moves import move_one
from orders.models import Order, OrderLine, Shipment
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.states import SHIPMENT_MOVES, OrderState, ShipmentState

GONE = (ShipmentState.RETURNED, ShipmentState.LOST)
TO_HAND_OVER = (
    ShipmentState.PACKING,
    ShipmentState.PACKED,
    ShipmentState.HANDED_OVER,
)
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
        return _send(order, line, now=now, actor=actor)


def _send(order: Order, line: OrderLine, *, now: datetime, actor: str) -> Shipment:
    n_before = Shipment.objects.filter(order=order).count()
    shipment = Shipment.objects.create(
        order=order, number=f"{order.number}-S{n_before + 1}", created_at=now
    )
    shipment.lines.set([line.pk])
    for state in TO_HAND_OVER:
        at = {"handed_over_at": now} if state == ShipmentState.HANDED_OVER else None
        move_one(shipment, to=state, moves=SHIPMENT_MOVES, extra_updates=at)
    make_event(
        order_id=order.pk,
        line_id=line.pk,
        kind="REPLACEMENT_SHIPPED",
        to_state=ShipmentState.HANDED_OVER,
        details={"shipment": shipment.number},
        actor=actor,
        now=now,
    ).save()
    return shipment
