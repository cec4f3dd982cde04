"""Lines that their buyers changed: what stands where on the order's page."""

from __future__ import annotations

from collections.abc import Sequence

from configurator.ports import OrderedLine
from orders.models import OrderLine
from orders.selectors.facts import LineFacts
from orders.states import PaymentState

PAID = (PaymentState.PAID, PaymentState.PART_REFUNDED)


def find_ordered(*, line_id: int) -> OrderedLine | None:
    """Say what a line costs as it was ordered, and which others count with it."""
    line = (
        OrderLine.objects.select_related("order", "product").filter(pk=line_id).first()
    )
    if line is None:
        return None
    others = OrderLine.objects.filter(
        order=line.order_id, product=line.product_id, cancelled_at=None
    ).select_related("configuration")
    order = line.order
    promise = line.promises.order_by("revision").last()
    return OrderedLine(
        order=order.number,
        product=line.product.slug,
        total_minor=line.open_total_minor or 0,
        is_paid=order.payment_state in PAID,
        beside=[
            (each.configuration.choices, each.open_quantity)
            for each in others
            if each.pk != line_id
        ],
        is_gone=line.cancelled_at is not None,
        delivery=order.delivery,
        country=order.shipping_address.get("country", ""),
        promised_at=promise.delivered_at if promise else None,
        needed_by=order.needed_by,
        buyer_id=order.user_id,
    )


def in_place(lines: Sequence[LineFacts]) -> tuple[LineFacts, ...]:
    """Put lines where those stood that were changed into them, and leave those out."""
    latest = {
        each.line.changed_from_id: each
        for each in lines
        if each.line.changed_from_id is not None
    }
    shown = []
    for facts in lines:
        if facts.line.changed_from_id is None:
            while facts.line.pk in latest:
                facts = latest[facts.line.pk]
            shown.append(facts)
    return tuple(shown)


def place_of(line: OrderLine) -> int:
    """Tell the place of a line on its order's page, counted from 0."""
    while line.changed_from is not None:
        line = line.changed_from
    return line.position
