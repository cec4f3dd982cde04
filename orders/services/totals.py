"""An order's total: the sum of its open lines, once all of them have a price."""

from collections.abc import Iterable

from orders.models import Order, OrderLine


def sum_lines(lines: Iterable[OrderLine]) -> int | None:
    """Add up the lines that are not cancelled; none while one waits for a quotation."""
    total_minor = 0
    for line in lines:
        if line.cancelled_at is not None:
            continue
        if line.total_minor is None:
            return None
        total_minor += line.total_minor
    return total_minor


def store_total(*, order: Order) -> None:
    """Write the total of a locked order anew from its lines as they are now."""
    order.total_minor = sum_lines(OrderLine.objects.filter(order=order))
    order.save(update_fields=["total_minor"])
