"""What the order desk's pages show, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.text import capfirst

from configurator.selectors.money import written
from configurator.selectors.times import written_day, written_time
from configurator.selectors.words import in_language
from configurator.states import ProductKind
from orders.models import Complaint, Order, OrderEvent, OrderHold, OrderMessage
from orders.selectors.erasures import name_of
from orders.selectors.facts import LineFacts, OrderFacts
from orders.selectors.progress import (
    GONE,
    READY_TO_SHIP,
    fulfilment_state,
    line_stage,
    list_unshipped_lines,
)
from orders.services.refunding import SETTLED
from orders.states import (
    COMPLAINT_MOVES,
    SHIPMENT_MOVES,
    FulfilmentState,
    OrderState,
    ProductionState,
    ProofState,
    QuotationState,
    ShipmentState,
    Stage,
)
from orders.views.desk_forms import (
    CancelForm,
    HoldForm,
    MessageForm,
    ProofForm,
    QuoteForm,
    RefundForm,
    ShipForm,
)
from orders.views.desk_history import show_history
from orders.views.offer_context import show_talk
from orders.views.order_context import order_context

Bound = Mapping[str, forms.Form]
OPEN = (OrderState.PLACED, OrderState.CONFIRMED)
SERVED = (OrderState.CONFIRMED, OrderState.CLOSED)
BEFORE_MADE = (None, Stage.PLANNED, Stage.RELEASED, Stage.IN_PROGRESS)


def desk_row(
    facts: OrderFacts, holds: Sequence[OrderHold], *, is_waiting: bool
) -> dict[str, Any]:
    """Give an order in one row of the list."""
    order = facts.order
    names = [in_language(each.line.product.name) for each in facts.lines]
    return {
        "number": order.number,
        **_states(facts),
        "customer": name_of(order),
        "products": ", ".join(dict.fromkeys(names)),
        "placed": written_day(order.placed_at),
        "total": written(order.total_minor, order.currency),
        "is_waiting": is_waiting,
        "holds": [hold.reason for hold in holds],
    }


def _states(facts: OrderFacts) -> dict[str, Any]:
    order = facts.order
    fulfilment = fulfilment_state(facts)
    production = facts.production_state
    return {
        "state": order.state,
        "label": capfirst(order.get_state_display()),
        "payment": order.payment_state,
        "payment_label": capfirst(order.get_payment_state_display()),
        "production": production,
        "production_label": capfirst(ProductionState(production).label),
        "fulfilment": fulfilment,
        "fulfilment_label": capfirst(FulfilmentState(fulfilment).label),
    }


def line_forms(
    facts: OrderFacts, bound: Bound, *, now: datetime
) -> dict[int, forms.Form]:
    """Give the form of a quotation for each line that may have one sent."""
    order = facts.order
    return {
        each.line.pk: bound.get(f"quote{each.line.pk}")
        or QuoteForm(line=each.line, currency=order.currency, now=now)
        for each in facts.lines
        if may_quote(each, order)
    }


def may_quote(facts: LineFacts, order: Order) -> bool:
    quotation = facts.quotation
    return (
        order.state == OrderState.PLACED
        and facts.line.cancelled_at is None
        and facts.line.product.kind == ProductKind.BESPOKE
        and (quotation is None or quotation.state != QuotationState.ACCEPTED)
    )


def ready_line_ids(facts: OrderFacts) -> list[int]:
    """List the lines that may leave the works now."""
    if facts.order.state != OrderState.CONFIRMED:
        return []
    return [
        each.line.pk
        for each in list_unshipped_lines(facts)
        if line_stage(each, facts.order.state) in READY_TO_SHIP
    ]


def desk_context(
    facts: OrderFacts,
    *,
    holds: Sequence[OrderHold],
    events: Sequence[OrderEvent],
    bound: Bound,
    language: str,
    now: datetime,
    talk: Sequence[OrderMessage] = (),
    complaints: Sequence[Complaint] = (),
    page: str | None = None,
) -> dict[str, Any]:
    """Prepare one order for those who serve it."""
    order = facts.order
    shown = order_context(facts, path="", language=language, now=now, page=page)
    return {
        "number": order.number,
        "head": shown["order"],
        "due": shown["live"]["state"],
        "states": _states(facts),
        "lines": _lines(facts, shown, bound, now),
        "n_lines": shown["n_lines"],
        "page": shown["page"],
        "shipments": _shipments(facts, shown["live"]["shipments"]),
        "talk": show_talk(talk, is_desk=True, now=now),
        "complaints": [_complaint(each, now) for each in complaints],
        "write": bound.get("write") or MessageForm(),
        "may_write": shown["may_write"],
        "refund": _refund(order, bound),
        "holds": [_hold(hold, now) for hold in holds],
        "hold": bound.get("hold") or HoldForm(),
        "may_hold": order.state in OPEN,
        **_shipping(facts, bound),
        "cancel": bound.get("cancel") or CancelForm(),
        "may_cancel": shown["live"]["state"]["may_cancel"],
        "events": show_history(events, facts, now),
        "problems": [
            text for form in bound.values() for text in form.non_field_errors()
        ],
    }


def _lines(
    facts: OrderFacts, shown: Mapping[str, Any], bound: Bound, now: datetime
) -> list[dict[str, Any]]:
    quotes = line_forms(facts, bound, now=now)
    return [
        {
            **line,
            "quote": quotes.get(line["id"]),
            "proof_form": _proof_form(each, facts.order, bound),
            "is_waiting": _is_waiting(each, facts.order),
            "may_upload": each.line.is_download
            and facts.order.state in SERVED
            and each.line.cancelled_at is None,
            "finished": [file.file_name for file in each.files],
        }
        for line, each in zip(shown["lines"], shown["page"], strict=True)
    ]


def _proof_form(facts: LineFacts, order: Order, bound: Bound) -> forms.Form | None:
    """Give the form of a proof for what is not made yet."""
    answered = {ProofState.APPROVED} & {each.state for each in facts.proofs}
    is_before = line_stage(facts, order.state) in BEFORE_MADE
    if order.state not in OPEN or answered or not is_before:
        return None
    return bound.get(f"proof{facts.line.pk}") or ProofForm(
        initial={"line": facts.line.pk}, auto_id=f"id_proof{facts.line.pk}_%s"
    )


def _shipments(
    facts: OrderFacts, shown: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Say of each shipment what can still become of it."""
    return [
        {
            **row,
            "moves": SHIPMENT_MOVES[each.state] & {"RETURNED", "LOST"},
            "may_send_again": each.state in GONE and facts.order.state in SERVED,
        }
        for row, each in zip(shown, facts.shipments, strict=True)
    ]


