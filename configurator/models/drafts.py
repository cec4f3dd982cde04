"""The rows an admin edits; publishing writes them into the release's definition."""

from django.db import models
from django.db.models import Q

from configurator.models.catalogue import CatalogueRelease
from configurator.states import (
    CharacteristicKind,
    MaterialBasis,
    PriceBasis,
    StepKind,
    TimeBasis,
)

CONDITION_HELP = "expression over the choices; empty = always"


class Characteristic(models.Model):
    release = models.ForeignKey(
        CatalogueRelease, on_delete=models.CASCADE, related_name="characteristics"
    )
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    name = models.JSONField(help_text="{language: text}")
    kind = models.CharField(max_length=8, choices=CharacteristicKind.choices)
    is_required = models.BooleanField(default=True)
    default = models.JSONField(null=True, blank=True)
    limits = models.JSONField(
        default=dict, blank=True, help_text="min, max, step, unit; length, alphabet"
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "code"], name="one_characteristic_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Option(models.Model):
    characteristic = models.ForeignKey(
        Characteristic, on_delete=models.CASCADE, related_name="options"
    )
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    name = models.JSONField(help_text="{language: text}")
    tint = models.CharField(max_length=9, blank=True)
    popularity = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(
        default=False, help_text="kept for its history; no longer to be had"
    )
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["characteristic", "code"], name="one_option_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Rule(models.Model):
    release = models.ForeignKey(
        CatalogueRelease, on_delete=models.CASCADE, related_name="rules"
    )
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    text = models.TextField(blank=True)
    table = models.JSONField(null=True, blank=True)
    reason = models.JSONField(default=dict, help_text="{language: text}")
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "code"], name="one_rule_per_code"
            ),
            models.CheckConstraint(
                condition=~Q(text="") | Q(table__isnull=False),
                name="a_rule_has_a_text_or_a_table",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PriceList(models.Model):
    release = models.OneToOneField(
        CatalogueRelease, on_delete=models.CASCADE, related_name="price_list"
    )
    currency = models.CharField(max_length=3, default="EUR")
    breaks = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.release} {self.currency}"


class PriceRule(models.Model):
    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="entries"
    )
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    label = models.JSONField(help_text="{language: text}")
    basis = models.CharField(max_length=10, choices=PriceBasis.choices)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    condition = models.TextField(blank=True, help_text=CONDITION_HELP)
    details = models.JSONField(default=dict, blank=True, help_text="table, factors, of")

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "code"], name="one_price_rule_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class BomLine(models.Model):
    release = models.ForeignKey(
        CatalogueRelease, on_delete=models.CASCADE, related_name="bom_lines"
    )
    position = models.PositiveIntegerField(default=0)
    material = models.CharField(max_length=64)
    quantity = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=12)
    basis = models.CharField(max_length=8, choices=MaterialBasis.choices)
    condition = models.TextField(blank=True, help_text=CONDITION_HELP)
    scrap_bp = models.PositiveIntegerField(default=0)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} {self.material}"


class Routing(models.Model):
    """One way of making the product; exactly one applies to a configuration."""

    release = models.ForeignKey(
        CatalogueRelease, on_delete=models.CASCADE, related_name="routings"
    )
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    name = models.JSONField(help_text="{language: text}")
    condition = models.TextField(blank=True, help_text=CONDITION_HELP)
    method = models.CharField(max_length=20, help_text="a method of production")
    line = models.CharField(max_length=32, blank=True)
    reason = models.JSONField(default=dict, blank=True)
    yield_bp = models.PositiveIntegerField(default=10000)
    largest_lot = models.PositiveIntegerField(null=True, blank=True)
    edit_window = models.JSONField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "code"], name="one_routing_per_code"
            ),
            models.CheckConstraint(
                condition=Q(yield_bp__gte=1, yield_bp__lte=10000),
                name="a_yield_is_above_0_and_at_most_1",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RoutingStep(models.Model):
    """A step's template; codes are resolved to work centres by production."""

    routing = models.ForeignKey(Routing, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64)
    name = models.JSONField(help_text="{language: text}")
    condition = models.TextField(blank=True, help_text=CONDITION_HELP)
    after = models.JSONField(
        null=True, blank=True, help_text="predecessors; empty = the step before"
    )
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    basis = models.CharField(max_length=6, choices=TimeBasis.choices)
    run_ms = models.PositiveBigIntegerField(default=0)
    work_centre = models.CharField(max_length=32, blank=True)
    station = models.CharField(max_length=32, blank=True)
    skill = models.CharField(max_length=32, blank=True)
    crew = models.PositiveSmallIntegerField(default=1)
    is_attended = models.BooleanField(default=True)
    min_delay_s = models.PositiveIntegerField(default=0)
    max_delay_s = models.PositiveIntegerField(null=True, blank=True)
    transfer_quantity = models.PositiveIntegerField(null=True, blank=True)
    is_decoupling_point = models.BooleanField(default=False)
    yield_bp = models.PositiveIntegerField(null=True, blank=True)
    details = models.JSONField(
        default=dict,
        blank=True,
        help_text="load, attributes, setup, batch, run_cases, waste, inspection, ...",
    )

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["routing", "code"], name="one_step_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code
