"""Products, their published releases, and what customers chose."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from configurator.models.access import new_token
from configurator.states import (
    ExaminationGoal,
    ExaminationState,
    ProductKind,
    ReleaseState,
    is_one_of,
)


class Product(models.Model):
    slug = models.SlugField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=ProductKind.choices)
    name = models.JSONField(help_text="{language: text}")
    position = models.PositiveIntegerField(default=0)
    is_listed = models.BooleanField(default=True)
    # The listing shows a price without opening the release's definition.
    from_price_minor = models.PositiveBigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class CatalogueRelease(models.Model):
    """One version of a product's definition; what is published never changes.

    A trigger in the database refuses any change of ``definition`` and its
    hashes once the release has left DRAFT and VALIDATED.
    """

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="releases"
    )
    number = models.PositiveIntegerField()
    state = models.CharField(
        max_length=12, choices=ReleaseState.choices, default=ReleaseState.DRAFT
    )
    # Product-level parts of the definition that have no row of their own.
    header = models.JSONField(default=dict)
    definition = models.JSONField(null=True, blank=True)
    definition_sha256 = models.CharField(max_length=64, blank=True)
    rules_sha256 = models.CharField(max_length=64, blank=True)
    prices_sha256 = models.CharField(max_length=64, blank=True)
    manufacture_sha256 = models.CharField(max_length=64, blank=True)
    artefact_sha256 = models.CharField(max_length=64, blank=True)
    findings = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    active_from = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True
    )
    # What a worker does with it, and how far it is; a worker that has not been seen
    # for a while is dead, and another one takes over.
    examination = models.CharField(
        max_length=8, choices=ExaminationState.choices, default=ExaminationState.NONE
    )
    examination_goal = models.CharField(
        max_length=8, choices=ExaminationGoal.choices, default=ExaminationGoal.VALIDATE
    )
    examination_phase = models.CharField(max_length=16, blank=True)
    examination_percent = models.PositiveSmallIntegerField(default=0)
    examination_attempt = models.PositiveSmallIntegerField(default=0)
    examination_asked_at = models.DateTimeField(null=True, blank=True)
    examination_seen_at = models.DateTimeField(null=True, blank=True)
    # Why it was refused; how it was compiled; what it changes against the live one.
    problems = models.JSONField(default=list, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    difference = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["product", "-number"]
        constraints = [
            is_one_of("state", ReleaseState, name="a_release_state_is_known"),
            is_one_of(
                "examination", ExaminationState, name="an_examination_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["product", "number"], name="one_release_per_number"
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(state__in=[ReleaseState.ACTIVE, ReleaseState.SUSPENDED]),
                name="one_active_release_per_product",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ReleaseState.DRAFT, ReleaseState.VALIDATED])
                | Q(definition__isnull=False),
                name="a_published_release_has_a_definition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.number}"


class Configuration(models.Model):
    """Complete valid choices pinned to a release; immutable, shared by hash."""

    sha256 = models.CharField(max_length=64, unique=True)
    release = models.ForeignKey(CatalogueRelease, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    choices = models.JSONField()
    # The bytes that were hashed, as text: databases may reorder or normalise JSON.
    canonical = models.TextField()
    # Since when its personal texts and pictures are gone; the hash stays.
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.product} {self.sha256[:12]}"


class Design(models.Model):
    """A customer's saved, possibly unfinished choices."""

    token = models.CharField(max_length=48, unique=True, default=new_token)
    secret_sha256 = models.CharField(max_length=64, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    release = models.ForeignKey(CatalogueRelease, on_delete=models.PROTECT)
    choices = models.JSONField(default=dict)
    name = models.CharField(max_length=80, blank=True)
    # Deleted by its owner, who may take that back for a while.
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.product} {self.token[:8]}"


class Availability(models.Model):
    """An option sold out, or back on a date, without a new release."""

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="availability"
    )
    characteristic = models.CharField(max_length=64)
    option = models.CharField(max_length=64)
    is_available = models.BooleanField(default=False)
    back_on_date = models.DateField(null=True, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "availability"
        constraints = [
            models.UniqueConstraint(
                fields=["product", "characteristic", "option"],
                name="one_availability_per_option",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.characteristic}={self.option}"


class UnwantedWord(models.Model):
    """A word that is put on nothing; an admin keeps the list."""

    word = models.CharField(
        max_length=80,
        unique=True,
        help_text="Accents, capitals, dots between and 3 for E are seen through.",
    )
    is_anywhere = models.BooleanField(
        default=False,
        verbose_name="inside other words too",
        help_text="Else it must stand by itself, so that innocent words hold it.",
    )

    class Meta:
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word
