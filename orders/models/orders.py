"""What was ordered, by whom, and what happened to it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from configurator.models import Configuration, Product
from configurator.models.access import new_token
from configurator.states import is_one_of
from orders.models.carts import MAX_LINE_QUANTITY
from orders.states import Delivery, OrderState, PaymentState, Shipping


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
    shipping = models.CharField(
        max_length=8,
        choices=Shipping.choices,
        default=Shipping.TOGETHER,
        db_default=Shipping.TOGETHER,
    )
    needed_by = models.DateField(null=True, blank=True)
    # When the buyer will be there, or comes for it, where the way has such windows.
    window_from = models.DateTimeField(null=True, blank=True)
    window_to = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=8, default="en")
    currency = models.CharField(max_length=3)
    # Null while a bespoke line waits for its quotation.
    total_minor = models.PositiveBigIntegerField(null=True, blank=True)
    # What is due before the work begins, where that is not all of it.
    deposit_minor = models.PositiveBigIntegerField(null=True, blank=True)
    # What was taken towards the total, less what went back for cancelled lines.
    paid_minor = models.PositiveBigIntegerField(default=0, db_default=0)
    state = models.CharField(
        max_length=12, choices=OrderState.choices, default=OrderState.PLACED
    )
    payment_state = models.CharField(
        max_length=14, choices=PaymentState.choices, default=PaymentState.OPEN
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    edit_until = models.DateTimeField(null=True, blank=True)
    # Since when name, address and texts are gone; figures and events stay.
    erased_at = models.DateTimeField(null=True, blank=True)
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
            is_one_of("shipping", Shipping, name="a_way_of_shipping_is_known"),
            is_one_of("delivery", Delivery, name="a_delivery_is_known"),
            models.CheckConstraint(
                condition=~Q(state="CONFIRMED") | Q(confirmed_at__isnull=False),
                name="a_confirmed_order_knows_when",
            ),
            models.CheckConstraint(
                condition=Q(window_from__isnull=True, window_to__isnull=True)
                | Q(window_from__lt=F("window_to")),
                name="a_window_has_a_beginning_and_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_on_invoice(self) -> bool:
        """Say whether the work has begun though nothing is paid yet."""
        return (self.state, self.payment_state) == (
            OrderState.CONFIRMED,
            PaymentState.AUTHORISED,
        )


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    configuration = models.ForeignKey(Configuration, on_delete=models.PROTECT)
    # As ordered, and what the whole of it costs; units cancelled since are counted.
    quantity = models.PositiveIntegerField()
    cancelled_quantity = models.PositiveIntegerField(default=0, db_default=0)
    total_minor = models.PositiveBigIntegerField(null=True, blank=True)
    price_lines = models.JSONField(default=list)
    method = models.CharField(max_length=20)
    method_reasons = models.JSONField(default=list)
    # The line that its buyer changed into this one.
    changed_from = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="changed_to",
    )
    # The line that it makes good, free: of goods that arrived damaged.
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replacements",
    )
    # Files: there with the last step, in no parcel.
    is_download = models.BooleanField(default=False, db_default=False)
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
            models.CheckConstraint(
                condition=Q(cancelled_quantity__lt=F("quantity")),
                name="the_last_unit_goes_with_its_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def open_quantity(self) -> int:
        """The sold units that are still wanted."""
        return 0 if self.cancelled_at else self.quantity - self.cancelled_quantity

    @property
    def open_total_minor(self) -> int | None:
        """What the units that are still wanted cost."""
        return None if self.total_minor is None else self.share_of(self.open_quantity)

    def share_of(self, n_units: int) -> int:
        """Give the first units' part of the price.

        All units cost the same but for what does not divide: the first ones have a
        minor unit more. So the parts of a line add up to its price, however it is cut.
        """
        each, rest = divmod(self.total_minor or 0, self.quantity)
        return each * n_units + min(n_units, rest)


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
