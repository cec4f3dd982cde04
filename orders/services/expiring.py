"""Orders that nobody paid for, and prices that nobody took, end by themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from configurator.services.moves import move
from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    OutboxMessage,
    Proof,
    Quotation,
)
from orders.selectors.balances import live_intents
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_orders
from orders.services.renewing import withdraw_promises
from orders.states import (
    ORDER_MOVES,
    PROOF_MOVES,
    QUOTATION_MOVES,
    OrderState,
    ProofState,
    QuotationState,
)

ORDERS_AT_ONCE = 500
# How long an agreed price may wait for its money.
AGREED_FOR = timedelta(days=30)
STAFF_AT_WORK = (QuotationState.REQUESTED, QuotationState.PREPARING)
NOT_AGREED = (*STAFF_AT_WORK, QuotationState.SENT, QuotationState.EXPIRED)
OPEN_PROOFS = (ProofState.REQUESTED, ProofState.PREPARING, ProofState.SENT)


def expire_unpaid_orders(
    *, older_than: timedelta, now: datetime, limit: int = ORDERS_AT_ONCE
) -> int:
    """End orders placed longer ago than that and still unpaid; tells how many.

    An order whose quotation is being prepared, can still be accepted or was accepted
    lately waits; so does one whose payment has begun and not ended. With an order
    ends what was promised and what waited for an answer.
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
        _end_lines(ids)
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
        _tell(ids, now=now)
    return n_expired


def _tell(order_ids: Sequence[int], *, now: datetime) -> None:
    """Write to the buyers that nothing is made, so that nobody waits for it."""
    OutboxMessage.objects.bulk_create(
        outbox.make_message(
            kind=outbox.MAIL,
            key=f"expired:{order.number}",
            order_id=order.pk,
            payload={"template": "expired"},
            now=now,
        )
        for order in Order.objects.filter(pk__in=order_ids).only("number")
    )


def expire_quotations(*, now: datetime, limit: int = ORDERS_AT_ONCE) -> int:
    """End offers whose time to accept has passed; tells how many."""
    over = Quotation.objects.filter(state=QuotationState.SENT, valid_until__lte=now)
    order_ids = set(over.values_list("order_line__order", flat=True)[:limit])
    if not order_ids:
        return 0
    with transaction.atomic():
        lock_orders(order_ids=order_ids)
        found = list(
            over.filter(order_line__order__in=order_ids).select_related("order_line")
        )
        n_expired = move(
            Quotation,
            ids=[quotation.pk for quotation in found],
            from_=QuotationState.SENT,
            to=QuotationState.EXPIRED,
            moves=QUOTATION_MOVES,
        )
        OrderEvent.objects.bulk_create(
            make_event(
                order_id=quotation.order_line.order_id,
                line_id=quotation.order_line_id,
                kind="QUOTATION_EXPIRED",
                from_state=QuotationState.SENT,
                to_state=QuotationState.EXPIRED,
                details={"quotation": quotation.number},
                now=now,
            )
            for quotation in found
        )
    return n_expired


def _end_lines(order_ids: Sequence[int]) -> None:
    """Withdraw what was promised of ended orders; nobody waits for answers now."""
    lines = OrderLine.objects.filter(order__in=order_ids)
    line_ids = list(lines.values_list("pk", flat=True))
    withdraw_promises(line_ids=line_ids)
    quotations = Quotation.objects.filter(order_line__in=line_ids)
    move(
        Quotation,
        ids=list(quotations.values_list("pk", flat=True)),
        from_=NOT_AGREED,
        to=QuotationState.SUPERSEDED,
        moves=QUOTATION_MOVES,
    )
    proofs = Proof.objects.filter(order_line__in=line_ids)
    move(
        Proof,
        ids=list(proofs.values_list("pk", flat=True)),
        from_=OPEN_PROOFS,
        to=ProofState.SUPERSEDED,
        moves=PROOF_MOVES,
    )


def _live_quotations(now: datetime) -> QuerySet[Quotation]:
    """Select an order's quotations that somebody still works on or has agreed to."""
    staff_at_work = Q(state__in=STAFF_AT_WORK)
    still_valid = Q(state=QuotationState.SENT, valid_until__gt=now)
    agreed = Q(state=QuotationState.ACCEPTED, answered_at__gt=now - AGREED_FOR)
    return Quotation.objects.filter(
        staff_at_work | still_valid | agreed,
        order_line__order=OuterRef("pk"),
        order_line__cancelled_at=None,
    )
