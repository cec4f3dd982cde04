"""Papers about money: asked for with their cause, numbered without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from configurator.selectors.times import local
from configurator.selectors.words import in_language
from orders.models import (
    Document,
    DocumentSeries,
    Order,
    OrderLine,
    OutboxMessage,
    Payment,
    ShopTerms,
)
from orders.selectors.taxes import get_terms, split_line_totals
from orders.services import outbox
from orders.states import DocumentKind

MESSAGES_AT_ONCE = 200
# Of one transaction: where a writer keeps all others out, they wait no longer for it.
PAPERS_AT_ONCE = 20
PREFIXES = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.RECEIPT: "REC",
    DocumentKind.CREDIT_NOTE: "CRN",
}

log = structlog.get_logger(__name__)
Content = dict[str, Any]


def ask_invoice(*, order: Order, now: datetime) -> OutboxMessage:
    """Make the request for the invoice of an order, for the caller to write.

    It is about the lines that are wanted now; one that comes later has its own.
    """
    lines = OrderLine.objects.filter(order=order, cancelled_at=None)
    payload = {"lines": list(lines.values_list("pk", flat=True))}
    return _ask(order, DocumentKind.INVOICE, f"INVOICE:{order.number}", payload, now)


def ask_line_invoice(*, order: Order, line: OrderLine, now: datetime) -> OutboxMessage:
    """Make the request for the invoice of a line that joined an invoiced order."""
    payload = {"lines": [line.pk]}
    return _ask(order, DocumentKind.INVOICE, _line_key(line), payload, now)


def ask_receipt(*, payment: Payment, now: datetime) -> OutboxMessage:
    """Make the request for the receipt of a payment, for the caller to write."""
    payload = {"payment": payment.pk}
    order = payment.order
    return _ask(order, DocumentKind.RECEIPT, f"RECEIPT:{payment.pk}", payload, now)


def ask_credit(
    *,
    order: Order,
    key: str,
    amount_minor: int,
    parts: Sequence[tuple[int, int, int]] = (),
    now: datetime,
) -> OutboxMessage:
    """Make the request for a credit note over part of the price.

    Where it is about certain units, ``parts`` name their line, how many they are and
    what they cost.
    """
    payload = {"amount_minor": amount_minor, "parts": [list(each) for each in parts]}
    return _ask(order, DocumentKind.CREDIT_NOTE, f"CREDIT:{key}", payload, now)


def issue_documents(
    *, now: datetime, real_now: datetime, limit: int = MESSAGES_AT_ONCE
) -> int:
    """Issue what was asked for, oldest first; tells how many papers there are more.

    Number, paper and the end of its request are one transaction, a few of them
    together. A request that cannot be met is noted and takes no number.
    """
    n_issued = 0
    for begun in range(0, limit, PAPERS_AT_ONCE):
        wanted = min(PAPERS_AT_ONCE, limit - begun)
        n_claimed, n_written = _issue_some(limit=wanted, now=now, real_now=real_now)
        n_issued += n_written
        if n_claimed < wanted:
            break
    return n_issued


def _issue_some(*, limit: int, now: datetime, real_now: datetime) -> tuple[int, int]:
    """Issue some in one transaction; tells how many were asked for and written."""
    failed: dict[int, str] = {}
    issued: list[OutboxMessage] = []
    with transaction.atomic():
        messages = outbox.claim(kind=outbox.DOCUMENT, limit=limit, now=real_now)
        terms = get_terms() if messages else None
        for message in messages:
            try:
                with transaction.atomic():
                    _issue(message, terms, now)
            except Exception as error:
                log.exception("document_not_issued", key=message.key)
                failed[message.pk] = f"{type(error).__name__}: {error}"
            else:
                issued.append(message)
        outbox.finish(messages=issued, now=now)
        for message_id, text in failed.items():
            outbox.fail(message_id=message_id, error=text, now=real_now)
    return len(messages), len(issued)


def _ask(
    order: Order, kind: DocumentKind, key: str, payload: Content, now: datetime
) -> OutboxMessage:
    return outbox.make_message(
        kind=outbox.DOCUMENT,
        key=key,
        order_id=order.pk,
        payload={"kind": str(kind), **payload},
        now=now,
    )


def _issue(message: OutboxMessage, terms: ShopTerms | None, now: datetime) -> None:
    """Write one paper, unless it was written before."""
    if Document.objects.filter(key=message.key).exists():
        return
    kind = DocumentKind(message.payload["kind"])
    order = Order.objects.get(pk=message.order_id or 0)
    terms = terms or get_terms()
    payment = None
    if kind is DocumentKind.RECEIPT:
        payment = Payment.objects.get(pk=message.payload["payment"])
        content = _receipt(order, payment)
    elif kind is DocumentKind.INVOICE:
        content = _invoice(order, message.payload, terms)
    else:
        content = _credit(order, message.payload, terms)
    series, serial = _next_number(kind, now)
    Document.objects.create(
        kind=kind,
        series=series,
        serial=serial,
        number=f"{series.code}-{serial:06d}",
        key=message.key,
        order=order,
        payment=payment,
        content={**_seller(terms), "currency": order.currency, **content},
        issued_at=now,
    )


def _next_number(kind: DocumentKind, now: datetime) -> tuple[DocumentSeries, int]:
    """Take the next number of a year's series; nobody else can until the commit."""
    code = f"{PREFIXES[kind]}-{local(now).year}"
    rows = DocumentSeries.objects.select_for_update(no_key=True).filter(code=code)
    series = rows.first()
    if series is None:
        DocumentSeries.objects.bulk_create(
            [DocumentSeries(code=code)], ignore_conflicts=True
        )
        series = rows.get()
    series.latest += 1
    series.save(update_fields=["latest"])
    return series, series.latest


