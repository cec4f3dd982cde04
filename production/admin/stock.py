"""What is in stock: its figures; levels change by moves alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from configurator.selectors.callers import now_of
from configurator.services.errors import DomainError
from production.admin.base import BesideTheFloor, KeptWhileUsed
from production.forms.stock import StockItemForm
from production.models import StockItem
from production.selectors.parameters import list_uses_of_items
from production.services.stock import book_count

LEVELS = ("on_hand", "held", "allocated", "expected")


@admin.register(StockItem)
class StockItemAdmin(BesideTheFloor, KeptWhileUsed, admin.ModelAdmin):  # type: ignore[type-arg]
    form = StockItemForm
    list_display = ["code", "kind", "unit", *LEVELS, "reorder_point"]
    list_filter = ["kind"]
    search_fields = ["code"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        levels = [*LEVELS] if obj else []
        return [*StockItemForm.Meta.fields, *levels, "counted"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["code", "kind", "unit", *LEVELS] if obj else []

    def save_model(
        self, request: HttpRequest, obj: StockItem, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        counted = form.cleaned_data["counted"]
        if counted is None:
            return
        try:
            book_count(
                item_id=obj.pk,
                counted=counted,
                actor=str(request.user),
                now=now_of(request),
            )
        except DomainError as error:
            messages.error(request, error.message)

    def uses_of(self, rows: list[Any]) -> Iterable[str]:
        return list_uses_of_items(rows)
