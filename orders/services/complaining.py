"""Complaints: a piece that arrived wrong is made again free, or paid back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from configurator.services.errors import ConflictError, DomainError, NotFoundError
from configurator.services.moves import check_move, move_one
from orders.models import Complaint, Order, OrderLine
from orders.ports import ports
from orders.selectors.facts import load_facts
from orders.selectors.progress import line_stage
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.parcels import hand_over
from orders.services.refunding import refund_part
from orders.services.renewing import expect_again
from orders.services.replacing import (
    FROM_STOCK,
    find_replacement,
    replace_goods,
    ship_goods,
)
from orders.states import COMPLAINT_MOVES, ComplaintState, Stage, Wish

LONGEST_TEXT = 2_000
ARRIVED = (Stage.SHIPPED, Stage.DELIVERED)


class NotArrivedError(ConflictError):
    """What has not left the works cannot have arrived wrong."""

    code = "NOT_ARRIVED"


class ComplaintKnownError(ConflictError):
    """Somebody looks at this very piece already."""

    code = "COMPLAINT_KNOWN"


def complain(
    *,
    order_id: int,
    line_id: int,
    wish: str,
    text: str = "",
    work_order: str = "",
    quantity: int = 1,
    now: datetime,
    actor: str = "customer",
) -> Complaint:
    """Say what is wrong with a piece of a line, and what would make it good."""
    _check_words(wish, text)
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        line = OrderLine.objects.filter(order=order, pk=line_id).first()
        if line is None:
            raise NotFoundError(_("This order has no such line."))
        _check_piece(order, line, work_order, quantity)
        complaint = Complaint.objects.create(
            order_line=line,
            work_order=work_order,
            quantity=quantity,
            text=text,
            wish=wish,
            created_at=now,
        )
        _note(complaint, order, "COMPLAINED", "", now=now, actor=actor)
    return complaint


def remake_line(*, complaint_id: int, now: datetime, actor: str) -> Complaint:
    """Have the piece made again, free and before others, linked to what failed.

    Of goods from stock as many are taken once more, or waited for.
    """
    with transaction.atomic():
        order, complaint = _lock(complaint_id, ComplaintState.REMAKING)
        expected_at = None
        if complaint.order_line.method == FROM_STOCK:
            number = replace_goods(
                order=order,
                line=complaint.order_line,
                quantity=complaint.quantity,
                now=now,
            )
        else:
            expected_at = expect_again(
                order=order,
                line=complaint.order_line,
                quantity=complaint.quantity,
                now=now,
            )
            number = ports.remake(
                line_id=complaint.order_line_id,
                work_order=complaint.work_order,
                quantity=complaint.quantity,
                key=f"complaint-{complaint.pk}",
                now=now,
                actor=actor,
            )
        updates = {"remake": number, "expected_at": expected_at}
        _move(complaint, ComplaintState.REMAKING, **updates)
        _note(complaint, order, "REMAKE_ASKED_FOR", "remake", now=now, actor=actor)
    return complaint


def send_remake(*, complaint_id: int, now: datetime, actor: str) -> Complaint:
    """Hand over what was made again, or taken from stock."""
    with transaction.atomic():
        order, complaint = _lock(complaint_id, ComplaintState.REPLACED)
        if complaint.order_line.method == FROM_STOCK:
            line = find_replacement(order=order, number=complaint.remake)
            shipment = ship_goods(order=order, line=line, now=now, actor=actor)
        else:
            _check_remade(order, complaint)
            shipment = hand_over(
                order=order,
                line_ids=[complaint.order_line_id],
                kind="REPLACEMENT_SHIPPED",
                now=now,
                actor=actor,
            )
        _move(complaint, ComplaintState.REPLACED, shipment=shipment, settled_at=now)
    return complaint


def pay_back(
    *, complaint_id: int, amount_minor: int | None = None, now: datetime, actor: str
) -> Complaint:
    """Pay the piece back; its share of the line's price where no amount is named."""
    with transaction.atomic():
        order, complaint = _lock(complaint_id, ComplaintState.REFUNDED)
        line = complaint.order_line
        share = _share(line, complaint.quantity)
        refunds = refund_part(
            order_id=order.pk,
            amount_minor=share if amount_minor is None else amount_minor,
            now=now,
            actor=actor,
        )
        _move(complaint, ComplaintState.REFUNDED, refund=refunds[0], settled_at=now)
        _note(complaint, order, "COMPLAINT_PAID", "refunded", now=now, actor=actor)
    return complaint


