"""Quotations of bespoke lines: staff send them, customers accept or decline."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from configurator.services.errors import (
    ConflictError,
    DomainError,
    InvalidError,
    NotFoundError,
    Problem,
)
from configurator.services.moves import check_move, illegal, move_one
from configurator.states import ProductKind
from orders.models import Order, OrderEvent, OrderLine, Quotation
from orders.ports import ports
from orders.selectors.quotations import get_terms
from orders.services import outbox
from orders.services.events import make_event
from orders.services.locking import lock_order
from orders.services.renewing import ask_dates, promise_quoted
from orders.services.totals import store_total
from orders.states import ORDER_MOVES, QUOTATION_MOVES, OrderState, QuotationState

LARGEST_TOTAL_MINOR = 10**12


class NotBespokeError(ConflictError):
    """Only a bespoke line has its price by quotation."""

    code = "NOT_BESPOKE"


class QuotationExpiredError(ConflictError):
    """The time to accept has passed."""

    code = "QUOTATION_EXPIRED"


def make_quotation(*, line: OrderLine, order_number: str, revision: int) -> Quotation:
    """Make a quotation that the caller completes and writes."""
    digits = order_number.removeprefix("F-")
    return Quotation(
        number=f"Q-{digits}-{line.position + 1}-{revision + 1}",
        order_line=line,
        revision=revision,
        created_at=line.created_at,
    )


def send_quotation(
    *,
    order_line_id: int,
    total_minor: int,
    valid_until: datetime,
    deposit_percent: int | None = None,
    operations: Sequence[Mapping[str, Any]] = (),
    note: str = "",
    now: datetime,
    actor: str,
) -> Quotation:
    """Offer a price for a bespoke line; an earlier offer no longer stands.

    With a deposit below 100 percent the rest is due before it is shipped; without one
    it is the product's. The days that the works see now are told with it; nothing is
    reserved before it is accepted.
    """
    _check_offer(total_minor=total_minor, valid_until=valid_until, now=now)
    check_operations(operations)
    lines = OrderLine.objects.select_related("product", "configuration")
    line = lines.filter(pk=order_line_id).first()
    if line is None:
        raise NotFoundError(_("There is no such order line."), field="order_line")
    deposit_percent = _deposit_of(line, deposit_percent)
    with transaction.atomic():
        order = lock_order(order_id=line.order_id)
        _check_quotable(order=order, line=line)
        quotation = _next_revision(order=order, line=line, now=now)
        quotation.total_minor = total_minor
        quotation.valid_until = valid_until
        quotation.deposit_percent = deposit_percent
        quotation.operations = [dict(each) for each in operations]
        quotation.note = note
        quotation.sent_at = now
        if dates := ask_dates(order=order, line=line, operations=operations, now=now):
            quotation.ready_at = dates.ready_at
            quotation.delivered_at = dates.delivered_at
        quotation.state = QuotationState.SENT
        quotation.save()
        _note(order, quotation, kind="QUOTATION_SENT", now=now, actor=actor)
        _tell_buyer(order, quotation, now)
    return quotation


def _tell_buyer(order: Order, quotation: Quotation, now: datetime) -> None:
    outbox.make_message(
        kind=outbox.MAIL,
        key=f"quoted:{quotation.number}",
        order_id=order.pk,
        payload={"template": "quoted", "quotation": quotation.number},
        now=now,
    ).save()


def accept_quotation(
    *, quotation_id: int, now: datetime, actor: str = "customer"
) -> Quotation:
    """Agree on the price: it becomes the line's, which is promised and can be paid."""
    with transaction.atomic():
        order, quotation = _lock(quotation_id)
        _check_sent(quotation, QuotationState.ACCEPTED)
        if quotation.valid_until is not None and quotation.valid_until <= now:
            raise QuotationExpiredError(
                _("This quotation was valid until %(at)s; please ask for a new one.")
                % {"at": f"{quotation.valid_until:%Y-%m-%d %H:%M} UTC"}
            )
        _answer(order, quotation, QuotationState.ACCEPTED, now=now, actor=actor)
        line = quotation.order_line
        line.total_minor = quotation.total_minor
        line.save(update_fields=["total_minor"])
        store_total(order=order)
        promise_quoted(order=order, line=line, operations=quotation.operations, now=now)
    return quotation


def decline_quotation(
    *, quotation_id: int, now: datetime, actor: str = "customer"
) -> Quotation:
    """Turn the price down; staff may send another quotation."""
    with transaction.atomic():
        order, quotation = _lock(quotation_id)
        _check_sent(quotation, QuotationState.DECLINED)
        _answer(order, quotation, QuotationState.DECLINED, now=now, actor=actor)
    return quotation


