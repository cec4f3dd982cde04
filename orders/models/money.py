"""Money: what is asked for, what came, what goes back."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.orders import Order
from orders.states import IntentState, PaymentPurpose, RefundKind, RefundState


class PaymentIntent(models.Model):
    """A request for money, written before the provider hears of it.

    Whatever dies between writing, asking and noting the answer, this row says how to
    go on: the same ``number`` asked again has no second effect.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="intents")
    number = models.CharField(max_length=40, unique=True)
    # The caller's key, where there was one: the same call finds its own intent.
    request_key = models.CharField(max_length=64, blank=True, default="")
    provider = models.CharField(max_length=32)
    purpose = models.CharField(max_length=8, choices=PaymentPurpose.choices)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=10, choices=IntentState.choices, default=IntentState.OPEN
    )
    reference = models.CharField(max_length=255, blank=True, default="")
    page_url = models.TextField(blank=True, default="")
    # What a provider that lets the buyer say so is told about how to end.
    wanted_outcome = models.CharField(max_length=12, blank=True, default="")
    error = models.TextField(blank=True, default="")
    n_checks = models.PositiveIntegerField(default=0)
    # Real time: when a sweep may look at it again.
    check_at = models.DateTimeField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["check_at"],
                condition=Q(state__in=["OPEN", "PENDING", "AUTHORISED"]),
                name="intents_to_look_at",
            ),
        ]
        constraints = [
            is_one_of("state", IntentState, name="an_intent_state_is_known"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=["OPEN", "PENDING", "AUTHORISED"]),
                name="one_open_intent_per_order",
            ),
            models.UniqueConstraint(
                fields=["order", "request_key"],
                condition=~Q(request_key=""),
                name="one_intent_per_call",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """How a request for money ended; a trigger refuses updates."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    intent = models.ForeignKey(
        PaymentIntent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="payments",
    )
    purpose = models.CharField(
        max_length=8, choices=PaymentPurpose.choices, default=PaymentPurpose.WHOLE
    )
    provider = models.CharField(max_length=32)
    reference = models.CharField(max_length=255)
    outcome = models.CharField(max_length=12)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "purpose"],
                # A change may leave a balance again; no more than is due is taken.
                condition=Q(outcome="SUCCEEDED", purpose__in=["WHOLE", "DEPOSIT"]),
                name="an_order_is_begun_by_one_payment",
            ),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                condition=Q(outcome="SUCCEEDED"),
                name="a_charge_is_taken_once",
            ),
            models.UniqueConstraint(
                fields=["intent", "outcome"], name="an_intent_ends_one_way_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["SUCCEEDED", "DECLINED"]),
                name="a_payment_succeeded_or_was_declined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.outcome}"


class Refund(models.Model):
    """Money that goes back out of one payment; its key is the provider's as well."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds"
    )
    key = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=9, choices=RefundKind.choices)
    state = models.CharField(
        max_length=5, choices=RefundState.choices, default=RefundState.ASKED
    )
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            is_one_of("state", RefundState, name="a_refund_state_is_known"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1), name="a_refund_gives_something_back"
            ),
        ]

    def __str__(self) -> str:
        return self.key
