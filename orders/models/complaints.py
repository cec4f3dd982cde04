"""What was wrong with a piece that arrived, and what was done about it."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.money import Refund
from orders.models.orders import OrderLine
from orders.models.shipments import Shipment
from orders.states import ComplaintState, Wish


class Complaint(models.Model):
    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="complaints"
    )
    # The number of the work order that failed; none for what came from stock.
    work_order = models.CharField(max_length=48, blank=True, default="")
    quantity = models.PositiveIntegerField(default=1)
    text = models.TextField(blank=True, default="")
    wish = models.CharField(max_length=6, choices=Wish.choices)
    state = models.CharField(
        max_length=8, choices=ComplaintState.choices, default=ComplaintState.OPEN
    )
    # The work order that replaces it, and the parcel that brings it.
    remake = models.CharField(max_length=48, blank=True, default="")
    # When what is made again was thought to be there.
    expected_at = models.DateTimeField(null=True, blank=True)
    shipment = models.ForeignKey(
        Shipment, on_delete=models.PROTECT, null=True, blank=True
    )
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, blank=True)
    answer = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            is_one_of("state", ComplaintState, name="a_complaint_state_is_known"),
            models.UniqueConstraint(
                fields=["order_line", "work_order"],
                condition=Q(state="OPEN"),
                name="one_open_complaint_per_unit",
            ),
            models.CheckConstraint(
                condition=~Q(state="REMAKING") | ~Q(remake=""),
                name="a_remake_names_its_work_order",
            ),
        ]

    def __str__(self) -> str:
        return f"complaint {self.pk}"