def turn_down(
    *, complaint_id: int, answer: str, now: datetime, actor: str
) -> Complaint:
    """Answer that nothing follows from it, and why."""
    if not answer.strip() or len(answer) > LONGEST_TEXT:
        raise DomainError(_("Please say why, in a few words."), field="answer")
    with transaction.atomic():
        order, complaint = _lock(complaint_id, ComplaintState.DECLINED)
        _move(complaint, ComplaintState.DECLINED, answer=answer, settled_at=now)
        _note(complaint, order, "COMPLAINT_DECLINED", "declined", now=now, actor=actor)
    return complaint


def count_paid_back(line: OrderLine) -> int:
    """Count the pieces of a line that were paid back after they had arrived."""
    paid = Complaint.objects.filter(order_line=line, state=ComplaintState.REFUNDED)
    return paid.aggregate(n=Sum("quantity"))["n"] or 0


def _share(line: OrderLine, n_pieces: int) -> int:
    """Give what some more pieces cost, beside those that were paid back before."""
    n_left = line.open_quantity - count_paid_back(line)
    return line.share_of(n_left) - line.share_of(n_left - n_pieces)


def _check_words(wish: str, text: str) -> None:
    if wish not in Wish.values:
        names = {"names": ", ".join(Wish.values)}
        raise DomainError(_("A wish is one of: %(names)s.") % names, field="wish")
    if not text.strip():
        raise DomainError(_("Please say what is wrong with it."), field="text")
    if len(text) > LONGEST_TEXT:
        words = {"most": LONGEST_TEXT}
        raise DomainError(_("At most %(most)s characters.") % words, field="text")


def _check_piece(order: Order, line: OrderLine, work_order: str, quantity: int) -> None:
    facts = next(
        each for each in load_facts([order])[0].lines if each.line.pk == line.pk
    )
    if line_stage(facts, order.state) not in ARRIVED:
        raise NotArrivedError(
            _("This has not left our works yet; you can still cancel or wait for it.")
        )
    units = {unit.work_order for unit in facts.progress.units} if facts.progress else ()
    if work_order and work_order not in units:
        raise NotFoundError(_("This line has no such piece."), field="work_order")
    most = line.open_quantity - count_paid_back(line)
    if not 1 <= quantity <= most:
        text = _("Between 1 and %(most)s pieces.") % {"most": most}
        raise DomainError(text, field="quantity")
    known = Complaint.objects.filter(
        order_line=line, work_order=work_order, state=ComplaintState.OPEN
    )
    if known.exists():
        raise ComplaintKnownError(_("We look at this piece already."))


def _check_remade(order: Order, complaint: Complaint) -> None:
    lines = load_facts([order])[0].lines
    stages = {
        unit.work_order: unit.stage
        for line in lines
        if line.progress
        for unit in line.progress.units
    }
    if stages.get(complaint.remake) != Stage.MADE:
        raise ConflictError(
            _("%(number)s is not made yet.") % {"number": complaint.remake},
            code="NOT_MADE",
            extra={"legal_moves": []},
        )


def _lock(complaint_id: int, to: ComplaintState) -> tuple[Order, Complaint]:
    """Lock the order first, then read the complaint as it is now."""
    rows = Complaint.objects.select_related(
        "order_line__product", "order_line__configuration"
    ).filter(pk=complaint_id)
    found = rows.first()
    if found is None:
        raise NotFoundError(_("There is no such complaint."))
    order = lock_order(order_id=found.order_line.order_id)
    complaint = rows.get()
    check_move(what=str(complaint), from_=complaint.state, to=to, moves=COMPLAINT_MOVES)
    return order, complaint


def _move(complaint: Complaint, to: ComplaintState, **updates: Any) -> None:
    move_one(complaint, to=to, moves=COMPLAINT_MOVES, extra_updates=updates)


def _note(
    complaint: Complaint,
    order: Order,
    kind: str,
    mail: str,
    *,
    now: datetime,
    actor: str,
) -> None:
    """Write the event and, where the buyer is to hear of it, the mail."""
    make_event(
        order_id=order.pk,
        line_id=complaint.order_line_id,
        kind=kind,
        to_state=complaint.state,
        details={
            "complaint": complaint.pk,
            "work_order": complaint.work_order,
            "remake": complaint.remake,
        },
        actor=actor,
        now=now,
    ).save()
    at = complaint.expected_at
    if mail:
        outbox.make_message(
            kind=outbox.MAIL,
            key=f"{mail}:{complaint.pk}",
            order_id=order.pk,
            payload={
                "template": mail,
                "line": complaint.order_line_id,
                **({"expected": at.isoformat()} if at else {}),
            },
            now=now,
        ).save()
