"""Cancelling an order or a line of it, as far as the floor has not begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, NotFoundError
from configurator.services.moves import check_move, illegal, move, move_one
from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    Proof,
    Quotation,
)
from orders.ports import CancelOutcome, ports
from orders.services import outbox
from orders.services.events import make_event
from orders.services.issuing import ask_credit
from orders.services.locking import lock_order
from orders.services.refunding import refund_cancelled
from orders.services.renewing import withdraw_promises
from orders.services.settling import void_intents
from orders.services.shipping import close_if_delivered
from orders.services.totals import store_total, sum_lines
from orders.states import (
    ORDER_MOVES,
    PROOF_MOVES,
    QUOTATION_MOVES,
    OrderState,
    ProofState,
    QuotationState,
)

OPEN_QUOTATIONS = (
    QuotationState.REQUESTED,
    QuotationState.PREPARING,
    QuotationState.SENT,
)
OPEN_PROOFS = (ProofState.REQUESTED, ProofState.PREPARING, ProofState.SENT)


class AlreadyBegunError(ConflictError):
    """Nothing of what was to be cancelled can be cancelled any more."""

    code = "ALREADY_BEGUN"


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What was cancelled, and what goes on because it has begun."""

    order: Order
    cancelled_line_ids: tuple[int, ...]
    started_units: tuple[str, ...] = ()
    legal_moves: tuple[str, ...] = ()


def cancel_order(
    *, order_id: int, now: datetime, actor: str = "customer"
) -> CancelReport:
    """Cancel what has not begun of an order; all of it while it is not paid."""
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        check_cancellable(order)
        lines = list(OrderLine.objects.filter(order=order, cancelled_at=None))
        return _cancel(order, lines, now=now, actor=actor)


def cancel_line(
    *, order_id: int, line_id: int, now: datetime, actor: str = "customer"
) -> CancelReport:
    """Cancel one line; the order goes with its last open line."""
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        line = OrderLine.objects.filter(order=order, pk=line_id).first()
        if line is None:
            raise NotFoundError(_("This order has no such line."))
        check_cancellable(order)
        if line.cancelled_at is not None:
            what = _("Line %(n)s of %(order)s") % {
                "n": line.position + 1,
                "order": order.number,
            }
            raise illegal(what=what, from_="CANCELLED", to="CANCELLED", moves={})
        return _cancel(order, [line], now=now, actor=actor)


def check_cancellable(order: Order) -> None:
    """Say why an order's life has no way to CANCELLED, if so."""
    check_move(
        what=order.number,
        from_=order.state,
        to=OrderState.CANCELLED,
        moves=ORDER_MOVES,
    )


def _cancel(
    order: Order, lines: Sequence[OrderLine], *, now: datetime, actor: str
) -> CancelReport:
    wanted = [line.pk for line in lines]
    outcome = CancelOutcome(cancelled_line_ids=tuple(wanted), started_units=())
    if order.state == OrderState.CONFIRMED:
        outcome = ports.cancellation(order_id=order.pk, line_ids=wanted, now=now)
    gone = [line for line in lines if line.pk in outcome.cancelled_line_ids]
    if not gone:
        raise _begun(order, outcome)
    _end_lines(order, gone, now=now, actor=actor)
    others = list(OrderLine.objects.filter(order=order, cancelled_at=None))
    is_whole = not others
    if order.state == OrderState.CONFIRMED:
        left_minor = sum_lines(others) or 0
        refund_cancelled(
            order=order,
            total_minor=left_minor,
            is_whole=is_whole,
            now=now,
            actor=actor,
        )
        _ask_credit(order, gone, now)
    else:
        void_intents(order=order, now=now, actor=actor)
    if is_whole:
        _end_order(order, now=now, actor=actor)
    else:
        store_total(order=order)
        close_if_delivered(order=order, now=now)
    return CancelReport(
        order=order,
        cancelled_line_ids=tuple(line.pk for line in gone),
        started_units=outcome.started_units,
        legal_moves=outcome.legal_moves,
    )


def _ask_credit(order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Take back what was invoiced for these lines."""
    amount_minor = sum(line.total_minor or 0 for line in lines)
    if amount_minor:
        ask_credit(
            order=order,
            # A line is cancelled once, so the first of them names it for good.
            key=f"{order.number}:{lines[0].position}",
            amount_minor=amount_minor,
            line_ids=[line.pk for line in lines],
            now=now,
        ).save()


def _begun(order: Order, outcome: CancelOutcome) -> AlreadyBegunError:
    text = _("%(order)s has begun to be made; nothing of it can be cancelled.")
    extra = {
        "legal_moves": list(outcome.legal_moves),
        "started_units": list(outcome.started_units),
    }
    return AlreadyBegunError(text % {"order": order.number}, extra=extra)


def _end_lines(
    order: Order, lines: Sequence[OrderLine], *, now: datetime, actor: str
) -> None:
    """Mark lines as cancelled; whatever waited for an answer waits no longer."""
    ids = [line.pk for line in lines]
    OrderLine.objects.filter(pk__in=ids).update(cancelled_at=now)
    quotations = Quotation.objects.filter(order_line__in=ids)
    move(
        Quotation,
        ids=list(quotations.values_list("pk", flat=True)),
        from_=OPEN_QUOTATIONS,
        to=QuotationState.SUPERSEDED,
        moves=QUOTATION_MOVES,
    )
    proofs = Proof.objects.filter(order_line__in=ids)
    move(
        Proof,
        ids=list(proofs.values_list("pk", flat=True)),
        from_=OPEN_PROOFS,
        to=ProofState.SUPERSEDED,
        moves=PROOF_MOVES,
    )
    withdraw_promises(line_ids=ids)
    OrderEvent.objects.bulk_create(
        make_event(
            order_id=order.pk,
            line_id=line.pk,
            kind="LINE_CANCELLED",
            actor=actor,
            now=now,
        )
        for line in lines
    )


def _end_order(order: Order, *, now: datetime, actor: str) -> None:
    from_state = order.state
    move_one(
        order,
        to=OrderState.CANCELLED,
        moves=ORDER_MOVES,
        extra_updates={"cancel_requested_at": now},
    )
    outbox.withdraw(kind=outbox.RELEASE, order_id=order.pk)
    make_event(
        order_id=order.pk,
        kind="CANCELLED",
        from_state=from_state,
        to_state=OrderState.CANCELLED,
        actor=actor,
        now=now,
    ).save()
