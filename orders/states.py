"""Life cycles of orders, quotations, proofs, payments and shipments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from configurator.states import MoveTable


class OrderState(TextChoices):
    """The commercial track; before PLACED there is only a cart."""

    PLACED = "PLACED", _("placed")
    CONFIRMED = "CONFIRMED", _("confirmed")
    CLOSED = "CLOSED", _("closed")
    EXPIRED = "EXPIRED", _("expired")
    CANCELLED = "CANCELLED", _("cancelled")


class PaymentState(TextChoices):
    OPEN = "OPEN", _("open")
    AUTHORISED = "AUTHORISED", _("authorised")
    PART_PAID = "PART_PAID", _("partly paid")
    PAID = "PAID", _("paid")
    PART_REFUNDED = "PART_REFUNDED", _("partly refunded")
    REFUNDED = "REFUNDED", _("refunded")


class IntentState(TextChoices):
    """How far a request for money has come; the provider is asked in between."""

    OPEN = "OPEN", _("begun")
    PENDING = "PENDING", _("with the provider")
    AUTHORISED = "AUTHORISED", _("authorised")
    CAPTURED = "CAPTURED", _("taken")
    DECLINED = "DECLINED", _("declined")
    VOIDED = "VOIDED", _("given up")


class PaymentOutcome(TextChoices):
    """How a payment ended, as the shop keeps it."""

    SUCCEEDED = "SUCCEEDED", _("succeeded")
    DECLINED = "DECLINED", _("declined")


class PaymentPurpose(TextChoices):
    """What a payment is for; one that nothing was due for is a surplus."""

    WHOLE = "WHOLE", _("the whole order")
    DEPOSIT = "DEPOSIT", _("deposit")
    BALANCE = "BALANCE", _("balance")
    SURPLUS = "SURPLUS", _("not due")


class RefundState(TextChoices):
    ASKED = "ASKED", _("on its way")
    PAID = "PAID", _("paid back")


class RefundKind(TextChoices):
    """Why money goes back."""

    CANCELLED = "CANCELLED", _("cancelled")
    GOODWILL = "GOODWILL", _("goodwill")
    SURPLUS = "SURPLUS", _("was not due")


class DocumentKind(TextChoices):
    INVOICE = "INVOICE", _("invoice")
    RECEIPT = "RECEIPT", _("receipt")
    CREDIT_NOTE = "CREDIT_NOTE", _("credit note")


class ProductionState(TextChoices):
    """Derived from the order's work orders; never stored."""

    NOT_STARTED = "NOT_STARTED", _("not started")
    PLANNED = "PLANNED", _("planned")
    RELEASED = "RELEASED", _("released to the floor")
    IN_PROGRESS = "IN_PROGRESS", _("being made")
    MADE = "MADE", _("made")
    CANCELLED = "CANCELLED", _("cancelled")


class FulfilmentState(TextChoices):
    """Derived from the order's shipments; never stored."""

    OPEN = "OPEN", _("open")
    PACKED = "PACKED", _("packed")
    SHIPPED = "SHIPPED", _("shipped")
    DELIVERED = "DELIVERED", _("delivered")
    CANCELLED = "CANCELLED", _("cancelled")


class Stage(TextChoices):
    """What a customer sees of one unit, least advanced first."""

    BACKORDERED = "BACKORDERED", _("backordered")
    ALLOCATED = "ALLOCATED", _("reserved for you")
    PLANNED = "PLANNED", _("planned")
    RELEASED = "RELEASED", _("on the floor")
    IN_PROGRESS = "IN_PROGRESS", _("being made")
    MADE = "MADE", _("made")
    PACKED = "PACKED", _("packed")
    SHIPPED = "SHIPPED", _("shipped")
    DELIVERED = "DELIVERED", _("delivered")
    CANCELLED = "CANCELLED", _("cancelled")


class QuotationState(TextChoices):
    REQUESTED = "REQUESTED", _("requested")
    PREPARING = "PREPARING", _("preparing")
    SENT = "SENT", _("sent")
    ACCEPTED = "ACCEPTED", _("accepted")
    DECLINED = "DECLINED", _("declined")
    EXPIRED = "EXPIRED", _("expired")
    SUPERSEDED = "SUPERSEDED", _("superseded")


class ProofState(TextChoices):
    REQUESTED = "REQUESTED", _("requested")
    PREPARING = "PREPARING", _("preparing")
    SENT = "SENT", _("sent")
    APPROVED = "APPROVED", _("approved")
    CHANGES_REQUESTED = "CHANGES_REQUESTED", _("changes requested")
    EXPIRED = "EXPIRED", _("expired")
    SUPERSEDED = "SUPERSEDED", _("superseded")


class ShipmentState(TextChoices):
    PLANNED = "PLANNED", _("planned")
    PACKING = "PACKING", _("packing")
    PACKED = "PACKED", _("packed")
    HANDED_OVER = "HANDED_OVER", _("handed over")
    DELIVERED = "DELIVERED", _("delivered")
    RETURNED = "RETURNED", _("returned")
    LOST = "LOST", _("lost")


class Wish(TextChoices):
    """What would make a complaint good."""

    REMAKE = "REMAKE", _("make it again")
    REFUND = "REFUND", _("pay it back")


class ComplaintState(TextChoices):
    OPEN = "OPEN", _("we look at it")
    REMAKING = "REMAKING", _("made again for you")
    REPLACED = "REPLACED", _("replaced")
    REFUNDED = "REFUNDED", _("paid back")
    DECLINED = "DECLINED", _("declined")


