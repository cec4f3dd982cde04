"""Finding orders: one by its number, many by their owner."""

import hmac

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from configurator.models import User
from configurator.selectors.errors import NotFoundError
from orders.models import Complaint, Order, OrderLine, Proof, Quotation, Shipment


def get_order(*, number: str) -> Order:
    """Find an order by its number."""
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise NotFoundError(_("There is no such order."))
    return order


def get_by_token(*, number: str, token: str) -> Order:
    """Find an order by its number and the token that its buyer was given."""
    order = get_order(number=number)
    if not has_token(order=order, token=token):
        raise NotFoundError(_("There is no such order."))
    return order


def has_token(*, order: Order, token: str) -> bool:
    """Compare a token in constant time."""
    return hmac.compare_digest(order.token.encode(), token.encode())


def list_orders(*, owner: User | None = None, state: str = "") -> QuerySet[Order]:
    """List one user's orders, or everybody's where no owner is named."""
    orders = Order.objects.all()
    if owner is not None:
        orders = orders.filter(user=owner)
    return orders.filter(state=state) if state else orders


def list_complaints(*, order: Order) -> list[Complaint]:
    """List what was wrong with an order, the first first."""
    return list(Complaint.objects.filter(order_line__order=order).order_by("pk"))


def get_line(*, order: Order, line_id: int) -> OrderLine:
    """Find a line of this very order."""
    line = OrderLine.objects.filter(order=order, pk=line_id).first()
    if line is None:
        raise NotFoundError(_("This order has no such line."))
    return line


def get_shipment(*, order: Order, number: str) -> Shipment:
    """Find a shipment of this very order."""
    shipment = Shipment.objects.filter(order=order, number=number).first()
    if shipment is None:
        raise NotFoundError(_("This order has no such shipment."))
    return shipment


def get_quotation(*, number: str) -> Quotation:
    """Find a quotation together with its line and order."""
    rows = Quotation.objects.select_related("order_line__order")
    quotation = rows.filter(number=number).first()
    if quotation is None:
        raise NotFoundError(_("There is no such quotation."))
    return quotation


def get_proof(*, proof_id: int) -> Proof:
    """Find a proof together with its line and order."""
    rows = Proof.objects.select_related("order_line__order")
    proof = rows.filter(pk=proof_id).first()
    if proof is None:
        raise NotFoundError(_("There is no such proof."))
    return proof
