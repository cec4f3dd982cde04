"""What customers bought: carts, orders, money, quotations, shipments, outbox."""

from orders.models.carts import MAX_LINE_QUANTITY, Cart, CartLine
from orders.models.complaints import Complaint
from orders.models.documents import Document, DocumentSeries, ShopTerms
from orders.models.files import FinishedFile
from orders.models.money import Payment, PaymentIntent, Refund
from orders.models.offers import OrderMessage, Proof, Quotation
from orders.models.orders import Order, OrderEvent, OrderHold, OrderLine
from orders.models.outbox import OutboxDone, OutboxMessage
from orders.models.shipments import Carrier, Parcel, Promise, Shipment
from orders.models.standing import StandingDay, StandingLine, StandingOrder

__all__ = [
    "MAX_LINE_QUANTITY",
    "Carrier",
    "Cart",
    "CartLine",
    "Complaint",
    "Document",
    "DocumentSeries",
    "FinishedFile",
    "Order",
    "OrderEvent",
    "OrderHold",
    "OrderLine",
    "OrderMessage",
    "OutboxDone",
    "OutboxMessage",
    "Parcel",
    "Payment",
    "PaymentIntent",
    "Promise",
    "Proof",
    "Quotation",
    "Refund",
    "Shipment",
    "ShopTerms",
    "StandingDay",
    "StandingLine",
    "StandingOrder",
]
