"""Where work happens, when, and by whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from configurator.models import Product
from configurator.states import is_one_of
from production.engine.methods import METHODS
from production.states import DeviceState, LineState


def method_choices() -> list[tuple[str, str]]:
    """Give the registered methods; a callable, so a new one needs no migration."""
    return [(code, code.replace("_", " ").lower()) for code in METHODS]


# The advisor chooses among the methods, by what it worked out for the order's class.
AUTOMATIC = "AUTOMATIC"


def policy_choices() -> list[tuple[str, str]]:
    """Give what a policy may say: a method, or to leave it to the advisor."""
    return [*method_choices(), (AUTOMATIC, "automatic")]


class Calendar(models.Model):
    code = models.CharField(max_length=32, unique=True)
    zone = models.CharField(max_length=64)
    always_open = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(zone__gt=""), name="a_calendar_names_its_zone"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Shift(models.Model):
    """Working time in the site's local time, half-open; may span midnight."""

    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="shifts"
    )
    weekday = models.PositiveSmallIntegerField(help_text="0 = Monday")
    starts = models.TimeField()
    ends = models.TimeField(help_text="not after the start: on the next day")
    breaks = models.JSONField(default=list, blank=True, help_text='[["12:00","12:30"]]')

    class Meta:
        ordering = ["calendar", "weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="a_weekday_is_0_to_6"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.weekday} {self.starts}-{self.ends}"


class ClosedDay(models.Model):
    calendar = models.ForeignKey(
        Calendar, on_delete=models.CASCADE, related_name="closed_days"
    )
    from_date = models.DateField()
    to_date = models.DateField(help_text="included")
    reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date__gte=models.F("from_date")),
                name="a_closure_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.from_date}"


class Site(models.Model):
    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField(default=dict)
    zone = models.CharField(max_length=64)
    # Labour rates, overhead, transit days, order rules: figures an admin edits.
    figures = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.code


class WorkCentreMode(TextChoices):
    LOAD = "LOAD", _("load")
    SERIAL = "SERIAL", _("serial")
    AUTO = "AUTO", _("automatic")
    LINE = "LINE", _("line")
    JOB = "JOB", _("job")
    PERSON = "PERSON", _("person")
    OUTSIDE = "OUTSIDE", _("outside supplier")


class WorkCentreClass(models.Model):
    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "work centre classes"

    def __str__(self) -> str:
        return self.code


class Skill(models.Model):
    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.code


