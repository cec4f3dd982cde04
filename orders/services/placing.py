"""Placing an order: checked, planned and written in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import transaction

from configurator.models import User
from configurator.services.configurations import keep_texts
from configurator.states import ProductKind
from orders.models import (
    Order,
    OrderEvent,
    OrderLine,
    OutboxMessage,
    Promise,
    Quotation,
)
from orders.ports import DeliveryWindow, ports
from orders.selectors.facts import LineFacts, OrderFacts
from orders.services import outbox
from orders.services.checking import (
    CheckedLine,
    CheckedOrder,
    LinePlan,
    check_needed_by,
    check_order,
    plan_lines,
)
from orders.services.events import make_event
from orders.services.quoting import make_quotation
from orders.services.renewing import QUOTE_STANDS, make_promise
from orders.services.requests import OrderRequest
from orders.services.windows import choose_window, open_windows, plan_within
from orders.states import OrderState, PromiseState


def place_order(
    *,
    request: OrderRequest,
    user: User | None,
    language: str,
    now: datetime,
    actor: str = "customer",
) -> Order:
    """Place an order, or raise with everything that is wrong with it."""
    facts = place_and_tell(
        request=request, user=user, language=language, now=now, actor=actor
    )
    return facts.order


class _GoodsAreGoneError(Exception):
    """What was about to be promised from stock, others have taken meanwhile."""


def place_and_tell(
    *,
    request: OrderRequest,
    user: User | None,
    language: str,
    now: datetime,
    actor: str = "customer",
) -> OrderFacts:
    """Place an order and give all that its answer speaks of, nothing read again.

    The number of queries does not depend on the number of lines. The stock is known as
    it was some seconds ago; where it has gone since, it is looked at anew.
    """
    ask = partial(
        _place, request=request, user=user, language=language, now=now, actor=actor
    )
    try:
        return ask(trusts_look=False)
    except _GoodsAreGoneError:
        ports.look_again()
        return ask(trusts_look=True)


def _place(
    *,
    request: OrderRequest,
    user: User | None,
    language: str,
    now: datetime,
    actor: str,
    trusts_look: bool,
) -> OrderFacts:
    with transaction.atomic():
        checked = check_order(request=request, user=user, language=language, now=now)
        country = request.shipping_address.get("country", "")
        way = {"delivery": checked.delivery, "country": country}
        plans = plan_lines(lines=checked.lines, now=now, user=user, **way)
        window = _choose_window(request, checked, plans, now)
        plans = [plan_within(plan, window) for plan in plans]
        promises = [plan.promise for plan in plans if plan.promise is not None]
        check_needed_by(needed_by=request.needed_by, promises=promises)
        order = _write_order(
            request, checked, plans, window, user=user, language=language, now=now
        )
        lines = _write_lines(order, checked.lines, plans, now)
        keep_texts(configurations=[line.configuration for line in lines])
        written = _write_promises(lines, plans, now)
        quotations = _write_quotations(order, lines, checked.lines)
        if not _hold_goods(lines, written, now) and not trusts_look:
            raise _GoodsAreGoneError
        _write_news(order, actor=actor, now=now)
    return OrderFacts(
        order=order,
        lines=tuple(
            LineFacts(
                line=line,
                promise=written.get(line.pk),
                quotation=quotations.get(line.pk),
            )
            for line in lines
        ),
    )


def _hold_goods(
    lines: Sequence[OrderLine], promises: Mapping[int, Promise], now: datetime
) -> bool:
    """Hold standard goods; say whether all that are to be ready now are there."""
    if all(line.product.kind != ProductKind.STANDARD for line in lines):
        return True
    short = ports.hold_stock(order_id=lines[0].order_id, now=now)
    return all(promises[pk].ready_at > now for pk in short if pk in promises)


def _choose_window(
    request: OrderRequest,
    checked: CheckedOrder,
    plans: Sequence[LinePlan],
    now: datetime,
) -> DeliveryWindow | None:
    """Find the window that the buyer wants, where they want one."""
    if request.window_from is None:
        return None
    windows = open_windows(
        lines=checked.lines,
        plans=plans,
        delivery=checked.delivery,
        country=request.shipping_address.get("country", ""),
        now=now,
    )
    return choose_window(wanted=request.window_from, windows=windows)


def _write_order(
    request: OrderRequest,
    checked: CheckedOrder,
    plans: Sequence[LinePlan],
    window: DeliveryWindow | None,
    *,
    user: User | None,
    language: str,
    now: datetime,
) -> Order:
    ends = [plan.decision.edit_until for plan in plans if plan.decision.edit_until]
    order = Order.objects.create(
        # Replaced at once: the number is made of the id that the database gives.
        number=f"new-{secrets.token_urlsafe(12)}",
        user=user,
        customer_name=request.customer_name,
        customer_email=request.customer_email,
        shipping_address=dict(request.shipping_address),
        delivery=checked.delivery,
        shipping=request.shipping,
        needed_by=request.needed_by,
        window_from=window.from_at if window else None,
        window_to=window.to_at if window else None,
        language=language,
        currency=checked.currency,
        total_minor=checked.total_minor,
        edit_until=min(ends) if ends else None,
        placed_at=now,
        created_at=now,
    )
    order.number = f"F-{order.pk:06d}"
    Order.objects.filter(pk=order.pk).update(number=order.number)
    return order


def _write_lines(
    order: Order,
    lines: Sequence[CheckedLine],
    plans: Sequence[LinePlan],
    now: datetime,
) -> list[OrderLine]:
    return OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            product=line.configuration.product,
            configuration=line.configuration,
            quantity=line.request.quantity,
            total_minor=line.total_minor,
            price_lines=list(line.price_lines),
            is_download=line.deliveries.is_download,
            method=plan.decision.method,
            method_reasons=list(plan.decision.reasons),
            edit_until=plan.decision.edit_until,
            due_at=_due_at(plan),
            created_at=now,
        )
        for position, (line, plan) in enumerate(zip(lines, plans, strict=True))
    )


def _due_at(plan: LinePlan) -> datetime | None:
    if plan.decision.due_at is not None or plan.promise is None:
        return plan.decision.due_at
    return plan.promise.due_at or plan.promise.ready_at


def _write_promises(
    lines: Sequence[OrderLine], plans: Sequence[LinePlan], now: datetime
) -> dict[int, Promise]:
    promises = [
        make_promise(
            line=line,
            quote=plan.promise,
            now=now,
            state=PromiseState.QUOTED,
            valid_until=now + QUOTE_STANDS,
        )
        for line, plan in zip(lines, plans, strict=True)
        if plan.promise is not None
    ]
    if promises:
        Promise.objects.bulk_create(promises)
    return {promise.line_id: promise for promise in promises}


def _write_quotations(
    order: Order, lines: Sequence[OrderLine], checked: Sequence[CheckedLine]
) -> dict[int, Quotation]:
    quotations = [
        make_quotation(line=line, order_number=order.number, revision=0)
        for line, each in zip(lines, checked, strict=True)
        if each.is_bespoke
    ]
    if quotations:
        Quotation.objects.bulk_create(quotations)
    return {quotation.order_line_id: quotation for quotation in quotations}


def _write_news(order: Order, *, actor: str, now: datetime) -> None:
    OrderEvent.objects.bulk_create(
        [
            make_event(
                order_id=order.pk,
                kind="PLACED",
                to_state=OrderState.PLACED,
                details={"total_minor": order.total_minor},
                actor=actor,
                now=now,
            )
        ]
    )
    OutboxMessage.objects.bulk_create(
        [
            outbox.make_message(
                kind=outbox.MAIL,
                key=f"placed:{order.number}",
                order_id=order.pk,
                payload={"template": "placed"},
                now=now,
            )
        ]
    )