def _check_offer(*, total_minor: int, valid_until: datetime, now: datetime) -> None:
    if not 0 <= total_minor <= LARGEST_TOTAL_MINOR:
        text = _("The total must lie between 0 and %(most)s.")
        raise DomainError(text % {"most": LARGEST_TOTAL_MINOR}, field="total_minor")
    if valid_until <= now:
        raise DomainError(
            _("A quotation must be valid until some time to come."),
            field="valid_until",
        )


def _deposit_of(line: OrderLine, percent: int | None) -> int:
    if percent is None:
        terms = get_terms(release_id=line.configuration.release_id)
        return terms.deposit_percent
    if not 1 <= percent <= 100:
        text = _("A deposit is 1 to 100 percent of the price.")
        raise DomainError(text, field="deposit_percent")
    return percent


def check_operations(operations: Sequence[Mapping[str, Any]]) -> None:
    """Refuse operations that could not be released once the order is paid."""
    problems = []
    known: set[str] = set()
    for index, operation in enumerate(operations):
        place = f"operations.{index}"
        code = str(operation.get("code") or f"STEP_{index + 1}")
        if code in known:
            text = _("There are two operations “%(code)s”.") % {"code": code}
            problems.append(Problem("twice", text, f"{place}.code"))
        for before in operation.get("after") or ():
            if before not in known:
                text = _("No earlier operation is called “%(code)s”.")
                text %= {"code": before}
                problems.append(Problem("unknown", text, f"{place}.after"))
        known.add(code)
    problems += [
        Problem("unknown", text, "operations")
        for text in ports.operation_check(operations=operations)
    ]
    if problems:
        raise InvalidError(problems)


def _check_quotable(*, order: Order, line: OrderLine) -> None:
    if line.product.kind != ProductKind.BESPOKE:
        raise NotBespokeError(
            _("“%(product)s” has a fixed price and needs no quotation.")
            % {"product": line.product.slug},
            field="order_line",
        )
    is_gone = OrderLine.objects.filter(pk=line.pk, cancelled_at=None).first() is None
    if order.state != OrderState.PLACED or is_gone:
        state = "CANCELLED" if is_gone else order.state
        raise illegal(what=order.number, from_=state, to="QUOTED", moves=ORDER_MOVES)


def _next_revision(*, order: Order, line: OrderLine, now: datetime) -> Quotation:
    """Take the request that waits for an offer, or begin a new revision."""
    latest = Quotation.objects.filter(order_line=line).order_by("revision").last()
    waiting = (QuotationState.REQUESTED, QuotationState.PREPARING)
    if latest is not None and latest.state in waiting:
        return latest
    if latest is not None:
        move_one(latest, to=QuotationState.SUPERSEDED, moves=QUOTATION_MOVES)
    revision = 0 if latest is None else latest.revision + 1
    quotation = make_quotation(line=line, order_number=order.number, revision=revision)
    quotation.created_at = now
    return quotation


def _lock(quotation_id: int) -> tuple[Order, Quotation]:
    """Lock the order first, then read the quotation as it is now."""
    rows = Quotation.objects.select_related(
        "order_line__product", "order_line__configuration"
    ).filter(pk=quotation_id)
    found = rows.first()
    if found is None:
        raise NotFoundError(_("There is no such quotation."))
    order = lock_order(order_id=found.order_line.order_id)
    return order, rows.get()


def _check_sent(quotation: Quotation, to: QuotationState) -> None:
    check_move(
        what=quotation.number, from_=quotation.state, to=to, moves=QUOTATION_MOVES
    )


def _answer(
    order: Order,
    quotation: Quotation,
    to: QuotationState,
    *,
    now: datetime,
    actor: str,
) -> None:
    move_one(
        quotation, to=to, moves=QUOTATION_MOVES, extra_updates={"answered_at": now}
    )
    _note(order, quotation, kind=f"QUOTATION_{to}", now=now, actor=actor)


def _note(
    order: Order, quotation: Quotation, *, kind: str, now: datetime, actor: str
) -> None:
    event = make_event(
        order_id=order.pk,
        line_id=quotation.order_line_id,
        kind=kind,
        details={
            "quotation": quotation.number,
            "total_minor": quotation.total_minor,
        },
        actor=actor,
        now=now,
    )
    OrderEvent.objects.bulk_create([event])
