"""What happened on the floor: append-only, scanned twice is booked once."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from production.models.batches import Batch
from production.models.lines import LineSlot
from production.models.places import Operator, WorkCentre
from production.models.work import Operation, WorkOrder
from production.states import NonconformanceState


class ProductionEvent(models.Model):
    kind = models.CharField(max_length=24)
    work_order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, null=True, blank=True
    )
    operation = models.ForeignKey(
        Operation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
    )
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, blank=True)
    slot = models.ForeignKey(LineSlot, on_delete=models.PROTECT, null=True, blank=True)
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, null=True, blank=True
    )
    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, null=True, blank=True
    )
    actor = models.CharField(max_length=120, blank=True)
    device = models.CharField(max_length=80, blank=True)
    # A device's own number for the scan; null where no device was involved.
    nonce = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001
    good = models.IntegerField(default=0)
    scrap = models.IntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict, blank=True)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "nonce"],
                condition=Q(nonce__isnull=False),
                name="a_second_scan_is_no_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class Nonconformance(models.Model):
    work_order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, related_name="nonconformances"
    )
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True
    )
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)
    disposition = models.CharField(max_length=12, blank=True)
    state = models.CharField(
        max_length=13,
        choices=NonconformanceState.choices,
        default=NonconformanceState.OPEN,
    )
    reported_by = models.CharField(max_length=120, blank=True)
    decided_by = models.CharField(max_length=120, blank=True)
    # Why it was decided so.
    decision = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="nonconformance_by_state")
        ]
        constraints = [
            is_one_of(
                "state", NonconformanceState, name="a_nonconformance_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    disposition__in=["", "USE_AS_IS", "REWORK", "SCRAP", "RETURN"]
                ),
                name="a_disposition_is_one_of_four",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", disposition="")
                | ~Q(state="OPEN") & ~Q(disposition=""),
                name="a_nonconformance_is_open_until_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_order_id} {self.quantity} {self.reason}"
