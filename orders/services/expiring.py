"""Orders that nobody paid for end by themselves."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from configurator.services.moves import move
from orders.models import Order, OrderEvent, Quotation
from orders.selectors.balances import live_intents
from orders.services.events import make_event
from orders.states import ORDER_MOVES, OrderState, QuotationState

ORDERS_AT_ONCE = 500


def expire_unpaid_orders(
    *, older_than: timedelta, now: datetime, limit: int = ORDERS_AT_ONCE
) -> int:
    """End orders placed longer ago than that and still unpaid; tells how many.

    An order whose quotation is being prepared, or can still be accepted, waits; so
    does one whose payment has begun and not ended.
    """
    with transaction.atomic():
        orders = Order.objects.filter(
            ~Exists(_live_quotations(now)),
            ~Exists(live_intents()),
            state=OrderState.PLACED,
            placed_at__lt=now - older_than,
        ).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            orders = orders.select_for_update(skip_locked=True, no_key=True)
        ids = [order.pk for order in orders[:limit]]
        n_expired = move(
            Order,
            ids=ids,
            from_=OrderState.PLACED,
            to=OrderState.EXPIRED,
            moves=ORDER_MOVES,
        )
        OrderEvent.objects.bulk_create(
            make_event(
                order_id=order_id,
                kind="EXPIRED",
                from_state=OrderState.PLACED,
                to_state=OrderState.EXPIRED,
                now=now,
            )
            for order_id in ids
        )
    return n_expired


def _live_quotations(now: datetime) -> QuerySet[Quotation]:
    """Select an order's quotations that staff or the customer still work on."""
    staff_at_work = Q(state__in=(QuotationState.REQUESTED, QuotationState.PREPARING))
    still_valid = Q(state=QuotationState.SENT, valid_until__gt=now)
    return Quotation.objects.filter(
        staff_at_work | still_valid,
        order_line__order=OuterRef("pk"),
        order_line__cancelled_at=None,
    )