def _refund(order: Order, bound: Bound) -> forms.Form | None:
    if order.payment_state not in SETTLED:
        return None
    return bound.get("refund") or RefundForm(currency=order.currency)


def _shipping(facts: OrderFacts, bound: Bound) -> dict[str, Any]:
    """Say what may leave, what is not made yet, and what is under way."""
    ready = ready_line_ids(facts)
    is_open = facts.order.state == OrderState.CONFIRMED
    return {
        "ship": bound.get("ship") or ShipForm(line_ids=ready),
        "to_ship": [
            {
                "id": each.line.pk,
                "quantity": each.line.open_quantity,
                "name": in_language(each.line.product.name),
            }
            for each in facts.lines
            if each.line.pk in ready
        ],
        "not_made": [
            {
                "quantity": each.line.quantity,
                "name": in_language(each.line.product.name),
            }
            for each in list_unshipped_lines(facts)
            if is_open and each.line.pk not in ready
        ],
        "may_deliver": any(
            each.state == ShipmentState.HANDED_OVER for each in facts.shipments
        ),
    }


def _is_waiting(facts: LineFacts, order: Order) -> bool:
    quotation = facts.quotation
    waiting = (QuotationState.REQUESTED, QuotationState.PREPARING)
    return (
        may_quote(facts, order) and quotation is not None and quotation.state in waiting
    )


def _complaint(complaint: Complaint, now: datetime) -> dict[str, Any]:
    """Show what is wrong and what can be done about it now."""
    moves = COMPLAINT_MOVES[complaint.state]
    ways = [("REMAKING", "remake"), ("REPLACED", "send"), ("REFUNDED", "pay")]
    return {
        "id": complaint.pk,
        "piece": complaint.work_order,
        "quantity": complaint.quantity,
        "text": complaint.text,
        "wish": capfirst(complaint.get_wish_display()),
        "state": complaint.state,
        "label": capfirst(complaint.get_state_display()),
        "remake": complaint.remake,
        "since": written_time(complaint.created_at, now=now),
        "ways": [how for state, how in ways if state in moves],
        "may_decline": "DECLINED" in moves,
    }


def _hold(hold: OrderHold, now: datetime) -> dict[str, Any]:
    return {
        "id": hold.pk,
        "reason": hold.reason,
        "by": hold.placed_by,
        "since": written_time(hold.since_at, now=now),
    }
