"""What customers bought: carts, orders, money, quotations, shipments, outbox."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from configurator.models import Configuration, Product
from configurator.models.access import new_token
from configurator.states import is_one_of
from orders.states import (
    Delivery,
    OrderState,
    OutboxState,
    PaymentState,
    PromiseState,
    ProofState,
    QuotationState,
    ShipmentState,
)

MAX_LINE_QUANTITY = 10_000


class Cart(models.Model):
    token = models.CharField(max_length=48, unique=True, default=new_token)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.token[:8]


class CartLine(models.Model):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    configuration = models.ForeignKey(Configuration, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_LINE_QUANTITY),
                name="a_cart_line_has_1_to_10000_units",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.configuration_id}"


class Order(models.Model):
    number = models.CharField(max_length=24, unique=True)
    token = models.CharField(max_length=48, unique=True, default=new_token)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    customer_name = models.CharField(max_length=200)
    customer_email = models.CharField(max_length=254)
    shipping_address = models.JSONField()
    delivery = models.CharField(max_length=12, choices=Delivery.choices)
    needed_by = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=8, default="en")
    currency = models.CharField(max_length=3)
    # Null while a bespoke line waits for its quotation.
    total_minor = models.PositiveBigIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=OrderState.choices, default=OrderState.PLACED
    )
    payment_state = models.CharField(
        max_length=14, choices=PaymentState.choices, default=PaymentState.OPEN
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    edit_until = models.DateTimeField(null=True, blank=True)
    placed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="order_by_creation"),
            models.Index(fields=["state", "confirmed_at"], name="order_by_state"),
        ]
        constraints = [
            is_one_of("state", OrderState, name="an_order_state_is_known"),
            is_one_of("payment_state", PaymentState, name="a_payment_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="CONFIRMED") | Q(confirmed_at__isnull=False),
                name="a_confirmed_order_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    configuration = models.ForeignKey(Configuration, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    total_minor = models.PositiveBigIntegerField(null=True, blank=True)
    price_lines = models.JSONField(default=list)
    method = models.CharField(max_length=20)
    method_reasons = models.JSONField(default=list)
    edit_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["order", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "position"], name="one_order_line_per_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_LINE_QUANTITY),
                name="an_order_line_has_1_to_10000_units",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"


class OrderEvent(models.Model):
    """Append-only history of an order; a trigger refuses updates."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, null=True, blank=True)
    kind = models.CharField(max_length=32)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    actor = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"


class OrderHold(models.Model):
    """Why an order may not go on; several at once, a row each."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=200)
    placed_by = models.CharField(max_length=120)
    since_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.order_id}: {self.reason}"


class Quotation(models.Model):
    number = models.CharField(max_length=32, unique=True)
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="quotations"
    )
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=12, choices=QuotationState.choices, default=QuotationState.REQUESTED
    )
    total_minor = models.PositiveBigIntegerField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    # Operations that staff planned for this piece; they replace the routing's.
    operations = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order_line", "revision"]
        constraints = [
            is_one_of("state", QuotationState, name="a_quotation_state_is_known"),
            models.UniqueConstraint(
                fields=["order_line", "revision"], name="one_quotation_per_revision"
            ),
            models.UniqueConstraint(
                fields=["order_line"],
                condition=Q(state="ACCEPTED"),
                name="one_accepted_quotation_per_line",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["SENT", "ACCEPTED"])
                | Q(total_minor__isnull=False),
                name="a_sent_quotation_has_a_total",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Proof(models.Model):
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="proofs"
    )
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=18, choices=ProofState.choices, default=ProofState.REQUESTED
    )
    note = models.TextField(blank=True)
    customer_note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order_line", "revision"]
        constraints = [
            is_one_of("state", ProofState, name="a_proof_state_is_known"),
            models.UniqueConstraint(
                fields=["order_line", "revision"], name="one_proof_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"proof {self.pk}"


class Payment(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=32)
    reference = models.CharField(max_length=64, unique=True)
    outcome = models.CharField(max_length=12)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(outcome="SUCCEEDED"),
                name="an_order_is_paid_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["SUCCEEDED", "DECLINED"]),
                name="a_payment_succeeded_or_was_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.outcome}"


class Shipment(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    number = models.CharField(max_length=32, unique=True)
    state = models.CharField(
        max_length=12, choices=ShipmentState.choices, default=ShipmentState.PLANNED
    )
    lines = models.ManyToManyField(OrderLine, related_name="shipments")
    created_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            is_one_of("state", ShipmentState, name="a_shipment_state_is_known"),
        ]

    def __str__(self) -> str:
        return self.number


class Promise(models.Model):
    """The dates told to the customer when the order was placed, or told anew."""

    line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="promises"
    )
    revision = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=12, choices=PromiseState.choices, default=PromiseState.ACCEPTED
    )
    ready_at = models.DateTimeField()
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField()
    rests_on = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["line", "revision"]
        constraints = [
            is_one_of("state", PromiseState, name="a_promise_state_is_known"),
            models.UniqueConstraint(
                fields=["line", "revision"], name="one_promise_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.delivered_at:%Y-%m-%d}"


class OutboxMessage(models.Model):
    """What still has to leave the transaction that wrote it.

    ``key`` is deterministic, so the same effect is never asked for twice. Done
    rows are moved to ``OutboxDone`` and the pending ones stay few.
    """

    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=120)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, blank=True)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=8, choices=OutboxState.choices, default=OutboxState.PENDING
    )
    n_attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["kind", "id"],
                condition=Q(state="PENDING"),
                name="outbox_pending",
            ),
        ]
        constraints = [
            is_one_of("state", OutboxState, name="an_outbox_state_is_known"),
            models.UniqueConstraint(
                fields=["kind", "key"], name="one_outbox_message_per_effect"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class OutboxDone(models.Model):
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=120)
    order_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], name="an_effect_is_done_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
