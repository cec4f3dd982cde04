"""Words that are put on nothing."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from configurator.models import UnwantedWord
from configurator.selectors.unwanted import forget_unwanted


@admin.register(UnwantedWord)
class UnwantedWordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A change counts at once, in all processes."""

    list_display = ["word", "is_anywhere"]
    search_fields = ["word"]

    def save_model(
        self, request: HttpRequest, obj: UnwantedWord, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        forget_unwanted()

    def delete_model(self, request: HttpRequest, obj: UnwantedWord) -> None:
        super().delete_model(request, obj)
        forget_unwanted()

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[UnwantedWord]
    ) -> None:
        super().delete_queryset(request, queryset)
        forget_unwanted()
