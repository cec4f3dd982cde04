"""Deciding anew, when an order is paid or a price agreed, by when it is made.

What was told when the order was placed rested on the queues of that moment. It stands
for a short while; after that the works are asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from configurator.ports import Promise as Quote
from configurator.ports import ports as catalogue_ports
from configurator.selectors.times import local
from configurator.services.moves import move
from configurator.states import ProductKind
from orders.models import Order, OrderEvent, OrderLine, Promise, Quotation
from orders.ports import ports
from orders.services import outbox
from orders.services.checking import check_needed_by, quote_beside
from orders.services.events import make_event
from orders.services.replacing import FROM_STOCK
from orders.services.windows import fit_window, put_into
from orders.states import PROMISE_MOVES, OrderState, PromiseState, QuotationState

# How long the date told with an order is kept for whoever pays meanwhile, and one
# told with an agreed price.
QUOTE_STANDS = timedelta(minutes=30)
AGREED_STANDS = timedelta(days=1)
QUOTED, ACCEPTED = PromiseState.QUOTED, PromiseState.ACCEPTED
LIVE = (QUOTED, ACCEPTED, PromiseState.AT_RISK)

Operations = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the works say of a line now."""

    edit_until: datetime | None
    due_at: datetime | None
    quote: Quote | None


def renew_plans(*, order: Order, now: datetime) -> None:
    """Decide anew until when a locked order may be changed, and when it is due.

    A date that was told a moment ago stands; one that is older is told anew, as the
    works see it now. The method stays as it was decided.
    """
    lines = list(
        OrderLine.objects.filter(order=order, cancelled_at=None)
        .select_related("configuration", "product")
        .order_by("position")
    )
    promises = _map_latest(lines)
    operations = _map_operations(lines)
    window_before = order.window_from
    units, own = _count_units(lines), _list_own(lines, promises, now)
    known: dict[Any, Plan] = {}
    renewed: list[tuple[OrderLine, Quote]] = []
    changed: list[OrderLine] = []
    kept: list[int] = []
    for line in lines:
        steps = operations.get(line.pk, ())
        key = line.pk if steps else (line.configuration_id, line.quantity)
        latest = promises.get(line.pk)
        if key not in known:
            beside = 0 if steps else units[line.product.slug] - line.quantity
            # One stands for all: the works are looked at once.
            held = own[0] if line.pk in own else None
            known[key] = _ask(order, line, steps, now, beside=beside, instead_of=held)
        plan = known[key]
        before = (line.edit_until, line.due_at)
        if latest is not None and _stands(latest, line, plan, now):
            kept.append(latest.pk)
        elif plan.quote is not None:
            line.due_at = plan.due_at
            renewed.append((line, plan.quote))
        line.edit_until = plan.edit_until
        if (line.edit_until, line.due_at) != before:
            changed.append(line)
    OrderLine.objects.bulk_update(changed, ["edit_until", "due_at"])
    _accept(kept)
    _tell_anew(order, renewed, promises, now)
    _move_end(order, lines)
    quotes = [quote for _line, quote in renewed]
    _tell_if_too_late(order, quotes, now, window_before=window_before)


def _count_units(lines: Sequence[OrderLine]) -> Counter[str]:
    units = Counter[str]()
    for line in lines:
        units[line.product.slug] += line.quantity
    return units


def _move_end(order: Order, lines: Sequence[OrderLine]) -> None:
    """Let an order be changed until the first of its lines may not be."""
    ends = [line.edit_until for line in lines if line.edit_until is not None]
    edit_until = min(ends, default=None)
    if order.edit_until != edit_until:
        order.edit_until = edit_until
        order.save(update_fields=["edit_until"])


def ask_dates(
    *,
    order: Order,
    line: OrderLine,
    operations: Operations,
    now: datetime,
    quantity: int | None = None,
) -> Quote | None:
    """Ask when a line, or so many pieces of it, would be there if it began now.

    That reserves nothing.
    """
    asked = {} if quantity is None else {"quantity": quantity}
    return catalogue_ports.promise_quote(
        **_question(line, now) | asked,
        delivery=order.delivery,
        country=order.shipping_address.get("country", ""),
        operations=operations,
        buyer_id=order.user_id,
    )


