"""Queues of flexible lines, and what flow lines count."""

from django.db import models
from django.db.models import Q

from configurator.states import is_one_of
from production.models.places import Line
from production.models.stock import StockItem
from production.models.work import WorkOrder
from production.states import RunState, SlotState


class LinePlan(models.Model):
    """One version of a line's queue; never changed, only followed by the next.

    ``sequence`` holds the ids of the slots in working order. A re-plan inserts
    the next version and swaps ``Line.plan_version`` only if the one it read is
    still current, so no two planners can overwrite each other.
    """

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="plans")
    version = models.PositiveIntegerField()
    sequence = models.JSONField(default=list)
    objective = models.JSONField(default=dict, blank=True)
    cause = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "version"], name="one_line_plan_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} v{self.version}"


class LineSlot(models.Model):
    """A unit's place on a flexible line."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="slots")
    work_order = models.OneToOneField(
        WorkOrder, on_delete=models.PROTECT, related_name="slot"
    )
    state = models.CharField(
        max_length=10, choices=SlotState.choices, default=SlotState.SEQUENCED
    )
    # Position of the station it stands at, or waits to come in again at; else null.
    station = models.PositiveSmallIntegerField(null=True, blank=True)
    why = models.CharField(max_length=200, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["line", "state"], name="slot_on_line")]
        constraints = [
            is_one_of("state", SlotState, name="a_slot_state_is_known"),
            models.UniqueConstraint(
                fields=["line", "station"],
                condition=Q(state="AT_STATION"),
                name="one_unit_per_station",
            ),
            models.CheckConstraint(
                condition=~Q(state="AT_STATION") | Q(station__isnull=False),
                name="a_unit_at_a_station_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.work_order_id}"


class ReplenishmentRun(models.Model):
    """A run of a flow line that refills one stock item, perhaps beside other lines."""

    number = models.CharField(max_length=32, unique=True)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="runs")
    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="runs")
    quantity = models.PositiveIntegerField()
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    state = models.CharField(
        max_length=9, choices=RunState.choices, default=RunState.PLANNED
    )
    because = models.CharField(max_length=200, blank=True)
    # Where the line stands within the run; the flow engine reads and writes it.
    progress = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            is_one_of("state", RunState, name="a_run_state_is_known"),
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(state="RUNNING"),
                name="a_flow_line_makes_one_run_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["item", "line"],
                condition=Q(state__in=["PLANNED", "RUNNING"]),
                name="one_open_run_per_item_and_line",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class FlowCounter(models.Model):
    """What one flow line made in one minute: a counter, never a row per bottle."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="counters")
    run = models.ForeignKey(
        ReplenishmentRun, on_delete=models.PROTECT, related_name="counters"
    )
    minute_at = models.DateTimeField()
    good = models.PositiveIntegerField(default=0)
    scrap = models.PositiveIntegerField(default=0)
    # Units that each station worked on in this minute, by station code.
    stations = models.JSONField(default=dict)
    is_down = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "minute_at"], name="one_counter_per_line_and_minute"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.minute_at:%H:%M} {self.good}"
