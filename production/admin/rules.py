"""What changes of set-up take."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, QueryDict

from production.admin.base import KeptWhileUsed
from production.forms.rules import SetupRuleForm
from production.models import SetupRule
from production.selectors.parameters import list_needs_of_rules, list_rows

STEP = 10


@admin.register(SetupRule)
class SetupRuleAdmin(KeptWhileUsed, admin.ModelAdmin):  # type: ignore[type-arg]
    """The rows of all set-up matrices, in the order in which they are tried."""

    form = SetupRuleForm
    fields = (*SetupRuleForm.Meta.fields,)
    list_display = ["matrix", "sequence", "code", "adds", "internal_s", "external_s"]
    list_display_links = ["sequence", "code"]
    list_filter = ["matrix"]
    ordering = ["matrix", "sequence"]
    search_fields = ["matrix", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["matrix"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin below the rows of the matrix that was being looked at."""
        shown = QueryDict(request.GET.get("_changelist_filters", ""))
        matrix = request.GET.get("matrix") or shown.get("matrix", "")
        rows = list_rows(matrix=matrix)
        sequence = rows[-1].sequence + STEP if rows else STEP
        return {"matrix": matrix, "sequence": sequence}

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_needs_of_rules(rows)
