"""Orders that repeat: what, for whom, on which days, and what came of each day."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from configurator.models import Product
from orders.models.carts import MAX_LINE_QUANTITY
from orders.models.orders import Order
from orders.states import Delivery


class StandingOrder(models.Model):
    """What a customer wants on the same weekdays until they say otherwise."""

    code = models.SlugField(max_length=40, unique=True)
    # With a trade account it is on invoice, else the buyer pays each order.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    customer_name = models.CharField(max_length=200)
    customer_email = models.EmailField(max_length=254)
    shipping_address = models.JSONField(
        default=dict, help_text="line1, postcode, city and country"
    )
    delivery = models.CharField(max_length=12, choices=Delivery.choices)
    language = models.CharField(max_length=8, default="en")
    weekdays = models.JSONField(
        default=list, help_text="[0, 1, 2, 3, 4] is Monday to Friday"
    )
    by = models.TimeField(null=True, blank=True, help_text="local time")
    first_date = models.DateField(null=True, blank=True)
    last_date = models.DateField(null=True, blank=True)
    is_paused = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_date=None)
                | Q(last_date=None)
                | Q(last_date__gte=F("first_date")),
                name="a_standing_order_begins_before_it_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class StandingLine(models.Model):
    standing_order = models.ForeignKey(
        StandingOrder, on_delete=models.CASCADE, related_name="lines"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    choices = models.JSONField(default=dict, blank=True)
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_LINE_QUANTITY),
                name="a_standing_line_has_1_to_10000_units",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class StandingDay(models.Model):
    """One day of a standing order: its order, or why there is none."""

    standing_order = models.ForeignKey(
        StandingOrder, on_delete=models.PROTECT, related_name="days"
    )
    day = models.DateField()
    is_skipped = models.BooleanField(default=False)
    order = models.OneToOneField(
        Order,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="standing_day",
    )
    problem = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["standing_order", "day"], name="one_order_per_standing_day"
            ),
            models.CheckConstraint(
                condition=~Q(is_skipped=True) | Q(order=None),
                name="a_skipped_day_has_no_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standing_order_id} {self.day}"
