"""What a buyer has gathered."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from configurator.models import Configuration
from configurator.models.access import new_token

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
