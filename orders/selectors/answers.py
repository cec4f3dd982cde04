"""An order in the shape that API, pages and mails show it in."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from configurator.models import Configuration
from configurator.selectors.grounds import say_grounds
from configurator.selectors.personal import without_personal
from configurator.selectors.words import in_language
from orders.models import (
    Order,
    OrderLine,
    Parcel,
    Payment,
    PaymentIntent,
    Promise,
    Quotation,
    Shipment,
)
from orders.selectors.facts import LineFacts, OrderFacts
from orders.selectors.progress import fulfilment_state, line_stage, unit_stage


def describe_order(*, facts: OrderFacts, language: str) -> dict[str, Any]:
    """Put an order that was read before into the shape of the API."""
    order = facts.order
    return {
        "number": order.number,
        "token": order.token,
        "state": order.state,
        "payment_state": order.payment_state,
        "production_state": facts.production_state,
        "fulfilment_state": fulfilment_state(facts),
        "currency": order.currency,
        "total_minor": order.total_minor,
        "deposit_minor": order.deposit_minor,
        "paid_minor": order.paid_minor,
        "delivery": order.delivery,
        "shipping": order.shipping,
        "needed_by": order.needed_by,
        "window_from": order.window_from,
        "window_to": order.window_to,
        "placed_at": order.placed_at,
        "confirmed_at": order.confirmed_at,
        "edit_until": order.edit_until,
        "lines": [describe_line(each, order, language) for each in facts.lines],
        "shipments": [describe_shipment(each) for each in facts.shipments],
        "url": order_path(order),
    }


def order_path(order: Order) -> str:
    """Tell where the buyer finds the order's page."""
    return f"/orders/{order.number}/?{urlencode({'token': order.token})}"


def describe_line(facts: LineFacts, order: Order, language: str) -> dict[str, Any]:
    line, progress = facts.line, facts.progress
    units = progress.units if progress else ()
    return {
        "id": line.pk,
        "product": line.product.slug,
        "name": in_language(line.product.name, language),
        "quantity": line.quantity,
        "cancelled_quantity": line.quantity - line.open_quantity,
        "configuration": _configuration_of(line, order),
        "total_minor": line.total_minor,
        "open_total_minor": line.open_total_minor,
        "replaces": line.replaces_id,
        "changed_from": line.changed_from_id,
        "method": line.method,
        "method_reasons": line.method_reasons,
        "quotation": describe_quotation(facts.quotation),
        "proofs": [{"id": proof.pk, "state": proof.state} for proof in facts.proofs],
        "promise": describe_promise(facts.promise),
        "edit_until": line.edit_until,
        "stage": line_stage(facts, order.state),
        "files": describe_files(facts, order),
        "units": [
            {
                "work_order": unit.work_order,
                "stage": unit_stage(unit, facts),
                "release_at": unit.release_at,
                "step": unit.step,
                "step_number": unit.step_number,
                "n_steps": unit.n_steps,
            }
            for unit in units
        ],
    }


def describe_files(facts: LineFacts, order: Order) -> list[dict[str, Any]]:
    """List what of a line there is to take away, once it was handed out."""
    if not facts.is_handed_out:
        return []
    return [
        {
            "name": each.file_name,
            "content_type": each.content_type,
            "size_bytes": each.size_bytes,
            "sha256": each.sha256,
            "url": f"/orders/{order.number}/files/{each.pk}/",
        }
        for each in facts.files
    ]


def _configuration_of(line: OrderLine, order: Order) -> dict[str, Any]:
    """Describe what was ordered; of an erased order without texts and pictures.

    They are gone from the configuration too, unless somebody else has chosen the same.
    """
    configuration = line.configuration
    described = describe_configuration(configuration)
    if order.erased_at is not None:
        described["choices"] = without_personal(
            release_id=configuration.release_id, choices=described["choices"]
        )
    return described


def describe_configuration(configuration: Configuration) -> dict[str, Any]:
    """Give the very values that were hashed, read from the hashed text."""
    return {"sha256": configuration.sha256, **json.loads(configuration.canonical)}


def describe_quotation(quotation: Quotation | None) -> dict[str, Any] | None:
    if quotation is None:
        return None
    return {
        "number": quotation.number,
        "state": quotation.state,
        "total_minor": quotation.total_minor,
        "deposit_percent": quotation.deposit_percent,
        "valid_until": quotation.valid_until,
        "sent_at": quotation.sent_at,
        "ready_at": quotation.ready_at,
        "delivered_at": quotation.delivered_at,
    }


def describe_quotation_of_order(quotation: Quotation) -> dict[str, Any]:
    """Describe a quotation by itself; its line and order were read with it."""
    line = quotation.order_line
    return {
        **(describe_quotation(quotation) or {}),
        "order": line.order.number,
        "order_line": line.pk,
        "operations": quotation.operations,
    }


def describe_promise(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "state": promise.state,
        "ready_at": promise.ready_at,
        "shipped_at": promise.shipped_at,
        "delivered_at": promise.delivered_at,
        "rests_on": say_grounds(promise.rests_on),
    }


def describe_shipment(shipment: Shipment) -> dict[str, Any]:
    """Describe a shipment whose lines and parcels were read with it."""
    return {
        "number": shipment.number,
        "state": shipment.state,
        "handed_over_at": shipment.handed_over_at,
        "delivered_at": shipment.delivered_at,
        "lines": [line.pk for line in shipment.lines.all()],
        "parcels": [describe_parcel(each) for each in shipment.parcels.all()],
    }


def describe_parcel(parcel: Parcel) -> dict[str, str]:
    carrier, code = parcel.carrier, parcel.tracking_code
    url = carrier.tracking_url.replace("{code}", quote(code)) if carrier else ""
    return {
        "carrier": carrier.name if carrier else "",
        "tracking_code": code,
        "url": url if code else "",
    }


def describe_payment(payment: Payment) -> dict[str, Any]:
    order = payment.order
    return {
        "reference": payment.reference,
        "provider": payment.provider,
        "purpose": payment.purpose,
        "outcome": payment.outcome,
        "page_url": "",
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "created_at": payment.created_at,
        "order": order.number,
        "state": order.state,
        "payment_state": order.payment_state,
    }


def describe_intent(intent: PaymentIntent) -> dict[str, Any]:
    """Describe a request for money that the provider has not answered for good."""
    order = intent.order
    return {
        "reference": intent.reference,
        "provider": intent.provider,
        "purpose": intent.purpose,
        "outcome": "PENDING",
        "page_url": intent.page_url,
        "amount_minor": intent.amount_minor,
        "currency": intent.currency,
        "created_at": intent.created_at,
        "order": order.number,
        "state": order.state,
        "payment_state": order.payment_state,
    }
