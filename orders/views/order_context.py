"""An order's plain values for its page, those that change by themselves apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from configurator.selectors.money import written
from configurator.selectors.roles import is_trade
from configurator.selectors.times import written_day, written_window
from configurator.selectors.ways import name_of as name_of_method
from configurator.selectors.words import in_language
from orders.models import Complaint, Document, Order, OrderLine, OrderMessage
from orders.selectors.answers import describe_line
from orders.selectors.balances import next_due
from orders.selectors.changes import in_place
from orders.selectors.countries import address_lines
from orders.selectors.erasures import name_of
from orders.selectors.facts import LineFacts, OrderFacts
from orders.selectors.progress import line_stage
from orders.selectors.promises import map_expected
from orders.selectors.taxes import show_tax
from orders.services.changing import NOT_BEGUN as UNTOUCHED
from orders.services.replacing import FROM_STOCK
from orders.states import (
    Delivery,
    OrderState,
    PaymentPurpose,
    PaymentState,
    PromiseState,
    Shipping,
    Stage,
)
from orders.views.after_sale_context import (
    complaint_form,
    show_again,
    show_complaints,
    show_document,
    show_files,
    show_shipments,
)
from orders.views.change_context import may_change_any, show_change, until
from orders.views.offer_context import (
    show_offered,
    show_proof,
    show_quotation,
    show_talk,
)
from orders.views.shown import LINES_PER_PAGE, show_product, stage_label
from orders.views.stage_context import (
    MOST_UNITS,
    WAY,
    Units,
    show_counts,
    show_track,
    show_units,
)

OPEN_STATES = (OrderState.PLACED, OrderState.CONFIRMED)
NOT_BEGUN = (None, *UNTOUCHED)
OVER = (Stage.DELIVERED, Stage.CANCELLED)

METHOD_WORDS = {
    "JOB": gettext_lazy("Made once, for you alone"),
    "BATCH": gettext_lazy("Made in a batch together with others"),
    "FLOW": gettext_lazy("Made to stock, taken from it for you"),
    "MASS_CUSTOMISATION": gettext_lazy("Made one by one on a flexible line"),
}


def order_context(
    facts: OrderFacts,
    *,
    path: str,
    language: str,
    now: datetime,
    documents: Sequence[Document] = (),
    complaints: Sequence[Complaint] = (),
    talk: Sequence[OrderMessage] = (),
    page: str | None = None,
) -> dict[str, Any]:
    """Prepare an order; ``live`` is what the page asks for again and again.

    Of very many lines those of one page are shown; what is said of all is of all.
    """
    order, facts = facts.order, replace(facts, lines=in_place(facts.lines))
    shown = Paginator(facts.lines, LINES_PER_PAGE).get_page(page)
    lines = [_line(each, order, language, now) for each in shown]
    _complete(lines, list(shown), facts, complaints, now)
    live = {
        "state": _state(facts, now),
        "documents": [show_document(each) for each in documents],
        "shipments": show_shipments(facts),
        "lines": [line["live"] for line in lines],
        "talk": show_talk(talk, now=now),
        "is_over": _is_over(facts) and all(each.settled_at for each in complaints),
    }
    base, _sign, query = path.partition("?")
    return {
        "number": order.number,
        "order": _head(order),
        "lines": lines,
        "n_lines": len(facts.lines),
        "page": shown,
        "page_query": f"{query}&" if query else "",
        "live": live,
        "seen": _digest(live),
        "base": base,
        "query": f"?{query}" if query else "",
        "may_write": order.erased_at is None,
        "may_order_again": order.state != OrderState.PLACED and not order.erased_at,
    }


def _is_over(facts: OrderFacts) -> bool:
    state = facts.order.state
    is_there = all(line_stage(each, state) in OVER for each in facts.lines)
    return state not in OPEN_STATES or is_there


def _complete(
    lines: Sequence[dict[str, Any]],
    shown: Sequence[LineFacts],
    order: OrderFacts,
    complaints: Sequence[Complaint],
    now: datetime,
) -> None:
    """Add to the lines what rests on all of the order, or is read for all at once."""
    promises = [each.promise for each in shown if each.promise is not None]
    expected = map_expected(promises=promises)
    for line, each in zip(lines, shown, strict=True):
        at = expected.get(line["id"])
        found = show_complaints(each, complaints)
        remade = {one["remake"]: one["remade"] for one in found}
        for unit in line["live"]["units"]:
            unit |= remade.get(unit["number"], {})
        line["live"] |= {
            "complaints": found,
            "again": show_again(each, complaints, line["stage"]),
            "complain": complaint_form(each, order.order.state, line["stage"]),
            **show_change(each, order, now),
            "expected": written_day(at) if at else "",
        }


def _digest(live: Mapping[str, Any]) -> str:
    """Name the state of what changes: the same digest, nothing new to show."""
    text = json.dumps(live, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _head(order: Order) -> dict[str, Any]:
    return {
        "name": name_of(order),
        "email": order.customer_email,
        "address": address_lines(order.shipping_address),
        "delivery": capfirst(Delivery(order.delivery).label),
        "shipping": capfirst(Shipping(order.shipping).label),
        "needed_by": written_day(order.needed_by) if order.needed_by else "",
        "window": written_window(order.window_from, order.window_to)
        if order.window_from and order.window_to
        else "",
        "placed": written_day(order.placed_at),
    }


def _state(facts: OrderFacts, now: datetime) -> dict[str, Any]:
    order = facts.order
    is_open = order.state in OPEN_STATES
    due, offered = next_due(order), show_offered(facts, now)
    known = sum(
        line.line.open_total_minor or 0
        for line in facts.lines
        if line.line.cancelled_at is None
    )
    return {
        "code": order.state,
        "label": capfirst(order.get_state_display()),
        **_payment(order, is_due=due is not None),
        "total": _nothing_agreed(offered)
        if order.total_minor is None and not known
        else written(known, order.currency),
        "is_total_open": order.total_minor is None,
        **offered,
        "tax": show_tax(known, order.currency, is_trade=is_trade(order.user))
        if known and order.total_minor is not None
        else {},
        "may_pay": due is not None,
        "due": written(due.amount_minor, order.currency) if due else "",
        "is_balance": due is not None and due.purpose == PaymentPurpose.BALANCE,
        "is_on_invoice": order.is_on_invoice,
        "is_download": order.delivery == Delivery.DOWNLOAD,
        "is_paid": order.paid_minor > 0,
        "may_cancel": is_open and _any_not_begun(facts),
        "may_change": may_change_any(facts),
        "edit_until": until(order.edit_until, now) if is_open else "",
        "news": _news(facts),
    }


def _nothing_agreed(offered: Mapping[str, str]) -> str:
    return _("nothing yet") if offered else _("to be quoted")


def _payment(order: Order, *, is_due: bool) -> dict[str, str]:
    """Say how the payment stands; nothing where none was made and none is asked for."""
    if order.payment_state != PaymentState.OPEN:
        label = capfirst(order.get_payment_state_display())
        return {"payment": label, "payment_code": order.payment_state}
    return {"payment": _("Not paid yet"), "payment_code": "OPEN"} if is_due else {}


def _any_not_begun(facts: OrderFacts) -> bool:
    state = facts.order.state
    return any(line_stage(each, state) in NOT_BEGUN for each in facts.lines)


def _news(facts: OrderFacts) -> str:
    """Say in one sentence how far everything is, for those who listen."""
    units = [
        unit.stage
        for line in facts.lines
        if line.progress
        for unit in line.progress.units
    ]
    if not units:
        return capfirst(facts.order.get_state_display()) + "."
    done = sum(
        Stage(stage) in (Stage.MADE, *WAY)
        for stage in units
        if stage != Stage.CANCELLED
    )
    text = ngettext(
        "%(done)s of %(n)s unit is made.",
        "%(done)s of %(n)s units are made.",
        len(units),
    )
    return text % {"done": done, "n": len(units)}


def _line(
    facts: LineFacts, order: Order, language: str, now: datetime
) -> dict[str, Any]:
    """Prepare a line; what moves by itself stands under ``live``."""
    line = facts.line
    answer = describe_line(facts, order, language)
    return {
        **show_product(
            release_id=line.configuration.release_id,
            product=line.product.slug,
            configuration=answer["configuration"],
            quantity=line.quantity,
        ),
        "id": line.pk,
        "name": answer["name"],
        "quantity": line.quantity,
        "parts": _parts(line, order, language),
        "method": METHOD_WORDS.get(line.method) or name_of_method(line.method),
        "reasons": line.method_reasons,
        "stage": answer["stage"],
        "live": _live(facts, order, answer, now),
    }


def _parts(line: OrderLine, order: Order, language: str) -> list[dict[str, str]]:
    """Say how the price comes about; a quoted one does not come about by the list."""
    if line.replaces_id:
        return []
    if sum(each["amount_minor"] for each in line.price_lines) != line.total_minor:
        return []
    return [
        {
            "label": in_language(each["label"], language),
            "amount": written(each["amount_minor"], order.currency),
        }
        for each in line.price_lines
    ]


def _live(
    facts: LineFacts, order: Order, answer: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    stage, units = answer["stage"], answer["units"]
    delivery = Delivery.DOWNLOAD if facts.line.is_download else order.delivery
    is_live = order.state in OPEN_STATES and facts.line.cancelled_at is None
    return {
        "id": facts.line.pk,
        "stage": stage,
        "stage_label": stage_label(stage, delivery) if stage else "",
        "is_cancelled": stage == Stage.CANCELLED,
        "total": written(_cost(facts.line), order.currency),
        "gone": _gone(facts.line),
        "is_replacement": facts.line.replaces_id is not None,
        "track": show_track(stage, facts.line.method, units, delivery, now),
        "units": [] if stage == Stage.CANCELLED else show_units(units, delivery, now),
        "n_more": max(0, len(units) - MOST_UNITS),
        "counts": show_counts(units, delivery),
        "promise": _promise(answer["promise"]) if is_live else {},
        "quotation": show_quotation(facts, order, now) if is_live else {},
        "proof": show_proof(facts) if is_live else {},
        "files": show_files(answer["files"]),
        "may_cancel": is_live and stage in NOT_BEGUN,
        "most_cancelled": _most_cancelled(facts, units),
        "cancel_key": _cancel_key(facts.line, order),
    }


def _cost(line: OrderLine) -> int | None:
    """Give what a line costs; of one that is cancelled, what it would have."""
    return line.total_minor if line.cancelled_at else line.open_total_minor


def _gone(line: OrderLine) -> str:
    """Say how many pieces of a line that goes on were cancelled."""
    if line.cancelled_at or not line.cancelled_quantity:
        return ""
    words = {"n": line.cancelled_quantity, "of": line.quantity}
    return _("%(n)s of %(of)s pieces cancelled") % words


def _cancel_key(line: OrderLine, order: Order) -> str:
    """Name the next cancelling of pieces: sent twice, it happens once."""
    text = f"{order.token} {line.pk} {line.open_quantity}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _most_cancelled(facts: LineFacts, units: Units) -> int:
    """Tell how many pieces can be cancelled one by one; 0 where only all of them."""
    line = facts.line
    n_pieces = line.open_quantity
    if line.method != FROM_STOCK:
        living = [each for each in units if each["stage"] != Stage.CANCELLED]
        if len(living) != n_pieces:
            return 0
        n_pieces = sum(each["stage"] in NOT_BEGUN for each in living)
    return n_pieces if line.open_quantity > 1 and facts.progress else 0


def _promise(promise: Mapping[str, Any] | None) -> dict[str, str]:
    if promise is None:
        return {}
    return {
        "day": written_day(promise["delivered_at"]),
        "state": promise["state"],
        "label": capfirst(PromiseState(promise["state"]).label),
        "rests_on": promise["rests_on"],
    }
