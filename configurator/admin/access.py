"""People and keys."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from configurator.admin.base import ForSuperusers
from configurator.forms import ApiKeyForm
from configurator.models import ApiKey, User
from configurator.selectors.callers import real_now_of
from configurator.services.api_keys import issue_api_key, revoke_api_key

admin.site.site_header = "Lot One"
admin.site.site_title = "Lot One"
admin.site.index_title = gettext_lazy("Administration")


@admin.register(User)
class PersonAdmin(ForSuperusers, UserAdmin):  # type: ignore[type-arg]
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (gettext_lazy("Language"), {"fields": ("language",)}),
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ForSuperusers, admin.ModelAdmin):  # type: ignore[type-arg]
    """Keys are made and revoked, never changed; superusers alone see them."""

    form = ApiKeyForm
    list_display = ["name", "prefix", "user", "scopes", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        made = ["name", "user", "scopes", "expires_at"]
        return [*made, "prefix", "created_at", "revoked_at"] if obj else made

    def save_model(
        self, request: HttpRequest, obj: ApiKey, form: Any, change: bool
    ) -> None:
        key, text = issue_api_key(
            user=obj.user,
            name=obj.name,
            scopes=obj.scopes,
            now=real_now_of(request),
            expires_at=obj.expires_at,
        )
        obj.pk, obj.prefix = key.pk, key.prefix
        told = _("The key is %(text)s; it is shown this once.") % {"text": text}
        messages.warning(request, told)

    @admin.action(description=gettext_lazy("Revoke"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            revoke_api_key(key=key, now=real_now_of(request))
            self.log_change(request, key, "revoked")
        messages.success(request, _("Revoked; the keys are refused from now on."))