class PromiseState(TextChoices):
    """A quote is reserved for a while, for whoever pays; then it is a promise."""

    QUOTED = "QUOTED", _("reserved")
    ACCEPTED = "ACCEPTED", _("holds")
    AT_RISK = "AT_RISK", _("at risk")
    KEPT = "KEPT", _("kept")
    BROKEN = "BROKEN", _("broken")
    RE_PROMISED = "RE_PROMISED", _("new date")
    WITHDRAWN = "WITHDRAWN", _("no longer wanted")


class OutboxState(TextChoices):
    PENDING = "PENDING", _("pending")
    PARKED = "PARKED", _("parked")


class Shipping(TextChoices):
    """Whether parcels wait for one another."""

    TOGETHER = "TOGETHER", _("everything together")
    AS_READY = "AS_READY", _("each piece as soon as it is ready")


class Delivery(TextChoices):
    DOWNLOAD = "DOWNLOAD", _("download, nothing is shipped")
    CARRIER = "CARRIER", _("parcel carrier")
    VAN = "VAN", _("our own van")
    COLLECTION = "COLLECTION", _("collection at the works")


def _moves(**table: set[str]) -> MoveTable:
    return MoveTable({state: frozenset(targets) for state, targets in table.items()})


ORDER_MOVES = _moves(
    PLACED={"CONFIRMED", "EXPIRED", "CANCELLED"},
    CONFIRMED={"CLOSED", "CANCELLED"},
    CLOSED=set(),
    EXPIRED=set(),
    CANCELLED=set(),
).asked_by(PLACED="cancel payments", CONFIRMED="cancel deliver ship")
PAYMENT_MOVES = _moves(
    OPEN={"AUTHORISED", "PART_PAID", "PAID"},
    AUTHORISED={"PART_PAID", "PAID", "OPEN"},
    PART_PAID={"PAID", "PART_REFUNDED", "REFUNDED"},
    PAID={"PART_PAID", "PART_REFUNDED", "REFUNDED"},
    PART_REFUNDED={"PART_PAID", "REFUNDED"},
    REFUNDED=set(),
)
# Money that comes after all is noted, whatever was thought of it before.
INTENT_MOVES = _moves(
    OPEN={"PENDING", "AUTHORISED", "CAPTURED", "DECLINED", "VOIDED"},
    PENDING={"AUTHORISED", "CAPTURED", "DECLINED", "VOIDED"},
    AUTHORISED={"CAPTURED", "DECLINED", "VOIDED"},
    CAPTURED=set(),
    DECLINED={"CAPTURED"},
    VOIDED={"CAPTURED"},
)
REFUND_MOVES = _moves(ASKED={"PAID"}, PAID=set())
QUOTATION_MOVES = _moves(
    REQUESTED={"PREPARING", "SENT", "SUPERSEDED"},
    PREPARING={"SENT", "SUPERSEDED"},
    SENT={"ACCEPTED", "DECLINED", "EXPIRED", "SUPERSEDED"},
    ACCEPTED=set(),
    DECLINED={"SUPERSEDED"},
    EXPIRED={"SUPERSEDED"},
    SUPERSEDED=set(),
).asked_by(SENT="accept decline")
PROOF_MOVES = _moves(
    REQUESTED={"PREPARING", "SENT", "SUPERSEDED"},
    PREPARING={"SENT", "SUPERSEDED"},
    SENT={"APPROVED", "CHANGES_REQUESTED", "EXPIRED", "SUPERSEDED"},
    APPROVED=set(),
    CHANGES_REQUESTED={"SUPERSEDED"},
    EXPIRED={"SUPERSEDED"},
    SUPERSEDED=set(),
).asked_by(SENT="approve request-changes")
SHIPMENT_MOVES = _moves(
    PLANNED={"PACKING"},
    PACKING={"PACKED"},
    PACKED={"HANDED_OVER"},
    HANDED_OVER={"DELIVERED", "RETURNED", "LOST"},
    DELIVERED={"RETURNED"},
    RETURNED=set(),
    LOST=set(),
).asked_by(PLANNED="ship", PACKING="ship", PACKED="ship", HANDED_OVER="deliver")
COMPLAINT_MOVES = _moves(
    OPEN={"REMAKING", "REFUNDED", "DECLINED"},
    REMAKING={"REPLACED"},
    REPLACED=set(),
    REFUNDED=set(),
    DECLINED=set(),
)
PROMISE_MOVES = _moves(
    QUOTED={"ACCEPTED", "RE_PROMISED", "WITHDRAWN"},
    ACCEPTED={"AT_RISK", "KEPT", "BROKEN", "RE_PROMISED", "WITHDRAWN"},
    AT_RISK={"ACCEPTED", "KEPT", "BROKEN", "RE_PROMISED", "WITHDRAWN"},
    KEPT=set(),
    BROKEN={"RE_PROMISED"},
    RE_PROMISED=set(),
    WITHDRAWN=set(),
)

# Every life cycle of this app by name: tests and the API's "legal moves" read it.
MOVES = {
    "order": ORDER_MOVES,
    "payment": PAYMENT_MOVES,
    "payment intent": INTENT_MOVES,
    "refund": REFUND_MOVES,
    "quotation": QUOTATION_MOVES,
    "proof": PROOF_MOVES,
    "shipment": SHIPMENT_MOVES,
    "promise": PROMISE_MOVES,
    "complaint": COMPLAINT_MOVES,
}