def promise_quoted(
    *, order: Order, line: OrderLine, operations: Operations, now: datetime
) -> None:
    """Promise a bespoke line whose price is agreed, by the operations agreed upon."""
    window_before = order.window_from
    plan = _ask(order, line, operations, now)
    if plan.quote is None:
        return
    line.edit_until, line.due_at = plan.edit_until, plan.due_at
    line.save(update_fields=["edit_until", "due_at"])
    latest = _map_latest([line])
    until = now + AGREED_STANDS
    _tell_anew(order, [(line, plan.quote)], latest, now, valid_until=until)
    _tell_if_too_late(order, [plan.quote], now, window_before=window_before)


def promise_changed(
    *, order: Order, line: OrderLine, before: Promise | None, now: datetime
) -> None:
    """Promise a line of a locked order what it was promised before it was changed.

    So it keeps its place in the queues as well. Where the works cannot keep that any
    more it is promised anew, unless that misses the day the order is needed by.
    """
    window_before, due_before = order.window_from, line.due_at
    plan = _ask(order, line, (), now, instead_of=line.changed_from_id)
    quote = plan.quote
    if quote is None:
        return
    line.due_at = plan.due_at
    if before is not None and quote.delivered_at <= before.delivered_at:
        line.due_at = due_before
        quote = replace(
            quote,
            ready_at=before.ready_at,
            shipped_at=before.shipped_at,
            delivered_at=before.delivered_at,
            rests_on=before.rests_on,
        )
    else:
        check_needed_by(needed_by=order.needed_by, promises=[quote])
        _tell_if_too_late(order, [quote], now, window_before=window_before)
    line.save(update_fields=["due_at"])
    is_confirmed = order.state == OrderState.CONFIRMED
    make_promise(
        line=line,
        quote=quote,
        now=now,
        state=ACCEPTED if is_confirmed else QUOTED,
        valid_until=None if is_confirmed else now + QUOTE_STANDS,
    ).save()


def expect_again(
    *, order: Order, line: OrderLine, quantity: int, now: datetime
) -> datetime | None:
    """Say when pieces of a line that are made once more are there at the latest.

    They stand before others, and are asked for as if they stood behind them.
    """
    operations = _map_operations([line]).get(line.pk, ())
    quote = ask_dates(
        order=order, line=line, operations=operations, now=now, quantity=quantity
    )
    return quote.delivered_at if quote is not None else None


def withdraw_promises(*, line_ids: Sequence[int]) -> int:
    """Take back what was promised of lines that nobody waits for; tells how much."""
    promises = Promise.objects.filter(line__in=line_ids)
    return move(
        Promise,
        ids=list(promises.values_list("pk", flat=True)),
        from_=LIVE,
        to=PromiseState.WITHDRAWN,
        moves=PROMISE_MOVES,
    )


def _ask(
    order: Order,
    line: OrderLine,
    operations: Operations,
    now: datetime,
    *,
    instead_of: int | None = None,
    beside: int = 0,
) -> Plan:
    """Ask how a line is made and when it arrives; without an agreed price only how."""
    decision = ports.method_choice(**_question(line, now))
    quote = quote_beside(
        beside=beside,
        **_question(line, now),
        delivery=order.delivery,
        country=order.shipping_address.get("country", ""),
        operations=operations,
        instead_of=instead_of,
        buyer_id=order.user_id,
    )
    due_at = decision.due_at
    if quote is not None and order.window_from is not None and not line.is_download:
        window = fit_window(
            order=order, product=line.product.slug, ready_at=quote.ready_at, now=now
        )
        quote, due_at = put_into(quote, window), None
    if due_at is None and quote is not None:
        due_at = quote.due_at or quote.ready_at
    return Plan(decision.edit_until, due_at, quote)


def _question(line: OrderLine, now: datetime) -> dict[str, Any]:
    return {
        "product": line.product.slug,
        "release_id": line.configuration.release_id,
        "choices": line.configuration.choices,
        "quantity": line.quantity,
        "now": now,
    }


