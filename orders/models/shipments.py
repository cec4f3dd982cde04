"""What leaves the works, and what was promised of it."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.orders import Order, OrderLine
from orders.states import PromiseState, ShipmentState


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


class Carrier(models.Model):
    """Who takes parcels from here, and where a parcel can be looked up."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    tracking_url = models.CharField(
        max_length=300,
        blank=True,
        default="",
        help_text="https://… with {code} where the parcel's code stands",
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tracking_url="")
                | Q(
                    tracking_url__startswith="https://",
                    tracking_url__contains="{code}",
                ),
                name="a_tracking_address_is_https_with_a_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Parcel(models.Model):
    """One box of a shipment."""

    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, related_name="parcels"
    )
    carrier = models.ForeignKey(
        Carrier, on_delete=models.PROTECT, null=True, blank=True
    )
    tracking_code = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.tracking_code or f"parcel {self.pk}"


class Promise(models.Model):
    """The dates told to the customer when the order was placed, or told anew.

    ``claims`` are seconds of work by place, thousandths of a load by its batch, and
    goods by their item, as the works named them.
    """

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
    # Until then a quote keeps its date, and the works what it takes of them.
    valid_until = models.DateTimeField(null=True, blank=True)
    claims = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["line", "revision"]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(state="QUOTED"),
                name="promises_reserved",
            ),
        ]
        constraints = [
            is_one_of("state", PromiseState, name="a_promise_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="QUOTED") | Q(valid_until__isnull=False),
                name="a_quote_ends_some_time",
            ),
            models.UniqueConstraint(
                fields=["line", "revision"], name="one_promise_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.delivered_at:%Y-%m-%d}"
