"""Changing what was ordered while it is free: another line in place of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from configurator.selectors.times import written_time
from configurator.services.configurations import keep_texts
from configurator.services.errors import ConflictError, NotFoundError
from configurator.states import ProductKind
from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    OutboxMessage,
    PaymentIntent,
    Promise,
    Refund,
)
from orders.ports import LineProgress, ports
from orders.selectors.balances import LIVE_INTENTS, balance_of, next_due
from orders.services import outbox
from orders.services.cancelling import AlreadyBegunError, cancel_line
from orders.services.checking import CheckedLine, PriceChangedError, check_one_more
from orders.services.events import make_event
from orders.services.issuing import ask_line_invoice
from orders.services.locking import lock_order
from orders.services.renewing import promise_changed
from orders.services.requests import LineRequest
from orders.services.settling import void_intents
from orders.states import OrderState, Stage

# Each leaves a line, papers and work orders behind.
MOST_CHANGES = 20
NOT_BEGUN = (Stage.PLANNED, Stage.RELEASED, Stage.ALLOCATED, Stage.BACKORDERED)


class TooLateError(ConflictError):
    """The time in which a line may be changed is over."""

    code = "TOO_LATE"


class TooManyError(ConflictError):
    """The order was changed so often that its buyer has to talk to us."""

    code = "TOO_MANY_CHANGES"


@dataclass(frozen=True, slots=True)
class Change:
    """What is wanted instead; the total is the one that its buyer has seen."""

    choices: Mapping[str, Any]
    quantity: int
    expected_total_minor: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """The line as it is now, what comes back for it, and what is due before it leaves.

    A line that is wanted as it was is the same as before.
    """

    order: Order
    line: OrderLine
    back_minor: int = 0
    due_minor: int = 0


def change_line(
    *, order_id: int, line_id: int, change: Change, now: datetime, actor: str
) -> ChangeReport:
    """Put another design in place of a line; the order and its others stay.

    The line is cancelled and another one joins the order, so that each keeps its
    configuration, its work orders, its papers and its history. Only what they differ
    by goes back or is due. Sent twice it is done once.

    Raises
    ------
    TooLateError
        If it may not be changed any more, or was changed in another way meanwhile.
    TooManyError
        If its order was changed as often as can be.
    PriceChangedError
        With the price of now, where the buyer expected another; nothing is stored.
    InvalidError
        With everything that is wrong with what is wanted instead.
    """
    with transaction.atomic():
        order = lock_order(order_id=order_id)
        lines = _list_lines(order)
        before = _find(lines, line_id)
        done = next((each for each in lines if each.changed_from_id == line_id), before)
        if done is before:
            check_changeable(order=order, line=before, now=now)
        checked = check_one_more(
            order=order,
            line=LineRequest(before.product.slug, change.choices, change.quantity),
            others=[
                each
                for each in lines
                if each.open_quantity and each not in (before, done)
            ],
            now=now,
        )
        if _is_same(done, checked):
            return ChangeReport(order, done, due_minor=balance_of(order))
        check_changeable(order=order, line=before, now=now)
        _check_price(checked, change)
        line = _write_line(order, before, checked, position=len(lines), now=now)
        return _exchange(order, before, line, now=now, actor=actor)


def _exchange(
    order: Order, before: OrderLine, line: OrderLine, *, now: datetime, actor: str
) -> ChangeReport:
    """Let a line go for another one that stands in the order already.

    So the order does not end with it, and only what both differ by is settled.
    """
    promise = Promise.objects.filter(line=before).order_by("revision").last()
    back_minor, was_minor = -_count_back(order), order.total_minor
    order = _let_go(order, before, now=now, actor=actor)
    promise_changed(order=order, line=line, before=promise, now=now)
    back_minor += _count_back(order)
    told = _tell(order, before, line, was_minor=was_minor, back_minor=back_minor)
    _pass_on(order, line, told, now)
    _give_up_charges(order, now=now, actor=actor)
    _note(order, before, line, now=now, actor=actor)
    return ChangeReport(order, line, back_minor, balance_of(order))


def _let_go(order: Order, line: OrderLine, *, now: datetime, actor: str) -> Order:
    """Cancel the line as a whole; the floor may have begun it a moment ago."""
    begun = AlreadyBegunError(tell_begun(line, now))
    try:
        report = cancel_line(
            order_id=order.pk, line_id=line.pk, now=now, actor=actor, is_told=False
        )
    except AlreadyBegunError as error:
        raise begun from error
    if line.pk not in report.cancelled_line_ids:
        raise begun
    return report.order


def _give_up_charges(order: Order, *, now: datetime, actor: str) -> None:
    """Ask for no money any more that is not what is due now."""
    due = next_due(order)
    asked = PaymentIntent.objects.filter(order=order, state__in=LIVE_INTENTS)
    for intent in asked:
        if due is None or (intent.purpose, intent.amount_minor) != (
            due.purpose,
            due.amount_minor,
        ):
            void_intents(order=order, now=now, actor=actor)
            return


def _tell(
    order: Order,
    before: OrderLine,
    line: OrderLine,
    *,
    was_minor: int | None,
    back_minor: int,
) -> dict[str, Any]:
    """Give what the mail tells; of a change not told yet, what that did as well."""
    key = _mail_key(order, before)
    untold = OutboxMessage.objects.filter(kind=outbox.MAIL, key=key).first()
    if untold is not None:
        was_minor = untold.payload.get("was_minor", was_minor)
        back_minor += untold.payload.get("back_minor", 0)
    told = {"was_minor": was_minor, "back_minor": back_minor}
    return {"template": "changed", "line": line.pk, **told}


def _mail_key(order: Order, line: OrderLine) -> str:
    return f"changed:{order.number}:{line.position}"


def _count_back(order: Order) -> int:
    refunds = Refund.objects.filter(payment__order=order)
    return int(refunds.aggregate(sum=Sum("amount_minor", default=0))["sum"])


def check_changeable(*, order: Order, line: OrderLine, now: datetime) -> None:
    """Say why a line may not be changed, if so."""
    progress = None
    if order.state == OrderState.CONFIRMED:
        report = ports.order_progress(order_ids=[order.pk]).get(order.pk)
        progress = report.lines.get(line.pk) if report else None
    if may_change(order=order, line=line, progress=progress):
        _check_often(order)
        return
    text = _("This can no longer be changed; see what can still be cancelled.")
    if line.cancelled_at is not None:
        text = _("This was changed or cancelled meanwhile; look at it as it is now.")
    elif has_begun(progress):
        text = tell_begun(line, now)
    raise TooLateError(text, extra={"legal_moves": []})


def _check_often(order: Order) -> None:
    changed = OrderLine.objects.filter(order=order, changed_from__isnull=False)
    if changed.count() >= MOST_CHANGES:
        raise TooManyError(tell_often(), extra={"legal_moves": []})


def tell_often() -> str:
    """Say that an order was changed as often as can be, and what to do."""
    text = _(
        "This order was changed %(n)s times, which is as often as it can be; "
        "write to us if it is to be different once more."
    )
    return text % {"n": MOST_CHANGES}


def may_change(*, order: Order, line: OrderLine, progress: LineProgress | None) -> bool:
    """Say whether a line may be changed: it is of choices, and may be taken back."""
    is_of_choices = line.product.kind == ProductKind.CONFIGURABLE
    is_known = order.erased_at is None
    is_whole = is_free(order=order, line=line, progress=progress)
    return is_of_choices and is_known and is_whole


def is_free(*, order: Order, line: OrderLine, progress: LineProgress | None) -> bool:
    """Say whether a line may be taken back: it is unpaid, or nothing of it has begun.

    The floor, asked with its rows locked, has the last word.
    """
    if line.cancelled_at is not None or line.replaces_id is not None:
        return False
    is_served = order.state == OrderState.CONFIRMED and not has_begun(progress)
    return order.state == OrderState.PLACED or is_served


def has_begun(progress: LineProgress | None) -> bool:
    """Say whether any piece of a line has begun; one by itself keeps them all."""
    if progress is None:
        return False
    units = [each.stage for each in progress.units if each.stage != Stage.CANCELLED]
    return not {progress.stage, *units} <= {*NOT_BEGUN}


def tell_begun(line: OrderLine, now: datetime) -> str:
    """Say why a line stays as it is, and until when it was sure to be changed."""
    if line.edit_until is None or line.edit_until > now:
        return _("It has begun to be made and can no longer be changed.")
    text = _(
        "It has begun to be made and can no longer be changed. "
        "That was free until %(until)s."
    )
    return text % {"until": written_time(line.edit_until, now=now)}


def _list_lines(order: Order) -> list[OrderLine]:
    rows = OrderLine.objects.filter(order=order).order_by("position")
    return list(rows.select_related("product", "configuration"))


def _find(lines: Sequence[OrderLine], line_id: int) -> OrderLine:
    for line in lines:
        if line.pk == line_id:
            return line
    raise NotFoundError(_("This order has no such line."))


def _is_same(line: OrderLine, wanted: CheckedLine) -> bool:
    asked = (wanted.configuration.choices, wanted.request.quantity)
    return (line.configuration.choices, line.open_quantity) == asked


def _check_price(checked: CheckedLine, change: Change) -> None:
    expected = change.expected_total_minor
    if expected is not None and expected != checked.total_minor:
        text = _("It costs something else than you were shown; please look at it.")
        found = {"currency": checked.currency, "total_minor": checked.total_minor}
        raise PriceChangedError(text, field="expected_total_minor", extra=found)


def _write_line(
    order: Order,
    before: OrderLine,
    checked: CheckedLine,
    *,
    position: int,
    now: datetime,
) -> OrderLine:
    """Write the line that stands for another: as free, and due when that was."""
    configuration = checked.configuration
    decision = ports.method_choice(
        product=before.product.slug,
        release_id=configuration.release_id,
        choices=configuration.choices,
        quantity=checked.request.quantity,
        now=now,
    )
    line = OrderLine.objects.create(
        order=order,
        position=position,
        changed_from=before,
        product=before.product,
        configuration=configuration,
        quantity=checked.request.quantity,
        total_minor=checked.total_minor,
        price_lines=list(checked.price_lines),
        is_download=checked.deliveries.is_download,
        method=decision.method,
        method_reasons=list(decision.reasons),
        edit_until=before.edit_until,
        due_at=before.due_at,
        created_at=now,
    )
    keep_texts(configurations=[configuration])
    return line


def _pass_on(
    order: Order, line: OrderLine, told: Mapping[str, Any], now: datetime
) -> None:
    """Ask for what a line of a confirmed order needs: work orders, goods, a paper."""
    key = f"{order.number}:{line.position}"
    messages = [
        outbox.make_message(
            kind=outbox.MAIL,
            key=_mail_key(order, line),
            order_id=order.pk,
            payload=told,
            now=now,
        )
    ]
    if order.state == OrderState.CONFIRMED:
        messages.append(
            outbox.make_message(
                kind=outbox.RELEASE, key=key, order_id=order.pk, now=now
            )
        )
        if line.total_minor:
            messages.append(ask_line_invoice(order=order, line=line, now=now))
        ports.reserve_stock(order_id=order.pk, now=now)
    OutboxMessage.objects.bulk_create(messages)


def _note(
    order: Order, before: OrderLine, line: OrderLine, *, now: datetime, actor: str
) -> None:
    """Keep in the history what it was and what it is."""
    details = {
        side: {
            "line": each.pk,
            "sha256": each.configuration.sha256,
            "quantity": each.quantity - each.cancelled_quantity,
            "total_minor": each.total_minor,
        }
        for side, each in (("from", before), ("to", line))
    }
    event = make_event(
        order_id=order.pk,
        line_id=line.pk,
        kind="LINE_CHANGED",
        details=details,
        actor=actor,
        now=now,
    )
    OrderEvent.objects.bulk_create([event])
