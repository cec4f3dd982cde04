"""Shipments: what is made leaves the works, arrives, and closes the order."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from configurator.services.moves import check_move, illegal, move, move_one
from orders.models import Order, OrderEvent, Promise, Shipment
from orders.ports import ports
from orders.selectors.facts import LineFacts, OrderFacts, load_facts
from orders.selectors.progress import (
    READY_TO_SHIP,
    line_stage,
    list_open_lines,
    list_unshipped_lines,
    shipment_stage,
)
from orders.services.events import make_event
from orders.services.holding import check_not_held
from orders.services.locking import lock_order
from orders.services.parcels import ParcelRequest, hand_over
from orders.services.refunding import check_nothing_due
from orders.states import (
    ORDER_MOVES,
    PROMISE_MOVES,
    SHIPMENT_MOVES,
    Delivery,
    OrderState,
    PromiseState,
    ShipmentState,
    Shipping,
    Stage,
)

LIVE_PROMISES = (PromiseState.ACCEPTED, PromiseState.AT_RISK)


class NotMadeError(ConflictError):
    """Something that was to be shipped is not made yet."""

    code = "NOT_MADE"


class NothingToShipError(ConflictError):
    """Every line is shipped or cancelled."""

    code = "NOTHING_TO_SHIP"


def ship_order(
    *,
    order_id: int,
    line_ids: Collection[int] | None = None,
    parcels: Sequence[ParcelRequest] = (),
    now: datetime,
    actor: str,
) -> Shipment:
    """Pack and hand over what is made: all open lines together, or those named.

    Where the buyer wants each piece as it is ready, it is what is made by now.
    """
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        if order.state != OrderState.CONFIRMED:
            raise illegal(
                what=order.number, from_=order.state, to="SHIPPED", moves=ORDER_MOVES
            )
        check_not_held(order)
        check_nothing_due(order)
        facts = load_facts([order])[0]
        lines = _choose_lines(facts, line_ids)
        _check_made(order, lines)
        ids = [each.line.pk for each in lines]
        shipment = hand_over(
            order=order,
            line_ids=ids,
            parcels=parcels,
            kind="SHIPPED",
            now=now,
            actor=actor,
        )
        ports.take_stock(order_id=order.pk, line_ids=ids, now=now)
    return shipment


def deliver_order(*, order_id: int, now: datetime, actor: str) -> list[Shipment]:
    """Note the arrival of all that is under way; with the last line the order closes.

    Raises where nothing is under way.
    """
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        under_way = list(
            Shipment.objects.filter(order=order, state=ShipmentState.HANDED_OVER)
        )
        if not under_way:
            raise _nothing_under_way(order)
        move(
            Shipment,
            ids=[shipment.pk for shipment in under_way],
            from_=ShipmentState.HANDED_OVER,
            to=ShipmentState.DELIVERED,
            moves=SHIPMENT_MOVES,
            extra_updates={"delivered_at": now},
        )
        for shipment in under_way:
            shipment.state, shipment.delivered_at = ShipmentState.DELIVERED, now
        settle_promises(
            arrived=Q(line__shipments__in=under_way),
            now=_arrived_at(order, under_way, now),
        )
        OrderEvent.objects.bulk_create(
            make_event(
                order_id=order.pk,
                kind="DELIVERED",
                from_state=ShipmentState.HANDED_OVER,
                to_state=ShipmentState.DELIVERED,
                details={"shipment": shipment.number},
                actor=actor,
                now=now,
            )
            for shipment in under_way
        )
        close_if_delivered(order=order, now=now)
    return under_way


def _arrived_at(order: Order, shipments: Sequence[Shipment], now: datetime) -> datetime:
    """Say when our part was done: what is fetched was there when it lay ready."""
    if order.delivery != Delivery.COLLECTION:
        return now
    return max(each.handed_over_at or now for each in shipments)


def close_if_delivered(*, order: Order, now: datetime) -> bool:
    """Close a locked order once each of its open lines has arrived."""
    if order.state != OrderState.CONFIRMED:
        return False
    lines = list_open_lines(load_facts([order])[0])
    if {shipment_stage(each) for each in lines} != {Stage.DELIVERED}:
        return False
    move_one(order, to=OrderState.CLOSED, moves=ORDER_MOVES)
    make_event(
        order_id=order.pk,
        kind="CLOSED",
        from_state=OrderState.CONFIRMED,
        to_state=OrderState.CLOSED,
        now=now,
    ).save()
    return True


def _choose_lines(
    facts: OrderFacts, line_ids: Collection[int] | None
) -> list[LineFacts]:
    lines = list_unshipped_lines(facts)
    if line_ids is not None:
        unknown = set(line_ids) - {each.line.pk for each in facts.lines}
        if unknown:
            raise NotFoundError(_("This order has no such line."), field="lines")
        lines = [each for each in lines if each.line.pk in line_ids]
    elif facts.order.shipping == Shipping.AS_READY:
        state = facts.order.state
        made = [each for each in lines if line_stage(each, state) in READY_TO_SHIP]
        lines = made or lines
    if not lines:
        raise NothingToShipError(
            _("Nothing of %(order)s is left to ship.") % {"order": facts.order.number}
        )
    return lines


def _check_made(order: Order, lines: Sequence[LineFacts]) -> None:
    waiting = {
        str(each.line.pk): line_stage(each, order.state)
        for each in lines
        if line_stage(each, order.state) not in READY_TO_SHIP
    }
    if waiting:
        text = _("%(n)s lines of %(order)s are not made yet.")
        raise NotMadeError(
            text % {"n": len(waiting), "order": order.number},
            extra={"stages": waiting, "legal_moves": []},
        )


def _nothing_under_way(order: Order) -> ConflictError:
    check_move(
        what=order.number,
        from_=order.state,
        to=OrderState.CLOSED,
        moves=ORDER_MOVES,
    )
    text = _("Nothing of %(order)s is under way.") % {"order": order.number}
    return ConflictError(text, extra={"legal_moves": ["ship"]})


def settle_promises(*, arrived: Q, now: datetime) -> None:
    """Keep or break the promises of what has arrived."""
    live = Promise.objects.filter(arrived, state__in=LIVE_PROMISES)
    kept = set(live.filter(delivered_at__gte=now).values_list("pk", flat=True))
    all_ids = set(live.values_list("pk", flat=True))
    for ids, state in (
        (kept, PromiseState.KEPT),
        (all_ids - kept, PromiseState.BROKEN),
    ):
        move(
            Promise,
            ids=ids,
            from_=LIVE_PROMISES,
            to=state,
            moves=PROMISE_MOVES,
        )
