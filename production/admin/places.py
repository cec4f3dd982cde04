"""Where work happens, when, and what people can do."""

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from configurator.selectors.callers import now_of
from production.admin.base import BesideTheFloor, ForPlanners, KeptWhileUsed
from production.forms.places import (
    CalendarForm,
    ClosedDayForm,
    ShiftForm,
    SkillForm,
    WorkCentreForm,
)
from production.models import (
    Calendar,
    ClosedDay,
    Operator,
    Shift,
    Skill,
    WorkCentre,
)
from production.selectors.parameters import list_uses_of_centres, list_uses_of_skills
from production.services import outages
from production.services.reports import Report


class ShiftInline(ForPlanners, admin.TabularInline):  # type: ignore[type-arg]
    model = Shift
    form = ShiftForm
    extra = 0


class ClosedDayInline(ForPlanners, admin.TabularInline):  # type: ignore[type-arg]
    model = ClosedDay
    form = ClosedDayForm
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(ForPlanners, admin.ModelAdmin):  # type: ignore[type-arg]
    form = CalendarForm
    fields = (*CalendarForm.Meta.fields,)
    list_display = ["code", "zone", "always_open"]
    search_fields = ["code"]
    inlines = [ShiftInline, ClosedDayInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []


@admin.register(WorkCentre)
class WorkCentreAdmin(BesideTheFloor, KeptWhileUsed, admin.ModelAdmin):  # type: ignore[type-arg]
    form = WorkCentreForm
    fields = (*WorkCentreForm.Meta.fields,)
    list_display = ["code", "mode", "calendar", "n_places", "crew", "skill", "is_up"]
    list_filter = ["mode", "calendar", "is_up"]
    list_select_related = ["calendar", "skill"]
    search_fields = ["code"]
    # Only the service says so: it writes the event, and stops what runs.
    told_columns = frozenset({"is_up", "back_at"})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "site", "mode"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: WorkCentre, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        told = self.told_columns & {*form.changed_data} if change else frozenset()
        if obj.is_up:
            told -= {"back_at"}
        if told:
            self._tell(request, obj, told)

    def _tell(
        self, request: HttpRequest, obj: WorkCentre, told: Collection[str]
    ) -> None:
        """Say what was changed on the page; the rest is as the floor told it last."""
        now_so = WorkCentre.objects.select_for_update(of=("self",)).get(pk=obj.pk)
        for name in told:
            setattr(now_so, name, getattr(obj, name))
        who = request.user.get_username()
        outages.tell(
            work_centre_id=obj.pk,
            is_up=now_so.is_up,
            back_at=now_so.back_at,
            report=Report(now=now_of(request), actor=who, may_plan=True),
        )

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_uses_of_centres(rows)


class PersonInline(ForPlanners, admin.TabularInline):  # type: ignore[type-arg]
    model = Operator.skills.through
    verbose_name = "operator who has it"
    verbose_name_plural = "operators who have it"
    extra = 0


@admin.register(Skill)
class SkillAdmin(KeptWhileUsed, admin.ModelAdmin):  # type: ignore[type-arg]
    form = SkillForm
    fields = (*SkillForm.Meta.fields,)
    list_display = ["code", "name"]
    search_fields = ["code"]
    inlines = [PersonInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_uses_of_skills(rows)
