"""Stock as a ledger: on hand and allocated change only with a move."""

from django.db import models
from django.db.models import F, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from configurator.models import Product
from configurator.states import is_one_of
from orders.models import OrderLine
from production.states import AllocationState, LotState


class StockKind(TextChoices):
    MATERIAL = "MATERIAL", _("material")
    BLANK = "BLANK", _("blank")
    GOODS = "GOODS", _("standard goods")
    # What was made above an order: another may get it as a gift, or for less.
    SECONDS = "SECONDS", _("seconds")


class StockItem(models.Model):
    code = models.CharField(max_length=64, unique=True)
    name = models.JSONField(default=dict)
    kind = models.CharField(max_length=8, choices=StockKind.choices)
    unit = models.CharField(max_length=12)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True
    )
    on_hand = models.PositiveBigIntegerField(default=0)
    allocated = models.PositiveBigIntegerField(default=0)
    # In lots that quality has not released, or has blocked: on hand, not for sale.
    held = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(default=0)
    # How long a new lot waits for quality, and how long it keeps.
    quality_hold_s = models.PositiveIntegerField(default=0)
    shelf_life_days = models.PositiveSmallIntegerField(null=True, blank=True)
    reorder_point = models.PositiveBigIntegerField(null=True, blank=True)
    run_size = models.PositiveBigIntegerField(null=True, blank=True)
    maximum = models.PositiveBigIntegerField(null=True, blank=True)
    lead_days = models.PositiveSmallIntegerField(default=0)
    # {characteristic: option} that is sold out in the shop when nothing is left.
    sells = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(on_hand__gte=0, allocated__gte=0),
                name="stock_is_never_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(on_hand__gte=F("allocated") + F("held")),
                name="no_more_is_allocated_than_is_for_sale",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def free(self) -> int:
        """What may still be promised to somebody."""
        return self.on_hand - self.held - self.allocated


class MaterialLot(models.Model):
    """Traceability lot of a material or of standard goods."""

    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=64, unique=True)
    state = models.CharField(
        max_length=10, choices=LotState.choices, default=LotState.QUARANTINE
    )
    quantity = models.PositiveBigIntegerField(default=0)
    # What is left of it; the rest was sold, counted away or scrapped.
    remaining = models.PositiveBigIntegerField(default=0)
    best_before_date = models.DateField(null=True, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    recalled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["hold_until"],
                condition=Q(state="QUARANTINE"),
                name="lot_on_quality_hold",
            ),
        ]
        constraints = [
            is_one_of("state", LotState, name="a_lot_state_is_known"),
            models.CheckConstraint(
                condition=Q(remaining__lte=F("quantity")),
                name="no_more_is_left_of_a_lot_than_it_had",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["EXPIRED", "CONSUMED"]) | Q(remaining=0),
                name="nothing_is_left_of_a_lot_that_is_over",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class MoveKind(TextChoices):
    RECEIPT = "RECEIPT", _("receipt")
    PRODUCED = "PRODUCED", _("produced")
    CONSUMED = "CONSUMED", _("consumed")
    SHIPPED = "SHIPPED", _("shipped")
    ADJUSTED = "ADJUSTED", _("counted")
    SCRAPPED = "SCRAPPED", _("scrapped")


class StockMove(models.Model):
    """Append-only; the same effect under the same reference is booked once."""

    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="moves")
    lot = models.ForeignKey(
        MaterialLot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="moves",
    )
    # Who got it: from here a recall knows its customers.
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stock_moves",
    )
    kind = models.CharField(max_length=10, choices=MoveKind.choices)
    quantity = models.BigIntegerField(help_text="signed, in the item's unit")
    reference = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind", "reference"], name="a_stock_move_is_booked_once"
            ),
            models.CheckConstraint(
                condition=~Q(quantity=0), name="a_stock_move_moves_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity:+d}"


class SupplyOrder(models.Model):
    """What a supplier was asked for, and when it comes."""

    item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="supply_orders"
    )
    quantity = models.PositiveBigIntegerField()
    because = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(received_at__isnull=True),
                name="supply_order_under_way",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="a_supply_order_is_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.quantity}"


class StockAllocation(models.Model):
    """What an order line was promised of a stock item."""

    order_line = models.ForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="allocations"
    )
    item = models.ForeignKey(
        StockItem, on_delete=models.PROTECT, related_name="allocations"
    )
    quantity = models.PositiveBigIntegerField()
    state = models.CharField(max_length=11, choices=AllocationState.choices)
    served_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            is_one_of("state", AllocationState, name="an_allocation_state_is_known"),
            models.UniqueConstraint(
                fields=["order_line", "item"], name="one_allocation_per_line_and_item"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="an_allocation_is_above_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_line_id} {self.quantity} {self.state}"