def make_promise(
    *, line: OrderLine, quote: Quote, revision: int = 0, now: datetime, **fields: Any
) -> Promise:
    """Make a promise of a quote that the caller writes."""
    return Promise(
        line=line,
        revision=revision,
        ready_at=quote.ready_at,
        shipped_at=quote.shipped_at,
        delivered_at=quote.delivered_at,
        rests_on=quote.rests_on[:300],
        claims=dict(quote.claims),
        created_at=now,
        **fields,
    )


def _stands(latest: Promise, line: OrderLine, plan: Plan, now: datetime) -> bool:
    """Say whether a quote still stands, and no cut-off has passed since."""
    if latest.state != QUOTED or _is_over(latest, now):
        return False
    if plan.edit_until is None or line.edit_until is None:
        return True
    return plan.edit_until - line.edit_until <= QUOTE_STANDS


def _is_over(promise: Promise, now: datetime) -> bool:
    return promise.valid_until is None or promise.valid_until < now


def _list_own(
    lines: Sequence[OrderLine], promises: Mapping[int, Promise], now: datetime
) -> list[int]:
    """List lines of goods whose quote is over: the stock may hold their goods still."""
    return [
        line.pk
        for line in lines
        if line.method == FROM_STOCK
        and line.pk in promises
        and _is_over(promises[line.pk], now)
    ]


def _accept(promise_ids: Sequence[int]) -> None:
    if promise_ids:
        moves = PROMISE_MOVES
        move(Promise, ids=promise_ids, from_=QUOTED, to=ACCEPTED, moves=moves)


def _tell_anew(
    order: Order,
    renewed: Sequence[tuple[OrderLine, Quote]],
    promises: Mapping[int, Promise],
    now: datetime,
    *,
    valid_until: datetime | None = None,
) -> None:
    """Write new promises, for as long as they are reserved or for good."""
    if not renewed:
        return
    earlier = [promises[line.pk] for line, _quote in renewed if line.pk in promises]
    ids = [promise.pk for promise in earlier if promise.state in LIVE]
    to = PromiseState.RE_PROMISED
    move(Promise, ids=ids, from_=LIVE, to=to, moves=PROMISE_MOVES)
    state = QUOTED if valid_until else ACCEPTED
    Promise.objects.bulk_create(
        make_promise(
            line=line,
            quote=quote,
            revision=promises[line.pk].revision + 1 if line.pk in promises else 0,
            now=now,
            state=state,
            valid_until=valid_until,
        )
        for line, quote in renewed
    )
    OrderEvent.objects.bulk_create(
        make_event(
            order_id=order.pk,
            line_id=line.pk,
            kind="PROMISED_ANEW",
            details={"delivered_at": quote.delivered_at.isoformat()},
            now=now,
        )
        for line, quote in renewed
        if line.pk in promises
    )


def _tell_if_too_late(
    order: Order,
    quotes: Sequence[Quote],
    now: datetime,
    *,
    window_before: datetime | None,
) -> None:
    """Tell the buyer if what is promised anew misses the day it is needed by.

    So they are of the window that they chose, where it was missed.
    """
    latest = max((local(each.delivered_at).date() for each in quotes), default=None)
    is_late = latest is not None and latest > (order.needed_by or latest)
    if latest is None or not (is_late or order.window_from != window_before):
        return
    details = {"needed_by": str(order.needed_by or ""), "day": str(latest)}
    make_event(
        order_id=order.pk, kind="NEEDED_EARLIER", details=details, now=now
    ).save()
    message = outbox.make_message(
        kind=outbox.MAIL,
        key=f"needed:{order.number}:{latest}",
        order_id=order.pk,
        payload={"template": "delayed"},
        now=now,
    )
    outbox.ask_once(message=message)


def _map_latest(lines: Sequence[OrderLine]) -> dict[int, Promise]:
    rows = Promise.objects.filter(line__in=[line.pk for line in lines])
    return {promise.line_id: promise for promise in rows.order_by("line", "revision")}


def _map_operations(lines: Sequence[OrderLine]) -> dict[int, Operations]:
    """Give the agreed operations of bespoke lines; may be empty."""
    bespoke = [line.pk for line in lines if line.product.kind == ProductKind.BESPOKE]
    if not bespoke:
        return {}
    return dict(
        Quotation.objects.filter(
            order_line__in=bespoke, state=QuotationState.ACCEPTED
        ).values_list("order_line", "operations")
    )
