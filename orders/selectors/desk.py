"""What the order desk looks through: orders, those that wait for it first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from orders.models import (
    Complaint,
    Order,
    OrderEvent,
    OrderHold,
    Proof,
    Quotation,
    Shipment,
)
from orders.selectors.messages import awaits_answer
from orders.states import (
    ComplaintState,
    OrderState,
    ProofState,
    QuotationState,
    ShipmentState,
)

WAITING = (QuotationState.REQUESTED, QuotationState.PREPARING)
UNSETTLED = (ComplaintState.OPEN, ComplaintState.REMAKING)
OPEN = (OrderState.PLACED, OrderState.CONFIRMED)
LONGEST_SEARCH = 120
MOST_EVENTS = 30


class Which(TextChoices):
    """What the list can be narrowed to: what it waits for, or its state."""

    TO_QUOTE = "TO_QUOTE", _("waiting for a quotation")
    TO_ANSWER = "TO_ANSWER", _("waiting for an answer")
    TO_PROOF = "TO_PROOF", _("waiting for another proof")
    TO_SETTLE = "TO_SETTLE", _("with a complaint")
    HELD = "HELD", _("on hold")
    TO_SHIP = "TO_SHIP", _("still to be shipped")
    UNDER_WAY = "UNDER_WAY", _("under way")
    PLACED = "PLACED", _("placed")
    CONFIRMED = "CONFIRMED", _("confirmed")
    CLOSED = "CLOSED", _("closed")
    CANCELLED = "CANCELLED", _("cancelled")
    EXPIRED = "EXPIRED", _("expired")


WORK = (
    *(Which.TO_QUOTE, Which.TO_ANSWER, Which.TO_PROOF, Which.TO_SETTLE),
    *(Which.HELD, Which.TO_SHIP, Which.UNDER_WAY),
)


def list_desk(*, search: str = "", which: str = "") -> QuerySet[Any]:
    """List orders, those that wait for a quotation first, then the latest first.

    ``is_waiting`` and ``is_held`` stand on each.
    """
    waiting = Quotation.objects.filter(
        order_line__order=OuterRef("pk"),
        order_line__cancelled_at=None,
        state__in=WAITING,
    )
    orders: QuerySet[Any] = Order.objects.annotate(
        is_waiting=ExpressionWrapper(
            Q(state=OrderState.PLACED) & Exists(waiting), BooleanField()
        ),
        is_held=Exists(_open_holds().filter(order=OuterRef("pk"))),
    )
    words = search.replace("\x00", "").strip()[:LONGEST_SEARCH]
    if words:
        orders = orders.filter(
            Q(number__icontains=words)
            | Q(customer_name__icontains=words)
            | Q(customer_email__icontains=words)
        )
    return _narrow(orders, which).order_by("-is_waiting", "-created_at", "-pk")


def _narrow(orders: QuerySet[Any], which: str) -> QuerySet[Any]:
    if which == Which.TO_QUOTE:
        return orders.filter(is_waiting=True)
    if which == Which.TO_ANSWER:
        return orders.filter(awaits_answer())
    if which == Which.TO_PROOF:
        wanted = Proof.objects.filter(
            order_line__order=OuterRef("pk"),
            order_line__cancelled_at=None,
            state=ProofState.CHANGES_REQUESTED,
        )
        return orders.filter(Exists(wanted), state__in=OPEN)
    if which == Which.TO_SETTLE:
        unsettled = Complaint.objects.filter(
            order_line__order=OuterRef("pk"), state__in=UNSETTLED
        )
        return orders.filter(Exists(unsettled))
    if which == Which.HELD:
        return orders.filter(is_held=True)
    if which == Which.TO_SHIP:
        shipped = Shipment.objects.filter(order=OuterRef("pk"))
        return orders.filter(~Exists(shipped), state=OrderState.CONFIRMED)
    if which == Which.UNDER_WAY:
        gone = Shipment.objects.filter(
            order=OuterRef("pk"), state=ShipmentState.HANDED_OVER
        )
        return orders.filter(Exists(gone))
    return orders.filter(state=which) if which in OrderState.values else orders


def count_work() -> dict[str, int]:
    """Count what waits for the desk, by what it waits for."""
    return {str(which): list_desk(which=which).order_by().count() for which in WORK}


def list_holds(*, order: Order) -> list[OrderHold]:
    """List why an order may not go on, the first first."""
    return list(_open_holds().filter(order=order).order_by("since_at", "pk"))


def group_holds(*, orders: Iterable[Order]) -> dict[int, list[OrderHold]]:
    """List the open holds of many orders by their order."""
    found: defaultdict[int, list[OrderHold]] = defaultdict(list)
    for hold in _open_holds().filter(order__in=orders).order_by("since_at", "pk"):
        found[hold.order_id].append(hold)
    return found


def list_events(*, order: Order) -> list[OrderEvent]:
    """List what happened to an order, the latest first."""
    return list(OrderEvent.objects.filter(order=order).order_by("-pk")[:MOST_EVENTS])


def _open_holds() -> QuerySet[OrderHold]:
    return OrderHold.objects.filter(lifted_at__isnull=True)
