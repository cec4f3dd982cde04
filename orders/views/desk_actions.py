"""What the desk does beside quoting and shipping: proofs, messages, money, parcels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from configurator.selectors.callers import PageRequest, actor_of
from configurator.selectors.money import written
from configurator.services.errors import NotFoundError
from configurator.services.uploads import draw_picture
from orders.models import Complaint, Order, Shipment
from orders.selectors.orders import get_line, get_shipment, list_complaints
from orders.services.complaining import pay_back, remake_line, send_remake, turn_down
from orders.services.messaging import write_message
from orders.services.proofing import send_proof
from orders.services.refunding import refund_part
from orders.services.replacing import give_up_shipment, send_again
from orders.states import ShipmentState

HOW: dict[str, Callable[..., Complaint]] = {
    "remake": remake_line,
    "send": send_remake,
    "pay": pay_back,
    "decline": turn_down,
}


def show_proof(page: PageRequest, order: Order, form: Any) -> str:
    """Show the customer how a line will be made, with a picture where there is one."""
    line = get_line(order=order, line_id=form.cleaned_data["line"])
    sent = form.cleaned_data["picture"]
    send_proof(
        order_line_id=line.pk,
        note=form.cleaned_data["note"],
        picture=draw_picture(sent.read()).content if sent else None,
        now=page.now,
        actor=actor_of(page),
    )
    return _("The proof is sent.")


def settle(page: PageRequest, order: Order, form: Any) -> str:
    """Have a piece made again, send it, pay it back, or say why not."""
    complaint_id = form.cleaned_data["complaint"]
    if complaint_id not in {each.pk for each in list_complaints(order=order)}:
        raise NotFoundError(_("There is no such complaint."))
    how = form.cleaned_data["how"]
    settled: Complaint = HOW[how](
        complaint_id=complaint_id,
        now=page.now,
        actor=actor_of(page),
        **({"answer": form.cleaned_data["answer"]} if how == "decline" else {}),
    )
    return _("The complaint: %(state)s.") % {"state": settled.get_state_display()}


def write(page: PageRequest, order: Order, form: Any) -> str:
    """Write to the customer."""
    write_message(
        order_id=order.pk,
        text=form.cleaned_data["text"],
        is_from_staff=True,
        now=page.now,
        actor=actor_of(page),
    )
    return _("The message is sent.")


def give_back(page: PageRequest, order: Order, form: Any) -> str:
    """Give part of the money back."""
    refunds = refund_part(
        order_id=order.pk,
        amount_minor=form.amount_minor(),
        now=page.now,
        actor=actor_of(page),
    )
    amount = sum(refund.amount_minor for refund in refunds)
    return _("%(amount)s goes back.") % {"amount": written(amount, order.currency)}


def come_back(page: PageRequest, order: Order, form: Any) -> str:
    """Note that a shipment came back."""
    return _give_up(page, order, form, ShipmentState.RETURNED)


def get_lost(page: PageRequest, order: Order, form: Any) -> str:
    """Note that a shipment is lost."""
    return _give_up(page, order, form, ShipmentState.LOST)


def _give_up(page: PageRequest, order: Order, form: Any, to: ShipmentState) -> str:
    shipment: Shipment = get_shipment(order=order, number=form.cleaned_data["shipment"])
    give_up_shipment(
        shipment_id=shipment.pk,
        to=to,
        reason=form.cleaned_data["reason"],
        now=page.now,
        actor=actor_of(page),
    )
    words = {"number": shipment.number, "state": to.label}
    return _("Shipment %(number)s: %(state)s.") % words


def ship_again(page: PageRequest, order: Order, form: Any) -> str:
    """Send the lines of a shipment that is gone once more, free."""
    shipment = get_shipment(order=order, number=form.cleaned_data["shipment"])
    sent = send_again(shipment_id=shipment.pk, now=page.now, actor=actor_of(page))
    if sent is None:
        return _("Nothing is in stock for it yet; it waits for the next lot.")
    return _("Shipment %(number)s is handed over.") % {"number": sent.number}
