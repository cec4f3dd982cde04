"""Invoices, receipts and credit notes, and who the shop is on them."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from orders.models.money import Payment
from orders.models.orders import Order
from orders.states import DocumentKind


class ShopTerms(models.Model):
    """One row: who sells here, and the value-added tax in its prices."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seller_name = models.CharField(max_length=200)
    seller_address = models.TextField(help_text="one line below the other")
    vat_id = models.CharField(max_length=32, blank=True, default="")
    vat_bp = models.PositiveIntegerField(
        default=1900, help_text="hundredths of a percent, included in all prices"
    )

    class Meta:
        verbose_name_plural = "shop terms"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="one_row_of_shop_terms"),
            models.CheckConstraint(
                condition=Q(vat_bp__lte=10_000), name="vat_is_at_most_100_percent"
            ),
        ]

    def __str__(self) -> str:
        return self.seller_name


class DocumentSeries(models.Model):
    """A run of numbers without a gap: the row is locked while one is given out."""

    code = models.CharField(max_length=16, unique=True)
    latest = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "document series"

    def __str__(self) -> str:
        return f"{self.code} {self.latest}"


class Document(models.Model):
    """A numbered paper; its figures stand in it, names are the order's own."""

    kind = models.CharField(max_length=11, choices=DocumentKind.choices)
    series = models.ForeignKey(DocumentSeries, on_delete=models.PROTECT)
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=32, unique=True)
    # What it is about: the same thing is never invoiced or credited twice.
    key = models.CharField(max_length=80, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="documents")
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, blank=True
    )
    content = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            is_one_of("kind", DocumentKind, name="a_document_kind_is_known"),
            models.UniqueConstraint(
                fields=["series", "serial"], name="one_document_per_serial"
            ),
            models.CheckConstraint(
                condition=Q(serial__gte=1), name="a_series_begins_at_1"
            ),
        ]

    def __str__(self) -> str:
        return self.number
