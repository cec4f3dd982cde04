"""Where the works are, what they cost, and who works there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from production.admin.base import ForPlanners
from production.forms.sites import (
    PLACES,
    OperatorForm,
    SiteForm,
    WorkCentreClassForm,
)
from production.models import Operator, Site, WorkCentreClass


@admin.register(Site)
class SiteAdmin(ForPlanners, admin.ModelAdmin):  # type: ignore[type-arg]
    """Costs, prices and ways out: the first site's are those that count."""

    form = SiteForm
    fields = (*SiteForm.Meta.fields, *PLACES)
    list_display = ["code", "zone"]
    search_fields = ["code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []


@admin.register(WorkCentreClass)
class WorkCentreClassAdmin(ForPlanners, admin.ModelAdmin):  # type: ignore[type-arg]
    form = WorkCentreClassForm
    fields = (*WorkCentreClassForm.Meta.fields,)
    list_display = ["code", "name"]
    search_fields = ["code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []


@admin.register(Operator)
class OperatorAdmin(ForPlanners, admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever leaves is made inactive: what they have done names them."""

    form = OperatorForm
    fields = (*OperatorForm.Meta.fields, "pin")
    list_display = ["code", "name", "calendar", "is_active"]
    list_filter = ["is_active", "skills"]
    list_select_related = ["calendar"]
    search_fields = ["code", "name"]
    filter_horizontal = ["skills"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code"] if obj else []
