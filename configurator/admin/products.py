"""Products, what is sold out, and what customers made of them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from configurator.admin.base import (
    ForCatalogueAdmins,
    ForSuperusers,
    ReadOnly,
    is_superuser,
)
from configurator.forms import AvailabilityForm
from configurator.models import (
    Availability,
    Configuration,
    Design,
    Product,
    Upload,
)
from configurator.selectors.callers import now_of
from configurator.selectors.where_used import list_users
from configurator.services.availability import set_availability


@admin.register(Product)
class ProductAdmin(ForCatalogueAdmins, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["slug", "kind", "position", "is_listed", "from_price_minor"]
    list_filter = ["kind", "is_listed"]
    search_fields = ["slug"]
    fields = [
        "slug",
        "kind",
        "name",
        "position",
        "is_listed",
        "from_price_minor",
        "currency",
        "created_at",
        "where_used",
    ]
    readonly_fields = ["from_price_minor", "currency", "created_at", "where_used"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Product | None = None
    ) -> list[str]:
        fixed = ["slug", "kind", "name"] if obj else []
        return [*self.readonly_fields, *fixed]

    @admin.display(description=gettext_lazy("where used"))
    def where_used(self, product: Product) -> str:
        return ", ".join(list_users(product)) if product.pk else ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Product, form: Any, change: bool
    ) -> None:
        if not change:
            obj.created_at = now_of(request)
        super().save_model(request, obj, form, change)


@admin.register(Availability)
class AvailabilityAdmin(ForCatalogueAdmins, admin.ModelAdmin):  # type: ignore[type-arg]
    form = AvailabilityForm
    list_display = ["product", "characteristic", "option", "is_available"]
    list_filter = ["product", "is_available"]
    list_select_related = ["product"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Availability | None = None
    ) -> list[str]:
        return ["product", "characteristic", "option"] if obj else []

    def save_model(
        self, request: HttpRequest, obj: Availability, form: Any, change: bool
    ) -> None:
        set_availability(
            product=obj.product.slug,
            characteristic=obj.characteristic,
            option=obj.option,
            available=obj.is_available,
            back_on=obj.back_on_date,
            now=now_of(request),
        )
        stored = Availability.objects.get(
            product=obj.product, characteristic=obj.characteristic, option=obj.option
        )
        obj.pk, obj.updated_at = stored.pk, stored.updated_at


@admin.register(Configuration)
class ConfigurationAdmin(ReadOnly, ForCatalogueAdmins, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["sha256", "product", "release", "created_at"]
    list_select_related = ["product", "release__product"]
    search_fields = ["sha256"]
    show_full_result_count = False

    def get_exclude(
        self, request: HttpRequest, obj: Configuration | None = None
    ) -> list[str]:
        """Keep from those who make the catalogue what customers wrote."""
        return [] if is_superuser(request) else ["choices", "canonical"]


@admin.register(Design)
class DesignAdmin(ReadOnly, ForSuperusers, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["token", "product", "owner", "updated_at"]
    list_select_related = ["product", "owner"]
    search_fields = ["token"]
    exclude = ["secret_sha256"]


@admin.register(Upload)
class UploadAdmin(ReadOnly, ForSuperusers, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["file_name", "content_type", "width_px", "height_px", "created_at"]
    search_fields = ["token", "sha256", "file_name"]
    exclude = ["content"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")