def _seller(terms: ShopTerms) -> Content:
    return {
        "seller": {
            "name": terms.seller_name,
            "address": terms.seller_address.splitlines(),
            "vat_id": terms.vat_id,
        },
        "vat_bp": terms.vat_bp,
    }


def _invoice(order: Order, payload: Content, terms: ShopTerms) -> Content:
    """Invoice lines as they were wanted when it was asked for."""
    lines = _lines(order).filter(pk__in=payload["lines"])
    parts = [(line, line.quantity, line.total_minor or 0) for line in lines]
    return _figures(parts, order, terms)


def _credit(order: Order, payload: Content, terms: ShopTerms) -> Content:
    """Credit lines at their price, or an amount; never more than was invoiced."""
    invoices = Document.objects.filter(order=order, kind=DocumentKind.INVOICE)
    invoiced = {each.key: each for each in invoices.order_by("pk")}
    if not invoiced:
        raise LookupError(f"{order.number} has no invoice to be credited yet")
    earlier = Document.objects.filter(order=order, kind=DocumentKind.CREDIT_NOTE)
    left_minor = _sum_up(invoiced.values()) - _sum_up(earlier)
    lines = {line.pk: line for line in _lines(order)}
    parts = [(lines[key], n, minor) for key, n, minor in payload.get("parts", ())]
    first = next(iter(invoiced.values()))
    about = [invoiced.get(_line_key(line), first) for line, *_ in parts] or [first]
    figures = _figures(parts, order, terms)
    amount_minor = min(int(payload["amount_minor"]), left_minor)
    if figures["gross_minor"] != amount_minor:
        part = split_line_totals([amount_minor], vat_bp=terms.vat_bp)
        figures = _sums(part, [{"text": None}])
    numbers = dict.fromkeys(each.number for each in about)
    return {**figures, "credits": ", ".join(numbers)}


def _line_key(line: OrderLine) -> str:
    return f"INVOICE:{line.order.number}:{line.position}"


def _sum_up(papers: Iterable[Document]) -> int:
    return sum(int(each.content["gross_minor"]) for each in papers)


def _receipt(order: Order, payment: Payment) -> Content:
    return {
        "gross_minor": payment.amount_minor,
        "purpose": payment.purpose,
        "provider": payment.provider,
        "reference": payment.reference,
    }


def _lines(order: Order) -> Any:
    rows = OrderLine.objects.filter(order=order).select_related("order", "product")
    return rows.order_by("position")


def _figures(
    parts: Sequence[tuple[OrderLine, int, int]], order: Order, terms: ShopTerms
) -> Content:
    """Reckon lines, each with how many units of it and what they cost."""
    amounts = split_line_totals([minor for *_, minor in parts], vat_bp=terms.vat_bp)
    words = [
        {"text": in_language(line.product.name, order.language), "quantity": n}
        for line, n, _minor in parts
    ]
    return _sums(amounts, words)


def _sums(parts: Sequence[tuple[int, int]], words: Sequence[Content]) -> Content:
    lines = [
        {**each, "net_minor": net, "vat_minor": vat, "gross_minor": net + vat}
        for each, (net, vat) in zip(words, parts, strict=True)
    ]
    return {
        "lines": lines,
        "net_minor": sum(net for net, _vat in parts),
        "vat_minor": sum(vat for _net, vat in parts),
        "gross_minor": sum(net + vat for net, vat in parts),
    }
