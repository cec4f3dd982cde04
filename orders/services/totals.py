"""An order's total: the sum of its open lines, once all of them have a price."""

from collections.abc import Iterable

from orders.models import Order, OrderLine, Quotation
from orders.selectors.balances import part_of
from orders.states import QuotationState


def sum_lines(lines: Iterable[OrderLine]) -> int | None:
    """Add up the lines that are not cancelled; none while one waits for a quotation."""
    total_minor = 0
    for line in lines:
        if line.cancelled_at is not None:
            continue
        if line.open_total_minor is None:
            return None
        total_minor += line.open_total_minor
    return total_minor


def store_total(*, order: Order) -> None:
    """Write what a locked order comes to, and its deposit, from its lines as they are.

    A line without a quotation, or with one that asks for all, is paid in advance.
    """
    lines = list(OrderLine.objects.filter(order=order))
    order.total_minor = sum_lines(lines)
    order.deposit_minor = None
    percents = dict(
        Quotation.objects.filter(
            order_line__order=order, state=QuotationState.ACCEPTED
        ).values_list("order_line", "deposit_percent")
    )
    if order.total_minor is not None and set(percents.values()) - {100}:
        order.deposit_minor = sum(
            part_of(line.open_total_minor or 0, percents.get(line.pk, 100))
            for line in lines
            if line.cancelled_at is None
        )
    order.save(update_fields=["total_minor", "deposit_minor"])
