"""The simulated office and its customers: quotations, proofs, payments, parcels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from configurator.selectors.times import local
from configurator.services.errors import DomainError
from configurator.services.previews import PAGE_PX, thumbnail_png
from configurator.states import ProductKind
from orders.models import Order, OrderLine, Proof, Quotation
from orders.services import (
    downloads,
    finishing,
    paying,
    proofing,
    quoting,
    replacing,
    shipping,
)
from orders.states import (
    Delivery,
    OrderState,
    PaymentPurpose,
    PaymentState,
    ProductionState,
    ProofState,
    QuotationState,
    ShipmentState,
    Shipping,
)
from production.models import WorkOrder
from production.selectors.progress import map_progress
from production.selectors.promises import forget_shop
from production.states import SourceKind, WorkOrderState

THINKS = timedelta(hours=3)
THINKS_LONG = timedelta(days=4)
QUOTE_VALID = timedelta(days=30)
FALLBACK_QUOTE_MINOR = 150_000
UNDER_WAY = {Delivery.VAN: timedelta(hours=1)}  # all else until the next day
CARRIERS_COME = time(8, 0)
ORDERS_AT_ONCE = 2_000


def work(*, now: datetime) -> Counter[str]:
    """Quote what is asked for, take answers and payments, ship and deliver."""
    return Counter(
        {
            "quotation sent": _quote(now),
            "quotation accepted": _answer_quotations(now),
            "rest paid": _pay_rests(now),
            "order shipped": _ship(now),
            "replacement shipped": _ship_replacements(now),
            "order delivered": _deliver(now),
            "finished file": _put_files(now),
            "files handed out": downloads.hand_out_files(now=now),
        }
    )


def _quote(now: datetime) -> int:
    asked = Quotation.objects.filter(state=QuotationState.REQUESTED)
    n_sent = 0
    for quotation in asked.select_related("order_line").order_by("id"):
        line = quotation.order_line
        estimate = sum(int(row.get("amount_minor", 0)) for row in line.price_lines)
        n_sent += attempt(
            quoting.send_quotation,
            order_line_id=line.pk,
            total_minor=estimate or FALLBACK_QUOTE_MINOR,
            valid_until=now + QUOTE_VALID,
            now=now,
            actor="shift",
        )
    return n_sent


def _answer_quotations(now: datetime) -> int:
    sent = Quotation.objects.filter(
        state=QuotationState.SENT, created_at__lte=now - THINKS
    )
    n_accepted = 0
    for quotation in sent.select_related("order_line").order_by("id"):
        forget_shop()  # they answer one after the other, each sees the one before
        n_accepted += attempt(
            quoting.accept_quotation, quotation_id=quotation.pk, now=now
        )
        attempt(
            paying.record_payment,
            order_id=quotation.order_line.order_id,
            provider="dummy",
            outcome="SUCCEEDED",
            now=now,
        )
    return n_accepted


def answer_proofs(*, now: datetime, late_proof: float) -> tuple[Counter[str], bool]:
    """Let customers approve after some hours; one of several takes four days.

    ``late_proof``, from 0 to 1, picks the one. Gives what was done, and whether
    somebody is late.
    """
    proofs = list(Proof.objects.filter(state=ProofState.SENT).order_by("id"))
    late = proofs[int(late_proof * len(proofs))] if len(proofs) > 1 else None
    n_approved = 0
    for proof in proofs:
        thinks = THINKS_LONG if proof is late else THINKS
        if (proof.sent_at or now) + thinks <= now:
            n_approved += attempt(proofing.approve_proof, proof_id=proof.pk, now=now)
    return Counter({"proof approved": n_approved}), late is not None


def _pay_rests(now: datetime) -> int:
    """Let customers pay the rest when all they ordered is made."""
    owed = Order.objects.filter(payment_state=PaymentState.PART_PAID)
    return sum(
        attempt(
            paying.record_payment,
            order_id=key,
            provider="dummy",
            outcome="SUCCEEDED",
            purpose=PaymentPurpose.BALANCE,
            now=now,
        )
        for key in _list_made(owed)
    )


def _ship(now: datetime) -> int:
    """Ship what is made: whole orders, or by day what each has ready by then."""
    ids = set(_list_made(Order.objects.filter(shipments__isnull=True)))
    if local(now).time() >= CARRIERS_COME:
        apart = Order.objects.filter(
            shipping=Shipping.AS_READY,
            state=OrderState.CONFIRMED,
            lines__in=OrderLine.objects.filter(shipments=None, cancelled_at=None),
        )
        ids.update(apart.values_list("id", flat=True))
    return sum(
        attempt(shipping.ship_order, order_id=key, now=now, actor="shift")
        for key in sorted(ids)
    )


def _list_made(orders: QuerySet[Order]) -> list[int]:
    confirmed = orders.filter(state=OrderState.CONFIRMED).order_by("id")
    ids = list(confirmed.values_list("id", flat=True)[:ORDERS_AT_ONCE])
    return [
        order_id
        for order_id, report in map_progress(order_ids=ids).items()
        if report.production_state == ProductionState.MADE
    ]


def _ship_replacements(now: datetime) -> int:
    """Send what was made again for parcels that came back."""
    made = (
        WorkOrder.objects.filter(
            source_kind=SourceKind.REMAKE,
            state=WorkOrderState.COMPLETED,
            order_line__shipments__state=ShipmentState.RETURNED,
        )
        .exclude(order_line__shipments__state=ShipmentState.HANDED_OVER)
        .exclude(order_line__shipments__state=ShipmentState.DELIVERED)
    )
    line_ids = set(made.values_list("order_line_id", flat=True))
    return sum(
        attempt(replacing.ship_replacement, line_id=key, now=now, actor="shift")
        for key in sorted(line_ids)
    )


def _put_files(now: datetime) -> int:
    """Put the drawing of what was designed by hand with its line."""
    lines = OrderLine.objects.filter(
        is_download=True,
        product__kind=ProductKind.BESPOKE,
        order__state=OrderState.CONFIRMED,
        cancelled_at=None,
        files=None,
        work_orders__state=WorkOrderState.COMPLETED,
    )
    return sum(
        attempt(
            finishing.add_file,
            line_id=line.pk,
            file_name=f"{line.product.slug}.png",
            content=thumbnail_png(
                configuration_sha256=line.configuration.sha256, width_px=PAGE_PX
            ),
            now=now,
            actor="shift",
        )
        for line in lines.select_related("product", "configuration").distinct()
    )


def _deliver(now: datetime) -> int:
    arrived = set()
    for delivery in Delivery:
        left_by = now - UNDER_WAY.get(delivery, timedelta(days=1))
        under_way = Order.objects.filter(
            delivery=delivery,
            shipments__state=ShipmentState.HANDED_OVER,
            shipments__handed_over_at__lte=left_by,
        )
        arrived |= set(under_way.values_list("id", flat=True))
    return sum(
        attempt(shipping.deliver_order, order_id=key, now=now, actor="shift")
        for key in sorted(arrived)
    )


def attempt(effect: Callable[..., object], **values: Any) -> bool:
    """Call a service; false where the domain refuses."""
    try:
        effect(**values)
    except DomainError:
        return False
    return True
