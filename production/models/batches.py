"""Groups that move together, and the cleaning between them."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from production.models.places import Operator, WorkCentre
from production.models.work import Operation
from production.states import BatchState, ChangeoverState, MemberState


class Batch(models.Model):
    """One load at one work centre."""

    number = models.CharField(max_length=32, unique=True)
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, related_name="batches"
    )
    state = models.CharField(
        max_length=10, choices=BatchState.choices, default=BatchState.PROPOSED
    )
    batch_key = models.CharField(max_length=200)
    attributes = models.JSONField(default=dict, blank=True)
    setup_matrix = models.CharField(max_length=32, blank=True)
    # In thousandths of the measure, so that 17 cookies of 24 a tray add up.
    capacity_milli = models.PositiveBigIntegerField()
    load_milli = models.PositiveBigIntegerField(default=0)
    measure = models.CharField(max_length=12, default="PIECE")
    run_s = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    frozen_because = models.CharField(max_length=16, blank=True)
    # Reasons in, near misses out: written by the planner for people to read.
    reasons = models.JSONField(default=dict, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    fed_by = models.ManyToManyField("self", symmetrical=False, related_name="feeds")
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    frozen_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name_plural = "batches"
        constraints = [
            is_one_of("state", BatchState, name="a_batch_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["work_centre", "state"], name="batch_at_centre"),
        ]

    def __str__(self) -> str:
        return self.number


class BatchMember(models.Model):
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="members")
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, related_name="memberships"
    )
    state = models.CharField(
        max_length=9, choices=MemberState.choices, default=MemberState.ACTIVE
    )
    quantity = models.PositiveIntegerField()
    load_milli = models.PositiveBigIntegerField()
    # Time, material and scrap split back by this; largest remainder.
    weight = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    share_run_s = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            is_one_of("state", MemberState, name="a_member_state_is_known"),
            models.UniqueConstraint(
                fields=["operation"],
                condition=Q(state="ACTIVE"),
                name="an_operation_is_active_in_one_batch",
            ),
            models.UniqueConstraint(
                fields=["batch", "operation"], name="a_member_stands_once_in_a_batch"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, weight__gte=1),
                name="a_batch_member_has_quantity_and_weight",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.operation_id}"


class Changeover(models.Model):
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, related_name="changeovers"
    )
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, null=True, related_name="changeover"
    )
    state = models.CharField(
        max_length=9, choices=ChangeoverState.choices, default=ChangeoverState.PLANNED
    )
    rule_code = models.CharField(max_length=48)
    from_state = models.JSONField(default=dict)
    to_state = models.JSONField(default=dict)
    planned_s = models.PositiveIntegerField()
    external_s = models.PositiveIntegerField(default=0)
    actual_s = models.PositiveIntegerField(null=True, blank=True)
    signature_skill = models.CharField(max_length=32, blank=True)
    signed_by = models.ForeignKey(
        Operator, on_delete=models.PROTECT, null=True, blank=True
    )
    waste = models.JSONField(default=dict, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            is_one_of("state", ChangeoverState, name="a_changeover_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="SIGNED") | Q(signed_at__isnull=False),
                name="a_signed_changeover_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_centre_id} {self.rule_code}"
