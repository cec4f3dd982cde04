"""Work orders and their operations."""

from django.db import models
from django.db.models import F, Q

from configurator.models import Configuration, Product
from configurator.states import TimeBasis, is_one_of
from orders.models import OrderLine
from production.models.places import Line, Operator, WorkCentre, method_choices
from production.states import (
    OperationKind,
    OperationState,
    SourceKind,
    WorkOrderState,
)


class WorkOrder(models.Model):
    """The authority to make a quantity of one thing."""

    number = models.CharField(max_length=48, unique=True)
    source_kind = models.CharField(max_length=13, choices=SourceKind.choices)
    source_key = models.CharField(max_length=64)
    unit_index = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=0)
    order_line = models.ForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="work_orders",
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    configuration = models.ForeignKey(
        Configuration, on_delete=models.PROTECT, related_name="work_orders"
    )
    method = models.CharField(max_length=20, choices=method_choices)
    routing = models.CharField(max_length=64, blank=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=WorkOrderState.choices, default=WorkOrderState.PLANNED
    )
    # In pieces: ordered, planned = ordered / yield rounded up, and what came of it.
    quantity = models.PositiveIntegerField()
    planned_quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(default=5)
    due_at = models.DateTimeField(null=True, blank=True)
    release_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    # What the line's ratio and colour rules see of it.
    line_attributes = models.JSONField(default=dict, blank=True)
    materials = models.JSONField(default=list, blank=True)
    remake_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="remakes"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["created_at", "id"], name="work_order_by_creation"),
            models.Index(
                fields=["release_at"],
                condition=Q(state="PLANNED"),
                name="work_order_to_release",
            ),
        ]
        constraints = [
            is_one_of("state", WorkOrderState, name="a_work_order_state_is_known"),
            is_one_of("source_kind", SourceKind, name="a_source_kind_is_known"),
            models.UniqueConstraint(
                fields=["source_kind", "source_key", "unit_index", "revision"],
                name="one_work_order_per_source_index_revision",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, planned_quantity__gte=F("quantity")),
                name="a_work_order_plans_at_least_what_is_ordered",
            ),
            models.CheckConstraint(
                condition=~Q(source_kind="ORDER_LINE") | Q(order_line__isnull=False),
                name="a_work_order_for_an_order_line_names_it",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class WorkOrderHold(models.Model):
    """Why a work order may not go on; several at once, a row each."""

    work_order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, related_name="holds"
    )
    reason = models.CharField(max_length=200)
    placed_by = models.CharField(max_length=120)
    since_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.work_order_id}: {self.reason}"


class Operation(models.Model):
    """One step of one work order at one work centre."""

    work_order = models.ForeignKey(
        WorkOrder, on_delete=models.PROTECT, related_name="operations"
    )
    sequence = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64)
    name = models.JSONField(default=dict)
    kind = models.CharField(
        max_length=8, choices=OperationKind.choices, default=OperationKind.MAKE
    )
    basis = models.CharField(max_length=6, choices=TimeBasis.choices)
    # Null where nobody and nothing is occupied (cooling on a rack of its own).
    work_centre = models.ForeignKey(
        WorkCentre,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="operations",
    )
    station = models.CharField(max_length=32, blank=True)
    state = models.CharField(
        max_length=9, choices=OperationState.choices, default=OperationState.WAITING
    )
    blocked_from = models.CharField(max_length=9, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True)
    # Sequences of the operations that must be done before.
    predecessors = models.JSONField(default=list)
    planned_quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    rework = models.PositiveIntegerField(default=0)
    setup_s = models.PositiveIntegerField(default=0)
    run_s = models.PositiveIntegerField(default=0)
    min_delay_s = models.PositiveIntegerField(default=0)
    max_delay_s = models.PositiveIntegerField(null=True, blank=True)
    # What grouping and changeover look at; the batch key as text, "" = never grouped.
    attributes = models.JSONField(default=dict, blank=True)
    setup_matrix = models.CharField(max_length=32, blank=True)
    setup_family = models.CharField(max_length=200, blank=True)
    batch_key = models.CharField(max_length=200, blank=True)
    batch_rule = models.JSONField(default=dict, blank=True)
    load_num = models.PositiveIntegerField(default=1)
    load_den = models.PositiveIntegerField(default=1)
    # So many good pieces let the next step begin before this one is over.
    transfer_quantity = models.PositiveIntegerField(null=True, blank=True)
    # [{material, quantity, unit}] for a piece: what else comes of it.
    by_products = models.JSONField(default=list, blank=True)
    # {what, min, max, unit} of the measure within which the pieces pass, if any.
    inspection = models.JSONField(default=dict, blank=True)
    skill = models.CharField(max_length=32, blank=True)
    crew = models.PositiveSmallIntegerField(default=1)
    is_attended = models.BooleanField(default=True)
    operator = models.ForeignKey(
        Operator, on_delete=models.PROTECT, null=True, blank=True
    )
    due_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Seconds actually worked, the exact share where a batch was timed as one.
    actual_setup_s = models.PositiveIntegerField(default=0)
    actual_run_s = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["work_order", "sequence"]
        indexes = [
            models.Index(
                fields=["work_centre", "state", "due_at"], name="operation_dispatch"
            ),
        ]
        constraints = [
            is_one_of("state", OperationState, name="an_operation_state_is_known"),
            models.UniqueConstraint(
                fields=["work_order", "sequence"], name="one_operation_per_sequence"
            ),
            models.CheckConstraint(
                condition=Q(load_num__gte=1, load_den__gte=1),
                name="an_operation_has_a_load_above_zero",
            ),
            models.CheckConstraint(
                condition=~Q(state="BLOCKED") | ~Q(blocked_from=""),
                name="a_blocked_operation_knows_where_it_came_from",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.work_order_id}/{self.sequence} {self.code}"

    @property
    def is_check(self) -> bool:
        """Say whether somebody looks at the pieces in this step anyway."""
        return self.kind == OperationKind.INSPECT or bool(self.inspection)

    @property
    def is_carried(self) -> bool:
        """Say whether its line, not whoever stands there, ends what is in hand."""
        return bool(self.station) and self.state == OperationState.RUNNING