class WorkCentre(models.Model):
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    klass = models.ForeignKey(
        WorkCentreClass, on_delete=models.PROTECT, null=True, blank=True
    )
    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField(default=dict)
    mode = models.CharField(max_length=8, choices=WorkCentreMode.choices)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT)
    n_places = models.PositiveIntegerField(default=1)
    crew = models.PositiveSmallIntegerField(default=1)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, null=True, blank=True)
    capacity = models.JSONField(default=dict, blank=True, help_text="measure, max, min")
    rates = models.JSONField(
        default=dict, blank=True, help_text="machine minor/h, Wh/h run and idle"
    )
    # The state the machine is in now, by set-up attribute: changeovers start here.
    setup_state = models.JSONField(default=dict, blank=True)
    is_up = models.BooleanField(default=True)
    # While it is down: when it is expected to be up again, if anybody knows.
    back_at = models.DateTimeField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(n_places__gte=1), name="a_work_centre_has_a_place"
            ),
            models.CheckConstraint(
                condition=Q(is_up=False) | Q(back_at__isnull=True),
                name="what_is_up_need_not_come_back",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Operator(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True
    )
    code = models.CharField(max_length=16, unique=True)
    name = models.CharField(max_length=120)
    badge = models.CharField(max_length=64, unique=True)
    pin_hash = models.CharField(max_length=128, blank=True)
    skills = models.ManyToManyField(Skill, related_name="operators", blank=True)
    level = models.CharField(max_length=12, default="OPERATOR")
    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, null=True, blank=True
    )
    absences = models.JSONField(default=list, blank=True, help_text="[[from, to]]")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Device(models.Model):
    token_sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, null=True, blank=True
    )
    state = models.CharField(
        max_length=10, choices=DeviceState.choices, default=DeviceState.REGISTERED
    )
    registered_by = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            is_one_of("state", DeviceState, name="a_device_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="ACTIVE") | Q(work_centre__isnull=False),
                name="an_active_device_stands_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LineKind(TextChoices):
    FLEXIBLE = "FLEXIBLE", _("flexible line")
    FLOW = "FLOW", _("flow line")


class Line(models.Model):
    code = models.CharField(max_length=32, unique=True)
    name = models.JSONField(default=dict)
    kind = models.CharField(max_length=8, choices=LineKind.choices)
    work_centre = models.OneToOneField(
        WorkCentre, on_delete=models.PROTECT, related_name="line"
    )
    state = models.CharField(
        max_length=10, choices=LineState.choices, default=LineState.STOPPED
    )
    takt_ms = models.PositiveIntegerField()
    wip_limit = models.PositiveIntegerField(default=1)
    # The version of the queue in force; a re-plan swaps it by compare-and-set.
    plan_version = models.PositiveIntegerField(default=0)
    colour_attribute = models.CharField(max_length=32, blank=True)
    colour_max_run = models.PositiveIntegerField(null=True, blank=True)
    advanced_at = models.DateTimeField(null=True, blank=True)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            is_one_of("state", LineState, name="a_line_state_is_known"),
            models.CheckConstraint(
                condition=Q(takt_ms__gte=1, wip_limit__gte=1),
                name="a_line_has_a_takt_and_room",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Station(models.Model):
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="stations")
    code = models.CharField(max_length=32)
    name = models.JSONField(default=dict)
    position = models.PositiveIntegerField()
    base_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["line", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "position"], name="one_station_per_position"
            ),
            models.UniqueConstraint(
                fields=["line", "code"], name="one_station_per_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.code}"


class SequenceRule(models.Model):
    """At most p of any q consecutive units may carry what the condition names."""

    line = models.ForeignKey(
        Line, on_delete=models.CASCADE, related_name="sequence_rules"
    )
    code = models.CharField(max_length=32)
    name = models.JSONField(default=dict)
    condition = models.TextField()
    p = models.PositiveSmallIntegerField()
    q = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField(default=1)
    station = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["line", "priority", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "code"], name="one_sequence_rule_per_code"
            ),
            models.CheckConstraint(
                condition=Q(p__gte=1, q__gt=models.F("p")),
                name="a_ratio_is_p_in_q_with_p_below_q",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.code} {self.p}:{self.q}"


class SetupRule(models.Model):
    """One row of a set-up matrix; the first that matches wins."""

    matrix = models.CharField(max_length=32)
    sequence = models.PositiveIntegerField()
    code = models.CharField(max_length=48)
    name = models.JSONField(default=dict, blank=True)
    when_from = models.JSONField(default=dict, blank=True)
    when_to = models.JSONField(default=dict, blank=True)
    same = models.JSONField(default=list, blank=True)
    differ = models.JSONField(default=list, blank=True)
    rises = models.JSONField(default=list, blank=True)
    falls = models.JSONField(default=list, blank=True)
    adds = models.BooleanField(default=False)
    internal_s = models.PositiveIntegerField(default=0)
    external_s = models.PositiveIntegerField(default=0)
    signature_skill = models.CharField(max_length=32, blank=True)
    waste = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["matrix", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["matrix", "sequence"], name="one_setup_rule_per_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matrix} {self.code}"


class MethodPolicy(models.Model):
    """Overrides the method that the routing names; the first match wins."""

    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, null=True, blank=True
    )
    position = models.PositiveIntegerField(default=0)
    condition = models.TextField(blank=True)
    min_quantity = models.PositiveIntegerField(default=1)
    method = models.CharField(max_length=20, choices=policy_choices)
    reason = models.JSONField(default=dict)

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "method policies"

    def __str__(self) -> str:
        return f"{self.product or 'all'} -> {self.method}"
