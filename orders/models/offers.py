"""What staff show a customer and the customer answers."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.orders import Order, OrderLine
from orders.states import ProofState, QuotationState


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
    # What is to be paid before the work begins; the rest before it is shipped.
    deposit_percent = models.PositiveSmallIntegerField(default=100, db_default=100)
    valid_until = models.DateTimeField(null=True, blank=True)
    # Operations that staff planned for this piece; they replace the routing's.
    operations = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    # When it was offered, and when it would then have been made and there: an
    # inquiry, for which nothing is reserved.
    sent_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(deposit_percent__gte=1, deposit_percent__lte=100),
                name="a_deposit_is_1_to_100_percent",
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
    # A PNG of how it will be made, where prepress has one; else the drawing is it.
    picture = models.BinaryField(null=True, blank=True)
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


class OrderMessage(models.Model):
    """What buyer and staff write to each other about an order."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="messages")
    is_from_staff = models.BooleanField()
    text = models.TextField(blank=True)
    actor = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"message {self.pk}"
