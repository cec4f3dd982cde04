"""What still has to leave the database."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.orders import Order
from orders.states import OutboxState


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
    # Set just before what cannot be repeated: whoever finds it here does not repeat it.
    begun_at = models.DateTimeField(null=True, blank=True)
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
