"""What staff offer and write to a buyer, and how it can be answered, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from configurator.selectors.money import written
from configurator.selectors.print_areas import describe_print, find_placings
from configurator.selectors.releases import release_by_id
from configurator.selectors.times import written_time
from orders.models import Order, OrderLine, OrderMessage, Quotation
from orders.selectors.answers import describe_quotation
from orders.selectors.facts import LineFacts, OrderFacts
from orders.selectors.quotations import written_dates, written_deposit
from orders.states import ProofState, QuotationState


def show_talk(
    messages: Sequence[OrderMessage], *, is_desk: bool = False, now: datetime
) -> list[dict[str, Any]]:
    """Show what was written to and fro, each with who wrote it."""
    return [
        {
            "is_own": message.is_from_staff == is_desk,
            "by": _by(message, is_desk=is_desk),
            "at": written_time(message.created_at, now=now),
            "text": message.text,
        }
        for message in messages
        if message.text
    ]


def _by(message: OrderMessage, *, is_desk: bool) -> str:
    if message.is_from_staff:
        return message.actor if is_desk else _("We")
    return _("Customer") if is_desk else _("You")


def is_open(quotation: Quotation, now: datetime) -> bool:
    """Say whether an offer still stands and waits for its answer."""
    until = quotation.valid_until
    return quotation.state == QuotationState.SENT and (until is None or until > now)


def show_offered(facts: OrderFacts, now: datetime) -> dict[str, str]:
    """Say what is offered for an order in all, and how long the first of it stands."""
    order = facts.order
    offers = [
        each.quotation
        for each in facts.lines
        if each.quotation is not None
        and each.line.cancelled_at is None
        and is_open(each.quotation, now)
    ]
    if not offers:
        return {}
    ends = [each.valid_until for each in offers if each.valid_until is not None]
    offered_minor = sum(each.total_minor or 0 for each in offers)
    return {
        "offered": written(offered_minor, order.currency),
        "offered_until": written_time(min(ends), now=now) if ends else "",
    }


def show_quotation(facts: LineFacts, order: Order, now: datetime) -> dict[str, Any]:
    """Show the latest quotation and whether it can still be answered."""
    quotation = facts.quotation
    if quotation is None:
        return {}
    described = describe_quotation(quotation) or {}
    until = quotation.valid_until
    is_sent = quotation.state == QuotationState.SENT
    return {
        "number": quotation.number,
        "state": quotation.state,
        "label": capfirst(quotation.get_state_display()),
        "total": written(quotation.total_minor, order.currency),
        "until": written_time(until, now=now) if until else "",
        "deposit": written_deposit(described, order.currency),
        "dates": written_dates(described),
        "note": quotation.note,
        "is_waiting": quotation.state
        in (QuotationState.REQUESTED, QuotationState.PREPARING),
        "may_answer": is_open(quotation, now),
        "is_late": is_sent and until is not None and until <= now,
    }


def show_proof(facts: LineFacts) -> dict[str, Any]:
    """Show the latest proof; its picture lies beside it, under the order."""
    if not facts.proofs:
        return {}
    proof = max(facts.proofs, key=lambda each: each.revision)
    return {
        "id": proof.pk,
        "state": proof.state,
        "label": capfirst(proof.get_state_display()),
        "note": proof.note,
        "customer_note": proof.customer_note,
        "prints": _list_prints(facts.line),
        "may_answer": proof.state == ProofState.SENT,
    }


def _list_prints(line: OrderLine) -> list[str]:
    """Say how large and how finely the buyer's pictures are printed."""
    configuration = line.configuration
    placings = find_placings(
        release_by_id(configuration.release_id).definition,
        configuration.choices,
        quantity=line.quantity,
    )
    dpi = _("%(dpi)s dots per inch")
    return [
        f"{describe_print(placed)}; {dpi % {'dpi': placed.dpi}}"
        for placed in placings.values()
    ]
