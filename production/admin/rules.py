"""What changes of set-up take."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, QueryDict

from production.admin.base import KeptWhileUsed, is_planner
from production.forms.rules import SetupRuleForm
from production.models import SetupRule
from production.selectors.parameters import list_needs_of_rules, list_rows
from production.selectors.problems import list_unfinished_matrices

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

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Say above the rows which matrices leave a change without an answer."""
        if request.method == "GET" and is_planner(request):
            for problem in list_unfinished_matrices():
                messages.warning(request, problem.text)
        return super().changelist_view(request, extra_context)

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_needs_of_rules(rows)
