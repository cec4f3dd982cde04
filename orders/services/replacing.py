"""What came back, never came or arrived damaged, and what is sent instead."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from configurator.services.moves import move_one
from orders.models import Order, OrderLine, Shipment
from orders.ports import ports
from orders.selectors.facts import load_facts
from orders.selectors.progress import GONE, READY_TO_SHIP, line_stage
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.parcels import hand_over
from orders.states import SHIPMENT_MOVES, OrderState, ShipmentState

FROM_STOCK = "FLOW"
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
    """Send what was made again, free, after its parcel came back or was lost."""
    line = OrderLine.objects.get(pk=line_id)
    with transaction.atomic():
        order = lock_order(order_id=line.order_id)
        _check_gone(order, line)
        return hand_over(
            order=order,
            line_ids=[line.pk],
            kind="REPLACEMENT_SHIPPED",
            now=now,
            actor=actor,
        )


def send_again(*, shipment_id: int, now: datetime, actor: str) -> Shipment | None:
    """Send all lines of a shipment that is gone once more, free.

    Goods from stock are taken from there again: none is sent before all are there.
    What was made goes out as it came back; where it is lost it has to be made again
    first. Done twice, it is done once.
    """
    gone = Shipment.objects.select_related("order").get(pk=shipment_id)
    with transaction.atomic():
        order = lock_order(order_id=gone.order_id)
        lines = list(gone.lines.order_by("pk"))
        for line in lines:
            _check_gone(order, line)
            if gone.state == ShipmentState.LOST and line.method != FROM_STOCK:
                raise ConflictError(
                    _("What is lost is made again first: answer a complaint about it."),
                    code="NOT_MADE",
                    extra={"legal_moves": []},
                )
        goods = [line for line in lines if line.method == FROM_STOCK]
        fresh = [_replace_once(order, line, now) for line in goods]
        if not _are_in_stock(order, fresh):
            return None
        rest = [line.pk for line in lines if line.method != FROM_STOCK]
        shipment = hand_over(
            order=order,
            line_ids=[*rest, *(line.pk for line in fresh)],
            kind="REPLACEMENT_SHIPPED",
            now=now,
            actor=actor,
        )
        ids = [line.pk for line in fresh]
        ports.take_stock(order_id=order.pk, line_ids=ids, now=now)
    return shipment


def _check_gone(order: Order, line: OrderLine) -> None:
    """Refuse a line whose latest parcel is not gone, or that nobody waits for."""
    latest = line.shipments.order_by("-id").first()
    is_wanted = order.state in SERVED and line.cancelled_at is None
    if not is_wanted or latest is None or latest.state not in GONE:
        raise _nothing_to_send()
    sent = OrderLine.objects.filter(replaces=line, shipments__isnull=False)
    if sent.exists():
        raise _nothing_to_send()


def _nothing_to_send() -> ConflictError:
    text = _("Nothing of this line has to be sent again.")
    return ConflictError(text, extra={"legal_moves": []})


def _replace_once(order: Order, line: OrderLine, now: datetime) -> OrderLine:
    """Give the line that replaces goods; made where there is none yet."""
    waiting = OrderLine.objects.filter(
        replaces=line, shipments__isnull=True, cancelled_at=None
    )
    found = waiting.first()
    if found is not None:
        return found
    number = replace_goods(order=order, line=line, quantity=line.open_quantity, now=now)
    return find_replacement(order=order, number=number)


def _are_in_stock(order: Order, lines: Sequence[OrderLine]) -> bool:
    ids = {line.pk for line in lines}
    return all(
        line_stage(each, order.state) in READY_TO_SHIP
        for each in load_facts([order])[0].lines
        if each.line.pk in ids
    )


def replace_goods(
    *, order: Order, line: OrderLine, quantity: int, now: datetime
) -> str:
    """Take goods from stock once more, free, or wait for them; gives their number.

    They are a line of their own that names the one it makes good, so they are
    reserved, promised to from the next lot, shipped and traced like any other.
    """
    position = OrderLine.objects.filter(order=order).count()
    OrderLine.objects.create(
        order=order,
        position=position,
        product=line.product,
        configuration=line.configuration,
        quantity=quantity,
        total_minor=0,
        method=line.method,
        method_reasons=line.method_reasons,
        replaces=line,
        created_at=now,
    )
    ports.reserve_stock(order_id=order.pk, now=now)
    return f"{order.number}/{position + 1}"


def find_replacement(*, order: Order, number: str) -> OrderLine:
    """Find the line that `replace_goods` has given a number."""
    for line in OrderLine.objects.filter(order=order, replaces__isnull=False):
        if number == f"{order.number}/{line.position + 1}":
            return line
    raise NotFoundError(_("This order has no such line."))


def ship_goods(*, order: Order, line: OrderLine, now: datetime, actor: str) -> Shipment:
    """Hand over goods that replace others, unless they have left with the rest."""
    facts = next(
        each for each in load_facts([order])[0].lines if each.line.pk == line.pk
    )
    if facts.shipment is not None:
        return facts.shipment
    if line_stage(facts, order.state) not in READY_TO_SHIP:
        raise ConflictError(
            _("Nothing is in stock for it yet."),
            code="NOT_MADE",
            extra={"legal_moves": []},
        )
    shipment = hand_over(
        order=order,
        line_ids=[line.pk],
        kind="REPLACEMENT_SHIPPED",
        now=now,
        actor=actor,
    )
    ports.take_stock(order_id=order.pk, line_ids=[line.pk], now=now)
    return shipment
