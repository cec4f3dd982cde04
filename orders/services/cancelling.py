"""Cancelling an order or a line of it, as far as the floor has not begun."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import check_move, illegal, move, move_one
from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    Proof,
    Quotation,
)
from orders.ports import CancelOutcome, Units, ports
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
    cancelled_units: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """Sold units of a line that are no longer wanted, and what they cost."""

    line: OrderLine
    quantity: int
    amount_minor: int


def cancel_order(
    *, order_id: int, now: datetime, actor: str = "customer"
) -> CancelReport:
    """Cancel what has not begun of an order; all of it while it is not paid."""
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        check_cancellable(order)
        return _cancel(order, _open_lines(order), now=now, actor=actor)


def cancel_line(
    *,
    order_id: int,
    line_id: int,
    units: Units | None = None,
    now: datetime,
    actor: str = "customer",
    is_told: bool = True,
) -> CancelReport:
    """Cancel what has not begun of one line, or of that only some units.

    The order goes with its last open line, and a line with its last unit. The buyer
    is written to unless a caller with more to tell does it.
    """
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
        if units is not None:
            units = _check_units(order, line, units)
        return _cancel(
            order, [line], units=units, now=now, actor=actor, is_told=is_told
        )


def _check_units(order: Order, line: OrderLine, units: Units) -> Units | None:
    """Refuse more units than there are; all of them are the line as a whole."""
    n_units = units.quantity
    if not units.work_orders and not 1 <= n_units <= line.open_quantity:
        text = _("Between 1 and %(most)s pieces.") % {"most": line.open_quantity}
        raise DomainError(text, field="quantity")
    if n_units == line.open_quantity:
        return None
    if order.state != OrderState.CONFIRMED:
        text = _("It is not paid yet: cancel the line and order as many as you want.")
        raise ConflictError(text, field="quantity", extra={"legal_moves": []})
    return units


def check_cancellable(order: Order) -> None:
    """Say why an order's life has no way to CANCELLED, if so."""
    check_move(
        what=order.number,
        from_=order.state,
        to=OrderState.CANCELLED,
        moves=ORDER_MOVES,
    )


def _cancel(
    order: Order,
    lines: Sequence[OrderLine],
    *,
    units: Units | None = None,
    now: datetime,
    actor: str,
    is_told: bool = True,
) -> CancelReport:
    wanted = [line.pk for line in lines]
    outcome = CancelOutcome(cancelled_line_ids=tuple(wanted), started_units=())
    if order.state == OrderState.CONFIRMED:
        outcome = ports.cancellation(
            order_id=order.pk, line_ids=wanted, now=now, units=units
        )
    parts = [*_leave(lines, outcome)]
    if not parts:
        raise _begun(order, outcome)
    gone = [each.line for each in parts if each.quantity == each.line.open_quantity]
    cut = [each for each in parts if each.line not in gone]
    _end_lines(order, gone, now=now, actor=actor)
    _cut_lines(order, cut, now=now, actor=actor)
    back_minor = _give_back(order, parts, now=now, actor=actor)
    if is_told:
        _tell(order, parts, back_minor=back_minor, now=now)
    if _open_lines(order):
        store_total(order=order)
        close_if_delivered(order=order, now=now)
    else:
        _end_order(order, now=now, actor=actor)
    return CancelReport(
        order=order,
        cancelled_line_ids=tuple(line.pk for line in gone),
        started_units=outcome.started_units,
        legal_moves=outcome.legal_moves,
        cancelled_units={each.line.pk: each.quantity for each in cut},
    )


def _open_lines(order: Order) -> list[OrderLine]:
    return list(OrderLine.objects.filter(order=order, cancelled_at=None))


def _give_back(
    order: Order, parts: Sequence[_Part], *, now: datetime, actor: str
) -> int:
    """Give back what was paid beyond what is left; tells how much that is.

    Of what is not paid nothing is asked for any more.
    """
    if order.state != OrderState.CONFIRMED:
        void_intents(order=order, now=now, actor=actor)
        return 0
    others = _open_lines(order)
    refunds = refund_cancelled(
        order=order,
        total_minor=sum_lines(others) or 0,
        is_whole=not others,
        now=now,
        actor=actor,
    )
    _ask_credit(order, parts, now)
    return sum(refund.amount_minor for refund in refunds)


def _tell(
    order: Order, parts: Sequence[_Part], *, back_minor: int, now: datetime
) -> None:
    """Write to the buyer, whoever cancelled: what is not made, and what comes back."""
    cancelled = [
        {
            "id": each.line.pk,
            "quantity": each.quantity,
            "total_minor": each.amount_minor if each.line.total_minor else None,
        }
        for each in parts
    ]
    outbox.make_message(
        kind=outbox.MAIL,
        key=f"cancelled:{_name_of(order, parts)}",
        order_id=order.pk,
        payload={
            "template": "cancelled",
            "cancelled": cancelled,
            "back_minor": back_minor,
        },
        now=now,
    ).save()


def _name_of(order: Order, parts: Sequence[_Part]) -> str:
    """Name a cancellation by its first line and how much of that it leaves.

    How much of a line is cancelled only grows, so no other is named so.
    """
    first = parts[0].line
    so_far = f"-{first.cancelled_quantity}" if not first.cancelled_at else ""
    return f"{order.number}:{first.position}{so_far}"


def _leave(lines: Sequence[OrderLine], outcome: CancelOutcome) -> Iterator[_Part]:
    """Say what the floor let go of each line; the last units cost what they cost."""
    for line in lines:
        n_left = line.open_quantity - outcome.cancelled_units.get(line.pk, 0)
        if line.pk in outcome.cancelled_line_ids:
            n_left = 0
        if n_left < line.open_quantity:
            amount_minor = (line.open_total_minor or 0) - line.share_of(n_left)
            yield _Part(line, line.open_quantity - n_left, amount_minor)


def _ask_credit(order: Order, parts: Sequence[_Part], now: datetime) -> None:
    """Take back what was invoiced for these units."""
    amount_minor = sum(each.amount_minor for each in parts)
    if amount_minor:
        ask_credit(
            order=order,
            key=_name_of(order, parts),
            parts=[(each.line.pk, each.quantity, each.amount_minor) for each in parts],
            amount_minor=amount_minor,
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
    for line in lines:
        line.cancelled_at = now
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


def _cut_lines(
    order: Order, parts: Sequence[_Part], *, now: datetime, actor: str
) -> None:
    """Count the units that left lines of which others go on."""
    for each in parts:
        each.line.cancelled_quantity += each.quantity
        each.line.save(update_fields=["cancelled_quantity"])
        make_event(
            order_id=order.pk,
            line_id=each.line.pk,
            kind="UNITS_CANCELLED",
            details={"quantity": each.quantity, "amount_minor": each.amount_minor},
            actor=actor,
            now=now,
        ).save()


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
