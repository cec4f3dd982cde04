"""Row locks on orders, always taken in primary-key order."""

from collections.abc import Collection

from django.db import connection
from django.utils.translation import gettext as _

from configurator.services.errors import NotFoundError
from orders.models import Order

LOCK_ROWS = (
    "SELECT id FROM orders_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
)


def lock_orders(*, order_ids: Collection[int]) -> list[Order]:
    """Lock orders until the transaction ends and read them as they are now.

    The lock leaves the primary key alone, so that rows which only refer to an
    order (events, work orders) can still be written by others.
    """
    rows = Order.objects.filter(pk__in=sorted(set(order_ids))).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def lock_order_rows(*, order_ids: Collection[int]) -> None:
    """Lock orders until the transaction ends without reading what they hold."""
    wanted = sorted(set(order_ids))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # one parameter instead of hundreds
            cursor.execute(LOCK_ROWS, [wanted])
        return
    rows = Order.objects.filter(pk__in=wanted).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def lock_order(*, order_id: int) -> Order:
    """Lock one order until the transaction ends and read it as it is now."""
    for order in lock_orders(order_ids=[order_id]):
        return order
    raise NotFoundError(_("There is no such order."))
