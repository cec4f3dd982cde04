"""Lines with their stations, and the ratios that their sequence keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import F
from django.http import HttpRequest

from production.admin.base import BesideTheFloor, ForPlanners, KeptWhileUsed
from production.forms.lines import (
    MOST_STATIONS,
    LineForm,
    SequenceRuleForm,
    StationForm,
    StationFormSet,
)
from production.models import Line, LineKind, SequenceRule, Station
from production.selectors.line_uses import list_uses_of_lines
from production.states import LineState

FIXED = ("code", "kind", "work_centre", "state")


class StationInline(ForPlanners, admin.TabularInline):  # type: ignore[type-arg]
    model = Station
    form = StationForm
    formset = StationFormSet
    fields = (*StationForm.Meta.fields,)
    ordering = ["position"]
    extra = 0

    def get_extra(self, request: HttpRequest, obj: Any = None, **words: Any) -> int:
        return 0 if obj else 3


class SequenceRuleInline(ForPlanners, admin.StackedInline):  # type: ignore[type-arg]
    model = SequenceRule
    form = SequenceRuleForm
    extra = 0


@admin.register(Line)
class LineAdmin(BesideTheFloor, KeptWhileUsed, admin.ModelAdmin):  # type: ignore[type-arg]
    """Ratios come once the line stands: they name its stations."""

    form = LineForm
    list_display = ["code", "kind", "takt_ms", "wip_limit", "state"]
    search_fields = ["code"]

    def get_object(self, request: HttpRequest, *which: Any) -> Line | None:
        """Hold the line that is saved: no unit comes to a station that changes."""
        found: Line | None = super().get_object(request, *which)
        is_saved = request.method == "POST" and connection.in_atomic_block
        if found is None or not is_saved:
            return found
        return Line.objects.select_for_update().get(pk=found.pk)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = [*LineForm.Meta.fields]
        return ["state", *fields] if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*FIXED] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [StationInline, SequenceRuleInline] if obj else [StationInline]

    def save_model(
        self, request: HttpRequest, obj: Line, form: Any, change: bool
    ) -> None:
        """Let a new flexible line run; whoever wants it to stand stops it."""
        if not change and obj.kind == LineKind.FLEXIBLE:
            obj.state = LineState.RUNNING
        super().save_model(request, obj, form, change)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: bool
    ) -> None:
        """Clear the places first of stations that change theirs, or go."""
        if isinstance(formset, StationFormSet) and change:
            leaving = [
                each.instance.pk
                for each in formset.initial_forms
                if each in formset.deleted_forms or "position" in each.changed_data
            ]
            stations = Station.objects.filter(pk__in=leaving)
            stations.update(position=F("position") + MOST_STATIONS)
        super().save_formset(request, form, formset, change)

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_uses_of_lines(rows)
