"""All that is kept about a customer, for the customer."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from configurator.models import Design, Upload, User
from configurator.selectors.print_areas import name_of
from orders.models import (
    Cart,
    CartLine,
    Complaint,
    Document,
    Order,
    OrderEvent,
    OrderMessage,
    Payment,
    Proof,
    Quotation,
    Refund,
)
from orders.selectors.answers import describe_configuration, describe_order
from orders.selectors.facts import load_facts

MOST_PICTURES = 200
LONGEST_TOKEN = 48


def export_customer(*, user: User) -> dict[str, Any]:
    """Give an account with its orders, designs, cart and pictures."""
    orders = list(Order.objects.filter(user=user).order_by("pk"))
    found = {
        "account": {
            "username": user.get_username(),
            "name": user.get_full_name(),
            "email": user.email,
            "language": user.language,
            "date_joined": user.date_joined,
            "last_login": user.last_login,
        },
        "orders": _orders(orders),
        "designs": _designs(user),
        "cart": _cart(user),
    }
    return {**found, **_pictures(found)}


def export_order(*, order: Order) -> dict[str, Any]:
    """Give one order, for whoever holds its link."""
    found = {"orders": _orders([order])}
    return {**found, **_pictures(found)}


def _orders(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Give orders with names, money, papers and history."""
    return [
        {
            **describe_order(facts=facts, language=facts.order.language),
            "customer": {
                "name": facts.order.customer_name,
                "email": facts.order.customer_email,
            },
            "shipping_address": facts.order.shipping_address,
            "language": facts.order.language,
            **_words(facts.order),
            **_money(facts.order),
            "events": list(
                OrderEvent.objects.filter(order=facts.order).values(
                    "kind", "from_state", "to_state", "actor", "details", "at"
                )
            ),
        }
        for facts in load_facts(orders)
    ]


def _words(order: Order) -> dict[str, Any]:
    """Give what was written to and fro."""
    quotations = Quotation.objects.filter(order_line__order=order)
    proofs = Proof.objects.filter(order_line__order=order)
    complaints = Complaint.objects.filter(order_line__order=order)
    return {
        "quotations": list(quotations.values("number", "state", "note")),
        "complaints": list(complaints.values("id", "state", "text", "answer")),
        "messages": list(
            OrderMessage.objects.filter(order=order).values(
                "is_from_staff", "text", "created_at"
            )
        ),
        "proofs": [_proof(each) for each in proofs.iterator()],
    }


def _proof(proof: Proof) -> dict[str, Any]:
    """Give a proof with the picture that prepress made for it, a PNG."""
    return {
        "id": proof.pk,
        "state": proof.state,
        "note": proof.note,
        "customer_note": proof.customer_note,
        "picture_base64": _text_of(proof.picture) if proof.picture else None,
    }


def _money(order: Order) -> dict[str, Any]:
    fields = ("reference", "provider", "purpose", "outcome", "amount_minor")
    payments = Payment.objects.filter(order=order)
    refunds = Refund.objects.filter(payment__order=order)
    documents = Document.objects.filter(order=order)
    return {
        "payments": list(payments.values(*fields, "currency", "created_at")),
        "refunds": list(refunds.values("key", "kind", "state", "amount_minor")),
        "documents": list(documents.values("number", "kind", "content", "issued_at")),
    }


def _designs(user: User) -> list[dict[str, Any]]:
    rows = Design.objects.filter(owner=user).select_related("product")
    return [
        {
            "product": design.product.slug,
            "name": design.name,
            "choices": design.choices,
            "created_at": design.created_at,
            "updated_at": design.updated_at,
        }
        for design in rows.order_by("pk")
    ]


def _cart(user: User) -> list[dict[str, Any]]:
    lines = CartLine.objects.filter(cart__in=Cart.objects.filter(user=user))
    return [
        {
            "configuration": describe_configuration(line.configuration),
            "quantity": line.quantity,
            "created_at": line.created_at,
        }
        for line in lines.select_related("configuration").order_by("pk")
    ]


def _pictures(found: dict[str, Any]) -> dict[str, Any]:
    """Give the pictures that the choices of what was found name by their tokens.

    Of very many the first, and how many more are kept: they are given when asked for.
    """
    rows = Upload.objects.filter(token__in=set(_tokens(found))).order_by("pk")
    pictures = [
        {
            "token": row.token,
            "file_name": row.file_name,
            "content_type": row.content_type,
            "sha256": row.sha256,
            "content_base64": _text_of(row.content),
        }
        for row in rows[:MOST_PICTURES]
    ]
    n_left_out = rows.count() - len(pictures)
    return {"pictures": pictures, "pictures_left_out": n_left_out}


def _text_of(content: bytes | memoryview) -> str:
    return base64.b64encode(bytes(content)).decode()


def _tokens(value: Any) -> Iterator[str]:
    """Find what may be a token: every answer to a characteristic."""
    if isinstance(value, dict):
        for name, below in value.items():
            if name == "choices":
                answers = [each for each in below.values() if isinstance(each, str)]
                yield from (
                    name_of(each) for each in answers if len(each) <= LONGEST_TOKEN
                )
            else:
                yield from _tokens(below)
    elif isinstance(value, list):
        for each in value:
            yield from _tokens(each)
